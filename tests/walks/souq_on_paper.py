"""The souq worked out by hand: what each order was worth, and the sums of each month in both bases.

Prices include 15 % tax: of what was paid for a line, paid x 15 / 115 is tax, rounded to the halala. Money that goes
back without pieces (S2) holds no tax that Shopify names. AED and USD are what customers saw; all of this is SAR.
"""

from tests.walks.paper import F, Sums, kept, shopify

AS_OF = "2025-12-31"

# day, customer          paid         tax        what became of it
S1 = F("345.00") - F("45.00")  # 01-03 Noura     at the door, paid 01-06
S2 = F("230.00") - F("30.00")  # 01-05 Sara
S2_BACK = F("50.00")  # 02-10           money alone
S3 = F("230.00") - F("30.00")  # 01-08 Layla     saw AED
S4 = F("99.00") - F("12.91")  # 01-10 Mohammed  at the door, refused: cancelled 01-14, voided; 12.913 of tax
S4_BACK = S4  # 01-14
S5 = F("92.00") - F("12.00")  # 01-12 a guest
S8 = F("134.10") - F("17.49") + F("89.10") - F("11.62")  # 01-15 Emily  saw USD; 24.80 off 149 + 99: 14.90 and 9.90
S6 = F("207.00") - F("27.00")  # 01-20 Noura     three scarves
S6_BACK = F("69.00") - F("9.00")  # 01-25           one of them
S9 = F("575.00") - F("75.00")  # 01-22 Hind      at the door, pending for ever: given up after 30 days
S7 = F("80.00") - F("10.43")  # 02-01 Sara      at 01:30, still January in UTC; 10.4348 of tax
S10 = F("115.00") - F("15.00")  # 02-03 Mohammed  at the door, paid 02-05
S11 = F("414.00") - F("54.00")  # 02-08 Layla     abaya 345 and scarf 69, saw AED
S11_EDIT = F("100.00") - F("60.00")  # 02-15           scarf off, shawl on
S11_BACK = F("345.00") - F("45.00")  # 04-02           the abaya
S12 = F("460.00") - F("60.00")  # 02-14 Faisal    two perfumes, at the door, paid 02-17
S12_EDIT = F("300.00") - F("200.00")  # 02-16           one perfume off, abaya on
S13 = F("138.00") - F("18.00")  # 02-20 Emily     saw USD; on 02-24 the shipping alone went back: no sale, no refund
# S15                            02-28 Abdullah  a gift card alone: never a sale
S14 = F("198.00") - F("25.83")  # 02-28 Noura     at 23:59:30; two incenses, 25.826 of tax
S14_BACK = F("99.00") - F("12.91")  # 03-04           one of them, with the smaller half of the tax
S16 = F("400.00") - F("52.17")  # 03-01 Reem      at 00:10, still February in UTC; 52.1739 of tax; paid 03-03
S17 = F("69.00") - F("9.00")  # 03-05 Hind      at the door, refused: cancelled 03-09, voided
S17_BACK = S17  # 03-09
S18 = F("230.00") - F("30.00")  # 03-10 Abdullah  with a gift card, which is left out
# S19                            03-12 Noura     a test
S20 = F("46.00") - F("46.00")  # 03-15 Sara      free
S21 = F("575.00") - F("75.00")  # 03-18 Layla     saw AED
S21_BACK = S21  # 03-25           all of it, and the shipping
S22 = F("99.00") - F("12.91")  # 03-18 Layla     the same day
S23 = F("115.00") - F("15.00")  # 03-20 a guest   at the door, paid 03-22
S24 = F("345.00") - F("45.00")  # 03-29 Mohammed
S24_EDIT = F("200.00") - F("300.00")  # 04-05           abaya off, perfume on; 115.00 went back for it: no refund more
S25 = F("46.00") - F("6.00")  # 04-01 Faisal    at 00:30, still March in UTC
S26 = F("268.20") - F("34.98")  # 04-10 Reem      saw USD; two burners at 149 less 29.80; 34.983 of tax
S26_BACK = F("134.10") - F("17.49")  # 04-20           one of them
S27 = F("69.00") - F("9.00")  # 04-10 Reem      the same day
S28 = F("230.00") - F("30.00")  # 04-12 Sara      at the door, paid 04-15, cancelled 04-18
S28_BACK = S28  # 04-18
S29 = F("115.00") - F("15.00")  # 04-25 Emily     saw USD
S30 = F("46.00") - F("6.00")  # 04-30 a guest

# Each order with what became of it, as basis kept has it on the order's own day.
K2, K6, K14, K21, K26 = S2 - S2_BACK, S6 - S6_BACK, S14 - S14_BACK, S21 - S21_BACK, S26 - S26_BACK
K11, K12, K24 = S11 + S11_EDIT - S11_BACK, S12 + S12_EDIT, S24 + S24_EDIT

# What came back or was exchanged, as basis shopify has it on that day.
JANUARY_BACK = -S4_BACK - S6_BACK
FEBRUARY_BACK = -S2_BACK + S11_EDIT + S12_EDIT
MARCH_BACK = -S14_BACK - S17_BACK - S21_BACK
APRIL_BACK = -S11_BACK + S24_EDIT - S28_BACK - S26_BACK

KEPT_NET = {
    # S4 was cancelled, S9 never paid
    1: S1 + K2 + S3 + S5 + S8 + K6,
    2: S7 + S10 + K11 + K12 + S13 + K14,
    # S17 was cancelled, S20 was free
    3: S16 + S18 + K21 + S22 + S23 + K24,
    # S28 was cancelled
    4: S25 + K26 + S27 + S29 + S30,
}
KEPT_AGAIN = {
    1: K6,
    # Sara, Layla, Emily and Noura; for Mohammed, whose refused order does not count, S10 is the first
    2: S7 + K11 + S13 + K14,
    # Layla's third and fourth, Mohammed's second
    3: K21 + S22 + K24,
    4: S25 + K26 + S27 + S29,
}
SOLD = {
    1: S1 + S2 + S3 + S4 + S5 + S8 + S6 + S9,
    2: S7 + S10 + S11 + S12 + S13 + S14,
    3: S16 + S17 + S18 + S20 + S21 + S22 + S23 + S24,
    4: S25 + S26 + S27 + S28 + S29 + S30,
}
SHOPIFY_NET = {
    1: SOLD[1] + JANUARY_BACK,
    2: SOLD[2] + FEBRUARY_BACK,
    3: SOLD[3] + MARCH_BACK,
    4: SOLD[4] + APRIL_BACK,
}
SHOPIFY_AGAIN = {
    1: S6 - S6_BACK,
    # Mohammed's second too
    2: S7 + S10 + S11 + S11_EDIT + S13 + S14,
    # Hind's second came back; of Noura's third one piece
    3: S17 - S17_BACK + S20 + S21 - S21_BACK + S22 + S24 - S14_BACK,
    4: S25 + S26 - S26_BACK + S27 + S28 - S28_BACK + S29 - S11_BACK + S24_EDIT,
}

JANUARY, FEBRUARY, MARCH, APRIL, MAY = (
    "2025-01-01..2025-01-31",
    "2025-02-01..2025-02-28",
    "2025-03-01..2025-03-31",
    "2025-04-01..2025-04-30",
    "2025-05-01..2025-05-31",
)
G1, G3, G4 = S5, S23, S30
KEPT = [sum(KEPT_NET.values()), sum(KEPT_AGAIN.values())]
ALL = [sum(SOLD.values()), sum(SHOPIFY_NET.values()), sum(SHOPIFY_AGAIN.values())]

# By orders; counts are orders, guests, customers, twice, again.
BY_ORDER: dict[tuple[str, str], Sums] = {
    # Noura twice; she again
    (JANUARY, "kept"): kept(6, 1, 4, 1, 1, net=KEPT_NET[1], guests=G1, again=KEPT_AGAIN[1]),
    # Sara, Layla, Emily, Noura again
    (FEBRUARY, "kept"): kept(6, 0, 6, 0, 4, net=KEPT_NET[2], again=KEPT_AGAIN[2]),
    # Reem, Abdullah, Layla twice, Mohammed; the last two again
    (MARCH, "kept"): kept(6, 1, 4, 1, 2, net=KEPT_NET[3], guests=G3, again=KEPT_AGAIN[3]),
    # Faisal, Reem twice, Emily, all again
    (APRIL, "kept"): kept(5, 1, 3, 1, 3, net=KEPT_NET[4], guests=G4, again=KEPT_AGAIN[4]),
    (MAY, "kept"): kept(0, 0, 0, 0, 0, net=F(0)),
    # All but Hind, who kept nothing; Abdullah bought once
    ("all", "kept"): kept(23, 3, 8, 7, 7, net=F(KEPT[0]), guests=G1 + G3 + G4, again=F(KEPT[1])),
    # Mohammed's refused order counts
    (JANUARY, "shopify"): shopify(8, 1, 6, 1, 1, sales=SOLD[1], net=SHOPIFY_NET[1], guests=G1, again=SHOPIFY_AGAIN[1]),
    (FEBRUARY, "shopify"): shopify(6, 0, 6, 0, 5, sales=SOLD[2], net=SHOPIFY_NET[2], again=SHOPIFY_AGAIN[2]),
    # Reem, Hind, Abdullah, Sara, Layla twice, Mohammed; Reem and Abdullah for the first time
    (MARCH, "shopify"): shopify(8, 1, 6, 1, 4, sales=SOLD[3], net=SHOPIFY_NET[3], guests=G3, again=SHOPIFY_AGAIN[3]),
    # Faisal, Reem twice, Sara, Emily, all again
    (APRIL, "shopify"): shopify(6, 1, 4, 1, 4, sales=SOLD[4], net=SHOPIFY_NET[4], guests=G4, again=SHOPIFY_AGAIN[4]),
    (MAY, "shopify"): shopify(0, 0, 0, 0, 0, sales=F(0)),
    # Abdullah alone bought once
    ("all", "shopify"): shopify(28, 3, 9, 8, 8, sales=F(ALL[0]), net=F(ALL[1]), guests=G1 + G3 + G4, again=F(ALL[2])),
}

# By days: on 03-18 Layla and on 04-10 Reem bought twice, and for neither was it the first day.
BY_DAY = BY_ORDER | {
    (MARCH, "kept"): BY_ORDER[MARCH, "kept"]._replace(orders=5, twice=0),
    (APRIL, "kept"): BY_ORDER[APRIL, "kept"]._replace(orders=4, twice=0),
    ("all", "kept"): BY_ORDER["all", "kept"]._replace(orders=21),
    (MARCH, "shopify"): BY_ORDER[MARCH, "shopify"]._replace(orders=7, twice=0),
    (APRIL, "shopify"): BY_ORDER[APRIL, "shopify"]._replace(orders=5, twice=0),
    ("all", "shopify"): BY_ORDER["all", "shopify"]._replace(orders=26),
}

# Gross sales, discounts and returns, as Shopify's sales report has them. Before discounts S8 was 149 and 99, S20 was
# 46, S26 twice 149: each price without its tax. What an exchange adds is sold, what it takes off is returned.
S8_DISCOUNT = F("129.57") + F("86.09") - S8
S20_DISCOUNT = F("40.00")
S26_DISCOUNT = F("259.13") - S26
MATCH = {
    JANUARY: (SOLD[1] + S8_DISCOUNT, S8_DISCOUNT, S4_BACK + S6_BACK),
    FEBRUARY: (SOLD[2] + F("100.00") + F("300.00"), F(0), S2_BACK + F("60.00") + F("200.00")),
    MARCH: (SOLD[3] + S20_DISCOUNT, S20_DISCOUNT, S14_BACK + S17_BACK + S21_BACK),
    APRIL: (SOLD[4] + S26_DISCOUNT + F("200.00"), S26_DISCOUNT, S11_BACK + F("300.00") + S28_BACK + S26_BACK),
    MAY: (F(0), F(0), F(0)),
}
