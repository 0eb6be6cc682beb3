"""The task kinds and their steps, built once with what they need."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from shopify_app.admin_api.client import AdminApi
from shopify_app.admin_api.errors import NotApproved
from shopify_app.changes.facts import Fact
from shopify_app.changes.unpaid.patience import UNPAID
from shopify_app.checkouts.asking import READ_CHECKOUTS
from shopify_app.clock import Clock, Instant
from shopify_app.db.base import Database, Session, ShopId
from shopify_app.jobs.bring_points import BringPoints
from shopify_app.jobs.confirm_end import confirm_redaction, confirm_uninstall
from shopify_app.jobs.count_customers import COUNT, count_customers
from shopify_app.jobs.drain_turn import DrainTurns
from shopify_app.jobs.erase_deliveries import EraseDeliveries
from shopify_app.jobs.export_all import EXPORT, ExportAll
from shopify_app.jobs.forecast_customers import ForecastCustomers
from shopify_app.jobs.give_gift import GiveGift
from shopify_app.jobs.give_occasions import GIVE_OCCASIONS, give_occasions
from shopify_app.jobs.give_up_unpaid import give_up_unpaid
from shopify_app.jobs.import_orders import IMPORT, ImportOrders
from shopify_app.jobs.learn_shop import REBUILD
from shopify_app.jobs.make_codes import make_codes
from shopify_app.jobs.nightly import UNINSTALLED
from shopify_app.jobs.read_birthdays import READ_BIRTHDAYS, ReadBirthdays
from shopify_app.jobs.read_checkouts import ReadCheckouts
from shopify_app.jobs.read_collections import ReadCollections
from shopify_app.jobs.read_contacts import CONTACTS, ReadContacts
from shopify_app.jobs.rebuild_counts import rebuild_counts
from shopify_app.jobs.reconcile_shop import RECONCILE, ReconcileShop
from shopify_app.jobs.refetch_orders import REFETCH, refetch_orders
from shopify_app.jobs.release_points import release_and_anchor
from shopify_app.jobs.return_codes import ReturnCodes
from shopify_app.jobs.settle_bonuses import BONUSES, give_bonuses
from shopify_app.jobs.settle_orders import SettleOrders
from shopify_app.jobs.simulate_programme import SimulateProgramme
from shopify_app.jobs.start_programme import start_programme
from shopify_app.jobs.write_points import WritePoints
from shopify_app.jobs.write_segments import WRITE_SEGMENTS, WriteSegments
from shopify_app.loyalty.brought.model import BRING
from shopify_app.loyalty.gift.model import GIFT
from shopify_app.loyalty.outward.asking import WRITE_POINTS
from shopify_app.loyalty.programme.model import START
from shopify_app.loyalty.rewards.kinds import reward_kinds
from shopify_app.loyalty.rewards.redeeming import CODES
from shopify_app.loyalty.rewards.returning import RETURNS
from shopify_app.loyalty.settling import POINTS
from shopify_app.loyalty.simulator.model import SIMULATE
from shopify_app.privacy.redact import ERASE, apply_and_forget
from shopify_app.products.asking import COLLECTIONS
from shopify_app.retention.forecasts.model import FORECAST
from shopify_app.segments.membership import members_of
from shopify_app.shops.keys import ShopKeys
from shopify_app.shops.model import INSTALLED
from shopify_app.shops.queries import get_shop, note_approval
from shopify_app.shops.uninstall import CONFIRM_REDACTION, CONFIRM_UNINSTALL
from shopify_app.tasks.step import GiveUp
from shopify_app.tasks.view import Outcome, Step, TaskView
from webhooks.inbox import Inbox


def build_steps(
    database: Database,
    admin: AdminApi,
    clock: Clock,
    sleep: Callable[[float], None],
    directory: Path,
    lookup_key: bytes,
    kept: Inbox,
    keys: ShopKeys,
) -> Mapping[str, Step]:
    """Every task kind and its step; `directory` is where imports keep Shopify's files while they work."""

    def apply(session: Session, shop: ShopId, facts: Sequence[Fact], now: Instant) -> bool:
        return apply_and_forget(session, shop, facts, now, lookup_key)

    turns = DrainTurns(database, clock, sleep)
    orders = SettleOrders(database, admin, clock, turns, apply)
    rewards = reward_kinds(database, admin)
    steps: dict[str, Step] = {
        COUNT: count_customers(database, admin),
        IMPORT: ImportOrders(database, admin, clock, sleep, directory, lookup_key).step,
        REBUILD: rebuild_counts(database, clock, sleep),
        RECONCILE: ReconcileShop(database, admin, clock, turns, orders, apply).step,
        REFETCH: refetch_orders(database, orders),
        UNPAID: give_up_unpaid(database, turns, lookup_key),
        WRITE_SEGMENTS: WriteSegments(database, admin, clock, members_of).step,
        WRITE_POINTS: WritePoints(database, admin, clock).step,
        CODES: make_codes(database, rewards, lookup_key, clock),
        RETURNS: ReturnCodes(database, admin, rewards, lookup_key, clock).step,
    }
    guarded = {kind: _while_installed(database, _noting_approval(database, step)) for kind, step in steps.items()}
    # That Shopify withholds e-mail addresses and phones says nothing of the rest.
    others: dict[str, Step] = {
        COLLECTIONS: ReadCollections(database, admin, clock).step,
        READ_BIRTHDAYS: ReadBirthdays(database, admin, lookup_key).step,
        CONTACTS: ReadContacts(database, admin, clock, turns, apply, lookup_key).step,
        READ_CHECKOUTS: ReadCheckouts(database, admin, keys, turns, apply).step,
        EXPORT: ExportAll(database, keys, clock).step,
    }
    others |= _without_shopify(database, clock, lookup_key)
    guarded |= {kind: _while_installed(database, step) for kind, step in others.items()}
    # Who asked to be forgotten is forgotten also after the shop has left; and whether it has may be the question.
    return {
        **guarded,
        ERASE: EraseDeliveries(database, kept, lookup_key, clock).step,
        CONFIRM_UNINSTALL: confirm_uninstall(database, admin, turns),
        CONFIRM_REDACTION: confirm_redaction(database, admin, turns),
    }


def _without_shopify(database: Database, clock: Clock, lookup_key: bytes) -> dict[str, Step]:
    """Those that ask nothing of Shopify."""
    return {
        FORECAST: ForecastCustomers(database, clock).step,
        SIMULATE: SimulateProgramme(database, clock).step,
        GIFT: GiveGift(database, lookup_key, clock).step,
        BRING: BringPoints(database, lookup_key, clock).step,
        BONUSES: give_bonuses(database, lookup_key),
        START: start_programme(database, lookup_key),
        POINTS: release_and_anchor(database, lookup_key),
        GIVE_OCCASIONS: give_occasions(database, lookup_key),
    }


def _noting_approval(database: Database, step: Step) -> Step:
    """The step; where Shopify turns it away for want of its approval, the shop's pages say so from then on."""

    def noting(task: TaskView, now: Instant) -> Outcome:
        try:
            return step(task, now)
        except NotApproved:
            with database.transaction() as session:
                note_approval(session, task.shop, approved=False)
            raise

    return noting


def _while_installed(database: Database, step: Step) -> Step:
    """The step, but only for a shop that has us installed."""

    def guarded(task: TaskView, now: Instant) -> Outcome:
        with database.reading() as session:
            installed = get_shop(session, task.shop).state == INSTALLED
        if not installed:
            raise GiveUp(UNINSTALLED)
        return step(task, now)

    return guarded
