"""What can go wrong between us and the Admin API, by what the caller can do about it."""

from collections.abc import Mapping, Sequence
from typing import Any

from shopify_app.errors import AppError


class AccessRevoked(AppError):
    """No token that Shopify accepts: uninstalled, or the grant ran out. Only the merchant can mend it."""

    status = 401

    def __init__(self) -> None:
        super().__init__("Shopify no longer lets Wafa in. Open Wafa from your Shopify admin, then try again.")


class AccessDenied(AppError):
    """The token is good but does not reach this far: a missing permission."""

    status = 403

    def __init__(self, missing: str = "") -> None:
        super().__init__("Wafa does not have a permission that it needs here. Open Wafa to review its permissions.")
        self.missing = missing


class NotApproved(AccessDenied):
    """Shopify has not approved the app for protected customer data. Its operator asks for that, no merchant can."""

    def __init__(self) -> None:
        super().__init__()
        self.message = "Shopify has not approved Wafa for reading orders and customers."


class ShopClosed(AppError):
    """Shopify says that the shop is frozen, locked or gone (HTTP 402, 423, 404)."""

    status = 409

    def __init__(self) -> None:
        super().__init__("Shopify says that this shop is paused or closed. Try again once it is open.")


class Throttled(AppError):
    """The shop's call allowance stayed empty for longer than we were ready to wait."""

    status = 503

    def __init__(self, wait: float) -> None:
        super().__init__("Shopify asks us to slow down. Please try again in a minute.")
        self.wait = wait
        """Seconds after which Shopify said there would be room."""


class Unavailable(AppError):
    """No usable answer: network, time-out, 5xx. After a mutation its outcome is unknown."""

    status = 502

    def __init__(self, detail: str = "") -> None:
        super().__init__("Shopify could not be reached. Please try again in a minute.")
        self.detail = detail
        """For the log; never shown."""


class Silent(Unavailable):
    """Nothing came within the time-out: who waited that long does not wait for it again at once."""


class ResultGone(AppError):
    """A bulk operation's file is no longer there: its address lives for seven days."""

    status = 502

    def __init__(self) -> None:
        super().__init__("The file that Shopify prepared is no longer there. Please try again.")


class Rejected(AppError):
    """Shopify understood and said no, by a rule of its own."""

    status = 422

    def __init__(self, errors: Sequence[Mapping[str, Any]]) -> None:
        super().__init__("Shopify did not accept this request.")
        self.errors = tuple(errors)

    @property
    def codes(self) -> frozenset[str]:
        """The codes of the errors, for those that have one."""
        found = (error.get("code") or (error.get("extensions") or {}).get("code") for error in self.errors)
        return frozenset(str(code) for code in found if code)

    def __str__(self) -> str:
        return "; ".join(str(error.get("message", "")) for error in self.errors)
