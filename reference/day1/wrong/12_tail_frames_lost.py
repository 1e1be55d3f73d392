# wrong 12 of buddy: non-power-of-two nframes loses the tail; loses D1.8 D1.9
"""Only the largest power of two of the frames is ever handed out."""

from collections.abc import Iterator

from right.buddy import BuddyAllocator as Right


class BuddyAllocator(Right):
    def _initial_blocks(self, nframes: int) -> Iterator[tuple[int, int]]:
        return super()._initial_blocks(1 << (nframes.bit_length() - 1))
