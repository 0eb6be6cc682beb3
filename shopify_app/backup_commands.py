"""The operator's commands for backups and keys: flask --app shopify_app.app COMMAND."""

from collections import defaultdict
from pathlib import Path
from uuid import uuid4

import click

from shopify_app.clock import Clock
from shopify_app.db.backup import copy_sqlite, pg_dump_call
from shopify_app.db.base import Database, ShopId
from shopify_app.db.lease import DRAIN, held
from shopify_app.errors import AppError
from shopify_app.language import counted
from shopify_app.privacy.key_file import KeptRedaction, KeyFile, read_key_file, write_key_file
from shopify_app.privacy.queries import delete_shop, keyless_shops, wrapped_keys
from shopify_app.privacy.restore import collect, redact_again, restore_key
from shopify_app.shops.keys import ShopKeys
from webhooks.erasing import empty_handled
from webhooks.inbox import drop_shop
from webhooks.strays import rewrap_strays

KEY_FILE = "keys.json"
LEFT_OUT = ("shop_key",)
"""Tables whose rows must be in no backup: a key that is destroyed must be destroyed everywhere."""
_STRAYS = 50
_NO_DELIVERY = 0


def add_backup_commands(cli: click.Group, database: Database, keys: ShopKeys, lookup_key: bytes, clock: Clock) -> None:
    """Hang the commands onto the app's."""
    cli.add_command(_backup(database, clock))
    cli.add_command(_write_keys(database, clock))
    cli.add_command(_restore_keys(database, keys, lookup_key, clock))
    cli.add_command(_rewrap_keys(database, keys))


def _backup(database: Database, clock: Clock) -> click.Command:
    @click.command("backup", help="Copy the database into a directory while it runs; keys into a file of their own.")
    @click.argument("directory", type=click.Path(file_okay=False, path_type=Path))
    def command(directory: Path) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        name = f"wafa-{clock():%Y%m%dT%H%M%SZ}"
        if database.dialect == "sqlite":
            target = directory / f"{name}.db"
            copy_sqlite(database, target, LEFT_OUT)
            click.echo(f"The database is in {target}.")
        else:
            click.echo("Copy the database with this command, before the key file grows old:")
            click.echo(pg_dump_call(database, directory / f"{name}.dump", LEFT_OUT))
        # After the rows: the file has a key for every shop among them that still has one.
        _write(database, directory / KEY_FILE, clock)

    return command


def _write_keys(database: Database, clock: Clock) -> click.Command:
    @click.command("write-keys", help="Replace the key file alone: after it, a destroyed key is nowhere.")
    @click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
    def command(file: Path) -> None:
        _write(database, file, clock)

    return command


def _write(database: Database, file: Path, clock: Clock) -> None:
    with database.reading() as session:
        kept = collect(session, clock())
    write_key_file(file, kept)
    keys, redacted = len(kept.keys), len(kept.redacted)
    both = f"{counted(keys, 'shop', 'shops')} and {counted(redacted, 'redaction', 'redactions')}"
    click.echo(f"The keys of {both} are in {file}.")


def _restore_keys(database: Database, keys: ShopKeys, lookup_key: bytes, clock: Clock) -> click.Command:
    @click.command("restore-keys", help="After a backup was put back: keys again, and redactions made since.")
    @click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
    @click.option("--delete-keyless", is_flag=True, help="Delete the shops that have no key: they were redacted since.")
    def command(file: Path, *, delete_keyless: bool) -> None:
        try:
            kept = read_key_file(file)
        except AppError as problem:
            raise click.ClickException(problem.message) from problem
        back = _put_back(database, keys, kept)
        click.echo(f"{counted(back, 'shop has its', 'shops have their')} key again.")
        numbers = _redact(database, kept, lookup_key, clock)
        click.echo(f"{counted(numbers, 'customer number was', 'customer numbers were')} redacted again.")
        emptied = empty_handled(database)
        click.echo(f"{counted(emptied, 'handled delivery was', 'handled deliveries were')} emptied.")
        _without_key(database, delete=delete_keyless)
        click.echo("What Shopify sent since the backup is not here: run import-orders, then start the server.")

    return command


def _put_back(database: Database, keys: ShopKeys, kept: KeyFile) -> int:
    restored = 0
    for one in kept.keys:
        with database.transaction() as session:
            restored += restore_key(session, keys, one)
    return restored


def _redact(database: Database, kept: KeyFile, lookup_key: bytes, clock: Clock) -> int:
    by_shop = defaultdict[ShopId, list[KeptRedaction]](list)
    for one in kept.redacted:
        by_shop[ShopId(one.shop)].append(one)
    with database.reading() as session:
        ours = {ShopId(shop) for shop, domain, _ in wrapped_keys(session) if _same(kept, shop, domain)}
    found = 0
    for shop in ours & by_shop.keys():
        with held(database, shop, DRAIN, uuid4().hex, clock()) as mine:
            if not mine:
                raise click.ClickException("The shop is being worked on. Stop the server first.")
            with database.transaction() as session:
                found += redact_again(session, shop, by_shop[shop], lookup_key, clock())
    return found


def _same(kept: KeyFile, shop: int, domain: str) -> bool:
    return any(one.shop == shop and one.domain == domain for one in kept.keys)


def _without_key(database: Database, *, delete: bool) -> None:
    with database.reading() as session:
        keyless = keyless_shops(session)
    for shop, domain in keyless:
        if delete:
            with database.transaction() as session:
                delete_shop(session, shop)
                drop_shop(session, domain, but=_NO_DELIVERY)
        click.echo(f"{domain} has no key and {'was deleted' if delete else 'should be deleted: --delete-keyless'}.")


def _rewrap_keys(database: Database, keys: ShopKeys) -> click.Command:
    @click.command("rewrap-keys", help="Wrap every key under the first of ENCRYPTION_KEYS, so that the others can go.")
    def command() -> None:
        with database.reading() as session:
            shops = [ShopId(shop) for shop, _, _ in wrapped_keys(session)]
        count = 0
        for shop in shops:
            with database.transaction() as session:
                count += keys.rewrap(session, shop)
        last: int | None = 0
        while last is not None:
            with database.transaction() as session:
                last = rewrap_strays(session, keys, last, _STRAYS)
        done = f"{count:,} of {counted(len(shops), 'key was', 'keys were')} wrapped anew"
        click.echo(f"{done}; the first of ENCRYPTION_KEYS opens all.")

    return command
