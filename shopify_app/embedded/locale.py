"""Which of our languages a staff member reads: chosen, asked for by the admin, or likely for the shop."""

from typing import Protocol

from shopify_app.language import LOCALES

_CURRENCIES = {
    *("AED", "BHD", "DZD", "EGP", "IQD", "JOD", "KWD", "LBP", "LYD"),
    *("MAD", "MRU", "OMR", "QAR", "SAR", "SDG", "SYP", "TND", "YER"),
}
_ZONES = {
    *("Africa/Algiers", "Africa/Cairo", "Africa/Casablanca", "Africa/El_Aaiun", "Africa/Khartoum"),
    *("Africa/Nouakchott", "Africa/Tripoli", "Africa/Tunis", "Asia/Aden", "Asia/Amman", "Asia/Baghdad"),
    *("Asia/Bahrain", "Asia/Beirut", "Asia/Damascus", "Asia/Dubai", "Asia/Gaza", "Asia/Hebron"),
    *("Asia/Kuwait", "Asia/Muscat", "Asia/Qatar", "Asia/Riyadh"),
}


class Local(Protocol):
    """What a shop tells about its language."""

    primary_locale: str
    timezone: str
    currency: str


def pick_locale(saved: str | None, asked: str | None, shop: Local) -> str:
    """The saved choice, then the admin's `locale`, then the shop's own, then English."""
    return _ours(saved) or _ours(asked) or ("ar" if _is_arab(shop) else "en")


def wished_locale(asked: str | None) -> str:
    """The admin's `locale` alone, for answers that know no shop yet."""
    return _ours(asked) or "en"


def _ours(wish: str | None) -> str | None:
    language = (wish or "").replace("_", "-").split("-")[0].lower()
    return language if language in LOCALES else None


def _is_arab(shop: Local) -> bool:
    return _ours(shop.primary_locale) == "ar" or shop.timezone in _ZONES or shop.currency in _CURRENCIES
