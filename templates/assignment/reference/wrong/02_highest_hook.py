# wrong 2 of cloakroom: takes the highest free hook; loses C.1
"""Any free hook will do for C.2, which judges a relation; C.1 asks for the lowest."""

from right.cloakroom import Cloakroom as Right


class Cloakroom(Right):
    def __init__(self, hooks: int) -> None:
        super().__init__(hooks)
        self._hooks = hooks

    def hang(self, coat: str) -> int:
        mirrored = [hook for hook in range(self._hooks) if hook not in self._coats]
        self._free = mirrored[-1:]
        return super().hang(coat)
