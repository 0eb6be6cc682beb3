"""Backups hold no keys: what was destroyed is gone from them too, and the rest can be put back."""

import dataclasses
import os
import shutil
import subprocess

import pytest
from sqlalchemy import inspect, make_url, select, text

from shopify_app.app import build, create_app
from shopify_app.crypto import Unreadable
from shopify_app.customers.model import RedactedCustomer
from shopify_app.db.backup import copy_sqlite, pg_dump_call
from shopify_app.db.base import Database, ShopId
from shopify_app.orders.model import Order
from shopify_app.shops.model import AccessToken, Shop, ShopKey
from shopify_app.shops.queries import find_shop
from tests.factories import EPOCH, KEYS
from webhooks.inbox import Delivery, Posted

LINES = [{"price": "10.00", "quantity": 1}]


def opened(config, database, clock, world, directory):
    """The app over another database, as after a restore."""
    wafa = build(
        config,
        database=database,
        clock=clock,
        transport=world.adapter,
        sleep=clock.forward,
        directory=directory / "elsewhere",
    )
    return wafa, create_app(wafa=wafa)


def run(app, *args):
    result = app.test_cli_runner().invoke(args=list(map(str, args)))
    assert result.exit_code == 0, result.output
    return result.output


def two_shops(world):
    shops = [world.store.add_shop(f"{name}.myshopify.com") for name in ("alice", "bob")]
    for shop in shops:
        world.install(shop)
        world.work()
        shop.place_order(shop.create_customer("A", "B", f"a@{shop.domain}", "ar").id, LINES)
        world.work()
    return shops


def sealed(wafa, domain):
    """Every sealed value of a shop: what opens it, by where it lies."""
    with wafa.database.reading() as session:
        shop = ShopId(find_shop(session, domain).id)
        kept = session.scalars(select(Delivery).where(Delivery.shop_domain == domain, Delivery.key_shop == shop)).all()
        pair = session.get(AccessToken, shop)
    found = {f"delivery {one.id}": (one.body, f"delivery {one.webhook_id}") for one in kept}
    found["access"] = (pair.access, "access token")
    found["refresh"] = (pair.refresh, "refresh token")
    return shop, found


def readable(wafa, shop, values):
    with wafa.database.reading() as session:
        for where, (value, context) in values.items():
            try:
                wafa.keys.open(session, shop, value, context)
            except Unreadable:
                continue
            yield where


def take(directory, target):
    """The newest backup in a directory, put in the place of a database."""
    (newest,) = sorted(directory.glob("wafa-*.db"))[-1:]
    shutil.copy(newest, target)
    return Database(f"sqlite:///{target}")


def test_a_destroyed_key_leaves_an_old_backup_unreadable(small_world, config, clock, tmp_path):
    world, safe = small_world, tmp_path / "safe"
    gone, stays = two_shops(world)
    values = {shop.domain: sealed(world.wafa, shop.domain) for shop in (gone, stays)}
    run(world.app, "backup", safe)
    gone.uninstall()
    world.work()
    gone.redact_shop()
    world.work()
    run(world.app, "write-keys", safe / "keys.json")
    database = take(safe, tmp_path / "restored.db")
    wafa, app = opened(config, database, clock, world, tmp_path)
    assert sealed(wafa, gone.domain) == values[gone.domain], "the backup has all its sealed bytes"
    said = run(app, "restore-keys", safe / "keys.json")
    assert "1 shop has its key again" in said
    assert "alice.myshopify.com has no key and should be deleted" in said
    for shop in (gone, stays):
        number, found = values[shop.domain]
        assert len(found) > 4
        assert list(readable(wafa, number, found)) == ([] if shop is gone else list(found))
    run(app, "restore-keys", safe / "keys.json", "--delete-keyless")
    with database.reading() as session:
        assert session.scalars(select(Shop.domain)).all() == [stays.domain]
        assert set(session.scalars(select(Delivery.shop_domain))) == {stays.domain}
    database.close()


def test_the_key_file_of_that_day_would_open_it(small_world, config, clock, tmp_path):
    """The test above can fail: it is the key file that must not be old."""
    world, safe = small_world, tmp_path / "safe"
    gone, _ = two_shops(world)
    number, found = sealed(world.wafa, gone.domain)
    run(world.app, "backup", safe)
    database = take(safe, tmp_path / "restored.db")
    wafa, app = opened(config, database, clock, world, tmp_path)
    assert list(readable(wafa, number, found)) == []
    run(app, "restore-keys", safe / "keys.json")
    assert list(readable(wafa, number, found)) == list(found)
    database.close()


def test_no_wrapped_key_is_in_the_copy(small_world, tmp_path):
    two_shops(small_world)
    database = small_world.wafa.database
    copy_sqlite(database, tmp_path / "copy.db", ("shop_key",))
    copy_sqlite(database, tmp_path / "with.db", ())
    with database.reading() as session:
        keys = session.scalars(select(ShopKey.wrapped)).all()
    assert len(keys) == 2
    assert all(key in (tmp_path / "with.db").read_bytes() for key in keys)
    assert not any(key in (tmp_path / "copy.db").read_bytes() for key in keys)
    assert (tmp_path / "copy.db").stat().st_mode & 0o077 == 0


def test_the_copy_has_every_other_row_and_the_same_schema(small_world, tmp_path):
    two_shops(small_world)
    live = small_world.wafa.database
    copy_sqlite(live, tmp_path / "copy.db", ("shop_key",))
    copy = Database(f"sqlite:///{tmp_path / 'copy.db'}")
    with live.reading() as here, copy.reading() as there:
        words = text("SELECT type, name, sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY name")
        assert here.execute(words).all() == there.execute(words).all()
        for name in inspect(live.writing).get_table_names():
            rows = text(
                f'SELECT * FROM "{name}" ORDER BY 1, 2' if name != "alembic_version" else f"SELECT * FROM {name}"
            )
            assert there.execute(rows).all() == ([] if name == "shop_key" else here.execute(rows).all()), name
        numbered = text("SELECT * FROM sqlite_sequence")
        assert here.execute(numbered).all() == there.execute(numbered).all()
        assert there.scalar(text("PRAGMA integrity_check")) == "ok"
    copy.close()


def test_a_copy_is_of_one_moment_and_keeps_no_writer_waiting(small_world, tmp_path, monkeypatch):
    from shopify_app.db import backup

    two_shops(small_world)
    live = small_world.wafa.database
    described, written = backup._described, []

    def writes_meanwhile(connection, kind):
        found = described(connection, kind)
        if not written:
            written.append(1)
            with live.transaction() as session:
                session.execute(text("UPDATE shop SET name = 'changed meanwhile'"))
        return found

    monkeypatch.setattr(backup, "_described", writes_meanwhile)
    copy_sqlite(live, tmp_path / "copy.db", ())
    copy = Database(f"sqlite:///{tmp_path / 'copy.db'}")
    with copy.reading() as session:
        assert "changed meanwhile" not in set(session.scalars(select(Shop.name)))
    copy.close()


def test_a_copy_that_was_cut_off_is_no_backup(small_world, tmp_path, monkeypatch):
    from shopify_app.db import backup

    live = small_world.wafa.database

    def cut_off(connection, empty):
        raise KeyboardInterrupt

    monkeypatch.setattr(backup, "_copy_rows", cut_off)
    with pytest.raises(KeyboardInterrupt):
        copy_sqlite(live, tmp_path / "copy.db", ())
    assert not (tmp_path / "copy.db").exists()
    monkeypatch.undo()
    copy_sqlite(live, tmp_path / "copy.db", ())
    assert not list(tmp_path.glob("*.part"))


def test_who_was_redacted_after_the_backup_is_redacted_again(small_world, config, clock, tmp_path):
    world, safe = small_world, tmp_path / "safe"
    shop = world.store.add_shop("alice.myshopify.com")
    noura, twin, yousef = (shop.create_customer("N", "O", f"{n}@x.test", "ar").id for n in "abc")
    world.install(shop)
    world.work()
    for person in (noura, twin, yousef):
        shop.place_order(person, LINES)
    world.work()
    shop.merge_customers(noura, twin)
    world.work()
    before = world.json(shop, "/reports/numbers?window=all")["metrics"]
    run(world.app, "backup", safe)
    shop.redact_customer(noura)
    world.work()
    run(world.app, "write-keys", safe / "keys.json")
    with world.wafa.database.reading() as session:
        hashes = set(session.execute(select(RedactedCustomer.customer_hash, RedactedCustomer.opaque_id)).all())
        orders = dict(session.execute(select(Order.order_id, Order.customer_id)).all())
    database = take(safe, tmp_path / "restored.db")
    wafa, app = opened(config, database, clock, world, tmp_path)
    with database.reading() as session:
        assert noura in set(session.scalars(select(Order.customer_id))), "the backup is from before"
    assert "2 customer numbers were redacted again" in run(app, "restore-keys", safe / "keys.json")
    assert "0 customer numbers were redacted again" in run(app, "restore-keys", safe / "keys.json")
    world.wafa, world.app, world.client = wafa, app, type(world.client)(app)
    world.work()
    with database.reading() as session:
        assert set(session.execute(select(RedactedCustomer.customer_hash, RedactedCustomer.opaque_id)).all()) == hashes
        assert dict(session.execute(select(Order.order_id, Order.customer_id)).all()) == orders
        for one in session.scalars(select(Delivery).where(Delivery.body != b"")):
            body = wafa.inbox.body(session, one)
            assert str(noura).encode() not in body
            assert str(twin).encode() not in body
    assert world.json(shop, "/reports/numbers?window=all")["metrics"] == before
    database.close()


def test_a_key_goes_to_no_other_shop(small_world, config, clock, tmp_path):
    """A number may be given out again after a restore, and a shop that has a key keeps it."""
    world, safe = small_world, tmp_path / "safe"
    two_shops(world)
    run(world.app, "backup", safe)
    with world.wafa.database.transaction() as session:
        session.execute(text("DELETE FROM shop_key"))
        session.execute(text("UPDATE shop SET domain = 'carol.myshopify.com' WHERE domain = 'bob.myshopify.com'"))
        ours = find_shop(session, "alice.myshopify.com").id
        world.wafa.keys.create(session, ours)
        made = session.get(ShopKey, ours).wrapped
    assert "0 shops have their key again" in run(world.app, "restore-keys", safe / "keys.json")
    with world.wafa.database.reading() as session:
        assert dict(session.execute(select(ShopKey.shop_id, ShopKey.wrapped)).all()) == {ours: made}


def test_a_bad_key_file_is_named(small_world, tmp_path):
    (tmp_path / "keys.json").write_text("{}")
    result = small_world.app.test_cli_runner().invoke(args=["restore-keys", str(tmp_path / "keys.json")])
    assert (result.exit_code, "not a key file" in result.output) == (1, True)


def rotated(config, *keys):
    return dataclasses.replace(config, encryption_keys=keys)


def test_the_old_master_key_can_go_once_all_is_wrapped_anew(world, config, clock, tmp_path):
    shops = two_shops(world)
    stray = Posted("unknown.myshopify.com", "stray", "orders/create", "", "", clock(), b"{}")
    with world.wafa.database.transaction() as session:
        world.wafa.inbox.keep(session, [(stray, clock())])
    old, new = config.encryption_keys[0], b"n" * 32
    values = {shop.domain: sealed(world.wafa, shop.domain) for shop in shops}
    database = world.wafa.database

    def all_open(keys):
        wafa, _ = opened(rotated(config, *keys), database, clock, world, tmp_path)
        ours = [list(readable(wafa, number, found)) == list(found) for number, found in values.values()]
        with database.reading() as session:
            kept = session.scalars(select(Delivery).where(Delivery.webhook_id == "stray")).one()
            try:
                ours.append(wafa.inbox.body(session, kept) == b"{}")
            except Unreadable:
                ours.append(False)
        return ours

    assert all_open([new, old]) == [True] * 3
    assert all_open([new]) == [False] * 3
    _, app = opened(rotated(config, new, old), database, clock, world, tmp_path)
    assert "2 of 2 keys were" in run(app, "rewrap-keys")
    assert "0 of 2 keys were" in run(app, "rewrap-keys")
    assert all_open([new]) == [True] * 3
    assert all_open([old]) == [False] * 3


def test_a_destroyed_key_is_not_served_from_memory(database, world):
    shop, _ = two_shops(world)
    number, found = sealed(world.wafa, shop.domain)
    assert list(readable(world.wafa, number, found)) == list(found)
    with database.transaction() as session:
        value, context = found["access"]
        world.wafa.keys.open(session, number, value, context)
        session.execute(text("DELETE FROM shop_key WHERE shop_id = :shop"), {"shop": number})
        session.expire_all()
        with pytest.raises(Unreadable):
            world.wafa.keys.open(session, number, value, context)
    assert list(readable(world.wafa, number, found)) == []


def test_postgresql_is_dumped_without_keys(postgresql, tmp_path):
    call = pg_dump_call(postgresql, tmp_path / "wafa.dump", ("shop_key",))
    password = make_url(postgresql.url).password
    assert not password or password not in call
    with postgresql.transaction() as session:
        row = Shop(domain="alice.myshopify.com", installed_at=EPOCH)
        session.add(row)
        session.flush()
        KEYS.create(session, ShopId(row.id))
    environment = {**os.environ, "PGPASSWORD": str(password or "")}
    plain = call.replace("--format=custom", "--format=plain")
    made = subprocess.run(plain, shell=True, env=environment, timeout=60, capture_output=True, text=True, check=False)
    if "not found" in made.stderr or "version mismatch" in made.stderr:
        pytest.skip("no pg_dump for this server")
    assert made.returncode == 0, made.stderr
    dumped = (tmp_path / "wafa.dump").read_text()
    assert "alice.myshopify.com" in dumped
    assert "CREATE TABLE public.shop_key" in dumped
    assert "COPY public.shop_key" not in dumped
