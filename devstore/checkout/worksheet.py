"""Works out what discounts take off a cart: first off products, then off the whole order, then off the shipping.

Of several discounts on products each line gets the one that is best for it, as in shops without Shopify Plus.
"""

from collections.abc import Sequence
from fractions import Fraction

from devstore.checkout.cart import Goods
from devstore.discounts.records import BXGY, ORDER, PRODUCT, SHIPPING, Discount, Value
from devstore.money import spread
from devstore.pricing import Application, Pricing

Taken = list[tuple[int, int]]


def worked_out(goods: Sequence[Goods], shipping: int, found: Sequence[tuple[str, Discount]]) -> Pricing:
    """What these discounts, each with its code as it was typed, take off the goods and off the shipping."""
    lines: list[Taken] = [[] for _ in goods]
    for line, (place, amount) in enumerate(_best(goods, found)):
        if amount:
            lines[line].append((place, amount))
    for place, (_, discount) in enumerate(found):
        if discount.applies_to == ORDER:
            left = [one.total - sum(amount for _, amount in taken) for one, taken in zip(goods, lines, strict=True)]
            for taken, amount in zip(lines, _off_order(discount, goods, left), strict=True):
                taken += [(place, amount)] if amount else []
    free = [(place, shipping) for place, (_, discount) in enumerate(found) if discount.applies_to == SHIPPING][:1]
    told = tuple(_told(place, *one, [*lines, free]) for place, one in enumerate(found))
    return Pricing(told, tuple(tuple(taken) for taken in lines), tuple(free))


def _best(goods: Sequence[Goods], found: Sequence[tuple[str, Discount]]) -> list[tuple[int, int]]:
    """For each line the discount on products that takes most off it, and what that is."""
    offers = [(place, off_products(one, goods)) for place, (_, one) in enumerate(found) if one.applies_to == PRODUCT]
    return [
        max(((place, amounts[line]) for place, amounts in offers), key=lambda one: one[1], default=(0, 0))
        for line in range(len(goods))
    ]


def off_products(discount: Discount, goods: Sequence[Goods]) -> list[int]:
    """What a discount on products takes off each line."""
    value = discount.value
    if discount.kind == BXGY:
        return [_of_pieces(value, one, got) for one, got in zip(goods, pieces_got(discount, goods), strict=True)]
    meant = [one.total if one.meant(discount.gets) else 0 for one in goods]
    if value.share is None and not value.on_each:
        return spread(min(value.amount, sum(meant)), meant)
    return [_of_pieces(value, one, one.quantity) if total else 0 for one, total in zip(goods, meant, strict=True)]


def _of_pieces(value: Value, one: Goods, pieces: int) -> int:
    if value.share is None:
        return min(value.amount, one.product.price) * pieces
    return _rounded(one.product.price * pieces * value.share)


def _off_order(discount: Discount, goods: Sequence[Goods], left: Sequence[int]) -> list[int]:
    meant = [rest if one.meant(discount.gets) else 0 for one, rest in zip(goods, left, strict=True)]
    value, whole = discount.value, sum(meant)
    if value.share is None and value.on_each:
        each = [value.amount * one.quantity for one in goods]
        return [min(amount, rest) for amount, rest in zip(each, meant, strict=True)]
    return spread(min(value.amount, whole) if value.share is None else _rounded(whole * value.share), meant)


def _rounded(amount: Fraction) -> int:
    """To the nearest unit, halves up."""
    return int(amount + Fraction(1, 2))


def pieces_got(discount: Discount, goods: Sequence[Goods]) -> list[int]:
    """How many pieces of each line a buy-X-get-Y discount is for: the cheapest, and none that must be bought for it."""
    limit = discount.uses_per_order or sum(one.quantity for one in goods)
    got = [0] * len(goods)
    for times in range(1, limit + 1):
        wanted = _cheapest(discount, goods, times * (discount.value.pieces or 1))
        if sum(wanted) <= sum(got) or not _bought(discount, goods, wanted, times):
            break
        got = wanted
    return got


def _cheapest(discount: Discount, goods: Sequence[Goods], pieces: int) -> list[int]:
    wanted = [0] * len(goods)
    for line in sorted(range(len(goods)), key=lambda at: goods[at].product.price):
        if goods[line].meant(discount.gets):
            wanted[line] = min(goods[line].quantity, pieces)
            pieces -= wanted[line]
    return wanted


def _bought(discount: Discount, goods: Sequence[Goods], got: Sequence[int], times: int) -> bool:
    rest = [(one, one.quantity - free) for one, free in zip(goods, got, strict=True) if one.meant(discount.buys)]
    amount, quantity = discount.minimum
    if amount is not None:
        return sum(one.product.price * pieces for one, pieces in rest) >= amount * times
    return sum(pieces for _, pieces in rest) >= (quantity or 1) * times


def _told(place: int, code: str, discount: Discount, taken: Sequence[Taken]) -> Application:
    amount = sum(given for line in taken for at, given in line if at == place)
    if discount.applies_to == SHIPPING:
        return Application("discount_code", code, "shipping_line", amount, Fraction(1), "each")
    share, selection = discount.value.share, "all" if discount.gets.everything else "entitled"
    each = discount.value.on_each or (share is not None and discount.applies_to == PRODUCT)
    return Application("discount_code", code, "line_item", amount, share, "each" if each else "across", selection)
