"""What an order is sorted by, and no sum is made of: the country it goes to, and the discount that it came by."""

from collections.abc import Iterable, Sequence

from shopify_app.orders.text import CODE, fitting

_LETTERS = 2


def country(code: str | None) -> str | None:
    """A country's two letters; None for what is none, as where Shopify keeps the address from us."""
    if code is not None and len(code) == _LETTERS and code.isascii() and code.isalpha():
        return code if code.isupper() else code.upper()
    return None


def other_codes(codes: Sequence[str]) -> tuple[str, ...]:
    """The codes after the first, in capitals; nothing is sorted by them."""
    return tuple(fitting(code.strip().upper(), CODE) for code in codes[1:])


def discount(codes: Sequence[str], automatic: Iterable[tuple[int, str]]) -> str:
    """The first code, else the title of the automatic discount that was applied first; empty without either.

    `automatic` has the place and the title of each of these. Shopify takes a code in capitals or not, so it is kept in
    capitals.
    """
    if codes:
        return fitting(codes[0].strip().upper(), CODE)
    return fitting(min(automatic, default=(0, ""))[1], CODE)
