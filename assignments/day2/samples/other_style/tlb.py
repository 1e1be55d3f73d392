"""The TLB: one dict for all entries, and one Recency (see clock.py) per set for their order."""

from collections import namedtuple

from clock import Recency
from machine import PTE_G

Entry = namedtuple("Entry", "asid tag level pfn flags dirty")


class TLB:
    def __init__(self, entries, ways, *, index_bits=9, max_level=1, asids=True):
        if ways < 1 or entries < ways or entries % ways != 0:
            raise ValueError("entries has to be a multiple of ways")
        self.ways = ways
        self.index_bits, self.max_level, self.asids = index_bits, max_level, asids
        self.sets = [Recency() for _ in range(entries // ways)]
        self.known = {}  # (asid, tag, level) -> Entry
        self.worldwide = {}  # (tag, level) -> the asids of global entries
        self.counts = dict(hits=0, misses=0, evictions=0)

    def set_of(self, key):
        return self.sets[key[1] % len(self.sets)]

    def who(self, asid):
        return asid if self.asids else 0

    def tags(self, vpn):
        """All pages that could cover vpn: (tag, level)"""
        return [(vpn >> level * self.index_bits, level) for level in range(self.max_level + 1)]

    def lookup(self, asid, vpn):
        asid = self.who(asid)
        for tag, level in self.tags(vpn):
            key = asid, tag, level
            if key not in self.known:
                others = self.worldwide.get((tag, level))
                if not others:
                    continue
                last = self.set_of(key).last
                key = max(((a, tag, level) for a in others), key=last.get)
            self.counts["hits"] += 1
            self.set_of(key).use(key)
            return self.known[key]
        self.counts["misses"] += 1
        return None

    def insert(self, asid, vpn, pfn, flags, level=0, dirty=0):
        if level < 0 or level > self.max_level:
            raise ValueError("level %d" % level)
        asid = self.who(asid)
        tag = vpn >> level * self.index_bits
        key = asid, tag, level
        ways = self.set_of(key)
        if key in self.known:
            self.drop(key)
        elif len(ways) == self.ways:
            self.drop(ways.oldest())
            self.counts["evictions"] += 1
        self.known[key] = Entry(asid, tag, level, pfn, flags, dirty)
        if flags & PTE_G:
            self.worldwide.setdefault((tag, level), set()).add(asid)
        ways.use(key)

    def drop(self, key):
        if self.known.pop(key).flags & PTE_G:
            self.worldwide[key[1:]].remove(key[0])
        self.set_of(key).forget(key)

    def invlpg(self, asid, vpn):
        for tag, level in self.tags(vpn):
            asids = {self.who(asid)} | self.worldwide.get((tag, level), set())
            for key in [(a, tag, level) for a in asids]:
                if key in self.known:
                    self.drop(key)

    def flush(self, asid=None):
        for key, entry in list(self.known.items()):
            if asid is None or (key[0] == self.who(asid) and not entry.flags & PTE_G):
                self.drop(key)

    def stats(self):
        return dict(self.counts)

    def snapshot(self):
        return {"sets": [[self.known[key] for key in s.in_order()] for s in self.sets]}
