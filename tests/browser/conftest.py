"""Fixtures for tests in a browser: one Chromium for all of them, a merchant with a fresh profile, a stage."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from tests.browser import chromium
from tests.browser.merchant import PATIENCE, SWITCHES, Merchant, enter
from tests.browser.stage import Stage, staged

expect.set_options(timeout=PATIENCE)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """The one browser; skips, with the reason, where there is none."""
    path = chromium.find()
    if path is None:
        pytest.skip(chromium.missing())
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=path, args=SWITCHES)
        yield launched
        launched.close()


@pytest.fixture
def stage(sqlite_template: Path, tmp_path: Path) -> Iterator[Stage]:
    """The app and a development store on real ports, real time, workers running."""
    with staged(sqlite_template, tmp_path) as running:
        yield running


@pytest.fixture
def merchant(browser: Browser, stage: Stage) -> Iterator[Merchant]:
    """Somebody at the screen of the stage; fails the test where the browser complained of anything."""
    somebody = enter(browser, stage.store_url)
    yield somebody
    somebody.close()
    assert somebody.complaints == []
