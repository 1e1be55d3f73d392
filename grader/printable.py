"""Text of strangers made fit to be shown: every letter shows, none of them acts.

Owns what a name, a message or a value of a submission may do on a terminal, in a log
and in a file: nothing. Never shortens.
"""

import re

# "::add-mask::x" or "##[group]x" in a log are orders to the CI system that keeps it.
_ORDER_TO_CI = re.compile(r":(?=:[A-Za-z][A-Za-z-]*(?:\s|::))|#(?=#\w*\[)")


def printable(text: str) -> str:
    """Return ``text`` with a mark for each control, format or lone half of a character."""
    shown = text
    if not text.isprintable():
        marks = (letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in text)
        shown = "".join(marks)
    return _ORDER_TO_CI.sub(r"\g<0> ", shown)


def printable_lines(text: str) -> str:
    """Return ``text`` likewise, but for the ends of its lines."""
    return "\n".join(map(printable, text.split("\n")))
