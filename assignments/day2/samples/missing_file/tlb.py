"""The TLB (day 2)."""

from collections import OrderedDict, namedtuple

from machine import PTE_G

Entry = namedtuple("Entry", "asid tag level pfn flags dirty")


class TLB:
    def __init__(self, entries, ways, *, index_bits=9, max_level=1, asids=True):
        if entries < 1 or ways < 1 or entries % ways != 0:
            raise ValueError
        self.ways, self.index_bits = ways, index_bits
        self.max_level, self.asids = max_level, asids
        self.sets = []
        for _ in range(entries // ways):
            self.sets.append(OrderedDict())
        self.number = {"hits": 0, "misses": 0, "evictions": 0}

    def lookup(self, asid, vpn):
        asid = asid if self.asids else 0
        for level in range(self.max_level + 1):
            tag = vpn >> (level * self.index_bits)
            s = self.sets[tag % len(self.sets)]
            found = s.get((asid, tag, level))
            if found is None:
                for e in reversed(s.values()):
                    if e.tag == tag and e.level == level and e.flags & PTE_G:
                        found = e
                        break
            if found is not None:
                s.move_to_end(found[:3])
                self.number["hits"] += 1
                return found
        self.number["misses"] += 1
        return None

    def insert(self, asid, vpn, pfn, flags, level=0, dirty=0):
        if level < 0 or level > self.max_level:
            raise ValueError
        asid = asid if self.asids else 0
        e = Entry(asid, vpn >> (level * self.index_bits), level, pfn, flags, dirty)
        s = self.sets[e.tag % len(self.sets)]
        if e[:3] not in s and len(s) == self.ways:
            s.popitem(last=False)
            self.number["evictions"] += 1
        s[e[:3]] = e
        s.move_to_end(e[:3])

    def invlpg(self, asid, vpn):
        asid = asid if self.asids else 0
        for s in self.sets:
            for key, e in list(s.items()):
                if e.tag == vpn >> (e.level * self.index_bits):
                    if e.asid == asid or e.flags & PTE_G:
                        del s[key]

    def flush(self, asid=None):
        for s in self.sets:
            for key, e in list(s.items()):
                if asid is None:
                    del s[key]
                elif e.asid == (asid if self.asids else 0) and not e.flags & PTE_G:
                    del s[key]

    def stats(self):
        return self.number.copy()

    def snapshot(self):
        return {"sets": [[list(e) for e in s.values()] for s in self.sets]}
