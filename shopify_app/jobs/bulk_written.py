"""What became of a bulk mutation of customers: who is written, by the file that tells what came of each line."""

import json
from collections.abc import Iterable, Iterator

from shopify_app.admin_api.client import AdminApi
from shopify_app.segments.outward.shopify import confirmed


def customers_written(admin: AdminApi, url: str, portion: int) -> Iterator[list[int]]:
    """Them, about `portion` at a time; nobody where there is no file. ResultGone when Shopify no longer has it."""
    if not url:
        return
    some: list[int] = []
    with admin.download(url) as pieces:
        for line in _lines(pieces):
            some += confirmed(json.loads(line))
            if len(some) >= portion:
                yield some
                some = []
    yield some


def _lines(pieces: Iterable[bytes]) -> Iterator[bytes]:
    rest = b""
    for piece in pieces:
        *whole, rest = (rest + piece).split(b"\n")
        yield from filter(None, whole)
    if rest.strip():
        yield rest
