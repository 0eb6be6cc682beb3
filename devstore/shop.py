"""One shop: its customers, orders and installation, and what the app is told when they change."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from devstore import approval, fulfilments, payloads, tokens
from devstore import orders as making
from devstore.access import Installation
from devstore.arrivals import Arrival
from devstore.bulk import BulkOperations
from devstore.checkout.book import CheckoutBook
from devstore.checkout.desk import CheckoutDesk
from devstore.checkout.record import Checkout
from devstore.clock import whole_second, zone_named
from devstore.collections import CollectionDesk
from devstore.consents import ConsentDesk
from devstore.contacts import ContactBook
from devstore.costs import Bucket
from devstore.discounts.desk import DiscountDesk
from devstore.labels import Labels
from devstore.money import currency_code, to_minor
from devstore.outward import Outward
from devstore.pricing import Pricing
from devstore.records import Address, Customer, Edit, Order, Presentment, Product, Refund
from devstore.reports import Habits
from devstore.return_desk import ReturnDesk
from devstore.search_lag import SearchIndex
from devstore.sending_desk import SendingDesk
from devstore.store_credit.book import StoreCreditBook
from devstore.telling import Telling

if TYPE_CHECKING:
    from devstore.store import DevStore


class Shop(Telling):
    """A shop of the development store; every method that changes something tells the installed app.

    ``protected`` is what Shopify has approved the app for, one of ``approval.LEVELS``; ``window`` is after how many
    days orders are hidden from an app that is installed without asking for scopes: None or 60. ``reports`` is how
    its reports are made.
    """

    def __init__(
        self, store: "DevStore", domain: str, *, currency: str, timezone: str, name: str, primary_locale: str
    ) -> None:
        self.store: DevStore = store
        self.domain, self.name, self.primary_locale = domain, name, primary_locale
        self.currency, self.zone = currency_code(currency), zone_named(timezone)
        self.id = store.new_id("shop")
        self.created_at = self.updated_at = whole_second(store.now())
        self.products: dict[int, Product] = {}
        self.customers: dict[int, Customer] = {}
        self.orders: dict[int, Order] = {}
        self.merged: dict[int, int] = {}
        self.installation: Installation | None = None
        self.bulk, self.returns, self.outward = BulkOperations(self), ReturnDesk(self), Outward(self)
        self.index = SearchIndex(self)
        self.contacts, self.consents = ContactBook(), ConsentDesk(self)
        self.collections: CollectionDesk = CollectionDesk(self)
        self.discounts: DiscountDesk = DiscountDesk(self)
        self.checkout: CheckoutDesk = CheckoutDesk(self)
        self.checkouts: CheckoutBook = CheckoutBook(self)
        self.credit: StoreCreditBook = StoreCreditBook(self)
        self.sending = SendingDesk(self)
        self.bucket: Bucket | None = None
        self.last_search: tuple[Any, list[Any]] | None = None
        self.revision, self.tax_rate, self.taxes_included, self._number = 0, 0, False, 1000
        self.also_shown_in: tuple[str, ...] = ()
        self.protected, self.reports = approval.LEVEL2, Habits()
        self.window: int | None = None

    @property
    def short_name(self) -> str:
        """The domain without ``.myshopify.com``."""
        return self.domain.removesuffix(".myshopify.com")

    @property
    def scopes(self) -> tuple[str, ...]:
        """What the app gets when it is installed: with a window of days, not the orders from before it."""
        return tuple(one for one in self.store.scopes if self.window is None or one != "read_all_orders")

    @property
    def timezone(self) -> str:
        """The IANA name of the shop's zone."""
        return self.zone.key

    # Products and customers

    def add_product(
        self, title: str, price: str, *, gift_card: bool = False, vendor: str = "", kind: str = ""
    ) -> Product:
        """A new product at a price in the shop's currency."""
        product = Product(self.store.new_id("product"), title, to_minor(price, self.currency), gift_card, vendor, kind)
        self.products[product.id] = product
        return product

    def delete_product(self, number: int) -> None:
        """Delete a product; what was sold of it names none from then on. KeyError for an unknown one."""
        with self.store.lock:
            del self.products[number]
            for collection in self.collections.all.values():
                collection.products = [one for one in collection.products if one.id != number]
            for line in (line for order in self.orders.values() for line in order.lines):
                line.product_id = None if line.product_id == number else line.product_id
            self.revision += 1

    def create_customer(
        self,
        first_name: str = "",
        last_name: str = "",
        email: str = "",
        locale: str = "en",
        at: datetime | None = None,
        phone: str | None = None,
        addresses: Sequence[Address] = (),
    ) -> Customer:
        """A new customer; sends customers/create. ValueError where somebody has that e-mail address or phone."""
        with self.store.lock:
            number, book = self.store.new_id("customer"), list(addresses)
            customer = Customer(number, first_name, last_name, email, locale, *self._times(at), phone, addresses=book)
            self.contacts.claim(customer)
            self.customers[customer.id] = customer
            self._tell(customer, "customers/create")
            return customer

    def update_customer(self, customer_id: int, **changes: Any) -> Customer:
        """Change names, e-mail, phone, addresses or locale; sends customers/update. Errors as create_customer."""
        with self.store.lock:
            customer = self.customers[customer_id]
            self.contacts.change(customer, changes)
            customer.updated_at = max(customer.updated_at, self._times(None)[1])
            self._tell(customer, "customers/update")
            return customer

    def merge_customers(self, kept: int, deleted: int, at: datetime | None = None) -> Customer:
        """Give one customer's orders to another and delete them; sends customers/merge, orders/updated."""
        with self.store.lock:
            if kept == deleted:
                raise ValueError("a customer cannot be merged with themselves")
            self.credit.check_merge(kept, deleted)
            keeper, gone = self.customers[kept], self.customers[deleted]
            keeper.updated_at = max(keeper.updated_at, self._times(at)[1])
            moved = [self.orders[order_id] for order_id in gone.orders]
            for order in moved:
                order.customer = keeper
                self._touch(order, at)
            keeper.orders = sorted({*keeper.orders, *gone.orders})
            del self.customers[deleted]
            self.contacts.join(keeper, gone)
            self.checkouts.join(keeper, gone)
            self.merged[deleted] = kept
            event = self._tell((kept, deleted), "customers/merge")
            for order in moved:
                self._tell(order, "orders/updated", event_id=event)
            return keeper

    # Orders

    def place_order(
        self,
        customer_id: int | None = None,
        lines: Sequence[making.LineInput] = (),
        discount: str = "0",
        shipping: str = "0",
        at: datetime | None = None,
        *,
        test: bool = False,
        source: str = "web",
        financial_status: str = "paid",
        tip: str = "0",
        duties: str = "0",
        fee: str = "0",
        presentment: Presentment | None = None,
        labels: Labels | None = None,
        pricing: Pricing | None = None,
        arrival: Arrival | None = None,
    ) -> Order:
        """A new order; sends orders/create, then orders/updated. KeyError for an unknown customer.

        Amounts are in the shop's currency, whatever the customer saw; ``duties`` and ``fee`` are what an order from
        abroad pays on top. ``pricing`` says which of several discounts took what off which line, in place of
        ``discount``, ``arrival`` what checkout it comes from.
        """
        if financial_status not in making.STATUSES:
            raise ValueError(f"an order cannot be placed as {financial_status}")
        with self.store.lock:
            customer = None if customer_id is None else self.customers[customer_id]
            reduction, carriage = to_minor(discount, self.currency), to_minor(shipping, self.currency)
            handling = to_minor(fee, self.currency)
            if min(carriage, handling) < 0:
                raise ValueError("shipping and fees cannot be less than nothing")
            built = making.build_lines(self.store.new_id, self.currency, lines, reduction, pricing)
            making.levy(built, self.tax_rate, included=self.taxes_included)
            making.charge_duties(self.store.new_id, built, to_minor(duties, self.currency))
            built += making.tip_lines(self.store.new_id, to_minor(tip, self.currency))
            moment, touched = self._times(at)
            self._number += 1
            order = making.build_order(self.store.new_id, self._number, self.currency, customer, built, moment)
            order.shipping, order.status, order.test, order.source = carriage, financial_status, test, source
            order.taxes_included, order.updated_at = self.taxes_included, touched
            order.fee, order.presentment, order.labels = handling, presentment, labels or Labels()
            order.pricing, order.arrival = pricing, arrival
            fulfilments.send_at_once(self.store.new_id, order)
            self._keep(order)
            self._announce(order)
            return order

    def _announce(self, order: Order) -> None:
        """Tell of a new order; by a fault first without its payment, which settles within the same second."""
        settled = order.status
        if settled == "paid" and self._strikes("same_second"):
            order.status = "pending"
        event = self._tell(order, "orders/create")
        order.status = settled
        self._tell(order, "orders/updated", event_id=event)

    def _keep(self, order: Order) -> None:
        self.orders[order.id] = order
        self.revision += 1
        order.locale = order.customer.locale if order.customer else self.primary_locale
        if order.customer:
            order.customer.orders.append(order.id)

    def refund(
        self,
        order_id: int,
        amount: str | None = None,
        lines: Mapping[int, int] | None = None,
        at: datetime | None = None,
        *,
        shipping: str | None = None,
        duties: bool = False,
    ) -> Refund:
        """Give back an amount, or lines {line id: pieces}, or shipping alone, or with none of them everything left.

        With ``duties`` lines go back with the duties on them; without lines it is all duties and nothing else.
        Sends refunds/create, then orders/updated. Raises KeyError for an unknown order, ValueError when there is not
        that much left.
        """
        with self.store.lock:
            order = self.orders[order_id]
            if order.status != "paid":
                raise ValueError(f"order {order.name} was never paid, so there is nothing to refund")
            self._foreshadow(order, at)
            terms = {"amount": amount, "lines": lines, "shipping": shipping}
            refund = making.refund_as_asked(self.store.new_id, order, terms, duties, self._times(at)[0])
            self.credit.follow(order)
            self._touch(order, at)
            event = self._tell((order, refund), "refunds/create")
            self._tell(order, "orders/updated", event_id=event)
            return refund

    def settle(self, order_id: int, status: str, at: datetime | None = None) -> Order:
        """What became of a payment that was awaited: paid, voided or expired; sends orders/updated."""
        if status not in {"paid", "voided", "expired"}:
            raise ValueError(f"a payment cannot end as {status}")
        with self.store.lock:
            order = self.orders[order_id]
            if order.cancelled_at or order.status not in {"pending", "authorized"}:
                raise ValueError(f"order {order.name} awaits no payment")
            making.settle(order, status)
            self._touch(order, at)
            self._tell(order, "orders/updated")
            return order

    def cancel(self, order_id: int, at: datetime | None = None, refund: bool = True) -> Order:
        """Cancel an order; sends refunds/create if there is one, orders/cancelled and orders/updated."""
        with self.store.lock:
            order = self.orders[order_id]
            if order.cancelled_at:
                raise ValueError(f"order {order.name} is cancelled already")
            moment = self._times(at)[0]
            self._foreshadow(order, at)
            order.cancelled_at = moment
            given_back = making.refund_rest(self.store.new_id, order, moment) if refund else None
            self.credit.follow(order)
            self._touch(order, at)
            event = self._tell((order, given_back), "refunds/create") if given_back else None
            self._tell(order, "orders/cancelled", "orders/updated", event_id=event)
            return order

    def edit(
        self,
        order_id: int,
        added: Sequence[making.LineInput] = (),
        taken_off: Mapping[int, int] | None = None,
        at: datetime | None = None,
    ) -> Edit:
        """Add lines, and take off pieces {line id: pieces}; sends orders/edited, then orders/updated.

        Raises KeyError for an unknown order, ValueError for one that is cancelled or has not so many pieces.
        """
        with self.store.lock:
            order = self.orders[order_id]
            if order.cancelled_at:
                raise ValueError(f"order {order.name} is cancelled: it cannot be edited")
            self._foreshadow(order, at)
            lines = making.build_lines(self.store.new_id, order.currency, added, 0) if added else []
            moment = self._times(at)[0]
            edit = making.edit_order(self.store.new_id, order, lines, taken_off or {}, moment, self.tax_rate)
            self._touch(order, at)
            event = self._tell((order, edit), "orders/edited")
            self._tell(order, "orders/updated", event_id=event)
            return edit

    def delete_order(self, order_id: int) -> None:
        """Delete an order for good; sends orders/delete."""
        with self.store.lock:
            order = self.orders.pop(order_id)
            self.revision += 1
            if order.customer:
                order.customer.orders.remove(order_id)
            self._tell(order, "orders/delete")

    # Checkouts

    def begin_checkout(self, goods: Mapping[int, int], at: datetime | None = None, **said: Any) -> Checkout:
        """Somebody typed how to reach them at a checkout with these pieces by product; sends checkouts/create."""
        return self.checkouts.begin(goods, at, **said)

    def change_checkout(self, token: str, at: datetime | None = None, **said: Any) -> Checkout:
        """They typed something else, or put ``goods`` in or out; sends checkouts/update."""
        return self.checkouts.change(token, at, **said)

    def complete_checkout(self, token: str, at: datetime | None = None) -> Order:
        """They buy; sends what an order sends, then checkouts/update."""
        return self.checkouts.complete(token, at)

    def delete_checkout(self, token: str) -> None:
        """Nobody can come back to it; sends checkouts/delete."""
        self.checkouts.delete(token)

    # The shop and the app in it

    def change(self, currency: str | None = None, timezone: str | None = None, name: str | None = None) -> None:
        """Change the shop's own settings; sends shop/update."""
        with self.store.lock:
            self.currency = currency_code(currency) if currency else self.currency
            self.zone = zone_named(timezone) if timezone else self.zone
            self.name = name or self.name
            self.updated_at = max(self.updated_at, whole_second(self.store.now()))
            self._tell(self, "shop/update")

    def install(self, scopes: Sequence[str] | None = None) -> Installation:
        """Install the app as the admin does: it gets its scopes, and hears of it when it is opened."""
        with self.store.lock:
            granted = tuple(scopes) if scopes is not None else self.scopes
            self.installation = Installation(self.store.new_id("installation"), granted, self.store.now())
            return self.installation

    def uninstall(self) -> None:
        """Take the app out: its tokens die at once; sends app/uninstalled."""
        with self.store.lock:
            if self.installation is None or not self.installation.active:
                raise ValueError(f"the app is not installed in {self.domain}")
            self._tell(self, "app/uninstalled")
            self.installation.active = False

    def set_scopes(self, scopes: Sequence[str]) -> None:
        """Grant these scopes and no others; sends app/scopes_update."""
        with self.store.lock:
            if self.installation is None or not self.installation.active:
                raise ValueError(f"the app is not installed in {self.domain}")
            before, self.installation.scopes = self.installation.scopes, tuple(scopes)
            self._tell((before, self.installation), "app/scopes_update")

    def approve(self, level: str) -> None:
        """Let Shopify approve the app for this level of protected customer data, of which nothing is sent.

        Its operator is taken to have registered at once the webhooks that it may have. ValueError for no level.
        """
        with self.store.lock:
            self.protected = approval.level_named(level)

    def request_data(self, customer_id: int) -> None:
        """A customer asks what is known about them; sends customers/data_request."""
        self._tell(self.customers[customer_id], "customers/data_request")

    def redact_customer(self, customer_id: int) -> None:
        """A customer asks to be forgotten; sends customers/redact."""
        self._tell(self.customers[customer_id], "customers/redact")

    def redact_shop(self) -> None:
        """What follows two days after an uninstall; sends shop/redact."""
        self._tell(self, "shop/redact")

    def id_token(self, user_id: int = 1, **overrides: Any) -> str:
        """An ID token as the frame hands to the app; see ``tokens.id_token`` for the overrides."""
        return tokens.id_token(self.store, self, user_id, overrides)

    def payload(self, topic: str, subject: Any) -> dict[str, Any]:
        """The body of a webhook, with what the app is approved for."""
        return approval.redacted(self.protected, topic, payloads.payload(self, topic, subject))
