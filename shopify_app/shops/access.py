"""Which feature needs which permission, and what a shop that has not given it goes without."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from shopify import ApiAccess, ApiAccessError

ALL_ORDERS = "read_all_orders"
SHOWN = timedelta(days=60)
"""How far back Shopify shows orders to an app without it."""


@dataclass(frozen=True, slots=True)
class Need:
    """One feature's permission; `protected` marks data that Shopify opens only after its own review."""

    feature: str
    scope: str
    protected: bool
    without: str
    """What happens without it: a key of the translation catalogues."""
    also: str | None = None
    """Another permission that is asked for with it, and of no use by itself."""

    @property
    def asked(self) -> str:
        """What is asked for, with spaces between."""
        return f"{self.scope} {self.also}" if self.also else self.scope


NEEDS = (
    Need("orders", "read_orders", True, "No numbers can be worked out without permission to read orders."),
    Need("customers", "read_customers", True, "Orders count, but no customer does: Wafa cannot see who bought."),
    Need("merges", "read_customer_merge", False, "Customers that were merged may count twice for a while."),
    Need("products", "read_products", False, "Orders appear without the names of their products."),
    Need("history", ALL_ORDERS, True, "Only orders of the 60 days before installation can be seen."),
)


REWARDS = Need(
    "rewards",
    "write_discounts",
    False,
    "At the first code, Shopify asks you to let Wafa make discounts. Until then, points can only be earned.",
)
CREDIT = Need(
    "store credit",
    "write_store_credit_account_transactions",
    False,
    "Shopify asks you first to let Wafa pay store credit. Without that, no store credit is offered as a reward.",
    also="read_store_credit_accounts",
)
POINTS_SHOWN = Need(
    "points",
    "write_customers",
    True,
    "Shopify asks you first to let Wafa change customers. Without that, only Wafa knows how many points somebody has.",
)
"""The permission is the one of segments, which stands among the optional ones."""
OPTIONAL = (
    Need(
        "reports",
        "read_reports",
        True,
        "Shopify asks you first to let Wafa see its reports. Without that, copy the numbers from Analytics > Reports.",
    ),
    Need(
        "segments",
        "write_customers",
        True,
        "Shopify asks you first to let Wafa change customers. Without that, download the segment as a file.",
    ),
    REWARDS,
    CREDIT,
)
"""Permissions that are asked for where they are of use, and that nothing else needs: not to give one is no fault."""


UNAPPROVED = (
    "Shopify has not yet approved Wafa to read orders and customers, so it cannot read yours. None of your own "
    "permissions would change that: there is nothing for you to do.",
    "Whoever runs Wafa must ask Shopify for it: in the Partner Dashboard under API access, Protected customer data "
    "access, level 1.",
    "Once Shopify agrees, your orders are read by themselves, in the following night at the latest.",
)
"""What is missing where Shopify has not approved the app itself for whatever is protected, and how it is asked for."""


TELLING = tuple(need.scope for need in NEEDS if need.feature != "merges")
"""Permissions that show more of the orders that have been read already: with a new one they are read again."""


def missing_scopes(granted: str, required: Iterable[str]) -> tuple[str, ...]:
    """The required scopes that the comma-separated grant does not cover; writing implies reading."""
    held = frozenset(filter(None, (scope.strip() for scope in granted.split(","))))
    return tuple(scope for scope in required if not _covered(scope, held))


def lacking(granted: str) -> tuple[Need, ...]:
    """The features that this grant does not reach."""
    missing = missing_scopes(granted, (need.scope for need in NEEDS))
    return tuple(need for need in NEEDS if need.scope in missing)


def allows(granted: str, scope: str) -> bool:
    """Whether this grant reaches as far as the scope."""
    return not missing_scopes(granted, (scope,))


def _covered(scope: str, held: frozenset[str]) -> bool:
    if scope in held:
        return True
    try:
        wanted = ApiAccess([scope])
    except ApiAccessError:  # customer_* scopes imply nothing and are not in its grammar
        return False
    return any(_implies(one, wanted) for one in held)


def _implies(held: str, wanted: ApiAccess) -> bool:
    try:
        return bool(ApiAccess([held]).covers(wanted))
    except ApiAccessError:
        return False
