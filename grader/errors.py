"""Who is to blame, and the exit code that says so.

Three kinds of error leave the grader. Each message says what is wrong, where,
and what to do next; nothing else is ever raised on purpose across a floor.
"""


class GraderError(Exception):
    """Base class; ``exit_code`` is what the command line exits with."""

    exit_code = 3


class SpecError(GraderError):
    """The instructor's: an assignment, a check, an argument or a reference is wrong."""

    exit_code = 2


class SubmissionError(GraderError):
    """The upload's: the submission as a whole cannot be read."""

    exit_code = 2


class GraderFault(GraderError):  # noqa: N818 - the word of the design
    """Ours: nobody gets a score from it, least of all a zero."""

    exit_code = 3
