"""Errors of system calls: ``err(errno.ENOMEM)`` is OSError(12, "Cannot allocate memory")."""

import os


def err(code: int) -> OSError:
    """Return the OSError for ``code``, one of the constants of ``errno``.

    Use it as ``raise err(errno.EINVAL)``. Python turns some codes into subclasses such
    as FileNotFoundError; their attribute ``errno`` is still ``code``.
    """
    return OSError(code, os.strerror(code))
