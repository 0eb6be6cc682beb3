"""What every page of the admin shares: its frame of words and links, its version, and how it is sent."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import Response, jsonify, make_response, render_template, request

from shopify_app.config import Config
from shopify_app.embedded.addresses import with_query
from shopify_app.embedded.answers import wants_json
from shopify_app.embedded.parts import parts
from shopify_app.embedded.request import current_shop
from shopify_app.language import LOCALES, NAMES, Words

_ONE_TIME = frozenset({"id_token", "hmac", "timestamp", "session", "shopify-reload"})


@dataclass(frozen=True, slots=True)
class Language:
    """One side of the language switch."""

    locale: str
    name: str
    spoken: bool


@dataclass(frozen=True, slots=True)
class Screen:
    """The frame around a page."""

    title: str
    config: Config
    etag: str
    here: str
    """The address of this page, without what was good for one request only."""
    place: Mapping[str, str]
    """What every link and form carries."""
    languages: tuple[Language, ...]
    """The language switch."""


def words() -> Words:
    """The language of the staff member who is looking."""
    return Words(current_shop().locale)


def link(path: str, query: Mapping[str, str] | None = None) -> str:
    """An address inside the app that keeps its place in the admin."""
    return with_query(path, {**(query or {}), **current_shop().place})


def version(*state: object) -> str:
    """A short name for what a page would show: the same state, the same page."""
    here = current_shop()
    seed = repr((request.path, _asked(), here.id, here.locale, wants_json(), state))
    return hashlib.sha256(seed.encode()).hexdigest()[:24]


def unchanged(etag: str) -> Response | None:
    """The short answer for a reader who has this version already, to be sent before any costly query."""
    if not request.if_none_match.contains_weak(etag):
        return None
    response = Response(status=304)
    response.set_etag(etag)
    return response


def show(template: str, page: object, title: str, etag: str = "", status: int = 200) -> Response:
    """A page as a whole document; the browser's modules take from it what they need."""
    spoken = words()
    screen = Screen(title, parts().config, etag, with_query(request.path, _asked()), current_shop().place, _switch())
    body = render_template(
        template,
        page=page,
        screen=screen,
        words=spoken,
        t=spoken.text,
        plural=spoken.plural,
        link=link,
    )
    return _versioned(make_response(body, status), etag)


def answer(document: Mapping[str, Any], etag: str = "") -> Response:
    """The same page for a program."""
    return _versioned(jsonify(document), etag)


def _versioned(response: Response, etag: str) -> Response:
    response.headers["Cache-Control"] = "no-store"
    if etag:
        response.set_etag(etag)
    return response


def _asked() -> dict[str, str]:
    return {name: value for name, value in sorted(request.args.items()) if name not in _ONE_TIME}


def _switch() -> tuple[Language, ...]:
    spoken = current_shop().locale
    return tuple(Language(locale, NAMES[locale], locale == spoken) for locale in reversed(LOCALES))
