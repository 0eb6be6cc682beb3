"""Home in each of its states."""

import json
import re
from datetime import timedelta

from shopify_app.db.base import ShopId
from shopify_app.language import without_bidi_marks
from shopify_app.shops.queries import find_shop, get_shop
from shopify_app.tasks.model import Task
from tests.small_shop import add_shop, address, page, post, said


def shop_row(world, shop):
    with world.wafa.database.reading() as session:
        return find_shop(session, shop.domain)


def change_task(world, **values):
    with world.wafa.database.transaction() as session:
        task = session.query(Task).filter_by(kind="import_orders").one()
        for name, value in values.items():
            setattr(task, name, value)


def test_before_the_import_it_says_what_shopify_counts(small_world) -> None:
    shop = add_shop(small_world, repeaters=2, once=3)
    small_world.install(shop)
    with small_world.wafa.database.transaction() as session:
        row = get_shop(session, ShopId(shop_row(small_world, shop).id))
        row.shopify_buyers, row.shopify_repeaters = 6310, 1942
    text = page(small_world, shop, "/")
    assert "Shopify's own count, all time" in text
    assert "1,942 of your 6,310 customers (30.8 %) have bought more than once." in text
    arabic = without_bidi_marks(page(small_world, shop, "/", "ar"))
    assert "اشترى 1,942 من أصل 6,310 عملاء (30.8٪) أكثر من مرة." in arabic
    assert "Asking Shopify for your orders. You can leave this page." in text


def test_while_importing_it_says_how_far_it_is(small_world) -> None:
    shop = add_shop(small_world)
    small_world.install(shop)
    change_task(small_world, cursor='{"phase": "reading"}', done=4200, total=20000)
    assert "Reading your orders, newest first: 4,200 of about 20,000. You can leave this page." in page(
        small_world, shop, "/"
    )
    assert "نقرأ طلباتك من الأحدث: 4,200 من نحو 20,000. يمكنك مغادرة هذه الصفحة." in page(small_world, shop, "/", "ar")
    document = small_world.open(shop, address("/")).text
    assert 'data-live="fast"' in document
    assert 'value="24200" max="40000"' in document


def test_the_import_never_seems_to_start_over(small_world) -> None:
    shop = add_shop(small_world)
    small_world.install(shop)
    told = []
    for phase, prepared, done in (
        ("preparing", 0, 0),
        ("preparing", 60, 0),
        ("downloading", 100, 0),
        ("sorting", 100, 0),
        ("reading", 100, 0),
        ("reading", 100, 40),
        ("finishing", 100, 98),
    ):
        cursor = json.dumps({"phase": phase, "prepared": prepared})
        change_task(small_world, cursor=cursor, done=done, total=100)
        document = small_world.open(shop, address("/")).text
        bar = re.search(r'<s-progress[^>]* value="(\d+)" max="200"', document)
        assert bar
        told.append((int(bar[1]), said(document).split("Your orders are being read ")[1].split(". ")[0]))
    assert [bar for bar, _ in told] == [0, 60, 100, 100, 100, 140, 200]
    assert [sentence for _, sentence in told] == [
        "Asking Shopify for your orders",
        "Shopify is preparing your orders: 60 of about 100",
        "Shopify has prepared your orders, and we are fetching them",
        "Your orders have arrived and are being sorted",
        "Reading your orders, newest first",
        "Reading your orders, newest first: 40 of about 100",
        "Your orders have been read",
    ]


def test_after_a_failure_it_says_what_to_do_and_offers_to_try_again(small_world) -> None:
    shop = add_shop(small_world, repeaters=1)
    small_world.install(shop)
    change_task(small_world, state="failed", error="Shopify could not prepare your orders. Please try again.")
    text = page(small_world, shop, "/")
    assert "Shopify could not prepare your orders. Please try again." in text
    assert "Try again" in text
    small_world.clock.forward(60)
    assert post(small_world, shop, "/settings/import", {}).status_code == 200
    small_world.work()
    assert "Reading your orders has stopped" not in page(small_world, shop, "/")


def test_an_import_that_ended_well_is_not_started_again(small_world) -> None:
    shop = add_shop(small_world, repeaters=1)
    small_world.install(shop)
    small_world.work()
    assert post(small_world, shop, "/settings/import", {}).status_code == 200
    with small_world.wafa.database.reading() as session:
        assert session.query(Task).filter_by(kind="import_orders").count() == 1


def test_without_orders_it_says_when_numbers_come(small_world) -> None:
    shop = add_shop(small_world)
    small_world.install(shop)
    small_world.work()
    assert "No orders yet Your numbers appear here with the first order." in page(small_world, shop, "/")
    assert "لا طلبات بعد" in page(small_world, shop, "/", "ar")


def test_with_few_repeat_customers_it_holds_back(small_world) -> None:
    shop = add_shop(small_world, repeaters=12, once=3)
    small_world.install(shop)
    small_world.work()
    text = page(small_world, shop, "/")
    assert "Too early to say 12 people have bought more than once. From 30 on, we can show a pattern." in text
    assert "Of every 100" not in text
    assert "اشترى 12 عميلًا أكثر من مرة. نعرض النمط ابتداءً من 30." in page(small_world, shop, "/", "ar")


def test_the_reveal_stays_a_week(small_world) -> None:
    shop = add_shop(small_world, repeaters=31, once=69)
    small_world.install(shop)
    small_world.work()
    text = page(small_world, shop, "/")
    assert "Of every 100 people who have bought from you since 13 August 2026, 31 have come back." in text
    assert "Half of those who come back within 90 days do so within 90 days." in text
    # 31 second orders of 20 KWD of 31 x 30 + 69 x 5 in all.
    assert "They brought 49 % of your sales since then" in text
    arabic = page(small_world, shop, "/", "ar")
    assert "من كل 100 شخص اشترى منك منذ 13 أغسطس 2026، عاد 31." in arabic
    assert "نصف من يعودون خلال 90 يومًا يعودون خلال 90 يومًا." in arabic
    small_world.clock.forward(timedelta(days=7, seconds=1).total_seconds())
    assert "Of every 100" not in page(small_world, shop, "/")


HIDDEN = "“Who comes back” is hidden for everyone in this shop. Show it again"


def put_away(world, shop) -> None:
    told = post(world, shop, "/settings/dismiss", {"card": "reveal"})
    assert told.get_json() == {"dismissed": "reveal", "message": "Hidden for everyone in this shop."}


def told_of(world, shop, repeaters: int, buyers: int) -> None:
    """Shopify's own count, as it was taken at installation."""
    with world.wafa.database.transaction() as session:
        row = get_shop(session, ShopId(shop_row(world, shop).id))
        row.shopify_buyers, row.shopify_repeaters = buyers, repeaters


def test_the_reveal_can_be_hidden_and_shown_again(small_world) -> None:
    shop = add_shop(small_world, repeaters=30)
    small_world.install(shop)
    small_world.work()
    before = page(small_world, shop, "/")
    assert "Hide for everyone in this shop" in before
    assert "This card stays until 28 November 2026; its numbers stay in Reports." in before
    assert HIDDEN not in before
    put_away(small_world, shop)
    hidden = page(small_world, shop, "/")
    assert HIDDEN in hidden
    assert "Of every 100" not in hidden
    assert "Bought more than once" in hidden, "the numbers stay"
    assert "بطاقة «من يعود إليك» مخفية عن الجميع في هذا المتجر. إظهارها من جديد" in page(small_world, shop, "/", "ar")
    for _ in range(2):
        assert post(small_world, shop, "/settings/show-again", {"card": "reveal"}).get_json() == {"shown": "reveal"}
    assert "Of every 100" in page(small_world, shop, "/")
    assert HIDDEN not in page(small_world, shop, "/")


def test_an_open_page_of_a_colleague_learns_of_both(small_world) -> None:
    shop = add_shop(small_world, repeaters=30)
    small_world.install(shop)
    small_world.work()
    etags = []
    for path in ("/settings/dismiss", "/settings/show-again"):
        etags.append(small_world.open(shop, address("/")).headers["ETag"])
        post(small_world, shop, path, {"card": "reveal"})
        answer = small_world.open(shop, address("/"), **{"If-None-Match": etags[-1]})
        assert answer.status_code == 200


def test_each_shop_hides_and_shows_its_own(small_world) -> None:
    shops = [add_shop(small_world, name, repeaters=30) for name in ("alice.myshopify.com", "bob.myshopify.com")]
    for shop in shops:
        small_world.install(shop)
    small_world.work()
    for shop in shops:
        put_away(small_world, shop)
    post(small_world, shops[1], "/settings/show-again", {"card": "reveal"})
    assert [HIDDEN in page(small_world, shop, "/") for shop in shops] == [True, False]


def test_after_its_week_nothing_is_left_to_show_again(small_world) -> None:
    shop = add_shop(small_world, repeaters=30)
    small_world.install(shop)
    small_world.work()
    put_away(small_world, shop)
    small_world.clock.forward(timedelta(days=7, seconds=1).total_seconds())
    assert "Who comes back" not in page(small_world, shop, "/")


def test_shopifys_other_count_is_explained_where_it_is_another(small_world) -> None:
    shop = add_shop(small_world, repeaters=31, once=69)
    small_world.install(shop)
    small_world.work()
    told_of(small_world, shop, 1942, 6310)
    both = (
        "Why does Shopify count differently? 1,942 of your 6,310 customers (30.8 %) have bought more than once. That is"
    )
    assert "31 have come back" in page(small_world, shop, "/")
    assert "Why does Shopify" not in page(small_world, shop, "/"), "30.8 % is 31 of every 100"
    told_of(small_world, shop, 1998, 6310)
    small_world.clock.forward(1)
    shop.place_order(None, [{"price": "1.000", "quantity": 1}], at=small_world.clock())
    small_world.work()
    assert both.replace("1,942", "1,998").replace("30.8", "31.7") in page(small_world, shop, "/")


def test_a_change_says_what_it_is_against(small_world) -> None:
    shop = add_shop(small_world, repeaters=31)
    with shop.history():
        for ago in (800, 40):
            day = small_world.clock() - timedelta(days=ago)
            shop.place_order(None, [{"price": "10.000", "quantity": 1}], at=day)
    small_world.install(shop)
    small_world.work()
    text = page(small_world, shop, "/")
    # 31 second orders of 20 KWD in the last 30 days; one order of 10 KWD in the 30 days before.
    assert "Last 30 days up 6,100.0 % against the 30 days before" in text
    arabic = without_bidi_marks(page(small_world, shop, "/", "ar"))
    assert "بزيادة 6,100.0٪ مقارنةً بـ30 يومًا قبلها" in arabic
    change_task(small_world, state="waiting", cursor='{"phase": "reading"}', done=4200, total=20000)
    assert "against the" not in page(small_world, shop, "/"), "nothing is compared that is not known"


def test_the_status_line_names_the_newest_order(small_world) -> None:
    shop = add_shop(small_world, repeaters=1)
    small_world.install(shop)
    small_world.work()
    order = shop.place_order(customer_id=None, lines=[{"price": "7.000", "quantity": 1}], at=small_world.clock())
    small_world.work()
    text = page(small_world, shop, "/")
    assert f"Saturday 21 November. Newest completed order: {order.name}, 21 November 2026 at 12:00." in text


def test_there_is_a_json_form(small_world) -> None:
    shop = add_shop(small_world, repeaters=1)
    small_world.install(shop)
    small_world.work()
    told = small_world.json(shop, "/")
    assert told["stage"] == "read"
    assert [card["name"] for card in told["cards"]] == [
        "returning_revenue_share",
        "repeat_rate",
        "net_revenue",
        "average_order_value",
    ]


def test_half_of_the_orders_make_no_number(small_world) -> None:
    """Nobody is told that few come back because the orders before were not read yet."""
    shop = add_shop(small_world, repeaters=2, once=3)
    small_world.install(shop)
    small_world.work()
    before = {card["name"]: card["value"] for card in small_world.json(shop, "/")["cards"]}
    change_task(small_world, state="waiting", cursor='{"phase": "reading"}', done=4200, total=20000)
    cards = {card["name"]: card["value"] for card in small_world.json(shop, "/")["cards"]}
    assert "40.0" in before["repeat_rate"]
    assert cards["repeat_rate"] == "–"
