"""Whether a webhook's body was signed by Shopify."""

import base64
import hashlib
import hmac
from collections.abc import Iterable


def is_authentic(body: bytes, signature: bytes, secrets: Iterable[str]) -> bool:
    """Compare over the raw bytes, in constant time, with every secret that may be valid now.

    https://shopify.dev/docs/apps/build/webhooks/subscribe/https: base64(HMAC-SHA256(secret, body)).
    """
    expected = [base64.b64encode(hmac.digest(secret.encode(), body, hashlib.sha256)) for secret in secrets]
    return sum(hmac.compare_digest(each, signature) for each in expected) > 0
