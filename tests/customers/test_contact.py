"""E-mail addresses and phones, evened out: what is the same becomes the same, and nothing else does."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shopify_app.customers.contacts.calling_codes import CALLING_CODES
from shopify_app.customers.contacts.contact import (
    ADDRESS,
    ADDRESSES,
    EMAIL,
    PHONE,
    Contact,
    Reachable,
    dialled,
    hashed,
    mailbox,
)

KEY, SHOP = b"l" * 32, 7


@pytest.mark.parametrize(
    ("phone", "country", "digits"),
    [
        ("+965 5000-1111", None, "96550001111"),
        ("00965 5000 1111", "SA", "96550001111"),
        ("5000 1111", "KW", "96550001111"),
        ("٥٠٠٠١١١١", "kw", "96550001111"),
        ("‎+٩٦٥ ٥٠٠٠١١١١", None, "96550001111"),
        ("055 123 4567", "SA", "966551234567"),
        ("551234567", "SA", "966551234567"),
        ("966551234567", "SA", "966551234567"),
        ("(212) 555-0100", "US", "12125550100"),
        ("1 212 555 0100", "US", "12125550100"),
        ("5000 1111", None, None),
        ("5000 1111", "RU", None),
        ("+965", None, None),
        ("12345", "KW", None),
        ("+0000000000", None, None),
        ("+96550001111222233", None, None),
        ("", "KW", None),
        (None, "KW", None),
        ("call me", "KW", None),
    ],
)
def test_phones(phone, country, digits):
    assert dialled(phone, country) == digits


@pytest.mark.parametrize(
    ("email", "box"),
    [
        ("Noura.Ali@Example.com ", "noura.ali@example.com"),
        ("n.oura+shop@gmail.com", "noura@gmail.com"),
        ("noura@googlemail.com", "noura@gmail.com"),
        ("noura+shop@example.com", "noura+shop@example.com"),
        ("noura@mail.gmail.com", "noura@mail.gmail.com"),
        ("+x@gmail.com", None),
        ("nobody", None),
        ("@gmail.com", None),
        ("a@", None),
        ("", None),
        (None, None),
    ],
)
def test_mailboxes(email, box):
    assert mailbox(email) == box


@given(st.sampled_from(sorted(CALLING_CODES)), st.integers(min_value=10**8, max_value=10**9 - 1))
def test_a_number_is_the_same_with_and_without_its_country(country, national):
    whole = f"+{CALLING_CODES[country]}{national}"
    # A number that begins like its country's code cannot be told from one whose plus sign was left out.
    if not str(national).startswith(CALLING_CODES[country]):
        assert dialled(str(national), country) == dialled(whole) == dialled(f"0{national}", country)


@given(st.text(), st.sampled_from([None, "KW", "US", "XX"]))
def test_whatever_is_written_there_is_read(text, country):
    found = dialled(text, country)
    assert found is None or (found.isascii() and found.isdigit())
    mailbox(text)


def test_a_phone_has_one_hash_whoever_it_is_said_to_be_of():
    own = hashed(Reachable(None, "+96550001111"), KEY, SHOP)
    listed = hashed(Reachable(None, None, [("5000 1111", "KW")]), KEY, SHOP)
    assert [one.kind for one in own] == [PHONE]
    assert [one.kind for one in listed] == [ADDRESS]
    assert {one.hash for one in own} == {one.hash for one in listed}


def test_hashes_differ_by_shop_key_and_kind():
    one = hashed(Reachable("a@x.test", "+96550001111"), KEY, SHOP)
    assert {each.kind for each in one} == {EMAIL, PHONE}
    others = [hashed(Reachable("a@x.test", "+96550001111"), *rest) for rest in ((KEY, 8), (b"m" * 32, SHOP))]
    for other in others:
        assert {each.hash for each in one}.isdisjoint(each.hash for each in other)
    assert all(len(each.hash) == 32 for each in one)


def test_what_was_told_is_in_no_text_of_ours():
    told = Reachable("noura@x.test", "+96550001111")
    assert "noura" not in repr(told)
    assert "5000" not in repr(told)
    assert all(isinstance(one, Contact) for one in hashed(told, KEY, SHOP))


def test_of_many_addresses_the_first_are_read() -> None:
    """As many as the Admin API is asked for: else what a webhook told would be gone after the night."""
    phones = [f"+9655000{number:04}" for number in range(1000)]
    assert len(hashed(Reachable(None, None, [(phone, "KW") for phone in phones]), KEY, SHOP)) == ADDRESSES
