"""What stood in a line of a file, kept under the shop's key until the line is let go of."""

import msgspec

from shopify_app.db.base import Session, ShopId
from shopify_app.loyalty.brought.file import FileLine
from shopify_app.loyalty.brought.lines.line import Line
from shopify_app.shops.keys import ShopKeys

_decoder = msgspec.json.Decoder(tuple[str, str, str, str])


def sealed(session: Session, shop: ShopId, keys: ShopKeys, file_id: str, line: FileLine) -> bytes:
    """The line's cells, sealed; only for this place of this file."""
    cells = msgspec.json.encode((line.number, line.email, line.phone, line.points))
    return keys.seal(session, shop, cells, _context(file_id, line.place))


def opened(session: Session, shop: ShopId, keys: ShopKeys, file_id: str, line: Line) -> FileLine:
    """The cells as they stood in the file, for the merchant who brought it; the caller has noted it first."""
    cells = _decoder.decode(keys.open(session, shop, line.sealed, _context(file_id, line.place)))
    return FileLine(line.place, *cells)


def _context(file_id: str, place: int) -> str:
    return f"brought {file_id} {place}"
