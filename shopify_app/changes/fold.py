"""One fact at a time into the state of a batch. Pure: no database, no clock.

Whatever the order, repetition or staleness of the facts, the state that remains is the same:
orders and checkouts by the highest version, refunds by their own ids, deletions for ever, merges by alias. An order
is given up until a newer state of it is not pending; one that became pending again waits for the night that looks for
such orders.
"""

from collections.abc import Collection, Sequence
from datetime import timedelta

from msgspec.structs import replace

from shopify_app.changes.facts import (
    EVER,
    CheckoutDeleted,
    CheckoutSeen,
    CustomerRedacted,
    CustomerSeen,
    CustomersMerged,
    Fact,
    GuestForgotten,
    OrderAwaited,
    OrderDeleted,
    OrderEdited,
    OrderGivenUp,
    OrderSeen,
    RefundSeen,
)
from shopify_app.changes.state import CustomerState, OrderState, State
from shopify_app.checkouts.facts import CheckoutFacts
from shopify_app.clock import SKEW, Instant
from shopify_app.customers.contacts.contact import Contacts
from shopify_app.orders.facts import ASKED, PENDING, EditFacts, OrderFacts, RefundFacts, Version


def fold(state: State, fact: Fact) -> None:
    """Let one fact change the state."""
    match fact:
        case OrderSeen(seen, version):
            _order(state, seen, version)
        case RefundSeen(refund):
            _refund(state, refund)
        case OrderEdited(order_id):
            state.edited.add(order_id)
        case OrderDeleted() | OrderGivenUp() | OrderAwaited() | GuestForgotten():
            _end(state, fact)
        case CheckoutSeen() | CheckoutDeleted():
            _cart(state, fact)
        case CustomerSeen() | CustomersMerged() | CustomerRedacted():
            _person(state, fact)


def _end(state: State, fact: OrderDeleted | OrderGivenUp | OrderAwaited | GuestForgotten) -> None:
    match fact:
        case OrderDeleted():
            _delete(state, fact)
        case OrderGivenUp() | OrderAwaited():
            _give_up(state, fact)
        case GuestForgotten(order_id):
            _forget_guest(state, order_id)


def _person(state: State, fact: CustomerSeen | CustomersMerged | CustomerRedacted) -> None:
    match fact:
        case CustomerSeen():
            _customer(state, fact)
        case CustomersMerged(kept_id, deleted_id, at):
            _merge(state, deleted_id, kept_id, at)
        case CustomerRedacted(customer_id, opaque_id, at):
            _forget(state, customer_id, opaque_id, at)


def _cart(state: State, fact: CheckoutSeen | CheckoutDeleted) -> None:
    if isinstance(fact, CheckoutSeen):
        _checkout(state, fact.checkout)
    else:
        state.deleted_carts[fact.cart_token] = fact.at


def _checkout(state: State, seen: CheckoutFacts) -> None:
    customer = seen.customer_id
    if customer is not None and state.is_forgotten(customer):
        return
    seen = seen.of_customer(state.resolve(customer))
    known = state.checkouts.get(seen.token)
    state.checkouts[seen.token] = known.updated(seen) if known else seen


def _order(state: State, order: OrderFacts, version: Version) -> None:
    known = state.orders.get(order.order_id)
    if known is None:
        _settle_taxes(state, order)
    _refunds(state, order.refunds)
    if not all(refund.told for refund in order.refunds) and _approximate(state, order.order_id):
        state.shared_out.add(order.order_id)
    _edits(state, order, known)
    customer = state.resolve(order.customer_id)
    nobody = customer is not None and order.customer_id is not None and state.is_forgotten(order.customer_id)
    state.histories.seen(order, version, customer, new=known is None, nobody=nobody)
    order = order.of_customer(customer)
    if any(order.origin):
        state.origins[order.order_id] = order.origin
    if order.other_codes:
        state.codes[order.order_id] = order.other_codes
    if known is None:
        _see(state, order, OrderState.of(order, version, 0))
    elif known.deleted_at is None:
        _see_again(state, order, known, version)


def _edits(state: State, order: OrderFacts, known: OrderState | None) -> None:
    mine = state.edits.get(order.order_id, {})
    if order.edits is not None:
        if order.edits:
            state.edits[order.order_id] = mine | {edit.edit_id: edit for edit in order.edits}
    elif order.edited or _may_be_edited(order, known, mine.values()):
        state.edited.add(order.order_id)


def _may_be_edited(order: OrderFacts, known: OrderState | None, edits: Collection[EditFacts]) -> bool:
    """Whether pieces went or lines came that no edit we know of explains; a webhook's body does not say how.

    Nor does it say which lines came later, if it is the first we hear of its order: that is for orders/edited, or for
    the night that asks for every changed order.
    """
    if order.unaccounted is not None and order.unaccounted != sum(edit.pieces for edit in edits):
        return True
    return known is not None and known.deleted_at is None and known.lines_mark != order.lines_mark


def _settle_taxes(state: State, order: OrderFacts) -> None:
    """Refunds that came before their order did not say whether tax is in them."""
    mine = state.refunds.get(order.order_id, {})
    for number, refund in mine.items():
        mine[number] = refund.without_tax(included=order.taxes_included)


def _see_again(state: State, order: OrderFacts, known: OrderState, version: Version) -> None:
    _name_lines(state, order, known)
    if known.taxes_included != order.taxes_included:
        # A body that was cut short or kept from before we asked for this: only Shopify knows what its amounts mean.
        state.tied.add(order.order_id)
        if known.taxes_included and version.source != ASKED:
            return
    seen = OrderState.of(order, version, known.number).completed(known)
    if not order.tells_sent:
        # The last word stays. The night asks for every order of which there is a later one.
        seen = replace(seen, fulfilled_at=known.fulfilled_at)
    known = state.orders[order.order_id] = known.completed(seen)
    if known.given_up_at is not None and seen.financial_status == PENDING:
        seen = replace(seen, given_up_at=known.given_up_at)
    same = seen.same_facts(known)
    if not same and _undecided(known.version, version):
        state.tied.add(order.order_id)
    if known.version >= version:
        return
    if same:
        # An echo: nothing to do but remember that the order was still so.
        state.orders[order.order_id] = replace(known, version=version)
    else:
        _see(state, order, seen)


def _name_lines(state: State, order: OrderFacts, known: OrderState) -> None:
    """A product that was deleted since is not named any more: whichever word names it, its line keeps it."""
    if known.lines_mark == order.lines_mark:
        return
    words = [state.lines[order.order_id], order] if order.order_id in state.lines else [order]
    named = {line.line_id: line.product_id for word in words for line in word.lines if line.product_id is not None}
    if named:
        state.named[order.order_id] = state.named.get(order.order_id, {}) | named


def _see(state: State, order: OrderFacts, seen: OrderState) -> None:
    known = state.orders.get(order.order_id)
    if known is not None and known.customer_id != seen.customer_id:
        state.histories.moved(order.order_id, known.customer_id, seen.customer_id, seen.version.known_at)
    state.orders[order.order_id] = seen
    state.lines[order.order_id] = order


def _undecided(known: Version, version: Version) -> bool:
    """Whether two states of one second leave open which came last: not where Shopify was asked after the other.

    We date our asking by our own clock, and a delivery by Shopify's: what lies closer than these may differ is open.
    """
    if known.updated_at != version.updated_at or known == version:
        return False
    newer, older = max(known, version), min(known, version)
    apart = timedelta(0) if older.source == ASKED else SKEW
    return not (newer.source == ASKED and newer.known_at - older.known_at > apart)


def _refund(state: State, refund: RefundFacts) -> None:
    order = state.orders.get(refund.order_id)
    _refunds(state, [refund.without_tax(included=order.taxes_included) if order else refund])


def _refunds(state: State, refunds: Sequence[RefundFacts]) -> None:
    """All of one order. Shares worked out from a total never replace what a refund said of itself."""
    beyond = 0
    for refund in refunds:
        known = state.refunds.setdefault(refund.order_id, {}).get(refund.refund_id)
        if known is not None and known.exact != refund.exact:
            beyond += known.net - refund.net if refund.exact else refund.net - known.net
        if known is None or refund.exact or not known.exact:
            state.refunds[refund.order_id][refund.refund_id] = _itemised(refund, known)
    if beyond:
        _share_out(state.refunds[refunds[0].order_id], beyond, refunds)


def _itemised(refund: RefundFacts, known: RefundFacts | None) -> RefundFacts:
    """With the lines that another word of it has told, where this one tells none."""
    if known is None or refund.itemised or not known.itemised:
        return refund
    return replace(refund, lines=known.lines, itemised=True)


def _approximate(state: State, order_id: int) -> bool:
    return not all(refund.told for refund in state.refunds[order_id].values())


def _share_out(mine: dict[int, RefundFacts], beyond: int, told: Sequence[RefundFacts]) -> None:
    """What a refund's share of the total was more than the refund itself is part of the other shares."""
    among = mine.keys() if told[0].exact else {refund.refund_id for refund in told}
    shares = [number for number in among if not mine[number].exact]
    if shares:
        last = mine[max(shares)]
        mine[last.refund_id] = replace(last, net=last.net + beyond)


def _customer(state: State, fact: CustomerSeen) -> None:
    known = state.customers.get(fact.customer_id) or CustomerState(fact.created_at, EVER)
    if known.updated_at < fact.updated_at:
        known = known._replace(created_at=fact.created_at, updated_at=fact.updated_at)
    state.customers[fact.customer_id] = known.told(fact.consents)
    told = state.contacts.get(fact.customer_id)
    # Of two states of one second the one that is told last stays: a night that asks Shopify has the last word.
    if fact.contacts is not None and (told is None or told.at <= fact.updated_at):
        state.contacts[fact.customer_id] = Contacts(fact.updated_at, fact.contacts)


def _delete(state: State, fact: OrderDeleted) -> None:
    order_id = fact.order_id
    known = state.orders.get(order_id)
    if known is None:
        version = Version(fact.at, fact.at)
        known = OrderState.of(OrderFacts(order_id, "", fact.at, ""), version, 0)
    if known.deleted_at is None:
        state.orders[order_id] = replace(known, deleted_at=fact.at)
        if known.customer_id in state.histories.known:
            state.histories.doubted.add(known.customer_id)


def _give_up(state: State, fact: OrderGivenUp | OrderAwaited) -> None:
    known = state.orders.get(fact.order_id)
    at = fact.at if isinstance(fact, OrderGivenUp) else None
    # Said again it says nothing new: an order was given up when it was said first.
    if known is not None and known.financial_status == PENDING and (known.given_up_at is None) != (at is None):
        state.orders[fact.order_id] = replace(known, given_up_at=at)


def _merge(state: State, deleted_id: int, kept_id: int, at: Instant) -> None:
    # Whoever was redacted stays under the opaque number; the merge must not name them again.
    if deleted_id in state.forgotten:
        return
    if state.is_forgotten(kept_id):
        # The merge is told after the redaction: it was the same person.
        state.joined.add(deleted_id)
        _forget(state, deleted_id, kept_id, at)
    else:
        moved = _rename(state, deleted_id, kept_id)
        keeper = state.aliases.get(deleted_id, kept_id)
        kept, gone = state.customers.get(keeper), state.customers.get(deleted_id)
        if kept and gone:
            state.customers[keeper] = kept.joined(gone)
        state.histories.joined(deleted_id, keeper, at, moved)


def _forget(state: State, customer_id: int, opaque_id: int, at: Instant) -> None:
    # What somebody left of whom nothing is to be known is nobody's.
    state.checkouts = {one: left for one, left in state.checkouts.items() if left.customer_id != customer_id}
    _rename(state, customer_id, opaque_id)
    # Nobody is asked about them any more.
    state.histories.joined(customer_id, state.aliases.get(customer_id, opaque_id), at, ())
    state.forgotten.add(customer_id)
    state.customers.pop(customer_id, None)
    state.contacts.pop(customer_id, None)


def _forget_guest(state: State, order_id: int) -> None:
    known = state.orders.get(order_id)
    if known is not None and known.customer_id is None:
        state.orders[order_id] = replace(known, country=None, discount_code=None)


def _rename(state: State, old: int, new: int) -> list[int]:
    """The orders that were renamed."""
    target = state.resolve(new)
    if target is None or target == old:
        return []
    state.aliases[old] = target
    for token, checkout in state.checkouts.items():
        if checkout.customer_id == old:
            state.checkouts[token] = checkout.of_customer(target)
    moved = list(state.orders_of(old))
    for order in moved:
        state.orders[order.order_id] = order.of_customer(target)
    return [order.order_id for order in moved]
