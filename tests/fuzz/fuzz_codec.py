"""A million frames that no honest worker would send: `python tests/fuzz/fuzz_codec.py`.

For a person, not for the gate; a bounded part of it runs in tests/unit. Every frame goes
through the decoder, the cutter of streams, a whole conversation, and the reader of
transcripts. Prints what happened how often; exits with 1 where something broke, with the
seed and the number that repeat it. The address space is limited: whoever takes more
memory than that gets a MemoryError, which counts as broken.
"""

import argparse
import resource
import sys
import time
import traceback
from collections import Counter
from pathlib import Path
from random import Random

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from fuzz import inventing, oracles

from grader.codec import MAX_FRAME_BYTES, frame

READY = frame(b'{"ready":true}')
IMPORTED = frame(b'{"imported":true}')
STATUSES = (0, 1, 3, -6, -9, -24, -11, 255)


def main() -> int:
    """Run as many frames as asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--frames", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--first", type=int, default=0, help="the number to begin with")
    parser.add_argument("--memory-mb", type=int, default=512, help="limit of the address space")
    asked = parser.parse_args()
    most = asked.memory_mb << 20
    resource.setrlimit(resource.RLIMIT_AS, (most, most))
    started = time.perf_counter()
    counts, broken, slowest = _run(asked.seed, asked.first, asked.frames)
    seconds = time.perf_counter() - started
    for name, count in sorted(counts.items()):
        print(f"{count:>9}  {name}")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{asked.frames} frames in {seconds:.0f} s, peak {peak:.0f} MB, {len(broken)} broken")
    print(f"slowest input: {slowest[0] * 1e3:.1f} ms, number {slowest[1]}")
    for what, (number, trace) in broken.items():
        print(f"\n--seed {asked.seed} --first {number} --frames 1: {what}\n{trace}")
    return 1 if broken else 0


def _run(
    seed: int, first: int, frames: int
) -> tuple[Counter[str], dict[str, tuple[int, str]], tuple[float, int]]:
    """Return what happened how often, the first of each kind of break, and the slowest input."""
    counts: Counter[str] = Counter()
    broken: dict[str, tuple[int, str]] = {}
    slowest = 0.0, 0
    number, done = first, 0
    while done < frames:
        started = time.process_time()
        try:
            done += _one(oracles.seeded(seed, number), counts)
        except Exception as error:  # noqa: BLE001 - whatever it is, it is what we look for
            place = traceback.extract_tb(error.__traceback__)[-1]
            what = f"{type(error).__name__} in {place.name}, {place.filename}:{place.lineno}"
            broken.setdefault(what, (number, traceback.format_exc()))
            counts["BROKEN"] += 1
            done += 1
        slowest = max(slowest, (time.process_time() - started, number))
        number += 1
    return counts, broken, slowest


def _one(rng: Random, counts: Counter[str]) -> int:
    """Put one handful of frames through everything; return how many there were."""
    texts = [inventing.text(rng) for _ in range(rng.randrange(1, 5))]
    for text in texts:
        counts[f"decode: {oracles.a_text_is_read_or_refused(text)}"] += 1
    trace = rng.choice(oracles.TRACES)
    near = oracles.codec.encode(inventing.transcript(rng, [["ok", 8] for _ in trace]))
    for text in (texts[0], near):
        counts[f"transcript: {oracles.a_transcript_is_read_or_refused(trace, text)}"] += 1
    stream = inventing.stream(rng, texts)
    pieces = inventing.pieces(rng, stream)
    cap = rng.choice((16, 1000, MAX_FRAME_BYTES))
    counts[f"stream: {oracles.a_stream_is_cut_at_its_lengths(pieces, cap)}"] += 1
    opening = rng.choice((b"", READY, READY + IMPORTED, READY + IMPORTED, READY + IMPORTED))
    said = opening + inventing.stream(rng, [*texts[1:], near])
    kind = oracles.an_answer_comes_of_any_conversation(
        inventing.pieces(rng, said),
        trace,
        rng.choice(STATUSES),
        goes=rng.random() < 0.7,
        explains=rng.random() < 0.3,
    )
    counts[f"conversation: {kind}"] += 1
    return len(texts) + 1


if __name__ == "__main__":
    sys.exit(main())
