"""What isolation and recording cost: Day 1 graded, beside the same traces unprotected.

Run it from the repository: ``python tests/benchmarks/bench_grading.py``. It prints

* the CPU time of one whole grading over that of replaying the same traces on the
  submission and the reference side by side in one unprotected process,
* the bytes a second that the worker's encoder writes,
* the wall time from the start of ``grader check`` to its first verdict.

Ratios are of pairs within one run; each process counts whole, start-up included.
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from rich.console import Console
from rich.table import Table

from grader import codec, corpus, pipeline
from grader.spec import find_assignment
from grader.transcript import Transcript

ROOT = Path(__file__).resolve().parents[2]
SUBMISSION = ROOT / "assignments/day1/samples/other_style"
PAIRS = 5

SIDE_BY_SIDE = """
import errno, importlib, json, sys
job = json.load(sys.stdin)
sys.path.insert(0, job["machine"])
import machine
from machine.recorder import take_calls

def load(folder, names):
    sys.path.insert(0, folder)
    for name in [n for n in sys.modules if getattr(sys.modules[n], "__file__", None) and
                 str(sys.modules[n].__file__).startswith(tuple(job["folders"]))]:
        del sys.modules[name]
    modules = [importlib.import_module(name) for name in names]
    sys.path.pop(0)
    return modules

def resolve(wire, names):
    if isinstance(wire, str) and wire[:1] == "$":
        base, sign, offset = wire[1:], 1, 0
        for mark, factor in (("+", 1), ("-", -1)):
            if mark in base:
                base, offset = base.split(mark)
                sign = factor
        path = base.split(".")
        value = names[path[0]]
        for element in path[1:]:
            value = value[int(element)]
        return value + sign * int(offset) if offset else value
    if isinstance(wire, list):
        return [resolve(item, names) for item in wire]
    if isinstance(wire, dict):
        if "hex" in wire:
            return bytes.fromhex(wire["hex"])
        if "fill" in wire:
            return bytes([wire["fill"][0]]) * wire["fill"][1]
        return {key: resolve(item, names) for key, item in wire.items()}
    return wire

def play(step, names, modules):
    verb = step[0]
    try:
        if verb in ("given", "new"):
            homes = [machine] if verb == "given" else modules
            cls = next(getattr(home, step[2]) for home in homes if hasattr(home, step[2]))
            names[step[1]] = cls(**resolve(step[3], names))
            return "made"
        if verb == "snap":
            return names[step[1]].snapshot()
        if verb == "get":
            return getattr(names[step[1]], step[2])
        arguments = resolve(step[3], names)
        method = getattr(names[step[1]], step[2])
        value = method(**arguments) if isinstance(arguments, dict) else method(*arguments)
        if len(step) > 4:
            names[step[4][3:]] = value
        return value
    except OSError as error:
        return ["err", errno.errorcode[error.errno]]
    except Exception as error:
        return ["raise", type(error).__name__]

same = different = 0
for names, traces in job["parts"]:
    ours, theirs = (load(folder, names) for folder in job["folders"])
    for trace in traces:
        one, other = {}, {}
        for step in trace:
            yours, expected = play(step, one, ours), play(step, other, theirs)
            calls = take_calls()
            if yours == expected:
                same += 1
            else:
                different += 1
print(same, different)
"""


def cpu_seconds(argv: list[str], given: bytes | None = None) -> float:
    """Return the CPU seconds of one process and all that it waited for."""
    before = os.times()
    subprocess.run(argv, input=given, stdout=subprocess.PIPE, cwd=ROOT, check=True)
    after = os.times()
    return (after.children_user - before.children_user) + (
        after.children_system - before.children_system
    )


def first_verdict_seconds() -> float:
    """Return the wall time until ``grader check`` has printed its first verdict."""
    argv = [sys.executable, "-m", "grader", "check", "day1", "--submission", str(SUBMISSION)]
    started = time.monotonic()
    with subprocess.Popen(argv, stdout=subprocess.PIPE, cwd=ROOT) as process:
        assert process.stdout is not None
        process.stdout.readline()
        seconds = time.monotonic() - started
        process.stdout.read()
    return seconds


def encoder_bytes_per_s(corpora: dict[str, corpus.CheckCorpus]) -> float:
    """Return how many bytes of transcript the worker's encoder writes in a second."""
    values = [
        outcome.value
        for recorded in corpora.values()
        for part in recorded.parts
        for trace, text in zip(part.traces[-40:], part.expected[-40:], strict=True)
        for outcome in Transcript(json.loads(trace), text)
        if outcome.result == "ok" and not isinstance(outcome.value, codec.Handle | codec.LongBytes)
    ]
    started = time.process_time()
    written = sum(len(codec.encode(["ok", codec.to_wire(value)])) for value in values)
    return written / (time.process_time() - started)


def main() -> None:
    """Print the three figures."""
    os.chdir(ROOT)
    assignment = find_assignment("day1")
    with tempfile.TemporaryDirectory() as out:
        grade = [sys.executable, "-m", "grader", "grade", "day1", str(SUBMISSION), "--out", out]
        cpu_seconds(grade)  # records what is not recorded yet
        checks = pipeline.checks_of(assignment)
        corpora = dict(corpus.load_or_record(assignment, checks, lambda: None))  # type: ignore[arg-type,return-value]
        job = {
            "machine": str(assignment.machine),
            "folders": [str(SUBMISSION), str(assignment.reference)],
            "parts": [
                [part.modules, [json.loads(text) for text in recorded.traces]]
                for check in checks
                for part, recorded in zip(check.parts, corpora[check.id].parts, strict=True)
            ],
        }
        unprotected = [sys.executable, "-c", SIDE_BY_SIDE]
        given = json.dumps(job).encode()
        pairs = [(cpu_seconds(grade), cpu_seconds(unprotected, given)) for _ in range(PAIRS)]
    ratios = [graded / side for graded, side in pairs]
    traces = sum(len(part[1]) for part in job["parts"])
    steps = sum(len(trace) for part in job["parts"] for trace in part[1])
    table = Table("figure", "median", "lowest", "highest")

    def row(name: str, found: list[float], form: str) -> None:
        shown = [form.format(each) for each in (statistics.median(found), min(found), max(found))]
        table.add_row(name, *shown)

    row("grading / side by side, CPU", ratios, "{:.2f}")
    row("grading, CPU s", [pair[0] for pair in pairs], "{:.2f}")
    row("side by side, CPU s", [pair[1] for pair in pairs], "{:.2f}")
    row("encoder, MB/s", [encoder_bytes_per_s(corpora) / 1e6 for _ in range(PAIRS)], "{:.1f}")
    row("first verdict, s", [first_verdict_seconds() for _ in range(PAIRS)], "{:.2f}")
    console = Console()
    console.print(f"Day 1: {traces} traces, {steps} steps, {len(checks)} checks; {PAIRS} pairs")
    console.print(table)


if __name__ == "__main__":
    main()
