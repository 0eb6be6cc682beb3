"""Taking tax out of prices that include it. Pure; amounts in minor units.

Shopify tells the tax on what was paid for a line, and whether the order's prices include it (Order.taxesIncluded).
"""

from collections.abc import Sequence
from fractions import Fraction

from msgspec.structs import replace

from shopify_app.orders.facts import LineFacts


def line_before_tax(line: LineFacts, tax: int, rates: Sequence[Fraction]) -> LineFacts:
    """The line as if tax came on top.

    What was paid loses exactly the tax that Shopify names. The price before discounts loses what the rates say, where
    they explain that tax but for its rounding, else its share of it: of a line that was all but given away, the tax
    says little.
    """
    paid, rate = line.gross - line.discount, 1 + sum(rates, Fraction())
    explained = paid - half_up(paid * rate.denominator, rate.numerator)
    if abs(explained - tax) <= len(rates):
        gross = half_up(line.gross * rate.denominator, rate.numerator)
    else:
        gross = line.gross - half_up(line.gross * tax, paid) if paid > 0 else line.gross
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
