"""What a call ended with, as one comparable value.

    error_of(heap.free, 5)      "EINVAL"
    error_of(heap.free, None)   None: the call returned

Errors of the operating system only; every other exception is a test's own to expect.
"""

import errno
from collections.abc import Callable


def error_of(call: Callable[..., object], *args: object) -> str | None:
    """Return the name of the errno with which `call(*args)` failed, or None if it did not."""
    try:
        call(*args)
    except OSError as error:
        return errno.errorcode[error.errno or 0]
    return None
