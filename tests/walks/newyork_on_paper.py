"""New York worked out by hand: what each order was worth, and the sums of each month in both bases.

Tax comes on top, tips and shipping are no sales. As of the last second of 2025, but for January 2026.
"""

from tests.walks.paper import F, Sums, kept, shopify

# day in New York, customer; what became of it
N1 = F("40.00")  # 01-15 Ada    with a tip of 5 and shipping of 8
N2 = F("65.00")  # 01-31 Ben    at 23:30, February in UTC
N2_BACK = F("65.00")  # 04-01        at 00:10
N3 = F("18.00") * 2  # 02-01 Ada    at 00:15
# N4               02-14 Cleo   a gift card alone: never a sale
N5 = F("25.00")  # 02-14 Cleo   a poster with a gift card
N6 = F("18.00")  # 02-28 guest  at 19:30, March in UTC
N7 = F("40.00")  # 02-28 Dan    at 23:59:59, cancelled 03-02
N7_BACK = F("40.00")  # 03-02
N10 = F("12.50")  # 03-08 Ben    at 23:30, 03-09 in UTC
N8 = F("12.50") * 2  # 03-09 Ada    at 01:59:59, the last second before the clock goes forward
N9 = F("25.00")  # 03-09 Ada    at 03:00, one second later
N11 = F("18.00")  # 03-09 Ben    at 23:45, 03-10 in UTC
N14 = F("25.00") - F("25.00")  # 03-20 Eve    free
# N15              03-21 Eve    a test
N16 = F("65.00")  # 03-22 Cleo   under a second account, merged 04-10; with a tip of 10
N12 = F("65.00")  # 03-31 Dan    at 23:59:30, April in UTC
N13 = F("18.00")  # 04-01 Dan    at 00:15; by winter's clock still March
N17 = F("40.00") - F("4.00")  # 04-15 Eve
N17_EDIT = F("18.00")  # 04-30        at 23:30, May in UTC: a mug is added
N18 = F("65.00") * 2  # 04-20 Finn   cancelled 04-21, no money back
N19 = F("40.00")  # 10-31 Finn   at 23:30, November in UTC
N20 = F("25.00")  # 11-01 Ben    at 23:59, 11-02 in UTC
N21 = F("18.00")  # 11-02 Gus    at 01:30, before the clock goes back
N22 = F("25.00")  # 11-02 Gus    at 01:30, an hour later
N23 = F("12.50")  # 11-02 guest  at 23:30
N24 = F("65.00")  # 11-30 Ada    at 23:59:59; by summer's clock December
N25 = F("18.00")  # 12-01 Ada    at 00:00
N28 = F("40.00")  # 12-03 Finn   authorized, expired 12-10
N29 = F("83.00") - F("8.30")  # 12-12 Dan    hoodie 65 less 6.50, mug 18 less 1.80
N29_BACK = F("65.00") - F("6.50")  # 12-20        the hoodie
N30 = F("25.00")  # 12-15 guest  at the till
N26 = F("40.00")  # 12-31 Eve    at 23:59:59, 2026 in UTC
N26_BACK = F("10.00")  # 2026-01-05   money alone
N27 = F("25.00")  # 2026-01-01 Eve at 00:00

K2, K17, K26, K29 = N2 - N2_BACK, N17 + N17_EDIT, N26 - N26_BACK, N29 - N29_BACK
JANUARY, FEBRUARY, MARCH, APRIL, MAY = (
    "2025-01-01..2025-01-31",
    "2025-02-01..2025-02-28",
    "2025-03-01..2025-03-31",
    "2025-04-01..2025-04-30",
    "2025-05-01..2025-05-31",
)
OCTOBER, NOVEMBER, DECEMBER = "2025-10-01..2025-10-31", "2025-11-01..2025-11-30", "2025-12-01..2025-12-31"
NEXT_JANUARY = "2026-01-01..2026-01-31"
AS_OF = "2025-12-31"
LATER = {NEXT_JANUARY: "2026-01-31"}
"""The one window that is looked at as of a later day."""

MARCH_SALES = N10 + N8 + N9 + N11 + N16 + N12
NOVEMBER_SALES = N20 + N21 + N22 + N23 + N24
KEPT_ALL = (N1 + K2) + (N3 + N5 + N6) + MARCH_SALES + (N13 + K17) + N19 + NOVEMBER_SALES + (N25 + K29 + N30 + K26)
KEPT_AGAIN = N3 + (MARCH_SALES - N12) + N13 + (N20 + N22 + N24) + (N25 + K29 + K26)
SOLD = (
    (N1 + N2)
    + (N3 + N5 + N6 + N7)
    + MARCH_SALES
    + (N13 + N17 + N18)
    + N19
    + NOVEMBER_SALES
    + (N25 + N28 + N29 + N30 + N26)
)
SHOPIFY_ALL = SOLD - N7_BACK - N2_BACK + N17_EDIT - N29_BACK
SHOPIFY_AGAIN = N3 + MARCH_SALES + (N13 + N17 + N17_EDIT) + N19 + (N20 + N22 + N24) + (N25 + N28 + N29 - N29_BACK + N26)
ALL_GUESTS = N6 + N23 + N30

# By orders; counts are orders, guests, customers, twice, again.
BY_ORDER: dict[tuple[str, str], Sums] = {
    (JANUARY, "kept"): kept(2, 0, 2, 0, 0, net=N1 + K2),
    # Ada again
    (FEBRUARY, "kept"): kept(3, 1, 2, 0, 1, net=N3 + N5 + N6, guests=N6, again=N3),
    # Ben and Ada twice and again, Cleo again; for Dan, whose first was cancelled, it is the first
    (MARCH, "kept"): kept(6, 0, 4, 2, 3, net=MARCH_SALES, again=N10 + N8 + N9 + N11 + N16),
    # Dan again; Eve's free order does not count
    (APRIL, "kept"): kept(2, 0, 2, 0, 1, net=N13 + K17, again=N13),
    (MAY, "kept"): kept(0, 0, 0, 0, 0, net=F(0)),
    (OCTOBER, "kept"): kept(1, 0, 1, 0, 0, net=N19),
    # Ben and Ada again, Gus twice and again
    (NOVEMBER, "kept"): kept(5, 1, 3, 1, 3, net=NOVEMBER_SALES, guests=N23, again=N20 + N22 + N24),
    # Ada, Dan, Eve again; the ten that went back in January are known by now
    (DECEMBER, "kept"): kept(4, 1, 3, 0, 3, net=N25 + K29 + N30 + K26, guests=N30, again=N25 + K29 + K26),
    (NEXT_JANUARY, "kept"): kept(1, 0, 1, 0, 1, net=N27, again=N27),
    # Ada, Ben, Cleo, Dan, Eve, Finn, Gus; Finn bought once
    ("all", "kept"): kept(23, 3, 7, 6, 6, net=KEPT_ALL, guests=ALL_GUESTS, again=KEPT_AGAIN),
    (JANUARY, "shopify"): shopify(2, 0, 2, 0, 0, sales=N1 + N2),
    (FEBRUARY, "shopify"): shopify(4, 1, 3, 0, 1, sales=N3 + N5 + N6 + N7, guests=N6, again=N3),
    # Eve's free order is one, and her first; Dan again; his cancelled one goes back
    (MARCH, "shopify"): shopify(7, 0, 5, 2, 4, sales=MARCH_SALES + N14, net=MARCH_SALES - N7_BACK, again=MARCH_SALES),
    # Dan and Eve again, Finn for the first time; Ben's first goes back
    (APRIL, "shopify"): shopify(
        3, 0, 3, 0, 2, sales=N13 + N17 + N18, net=N13 + N17 + N18 - N2_BACK + N17_EDIT, again=N13 + N17 + N17_EDIT
    ),
    (MAY, "shopify"): shopify(0, 0, 0, 0, 0, sales=F(0)),
    # Finn's cancelled order was his first
    (OCTOBER, "shopify"): shopify(1, 0, 1, 0, 1, sales=N19, again=N19),
    (NOVEMBER, "shopify"): shopify(5, 1, 3, 1, 3, sales=NOVEMBER_SALES, guests=N23, again=N20 + N22 + N24),
    # Ada, Finn, Dan, Eve again
    (DECEMBER, "shopify"): shopify(
        5,
        1,
        4,
        0,
        4,
        sales=N25 + N28 + N29 + N30 + N26,
        net=N25 + N28 + N29 - N29_BACK + N30 + N26,
        guests=N30,
        again=N25 + N28 + N29 - N29_BACK + N26,
    ),
    (NEXT_JANUARY, "shopify"): shopify(1, 0, 1, 0, 1, sales=N27, net=N27 - N26_BACK, again=N27 - N26_BACK),
    ("all", "shopify"): shopify(27, 3, 7, 7, 7, sales=SOLD, net=SHOPIFY_ALL, guests=ALL_GUESTS, again=SHOPIFY_AGAIN),
}

# By days: on 03-09 Ada bought twice; Gus bought on one day only, so that none of his orders is a later one.
BY_DAY = BY_ORDER | {
    (MARCH, "kept"): BY_ORDER[MARCH, "kept"]._replace(orders=5, twice=1),
    (NOVEMBER, "kept"): BY_ORDER[NOVEMBER, "kept"]._replace(orders=4, twice=0, again=2, net_again=N20 + N24),
    ("all", "kept"): BY_ORDER["all", "kept"]._replace(orders=21, twice=5, again=5, net_again=KEPT_AGAIN - N22),
    (MARCH, "shopify"): BY_ORDER[MARCH, "shopify"]._replace(orders=6, twice=1),
    (NOVEMBER, "shopify"): BY_ORDER[NOVEMBER, "shopify"]._replace(orders=4, twice=0, again=2, net_again=N20 + N24),
    ("all", "shopify"): BY_ORDER["all", "shopify"]._replace(orders=25, twice=6, again=6, net_again=SHOPIFY_AGAIN - N22),
}

# Gross sales, discounts and returns, as Shopify's sales report has them; the mug that was added on 04-30 is sold then.
MATCH = {
    JANUARY: (N1 + N2, F(0), F(0)),
    FEBRUARY: (N3 + N5 + N6 + N7, F(0), F(0)),
    MARCH: (MARCH_SALES + F("25.00"), F("25.00"), N7_BACK),
    APRIL: (N13 + F("40.00") + N18 + N17_EDIT, F("4.00"), N2_BACK),
    OCTOBER: (N19, F(0), F(0)),
    NOVEMBER: (NOVEMBER_SALES, F(0), F(0)),
    DECEMBER: (N25 + N28 + F("83.00") + N30 + N26, F("8.30"), N29_BACK),
}
