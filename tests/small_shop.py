"""A small shop whose every number can be counted on fingers, and reading what a page says."""

import html
import re
from datetime import timedelta

PLACE = "shop=alice.myshopify.com&host=abc"


def add_shop(world, domain: str = "alice.myshopify.com", repeaters: int = 0, once: int = 0):
    """A shop in Kuwait; each repeater buys for 10 and then 20 KWD, the others once for 5 KWD."""
    shop = world.store.add_shop(domain, currency="KWD", timezone="Asia/Kuwait", name="Alice", primary_locale="en")
    now = world.clock()
    with shop.history():
        for number in range(repeaters + once):
            first = now - timedelta(days=100, minutes=number)
            customer = shop.create_customer("Noura", "A", f"c{number}@example.com", "ar", first)
            amounts = ("10.000", "20.000") if number < repeaters else ("5.000",)
            for place, amount in enumerate(amounts):
                lines = [{"price": amount, "quantity": 1}]
                shop.place_order(customer_id=customer.id, lines=lines, at=first + timedelta(days=90 * place))
    return shop


def address(path: str, locale: str = "en") -> str:
    """The path with what App Bridge adds."""
    return f"{path}{'&' if '?' in path else '?'}{PLACE}&locale={locale}"


def page(world, shop, path: str, locale: str = "en", status: int = 200) -> str:
    """A page's text, without its tags."""
    answer = world.open(shop, address(path, locale))
    assert answer.status_code == status, answer.text
    return said(answer.text)


def said(document: str) -> str:
    """What a reader of the page sees, titles of elements included, in one line."""
    main = "<main" + document.split("<main", 1)[-1].split("</main>")[0]
    titles = re.sub(r'<[^>]*?\bheading="([^"]*)"[^>]*>', r" \1 ", main)
    return re.sub(r"\s+", " ", html.unescape(re.sub("<[^>]+>", " ", titles))).replace("\N{NO-BREAK SPACE}", " ")


def post(world, shop, path: str, body: object):
    """A change, as the page's modules send it."""
    headers = {"Authorization": f"Bearer {shop.id_token()}", "Accept": "application/json"}
    return world.client.post(address(path), json=body, headers=headers)
