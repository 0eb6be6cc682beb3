"""Text of orders as it is kept: no longer than its column, and without what a database refuses."""

NAME = 64
SOURCE = 64
STATUS = 32
TITLE = 512
CODE = 255
TOKEN = 64
"""With the others, how many characters each column holds."""


def fitting(text: str | None, longest: int) -> str:
    """The text without NULs, which PostgreSQL cannot hold, and cut to `longest`; empty for None."""
    if text and len(text) <= longest and "\0" not in text:
        return text
    return (text or "").replace("\0", "")[:longest]
