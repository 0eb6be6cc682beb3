"""Balances of another app: a file is looked through, given once, spent, and taken back as far as nobody spent them."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from shopify_app.loyalty.brought.model import BroughtFile, BroughtLine
from shopify_app.privacy.keeping import let_go
from shopify_app.shops.queries import find_shop
from shopify_app.tasks.queries import cancel_all, latest
from tests.small_shop import address, page, post
from tests.walks.bought import bought, by_orders
from tests.walks.test_points import points, switch_on
from tests.walks.test_rewards import proven, redeem
from tests.world import World

IMPORT = "/loyalty/import"


@pytest.fixture
def shop(world: World) -> Any:
    made = bought(world)
    made.set_scopes([*world.store.scopes, "write_discounts"])
    world.work()
    return made


def bring(world: World, shop: Any, text: str | bytes, query: str = "") -> Any:
    headers = {"Authorization": f"Bearer {shop.id_token()}", "Accept": "application/json", "Content-Type": "text/csv"}
    data = text.encode() if isinstance(text, str) else text
    return world.client.post(address(f"{IMPORT}{query}"), data=data, headers=headers)


def looked_through(world: World, shop: Any, text: str | bytes, query: str = "") -> Any:
    """The page of the file once all of it was looked through."""
    answer = bring(world, shop, text, query)
    assert answer.status_code == 200, answer.text
    world.work()
    return answer.json["go"].split("?")[0]


def told(world: World, shop: Any, path: str) -> Any:
    return world.json(shop, address(path))["file"]


def given(world: World, shop: Any, path: str, **sent: str) -> Any:
    assert post(world, shop, f"{path}/give", sent).status_code == 200
    world.work()
    return told(world, shop, path)


def five(shop: Any, some: int = 100) -> str:
    """A file as Smile writes it, of all who have bought."""
    people = [one for one in shop.customers.values() if one.orders]
    return "Name,Email,Points Balance\n" + "".join(f"Noura,{one.email},{some + at}\n" for at, one in enumerate(people))


def kept_lines(world: World) -> int:
    with world.wafa.database.reading() as session:
        return session.scalar(select(func.count()).select_from(BroughtLine)) or 0


def test_nothing_is_brought_without_a_programme(world: World, shop: Any) -> None:
    assert "There is no programme yet." in page(world, shop, IMPORT)
    assert bring(world, shop, five(shop)).status_code == 400


def test_a_file_is_looked_through_before_anything_is_given_and_given_once(world: World, shop: Any) -> None:
    switch_on(world, shop)
    assert "Bring balances from another app" in page(world, shop, "/loyalty")
    person, nobody = by_orders(shop, 2)[0], shop.create_customer("Sara", "B", "sara@example.com", "ar").id
    text = five(shop) + "Sara,sara@example.com,50\nX,stranger@example.com,70\nY,c0@example.com,9\nZ,c1@example.com,-3\n"
    path = looked_through(world, shop, text)
    found = told(world, shop, path)
    assert (found["state"], found["lines"], found["to_give"]) == ("checked", 9, {"people": 6, "points": 560})
    assert found["left"] == {"unknown": 1, "twice": 1, "negative": 1}
    said = page(world, shop, path)
    assert "6 customers, 560 points, worth up to KWD 1.680." in said
    assert "3 lines are not given" in said
    assert "Not found among your customers" in said
    assert points(world, shop, person) is None
    assert [given(world, shop, path)["points"] for _ in range(2)] == [560, 560]
    assert points(world, shop, person)["balance"] in range(100, 105)
    assert points(world, shop, nobody)["balance"] == 50
    assert "Brought from another app" in page(world, shop, f"/customers/{person}/points")
    assert "Brought from another app" in page(world, shop, "/loyalty/log")
    assert world.json(shop, address("/loyalty"))["points"]["available"] == 560
    assert kept_lines(world) == 3
    proven(world)


def test_it_is_taken_back_as_far_as_nobody_has_spent_it(world: World, shop: Any) -> None:
    switch_on(world, shop, reward_points="100")
    path = looked_through(world, shop, five(shop))
    given(world, shop, path)
    spender, other = by_orders(shop, 2)[:2]
    assert redeem(world, shop, spender).status_code == 200
    world.work()
    before = page(world, shop, f"{path}?undo=1")
    assert "Would be taken back:" in before
    assert "410 points" in before
    for _ in range(2):
        assert post(world, shop, f"{path}/undo", {}).status_code == 200
        world.work()
    found = told(world, shop, path)
    assert (found["state"], found["taken_back"]) == ("undone", 510 - 100)
    assert points(world, shop, spender)["balance"] == points(world, shop, other)["balance"] == 0
    assert "What was brought from another app was taken back" in page(world, shop, f"/customers/{other}/points")
    assert kept_lines(world) == 0
    assert "Given: 510. Taken back: 410. Spent or ended before: 100." in page(world, shop, path)
    proven(world)


def test_the_same_file_again_gives_nobody_more_unless_that_is_wanted(world: World, shop: Any) -> None:
    switch_on(world, shop)
    given(world, shop, looked_through(world, shop, five(shop)))
    world.clock.forward(86_400)
    path = looked_through(world, shop, five(shop))
    assert told(world, shop, path)["left"] == {"had": 5}
    said = page(world, shop, path)
    assert "This very file was given on" in said
    assert "Has had points from an earlier file" in said
    # Somebody new in a longer file gets theirs, the others nothing.
    shop.create_customer("Sara", "B", "sara@example.com", "ar")
    assert given(world, shop, looked_through(world, shop, five(shop) + "S,sara@example.com,8\n"))["points"] == 8
    path = looked_through(world, shop, five(shop), "?again=1")
    assert told(world, shop, path)["to_give"] == {"people": 5, "points": 510}
    assert "a second time" in page(world, shop, path)
    refused = post(world, shop, f"{path}/give", {})
    assert (refused.status_code, list(refused.json["errors"])) == (422, ["confirm"])
    assert given(world, shop, path, confirm="510")["points"] == 510
    assert world.json(shop, address("/loyalty"))["points"]["available"] == 510 + 8 + 510
    proven(world)


def test_whoever_was_not_found_is_looked_for_again(world: World, shop: Any) -> None:
    switch_on(world, shop)
    path = looked_through(world, shop, five(shop) + "S,late@example.com,40\n")
    assert given(world, shop, path)["left"] == {"unknown": 1}
    late = shop.create_customer("Late", "B", "late@example.com", "ar").id
    world.clock.forward(600)
    assert post(world, shop, f"{path}/again", {}).status_code == 200
    world.work()
    assert told(world, shop, path)["to_give"] == {"people": 1, "points": 40}
    assert given(world, shop, path)["points"] == 550
    assert points(world, shop, late)["balance"] == 40
    proven(world)


def test_the_lines_that_are_not_given_come_as_a_file_that_can_be_brought(world: World, shop: Any) -> None:
    switch_on(world, shop)
    text = 'email;phone;points\nstranger@example.com;;"1,200"\n=1+1@example.com;;٣\nc0@example.com;;12.5\n'
    path = looked_through(world, shop, "sep=;\n" + text + ";+965 5000 1234;7\n")
    answer = world.open(shop, address(f"{path}/left"))
    rows = answer.text.split("\r\n")
    assert rows[0] == "row,why,customer_id,email,phone,points"
    assert rows[1] == '2,Not found among your customers,,stranger@example.com,,"1,200"'
    # No spreadsheet runs what a stranger wrote, and what guards it is no part of the address.
    assert rows[2] == "3,Not found among your customers,,'=1+1@example.com,,٣"
    assert rows[3] == "4,The points are no whole number,,c0@example.com,,12.5"
    assert rows[4] == "5,Not found among your customers,,,'+965 5000 1234,7"
    mended = looked_through(world, shop, answer.text.replace("12.5", "12"))
    assert told(world, shop, mended)["to_give"] == {"people": 1, "points": 12}
    assert told(world, shop, mended)["left"] == {"unknown": 3}


def test_only_one_file_is_at_work_at_a_time(world: World, shop: Any) -> None:
    switch_on(world, shop)
    first = bring(world, shop, five(shop)).json["go"].split("?")[0]
    assert bring(world, shop, five(shop, 200)).status_code == 409
    world.work()
    second = looked_through(world, shop, five(shop, 200))
    assert told(world, shop, first)["state"] == "put_away"
    assert post(world, shop, f"{first}/give", {}).status_code == 200
    world.work()
    assert (told(world, shop, first)["points"], told(world, shop, second)["state"]) == (0, "checked")
    assert given(world, shop, second)["points"] == 1010
    proven(world)


def test_a_large_file_is_given_to_whoever_types_its_number(world: World, shop: Any) -> None:
    switch_on(world, shop)
    path = looked_through(world, shop, five(shop, 100_000))
    refused = post(world, shop, f"{path}/give", {"confirm": "5"})
    assert (refused.status_code, list(refused.json["errors"])) == (422, ["confirm"])
    assert given(world, shop, path, confirm="500,010")["points"] == 500_010


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (b"", "is empty"),
        (b"PK\x03\x04...", "no CSV file"),
        (b"name,points\nNoura,5\n", "No column says whose points they are"),
        (b"email,balance\na@b.test,5\n", "No column says how many points"),
        (b"email,points\n", "nothing below the first line"),
        (b'email,points\n"a@b.test,5\nc@d.test,6\n', "no CSV file"),
        (b"email,points\n" + b"a@b.test,5\n" * 100_001, "more than 100,000 lines"),
        (b"email,points\n" + b" " * 20_000_000, "larger than 20 MB"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_in_words(world: World, shop: Any, text: bytes, why: str) -> None:
    switch_on(world, shop)
    refused = bring(world, shop, text)
    assert refused.status_code == 422
    assert why in refused.json["errors"]["file"]
    assert kept_lines(world) == 0


def test_lines_are_kept_for_a_week_and_nothing_of_them_in_the_clear(world: World, shop: Any) -> None:
    switch_on(world, shop)
    path = looked_through(world, shop, five(shop) + "X,stranger@example.com,70\n")
    with world.wafa.database.reading() as session:
        for line in session.scalars(select(BroughtLine)):
            assert b"example" not in line.sealed
        task = latest(session, find_shop(session, "alice.myshopify.com").id, "bring_points")
    assert not {**task.cursor, **task.arguments, **(task.result or {})}
    world.clock.now += timedelta(days=6)
    let_go(world.wafa.database, world.clock())
    assert kept_lines(world) == 6
    world.clock.now += timedelta(days=2)
    let_go(world.wafa.database, world.clock())
    assert kept_lines(world) == 0
    assert told(world, shop, path)["state"] == "put_away"


def test_a_step_that_is_done_again_gives_nothing_more(world: World, shop: Any) -> None:
    """A worker that was killed before it noted how far it was, and one that was taken for dead."""
    switch_on(world, shop)
    path = looked_through(world, shop, five(shop))
    assert post(world, shop, f"{path}/give", {}).status_code == 200
    with world.wafa.database.reading() as session:
        task = latest(session, find_shop(session, "alice.myshopify.com").id, "bring_points")
    for _ in range(3):
        world.wafa.steps["bring_points"](task, world.clock())
    world.work()
    found = told(world, shop, path)
    assert (found["state"], found["people"], found["points"]) == ("given", 5, 510)
    assert world.json(shop, address("/loyalty"))["points"]["available"] == 510
    proven(world)


def test_work_that_was_stopped_goes_on_when_somebody_says_so(world: World, shop: Any) -> None:
    """As where the app was uninstalled meanwhile, and is there again."""
    switch_on(world, shop)
    path = bring(world, shop, five(shop)).json["go"].split("?")[0]
    with world.wafa.database.transaction() as session:
        cancel_all(session, find_shop(session, "alice.myshopify.com").id, world.clock())
    assert "The work has stopped" in page(world, shop, path)
    assert bring(world, shop, five(shop)).status_code == 409
    assert post(world, shop, f"{path}/again", {}).status_code == 200
    world.work()
    assert given(world, shop, path)["points"] == 510


def test_without_customers_it_says_that_somebody_may_be_missing(world: World, shop: Any) -> None:
    switch_on(world, shop)
    shop.approve("level1")
    path = looked_through(world, shop, five(shop) + "X,stranger@example.com,7\n")
    assert told(world, shop, path)["left"]["unknown"] >= 1
    assert "Shopify keeps e-mail addresses from Wafa" in page(world, shop, path)


def test_the_page_speaks_arabic(world: World, shop: Any) -> None:
    switch_on(world, shop)
    path = looked_through(world, shop, "البريد الإلكتروني,رصيد النقاط\nc0@example.com,١٬٢٠٠\n")
    assert "عميل واحد، 1,200 نقطة" in page(world, shop, path, "ar")
    assert "أرصدة من تطبيق آخر" in page(world, shop, IMPORT, "ar")


def test_a_file_that_nobody_brought_is_not_there(world: World, shop: Any) -> None:
    switch_on(world, shop)
    for path in (f"{IMPORT}/{'f' * 32}/{name}" for name in ("give", "undo", "again", "put-away")):
        assert post(world, shop, path, {}).status_code == 404
    with world.wafa.database.reading() as session:
        assert session.scalars(select(BroughtFile)).all() == []
