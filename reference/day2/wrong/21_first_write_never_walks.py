# wrong 21 of mmu: the first write through a clean translation does not walk; loses D2.14 D2.15
"""What a read has cached serves the first write, too, so D is never set in the table."""

from right.mmu import MMU as Right

__all__ = ["MMU"]


class MMU(Right):
    def _translate_by_entry(self, table, entry, va, kind, *, user):
        return super()._translate_by_entry(table, entry._replace(dirty=1), va, kind, user=user)
