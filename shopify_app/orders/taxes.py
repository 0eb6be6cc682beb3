"""Taking tax out of prices that include it. Pure; amounts in minor units.

Shopify tells the tax on what was paid for a line, and whether the order's prices include it (Order.taxesIncluded).
"""

from collections.abc import Sequence
from fractions import Fraction

from msgspec.structs import replace

from shopify_app.orders.facts import LineFacts


def line_before_tax(line: LineFacts, tax: int, rates: Sequence[float]) -> LineFacts:
    """The line as if tax came on top.

    What was paid loses exactly the tax that Shopify names. The price before discounts loses its share of it, or, where
    nothing was paid, what the rates say.
    """
    paid = line.gross - line.discount
    if tax and paid > 0:
        gross = line.gross - half_up(line.gross * tax, paid)
    else:
        # The shortest spelling of a rate is the one that was meant: 0.15, and no binary neighbour of it.
        rate = sum((Fraction(repr(each)) for each in rates), Fraction())
        gross = half_up(line.gross * rate.denominator, (1 + rate).numerator) if not paid else line.gross
    gross = max(gross, paid - tax)
    return replace(line, gross=gross, discount=gross - (paid - tax))


def tax_given_back(tax: int, quantity: int, current: int) -> tuple[int, bool]:
    """The tax on those pieces of a line that were taken off, and whether it is exact: it may have been rounded."""
    taken = quantity - current
    if quantity <= 0 or not tax or not taken:
        return 0, True
    return half_up(tax * taken, quantity), current == 0


def half_up(amount: int, of: int) -> int:
    """Divide `amount` by `of`, rounded to the nearest whole number, halves away from zero; `of` is positive."""
    whole, rest = divmod(abs(amount), of)
    nearest = whole + (2 * rest >= of)
    return nearest if amount >= 0 else -nearest
