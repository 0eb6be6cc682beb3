"""The souq: four months of 2025 in a shop in Riyadh, written by hand so that every figure can be checked on paper.

Prices in SAR include 15 % tax; many pay at the door, and some refuse; some see AED or USD.
"""

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from devstore.worlds import left_carts
from devstore.worlds.diary import Diary

if TYPE_CHECKING:
    from devstore.shop import Shop

LEFT_CARTS = 24
CURRENCY, TIMEZONE = "SAR", "Asia/Riyadh"
AED, USD = ("AED", "0.98"), ("USD", "0.2666")
AT_THE_DOOR = "pending"
"""Cash on delivery: the order waits for its money."""


def souq(shop: "Shop") -> None:
    """Fill a shop with the history; raises ValueError when its currency or zone is another."""
    open_souq(shop)
    with shop.history():
        tell_souq(Diary(shop))
        left_carts.leave(shop, LEFT_CARTS)


def open_souq(shop: "Shop") -> None:
    """Set the shop up as it was before its first order."""
    if (shop.currency, shop.timezone) != (CURRENCY, TIMEZONE):
        raise ValueError(f"the souq needs a shop in {CURRENCY} and {TIMEZONE}")
    shop.created_at = datetime(2024, 12, 1, tzinfo=UTC)
    shop.tax_rate, shop.taxes_included, shop.also_shown_in = 1_500, True, ("AED", "USD")


def tell_souq(diary: Diary) -> None:
    """All that happened, from the first day on."""
    _goods(diary)
    for month in (_january, _february, _march, _april):
        month(diary)


def _goods(diary: Diary) -> None:
    diary.sells("abaya", "عباية كريب سوداء", "345.00", "Abayas")
    diary.sells("embroidered", "عباية مطرزة", "575.00", "Abayas")
    diary.sells("scarf", "طرحة شيفون", "69.00", "Abayas")
    diary.sells("shawl", "شيلة حرير", "115.00", "Abayas")
    diary.sells("perfume", "عطر عود ملكي 50 مل", "230.00", "Perfume")
    diary.sells("incense", "معمول بخور فاخر", "99.00", "Oud")
    diary.sells("coffee", "قهوة سعودية بالهيل 500 غ", "46.00", "Coffee")
    diary.sells("dates", "تمر عجوة المدينة 1 كغ", "80.00", "Dates")
    diary.sells("burner", "مبخرة نحاسية", "149.00", "Home")
    diary.sells("card", "بطاقة هدية 200 ريال", "200.00", gift_card=True)
    diary.collects("عبايات وطرح", "abaya", "embroidered", "scarf", "shawl")
    diary.collects("عود وعطور", "perfume", "incense", "burner")
    diary.collects("ضيافة", "coffee", "dates", "burner")
    diary.collects("هدايا", "card", "perfume", "dates", "burner")


def _january(diary: Diary) -> None:
    diary.comes("2025-01-03T10:18", "noura", "نورة", "القحطاني")
    diary.buys("2025-01-03T10:20", "S1", "noura", {"abaya": 1}, shipping="25.00", financial_status=AT_THE_DOOR)
    diary.comes("2025-01-05T21:13", "sara", "سارة", "الدوسري")
    diary.buys("2025-01-05T21:15", "S2", "sara", {"perfume": 1})
    diary.settles("2025-01-06T18:00", "S1")
    diary.comes("2025-01-08T13:38", "layla", "ليلى", "المنصوري")
    diary.buys("2025-01-08T13:40", "S3", "layla", {"shawl": 2}, AED)
    diary.comes("2025-01-10T23:48", "mohammed", "محمد", "العتيبي")
    diary.buys("2025-01-10T23:50", "S4", "mohammed", {"incense": 1}, financial_status=AT_THE_DOOR)
    diary.buys("2025-01-12T09:00", "S5", None, {"coffee": 2})
    diary.cancels("2025-01-14T12:00", "S4")
    diary.comes("2025-01-15T13:58", "emily", "Emily", "Carter", "en")
    hello = {"discount": "24.80", "code": "HELLO10"}
    diary.buys("2025-01-15T14:00", "S8", "emily", {"burner": 1, "incense": 1}, USD, shipping="40.00", **hello)
    diary.buys("2025-01-20T20:05", "S6", "noura", {"scarf": 3})
    diary.comes("2025-01-22T15:58", "hind", "هند", "الشهري")
    diary.buys("2025-01-22T16:00", "S9", "hind", {"embroidered": 1}, financial_status=AT_THE_DOOR)
    diary.gives_back("2025-01-25T11:30", "S6", {"scarf": 1})


def _february(diary: Diary) -> None:
    diary.buys("2025-02-01T01:30", "S7", "sara", {"dates": 1})
    diary.buys("2025-02-03T11:00", "S10", "mohammed", {"shawl": 1}, financial_status=AT_THE_DOOR)
    diary.settles("2025-02-05T17:20", "S10")
    diary.buys("2025-02-08T19:30", "S11", "layla", {"abaya": 1, "scarf": 1}, AED)
    diary.gives_back("2025-02-10T12:00", "S2", amount="50.00")
    diary.comes("2025-02-14T21:58", "faisal", "فيصل", "الحربي")
    diary.buys("2025-02-14T22:00", "S12", "faisal", {"perfume": 2}, financial_status=AT_THE_DOOR)
    diary.exchanges("2025-02-15T18:00", "S11", off={"scarf": 1}, on={"shawl": 1})
    diary.exchanges("2025-02-16T10:00", "S12", off={"perfume": 1}, on={"abaya": 1})
    diary.settles("2025-02-17T19:45", "S12")
    diary.buys("2025-02-20T10:00", "S13", "emily", {"coffee": 3}, USD, shipping="40.00")
    diary.gives_back("2025-02-24T09:15", "S13", shipping="40.00")
    diary.comes("2025-02-28T11:58", "abdullah", "عبدالله", "الغامدي")
    diary.buys("2025-02-28T12:00", "S15", "abdullah", {"card": 1})
    diary.buys("2025-02-28T23:59:30", "S14", "noura", {"incense": 2})


def _march(diary: Diary) -> None:
    diary.comes("2025-03-01T00:08", "reem", "ريم", "الزهراني")
    diary.buys("2025-03-01T00:10", "S16", "reem", {"dates": 5}, financial_status=AT_THE_DOOR)
    diary.settles("2025-03-03T16:30", "S16")
    diary.gives_back("2025-03-04T14:00", "S14", {"incense": 1})
    diary.buys("2025-03-05T21:00", "S17", "hind", {"scarf": 1}, financial_status=AT_THE_DOOR)
    diary.cancels("2025-03-09T18:10", "S17")
    diary.buys("2025-03-10T04:00", "S18", "abdullah", {"perfume": 1, "card": 1})
    diary.buys("2025-03-12T15:00", "S19", "noura", {"coffee": 1}, test=True)
    diary.buys("2025-03-15T16:00", "S20", "sara", {"coffee": 1}, discount="46.00", code="هدية")
    diary.buys("2025-03-18T20:00", "S21", "layla", {"embroidered": 1}, AED, shipping="30.00")
    diary.buys("2025-03-18T23:00", "S22", "layla", {"incense": 1}, AED)
    diary.buys("2025-03-20T13:00", "S23", None, {"shawl": 1}, financial_status=AT_THE_DOOR)
    diary.settles("2025-03-22T20:40", "S23")
    diary.gives_back("2025-03-25T10:00", "S21")
    diary.buys("2025-03-29T18:00", "S24", "mohammed", {"abaya": 1})


def _april(diary: Diary) -> None:
    diary.buys("2025-04-01T00:30", "S25", "faisal", {"coffee": 1})
    diary.gives_back("2025-04-02T12:00", "S11", {"abaya": 1})
    diary.exchanges("2025-04-05T17:00", "S24", off={"abaya": 1}, on={"perfume": 1})
    diary.gives_back("2025-04-05T17:05", "S24", amount="115.00")
    diary.buys("2025-04-10T13:00", "S26", "reem", {"burner": 2}, USD, discount="29.80", offer="عرض العيد")
    diary.buys("2025-04-10T19:00", "S27", "reem", {"scarf": 1})
    diary.buys("2025-04-12T09:30", "S28", "sara", {"perfume": 1}, financial_status=AT_THE_DOOR)
    diary.settles("2025-04-15T18:00", "S28")
    diary.cancels("2025-04-18T11:00", "S28")
    diary.gives_back("2025-04-20T12:00", "S26", {"burner": 1})
    diary.buys("2025-04-25T10:00", "S29", "emily", {"shawl": 1}, USD)
    diary.buys("2025-04-30T23:45", "S30", None, {"coffee": 1})
