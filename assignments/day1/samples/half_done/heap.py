"""malloc over sbrk: the blocks of a program's heap."""


class Heap:
    """Allocates the memory of a program out of ``mem``."""

    def __init__(self, mem):
        raise NotImplementedError

    def malloc(self, n):
        """Allocate ``n`` bytes and return their address."""
        raise NotImplementedError

    def free(self, p):
        """Free the block at ``p``."""
        raise NotImplementedError

    def calloc(self, k, n):
        """Allocate ``k`` objects of ``n`` bytes, all bytes zero."""
        raise NotImplementedError

    def realloc(self, p, n):
        """Give the block at ``p`` a size of ``n`` bytes."""
        raise NotImplementedError

    def usable_size(self, p):
        """Return the bytes at ``p`` that belong to the block."""
        raise NotImplementedError

    def free_bytes(self):
        """Return the bytes below the break that nobody has requested."""
        raise NotImplementedError

    def snapshot(self):
        """Return the live blocks."""
        raise NotImplementedError
