"""One file of recorded inputs: zlib-compressed frames, read strictly.

Owns the format and what is kept in it. A file is a header, then per part the traces and
the expected transcripts as canonical texts, ready to be sent and compared unparsed.
Students have such files in their handouts, so whatever one holds is read with caps.
"""

import hashlib
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import msgspec

from grader import codec, files
from grader.errors import GraderFault, SpecError
from grader.transcript import Run, Transcript

FORMAT = 1
MOST_CPU_S = 1e6
MOST_BYTES = 256 << 20


@dataclass(frozen=True)
class Recorded:
    """One part of a check: traces and expected transcripts as texts, index by index."""

    traces: tuple[bytes, ...]
    expected: tuple[bytes, ...]
    reference_cpu_s: float

    def runs(self) -> Iterator[Run]:
        """Yield each trace as the reference's own run: what is expected is what it answers."""
        for text, expected_text in zip(self.traces, self.expected, strict=True):
            trace = codec.decode_trusted(text)
            expected = Transcript(trace, expected_text)
            yield Run(trace, expected, expected)


@dataclass(frozen=True)
class CheckCorpus:
    """All parts of one check, in order, and the digest of their inputs and answers."""

    parts: tuple[Recorded, ...]
    digest: str


class _Header(msgspec.Struct, frozen=True):
    """The first text of a corpus file; per part the number of traces and the CPU seconds."""

    format: int
    digest: str
    parts: list[
        tuple[
            Annotated[int, msgspec.Meta(ge=1)],
            Annotated[float, msgspec.Meta(ge=0.0, le=MOST_CPU_S)],
        ]
    ]


def digest_of_parts(parts: Iterable[Recorded]) -> str:
    """Return the digest of all inputs and answers of a check."""
    digest = hashlib.sha256()
    for part in parts:
        for text in (*part.traces, *part.expected):
            digest.update(codec.frame(text))
    return digest.hexdigest()


def packed(corpus: CheckCorpus) -> bytes:
    """Return the content of a corpus file."""
    header = {
        "format": FORMAT,
        "digest": corpus.digest,
        "parts": [[len(part.traces), part.reference_cpu_s] for part in corpus.parts],
    }
    texts = [codec.encode(header)]
    for part in corpus.parts:
        texts += [*part.traces, *part.expected]
    return zlib.compress(b"".join(map(codec.frame, texts)), 3)


def save(corpus: CheckCorpus, path: Path) -> None:
    """Write ``corpus`` to ``path`` whole or not at all; raises GraderFault."""
    try:
        files.replace(path, packed(corpus), mode=0o600)
    except OSError as error:
        raise GraderFault(
            f"{path}: the recorded inputs cannot be written ({error.strerror}); make room there, "
            "and let this user write it"
        ) from error


def load(path: Path) -> CheckCorpus:
    """Return the corpus that ``save`` wrote; raises SpecError where it is not whole."""
    try:
        texts = list(codec.Frames().feed(_unpacked(path.read_bytes())))
        header = _header(texts)
    except (OSError, zlib.error, msgspec.MsgspecError, LookupError, ValueError) as error:
        raise SpecError(f"{path}: is not a whole corpus ({error}); delete it") from error
    if header.format != FORMAT:
        raise SpecError(f"{path}: was written by another version; delete it")
    parts, start = [], 1
    for size, cpu_s in header.parts:
        middle, end = start + size, start + 2 * size
        parts.append(Recorded(tuple(texts[start:middle]), tuple(texts[middle:end]), cpu_s))
        start = end
    if digest_of_parts(parts) != header.digest:
        raise SpecError(f"{path}: does not have the digest that it states; delete it")
    return CheckCorpus(tuple(parts), header.digest)


def _header(texts: Sequence[bytes]) -> _Header:
    """Return what the first text says of the others; raises ValueError where it is not true."""
    header = msgspec.convert(codec.decode(texts[0]), _Header)
    sizes = [size for size, _ in header.parts]
    if len(texts) != 1 + 2 * sum(sizes):
        raise ValueError(f"{len(texts) - 1} texts, where {sizes} are stated")
    return header


def _unpacked(content: bytes) -> bytes:
    """Return the frames in a file; a thousand times smaller, they may be more than fits."""
    inflater = zlib.decompressobj()
    unpacked = inflater.decompress(content, MOST_BYTES)
    if not inflater.eof:
        raise ValueError(f"cut short, or more than {MOST_BYTES} bytes once unpacked")
    return unpacked
