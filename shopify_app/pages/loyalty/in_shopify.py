"""Loyalty, a part of the programme's page: whether everybody's points stand in Shopify, and having them stand there."""

from dataclasses import dataclass

from flask import Blueprint, Response

from shopify_app.admin_api.pacing import Pace
from shopify_app.embedded.parts import parts
from shopify_app.embedded.request import current_shop
from shopify_app.embedded.screen import answer, link, words
from shopify_app.errors import AppError, Malformed
from shopify_app.loyalty.outward.asking import keep_points_in_step
from shopify_app.loyalty.programme.queries import versions_of
from shopify_app.segments.outward.asking import DENIED
from shopify_app.shops.access import POINTS_SHOWN, allows
from shopify_app.shops.granted import learn_scopes

blueprint = Blueprint("points_in_shopify", __name__, url_prefix="/loyalty")


@dataclass(frozen=True, slots=True)
class InShopify:
    """What the programme's page says of it."""

    sentence: str
    scope: str | None
    """The permission to be asked for first; None where it has been given."""
    url: str


class ShowingDenied(AppError):
    """The merchant has not granted the permission, or has taken it back."""

    status = 403

    def __init__(self) -> None:
        super().__init__(DENIED)


def in_shopify(scopes: str) -> InShopify:
    """What there is to say, by the permissions that were given."""
    url = link("/loyalty/shown")
    if allows(scopes, POINTS_SHOWN.scope):
        sentence = words().text("Each customer's page in Shopify shows their points, too.")
        return InShopify(sentence, None, url)
    return InShopify(words().text(POINTS_SHOWN.without), POINTS_SHOWN.scope, url)


@blueprint.post("/shown")
def show_points() -> Response:
    """Have everybody's points stand in Shopify from now on."""
    here = current_shop()
    with parts().database.reading() as session:
        if not versions_of(session, here.id):
            raise Malformed("There is no programme yet. Choose one first.")
    if not allows(here.scopes, POINTS_SHOWN.scope):
        # It may have been given a second ago.
        granted = learn_scopes(parts().database, parts().admin, here.id, parts().clock, Pace.WAITING)
        if not allows(",".join(granted), POINTS_SHOWN.scope):
            raise ShowingDenied
    with parts().database.transaction() as session:
        keep_points_in_step(session, here.id, here.staff_id, parts().clock())
    return answer({"go": link("/loyalty"), "message": words().text("It is being written in Shopify.")})
