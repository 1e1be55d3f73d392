"""Making failures of known wrong programs as small as they get, for visible checks to adopt.

Owns `grader validate --adopt`. What a check holds already stays, unless a smaller trace is
found; a further call changes nothing.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import partial

from grader import adopted, codec, pipeline
from grader.adopted import AdoptedTrace, PerPart
from grader.checks import Check, id_order
from grader.corpus import REFERENCE_LIMITS
from grader.corpus_file import CheckCorpus, Recorded
from grader.errors import SpecError
from grader.examine import Effort, Examiner
from grader.intake import Submission
from grader.pipeline import Watcher
from grader.plan import limits
from grader.replay import Bench, Job
from grader.trace import Trace, operations
from grader.validate.adoption import Found, Killed, killed_by, standing
from grader.validate.programs import wrong_submission
from grader.validate.setting import Progress, Setting, at_once
from grader.wrongs import wrong_versions

THOROUGH = Effort(workers=20_000, seconds=600.0)
_ROUNDS = 20


def adopt(setting: Setting, progress: Progress) -> list[str]:
    """Write the minimal traces that are missing; return the ids of the checks that changed.

    A trace that stands already stays, unless a smaller one is found. A further call
    changes nothing. Raises SpecError where a file cannot be read or written.
    """
    wrongs = wrong_versions(setting.assignment)
    kept = {check.id: adopted.read(check) for check in setting.checks}
    killed = killed_by(setting.checks, wrongs)
    best = {each: standing(kept[each.check.id], each.wrong.name) for each in killed}
    corpora = setting.corpora
    for number in range(1, _ROUNDS + 1):
        jobs = [partial(_minimal, setting, corpora, each) for each in killed]
        found = at_once(jobs, f"making failures small, round {number}", progress)
        better = {
            each: new
            for each, new in zip(killed, found, strict=True)
            if new is not None and _is_better(new, best[each])
        }
        if not better:
            break
        best |= better
        kept = _with(kept, setting.checks, best)
        corpora = _recorded(setting, kept)
    return [check.id for check in setting.checks if adopted.write(check, kept[check.id])]


def _is_better(new: Found, old: Found | None) -> bool:
    return old is None or _size(new) < _size(old)


def _size(found: Found) -> tuple[int, int, int]:
    """Order traces by what a reader has to read: operations, then steps, then characters."""
    return operations(found[1]), len(found[1]), len(codec.encode(found[1]))


def _minimal(
    setting: Setting, corpora: Mapping[str, CheckCorpus], killed: Killed, watcher: Watcher
) -> Found | None:
    """Return the smallest failure of a wrong version in any part of a check, fully shrunk."""
    check = killed.check
    submission = wrong_submission(setting.reference, killed.wrong)
    found: list[Found] = []
    with pipeline.benches(setting.assignment, submission, setting.tier) as places:
        for number, recorded in enumerate(corpora[check.id].parts):
            watcher.begins(check, number)
            trace = _shrunk(setting, check, number, recorded, places) if recorded.traces else None
            if trace is not None:
                found.append((number, trace))
    return min(found, key=_size, default=None)


def _shrunk(
    setting: Setting, check: Check, number: int, recorded: Recorded, places: pipeline.Benches
) -> Trace | None:
    """Return the minimal failing trace of one part: shrunk again until it stays as it is."""
    alone = replace(check, parts=(check.parts[number],))
    trace: Trace | None = None
    while True:
        corpus = CheckCorpus((recorded,), "")
        allowed = limits(setting.assignment, corpus, cut=False)
        examiner = Examiner(
            alone, allowed, places.submission, places.trusted(), {}, effort=THOROUGH
        )
        shown = examiner.verdict(corpus).counterexample
        if shown is None or shown.trace == trace:
            return trace
        trace = shown.trace
        recorded = _played(check, number, [trace], places.trusted())


def _played(check: Check, number: int, traces: Sequence[Trace], reference: Bench) -> Recorded:
    texts = tuple(map(codec.encode, traces))
    answer = reference.run(Job(check.parts[number].modules, texts, REFERENCE_LIMITS))
    if len(answer.texts) != len(texts):
        raise SpecError(f"the reference does not answer the adopted traces of {check.id}")
    return Recorded(texts, answer.texts, answer.cpu_s)


def _recorded(setting: Setting, kept: Mapping[str, PerPart]) -> dict[str, CheckCorpus]:
    """Return corpora of the adopted traces alone: what is drawn holds no shorter failure."""
    nobody = Submission("nobody", {}, {})
    with pipeline.benches(setting.assignment, nobody, setting.tier) as places:
        return {
            check.id: CheckCorpus(
                tuple(
                    _played(check, number, adopted.traces_of(part), places.trusted())
                    for number, part in enumerate(kept[check.id])
                ),
                "",
            )
            for check in setting.checks
        }


# --- which trace stands for which wrong version -------------------------------


def _with(
    kept: Mapping[str, PerPart], checks: Iterable[Check], best: Mapping[Killed, Found | None]
) -> dict[str, PerPart]:
    """Return ``kept`` with each of ``best`` in the place of what stood for it."""
    changed = {}
    for check in checks:
        chosen = {
            each.wrong.name: found for each, found in best.items() if found and each.check is check
        }
        changed[check.id] = tuple(
            _part_with(
                part,
                {name: found[1] for name, found in chosen.items() if found[0] == number},
                chosen,
            )
            for number, part in enumerate(kept[check.id])
        )
    return changed


def _part_with(
    part: tuple[AdoptedTrace, ...], here: Mapping[str, Trace], anywhere: Iterable[str]
) -> tuple[AdoptedTrace, ...]:
    """Return one part's traces, equal ones once, smallest first, each with all its sources."""
    traces: dict[bytes, Trace] = {}
    sources: dict[bytes, list[str]] = {}
    replaced = {*anywhere}
    others = [(name, each.trace) for each in part for name in each.sources if name not in replaced]
    for name, trace in (*others, *here.items()):
        text = codec.encode(trace)
        traces[text] = trace
        sources.setdefault(text, []).append(name)
    ordered = sorted(traces, key=lambda text: (_size((0, traces[text])), text))
    return tuple(
        AdoptedTrace(tuple(sorted(sources[text], key=id_order)), traces[text]) for text in ordered
    )
