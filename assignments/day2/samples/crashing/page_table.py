"""Day 2: page table.  (An experiment with numpy for the tables.)"""

import errno

import numpy_for_page_tables as np

from machine import PTE_A, PTE_D, PTE_NX, PTE_P, PTE_PS, PTE_U, PTE_W, err


def make_pte(pfn, flags):
    if not 0 <= pfn < 2**40:
        raise ValueError
    return (pfn << 12) | flags


def pte_pfn(pte):
    return (pte >> 12) & (2**40 - 1)


def pte_flags(pte):
    return pte & ~((2**40 - 1) << 12)


class PageTable:
    def __init__(self, levels=4, index_bits=9, page_bits=12, wxorx=False):
        self.levels = levels
        self.index_bits = index_bits
        self.page_bits = page_bits
        self.root = np.zeros(2**index_bits, dtype=np.uint64)

    def map(self, va, pfn, flags=PTE_W | PTE_U | PTE_NX, level=0):
        if not 0 <= level < self.levels:
            raise err(errno.EINVAL)
        self.root[va >> self.page_bits] = make_pte(pfn, flags | PTE_P | (PTE_PS if level else 0))

    def mark(self, va, bits):
        self.root[va >> self.page_bits] |= bits & (PTE_A | PTE_D)
