"""What happened, line by line, and one hash over all of it."""

from hashlib import blake2b


class Trace:
    """Every line goes into the hash; with `aloud` it is printed too."""

    def __init__(self, *, aloud: bool) -> None:
        self._aloud = aloud
        self._told = blake2b(digest_size=12)

    def line(self, text: str) -> None:
        self._told.update(text.encode())
        self._told.update(b"\n")
        if self._aloud:
            print(text)  # noqa: T201 - asked for

    @property
    def hash(self) -> str:
        """The hash so far."""
        return self._told.hexdigest()
