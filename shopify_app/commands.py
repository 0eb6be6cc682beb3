"""The operator's commands: flask --app shopify_app.app COMMAND."""

import json
from zoneinfo import ZoneInfo

import click
from flask import Flask

from shopify_app.changes.rebuild import drift
from shopify_app.clock import Clock, local_day
from shopify_app.db.base import Database, Session, ShopId
from shopify_app.db.migrate import migrate
from shopify_app.errors import AppError
from shopify_app.invariants.promises import promises
from shopify_app.invariants.shops import gone_shops
from shopify_app.privacy.queries import answers
from shopify_app.retention.measure import as_json, measure, resolved
from shopify_app.retention.window import parse_basis, parse_day, parse_unit, parse_window
from shopify_app.shops.keys import ShopKeys
from shopify_app.shops.model import Shop
from shopify_app.shops.queries import all_shops, find_shop
from shopify_app.tracing.telling import trace
from webhooks.inbox import Inbox, replay

_SHOP = click.option("--shop", "domain", required=True, help="The shop's name.myshopify.com domain.")
_MANY = 2000


def add_commands(app: Flask, database: Database, inbox: Inbox, keys: ShopKeys, lookup_key: bytes, clock: Clock) -> None:
    """Hang the commands onto the app."""
    app.cli.add_command(_migrate(database))
    app.cli.add_command(_metrics(database, clock))
    app.cli.add_command(_drift(database))
    app.cli.add_command(_prove(database, lookup_key, clock))
    app.cli.add_command(_trace(database, inbox, keys, clock))
    app.cli.add_command(_replay(database, clock))
    app.cli.add_command(_data_requests(database, keys))


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
    @click.option("--as-of", help="YYYY-MM-DD; today by default")
    @click.option("--json", "as_document", is_flag=True, help="The same JSON as /reports/numbers.")
    def command(domain: str, window: str, basis: str, unit: str, as_of: str | None, *, as_document: bool) -> None:
        try:
            with database.reading() as session:
                row = _known(session, domain)
                day = parse_day(as_of) if as_of else local_day(clock(), ZoneInfo(row.timezone))
                asked, counted, by = parse_window(window, day), parse_basis(basis), parse_unit(unit)
                shop = ShopId(row.id)
                figures = measure(session, shop, asked, counted, by)
                shown = resolved(session, shop, asked, counted)
                document = as_json(row.domain, day, shown, counted, by, figures)
        except AppError as problem:
            raise click.ClickException(problem.message) from problem
        click.echo(json.dumps(document, indent=2) if as_document else _table(document))

    return command


def _table(document: dict[str, dict[str, dict[str, str | None]]]) -> str:
    rows = [(name, metric["value"] or "not defined") for name, metric in document["metrics"].items()]
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
    @click.option("--shop", "domain", help="The shop's name.myshopify.com domain; all shops by default.")
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


def _replay(database: Database, clock: Clock) -> click.Command:
    @click.command("replay", help="Let a shop's parked deliveries be tried again.")
    @_SHOP
    def command(domain: str) -> None:
        with database.transaction() as session:
            count = replay(session, _known(session, domain).domain, clock())
        click.echo(f"{count} parked deliveries wait to be tried again.")

    return command


def _data_requests(database: Database, keys: ShopKeys) -> click.Command:
    @click.command("data-requests", help="Print what customers asked for, to be handed to the merchant.")
    @_SHOP
    def command(domain: str) -> None:
        with database.reading() as session:
            shop = ShopId(_known(session, domain).id)
            click.echo(json.dumps(answers(session, shop, keys), indent=2))

    return command
