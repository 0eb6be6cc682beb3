"""The far end of the token endpoint, as a transport: answers as told, remembers what it was asked."""

import json
import threading
from collections.abc import Callable

import requests
from requests.adapters import BaseAdapter

Answer = requests.Response | Exception


def response(status: int, body: object, headers: dict[str, str] | None = None) -> requests.Response:
    made = requests.Response()
    made.status_code = status
    made._content = body.encode() if isinstance(body, str) else json.dumps(body).encode()
    made.headers.update(headers or {})
    return made


def refusal(code: str, status: int = 400) -> requests.Response:
    return response(status, {"error": code, "error_description": f"about {code}"})


class TokenServer(BaseAdapter):
    """Each call takes the next of `answers`, or gets the next numbered pair; `during` runs while it waits."""

    def __init__(self) -> None:
        super().__init__()
        self.calls: list[dict[str, str]] = []
        self.sent: list[tuple[str, dict[str, object]]] = []
        self.answers: list[Answer] = []
        self.during: Callable[[], object] = lambda: None
        self.scope = "read_customer_merge,read_customers,read_orders,read_products"
        self._lock = threading.Lock()

    def send(self, request: requests.PreparedRequest, **options: object) -> requests.Response:
        with self._lock:
            self.calls.append(json.loads(request.body or b"{}"))
            self.sent.append((str(request.url), {**options, "headers": dict(request.headers)}))
            number = len(self.calls)
            answer = self.answers.pop(0) if self.answers else response(200, self.pair(number))
        self.during()
        if isinstance(answer, Exception):
            raise answer
        answer.request = request
        answer.url = str(request.url)
        return answer

    def pair(self, number: int) -> dict[str, object]:
        return {
            "access_token": f"access-{number}",
            "refresh_token": f"refresh-{number}",
            "scope": self.scope,
            "expires_in": 3600,
            "refresh_token_expires_in": 7_776_000,
        }

    def close(self) -> None:
        pass
