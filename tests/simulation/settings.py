"""What every simulated world begins with: the app's settings, and a clock that the world moves."""

from datetime import datetime, timedelta

from shopify_app.clock import Instant
from shopify_app.config import Config


class VirtualClock:
    """Stands still until the world moves it."""

    def __init__(self, now: datetime) -> None:
        self.now = Instant(now)

    def __call__(self) -> Instant:
        return self.now

    def forward(self, seconds: float) -> None:
        self.now = Instant(self.now + timedelta(seconds=seconds))


def settings(url: str) -> Config:
    """The app's settings in every simulated world."""
    return Config(
        api_key="test-key",
        api_secret="test-secret-of-more-than-32-bytes",
        host="https://app.test",
        encryption_keys=(b"k" * 32,),
        lookup_key=b"l" * 32,
        database_url=url,
        app_bridge_url="https://store.test/standins/app-bridge.js",
        polaris_url="https://store.test/standins/polaris.js",
        admin_url="https://store.test",
    )
