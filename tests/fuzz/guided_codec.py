"""The same statements, with inputs that coverage chooses: `python tests/fuzz/guided_codec.py`.

Needs `pip install atheris`, which is no dependency of the project. Arguments are those of
libFuzzer, such as `-runs=1000000 -max_len=4096 -rss_limit_mb=1024 FOLDER`; FOLDER keeps
the inputs that reached something new. Whatever an oracle raises ends the run, and the
input that did it is left in a file.
"""

import sys
from pathlib import Path

import atheris

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

with atheris.instrument_imports(include=["grader", "json"]):
    from fuzz import oracles

    from grader import codec


def one(received: bytes) -> None:
    """Put one input through the decoder, the cutter of streams and the reader of transcripts."""
    oracles.a_text_is_read_or_refused(received)
    oracles.a_stream_is_cut_at_its_lengths([received], 1000)
    half = len(received) // 2
    framed = codec.frame(received[:half]) + codec.frame(received[half:])
    oracles.a_stream_is_cut_at_its_lengths([framed[:half], framed[half:]], len(received))
    for trace in oracles.TRACES:
        oracles.a_transcript_is_read_or_refused(trace, received)


if __name__ == "__main__":
    atheris.Setup(sys.argv, one)
    atheris.Fuzz()
