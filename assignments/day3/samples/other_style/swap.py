"""Swap slots. One integer is the bitmap of the slots in use."""


class Swap:
    def __init__(self):
        self.in_use = 0
        self.home = {}  # (pid, vpn) -> slot

    def take(self, page):
        if page not in self.home:
            lowest = ~self.in_use & (self.in_use + 1)
            self.in_use |= lowest
            self.home[page] = lowest.bit_length() - 1
        return self.home[page]

    def free_all(self, pid):
        for page in [page for page in self.home if page[0] == pid]:
            self.in_use ^= 1 << self.home.pop(page)

    def table(self):
        return sorted([slot, *page] for page, slot in self.home.items())
