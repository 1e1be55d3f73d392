"""A TLB whose sets are doubly linked lists, with a dictionary to find the nodes."""

from collections import namedtuple

from machine import PTE_G

Entry = namedtuple("Entry", "asid tag level pfn flags dirty")


class Node:
    __slots__ = ("entry", "next", "prev", "used")

    def __init__(self, entry):
        self.entry = entry
        self.used = 0
        self.prev = self.next = self


class LinkedSet:
    """A ring: head.next is the least recently used node, head.prev the most recently used."""

    def __init__(self):
        self.head = Node(None)
        self.size = 0

    def append(self, node):
        last = self.head.prev
        last.next = node
        node.prev = last
        node.next = self.head
        self.head.prev = node
        self.size += 1

    def remove(self, node):
        node.prev.next = node.next
        node.next.prev = node.prev
        self.size -= 1

    def nodes(self):
        result = []
        node = self.head.next
        while node is not self.head:
            result.append(node)
            node = node.next
        return result


class TLB:
    def __init__(self, entries, ways, *, index_bits=9, max_level=1, asids=True):
        if entries < 1 or ways < 1 or entries % ways != 0:
            raise ValueError("entries must be a positive multiple of ways")
        self.index_bits = index_bits
        self.max_level = max_level
        self.asids = asids
        self.ways = ways
        self.nsets = entries // ways
        self.sets = [LinkedSet() for _ in range(self.nsets)]
        self.nodes = {}  # (level, tag, asid) -> node
        self.global_nodes = {}  # (level, tag) -> list of nodes with G
        self.clock = 0
        self.hits = 0
        self.misses = 0
        self.evictions = 0

    def lookup(self, asid, vpn):
        if not self.asids:
            asid = 0
        level = 0
        while level <= self.max_level:
            tag = vpn >> (self.index_bits * level)
            node = self.nodes.get((level, tag, asid))
            if node is None and (level, tag) in self.global_nodes:
                node = max(self.global_nodes[level, tag], key=lambda n: n.used)
            if node is not None:
                self.hits += 1
                lru = self.sets[tag % self.nsets]
                if lru.head.prev is not node:
                    lru.remove(node)
                    lru.append(node)
                self.clock += 1
                node.used = self.clock
                return node.entry
            level += 1
        self.misses += 1
        return None

    def insert(self, asid, vpn, pfn, flags, level=0, dirty=0):
        if level < 0 or level > self.max_level:
            raise ValueError("level out of range")
        if not self.asids:
            asid = 0
        tag = vpn >> (self.index_bits * level)
        lru = self.sets[tag % self.nsets]
        old = self.nodes.get((level, tag, asid))
        if old is not None:
            self.delete(old)
        elif lru.size == self.ways:
            self.delete(lru.head.next)
            self.evictions += 1
        node = Node(Entry(asid, tag, level, pfn, flags, dirty))
        self.clock += 1
        node.used = self.clock
        lru.append(node)
        self.nodes[level, tag, asid] = node
        if flags & PTE_G:
            self.global_nodes.setdefault((level, tag), []).append(node)

    def delete(self, node):
        e = node.entry
        self.sets[e.tag % self.nsets].remove(node)
        del self.nodes[e.level, e.tag, e.asid]
        if e.flags & PTE_G:
            same = self.global_nodes[e.level, e.tag]
            same.remove(node)
            if not same:
                del self.global_nodes[e.level, e.tag]

    def invlpg(self, asid, vpn):
        if not self.asids:
            asid = 0
        for level in range(self.max_level + 1):
            tag = vpn >> (self.index_bits * level)
            for node in list(self.global_nodes.get((level, tag), [])):
                self.delete(node)
            if (level, tag, asid) in self.nodes:
                self.delete(self.nodes[level, tag, asid])

    def flush(self, asid=None):
        if asid is not None and not self.asids:
            asid = 0
        for node in list(self.nodes.values()):
            if asid is None or (node.entry.asid == asid and not node.entry.flags & PTE_G):
                self.delete(node)

    def stats(self):
        return {"hits": self.hits, "misses": self.misses, "evictions": self.evictions}

    def snapshot(self):
        return {"sets": [[list(n.entry) for n in lru.nodes()] for lru in self.sets]}
