"""Readahead: from the pages a program touched to the pages it will touch next.

Recognises one sequential reader and asks for pages ahead of it, in growing batches. It
fetches nothing itself and does not know which pages are in memory.

    prev      the page of the last access; None before the first
    window    pages asked for by the last batch; 0 while the reader is not sequential
    edge      the first page not yet asked for
"""


class Readahead:
    """The readahead state of one open file.

    ``init`` and ``maximum`` are the sizes of the first and of the largest batch, in pages.
    Raises ValueError for init < 1 or maximum < init.
    """

    def __init__(self, init: int = 4, maximum: int = 32) -> None:
        raise NotImplementedError

    def on_access(self, page: int) -> list[int]:
        """Return the pages to prefetch, in ascending order, now that ``page`` is accessed.

        The first access and any jump set the window to 0 and the edge just behind ``page``.
        The same page again changes nothing. The next page asks for a batch once it has
        reached the edge: ``init`` pages at first, then twice the window, up to ``maximum``.
        """
        raise NotImplementedError

    def snapshot(self) -> dict[str, int | None]:
        """Return {"prev", "window", "edge"}; None, 0, 0 at the start."""
        raise NotImplementedError
