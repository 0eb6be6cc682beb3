"""A mail server and its page alone: python -m devstore.mailbox --smtp-port 2525 --port 8025."""

import argparse
import signal
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

from flask import Flask
from werkzeug.serving import make_server

from devstore.mailbox.pages import PostOffice, mailbox_pages
from devstore.mailbox.server import MailServer


def build_web(office: PostOffice) -> Flask:
    """The pages of a mailbox by themselves."""
    root = Path(__file__).parents[1]
    web = Flask("mailbox", template_folder=root / "templates", static_folder=root / "static")
    web.static_url_path = "/standins"
    web.add_url_rule("/standins/<path:filename>", "standins", lambda filename: web.send_static_file(filename))
    web.extensions["mailbox"] = office
    web.register_blueprint(mailbox_pages)
    return web


def main(given: Sequence[str] | None = None) -> int:
    """Serve until interrupted."""
    parser = argparse.ArgumentParser(prog="python -m devstore.mailbox", description="A mailbox on this machine.")
    parser.add_argument("--smtp-port", type=int, default=2525)
    parser.add_argument("--port", type=int, default=8025, help="port of the page")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on")
    chosen = parser.parse_args(given)
    server = MailServer(port=chosen.smtp_port, host=chosen.host)
    pages = make_server(chosen.host, chosen.port, build_web(PostOffice(server.mailbox, server)), threaded=True)
    server.start()
    thread = threading.Thread(target=pages.serve_forever, name="pages", daemon=True)
    thread.start()
    ended = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: ended.set())
    sys.stdout.write(f"mailbox ready: smtp {server.port}, http://{chosen.host}:{pages.server_port}/mailbox\n")
    sys.stdout.flush()
    ended.wait()
    pages.shutdown()
    thread.join(timeout=10)
    pages.server_close()
    server.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())
