"""Amounts as whole minor units, and their decimal texts in each currency's own number of digits."""

import re
from fractions import Fraction

_DIGITS = {
    **dict.fromkeys(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"), 3),
    **dict.fromkeys(("CLP", "ISK", "JPY", "KRW", "PYG", "RWF", "UGX", "VND", "XAF", "XOF", "XPF"), 0),
}
_AMOUNT = re.compile(r"(-?)([0-9]{1,15})(?:\.([0-9]*))?\Z")
_CODE = re.compile(r"[A-Z]{3}\Z")


def currency_code(text: str) -> str:
    """A three-letter currency code in capitals; raises ValueError for anything else."""
    code = text.strip().upper()
    if not _CODE.match(code):
        raise ValueError(f"{text!r} is not a currency code such as KWD")
    return code


def digits(currency: str) -> int:
    """How many decimals the currency has."""
    return _DIGITS.get(currency, 2)


def to_minor(text: str, currency: str) -> int:
    """Minor units of a decimal text; raises ValueError when it is no amount of this currency."""
    found = _AMOUNT.match(text.strip())
    places = digits(currency)
    if not found:
        raise ValueError(f"{text!r} is not an amount such as 12.50")
    sign, whole, fraction = found[1], found[2], (found[3] or "").rstrip("0")
    if len(fraction) > places:
        raise ValueError(f"{text!r} has more decimals than {currency}, which has {places}")
    minor = int(whole + fraction.ljust(places, "0"))
    return -minor if sign else minor


def to_text(minor: int, currency: str) -> str:
    """The decimal text of an amount, with all the decimals of its currency."""
    places = _DIGITS.get(currency, 2)
    if not places:
        return str(minor)
    sign, figure = ("-", -minor) if minor < 0 else ("", minor)
    whole, fraction = divmod(figure, 10**places)
    return f"{sign}{whole}.{fraction:0{places}d}"


def converted(minor: int, currency: str, into: str, rate: Fraction) -> int:
    """Minor units of another currency, ``rate`` of whose units are worth one of the first; halves away from zero."""
    exact = abs(minor) * rate * Fraction(10) ** (digits(into) - digits(currency))
    nearest = int(exact + Fraction(1, 2))
    return -nearest if minor < 0 else nearest


def spread(amount: int, weights: list[int]) -> list[int]:
    """The amount shared out in proportion to the weights; the parts always sum to the amount."""
    total, parts, given, seen = sum(weights), [], 0, 0
    if not total:
        return [0] * len(weights)
    for weight in weights:
        seen += weight
        reached = amount * seen // total
        parts.append(reached - given)
        given = reached
    return parts


def to_decimal(minor: int, currency: str) -> str:
    """The amount as the Admin API writes decimals: no zeros at the end but the one after the point."""
    text = to_text(minor, currency)
    if "." not in text:
        return f"{text}.0"
    short = text.rstrip("0")
    return f"{short}0" if short.endswith(".") else short
