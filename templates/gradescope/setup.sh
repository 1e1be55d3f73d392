#!/bin/sh
# Prepares the image, once, as root: an interpreter of 3.11 or newer, a virtual environment,
# the grader in it, and a grading of the reference to prove that it works.
#
# The system's own python3 is the platform's: nothing is installed into it or in its place.
# May run again, also after it was killed; any failure ends it with a message and status 1.
set -eu
umask 022

root=${AUTOGRADER_ROOT:-/autograder}
home=${GRADER_HOME:-/opt/grader}
source=$root/source
step="starting"
trap 'test $? -eq 0 || echo "setup.sh: FAILED while $step; nothing can be graded" >&2' EXIT

# The workers run under other user ids, so the interpreter must lie where they may read it.
fits() {
  "$1" -I "$source/fits.py" 2>&1 && python=$1
}

on_the_image() {
  for name in python3.13 python3.12 python3.11 python3; do
    for candidate in "$(command -v "$name" || :)" "/usr/local/bin/$name" "/usr/bin/$name"; do
      if test -x "$candidate" && fits "$candidate"; then return 0; fi
    done
  done
  return 1
}

by_the_distribution() {
  command -v apt-get >/dev/null || return 1
  export DEBIAN_FRONTEND=noninteractive
  apt-get update || return 1
  for version in 3.13 3.12 3.11; do
    apt-get install --yes --no-install-recommends -o DPkg::Lock::Timeout=120 \
      "python$version" "python$version-venv" || continue
    if fits "/usr/bin/python$version"; then return 0; fi
  done
  return 1
}

by_uv() {
  export UV_PYTHON_INSTALL_DIR="$home/python" UV_CACHE_DIR="$home/uv/cache" UV_PYTHON_INSTALL_BIN=0
  if ! uv=$(command -v uv); then
    # Into a folder of its own, with the system's pip but not into the system's packages.
    python3 -m pip install --quiet --upgrade --target "$home/uv" --require-hashes \
      --requirement "$source/uv.lock" || return 1
    uv=$home/uv/bin/uv
  fi
  "$uv" python install 3.12 || return 1
  found=$("$uv" python find --managed-python 3.12) || return 1
  fits "$found"
}

install() {
  step="looking for Python 3.11 or newer"
  python=
  on_the_image || by_the_distribution || by_uv
  echo "setup.sh: using $python"

  step="making the virtual environment $home/venv"
  rm -rf "$home/venv"
  "$python" -m venv "$home/venv"

  step="installing the requirements"
  # From the folder that the paths in the file start from.
  (cd "$source" && "$home/venv/bin/python" -m pip install --quiet --no-deps --only-binary :all: \
    --require-hashes --requirement requirements.txt)
}

# An environment that was finished for these very requirements is kept.
mkdir -p "$home"
chmod 755 "$home"
wanted=$(cksum <"$source/requirements.txt")
if test "$(cat "$home/finished" 2>/dev/null || :)" != "$wanted" || ! "$home/venv/bin/python" -c ""; then
  rm -f "$home/finished"
  install
  echo "$wanted" >"$home/finished"
fi

step="grading the reference"
"$home/venv/bin/python" -I -m grader gradescope --root "$root" --self-test
