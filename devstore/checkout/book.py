"""The checkouts that a shop keeps: begun once somebody can be reached, changed, recovered, completed, deleted."""

import hashlib
import hmac
from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from devstore.checkout.cart import Buyer, Cart
from devstore.checkout.reading import read_buyer, read_cart
from devstore.checkout.record import Checkout, Said
from devstore.consents import EMAIL, SMS
from devstore.records import Customer, Order

if TYPE_CHECKING:
    from devstore.shop import Shop

MAIL_STATES = ("NOT_SENT", "SCHEDULED", "SENT")


class CheckoutBook:
    """Keeps the checkouts of a shop by their tokens.

    Somebody unknown becomes a customer when they agree to be written to, or buy; until then their checkout has none.
    """

    def __init__(self, shop: "Shop") -> None:
        self._shop = shop
        self.all: dict[str, Checkout] = {}

    def begin(self, goods: Mapping[int, int], at: datetime | None = None, **said: Any) -> Checkout:
        """Somebody has typed how to reach them; ``said`` is as in ``Said``. Sends checkouts/create.

        ValueError for nobody who can be reached, and for goods that there are not.
        """
        with self._shop.store.lock:
            heard = Said(dict(goods), **said)
            made = self._made(heard, self._shop._times(at)[0])
            self.all[made.token] = made
            self._agree(made, None)
            self._shop.tell(made, "checkouts/create")
            return made

    def change(self, token: str, at: datetime | None = None, **said: Any) -> Checkout:
        """Something was typed anew; sends checkouts/update. KeyError for an unknown one, ValueError as begin."""
        with self._shop.store.lock:
            found, before = self._open(token), self.all[token].said
            said = {**said, "goods": dict(said["goods"])} if "goods" in said else said
            fresh = self._made(before._replace(**said), found.created_at, found)
            found.said, found.cart, found.quote, found.locale = fresh.said, fresh.cart, fresh.quote, fresh.locale
            found.customer, found.email, found.phone = fresh.customer, fresh.email, fresh.phone
            found.updated_at = max(found.updated_at, self._shop._times(at)[0])
            self._agree(found, before)
            self._shop.tell(found, "checkouts/update")
            return found

    def complete(self, token: str, at: datetime | None = None) -> Order:
        """Buy it; sends what every order sends, then checkouts/update. NotPlacedError as ``CheckoutDesk.place``."""
        with self._shop.store.lock:
            found = self._open(token)
            cart, buyer = self._read(found.said)
            order = self._shop.checkout.place(cart, buyer, found.arrival, at, found.said.presentment)
            found.end(order)
            self._shop.tell(found, "checkouts/update")
            return order

    def express(self, goods: Mapping[int, int], at: datetime | None = None, **said: Any) -> Order:
        """Buy with a wallet: there is no checkout that one could leave, and nothing is sent of any."""
        with self._shop.store.lock:
            wanted = self._made(Said(dict(goods), **said), self._shop._times(at)[0])
            cart, buyer = self._read(wanted.said)
            order = self._shop.checkout.place(cart, buyer, wanted.arrival, at, wanted.said.presentment)
            wanted.customer = order.customer
            self._agree(wanted, None)
            return order

    def delete(self, token: str) -> None:
        """Delete a checkout for good; sends checkouts/delete. KeyError for an unknown one."""
        with self._shop.store.lock:
            self._shop.tell(self.all.pop(token), "checkouts/delete")

    def mail(self, token: str, state: str = "SENT", at: datetime | None = None) -> Checkout:
        """What became of Shopify's own reminder, of which it sends no webhook; ValueError for no state."""
        if state not in MAIL_STATES:
            raise ValueError(f"{state!r} is none of {', '.join(MAIL_STATES)}")
        with self._shop.store.lock:
            found = self.all[token]
            found.email_state, found.emailed_at = state, self._shop._times(at)[0] if state == "SENT" else None
            return found

    def recovered(self, token: str, key: str, landing_site: str) -> Checkout | None:
        """What a recovery link leads to, or None where it is of nothing, or its key is wrong.

        That somebody came back by it is known of the order that they place then; nothing is sent of it.
        """
        found = self.all.get(token)
        if found is None or not hmac.compare_digest(found.key.encode(), key.encode()):
            return None
        if not found.completed_at:
            found.said = found.said._replace(landing_site=landing_site)
        return found

    def join(self, keeper: Customer, gone: Customer) -> None:
        """What a merge leaves: the checkouts of both are the keeper's."""
        for one in self.all.values():
            if one.customer is gone:
                one.customer = keeper
            if one.said.customer_id == gone.id:
                one.said = one.said._replace(customer_id=keeper.id)

    def by_number(self, number: int) -> Checkout | None:
        """The checkout of an id of the Admin API."""
        return next((one for one in self.all.values() if one.id == number), None)

    def _open(self, token: str) -> Checkout:
        found = self.all[token]
        if found.completed_at:
            raise ValueError(f"checkout {found.name} is completed already")
        return found

    def _read(self, said: Said) -> tuple[Cart, Buyer]:
        lines = [{"product_id": number, "quantity": pieces} for number, pieces in said.goods.items()]
        wish = {"lines": lines, "codes": list(said.codes), "country": said.country, "credit": said.credit}
        cart = read_cart(self._shop, wish)
        return cart, read_buyer(self._shop, said._asdict())

    def _made(self, said: Said, moment: datetime, of: Checkout | None = None) -> Checkout:
        """A checkout as it is by what was said; kept nowhere yet."""
        shop = self._shop
        cart, buyer = self._read(said)
        if not buyer.names:
            raise ValueError("a checkout begins with an e-mail address or a phone")
        customer = buyer.customer
        email, phone = said.email, said.phone
        if customer and buyer.signed_in:
            email, phone = email or customer.email, phone or customer.phone or ""
        quote = shop.checkout.quote(cart, buyer)
        quote.order.presentment, quote.order.customer = said.presentment, customer
        locale = said.locale or (customer.locale if customer else shop.primary_locale)
        number = of.id if of else shop.store.new_id("checkout")
        token, key, cart_token = (self._token(kind, number) for kind in ("checkout", "key", "cart"))
        about = (said, cart, quote, customer, email.strip(), phone.strip(), locale)
        return Checkout(number, token, key, cart_token, *about, moment, moment)

    def _token(self, kind: str, number: int) -> str:
        # Not drawn from the store's chance, so that what else happens stays the same.
        made = f"{self._shop.store.seed}/{self._shop.domain}/{kind}/{number}"
        return hashlib.sha256(made.encode()).hexdigest()[:32]

    def _agree(self, found: Checkout, before: Said | None) -> None:
        """Whoever ticks the box agrees at once, not only when they buy; to take the tick out takes nothing back."""
        for way, ticked, was in (
            (EMAIL, found.said.accepts_email, before and before.accepts_email),
            (SMS, found.said.accepts_sms, before and before.accepts_sms),
        ):
            if ticked and not was and (found.email if way == EMAIL else found.phone):
                found.customer = found.customer or self._newcomer(found)
                if found.customer.consent(way)[0] != "SUBSCRIBED" and self._reaches(found.customer, way):
                    self._shop.consents.give(found.customer.id, way, "SUBSCRIBED", found.updated_at)

    def _newcomer(self, found: Checkout) -> Customer:
        create = self._shop.create_customer
        return create(email=found.email, locale=found.locale, phone=found.phone or None, at=found.updated_at)

    @staticmethod
    def _reaches(customer: Customer, way: str) -> bool:
        return bool(customer.email if way == EMAIL else customer.phone)
