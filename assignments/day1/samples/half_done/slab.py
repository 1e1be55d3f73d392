"""A slab cache: objects of one size, cut from blocks of page frames."""


class SlabCache:
    """Allocates objects of ``obj_size`` bytes."""

    def __init__(self, name, obj_size, buddy, *, order=0, align=8, page_size=4096, ctor=None):
        raise NotImplementedError

    def alloc(self):
        """Allocate one object and return its address."""
        raise NotImplementedError

    def free(self, addr):
        """Free the object at ``addr``."""
        raise NotImplementedError

    def shrink(self):
        """Return every empty slab to ``buddy`` and return how many."""
        raise NotImplementedError

    def snapshot(self):
        """Return stride, capacity and slabs."""
        raise NotImplementedError
