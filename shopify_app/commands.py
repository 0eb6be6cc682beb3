"""The operator's commands: flask --app shopify_app.app COMMAND."""

import json
from collections.abc import Sequence

import click
from flask import Flask

from shopify_app.changes.points_anew import differences
from shopify_app.changes.rebuild import drift
from shopify_app.clock import Clock
from shopify_app.db.base import Database, Session, ShopId
from shopify_app.db.migrate import migrate
from shopify_app.errors import AppError
from shopify_app.invariants.promises import promises
from shopify_app.invariants.shops import gone_shops
from shopify_app.jobs.import_orders import IMPORT
from shopify_app.jobs.reconcile_shop import RECONCILE
from shopify_app.language import counted
from shopify_app.loyalty.ledger.entry import ledger_key
from shopify_app.loyalty.told.replaying import replay_points
from shopify_app.privacy.access.opening import OPERATOR, PRINTED, Opening, open_answer
from shopify_app.privacy.requests.presenting import document
from shopify_app.privacy.requests.queries import answered
from shopify_app.retention.past.looking import document as document_of
from shopify_app.retention.past.looking import look, measured
from shopify_app.shops.keys import ShopKeys
from shopify_app.shops.model import INSTALLED, Shop
from shopify_app.shops.queries import all_shops, find_shop, installed_shops
from shopify_app.tasks.queries import latest, request
from shopify_app.tasks.view import TaskView
from shopify_app.tracing.telling import trace
from webhooks.inbox import Inbox, replay
from webhooks.parked import Parked, parked

ACTOR = "system:operator"
_SHOP = click.option("--shop", "domain", required=True, help="The shop's name.myshopify.com domain.")
_ANY_SHOP = click.option("--shop", "domain", help="The shop's name.myshopify.com domain; all shops by default.")
_MANY = 2000


def add_commands(app: Flask, database: Database, inbox: Inbox, keys: ShopKeys, lookup_key: bytes, clock: Clock) -> None:
    """Hang the commands onto the app."""
    app.cli.add_command(_migrate(database))
    app.cli.add_command(_metrics(database, clock))
    app.cli.add_command(_drift(database))
    app.cli.add_command(_prove(database, lookup_key, clock))
    app.cli.add_command(_replay_points(database, lookup_key))
    app.cli.add_command(_trace(database, inbox, keys, clock))
    app.cli.add_command(_parked(database))
    app.cli.add_command(_replay(database, clock))
    app.cli.add_command(_import_orders(database, clock))
    app.cli.add_command(_imports(database))
    app.cli.add_command(_data_requests(database, keys, clock))


def _known(session: Session, domain: str) -> Shop:
    shop = find_shop(session, domain.lower())
    if shop is None:
        raise click.ClickException(f"No shop called {domain} has installed Wafa here.")
    return shop


def _migrate(database: Database) -> click.Command:
    @click.command("migrate", help="Bring the database to the newest schema.")
    def command() -> None:
        migrate(database)
        click.echo("The database has the newest schema.")

    return command


def _metrics(database: Database, clock: Clock) -> click.Command:
    @click.command("metrics", help="Print a shop's figures.")
    @_SHOP
    @click.option("--window", default="all", help="all, 30d, 90d, 365d or YYYY-MM-DD..YYYY-MM-DD")
    @click.option("--basis", default="kept", help="kept or shopify")
    @click.option("--unit", default="order", help="order or day")
    @click.option("--as-of", default="", help="YYYY-MM-DD; today by default")
    @click.option("--seen", default="", help="then or now: whose knowledge of an earlier day")
    @click.option("--json", "as_document", is_flag=True, help="The same JSON as /reports/numbers.")
    def command(domain: str, *, as_document: bool, **query: str) -> None:
        try:
            with database.reading() as session:
                row = _known(session, domain)
                looked = look(session, row, query, clock(), "all")
                figures = document_of(session, row, looked, measured(session, row, looked))
        except AppError as problem:
            raise click.ClickException(problem.message) from problem
        click.echo(json.dumps(figures, indent=2) if as_document else _table(figures))

    return command


def _table(figures: dict[str, dict[str, dict[str, str | None]]]) -> str:
    rows = [(name, metric["value"] or "not defined") for name, metric in figures["metrics"].items()]
    return "\n".join(f"{name:32}{value}" for name, value in rows)


def _drift(database: Database) -> click.Command:
    @click.command("drift", help="Compare a shop's aggregates with its orders: 0 rows differ, or something is wrong.")
    @_SHOP
    def command(domain: str) -> None:
        with database.reading() as session:
            rows = drift(session, ShopId(_known(session, domain).id))
        click.echo(f"drift {rows}")
        if rows:
            raise SystemExit(1)

    return command


def _prove(database: Database, lookup_key: bytes, clock: Clock) -> click.Command:
    @click.command("prove", help="Look whether every promise holds, in one shop or all: after a restore, or any time.")
    @_ANY_SHOP
    def command(domain: str | None) -> None:
        with database.reading() as session:
            shops = [_known(session, domain)] if domain else all_shops(session)
            gone = [] if domain else gone_shops(session)
        named = {ShopId(shop.id): shop.domain for shop in shops}
        named |= {shop: f"shop {shop}, which is gone" for shop in gone}
        wrong = sum([_prove_one(database, shop, name, lookup_key, clock) for shop, name in named.items()])
        click.echo(f"broken {wrong}")
        if wrong:
            raise SystemExit(1)

    return command


def _prove_one(database: Database, shop: ShopId, name: str, lookup_key: bytes, clock: Clock) -> int:
    """How many promises to a shop are broken; says how it is with each."""
    click.echo(name)
    wrong = 0
    for promise in promises(lookup_key):
        # Each in a moment of its own: on PostgreSQL a long read would keep old rows from being cleaned up.
        with database.reading() as session:
            found = promise.check(session, shop, clock())
        wrong += bool(found)
        click.echo(f"  {'BROKEN' if found else 'holds':8}{promise.name}")
        for one in found:
            click.echo(f"          {one.sentence}")
    return wrong


def _replay_points(database: Database, lookup_key: bytes) -> click.Command:
    @click.command("replay-points", help="Make all entries of points again, and all points of orders; what differs.")
    @_ANY_SHOP
    def command(domain: str | None) -> None:
        with database.reading() as session:
            shops = {
                ShopId(shop.id): shop.domain for shop in ([_known(session, domain)] if domain else all_shops(session))
            }
        wrong = sum(_replay_one(database, shop, name, lookup_key) for shop, name in shops.items())
        click.echo(f"different {wrong}")
        if wrong:
            raise SystemExit(1)

    return command


def _replay_one(database: Database, shop: ShopId, name: str, lookup_key: bytes) -> int:
    """How many entries and points of a shop are something else than what they follow from; says which."""
    click.echo(name)
    with database.reading() as session:
        faults = [
            f"account {one}: {fault}" for one, fault in replay_points(session, shop, ledger_key(lookup_key, shop))
        ]
        found = list(differences(session, shop))
    for fault in faults:
        click.echo(f"  {fault}")
    for one in found:
        click.echo(f"  {one.cause} gives {one.gives}, by what is known now {one.due}{one.reason and f': {one.reason}'}")
    return len(faults) + sum(not one.reason for one in found)


def _trace(database: Database, inbox: Inbox, keys: ShopKeys, clock: Clock) -> click.Command:
    @click.command("trace", help="Tell one order's walk from the door to the figures, with the code of each step.")
    @_SHOP
    @click.argument("order")
    def command(domain: str, order: str) -> None:
        with database.reading() as session:
            shop = _known(session, domain)
        walk = trace(database, inbox, keys, shop, order, clock(), _progress)
        for line in walk.lines():
            click.echo(line)
        if not walk.known:
            raise SystemExit(1)

    return command


def _progress(done: int, total: int) -> None:
    """Where there is much to look through, say on the way how far it is."""
    if total > _MANY:
        click.echo(f"\r{done:,} of {total:,} deliveries looked through", err=True, nl=done == total)


def _parked(database: Database) -> click.Command:
    @click.command("parked", help="List the webhooks that were given up, and why; they are kept for 30 days.")
    @_ANY_SHOP
    def command(domain: str | None) -> None:
        with database.reading() as session:
            found = parked(session, _known(session, domain).domain if domain else None)
        for one in found:
            click.echo(_parked_text(one))
        click.echo(f"{counted(len(found), 'delivery is', 'deliveries are')} parked.")

    return command


def _parked_text(one: Parked) -> str:
    tried = counted(one.attempts, "attempt", "attempts")
    came = f"came {one.received_at:%Y-%m-%d %H:%M:%S}"
    return f"{one.shop_domain}  {one.webhook_id}  {one.topic}  {came}  {tried}  {one.why}"


def _replay(database: Database, clock: Clock) -> click.Command:
    @click.command("replay", help="Let a shop's parked deliveries be tried again.")
    @_SHOP
    def command(domain: str) -> None:
        with database.transaction() as session:
            name = _known(session, domain).domain
            found = parked(session, name)
            count = replay(session, name, clock())
        click.echo(f"{counted(count, 'parked delivery waits', 'parked deliveries wait')} to be tried again.")
        for line in _what_next(name, found):
            click.echo(line)

    return command


def _what_next(domain: str, found: Sequence[Parked]) -> list[str]:
    if not found:
        return []
    lines = [f"A running server takes them up within seconds. What fails is parked again: parked --shop {domain}"]
    if hopeless := sum(one.hopeless for one in found):
        those = counted(hopeless, "of them was parked because it", "of them were parked because they")
        lines.append(f"{those} could not be read: without a newer version of Wafa, or the key, that happens again.")
    return lines


def _import_orders(database: Database, clock: Clock) -> click.Command:
    @click.command("import-orders", help="Read all orders from Shopify again, then compare: after a restore.")
    @_ANY_SHOP
    def command(domain: str | None) -> None:
        with database.reading() as session:
            shops = [_known(session, domain)] if domain else installed_shops(session)
        for shop in shops:
            click.echo(f"{shop.domain}  {_import_again(database, shop, clock)}")
        click.echo("The running server does it. How far it is: imports")

    return command


def _import_again(database: Database, shop: Shop, clock: Clock) -> str:
    """Ask for the import, and for the comparison that finds what an import cannot see: orders that are no more."""
    if shop.state != INSTALLED:
        return "is not installed: nothing can be read"
    with database.transaction() as session:
        before = latest(session, ShopId(shop.id), IMPORT)
        for kind in (IMPORT, RECONCILE):
            request(session, ShopId(shop.id), kind, None, ACTOR, clock())
    if before is not None and before.active and before.phase:
        return "is being read already, and will be read once more after that"
    return "will be read again"


def _imports(database: Database) -> click.Command:
    @click.command("imports", help="How each shop's last import of orders stands.")
    @_ANY_SHOP
    def command(domain: str | None) -> None:
        with database.reading() as session:
            shops = [_known(session, domain)] if domain else all_shops(session)
            last = [(shop.domain, latest(session, ShopId(shop.id), IMPORT)) for shop in shops]
        for name, task in last:
            click.echo(f"{name}  {_import_text(task)}")

    return command


def _import_text(task: TaskView | None) -> str:
    if task is None:
        return "was never read"
    orders = f"{task.done:,} of {task.total:,}" if task.active and task.total else f"{task.done:,}"
    why = f"  {task.error}" if task.error else ""
    return f"{task.state}  {orders} orders  {task.updated_at:%Y-%m-%d %H:%M:%S}{why}"


def _data_requests(database: Database, keys: ShopKeys, clock: Clock) -> click.Command:
    @click.command("data-requests", help="Print what customers asked for; the access log notes it.")
    @_SHOP
    def command(domain: str) -> None:
        # Committed before anything is shown: what cannot be noted is not printed.
        with database.transaction() as session:
            shop, by = ShopId(_known(session, domain).id), Opening(OPERATOR, PRINTED)
            found = [document(row, open_answer(session, row, keys, by, clock())) for row in answered(session, shop)]
        click.echo(json.dumps(found, indent=2))

    return command
