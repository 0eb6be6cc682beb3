"""Each shop's data key: made once, kept wrapped, and the one way to seal and open that shop's bytes."""

from collections import OrderedDict
from collections.abc import Callable
from threading import Lock

from shopify_app import crypto
from shopify_app.db.base import Session, ShopId
from shopify_app.shops.model import ShopKey

_REMEMBERED = 256
_Wrapped = tuple[ShopId, bytes]


class ShopKeys:
    """Seals and opens under a shop's own key; `master_keys` wrap, the first one new keys.

    What a wrapped key unwraps to is remembered by the very bytes in the shop's row, and each session reads the
    row for itself: a key whose row is gone is never used again, whatever is remembered.
    """

    def __init__(self, master_keys: tuple[bytes, ...]) -> None:
        self._master_keys = master_keys
        self._unwrapped: OrderedDict[_Wrapped, bytes] = OrderedDict()
        self._guard = Lock()

    @property
    def stray_keys(self) -> tuple[bytes, ...]:
        """Keys for what belongs to no known shop: the first seals, all open."""
        return tuple(crypto.derive(key, "deliveries of unknown shops") for key in self._master_keys)

    def create(self, session: Session, shop: ShopId) -> None:
        """Give the shop a key unless it has one."""
        if session.get(ShopKey, shop) is None:
            session.add(ShopKey(shop_id=shop, wrapped=self._wrap(shop, crypto.new_data_key())))
            session.flush()

    def has(self, session: Session, shop: ShopId) -> bool:
        """Whether the shop's key is still there: without it nobody ever opens what it sealed."""
        return session.get(ShopKey, shop) is not None

    def seal(self, session: Session, shop: ShopId, plain: bytes, context: str) -> bytes:
        """Seal under the shop's key; Unreadable when the shop has none (it was redacted)."""
        return crypto.seal(self._key(session, shop), plain, f"{shop}:{context}")

    def open(self, session: Session, shop: ShopId, sealed: bytes, context: str) -> bytes:
        """Open what `seal` made with the same shop and context; Unreadable otherwise."""
        return crypto.open_sealed(self._key(session, shop), sealed, f"{shop}:{context}")

    def sealer(self, shop: ShopId, wrapped: bytes) -> Callable[[bytes, str], bytes]:
        """`seal` for many, for a caller who has read the shop's row in the transaction that stores them."""
        key = self._unwrap(shop, wrapped)
        return lambda plain, context: crypto.seal(key, plain, f"{shop}:{context}")

    def opener(self, session: Session, shop: ShopId) -> Callable[[bytes, str], bytes]:
        """`open` for many of one shop's bytes at one moment: the shop's row is read once."""
        key = self._key(session, shop)
        return lambda sealed, context: crypto.open_sealed(key, sealed, f"{shop}:{context}")

    def rewrap(self, session: Session, shop: ShopId) -> bool:
        """Wrap the shop's key under the first master key; False when it is so already, or there is no key."""
        row = session.get(ShopKey, shop, with_for_update=True)
        if row is None or crypto.opens(self._master_keys[0], row.wrapped, _key_context(shop)):
            return False
        row.wrapped = self._wrap(shop, crypto.unwrap(self._master_keys, row.wrapped, _key_context(shop)))
        session.flush()
        return True

    def unwraps(self, shop: ShopId, wrapped: bytes) -> bool:
        """Whether these bytes are a key of this shop that the master keys at hand can unwrap."""
        return any(crypto.opens(key, wrapped, _key_context(shop)) for key in self._master_keys)

    def _wrap(self, shop: ShopId, key: bytes) -> bytes:
        return crypto.wrap(self._master_keys, key, _key_context(shop))

    def _key(self, session: Session, shop: ShopId) -> bytes:
        row = session.get(ShopKey, shop)
        if row is None:
            raise crypto.Unreadable
        # A session forgets what nobody holds: held here, its next call finds the row without a query.
        session.info[shop, ShopKey] = row
        return self._unwrap(shop, row.wrapped)

    def _unwrap(self, shop: ShopId, wrapped: bytes) -> bytes:
        wanted = (shop, wrapped)
        with self._guard:
            key = self._unwrapped.get(wanted)
            if key is not None:
                self._unwrapped.move_to_end(wanted)
                return key
        key = crypto.unwrap(self._master_keys, wrapped, _key_context(shop))
        with self._guard:
            self._unwrapped[wanted] = key
            if len(self._unwrapped) > _REMEMBERED:
                self._unwrapped.popitem(last=False)
        return key


def _key_context(shop: ShopId) -> str:
    return f"shop key {shop}"
