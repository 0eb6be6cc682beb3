"""Errors that people can read and that lead to a line in the log."""

import io
import logging
import re
from collections.abc import Iterator

import pytest

from shopify_app.embedded.answers import RETRY_HEADER
from shopify_app.embedded.request_log import LineFormatter, begin_request, end_request, fields
from tests.embedded.conftest import A, Admin

JSON = {"Accept": "application/json"}


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(LineFormatter())
    root, level = logging.getLogger(), logging.getLogger().level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield stream
    root.removeHandler(handler)
    root.setLevel(level)


@pytest.mark.parametrize(
    ("path", "status"),
    [("/fail/malformed", 400), ("/things/7", 404), ("/nowhere", 404), ("/fail/large", 413), ("/fail/hard", 500)],
)
def test_each_failure_has_a_page_and_a_document(admin: Admin, path: str, status: int) -> None:
    headers = admin.bearer() | {"X-Request-Id": "trace-1"}
    page = admin.client.get(path, headers=headers)
    assert (page.status_code, page.mimetype) == (status, "text/html")
    assert "trace-1" in page.text
    document = admin.client.get(path, headers=headers | JSON)
    assert document.status_code == status
    assert document.json is not None
    assert document.json["request_id"] == "trace-1"
    assert document.json["error"] in page.text.replace("&#39;", "'")
    assert "Traceback" not in page.text + document.text
    assert "somebody@example.com" not in page.text + document.text


def test_a_wrong_method_says_which_are_right(admin: Admin) -> None:
    answer = admin.client.get("/change", headers=admin.bearer() | JSON)
    assert answer.status_code == 405
    assert "POST" in answer.headers["Allow"]


def test_revoked_access_lets_a_fetch_try_again_after_a_new_exchange(admin: Admin) -> None:
    answer = admin.client.get("/fail/revoked", headers=admin.bearer())
    assert (answer.status_code, answer.headers[RETRY_HEADER]) == (401, "1")
    document = admin.client.get(f"/fail/revoked?shop={A}&id_token={admin.token()}")
    assert (document.status_code, document.mimetype) == (401, "text/html")
    assert RETRY_HEADER not in document.headers


def test_a_change_that_was_cut_off_is_not_repeated_by_itself(admin: Admin) -> None:
    answer = admin.client.post("/fail/revoked", headers=admin.bearer())
    assert answer.status_code == 401
    assert RETRY_HEADER not in answer.headers


def test_an_error_speaks_the_readers_language(admin: Admin) -> None:
    page = admin.client.get("/things/7?locale=ar", headers=admin.bearer())
    assert 'lang="ar" dir="rtl"' in page.text


@pytest.mark.parametrize("given", ["trace-1", "A.b_c-9" * 9])
def test_a_sane_request_id_is_kept(admin: Admin, given: str) -> None:
    assert admin.client.get("/open", headers={"X-Request-Id": given}).headers["X-Request-Id"] == given


@pytest.mark.parametrize("given", ["", "a b", "x" * 65, 'a"b', "caf\u00e9", "a=b"])
def test_an_odd_request_id_is_replaced(admin: Admin, given: str) -> None:
    found = admin.client.get("/open", headers={"X-Request-Id": given}).headers["X-Request-Id"]
    assert re.fullmatch(r"[0-9a-f]{32}", found)


def test_each_line_has_the_request_id_and_nothing_private(admin: Admin, log: io.StringIO) -> None:
    token = admin.token()
    admin.client.get(f"/fail/hard?id_token={token}&q=private", headers={"X-Request-Id": "trace-1"})
    admin.client.get("/things/424242", headers=admin.bearer() | {"X-Request-Id": "trace-1"})
    lines = [line for line in log.getvalue().splitlines() if "logger=shopify_app" in line]
    assert len(lines) >= 3
    assert all(" request_id=trace-1 " in line for line in lines)
    text = log.getvalue()
    assert "error=RuntimeError" in text
    assert ":fail" in text
    assert "route=/things/<int:thing> status=404 shop=1" in text
    for private in ("private", token, "somebody@example.com", "424242"):
        assert private not in text


def test_a_record_stays_on_one_line() -> None:
    begin_request("trace-1")
    record = logging.LogRecord("x", logging.INFO, "f", 1, "one\ntwo\x1b[31m", None, None)
    line = LineFormatter().format(record)
    end_request()
    assert line.isprintable()
    assert line.endswith("one two [31m")
    assert fields({"a": "x y", "b": "1", "c": 'q"'}) == 'a="x y" b=1 c="q\\""'
