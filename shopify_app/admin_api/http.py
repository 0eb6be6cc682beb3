"""The one HTTP session with which the app speaks to Shopify: pooled, no cookies, no redirects of its own."""

from http.cookiejar import DefaultCookiePolicy

import requests
from requests.adapters import BaseAdapter, HTTPAdapter

POOL = 32
"""Connections kept open; one shop's admin is one host."""


def new_session(transport: BaseAdapter | None = None) -> requests.Session:
    """A session for all shops and threads; `transport` replaces the network.

    Callers give every call a time-out and turn redirects off: a secret must not follow them elsewhere.
    """
    session = requests.Session()
    session.trust_env = False
    # A cookie of one shop must never travel with another shop's call.
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    session.headers["User-Agent"] = "Wafa"
    adapter = transport or HTTPAdapter(pool_connections=POOL, pool_maxsize=POOL)
    session.mount("https://", adapter)
    session.mount("http://", adapter)
    return session
