"""TLB: a set is a list of entries, the most recently used one is the last."""

from collections import namedtuple

from machine import PTE_G

Entry = namedtuple("Entry", "asid tag level pfn flags dirty")


class TLB:
    def __init__(self, entries, ways, *, index_bits=9, max_level=1, asids=True):
        if entries < 1 or ways < 1 or entries % ways:
            raise ValueError
        self.ways = ways
        self.index_bits = index_bits
        self.max_level = max_level
        self.asids = asids
        self.sets = [[] for _ in range(entries // ways)]
        self.hits = self.misses = self.evictions = 0

    def lookup(self, asid, vpn):
        if not self.asids:
            asid = 0
        for level in range(self.max_level + 1):
            tag = vpn >> (self.index_bits * level)
            entries = self.sets[tag % len(self.sets)]
            match = None
            for e in entries:  # the last one wins: the most recently used
                if e.tag == tag and e.level == level:
                    if e.asid == asid:
                        match = e
                        break
                    if e.flags & PTE_G:
                        match = e
            if match:
                entries.remove(match)
                entries.append(match)
                self.hits += 1
                return match
        self.misses += 1
        return None

    def insert(self, asid, vpn, pfn, flags, level=0, dirty=0):
        if not 0 <= level <= self.max_level:
            raise ValueError
        if not self.asids:
            asid = 0
        tag = vpn >> (self.index_bits * level)
        entries = self.sets[tag % len(self.sets)]
        new = Entry(asid, tag, level, pfn, flags, dirty)
        for i, e in enumerate(entries):
            if e[:3] == new[:3]:
                entries[i] = new
                return
        if len(entries) == self.ways:
            entries.pop(0)
            self.evictions += 1
        entries.append(new)

    def keep(self, condition):
        for entries in self.sets:
            entries[:] = [e for e in entries if condition(e)]

    def invlpg(self, asid, vpn):
        if not self.asids:
            asid = 0
        self.keep(
            lambda e: (
                e.tag != vpn >> (self.index_bits * e.level)
                or (e.asid != asid and not e.flags & PTE_G)
            )
        )

    def flush(self, asid=None):
        if asid is None:
            self.keep(lambda e: False)
        else:
            if not self.asids:
                asid = 0
            self.keep(lambda e: e.asid != asid or e.flags & PTE_G)

    def stats(self):
        return {"hits": self.hits, "misses": self.misses, "evictions": self.evictions}

    def snapshot(self):
        return {"sets": [[list(e) for e in entries] for entries in self.sets]}
