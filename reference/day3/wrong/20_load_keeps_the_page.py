# wrong 20 of zpool: ZPool keeps the page after load; loses D3.15
"""Loading a page decodes it, but leaves the entry in the pool."""

from collections.abc import Hashable

from right.zpool import ZPool as Right


class ZPool(Right):
    def load(self, key: Hashable) -> bytes:
        used, codes = self._used, self._codes.copy()
        page = super().load(key)
        self._used, self._codes = used, codes
        return page
