"""``report.json``: our own report, versioned and complete."""

import msgspec

from grader.report import Report


def render(report: Report) -> bytes:
    """Return the report as JSON; ``times`` holds all that differs between two runs."""
    return msgspec.json.format(msgspec.json.encode(report), indent=1) + b"\n"


def parse(text: bytes) -> Report:
    """Return the report that ``render`` wrote; raises msgspec.ValidationError."""
    return msgspec.json.decode(text, type=Report)
