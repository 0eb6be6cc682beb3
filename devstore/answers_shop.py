"""How the Admin API answers for the shop, the app's installation and bulk operations."""

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from devstore.answer_kinds import Answer, fixed, plain
from devstore.pages import iso
from devstore.sources import Arguments, Ask

if TYPE_CHECKING:
    from devstore.shop import Shop

_DESCRIPTIONS = {
    "read_orders": "Read orders",
    "read_all_orders": "Read all orders, those older than 60 days too",
    "read_customers": "Read customers",
    "read_customer_merge": "Read merges of customers",
    "read_products": "Read products",
    "read_reports": "Read reports",
    "write_customers": "Change customers",
    "write_discounts": "Make and change discounts",
    "read_discounts": "Read discounts",
}


def scope(handle: str) -> dict[str, str]:
    """An access scope with a few words for people."""
    words = handle.replace("_", " ")
    return {"handle": handle, "description": _DESCRIPTIONS.get(handle, words[:1].upper() + words[1:])}


def _scopes(_source: Any, ask: Ask, _arguments: Arguments) -> list[dict[str, str]]:
    return [scope(handle) for handle in ask.installation.scopes]


def _app(_source: Any, ask: Ask, _arguments: Arguments) -> dict[str, Any]:
    store = ask.shop.store
    return {
        "id": "gid://shopify/App/1300001",
        "apiKey": store.api_key,
        "embedded": True,
        "handle": store.app_handle,
        "title": store.app_title,
    }


def _offset(shop: "Shop", ask: Ask) -> timedelta:
    return ask.now.astimezone(shop.zone).utcoffset() or timedelta()


def _offset_text(shop: "Shop", ask: Ask, _arguments: Arguments) -> str:
    return ask.now.astimezone(shop.zone).strftime("%z")


def _domain(shop: "Shop", _ask: Ask, _arguments: Arguments) -> dict[str, Any]:
    url = f"https://{shop.domain}"
    return {"id": f"gid://shopify/Domain/{shop.id}", "host": shop.domain, "url": url, "sslEnabled": True}


SHOP_ANSWERS: dict[str, dict[str, Answer]] = {
    "Shop": {
        "id": plain(lambda shop: f"gid://shopify/Shop/{shop.id}"),
        "name": plain(lambda shop: shop.name),
        "contactEmail": plain(lambda shop: f"help@{shop.short_name}.example"),
        "email": plain(lambda shop: f"owner@{shop.short_name}.example"),
        "createdAt": plain(lambda shop: iso(shop.created_at)),
        "updatedAt": plain(lambda shop: iso(shop.updated_at)),
        "currencyCode": plain(lambda shop: shop.currency),
        "enabledPresentmentCurrencies": plain(lambda shop: [shop.currency, *shop.also_shown_in]),
        "ianaTimezone": plain(lambda shop: shop.timezone),
        "myshopifyDomain": plain(lambda shop: shop.domain),
        "plan": fixed({"partnerDevelopment": True, "publicDisplayName": "Development", "shopifyPlus": False}),
        "primaryDomain": _domain,
        "shopOwnerName": fixed("Shop Owner"),
        "taxShipping": fixed(False),
        "taxesIncluded": lambda shop, _ask, _arguments: shop.taxes_included,
        "timezoneAbbreviation": lambda shop, ask, _arguments: ask.now.astimezone(shop.zone).strftime("%Z"),
        "timezoneOffset": _offset_text,
        "timezoneOffsetMinutes": lambda shop, ask, _arguments: int(_offset(shop, ask).total_seconds() // 60),
        "url": plain(lambda shop: f"https://{shop.domain}"),
    },
    "Product": {
        "id": plain(lambda product: f"gid://shopify/Product/{product.id}"),
        "legacyResourceId": plain(lambda product: str(product.id)),
        "title": plain(lambda product: product.title),
        "isGiftCard": plain(lambda product: product.gift_card),
        "productType": plain(lambda product: product.kind),
        "vendor": plain(lambda product: product.vendor),
    },
    "AppInstallation": {
        "id": plain(lambda installation: f"gid://shopify/AppInstallation/{installation.id}"),
        "accessScopes": _scopes,
        "app": _app,
        "launchUrl": lambda _source, ask, _arguments: f"{ask.shop.store.app_url}/",
    },
    "BulkOperation": {
        "id": plain(lambda operation: operation.gid),
        "status": plain(lambda operation: operation.status),
        "errorCode": plain(lambda operation: operation.error_code),
        "createdAt": plain(lambda operation: iso(operation.created_at)),
        "completedAt": plain(lambda operation: iso(operation.completed_at)),
        "fileSize": plain(lambda operation: str(operation.size) if operation.completed_at else None),
        "objectCount": plain(lambda operation: str(operation.objects)),
        "rootObjectCount": plain(lambda operation: str(operation.roots)),
        "partialDataUrl": fixed(None),
        "query": plain(lambda operation: operation.query),
        "type": plain(lambda operation: operation.kind),
        "url": lambda operation, ask, _arguments: operation.url(ask.shop.store.public_url),
    },
}
