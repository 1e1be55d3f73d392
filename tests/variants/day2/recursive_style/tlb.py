"""A TLB on plain dicts: Python keeps their order, so re-inserting means most recently used."""

from collections import Counter, namedtuple

from machine import PTE_G

Entry = namedtuple("Entry", "asid tag level pfn flags dirty")


class TLB:
    def __init__(self, entries, ways, *, index_bits=9, max_level=1, asids=True):
        if min(entries, ways) < 1 or entries % ways:
            raise ValueError((entries, ways))
        self.index_bits, self.max_level, self.asids = index_bits, max_level, asids
        self._ways = ways
        self._sets = [{} for _ in range(entries // ways)]
        self._globals = Counter()  # (tag, level) -> how many global entries
        self._hits, self._misses, self._evictions = 0, 0, 0

    def lookup(self, asid, vpn):
        asid = asid if self.asids else 0
        entry = self._search(asid, vpn, 0)
        if entry is None:
            self._misses += 1
        else:
            self._hits += 1
            self._add(self._take(entry))
        return entry

    def _search(self, asid, vpn, level):
        if level > self.max_level:
            return None
        tag = vpn >> self.index_bits * level
        ways = self._sets[tag % len(self._sets)]
        entry = ways.get((asid, tag, level))
        if entry is not None:
            return entry
        if self._globals[tag, level]:
            for entry in reversed(ways.values()):
                if (entry.tag, entry.level) == (tag, level) and entry.flags & PTE_G:
                    return entry
        return self._search(asid, vpn, level + 1)

    def insert(self, asid, vpn, pfn, flags, level=0, dirty=0):
        if level not in range(self.max_level + 1):
            raise ValueError(level)
        tag = vpn >> self.index_bits * level
        new = Entry(asid if self.asids else 0, tag, level, pfn, flags, dirty)
        ways = self._sets[tag % len(self._sets)]
        if new[:3] in ways:
            self._take(ways[new[:3]])
        elif len(ways) == self._ways:
            self._take(next(iter(ways.values())))
            self._evictions += 1
        self._add(new)

    def _add(self, entry):
        self._sets[entry.tag % len(self._sets)][entry[:3]] = entry
        if entry.flags & PTE_G:
            self._globals[entry.tag, entry.level] += 1

    def _take(self, entry):
        if entry.flags & PTE_G:
            self._globals[entry.tag, entry.level] -= 1
        return self._sets[entry.tag % len(self._sets)].pop(entry[:3])

    def _drop_if(self, unwanted):
        for ways in self._sets:
            for entry in [e for e in ways.values() if unwanted(e)]:
                self._take(entry)

    def invlpg(self, asid, vpn):
        asid = asid if self.asids else 0
        self._drop_if(
            lambda e: (
                e.tag == vpn >> self.index_bits * e.level and (e.asid == asid or e.flags & PTE_G)
            )
        )

    def flush(self, asid=None):
        if asid is None:
            self._drop_if(lambda e: True)
        else:
            asid = asid if self.asids else 0
            self._drop_if(lambda e: e.asid == asid and not e.flags & PTE_G)

    def stats(self):
        return {"hits": self._hits, "misses": self._misses, "evictions": self._evictions}

    def snapshot(self):
        return {"sets": [list(ways.values()) for ways in self._sets]}
