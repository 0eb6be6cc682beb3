"""Each shop's data key: made once, kept wrapped, and the one way to seal and open that shop's bytes."""

from shopify_app import crypto
from shopify_app.db.base import Session, ShopId
from shopify_app.shops.model import ShopKey


class ShopKeys:
    """Seals and opens under a shop's own key; `master_keys` wrap, the first one new keys."""

    def __init__(self, master_keys: tuple[bytes, ...]) -> None:
        self._master_keys = master_keys

    def create(self, session: Session, shop: ShopId) -> None:
        """Give the shop a key unless it has one."""
        if session.get(ShopKey, shop) is None:
            wrapped = crypto.wrap(self._master_keys, crypto.new_data_key(), _key_context(shop))
            session.add(ShopKey(shop_id=shop, wrapped=wrapped))
            session.flush()

    def seal(self, session: Session, shop: ShopId, plain: bytes, context: str) -> bytes:
        """Seal under the shop's key; Unreadable when the shop has none (it was redacted)."""
        return crypto.seal(self._key(session, shop), plain, f"{shop}:{context}")

    def open(self, session: Session, shop: ShopId, sealed: bytes, context: str) -> bytes:
        """Open what `seal` made with the same shop and context; Unreadable otherwise."""
        return crypto.open_sealed(self._key(session, shop), sealed, f"{shop}:{context}")

    def _key(self, session: Session, shop: ShopId) -> bytes:
        row = session.get(ShopKey, shop)
        if row is None:
            raise crypto.Unreadable
        return crypto.unwrap(self._master_keys, row.wrapped, _key_context(shop))


def _key_context(shop: ShopId) -> str:
    return f"shop key {shop}"
