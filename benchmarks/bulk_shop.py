"""A shop that has nothing but a bulk file, at the speed of the disk; a program of its own.

A development store would spend more on making a million orders than the app on reading them.
"""

import argparse
import json
import shutil
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from benchmarks.bulk_file import Written


class Shop(ThreadingHTTPServer):
    """Answers the documents of an import."""

    daemon_threads = True

    def __init__(self, port: int, file: Path, written: Written) -> None:
        super().__init__(("127.0.0.1", port), _Asked)
        self.file = file
        self.written = written
        self.started: list[dict[str, Any]] = []

    def answer(self, name: str, variables: dict[str, Any]) -> dict[str, Any] | None:
        """The data of a document's answer; None for one that no import asks."""
        written = self.written
        match name:
            case "shop":
                place = {"id": "gid://shopify/Shop/1", "name": "Bulk", "myshopifyDomain": "shop-0.myshopify.com"}
                return {"shop": {**place, "currencyCode": "USD", "ianaTimezone": "UTC"}}
            case "count_orders" | "count_orders_where":
                # As many recent ones as there are: then they are asked for in one go.
                return {"ordersCount": {"count": written.orders}}
            case "count_customers":
                return {"buyers": {"totalCount": 1}, "repeaters": {"totalCount": 1}}
            case "start_orders_import":
                self.started.append({**self._operation("CREATED"), "query": variables["query"]})
                return {"bulkOperationRunQuery": {"bulkOperation": self.started[-1], "userErrors": []}}
            case "bulk_operation":
                return {"bulkOperation": self._operation("COMPLETED")}
            case "bulk_operations":
                last = {"hasNextPage": False, "endCursor": None}
                return {"bulkOperations": {"nodes": self.started, "pageInfo": last}}
        return None

    def _operation(self, status: str) -> dict[str, Any]:
        return {
            "id": "gid://shopify/BulkOperation/1",
            "status": status,
            "errorCode": None,
            "createdAt": datetime.now(UTC).isoformat(timespec="seconds"),
            "objectCount": str(self.written.orders + self.written.lines),
            "rootObjectCount": str(self.written.orders),
            "url": f"http://127.0.0.1:{self.server_port}/file",
        }


class _Asked(BaseHTTPRequestHandler):
    server: Shop
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        """A document."""
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        data = self.server.answer(asked["operationName"], asked["variables"])
        self._say(200 if data else 503, json.dumps({"data": data}).encode())

    def do_GET(self) -> None:
        """The file, or whether we are there."""
        if self.path != "/file":
            return self._say(200, b"{}")
        self.send_response(200)
        self.send_header("Content-Length", str(self.server.file.stat().st_size))
        self.end_headers()
        with self.server.file.open("rb") as file:
            shutil.copyfileobj(file, self.wfile, 1 << 20)
        return None

    def _say(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def main() -> None:
    """Serve a file until stopped."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.bulk_shop", description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--file", type=Path, required=True)
    parser.add_argument("--orders", type=int, required=True)
    parser.add_argument("--lines", type=int, required=True)
    asked = parser.parse_args()
    Shop(asked.port, asked.file, Written(asked.orders, asked.lines, 0)).serve_forever()


if __name__ == "__main__":
    main()
