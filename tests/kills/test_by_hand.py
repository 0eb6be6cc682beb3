"""A webhook by hand, as docs/operations.md has an operator type it, to the real server."""

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from sqlalchemy import select

from tests.factories import make_shop
from tests.kills.server import Server
from tests.kills.test_kill_nine import wait_until_handled
from webhooks.inbox import Delivery

PAPER = (Path(__file__).parents[2] / "docs/operations.md").read_text(encoding="utf-8")


@pytest.mark.skipif(not (shutil.which("curl") and shutil.which("openssl")), reason="curl and openssl are needed")
def test_the_papers_words_send_a_webhook_that_is_kept_once(sqlite, tmp_path):
    make_shop(sqlite, "demo.myshopify.com")
    typed = re.search(r"^## A webhook by hand\n.*?^```\n(.*?)^```", PAPER, re.MULTILINE | re.DOTALL)
    server = Server(sqlite, tmp_path)
    server.start()

    def send(**changed: str) -> tuple[str, bool | None]:
        environment = {**server.environment, "NO_PROXY": "127.0.0.1", **changed}
        sent = subprocess.run(
            ["/bin/sh", "-c", typed[1]],
            env=environment,
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=60,
            check=True,
        )
        return sent.stdout.split()[1], json.loads(sent.stdout.rpartition("\n\n")[2]).get("kept")

    try:
        assert send() == ("200", True)
        assert send() == ("200", False)
        assert send(SHOPIFY_API_SECRET="another")[0] == "401"
        assert wait_until_handled(sqlite) == 0
    finally:
        server.kill()
    with sqlite.reading() as session:
        assert session.execute(select(Delivery.webhook_id, Delivery.topic)).all() == [("by-hand-1", "carts/update")]
