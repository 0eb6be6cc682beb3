"""However a person is written, it is the same person; and others are not taken for them."""

import json

import pytest

from shopify_app.db.base import ShopId
from shopify_app.privacy.traces import Search, address, hashed, number, phone, traces

SHOP, KEY = ShopId(1), b"l" * 32
SOUGHT = hashed(KEY, SHOP, {number(7430000032824), address("Noura.Ali@Example.com"), phone("+965 5000 1234")})


def finds(body: bytes) -> bool:
    return Search(KEY, SHOP, {1: SOUGHT}).finds(body)


@pytest.mark.parametrize(
    "body",
    [
        b'{"customer":{"id":7430000032824}}',
        b'{"id":"7430000032824"}',
        b'{"gid":"gid:\\/\\/shopify\\/Customer\\/7430000032824"}',
        b'{"url":"https://x.test/a?id=7430000032824&b=1"}',
        b'{"email":"noura.ali@example.com"}',
        b'{"email":"NOURA.ALI@EXAMPLE.COM"}',
        b'{"email":"noura.ali\\u0040example.com"}',
        b'{"landing":"/a?email=noura.ali%40example.com&x=1"}',
        b'{"note":"Write to <noura.ali@example.com>."}',
        b'{"phone":"+96550001234"}',
        b'{"phone":"50001234"}',
        b'{"phone":"(965) 5000-1234"}',
        json.dumps({"phone": "\u202a+965 5000 1234\u202c"}).encode(),
        json.dumps({"phone": "٥٠٠٠ ١٢٣٤"}, ensure_ascii=False).encode(),
        json.dumps({"note": '{"email": "noura.ali@example.com"}'}).encode(),
        b"not JSON: noura.ali@example.com",
        b"\xff\xfe cut off 7430000032824",
    ],
)
def test_a_person_is_found_however_written(body):
    assert finds(body)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{}",
        b'{"id":74300000328240,"other":430000032824}',
        b'{"email":"someone.noura.ali@example.com.test"}',
        b'{"email":"noura.ali@example.org"}',
        b'{"phone":"+96550001235"}',
        b'{"@":"@", "a": "@b", "c": "d@"}',
    ],
)
def test_others_are_not_taken_for_them(body):
    assert not finds(body)


def test_hashes_differ_from_shop_to_shop_and_by_key():
    trace = {number(1)}
    assert len({*hashed(KEY, SHOP, trace), *hashed(KEY, ShopId(2), trace), *hashed(b"m" * 32, SHOP, trace)}) == 3


def test_a_long_text_takes_no_long_time():
    """What is not delimited is not tried again from every sign on: this would take minutes."""
    for sign in (b"a", b"1", b"1-", b"a@", b"\\"):
        traces(sign * 1_000_000)


@pytest.mark.parametrize(
    ("note", "found"),
    [
        (r"\ud83d\udd25noura.ali@example.com", False),
        (r"\ud83d\udd25 noura.ali@example.com \ud83d", True),
        (r"noura\ud83d.ali@example.com", True),
        (r"\udd25\ud83d@home", False),
        (r"+965 5000 12\ud835\udfd1\ud835\udfd2", True),
    ],
)
def test_what_is_escaped_in_halves_is_joined(note, found):
    """A smiley is part of an address, half of one is no sign at all, and bold digits are digits."""
    body = b'{"note":"' + note.encode() + b'"}'
    assert finds(body) == found
    hashed(KEY, SHOP, traces(body))


def test_what_is_nobodys_is_not_remembered_without_end():
    search = Search(KEY, SHOP, {1: SOUGHT})
    for start in range(0, 2_000_000, 100_000):
        assert not search.finds(" ".join(map(str, range(start, start + 100_000))).encode())
    assert len(search._strange) <= 400_000
    assert search.finds(b"7430000032824")
