"""Attacks that look, and attacks that write: the reference, the results, the grader."""

from hostile.attack import Attack

LOOKING = [
    Attack("read by its path", "secret", "def attack(s): return open(s['secret']).read()"),
    Attack("read a hidden check", "secret", "def attack(s): return open(s['hidden']).read()"),
    Attack("read a recorded corpus", "secret", "def attack(s): return open(s['corpus']).read()"),
    Attack(
        "read the bytecode of the reference",
        "secret",
        """
import os
def attack(s):
    folder = os.path.dirname(s["bytecode"])
    return open(os.path.join(folder, os.listdir(folder)[0])).read()
""",
    ),
    Attack(
        "found by a glob",
        "secret",
        """
import glob
def attack(s):
    for path in glob.glob(s["folder"] + "/**", recursive=True, include_hidden=True):
        try:
            text = open(path).read()
            if "SECRET" in text: return text
        except OSError: pass
""",
    ),
    Attack(
        "a socket's message that carries the file",
        "secret",
        """
import os, socket
def attack(s):
    one, other = socket.socketpair()
    if os.fork() == 0:
        try: socket.send_fds(one, [b"x"], [os.open(s["secret"], os.O_RDONLY)])
        finally: os._exit(0)
    one.close()
    _, descriptors, _, _ = socket.recv_fds(other, 1, 1)
    return os.read(descriptors[0], 100).decode()
""",
    ),
    Attack(
        "a terminal of its own",
        "did",
        """
import os
def attack(s): return all(os.openpty())
""",
        holds=("mount", "landlock"),
    ),
    Attack(
        "read by a relative path",
        "secret",
        """
import os
def attack(s): return open(os.path.relpath(s["secret"])).read()
""",
    ),
    Attack(
        "read through a symbolic link",
        "secret",
        """
import os
def attack(s):
    os.symlink(s["secret"], "link")
    return open("link").read()
""",
    ),
    Attack(
        "read through a hard link",
        "secret",
        """
import os, tempfile
def attack(s):
    for folder in (".", "/tmp", "/dev/shm"):
        try:
            os.link(s["secret"], folder + "/hostile-link")
        except OSError:
            continue
        try:
            return open(folder + "/hostile-link").read()
        finally:
            os.unlink(folder + "/hostile-link")
""",
    ),
    Attack(
        "read through the grader's root in /proc",
        "secret",
        'def attack(s): return open(f\'/proc/{s["grader"]}/root{s["secret"]}\').read()',
    ),
    Attack(
        "read through the grader's working directory in /proc",
        "secret",
        """
import os
def attack(s):
    here = os.readlink(f"/proc/{s['grader']}/cwd")
    path = os.path.relpath(s["secret"], here)
    return open(f"/proc/{s['grader']}/cwd/{path}").read()
""",
    ),
    Attack(
        "read through the grader's open descriptors in /proc",
        "secret",
        """
import os
def attack(s):
    folder = f"/proc/{s['grader']}/fd"
    for name in os.listdir(folder):
        if os.readlink(f"{folder}/{name}") == s["secret"]:
            return open(f"{folder}/{name}").read()
""",
    ),
    Attack(
        "read by a child's exec",
        "secret",
        """
import subprocess
def attack(s): return subprocess.run(["cat", s["secret"]], capture_output=True).stdout.decode()
""",
    ),
    Attack(
        "copied by a shell",
        "secret",
        """
import os
def attack(s):
    os.system(f"cp {s['secret']} copy")
    return open("copy").read()
""",
    ),
    Attack(
        "read by a fresh interpreter",
        "secret",
        """
import subprocess, sys
def attack(s):
    code = f"print(open({s['secret']!r}).read())"
    return subprocess.run([sys.executable, "-c", code], capture_output=True).stdout.decode()
""",
    ),
    Attack(
        "imported as a module",
        "secret",
        """
import sys
def attack(s):
    sys.path.insert(0, s["folder"])
    import reference
    return reference.SECRET
""",
    ),
    Attack(
        "found by walking up and down",
        "secret",
        """
import os
def attack(s):
    parent = os.path.dirname(s["folder"])
    for name in os.listdir(parent):
        if name == os.path.basename(s["folder"]):
            return open(f"{parent}/{name}/reference.py").read()
""",
    ),
    Attack(
        "read from memory of the grader",
        "did",
        """
def attack(s):
    address = int(open(f"/proc/{s['grader']}/maps").readline().split("-")[0], 16)
    with open(f"/proc/{s['grader']}/mem", "rb") as memory:
        memory.seek(address)
        return len(memory.read(16)) == 16
""",
    ),
    Attack(
        "environment of the grader",
        "did",
        "def attack(s): return len(open(f'/proc/{s[\"grader\"]}/environ','rb').read()) >= 0",
    ),
    Attack(
        "command line of the grader",
        "did",
        "def attack(s): return b'referee' in open(f'/proc/{s[\"grader\"]}/cmdline','rb').read()",
        holds=("pid", "landlock"),
    ),
    Attack(
        "opened by its handle",
        "did",
        """
def attack(s):
    handle = (ctypes.c_uint32 * 36)(128)
    mount = ctypes.c_int()
    return syscall("name_to_handle_at", -100, s["secret"].encode(), handle, ctypes.byref(mount), 0) == 0
""",
        kernel=True,
    ),
    Attack(
        "the accounts of the machine",
        "did",
        "def attack(s): return 'root' in open('/etc/passwd').read()",
        holds=("mount", "landlock"),
    ),
    Attack(
        "a package installed beside the grader",
        "did",
        """
import glob, os
def attack(s):
    library = os.path.dirname(os.__file__)
    found = glob.glob(library + "/site-packages/*/METADATA")
    found += glob.glob(os.path.dirname(library) + "/python3/dist-packages/*/METADATA")
    return "Version:" in open(found[0]).read()
""",
        holds=("mount", "landlock"),
    ),
    Attack(
        "the name of the machine",
        "did",
        "import os\ndef attack(s): return os.uname().nodename == s['host']",
        holds=("uts",),
    ),
]

WRITING = [
    Attack(
        "overwrite the results", "results", "def attack(s): open(s['results'],'w').write('100')"
    ),
    Attack(
        "append to the results", "results", "def attack(s): open(s['results'],'a').write('100')"
    ),
    Attack("delete the results", "results", "import os\ndef attack(s): os.unlink(s['results'])"),
    Attack(
        "truncate the results", "results", "import os\ndef attack(s): os.truncate(s['results'], 0)"
    ),
    Attack(
        "replace the results by a FIFO",
        "results",
        """
import os
def attack(s):
    os.mkfifo("pipe")
    os.rename("pipe", s["results"]) if os.stat(".").st_dev == os.stat(s["folder"]).st_dev else 0
    os.unlink(s["results"]); os.mkfifo(s["results"])
""",
    ),
    Attack(
        "replace the results by a link",
        "results",
        """
import os
def attack(s):
    os.symlink("/dev/zero", s["folder"] + "/new")
    os.rename(s["folder"] + "/new", s["results"])
""",
    ),
    Attack(
        "write the results through /proc",
        "results",
        "def attack(s): open(f'/proc/{s[\"grader\"]}/root{s[\"results\"]}', 'w').write('100')",
    ),
    Attack(
        "write the results from a child",
        "results",
        """
import os
def attack(s): os.system(f"echo 100 > {s['results']}")
""",
    ),
    Attack(
        "plant a conftest.py beside the checks",
        "planted",
        "def attack(s): open(s['folder'] + '/conftest.py', 'w').write('raise SystemExit')",
    ),
    Attack(
        "plant stale bytecode",
        "planted",
        "def attack(s): open(s['bytecode'], 'wb').write(b'x')",
    ),
    Attack(
        "plant a pytest.ini",
        "planted",
        "def attack(s): open(s['folder'] + '/pytest.ini', 'w').write('[pytest]')",
    ),
    Attack(
        "overwrite the reference",
        "planted",
        "def attack(s): open(s['secret'], 'w').write('def answer(number): return -1')",
    ),
    Attack(
        "overwrite a hidden check",
        "planted",
        "def attack(s): open(s['hidden'], 'w').write('def check(run): pass')",
    ),
    Attack(
        "delete the recorded corpus",
        "planted",
        """
import os, shutil
def attack(s): shutil.rmtree(os.path.dirname(s["corpus"]))
""",
    ),
    Attack(
        "exchange the folder of the checks",
        "planted",
        """
import os
def attack(s):
    os.mkdir("mine")
    os.rename(os.path.dirname(s["hidden"]), s["folder"] + "/old")
    os.symlink(os.path.abspath("mine"), os.path.dirname(s["hidden"]))
""",
    ),
    Attack(
        "plant a module beside the interpreter's",
        "did",
        """
import os, site, sys
def attack(s):
    library = os.path.dirname(os.__file__)
    path = library + "/hostile_planted.py"
    open(path, "w").close()
    os.unlink(path)
    return True
""",
    ),
    Attack(
        "plant a sitecustomize.py in the grader's package",
        "did",
        """
import os
def attack(s):
    path = s["package"] + "/planted.py"
    open(path, "w").close()
    os.unlink(path)
    return True
""",
    ),
    Attack(
        "open the results to everyone",
        "did",
        """
import os
def attack(s):
    os.chmod(s["results"], 0o600)
    return True
""",
    ),
    Attack(
        "make a device",
        "did",
        """
import os, stat
def attack(s):
    os.mknod("disk", stat.S_IFBLK | 0o600, os.makedev(7, 0))
    return True
""",
    ),
    Attack(
        "write the grader's memory",
        "did",
        """
def attack(s):
    line = next(l for l in open(f"/proc/{s['grader']}/maps") if " rw-p" in l)
    with open(f"/proc/{s['grader']}/mem", "r+b", buffering=0) as memory:
        memory.seek(int(line.split("-")[0], 16))
        byte = memory.read(1)
        memory.seek(int(line.split("-")[0], 16))
        return memory.write(byte) == 1
""",
    ),
    Attack(
        "make the grader the first to be killed when memory runs out",
        "did",
        """
def attack(s):
    open(f"/proc/{s['grader']}/oom_score_adj", "w").write("0")
    return True
""",
    ),
]
