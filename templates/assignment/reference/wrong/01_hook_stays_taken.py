# wrong 1 of cloakroom: a hook cannot be used a second time; loses C.1 C.2
"""Fetching a coat forgets to make its hook free again."""

from right.cloakroom import Cloakroom as Right


class Cloakroom(Right):
    def fetch(self, hook: int) -> str:
        return self._coats.pop(hook)
