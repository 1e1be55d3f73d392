"""Compressed bytes to plain ones, piece by piece, so that a cap is met before memory is."""

import zlib
from collections.abc import Iterator
from typing import Any

from grader.errors import SubmissionError
from grader.unpacking.entry import Budget

PIECE_BYTES = 1 << 16
XZ_MEMORY_BYTES = 80 << 20  # what `xz -9` needs; a header may ask for 4 GiB

DAMAGED = "is damaged or cut off; make the archive again"
TRAILING = "holds something after its end; make the archive again"


def inflated(content: bytes | memoryview, format_: str, budget: Budget) -> Iterator[bytes]:
    """Yield what one compressed stream holds: "deflate", "gz", "bz2" or "xz".

    Each piece is counted in ``budget``. Raises SubmissionError where the stream is
    damaged, ends early or is not all there is.
    """
    try:
        stream, damage = _decompressor(format_)
    except ImportError as error:
        raise SubmissionError(f"is {format_}, which this Python lacks; hand in a zip") from error
    try:
        yield from _pieces(content, stream, budget)
    except (damage, OSError, EOFError, ValueError) as error:
        raise SubmissionError(DAMAGED) from error
    except MemoryError as error:
        raise SubmissionError("needs too much memory to unpack; hand in a zip") from error


def _decompressor(format_: str) -> tuple[Any, type[Exception]]:
    """Return what unpacks ``format_``, and the error by which it says that it cannot."""
    if format_ == "bz2":
        import bz2  # noqa: PLC0415 - some Pythons are built without it

        return bz2.BZ2Decompressor(), OSError
    if format_ == "xz":
        import lzma  # noqa: PLC0415 - some Pythons are built without it

        return lzma.LZMADecompressor(lzma.FORMAT_XZ, XZ_MEMORY_BYTES), lzma.LZMAError
    return zlib.decompressobj(31 if format_ == "gz" else -15), zlib.error


def _pieces(content: bytes | memoryview, stream: Any, budget: Budget) -> Iterator[bytes]:
    for start in range(0, len(content), PIECE_BYTES):
        if stream.eof:
            raise SubmissionError(TRAILING)
        waiting = bytes(content[start : start + PIECE_BYTES])
        while not stream.eof:
            piece = stream.decompress(waiting, PIECE_BYTES)
            budget.unpacked(len(piece))
            yield piece
            waiting = getattr(stream, "unconsumed_tail", b"")
            if not waiting and len(piece) < PIECE_BYTES:
                break
    if not stream.eof:
        raise SubmissionError(DAMAGED)
    if stream.unused_data:
        raise SubmissionError(TRAILING)
