"""A bulk operation's file with any number of orders, as Shopify writes it for the import's query."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from benchmarks.bodies import FIRST_CUSTOMER, FIRST_ORDER, PLACED

_TITLES = ("Oud oil 12 ml", "Rose water", "Amber and musk candle", "Saffron, 2 g", "Gift box, small")
_YEARS = timedelta(days=3 * 365)
_AT_ONCE = 10_000


@dataclass(frozen=True, slots=True)
class Written:
    """What is in a file."""

    orders: int
    lines: int
    gross: int
    """Sum of all lines' original totals, in cents."""


def write(path: Path, orders: int) -> Written:
    """Orders of 1 to 3 lines from three years, a quarter as many customers; first the orders, then their lines."""
    step = _YEARS / max(1, orders)
    with path.open("w", encoding="utf-8") as file:
        for start in range(orders, 0, -_AT_ONCE):
            file.writelines(_order(number, step) for number in range(start, max(0, start - _AT_ONCE), -1))
        lines = gross = 0
        for start in range(orders, 0, -_AT_ONCE):
            for number in range(start, max(0, start - _AT_ONCE), -1):
                file.writelines(_line(number, at) for at in range(_lines_of(number)))
                lines += _lines_of(number)
                gross += sum(_cents(number, at) for at in range(_lines_of(number)))
    return Written(orders, lines, gross)


def _lines_of(number: int) -> int:
    return 1 + number % 3


def _cents(number: int, at: int) -> int:
    return 500 + (number * 37 + at * 911) % 9500


def _discount(number: int) -> int:
    return 150 if number % 5 == 0 else 0


def _code(number: int) -> str:
    return '"WELCOME10"' if number % 10 == 0 else ""


def _customer(number: int, orders_each: int = 4) -> int:
    # Spread over the years: a customer's orders do not stand together.
    return FIRST_CUSTOMER + number * 7919 % max(1, 1_000_000 // orders_each)


def _money(cents: int) -> str:
    return f'{{"shopMoney":{{"amount":"{cents // 100}.{cents % 100:02}"}}}}'


def _order(number: int, step: timedelta) -> str:
    placed = _text(PLACED - _YEARS + step * number)
    paid = sum(_cents(number, at) for at in range(_lines_of(number))) - _discount(number)
    refunded = paid // 2 if number % 50 == 0 else 0
    refund = f'{{"id":"gid://shopify/Refund/{FIRST_ORDER + number}","createdAt":"{placed}",'
    refunds = f'{refund}"totalRefundedSet":{_money(refunded)}}}' if refunded else ""
    status = "PARTIALLY_REFUNDED" if refunded else "PAID"
    return (
        f'{{"id":"gid://shopify/Order/{FIRST_ORDER + number}","name":"#{number}","createdAt":"{placed}",'
        f'"processedAt":"{placed}","updatedAt":"{placed}","cancelledAt":null,"test":false,'
        f'"displayFinancialStatus":"{status}","sourceName":"web","currencyCode":"USD","taxesIncluded":false,'
        f'"edited":false,"returnStatus":"NO_RETURN","customer":{{"id":"gid://shopify/Customer/{_customer(number)}",'
        f'"numberOfOrders":"4"}},"shippingAddress":{{"countryCodeV2":"US"}},"billingAddress":{{"countryCodeV2":"US"}},'
        f'"discountCodes":[{_code(number)}],"subtotalPriceSet":{_money(paid)},'
        f'"currentSubtotalPriceSet":{_money(paid - refunded)},"refundDiscrepancySet":{_money(0)},'
        f'"refunds":[{refunds}]}}\n'
    )


def _line(number: int, at: int) -> str:
    discount = _discount(number) if at == 0 else 0
    offer = '{"index":0,"title":"Summer"}' if discount and not _code(number) else "{}"
    allocations = f'{{"allocatedAmountSet":{_money(discount)},"discountApplication":{offer}}}' if discount else ""
    return (
        f'{{"id":"gid://shopify/LineItem/{number * 4 + at}","title":"{_TITLES[(number + at) % len(_TITLES)]}",'
        f'"quantity":1,"currentQuantity":1,"isGiftCard":false,"originalTotalSet":{_money(_cents(number, at))},'
        f'"taxLines":[],"discountAllocations":[{allocations}],'
        f'"product":{{"id":"gid://shopify/Product/{number % 200}"}},'
        f'"__parentId":"gid://shopify/Order/{FIRST_ORDER + number}"}}\n'
    )


def _text(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
