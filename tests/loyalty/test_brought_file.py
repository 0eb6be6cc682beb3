"""Files as other apps and spreadsheets write them: every line comes out as it went in, or the file is refused."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shopify_app.language import without_bidi_marks
from shopify_app.loyalty.brought.amount import MOST, NEGATIVE, TOO_MANY, UNWHOLE, ZERO, points_in
from shopify_app.loyalty.brought.columns import Columns, columns_of
from shopify_app.loyalty.brought.file import LONGEST, BadFile, open_file
from shopify_app.loyalty.brought.lines.arriving import number_in
from shopify_app.table import safe

TITLES = {
    "number": ("customer id", "Shopify Customer ID", "customer_id", "Shopify-ID", "merchant_id", "رقم العميل"),
    "email": (
        "email",
        "E-mail",
        "Email Address",
        "CUSTOMER_EMAIL",
        "البريد الإلكتروني",
        "البريد الالكترونى",
        "الإيميل",
    ),
    "phone": ("phone", "Phone Number", "mobile", "رقم الجوال", "الهاتف"),
    "points": ("points", "Points Balance", "points_balance", "Current Points", "النقاط", "رصيد النقاط", "نقـاط"),
}
ENCODINGS = ("utf-8", "utf-8-sig", "utf-16", "utf-16-le")
CELL = st.text(
    st.characters(exclude_categories=("Cs", "Cc", "Cf", "Co", "Cn"), exclude_characters="\x85\u2028\u2029"), max_size=30
)


@st.composite
def tables(draw):
    """A table in any order of its columns with others between them, and the bytes of its file."""
    names = draw(st.permutations(["number", "email", "phone", "points", "Name", "Tier, as of today"]))
    titles = [draw(st.sampled_from(TITLES[name])) if name in TITLES else name for name in names]
    rows = draw(st.lists(st.lists(CELL, min_size=len(names), max_size=len(names)), min_size=1, max_size=8))
    mark, ends = draw(st.sampled_from(",;\t|")), draw(st.sampled_from(("\n", "\r\n")))
    text = io.StringIO()
    writer = csv.writer(
        text, delimiter=mark, lineterminator=ends, quoting=draw(st.sampled_from((csv.QUOTE_ALL, csv.QUOTE_MINIMAL)))
    )
    writer.writerow(titles)
    writer.writerows(rows)
    said = f"sep={mark}{ends}" if draw(st.booleans()) else ""
    return names, rows, (said + text.getvalue()).encode(draw(st.sampled_from(ENCODINGS)))


@given(tables())
def test_every_line_comes_out_as_it_went_in(table):
    names, rows, data = table
    try:
        found = list(open_file(data).lines())
    except BadFile:
        # Where nothing is in any line, there is nothing to read.
        assert all(not cell.strip() for row in rows for cell in row)
        return
    filled = [row for row in rows if any(cell.strip() for cell in row)]
    assert len(found) == len(filled)
    for line, row in zip(found, filled, strict=True):
        cells = dict(zip(names, row, strict=True))
        for name in TITLES:
            kept = cells[name].strip()
            kept = kept[1:] if kept[:1] == "'" and kept[1:2] in set("=+-@") and kept[1:2] else kept
            assert getattr(line, name) == kept[:LONGEST]


@given(CELL)
def test_what_we_guard_against_spreadsheets_is_read_again_as_it_was(text):
    data = io.StringIO()
    csv.writer(data).writerows([["email", "points"], [safe(text), "5"]])
    (line,) = open_file(data.getvalue().encode()).lines()
    stripped = without_bidi_marks(text).strip()
    assert line.email in (stripped, stripped.removeprefix("'"))


def test_rows_are_counted_as_a_spreadsheet_counts_them():
    data = b'sep=;\n\nemail;points\n\na@b.test;5\n;;\n"two\nlines";6\nc@d.test;7\n'
    assert [(line.place, line.points) for line in open_file(data).lines()] == [(4, "5"), (6, "6"), (7, "7")]


def test_a_file_of_an_arabic_windows_is_read():
    data = "البريد الإلكتروني;الاسم;النقاط\nnoura@b.test;نورة;25\n".encode("cp1256")
    (line,) = open_file(data).lines()
    assert (line.email, line.points) == ("noura@b.test", "25")


def test_memory_is_bounded_by_the_file():
    import tracemalloc

    data = b"email,name,points\n" + b"".join(b"c%d@example.com,Noura Al-Sabah,120\n" % at for at in range(100_000))
    tracemalloc.start()
    assert open_file(data).count() == 100_000
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 10_000_000


@pytest.mark.parametrize(
    ("titles", "found"),
    [
        # Smile, Yotpo, LoyaltyLion, BON.
        (["Name", "Email", "Date of Birth", "Points Balance", "Referrals"], (None, 1, None, 3)),
        (["Email", "Full Name", "Points Spent", "Points Balance", "Points Earned"], (None, 0, None, 3)),
        (["id", "merchant_id", "email", "points_approved", "points_spent"], (1, 2, None, None)),
        (["ID", "Email", "Phone", "Points"], (None, 1, 2, 3)),
        (["Points", "Points Balance", "e-mail"], (None, 2, None, 1)),
    ],
)
def test_titles_of_other_apps(titles, found):
    assert columns_of(titles) == Columns(*found)


WRITERS = (
    str,
    "{:,}".format,
    lambda n: f"{n:,}".replace(",", "\N{NO-BREAK SPACE}"),
    lambda n: f"{n:,}".replace(",", "\u066c"),
    lambda n: f"{n:,}".replace(",", "’"),
    lambda n: f" +{n} ",
    lambda n: f"{n}.00",
    lambda n: f"\u200e{n}\u200f",
)
DIGITS = ("0123456789", "٠١٢٣٤٥٦٧٨٩", "۰۱۲۳۴۵۶۷۸۹", "０１２３４５６７８９")


@given(st.integers(-10, 10 * MOST), st.sampled_from(WRITERS), st.sampled_from(DIGITS))
def test_a_number_is_read_however_it_is_written(number, write, digits):
    text = write(abs(number)).translate(str.maketrans("0123456789", digits))
    text = text.replace("+", "-") if number < 0 and "+" in text else f"-{text}" if number < 0 else text
    wanted = NEGATIVE if number < 0 else ZERO if number == 0 else number if number <= MOST else TOO_MANY
    # A mark of direction or a blank before a sign is nobody's way of writing.
    assert points_in(text) == wanted or (number < 0 and points_in(text) == UNWHOLE and text[1:2] in " \u200e")


@pytest.mark.parametrize(
    "text", ["", "12.5", "1.000", "1.234", "1,5", "12,34", "1e5", "five", "5 points", "--5", "1,234,5", "½", "²"]
)
def test_what_may_be_a_decimal_or_no_number_is_none(text):
    assert points_in(text) == UNWHOLE


@pytest.mark.parametrize("text", ["9" * 13, "9" * 300, str(MOST + 1)])
def test_too_many_are_too_many(text):
    assert points_in(text) == TOO_MANY


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("gid://shopify/Customer/7123", 7123),
        (" 7123 ", 7123),
        ("٧١٢٣", 7123),
        ("7.1E+12", None),
        ("0", None),
        ("", None),
        ("-7", None),
        ("9" * 19, None),
    ],
)
def test_numbers_of_customers(text, number):
    assert number_in(text) == number
