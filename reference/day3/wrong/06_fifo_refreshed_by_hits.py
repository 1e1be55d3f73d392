# wrong 6 of policies: FIFO refreshed by hits; loses D3.1 D3.9
"""A hit sends a page to the end of the queue, so that FIFO is LRU under another name."""

from right import policies as right
from right.policies import Access, make_policy, opt, simulate

__all__ = ["Access", "make_policy", "opt", "simulate"]

right._PLAIN["fifo"] = right._Lru
