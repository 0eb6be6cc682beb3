"""What became of a bulk mutation of customers: who is written, by the file that tells what came of each line."""

import json
import logging
from collections.abc import Callable, Iterable, Iterator

from shopify_app.admin_api import bulk
from shopify_app.admin_api.client import AdminApi
from shopify_app.admin_api.errors import ResultGone
from shopify_app.db.base import ShopId
from shopify_app.segments.outward.shopify import confirmed

_log = logging.getLogger(__name__)


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


def written_by(
    admin: AdminApi, shop: ShopId, operation: str, portion: int, note: Callable[[list[int]], int]
) -> int | None:
    """How many customers a bulk operation has written, as `note` counts them; None while it runs.

    Below nought where it ended badly, or its result is gone, and nobody can tell.
    """
    if not operation:
        return 0
    try:
        state = bulk.look(admin, shop, operation)
        if state.status in bulk.ENDED_BADLY:
            _log.warning("shop %s: a bulk mutation ended %s %s", shop, state.status, state.error_code)
            return -1
        if state.status != bulk.COMPLETED:
            return None
        return sum(note(some) for some in customers_written(admin, state.url, portion))
    except ResultGone:
        return -1


def _lines(pieces: Iterable[bytes]) -> Iterator[bytes]:
    rest = b""
    for piece in pieces:
        *whole, rest = (rest + piece).split(b"\n")
        yield from filter(None, whole)
    if rest.strip():
        yield rest
