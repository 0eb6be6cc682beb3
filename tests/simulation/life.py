"""What shoppers, merchants and Shopify do in a simulated shop, day by day."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from devstore.records import Order
from devstore.shop import Shop
from tests.simulation.carts import Carts
from tests.simulation.chance import Chance
from tests.simulation.loyalty import Loyalty
from tests.simulation.shelves import Shelves

if TYPE_CHECKING:
    from tests.simulation.world import World

CURRENCIES = {"USD": ("9.90", "24.50", "120.00"), "KWD": ("1.500", "7.250", "31.125"), "JPY": ("900", "2500", "12000")}
ZONES = ("Asia/Kuwait", "America/New_York", "Europe/Berlin", "Africa/Casablanca")
_DATA_REQUEST_PENDS = timedelta(days=3)
_SECONDS = timedelta(seconds=2)
_FOUND_BY_DAYS = timedelta(days=15)
"""Orders are deleted that are younger: whoever looks at 60 days every 40 nights must find out."""
_REDACT_SHOP_AFTER = timedelta(hours=48)
_CREDIT = ("write_store_credit_account_transactions", "read_store_credit_accounts")
_WRITING = ("write_discounts", "write_customers", *_CREDIT)
"""Permissions that the merchant gives, or takes back, together."""


@dataclass(slots=True)
class Told:
    """What happened in one shop that its own records no longer show."""

    deleted: set[int] = field(default_factory=set)
    redacted: set[int] = field(default_factory=set)
    asked: dict[int, datetime] = field(default_factory=dict)
    """Customers with a data request, and when: they are not merged meanwhile."""
    left: bool = False
    """The app was taken out at some time."""
    erased: bool = False
    """A shop/redact was sent at some time: what was forgotten before it may be known again."""


class Life:
    """One shop's life; every happening draws from the shop's own stream."""

    def __init__(self, world: "World", shop: Shop, share: float) -> None:
        self.world, self.shop, self.share = world, shop, share
        self.chance = Chance(world.seed, f"life of {shop.domain}")
        self.whims = Chance(world.seed, f"whims in {shop.domain}")
        self.told = Told()
        self.loyalty, self.shelves, self.carts = Loyalty(self), Shelves(self), Carts(self)
        self.limited = self.chance.happens(world.profile.limited)
        """Whether the app may see the orders of 60 days only, as long as the merchant has granted no more."""
        profile = world.profile
        self._often: list[tuple[float, Callable[[], object]]] = [
            (profile.orders, self.buy),
            (profile.refunds, self.give_back),
            (profile.cancels, self.cancel),
            (profile.deletes, self.delete),
            (profile.edits, self.edit),
            (profile.amendments, self.amend),
            (profile.returns, self.send_back),
            (profile.customers, self.meet),
            (profile.merges, self.merge),
            (profile.redactions, self.redact),
            (profile.data_requests, self.ask_for_data),
            (profile.storms, self.storm),
            (profile.pages, self.look),
            (profile.settings, self.change_settings),
            (profile.scopes, self.change_scopes),
            (profile.uninstalls, self.leave),
            (profile.malformed, self.nonsense),
            (profile.replays, self.replay),
        ]

    def day(self, seconds: float) -> list[tuple[timedelta, Callable[[], object]]]:
        """What will happen today, and how long after the shops open, which they do for so many seconds."""
        planned = []
        for often, happening in self._often:
            for _ in range(self.chance.about(often * self.share)):
                planned.append((timedelta(seconds=self.chance.between(0, seconds)), happening))
        return planned + self.shelves.day(seconds) + self.carts.day(seconds)

    def past(self, orders: int) -> None:
        """A history from before the app came: the import has something to read."""
        now = self.world.clock()
        with self.shop.history():
            for number in range(orders):
                at = now - timedelta(days=self.chance.between(1, 200))
                if number % 3 == 0 or not self.shop.customers:
                    self._new_customer(at - timedelta(minutes=5))
                order = self.buy(at)
                if self.chance.happens(0.1):
                    self._amend(order, at + timedelta(days=self.chance.between(0, 20)))
                if self.chance.happens(0.15):
                    self._send_back(order, at + timedelta(days=self.chance.between(0, 20)))
                if self.chance.happens(0.2):
                    self._refund(order, at + timedelta(days=self.chance.between(0, 20)))
                elif self.chance.happens(0.08):
                    self.shop.cancel(order.id, at + timedelta(hours=3))

    # Shoppers

    def buy(self, at: datetime | None = None) -> Order:
        """A new or, more often, a known customer buys; some are never named."""
        prices = CURRENCIES[self.shop.currency]
        lines: list[Any] = [
            {"price": self.chance.one_of(prices), "quantity": self.chance.whole(1, 3)}
            for _ in range(self.chance.whole(1, 2))
        ]
        if self.chance.happens(0.08):
            lines.append({"price": prices[1], "gift_card": True})
        order = self.shop.place_order(
            self._buyer(at),
            self.shelves.taken_from(lines),
            discount=prices[0] if self.chance.happens(0.2) else "0",
            shipping=prices[0] if self.chance.happens(0.3) else "0",
            duties=prices[0] if self.chance.happens(0.2) else "0",
            fee=prices[0] if self.chance.happens(0.1) else "0",
            at=at,
            test=self.chance.happens(0.03),
            source=self.chance.one_of(("web", "pos")),
            financial_status="pending" if self.chance.happens(0.15) else "paid",
        )
        if at is None and self.chance.happens(0.12):
            # In the same second: its states share one updated_at.
            self.chance.one_of((self._refund, self._cancel, self._pay, self._rename, self._amend))(order)
        return order

    def _buyer(self, at: datetime | None) -> int | None:
        if self.chance.happens(0.1):
            return None
        if at is None and (self.chance.happens(0.3) or not self.shop.customers):
            return self._new_customer(None)
        return self._known(None)

    def _new_customer(self, at: datetime | None) -> int:
        number = len(self.shop.customers) + len(self.shop.merged)
        mail = f"person{number}@{self.shop.short_name}.example"
        return self.shop.create_customer("Noura", f"Name{number}", mail, "ar", at, f"+9655{number:07d}").id

    def _known(self, but: int | None, wanted: Callable[[int], bool] = lambda _customer: True) -> int | None:
        found = [customer for customer in self.shop.customers if customer != but and wanted(customer)]
        return self.chance.one_of(found) if found else None

    def meet(self) -> None:
        """Somebody signs up, or changes their address, or what they agreed to."""
        if self.whims.happens(0.3):
            self.agree()
            return
        known = self._known(None)
        if known is None or self.chance.happens(0.5):
            self._new_customer(None)
        else:
            self.shop.update_customer(known, email=f"new{self.chance.whole(1, 999)}.{known}@mail.example")

    def agree(self) -> None:
        """Somebody agrees to hear from the shop, or no longer does; nobody changes their mind within a second."""
        known, way = self._known(None), self.whims.one_of(("email", "sms"))
        now, state = self.world.clock(), self.whims.one_of(("SUBSCRIBED", "UNSUBSCRIBED", "PENDING"))
        customer = self.shop.customers.get(known)
        if customer is not None and (customer.email if way == "email" else customer.phone):
            _, since = customer.consent(way)
            if since is None or now - since > _SECONDS:
                self.shop.consents.give(customer.id, way, state)

    def _order(self, wanted: Callable[[Order], bool]) -> Order | None:
        recent = list(self.shop.orders.values())[-60:]
        found = [order for order in recent if wanted(order)]
        return self.chance.one_of(found) if found else None

    # Staff

    def give_back(self) -> None:
        """Money back for some lines, for an amount, or for everything."""
        order = self._order(lambda one: one.status == "paid" and one.received > one.refunded)
        if order is not None:
            self._refund(order)
            if self.chance.happens(0.2):
                self._refund(order)

    def _refund(self, order: Order, at: datetime | None = None) -> None:
        if order.status != "paid" or order.received <= order.refunded:
            return
        whole = [line for line in order.lines if line.current_quantity]
        if order.current_duties and self.chance.happens(0.3):
            self.shop.refund(order.id, duties=True, at=at)
        elif whole and self.chance.happens(0.5):
            duties = self.chance.happens(0.5)
            self.shop.refund(order.id, lines={self.chance.one_of(whole).id: 1}, duties=duties, at=at)
        elif self.chance.happens(0.5):
            left = order.received - order.refunded
            self.shop.refund(order.id, amount=_text(max(1, left // 3), order.currency), at=at)
        elif whole or order.current_shipping:
            self.shop.refund(order.id, at=at)

    def cancel(self) -> None:
        """An order is called off, with or without money back."""
        order = self._order(lambda one: not one.cancelled_at)
        if order is not None:
            self._cancel(order)

    def _cancel(self, order: Order) -> None:
        if not order.cancelled_at:
            self.shop.cancel(order.id, refund=self.chance.happens(0.7))

    def delete(self) -> None:
        """An order is deleted for good; while the app is away only a reconciliation could find out."""
        young = self.world.clock() - _FOUND_BY_DAYS
        order = self._order(lambda one: one.created_at > young)
        if order is not None and (self.shop.installed or self.world.profile.reconcile):
            if self.chance.happens(0.4):
                # What was told of it a moment before may come a moment after.
                self._touch(order)
            self.shop.delete_order(order.id)
            self.told.deleted.add(order.id)

    def edit(self) -> None:
        """An order is paid, given up, put under another customer, or only touched."""
        order = self._order(lambda one: not one.cancelled_at)
        if order is not None:
            self.chance.one_of((self._pay, self._rename, self._touch))(order)

    def amend(self) -> None:
        """Lines of an order are added, or pieces of them taken off, or both, as in an exchange."""
        order = self._order(lambda one: not one.cancelled_at)
        if order is not None:
            self._amend(order)

    def _amend(self, order: Order, at: datetime | None = None) -> None:
        left = [line for line in order.lines if line.current_quantity]
        taken_off = {self.chance.one_of(left).id: 1} if left and self.chance.happens(0.6) else {}
        prices = CURRENCIES[order.currency]
        added: list[Any] = [{"price": self.chance.one_of(prices), "gift_card": self.chance.happens(0.1)}]
        added = [] if taken_off and self.chance.happens(0.5) else self.shelves.taken_from(added)
        self.shop.edit(order.id, added, taken_off, at)
        if order.overpaid and self.chance.happens(0.7):
            self.shop.refund(order.id, amount=_text(order.overpaid, order.currency), at=at)

    def send_back(self) -> None:
        """A piece comes back through a return: some are only announced, some paid for, some exchanged."""
        order = self._order(lambda one: not one.cancelled_at)
        if order is None:
            return
        waiting = [one for one in order.returns if one.status == "OPEN"]
        if waiting and self.chance.happens(0.5):
            self.shop.returns.cancel(order.id, waiting[0].id)
        else:
            self._send_back(order)

    def _send_back(self, order: Order, at: datetime | None = None) -> None:
        kept = [line for line in order.lines if line.current_quantity and not line.tip]
        if not kept or order.return_status == "IN_PROGRESS" or order.cancelled_at:
            return
        prices = CURRENCIES[order.currency]
        exchange: list[Any] = [{"price": self.chance.one_of(prices)}] if self.chance.happens(0.3) else []
        fee = prices[0] if self.chance.happens(0.2) else "0"
        found = self.shop.returns.open(order.id, {self.chance.one_of(kept).id: 1}, exchange, fee, at)
        if self.chance.happens(0.8):
            self.shop.returns.process(order.id, found.id, at)
            if order.overpaid and self.chance.happens(0.7):
                duties = self.chance.happens(0.5)
                amount = _text(max(1, order.overpaid // 2), order.currency) if self.chance.happens(0.2) else None
                self.shop.returns.refund(order.id, found.id, amount, at, duties=duties)

    def _pay(self, order: Order) -> None:
        if order.status in ("pending", "authorized") and not order.cancelled_at:
            order.status = self.chance.one_of(("paid", "paid", "voided", "expired"))
        self._touch(order)

    def _rename(self, order: Order) -> None:
        other = self._known(order.customer.id if order.customer else None, lambda one: one not in self.told.redacted)
        if other is not None and (order.customer is None or order.customer.id not in self.told.redacted):
            if order.customer is not None:
                order.customer.orders.remove(order.id)
            order.customer = self.shop.customers[other]
            order.customer.orders.append(order.id)
        self._touch(order)

    def _touch(self, order: Order) -> None:
        self.shop._touch(order, None)
        self.shop.tell(order, "orders/updated")

    def storm(self) -> None:
        """Some app of the merchant's touches the same orders again and again."""
        for order in list(self.shop.orders.values())[-3:]:
            for _ in range(self.chance.whole(2, 6)):
                self._touch(order)

    def merge(self) -> None:
        """Two customers become one, perhaps the third of a chain; Shopify refuses some: see _may_merge."""
        kept = self._known(None, self._may_merge)
        gone = self._known(kept, self._may_merge)
        if kept is not None and gone is not None:
            self.shop.merge_customers(kept, gone)

    def _may_merge(self, customer: int) -> bool:
        asked = self.told.asked.get(customer)
        pending = asked is not None and self.world.clock() - asked < _DATA_REQUEST_PENDS
        rich = any(account.balance for account in self.shop.credit.accounts(customer))
        return customer not in self.told.redacted and not pending and not rich

    def redact(self) -> None:
        """A customer asks to be forgotten."""
        customer = self._known(None, lambda one: one not in self.told.redacted)
        if customer is not None and self.shop.installation is not None:
            self.shop.redact_customer(customer)
            self.told.redacted.add(customer)

    def ask_for_data(self) -> None:
        """A customer asks what is known of them."""
        customer = self._known(None)
        if customer is not None:
            self.shop.request_data(customer)
            self.told.asked[customer] = self.world.clock()

    # The merchant and the app

    def look(self) -> None:
        """The merchant opens a page; the first one after installing exchanges the token."""
        if not self.shop.installed:
            return
        place = f"shop={self.shop.domain}&host=abc&locale=en"
        path = self.chance.one_of(("/", "/reports/numbers", "/settings", "/reports/numbers?basis=shopify"))
        self.world.open(self.shop, f"{path}{'&' if '?' in path else '?'}{place}")
        self.world.import_again(self)
        self.loyalty.go_on(place)

    def change_settings(self) -> None:
        """The shop moves to another zone or, more rarely, to another currency."""
        if self.chance.happens(0.3):
            self.shop.change(currency=self.chance.one_of(sorted(CURRENCIES)))
        else:
            self.shop.change(timezone=self.chance.one_of(ZONES))
        for _ in range(3):
            # Life goes on while everything is counted anew.
            self.world.plan(timedelta(seconds=self.chance.between(1, 4000)), self.buy)

    def change_scopes(self) -> None:
        """The merchant grants or takes back a permission that no figure depends on, or that to see all orders."""
        if self.shop.installed:
            self.limited ^= self.chance.happens(0.3)
            scopes = self._scopes()
            self.shop.set_scopes((*scopes, *_WRITING) if self.chance.happens(0.8) else scopes)

    def _scopes(self) -> tuple[str, ...]:
        return tuple(one for one in self.world.store.scopes if one != "read_all_orders" or not self.limited)

    def show_everything(self) -> None:
        """The merchant lets the app see all orders, ask after the codes that it has made, and show points."""
        self.limited = False
        if self.shop.installed:
            self.shop.set_scopes((*self._scopes(), *_WRITING))

    def leave(self) -> None:
        """The app is taken out; the merchant comes back after hours or days, sometimes after all was erased."""
        if not self.shop.installed:
            return
        self.shop.uninstall()
        self.told.left = True
        away = timedelta(hours=self.chance.between(0.2, 90))
        if away > _REDACT_SHOP_AFTER:
            self.world.plan(_REDACT_SHOP_AFTER, self.erase)
        self.world.plan(away, self.come_back)

    def erase(self) -> None:
        """Two days after an uninstall Shopify has the app forget the shop."""
        if not self.shop.installed:
            self.shop.redact_shop()
            self.told.erased = True

    def come_back(self) -> None:
        """The merchant installs the app again, and opens it at once or a little later."""
        if not self.shop.installed:
            self.shop.install(self._scopes())
            self.world.plan(timedelta(minutes=self.chance.between(0, 30)), self.look)

    def nonsense(self) -> None:
        """Something signed that no handler can read."""
        topic, body = self.chance.one_of(
            (("orders/updated", b'{"id": '), ("refunds/create", b'{"id": 1}'), ("shop/update", b"[]"))
        )
        if self.shop.installed:
            self.world.store.queue(self.shop.domain, topic, body, self.world.store.new_uuid())

    def replay(self) -> None:
        """The operator has all parked deliveries tried again."""
        self.world.replay(self.shop.domain)


def _text(minor: int, currency: str) -> str:
    places = {"KWD": 3, "JPY": 0}.get(currency, 2)
    digits = str(minor).rjust(places + 1, "0")
    return f"{digits[:-places]}.{digits[-places:]}" if places else digits
