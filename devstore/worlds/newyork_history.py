"""New York: a shop's 2025, written by hand around the hours in which days, months and clocks change.

Prices in USD, 8 % tax on top. On 2025-03-09 the clock goes from 01:59 to 03:00, on 2025-11-02 it shows 01:00 to 01:59
twice.
"""

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from devstore.worlds.diary import Diary

if TYPE_CHECKING:
    from devstore.shop import Shop

CURRENCY, TIMEZONE = "USD", "America/New_York"


def newyork(shop: "Shop") -> None:
    """Fill a shop with the history; raises ValueError when its currency or zone is another."""
    open_newyork(shop)
    with shop.history():
        tell_newyork(Diary(shop))


def open_newyork(shop: "Shop") -> None:
    """Set the shop up as it was before its first order."""
    if (shop.currency, shop.timezone) != (CURRENCY, TIMEZONE):
        raise ValueError(f"the New York world needs a shop in {CURRENCY} and {TIMEZONE}")
    shop.created_at = datetime(2024, 12, 1, tzinfo=UTC)
    shop.tax_rate, shop.taxes_included = 800, False


def tell_newyork(diary: Diary) -> None:
    """All that happened, from the first day on."""
    _goods(diary)
    for season in (_winter, _forward, _spring, _back, _december):
        season(diary)


def _goods(diary: Diary) -> None:
    diary.sells("tote", "Canvas Tote", "40.00", "Bags")
    diary.sells("mug", "Diner Mug", "18.00", "Home")
    diary.sells("hoodie", "Borough Hoodie", "65.00", "Clothing")
    diary.sells("poster", "Subway Poster", "25.00", "Prints")
    diary.sells("notebook", "Pocket Notebook", "12.50", "Paper")
    diary.sells("card", "Gift Card 50", "50.00", gift_card=True)
    diary.collects("To wear and carry", "tote", "hoodie")
    diary.collects("Desk and wall", "mug", "poster", "notebook")
    diary.collects("Gifts under $50", "mug", "poster", "notebook", "tote", "card")


def _winter(diary: Diary) -> None:
    diary.comes("2025-01-15T11:58", "ada", "Ada", "Brooks", "en")
    diary.buys("2025-01-15T12:00", "N1", "ada", {"tote": 1}, tip="5.00", shipping="8.00")
    diary.comes("2025-01-31T23:28", "ben", "Ben", "Ortiz", "en")
    diary.buys("2025-01-31T23:30", "N2", "ben", {"hoodie": 1})
    diary.buys("2025-02-01T00:15", "N3", "ada", {"mug": 2})
    diary.comes("2025-02-14T09:58", "cleo", "Cleo", "Park", "en")
    diary.buys("2025-02-14T10:00", "N4", "cleo", {"card": 1})
    diary.buys("2025-02-14T10:05", "N5", "cleo", {"poster": 1, "card": 1})
    diary.buys("2025-02-28T19:30", "N6", None, {"mug": 1}, source="pos")
    diary.comes("2025-02-28T23:58", "dan", "Dan", "Weiss", "en")
    diary.buys("2025-02-28T23:59:59", "N7", "dan", {"tote": 1})


def _forward(diary: Diary) -> None:
    diary.cancels("2025-03-02T10:00", "N7")
    diary.buys("2025-03-08T23:30", "N10", "ben", {"notebook": 1})
    diary.buys("2025-03-09T01:59:59", "N8", "ada", {"notebook": 2})
    diary.buys("2025-03-09T03:00:00", "N9", "ada", {"poster": 1})
    diary.buys("2025-03-09T23:45", "N11", "ben", {"mug": 1})
    diary.comes("2025-03-20T10:58", "eve", "Eve", "Novak", "en")
    diary.buys("2025-03-20T11:00", "N14", "eve", {"poster": 1}, discount="25.00", code="FREEPOSTER")
    diary.buys("2025-03-21T09:00", "N15", "eve", {"hoodie": 1}, test=True)
    diary.comes("2025-03-22T13:58", "cleo.again", "Cleo", "Park", "en")
    diary.buys("2025-03-22T14:00", "N16", "cleo.again", {"hoodie": 1}, tip="10.00")
    diary.buys("2025-03-31T23:59:30", "N12", "dan", {"hoodie": 1})


def _spring(diary: Diary) -> None:
    diary.gives_back("2025-04-01T00:10", "N2")
    diary.buys("2025-04-01T00:15", "N13", "dan", {"mug": 1})
    diary.merges("2025-04-10T09:00", "cleo", "cleo.again")
    diary.buys("2025-04-15T16:00", "N17", "eve", {"tote": 1}, discount="4.00", code="welcome10")
    diary.comes("2025-04-20T07:58", "finn", "Finn", "Doyle", "en")
    diary.buys("2025-04-20T08:00", "N18", "finn", {"hoodie": 2})
    diary.cancels("2025-04-21T08:00", "N18", refund=False)
    diary.exchanges("2025-04-30T23:30", "N17", off={}, on={"mug": 1})


def _back(diary: Diary) -> None:
    diary.buys("2025-10-31T23:30", "N19", "finn", {"tote": 1})
    diary.buys("2025-11-01T23:59", "N20", "ben", {"poster": 1})
    diary.comes("2025-11-02T01:28-04:00", "gus", "Gus", "Lind", "en")
    diary.buys("2025-11-02T01:30-04:00", "N21", "gus", {"mug": 1})
    diary.buys("2025-11-02T01:30-05:00", "N22", "gus", {"poster": 1})
    diary.buys("2025-11-02T23:30", "N23", None, {"notebook": 1})
    diary.buys("2025-11-30T23:59:59", "N24", "ada", {"hoodie": 1})


def _december(diary: Diary) -> None:
    diary.buys("2025-12-01T00:00:00", "N25", "ada", {"mug": 1})
    diary.buys("2025-12-03T10:00", "N28", "finn", {"tote": 1}, financial_status="authorized")
    diary.settles("2025-12-10T10:00", "N28", "expired")
    diary.buys("2025-12-12T18:00", "N29", "dan", {"hoodie": 1, "mug": 1}, discount="8.30", offer="Holiday 10% off")
    diary.buys("2025-12-15T12:00", "N30", None, {"poster": 1}, source="pos")
    diary.gives_back("2025-12-20T15:00", "N29", {"hoodie": 1})
    diary.buys("2025-12-31T23:59:59", "N26", "eve", {"tote": 1})
    diary.buys("2026-01-01T00:00:00", "N27", "eve", {"poster": 1})
    diary.gives_back("2026-01-05T12:00", "N26", amount="10.00")
