"""Headers of every answer: which admin may frame it, and which scripts may run in it."""

import secrets

from flask import Flask, Response, g, request

from shopify_app.config import Config
from shopify_app.embedded.addresses import origin

ADMIN = "https://admin.shopify.com"


def frame_for(domain: str) -> None:
    """Let this shop's admin, and no other, frame the answer to the current request."""
    g.frame_shop = domain


def csp_nonce() -> str:
    """The word that lets this answer's own inline scripts run; a new one for each request."""
    if "csp_nonce" not in g:
        g.csp_nonce = secrets.token_urlsafe(16)
    return str(g.csp_nonce)


def content_policy(config: Config, shop: str | None, nonce: str) -> str:
    """The Content-Security-Policy for a page; without a shop nobody may frame it."""
    sources = [origin(url) for url in (config.app_bridge_url, config.polaris_url)]
    scripts = ["'self'", f"'nonce-{nonce}'", *dict.fromkeys(source for source in sources if source)]
    return "; ".join(
        [
            f"frame-ancestors {_ancestors(config, shop)}",
            f"script-src {' '.join(scripts)}",
            "object-src 'none'",
            "base-uri 'self'",
        ]
    )


def _ancestors(config: Config, shop: str | None) -> str:
    if shop is None:
        return "'none'"
    return " ".join(filter(None, (f"https://{shop}", ADMIN, config.admin_url)))


def add_frame_headers(app: Flask, config: Config) -> None:
    """Set the headers on whatever the app answers, its error pages included."""

    @app.context_processor
    def nonce() -> dict[str, str]:
        return {"csp_nonce": csp_nonce()}

    @app.after_request
    def headers(response: Response) -> Response:
        response.headers.pop("X-Frame-Options", None)
        response.headers.setdefault("X-Content-Type-Options", "nosniff")
        # A document's own address holds an ID token.
        response.headers.setdefault("Referrer-Policy", "strict-origin")
        if response.mimetype == "text/html":
            policy = content_policy(config, g.get("frame_shop"), csp_nonce())
            response.headers["Content-Security-Policy"] = policy
        if request.endpoint != "static":
            response.headers.setdefault("Cache-Control", "no-store")
            # In-app moves fetch the address that the browser's history also holds.
            response.vary.add("Accept")
        return response
