"""Text of strangers made fit to be shown: every letter shows, none of them acts.

Owns what a name, a message or a value of a submission may do on a terminal, in a log
and in a file: nothing. Only `quoted` shortens.
"""

import re
import unicodedata
from itertools import groupby

# "::add-mask::x" or "##[group]x" in a log are orders to the CI system that keeps it.
_ORDER_TO_CI = re.compile(r":(?=:[A-Za-z][A-Za-z-]*(?:\s|::))|#(?=#\w*\[)")

_BLANK = re.compile("[\u115f\u1160\u2800\u3164\uffa0]")  # letters and signs that show nothing
_COMBINING = ("Mn", "Me")
_MOST_COMBINING = 4  # on one letter; a pile of them reaches into other lines
_MARK = "\N{REPLACEMENT CHARACTER}"
_MOST_NAME = 100


def printable(text: str) -> str:
    """Return ``text`` with a mark for each control, format, blank or lone half of a character."""
    shown = text
    if not text.isprintable():
        shown = "".join(letter if letter.isprintable() else _MARK for letter in text)
    if not text.isascii():
        shown = _without_piles(_BLANK.sub(_MARK, shown))
    return _ORDER_TO_CI.sub(r"\g<0> ", shown)


def quoted(name: str) -> str:
    """Return a stranger's name in quotes: on one line, without wide gaps, not too long."""
    shown = " ".join(printable(name).replace("'", "\N{RIGHT SINGLE QUOTATION MARK}").split())
    return f"'{shown if len(shown) <= _MOST_NAME else shown[:_MOST_NAME] + '...'}'"


def _without_piles(text: str) -> str:
    """Return ``text`` with a mark for what is too much of the marks on one letter."""
    pieces = []
    for combines, letters in groupby(text, lambda each: unicodedata.category(each) in _COMBINING):
        run = "".join(letters)
        too_many = combines and len(run) > _MOST_COMBINING
        pieces.append(run[:_MOST_COMBINING] + _MARK if too_many else run)
    return "".join(pieces)


def printable_lines(text: str) -> str:
    """Return ``text`` likewise, but for the ends of its lines."""
    return "\n".join(map(printable, text.split("\n")))
