"""The program: it serves over real HTTP, says when it is ready, and ends clean."""

import os
import re
import signal
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import requests

from devstore.__main__ import arguments, build, main
from devstore.serve import Serving
from devstore.store import DevStore
from tests.devstore.conftest import EXCHANGE, SECRET

ENVIRONMENT = {**os.environ, "SHOPIFY_API_KEY": "key", "SHOPIFY_API_SECRET": SECRET}


def test_real_http_both_ways(watch):
    received: list[tuple[str, str]] = []

    class Listener(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            received.append((self.path, self.headers["X-Shopify-Topic"]))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    listener = HTTPServer(("127.0.0.1", 0), Listener)
    threading.Thread(target=listener.serve_forever, daemon=True).start()
    store = DevStore("key", SECRET, f"http://127.0.0.1:{listener.server_port}", "http://store.test", clock=watch)
    shop = store.add_shop("demo.myshopify.com")
    shop.install()
    serving = Serving(store, 0)
    serving.start()
    url = f"http://127.0.0.1:{serving.port}/demo.myshopify.com/admin/oauth/access_token"
    answer = requests.post(url, json={**EXCHANGE, "subject_token": shop.id_token()}, timeout=5)
    assert answer.json()["expires_in"] == 3600
    shop.place_order(lines=[{"price": "1"}])
    for _ in range(250):
        if len(received) == 2:
            break
        threading.Event().wait(0.02)
    serving.stop()
    listener.shutdown()
    listener.server_close()
    assert received == [("/webhooks", "orders/create"), ("/webhooks", "orders/updated")]


def test_the_program_says_when_it_is_ready_and_ends_clean():
    command = [sys.executable, "-m", "devstore", "--world", "empty", "--port", "0"]
    with subprocess.Popen(
        command, env=ENVIRONMENT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as program:
        line = program.stdout.readline()
        program.send_signal(signal.SIGTERM)
        rest, errors = program.communicate(timeout=15)
    assert re.fullmatch(r"development store ready: http://127\.0\.0\.1:[1-9]\d+/store/demo\n", line)
    assert (program.returncode, rest, errors) == (0, "", "")


def test_the_program_explains_why_it_cannot_start(tmp_path, monkeypatch, capsys):
    monkeypatch.delenv("SHOPIFY_API_KEY", raising=False)
    assert main(["--world", "empty"]) == 2
    assert "SHOPIFY_API_KEY" in capsys.readouterr().err
    monkeypatch.setenv("SHOPIFY_API_KEY", "key")
    monkeypatch.setenv("SHOPIFY_API_SECRET", SECRET)
    assert main(["--transactions", str(tmp_path / "none.csv")]) == 2
    assert "none.csv" in capsys.readouterr().err
    assert main(["--world", "empty", "--currency", "money"]) == 2


def test_a_log_is_served_in_its_own_currency_and_zone(tmp_path):
    file = tmp_path / "log.csv"
    file.write_text("customer_id,date,amount\n1,2026-01-01,5\n", encoding="utf-8")
    chosen = arguments(["--transactions", str(file), "--currency", "SAR", "--timezone", "Asia/Riyadh"])
    shop = build(chosen, "key", SECRET).shops["demo.myshopify.com"]
    assert (shop.currency, shop.timezone, len(shop.orders)) == ("SAR", "Asia/Riyadh", 1)
