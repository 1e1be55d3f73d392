"""Day 2: TLB."""

from collections import OrderedDict, namedtuple

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
        self.sets = [OrderedDict() for _ in range(entries // ways)]
        self.hits = self.misses = self.evictions = 0

    def lookup(self, asid, vpn, level=0):
        asid = asid * self.asids
        tag = vpn >> self.index_bits * level
        entries = self.sets[tag % len(self.sets)]
        entry = entries.get((asid, tag, level))
        if entry is None:
            shared = [e for e in entries.values() if e.flags & PTE_G]
            shared = [e for e in shared if (e.tag, e.level) == (tag, level)]
            if not shared:
                # try the next level; lookup() itself knows when to stop
                return self.lookup(asid, vpn, level + 1)
            entry = shared[-1]
        self.hits += 1
        entries.move_to_end(entry[:3])
        return entry

    def insert(self, asid, vpn, pfn, flags, level=0, dirty=0):
        if level < 0 or level > self.max_level:
            raise ValueError
        asid = asid * self.asids
        tag = vpn >> self.index_bits * level
        entries = self.sets[tag % len(self.sets)]
        if (asid, tag, level) in entries:
            del entries[asid, tag, level]
        elif len(entries) == self.ways:
            entries.popitem(last=False)
            self.evictions += 1
        entries[asid, tag, level] = Entry(asid, tag, level, pfn, flags, dirty)

    def invlpg(self, asid, vpn):
        asid = asid * self.asids
        for entries in self.sets:
            for key in list(entries):
                e = entries[key]
                if e.tag == vpn >> self.index_bits * e.level and (e.asid == asid or e.flags & PTE_G):
                    del entries[key]

    def flush(self, asid=None):
        for entries in self.sets:
            for key in list(entries):
                if asid is None:
                    del entries[key]
                elif key[0] == asid * self.asids and not entries[key].flags & PTE_G:
                    del entries[key]

    def stats(self):
        return {"hits": self.hits, "misses": self.misses, "evictions": self.evictions}

    def snapshot(self):
        return {"sets": [[list(e) for e in entries.values()] for entries in self.sets]}
