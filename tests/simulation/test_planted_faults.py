"""Faults of the kinds that matter most, each planted at one seam: the simulation must find every one."""

import re
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from msgspec import structs
from sqlalchemy import update

from shopify_app.changes import apply, fold, recount
from shopify_app.changes.generations import queries as generations
from shopify_app.changes.occasions import people
from shopify_app.changes.parts import queries as parts
from shopify_app.changes.state import OrderState
from shopify_app.changes.unpaid import patience
from shopify_app.changes.unpaid import queries as unpaid
from shopify_app.db import lease
from shopify_app.loyalty.outward import queries as shown
from shopify_app.loyalty.programme import rate
from shopify_app.orders import given_back, node_payload, sending, taxes
from shopify_app.orders import queries as orders
from shopify_app.products import past
from shopify_app.retention import counting
from shopify_app.shops import granted
from shopify_app.shops.access import ALL_ORDERS
from shopify_app.tasks.intents import queries as intents
from shopify_app.tasks.intents import run
from tests.simulation.profile import SLEEPLESS, Profile
from tests.simulation.run import simulate

SEEDS, DAYS = 8, 8
QUIET = replace(SLEEPLESS, bulk=0.0, lag=0.0)
OFTEN = replace(QUIET, crashes=0.0, stalls=0.3, pauses=0.6, data_requests=4.0)
"""Workers that sleep past their leases, and requests that must be answered once."""
DELETING = replace(QUIET, deletes=1.0, late=0.4)
"""Orders that are deleted while news of them is still on its way."""
OVERTAKEN = replace(QUIET, late=0.6, overtaking=0.6, edits=6.0)
"""News that comes long after newer news."""
MOVING = replace(QUIET, settings=1.0, orders=6.0, rests=0.7, proofs=1)
"""A merchant who changes the shop's zone or currency every day: everything is counted anew."""
RESTLESS = replace(OFTEN, crashes=3.0, stalls=0.05, data_requests=0.1, uninstalls=1.0, orders=0.5)
"""A merchant who leaves and comes back: with each installation a bulk operation is started."""
RETURNING = replace(QUIET, returns=2.0)
"""Pieces come back every day."""
HIDING = replace(QUIET, limited=1.0, amendments=2.0)
"""Shops that show 60 days, and news of older orders all the same."""
HASTY = replace(QUIET, swapped=0.5, same_second=0.4, late=0.3)
"""Several states of an order within a second are the rule."""

CUT_OFF = replace(QUIET, scopes=8.0, refused=0.05, crashes=12.0, orders=6.0, pauses=0.5, uninstalls=0.0)
"""A merchant who lets the app write, and calls whose answers nobody is there to hear."""
SENDING = replace(QUIET, orders=8.0)
"""Many orders, of which some are sent in two parcels."""
MEETING = replace(QUIET, customers=3.0)
"""Somebody new every day."""
RATED = replace(QUIET, orders=6.0, refunds=1.5, rates=2.5, shelves=1.5, readings=2.0, uninstalls=0.0)
"""A merchant who changes every day what earns more or nothing, and what stands in the collections."""

ANYTHING = ""
"""Two workers at once may break whatever they meet at."""

Plant = Callable[[pytest.MonkeyPatch], None]


def everywhere(patch: pytest.MonkeyPatch, real: Callable[..., Any], planted: Callable[..., Any]) -> None:
    """Put a function in the place of another, under whatever name a module has it."""
    for name, module in list(sys.modules.items()):
        if name.partition(".")[0] in ("shopify_app", "webhooks"):
            for attribute in [key for key, value in vars(module).items() if value is real]:
                patch.setattr(module, attribute, planted)


def dropped_fence(patch: pytest.MonkeyPatch) -> None:
    """Nobody proves the lease any more before writing."""
    everywhere(patch, lease.fence, lambda *_args, **_kwargs: None)


def lost_tombstone(patch: pytest.MonkeyPatch) -> None:
    """Later news of a deleted order brings it back."""

    def order(state: Any, seen: Any, version: Any) -> None:
        known = state.orders.get(seen.order_id)
        if known is not None and known.deleted_at is not None:
            fold._see(state, seen, OrderState.of(seen, version, known.number))
        else:
            real(state, seen, version)

    real = fold._order
    everywhere(patch, real, order)


def stale_update(patch: pytest.MonkeyPatch) -> None:
    """Whatever arrives is taken over, however old it is."""

    def again(state: Any, seen: Any, known: Any, version: Any) -> None:
        fold._see(state, seen, OrderState.of(seen, version, known.number))

    everywhere(patch, fold._see_again, again)


def double_count_on_merge(patch: pytest.MonkeyPatch) -> None:
    """An order that moves to another buyer stays among the rows of the one before."""

    def twice(state: Any, rows: Any, changed: Any) -> Any:
        changed = set(changed)
        after = real(state, rows, changed)
        for key, mine in rows.items():
            stays = [row for row in mine if row.order_id in changed and state.orders[row.order_id].buyer_id != key[1]]
            if stays:
                after[key] = [*after.pop(key, []), *stays]
        return after

    real = recount.recount
    everywhere(patch, real, twice)


def effect_before_its_mark(patch: pytest.MonkeyPatch) -> None:
    """The call goes out, and only then it is written down that it does."""

    def send(database: Any, kind: Any, intent: Any, owner: str, now: Any) -> Any:
        move = run.after(lambda: kind.send(intent), now)
        with database.transaction() as session:
            until = now
            intents.mark_sent(session, intent, owner[:64], until, now)
            intent = intents.get(session, intent.shop, intent.kind, intent.key)
        return run._settled(database, intent, move, now)

    everywhere(patch, run._send, send)


def tie_by_arrival(patch: pytest.MonkeyPatch) -> None:
    """Of two states of one second the one that comes later wins, and nobody is asked."""

    def again(state: Any, seen: Any, known: Any, version: Any) -> None:
        if version.updated_at >= known.version.updated_at:
            fold._see(state, seen, OrderState.of(seen, version, known.number))

    everywhere(patch, fold._see_again, again)


def rebuild_that_loses(patch: pytest.MonkeyPatch) -> None:
    """What commits while a generation is built is not made anew before it is shown."""

    def nobody(session: Any, shop: Any, generation: int, limit: int) -> list[int]:
        generations.forget_touched(session, shop, generation, real(session, shop, generation, limit))
        return []

    real = generations.touched_buyers
    everywhere(patch, real, nobody)


def refetch_that_never_happens(patch: pytest.MonkeyPatch) -> None:
    """Nobody asks Shopify which of two states of one second is the newer."""
    everywhere(patch, orders.plan_refetch, lambda *_args: None)


def tax_kept_in(patch: pytest.MonkeyPatch) -> None:
    """Prices that include tax are taken for sales."""
    everywhere(patch, taxes.line_before_tax, lambda line, *_: line)


def refund_counted_twice(patch: pytest.MonkeyPatch) -> None:
    """Each refund is taken off two times."""
    real = counting.later_of
    everywhere(patch, real, lambda refunds, edits: [*real(refunds, edits), *real(refunds, ())])


def edit_as_a_purchase(patch: pytest.MonkeyPatch) -> None:
    """What an edit adds is one more order."""

    def rows(*arguments: Any) -> list[Any]:
        own, *later = real(*arguments)
        return [own, *(row._replace(orders=1) if row.net > 0 else row for row in later)]

    real = counting._bookings
    everywhere(patch, real, rows)


def edit_that_nobody_asks_about(patch: pytest.MonkeyPatch) -> None:
    """What an edit changed is taken from the order's lines alone."""

    def plan(session: Any, shop: Any, order_ids: Any, reason: str, now: Any) -> None:
        if reason != orders.EDITED:
            real(session, shop, order_ids, reason, now)

    real = orders.plan_refetch
    everywhere(patch, real, plan)


def return_counted_twice(patch: pytest.MonkeyPatch) -> None:
    """What came back through a return is taken off by it, and by the refund that pays for it once more."""

    def told(refunds: Any, order: Any, _agreements: Any) -> dict[int, tuple[int, Any]]:
        return {one.refund_id: node_payload._given(refunds[one.refund_id], order) for one in order.refunds}

    patch.setattr(node_payload, "_told", told)


def return_lost(patch: pytest.MonkeyPatch) -> None:
    """A return is taken to be told by its refund, also where no money went back."""
    patch.setattr(node_payload, "_TOLD_OTHERWISE", node_payload._TOLD_OTHERWISE | {"RETURN"})


def duty_as_a_sale(patch: pytest.MonkeyPatch) -> None:
    """Duties that go back are taken off the sales."""
    patch.setattr(node_payload, "_OF_REFUNDS", node_payload._OF_REFUNDS | {"DUTY"})


def line_not_told(patch: pytest.MonkeyPatch) -> None:
    """What a refund gave back is put on the line after the one that it came from."""
    real = given_back.by_line
    everywhere(patch, real, lambda parts: real((line + 1, amount) for line, amount in parts))


def sent_when_a_part_is(patch: pytest.MonkeyPatch) -> None:
    """An order passes for sent as soon as a piece of it has left."""
    real = sending.sent_at
    everywhere(patch, real, lambda status, parcels: real(status and "fulfilled", parcels))


def hidden_taken_for_deleted(patch: pytest.MonkeyPatch) -> None:
    """An order that Shopify does not show us is gone."""
    everywhere(patch, granted.granted_scopes, lambda *_: [ALL_ORDERS])


def given_up_and_counted(patch: pytest.MonkeyPatch) -> None:
    """An order that stays unpaid is given up, and counts all the same."""
    real = counting._not_kept_because
    everywhere(patch, real, lambda order: real(structs.replace(order, given_up=False)))


def waiting_for_ever(patch: pytest.MonkeyPatch) -> None:
    """Nobody looks for unpaid orders at night, nor when they are imported."""
    everywhere(patch, unpaid.judged, lambda *_: [])
    everywhere(patch, patience.overdue, lambda *_: [])


def points_taken_for_written(patch: pytest.MonkeyPatch) -> None:
    """Where nobody knows what came of a call, what it was to write passes for what stands there."""

    def release(session: Any, shop: Any, batch: int, _now: Any) -> int:
        mine = shown.PointsShown.shop_id == shop, shown.PointsShown.batch == batch
        return session.execute(update(shown.PointsShown).where(*mine).values(batch=None)).rowcount

    everywhere(patch, shown.release, release)


def people_overlooked(patch: pytest.MonkeyPatch) -> None:
    """Who becomes a customer, or agrees to messages, is given nothing for it."""
    everywhere(patch, people.occasions_of, lambda _customers: {})


def season_without_its_last_day(patch: pytest.MonkeyPatch) -> None:
    """A season is over when its last day begins."""
    real = rate._is_within

    def within(when: Any, day: Any) -> bool:
        return real(when, day) and real(when, day + timedelta(days=1))

    everywhere(patch, real, within)


def exclusion_ignored(patch: pytest.MonkeyPatch) -> None:
    """What one rate leaves out earns all the same where another one names it."""

    def percent(rates: Any, product: Any, collections: Any) -> int:
        return max((one.percent for one in rates if one.is_for(product, collections)), default=rate.USUAL)

    everywhere(patch, rate.percent_of, percent)


def rate_of_another_line(patch: pytest.MonkeyPatch) -> None:
    """Each line earns as the product of the line after it."""

    def swapped(order: Any, lines: Any, backs: Any, shelves: Any) -> Any:
        others = [*lines[1:], *lines[:1]]
        mixed = [one._replace(product_id=other.product_id) for one, other in zip(lines, others, strict=True)]
        return real(order, mixed, backs, shelves)

    real = parts.parts_of
    everywhere(patch, real, swapped)


def collections_as_they_are_now(patch: pytest.MonkeyPatch) -> None:
    """What stood in a collection when an order was placed is taken from what stands there today."""
    patch.setattr(past.Shelves, "_stood", lambda self, place, _at: place in self.inside)


FAULTS: list[tuple[Plant, Profile, str]] = [
    (dropped_fence, OFTEN, ANYTHING),
    (lost_tombstone, DELETING, "lives on|is not any more|came back"),
    (stale_update, OVERTAKEN, "instead of"),
    (double_count_on_merge, QUIET, "differ from what the orders say"),
    (effect_before_its_mark, RESTLESS, "the effect of intent .* was had"),
    (tie_by_arrival, HASTY, "instead of|is not what its version"),
    (rebuild_that_loses, MOVING, "differ from what the orders say|aggregates show"),
    (refetch_that_never_happens, HASTY, "instead of"),
    (tax_kept_in, QUIET, "instead of"),
    (refund_counted_twice, QUIET, "aggregates show"),
    (edit_as_a_purchase, QUIET, "is booked 2 times|aggregates show"),
    (edit_that_nobody_asks_about, QUIET, "instead of"),
    (return_counted_twice, RETURNING, "gave back"),
    (return_lost, RETURNING, "instead of|aggregates show"),
    (duty_as_a_sale, RETURNING, "gave back"),
    (line_not_told, QUIET, "of the lines"),
    (sent_when_a_part_is, SENDING, "instead of"),
    (hidden_taken_for_deleted, HIDING, "missing or deleted"),
    (given_up_and_counted, QUIET, "is counted in kept"),
    (waiting_for_ever, QUIET, "was not given up"),
    (points_taken_for_written, CUT_OFF, "the store shows"),
    (people_overlooked, MEETING, "was not given"),
    (season_without_its_last_day, RATED, "order [0-9]+ gives"),
    (exclusion_ignored, RATED, "order [0-9]+ gives"),
    (rate_of_another_line, RATED, "order [0-9]+ gives"),
    (collections_as_they_are_now, RATED, "order[ /][0-9]+ gives"),
]
"""What is planted, in what kind of world, and how the promise reads that it breaks."""


@pytest.mark.parametrize(("plant", "profile", "sign"), FAULTS, ids=[plant.__name__ for plant, *_ in FAULTS])
def test_the_simulation_finds_it(plant: Plant, profile: Profile, sign: str) -> None:
    """One of a few seeds shows it, and is clean without it."""
    found: list[str | None] = []
    for seed in range(1, SEEDS + 1):
        with pytest.MonkeyPatch.context() as patch:
            plant(patch)
            found.append(simulate(seed, DAYS, profile).broken)
        if found[-1] and re.search(sign, found[-1]):
            assert simulate(seed, DAYS, profile).broken is None
            return
    pytest.fail(f"no seed found it: {found}")


def test_a_plant_reaches_every_module_that_has_the_function() -> None:
    """A function that was renamed or moved would make a fault harmless: each plant must change something."""
    for plant, *_ in FAULTS:
        with pytest.MonkeyPatch.context() as patch:
            plant(patch)
            assert patch._setattr, plant.__name__
    assert apply.plan_refetch is orders.plan_refetch
