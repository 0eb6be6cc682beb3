"""Asking Shopify for its own figures of a period, and saying what to do where it does not tell them."""

from shopify_app.admin_api.client import AdminApi
from shopify_app.admin_api.errors import AccessDenied
from shopify_app.admin_api.pacing import Pace
from shopify_app.clock import Clock
from shopify_app.db.base import Database, ShopId
from shopify_app.errors import AppError, Malformed
from shopify_app.retention.matching.report import COLUMNS, Question, read_figures
from shopify_app.retention.window import Window
from shopify_app.shops.granted import learn_scopes

REPORTS = "read_reports"
_TRIES = 1 + sum(map(len, COLUMNS.values()))
"""Each answer may find fault with one more name."""


class ReportsDenied(AppError):
    """The merchant has not granted the permission, or has taken it back."""

    status = 403

    def __init__(self) -> None:
        super().__init__("Wafa may not see Shopify's reports. Press the button to allow it, or type the numbers in.")


class ReportsNotApproved(AppError):
    """Shopify has not approved the app for level 2 of protected customer data, which reports need."""

    status = 403

    def __init__(self) -> None:
        super().__init__(
            "Shopify has not yet approved Wafa to read its reports. None of your own permissions would change that: "
            "type the numbers in."
        )


class ReportsUnreadable(AppError):
    """Shopify's reports are no longer as we know them."""

    status = 502

    def __init__(self) -> None:
        super().__init__("Shopify's reports are not as Wafa knows them, so it cannot read them: type the numbers in.")


def shopify_figures(
    database: Database, admin: AdminApi, shop: ShopId, window: Window, currency: str, clock: Clock
) -> dict[str, str]:
    """Each row's figure as it would be typed, as far as Shopify tells it.

    Raises what says what to do instead: ReportsDenied, ReportsNotApproved, ReportsUnreadable, or one of
    admin_api.errors.
    """
    try:
        return _asked(admin, shop, window, currency)
    except AccessDenied:
        # By its words alone the merchant's permission cannot be told from Shopify's approval.
        granted = REPORTS in learn_scopes(database, admin, shop, clock, Pace.WAITING)
        raise (ReportsNotApproved() if granted else ReportsDenied()) from None


def _asked(admin: AdminApi, shop: ShopId, window: Window, currency: str) -> dict[str, str]:
    question = Question.usual()
    for _ in range(_TRIES):
        text = question.text(window.start, window.end)
        told = admin.run(shop, "shopify_report", pace=Pace.WAITING, query=text)["shopifyqlQuery"]
        if told is None:
            break
        if not told["parseErrors"]:
            return _read(told["tableData"], question, currency)
        question, before = question.without(told["parseErrors"]), question
        if question == before or not question.columns:
            break
    raise ReportsUnreadable


def _read(table: dict[str, object] | None, question: Question, currency: str) -> dict[str, str]:
    try:
        return read_figures((table or {}).get("rows"), question, currency)
    except Malformed:
        raise ReportsUnreadable from None
