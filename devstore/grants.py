"""What the app has been granted in a shop beyond what it needs: asked for later, and taken back at will."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from devstore.shop import Shop

Detail = dict[str, list[str]]


def detail(shop: "Shop") -> Detail:
    """What App Bridge tells of a shop's scopes."""
    granted = shop.installation.scopes if shop.installation and shop.installation.active else ()
    return {"granted": list(granted), "required": list(shop.scopes), "optional": list(shop.store.optional_scopes)}


def grant(shop: "Shop", scopes: Sequence[str]) -> Detail:
    """Grant more scopes; sends app/scopes_update. ValueError for one that the app has not declared."""
    known = detail(shop)
    if undeclared := set(scopes) - {*known["required"], *known["optional"]}:
        raise ValueError(f"the app has not declared {', '.join(sorted(undeclared))}")
    if set(scopes) - set(known["granted"]):
        shop.set_scopes([*known["granted"], *(one for one in scopes if one not in known["granted"])])
    return detail(shop)


def revoke(shop: "Shop", scopes: Sequence[str]) -> Detail:
    """Take optional scopes back; sends app/scopes_update. ValueError for one that is not optional."""
    known = detail(shop)
    if needed := set(scopes) - set(known["optional"]):
        raise ValueError(f"{', '.join(sorted(needed))} can only be taken back by uninstalling the app")
    if set(scopes) & set(known["granted"]):
        shop.set_scopes([one for one in known["granted"] if one not in scopes])
    return detail(shop)


def with_optional(shop: "Shop", scopes: Sequence[str]) -> tuple[str, ...]:
    """These scopes, and what was granted of the optional ones before: a new consent takes nothing back."""
    known = detail(shop)
    held = [one for one in known["granted"] if one in known["optional"] and one not in scopes]
    return (*scopes, *held)
