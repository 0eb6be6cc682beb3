"""A client that speaks to a script."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from shopify_app.config import Config
from tests.admin_api.test_client import Far, Keyring, Script

if TYPE_CHECKING:
    from tests.conftest import MovedClock


@pytest.fixture
def far(config: Config, clock: "MovedClock") -> Callable[..., Far]:
    return lambda *replies, dead=False: Far(config, clock, Script(*replies), Keyring(dead))
