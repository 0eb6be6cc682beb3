"""Opens everything that a database holds, with every key at hand, and looks for what names a person."""

import base64
import binascii
import json
import re
import zlib
from contextlib import suppress

from sqlalchemy import LargeBinary, select, text

from shopify_app import crypto
from shopify_app.db.base import Base
from shopify_app.shops.model import ShopKey

_SEALED = {
    ("delivery", "body"): lambda row: f"delivery {row['webhook_id']}",
    ("privacy_request", "answer"): lambda row: f"data request {row['id']}",
    ("export_piece", "body"): lambda row: f"export {row['export_id']} {row['number']}",
    ("access_token", "access"): lambda _row: "access token",
    ("access_token", "refresh"): lambda _row: "refresh token",
}
"""Every sealed column, and what it was sealed with."""
_OPEN = {("shop_key", "wrapped"), ("kept_grid", "body")}
"""The key itself, and sums that name nobody."""


class Opened:
    """All values of all rows, each decoded as far as it goes."""

    def __init__(self, database, keys) -> None:
        self.database = database
        self.keys = keys
        self.sealed = 0
        """How many sealed values were opened."""

    def everything(self):
        """(where, value) of every value and of everything inside it."""
        with self.database.reading() as session:
            for table in Base.metadata.sorted_tables:
                for row in session.execute(select(table)).mappings():
                    for column in table.columns:
                        where = f"{table.name}.{column.name}"
                        for value in self._inside(session, table, column, row):
                            yield where, value
            known = {table.name for table in Base.metadata.sorted_tables}
            for name in _tables(session) - known:
                for row in session.execute(text(f'SELECT * FROM "{name}"')):
                    yield name, repr(row)

    def _inside(self, session, table, column, row):
        value = row[column.name]
        if value is None:
            return
        if isinstance(column.type, LargeBinary):
            value = self._open(session, table, column, row, value)
        yield from decoded(value)

    def _open(self, session, table, column, row, value):
        if not value or (table.name, column.name) in _OPEN:
            return value
        context = _SEALED[table.name, column.name](row)
        self.sealed += 1
        if table.name == "delivery" and row["key_shop"] is None:
            return crypto.unwrap(self.keys.stray_keys, value, context)
        return self.keys.open(session, row["key_shop"] if table.name == "delivery" else row["shop_id"], value, context)


def _tables(session):
    if session.get_bind().dialect.name == "sqlite":
        return set(session.scalars(text("SELECT name FROM sqlite_master WHERE type = 'table'")))
    return set(session.scalars(text("SELECT tablename FROM pg_tables WHERE schemaname = current_schema()")))


def decoded(value):
    """The value, and whatever else it turns out to be: text, packed, base64, JSON and all that is in it."""
    yield value
    if isinstance(value, bytes):
        yield from _of_bytes(value)
    elif isinstance(value, str):
        yield from _of_text(value)
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from decoded(key)
            yield from decoded(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from decoded(inner)


def _of_bytes(value):
    with suppress(zlib.error):
        # Whether zlib's own or gzip's.
        yield from decoded(zlib.decompress(value, zlib.MAX_WBITS | 32))
    with suppress(UnicodeDecodeError):
        yield from decoded(value.decode())


def _of_text(value):
    if value[:1] in ("{", "["):
        with suppress(json.JSONDecodeError):
            yield from decoded(json.loads(value))
    elif len(value) > 12 and re.fullmatch(r"[A-Za-z0-9+/_-]+=*", value):
        with suppress(binascii.Error, ValueError):
            yield from _of_bytes(base64.b64decode(value, altchars=b"-_" if set(value) & set("-_") else None))


def names(value, person) -> bool:
    """Whether a value is or has something of the person."""
    if isinstance(value, int):
        return value in person["numbers"]
    if isinstance(value, bytes):
        return any(needle in value for needle in raw(person))
    if isinstance(value, str):
        low = value.casefold()
        digits = re.sub(r"[\s().-]", "", value)
        return (
            any(word.casefold() in low for word in person["words"])
            or any(str(number) in value for number in person["numbers"])
            or any(phone in digits for phone in person["phones"])
        )
    return False


def raw(person) -> list[bytes]:
    """How a person may stand in a file: text in any encoding, numbers as the database writes them."""
    texts = [*person["words"], *person["phones"], *map(str, person["numbers"])]
    spelled = {form for word in texts for form in (word, word.lower(), json.dumps(word)[1:-1])}
    found = {form.encode(code) for form in spelled for code in ("utf-8", "utf-16-le", "utf-16-be")}
    return [*found, *(number.to_bytes(size, "big") for number in person["numbers"] for size in (6, 8))]


def wrapped_keys(database):
    with database.reading() as session:
        return dict(session.execute(select(ShopKey.shop_id, ShopKey.wrapped)).all())
