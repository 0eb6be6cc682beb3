"""What a drain writes, planned from a drain that ran, and written again by a bare loop."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from isal import isal_zlib

from benchmarks import backlog, bare
from benchmarks.measuring import Spent, timed
from benchmarks.stores import Store
from shopify_app import crypto
from shopify_app.app import Wafa, build
from webhooks.process import PIECES

_NONCE = 12
_WAITING = (
    "SELECT id, webhook_id, key_shop, body FROM delivery WHERE state = 'waiting' AND shop_domain = ? "
    "ORDER BY triggered_at, id LIMIT ?"
)
Ciphers = Mapping[int, AESGCM]
"""Each shop's key, unwrapped once."""


class _Money(msgspec.Struct):
    amount: str


class _Line(msgspec.Struct):
    id: int
    title: str
    price: str
    quantity: int
    gift_card: bool
    product_id: int | None
    discount_allocations: list[_Money]


class _Person(msgspec.Struct):
    id: int


class _Order(msgspec.Struct):
    """What any program would read of an order's body to make these rows."""

    id: int
    name: str
    created_at: str
    updated_at: str
    currency: str
    test: bool
    financial_status: str
    source_name: str
    customer: _Person
    line_items: list[_Line]


_order = msgspec.json.Decoder(_Order)


@dataclass(frozen=True, slots=True)
class Piece:
    """The deliveries of one transaction, and the rows that they leave behind."""

    domain: str
    ids: list[int]
    rows: bare.Rows


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything that a drain of a prepared database writes."""

    pieces: Sequence[Piece]
    handled_at: Any

    @property
    def deliveries(self) -> int:
        """How many there are."""
        return sum(len(piece.ids) for piece in self.pieces)

    def counts(self) -> dict[str, int]:
        """Rows by table."""
        found = Counter[str]()
        for piece in self.pieces:
            found.update({table: len(rows) for table, rows in piece.rows.items()})
        return dict(found)


def app_on(url: str) -> Wafa:
    """The app's parts on a database that is there."""
    return build(backlog.config_for(url))


def plan(store: Store) -> Plan:
    """Drain a copy, and cut what is there then into pieces as large as the drain's own.

    Each row stands once, in the piece of its order's last delivery, although the drain may have written it
    several times: the bare loop has the least work that leads to the same end.
    """
    with store.copied() as url:
        hand = bare.connect(url)
        pieces, last = list[Piece](), dict[int, int]()
        for domain, ids, orders in _deliveries(hand):
            last.update(dict.fromkeys(orders, len(pieces)))
            pieces.append(Piece(domain, ids, defaultdict(list)))
        wafa = app_on(url)
        wafa.drain.sweep()
        wafa.database.close()
        for table, rows in bare.all_rows(hand).items():
            place = bare.columns_of(table).index("order_id") if rows else 0
            for row in rows:
                pieces[last[row[place]]].rows[table].append(row)
        ((handled_at,),) = hand.read("SELECT max(handled_at) FROM delivery")
        hand.close()
    return Plan(pieces, handled_at)


def _deliveries(hand: bare.Bare) -> Iterator[tuple[str, list[int], list[int]]]:
    """Shop, deliveries and orders of each piece."""
    ciphers = _ciphers(hand)
    for (domain,) in hand.read("SELECT domain FROM shop ORDER BY id"):
        waiting = list(hand.read(_WAITING, [domain, 2**31 - 1]))
        for start in range(0, len(waiting), max(PIECES)):
            piece = waiting[start : start + max(PIECES)]
            yield domain, [row[0] for row in piece], [_opened(ciphers, row).id for row in piece]


def drained(store: Store, count: int) -> Spent:
    """The app's way."""
    with store.copied() as url:
        wafa = app_on(url)
        with timed(count, *store.servers()) as spent:
            handled = wafa.drain.sweep()
        wafa.database.close()
    if handled != count:
        raise ValueError(f"{handled} of {count} deliveries were handled")
    return spent


def written(store: Store, plan: Plan, *, reading: bool) -> Spent:
    """The bare loop; `reading`: it also fetches, opens and decodes the deliveries, as whoever starts from them must."""
    with store.copied() as url:
        hand = bare.connect(url)
        ciphers = _ciphers(hand)
        with timed(plan.deliveries, *store.servers()) as spent:
            for piece in plan.pieces:
                for row in hand.read(_WAITING, [piece.domain, max(PIECES)]) if reading else ():
                    _opened(ciphers, row)
                _write(hand, piece, plan.handled_at)
        left = {table: len(rows) for table, rows in bare.all_rows(hand).items() if rows}
        hand.close()
    if left != plan.counts():
        raise ValueError(f"the bare loop left {left}, the drain {plan.counts()}")
    return spent


def _write(hand: bare.Bare, piece: Piece, handled_at: Any) -> None:
    hand.begin()
    for table, rows in piece.rows.items():
        hand.write(table, rows)
    hand.mark(piece.ids, handled_at)
    hand.commit()


def _ciphers(hand: bare.Bare) -> Ciphers:
    keys = hand.read("SELECT shop_id, wrapped FROM shop_key")
    return {shop: AESGCM(crypto.unwrap([backlog.MASTER], wrapped, f"shop key {shop}")) for shop, wrapped in keys}


def _opened(ciphers: Ciphers, row: bare.Row) -> _Order:
    _, webhook_id, shop, sealed = row
    context = f"{shop}:delivery {webhook_id}".encode()
    packed = ciphers[shop].decrypt(sealed[:_NONCE], sealed[_NONCE:], context)
    return _order.decode(isal_zlib.decompress(packed))
