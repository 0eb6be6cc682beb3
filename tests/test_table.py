"""A table's declaration: its file, its JSON, and what it says of itself."""

from datetime import UTC, date, datetime
from fractions import Fraction

import pytest

from shopify_app.table import Column, Table

TABLE = Table(
    "things",
    (
        Column("thing_id", "number", "Order number", lambda row: row["id"]),
        Column("name", "text", "Order", lambda row: row["name"]),
        Column("net", "money", "Net sales", lambda row: row["net"], personal=True),
        Column("share", "share", "Order", lambda row: row["share"]),
        Column("day", "day", "Booked on", lambda row: row["day"]),
        Column("at", "moment", "Placed", lambda row: row["at"]),
        Column("late", "yes", "Placed", lambda row: row["late"]),
    ),
)
ROW = {
    "id": 12,
    "name": "=1, 2",
    "net": -1500,
    "share": Fraction(1, 3),
    "day": date(2026, 1, 31),
    "at": datetime(2026, 1, 31, 9, tzinfo=UTC),
    "late": True,
}
EMPTY = dict.fromkeys(ROW)


def test_a_file_has_a_header_plain_decimals_and_the_currency_of_its_amounts():
    header, first, second = TABLE.lines([ROW, {**EMPTY, "id": 1}], "KWD")
    assert header == "thing_id,name,net,share,day,at,late,currency\r\n"
    assert first == '12,"\'=1, 2",-1.500,0.333333333333,2026-01-31,2026-01-31T09:00:00+00:00,True,KWD\r\n'
    assert second == "1,,,,,,,KWD\r\n"


def test_a_program_gets_texts_for_exact_numbers_and_null_for_nothing():
    told = TABLE.document(ROW, "KWD")
    assert (told["thing_id"], told["net"], told["share"], told["late"]) == ("12", "-1.500", "0.333333333333", True)
    assert set(TABLE.document(EMPTY, "KWD").values()) == {None}


def test_a_table_knows_whether_it_tells_of_people_and_of_money():
    assert (TABLE.is_personal, TABLE.has_money) == (True, True)
    some = TABLE.only(["day", "thing_id"])
    assert (some.names, some.is_personal, some.has_money) == (("day", "thing_id"), False, False)
    with pytest.raises(KeyError):
        TABLE.only(["nothing"])
