"""Record once, replay always: the traces of each check with the reference's answers.

Owns drawing traces, playing them on the reference, and where the answers are kept. What
was adopted of earlier failures comes before what is drawn.
The same inputs for everyone: what is drawn follows from an explicit seed, and the
digest of a check's corpus stands in every report. Hypothesis is imported only here
and only to draw.
"""

import hashlib
import importlib.metadata
import os
import shutil
import tempfile
from collections.abc import Callable, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from grader import adopted, codec, explain
from grader.checks import Check, Part, authored
from grader.confine import Limits
from grader.corpus_file import FORMAT, CheckCorpus, Recorded, digest_of_parts, load, save
from grader.errors import SpecError
from grader.replay import Bench, Ending, Job
from grader.spec import Assignment
from grader.trace import Trace, Traces, call_text
from grader.transcript import Transcript

SMALL_EXAMPLES = 50
SMALL_OPERATIONS = 6
MOST_OPERATIONS = 50
STATES_KEPT = 4
_UNKNOWN = "AttributeError"
DECIDING = ("adopted", "codec", "corpus", "corpus_file", "trace", "worker")
"""The modules of ours that decide what is drawn and what is answered."""
LEAST_CPU_S = 0.05
STEP_CPU_S = 30e-6  # twice what a step of these references takes, the worker's share included
REFERENCE_LIMITS = Limits(cpu_s=120, wall_s=300.0, memory_bytes=4 << 30, processes=64)


# --- drawing ------------------------------------------------------------------


def draw(part: Part, seed: int) -> list[Trace]:
    """Return the traces of ``part``: small ones first, each once, equal on every machine."""
    source = part.source()
    if isinstance(source, list):
        return source
    if not isinstance(source, Traces):
        return _drawn(source, part.examples, seed)
    small = min(SMALL_EXAMPLES, part.examples)
    return [
        *_drawn(source.strategy(SMALL_OPERATIONS), small, seed),
        *_drawn(source.strategy(MOST_OPERATIONS), part.examples - small, seed + 1),
    ]


def _drawn(strategy: Any, examples: int, seed: int) -> list[Trace]:
    if examples < 1:
        return []
    with tempfile.TemporaryDirectory(prefix="drawing-") as storage:
        # Hypothesis keeps literals of local modules on disk; it gets a private place for them.
        os.environ["HYPOTHESIS_STORAGE_DIRECTORY"] = storage
        import hypothesis  # noqa: PLC0415 - costs more than a replay, needed only here

        drawn: list[Trace] = []

        def collect(trace: Trace) -> None:
            drawn.append(trace)

        settings = hypothesis.settings(
            max_examples=examples,
            database=None,
            deadline=None,
            phases=[hypothesis.Phase.generate],
            suppress_health_check=list(hypothesis.HealthCheck),
        )
        given: Any = hypothesis.given(strategy)
        run = settings(hypothesis.seed(seed)(given(collect)))
        run()
    return drawn


def seed_of(assignment: Assignment, check: Check, part: int) -> int:
    """Return the seed of a part: published for visible checks, salted for all others."""
    salt = "published" if check.is_shown else assignment.salt
    text = "\0".join([assignment.course, assignment.name, check.id, str(part), salt])
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big")


# --- recording ----------------------------------------------------------------


def record(assignment: Assignment, check: Check, reference: Bench) -> CheckCorpus:
    """Take the adopted traces of ``check``, draw the others, and play all on the reference."""
    parts = []
    for number, (part, kept) in enumerate(zip(check.parts, adopted.read(check), strict=True)):
        with authored(check, f"drawing the traces of part {number + 1}"):
            drawn = draw(part, seed_of(assignment, check, number))
        if not all([drawn, *drawn]):
            raise SpecError(
                f"{check.path}: part {number + 1} of {check.id} draws no trace, or one of no steps"
            )
        first = [codec.encode(trace) for trace in adopted.traces_of(kept)]
        others = (text for text in map(codec.encode, drawn) if text not in first)
        texts = (*first, *others)
        answer = reference.run(Job(part.modules, texts, REFERENCE_LIMITS))
        if answer.ending.kind != "finished":
            raise SpecError(_unanswered(assignment, check, part, answer.ending))
        steps = sum(len(codec.decode_trusted(text)) for text in texts)
        parts.append(Recorded(texts, answer.texts, steady(answer.cpu_s, steps)))
        _require_answered(check, parts[-1])
        _require_accepted(check, parts[-1])
        _require_fair(check, part, parts[-1], len(first))
    return CheckCorpus(tuple(parts), digest_of_parts(parts))


def _unanswered(assignment: Assignment, check: Check, part: Part, ending: Ending) -> str:
    """Say why the reference has no answers, which only its author can mend."""
    if ending.kind == "import_failed":
        why = explain.import_sentence(ending.detail, {})
    else:
        modules = " and ".join(f"{module}.py" for module in part.modules)
        why = f"with {modules} it does not get to the end: {explain.ending_text(ending)}."
    return f"{assignment.reference}: the reference does not answer {check.id}: {why} Mend it there."


def steady(cpu_s: float, steps: int) -> float:
    """Return a CPU time, in seconds, that two recordings agree on.

    What is measured differs by a factor of two from one moment to the next; the limits
    that follow from it, and the bytes of a file that holds it, should not. So it is
    counted, and only where a step costs far more than usual a coarse measure decides.
    """
    counted = max(LEAST_CPU_S, round(steps * STEP_CPU_S, 3))
    if cpu_s <= 2 * counted:
        return counted
    found = LEAST_CPU_S
    while found < cpu_s:
        found = round(found * 4, 2)
    return found


def _require_answered(check: Check, recorded: Recorded) -> None:
    """Raise SpecError where a trace names what the reference does not have.

    Every submission would fail there as the reference does, so nothing would be checked.
    """
    for trace_text, text in zip(recorded.traces, recorded.expected, strict=True):
        if _UNKNOWN.encode() not in text:  # most need not be parsed
            continue
        trace = codec.decode_trusted(trace_text)
        for step, outcome in zip(trace, Transcript(trace, text), strict=True):
            if outcome.result == "raise" and outcome.fields[0] == _UNKNOWN:
                raise SpecError(
                    f"{check.path}: {check.id}: the reference knows no such thing as "
                    f"`{call_text(step)}`; correct the name in the trace"
                )


def _require_accepted(check: Check, recorded: Recorded) -> None:
    """Raise SpecError unless the check accepts what the reference answers."""
    for trace_text, run in zip(recorded.traces, recorded.runs(), strict=True):
        try:
            check.judge(run)
        except Exception as error:
            why = str(error) if isinstance(error, AssertionError) else repr(error)
            raise SpecError(
                f"{check.path}: {check.id} does not accept the reference's own answer ({why}); "
                f"the trace is {trace_text.decode()[:300]}"
            ) from error


def _require_fair(check: Check, part: Part, recorded: Recorded, adopted_count: int) -> None:
    """Raise SpecError unless each adopted trace may be put to any submission."""
    for trace_text, run in islice(
        zip(recorded.traces, recorded.runs(), strict=True), adopted_count
    ):
        if not part.is_fair(run):
            raise SpecError(
                f"{adopted.path_of(check)}: a right program may answer this trace otherwise; "
                f"remove it: {trace_text.decode()[:300]}"
            )


# --- keeping ------------------------------------------------------------------


def _require_parts(check: Check, corpus: CheckCorpus, path: Path) -> None:
    there, wanted = len(corpus.parts), len(check.parts)
    if there != wanted:
        raise SpecError(f"{path}: has {there} parts, {check.id} has {wanted}; unpack again")


def load_or_record(
    assignment: Assignment,
    checks: Sequence[Check],
    reference: Callable[[], Bench],
    each: Callable[[Check], None] = lambda _: None,
) -> Mapping[str, CheckCorpus]:
    """Return the corpus of every check, recording what is not there yet.

    A handout and a bundle carry their corpus, which is all there is then; a repository keeps
    one per state of its checks, reference and tools. ``each`` is called before a check is
    recorded.
    """
    folder = corpus_folder(assignment)
    may_record = folder != assignment.shipped_corpus
    found: dict[str, CheckCorpus] = {}
    for check in checks:
        path = folder / f"{check.id}.corpus"
        if path.is_file():
            try:
                corpus = load(path)
                _require_parts(check, corpus, path)
                found[check.id] = corpus
                continue
            except SpecError:
                if not may_record:
                    raise
        if not may_record:
            raise SpecError(f"{path}: the recorded inputs of {check.id} are missing; unpack again")
        each(check)
        found[check.id] = record(assignment, check, reference())
        save(found[check.id], path)
        _forget_old(folder)
    return found


def _forget_old(folder: Path) -> None:
    """Remove the corpora of all but the newest states of an assignment, so that none pile up."""
    name = folder.name.rpartition("-")[0]
    states = sorted(folder.parent.glob(f"{name}-*"), key=lambda each: each.stat().st_mtime_ns)
    for state in states[:-STATES_KEPT]:
        shutil.rmtree(state, ignore_errors=True)


def corpus_folder(assignment: Assignment) -> Path:
    """Return where the corpus of this state of the assignment is kept."""
    if assignment.reference is None or assignment.shipped_corpus.is_dir():
        return assignment.shipped_corpus
    return assignment.root / ".grader" / "corpus" / f"{assignment.name}-{_state(assignment)}"


def _state(assignment: Assignment) -> str:
    """Return a digest of all that decides which inputs are drawn and what is expected."""
    assert assignment.reference is not None
    ours = Path(__file__).parent
    sources = [
        *sorted(assignment.checks.rglob("*.py")),
        *sorted(assignment.checks.glob(f"*/{adopted.FOLDER}/*.json")),
        *sorted(assignment.reference.glob("*.py")),
        *sorted((assignment.machine / "machine").rglob("*.py")),
        *(ours / f"{name}.py" for name in DECIDING),
    ]
    digest = hashlib.sha256(f"{FORMAT} {assignment.course} {assignment.salt}".encode())
    digest.update(importlib.metadata.version("hypothesis").encode())
    for file in sources:
        digest.update(codec.frame(file.name.encode()) + codec.frame(file.read_bytes()))
    return digest.hexdigest()[:16]


def digest_of(corpora: Mapping[str, CheckCorpus]) -> str:
    """Return one digest for the corpora of several checks."""
    lines = [f"{check_id} {corpora[check_id].digest}\n" for check_id in sorted(corpora)]
    return hashlib.sha256("".join(lines).encode()).hexdigest()
