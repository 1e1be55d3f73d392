"""What holds of misses with one frame more, by the submission's own answers.

string    (name of the policy, refs): what belongs together
misses    frames -> misses of one string, as `simulate` told them
"""

from typing import Any

from grader import Run
from grader.trace import Step
from grader.transcript import Outcome, differs, same

from ..visible.reading import arguments, is_int, policies

NEVER_ANOMALOUS = ("lru", "opt")
KNOWN_ANOMALIES = "fifo"

String = tuple[Any, ...]


class MissLedger:
    """How often each string missed, by the number of frames."""

    def __init__(self, run: Run) -> None:
        self.run = run
        self.misses: dict[String, dict[int, int]] = {}

    def simulate(self, index: int, made: dict[str, Any], yours: Outcome, expected: Outcome) -> None:
        """Note the misses of one string; where no policy has a choice, judge them."""
        told = yours.value.get("misses") if type(yours.value) is dict else None
        if not is_int(told):
            self.run.differ(index, "a dict with misses")
        refs, nframes = made["refs"], made["nframes"]
        right = expected.value["misses"]
        if (nframes == 1 or nframes >= len(set(refs))) and told != right:
            self.run.differ(index, f"{right} misses, whatever the policy")
        known = self.misses.setdefault((made["name"], *refs), {})
        if made["name"] in NEVER_ANOMALOUS:
            self._judge_order(index, known, nframes, told)
        known[nframes] = told

    def _judge_order(self, index: int, known: dict[int, int], nframes: int, told: int) -> None:
        for frames, misses in known.items():
            if (frames - nframes) * (misses - told) > 0:
                relation = "at most" if frames < nframes else "at least"
                self.run.differ(index, f"{relation} {misses} misses, as with {frames} frames")

    def anomalies(
        self, index: int, made: dict[str, Any], yours: Outcome, expected: Outcome
    ) -> None:
        """Judge which anomalies were found, as far as the misses of the string are known."""
        name = made["name"]
        if name in (*NEVER_ANOMALOUS, KNOWN_ANOMALIES):
            if differs(yours, expected):
                self.run.differ(index, "")
            return
        found = yours.value
        if type(found) is not list or not all(map(_is_anomaly, found)):
            self.run.differ(index, "a list of (f, misses with f, misses with f + 1)")
        known = self.misses.get((name, *made["refs"]), {})
        for frames in range(1, made["max_frames"]):
            if frames in known and frames + 1 in known:
                told = [anomaly for anomaly in found if anomaly[0] == frames]
                pair = [frames, known[frames], known[frames + 1]]
                right = [pair] if pair[2] > pair[1] else []
                if not same(told, right):
                    self.run.differ(index, f"{right} for {frames} and {frames + 1} frames")


def _is_anomaly(found: Any) -> bool:
    return type(found) is list and len(found) == 3 and all(map(is_int, found))


class Inclusion:
    """LRU objects that get the same references, side by side."""

    def __init__(self, run: Run) -> None:
        self.run = run
        self._made = policies(run)
        self._refs: dict[str, list[Any]] = {name: [] for name in self._made}
        self._resident: dict[tuple[int, String], set[Any]] = {}

    def access(self, step: Step) -> None:
        """Note one reference."""
        if step[1] in self._refs:
            self._refs[step[1]].append(arguments(step).get("page"))

    def look(self, index: int, name: str, shown: Any) -> None:
        """Judge the pages of one object against those of the others that are as far."""
        resident = shown.get("resident") if type(shown) is dict else None
        nframes = self._made[name].nframes
        if not _is_pages(resident, nframes):
            self.run.differ(index, "a page or None for each frame in resident")
        refs = tuple(self._refs[name])
        pages = {page for page in resident if page is not None}
        if refs and refs[-1] not in pages:
            self.run.differ(index, f"page {refs[-1]!r}, just accessed, to be resident")
        for (frames, others_refs), others in self._resident.items():
            if others_refs == refs and frames < nframes and not others <= pages:
                self.run.differ(index, f"the pages {sorted(others)} of {frames} frames, and others")
            if others_refs == refs and frames > nframes and not pages <= others:
                self.run.differ(index, f"no pages but those of {frames} frames, {sorted(others)}")
        self._resident[nframes, refs] = pages


def _is_pages(resident: Any, nframes: int) -> bool:
    return (
        type(resident) is list
        and len(resident) == nframes
        and all(page is None or is_int(page) for page in resident)
    )


def judge_anomalies(run: Run) -> None:
    """Require that anomalies are found, and that LRU and OPT have none."""
    ledger, inclusion = MissLedger(run), Inclusion(run)
    for index, step, yours, expected in run.steps():
        if yours.result != "ok" or expected.result != "ok":
            if differs(yours, expected):
                run.differ(index, "")
        elif step[0] == "snap":
            inclusion.look(index, step[1], yours.value)
        elif step[0] == "call":
            inclusion.access(step)
        elif step[1] == "simulate":
            ledger.simulate(index, arguments(step), yours, expected)
        elif step[1] == "belady_anomalies":
            ledger.anomalies(index, arguments(step), yours, expected)
