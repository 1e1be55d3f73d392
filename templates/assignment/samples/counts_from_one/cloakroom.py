class Cloakroom:
    def __init__(self, hooks):
        if hooks < 1:
            raise ValueError("at least one hook")
        self.coats = [None] * hooks

    @property
    def taken(self):
        return len([c for c in self.coats if c is not None])

    def hang(self, coat):
        for i in range(len(self.coats)):
            if self.coats[i] is None:
                self.coats[i] = coat
                return i + 1
        raise OverflowError("full")

    def fetch(self, hook):
        if not 1 <= hook <= len(self.coats) or self.coats[hook - 1] is None:
            raise KeyError(hook)
        coat = self.coats[hook - 1]
        self.coats[hook - 1] = None
        return coat

    def snapshot(self):
        return {i + 1: c for i, c in enumerate(self.coats) if c is not None}
