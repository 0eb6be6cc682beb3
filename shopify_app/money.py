"""Money as whole minor units of one currency; Shopify's decimal strings are split, never floated."""

from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import NewType

from shopify_app.errors import Malformed

Minor = NewType("Minor", int)
"""An amount in the currency's smallest unit: fils, cents, yen."""

# ISO 4217: all currencies have two decimals but these.
_EXPONENTS = {
    **dict.fromkeys(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"), 3),
    **dict.fromkeys(("BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "UYI"), 0),
    **dict.fromkeys(("VND", "VUV", "XAF", "XOF", "XPF"), 0),
}


def exponent(currency: str) -> int:
    """How many decimals the currency has (ISO 4217)."""
    return _EXPONENTS.get(currency, 2)


@lru_cache(1 << 14)
def parse_minor(amount: str, currency: str) -> Minor:
    """Minor units of a decimal string such as "12.5" or "-3.000"; remembered, because prices repeat.

    Digits beyond the currency's exponent must be zeros: anything else would lose money, and is Malformed.
    """
    sign = -1 if amount.startswith("-") else 1
    whole, _, fraction = amount.removeprefix("-").partition(".")
    digits = exponent(currency)
    kept, lost = fraction[:digits].ljust(digits, "0"), fraction[digits:]
    if not (whole + fraction).isascii() or not whole.isdigit() or not (whole + fraction).isdigit() or lost.strip("0"):
        raise Malformed(f"not an amount in {currency}: {amount!r}")
    return Minor(sign * int(whole + kept))


@dataclass(frozen=True, slots=True)
class Money:
    """An amount of one currency; amounts of two currencies never add."""

    minor: Minor
    currency: str

    def __add__(self, other: "Money") -> "Money":
        if self.currency != other.currency:
            raise ValueError(f"{self.currency} and {other.currency} do not add")
        return Money(Minor(self.minor + other.minor), self.currency)

    def decimal(self) -> Decimal:
        """The amount in major units with all of the currency's decimals."""
        return Decimal(self.minor).scaleb(-exponent(self.currency))
