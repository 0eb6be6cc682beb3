"""The mailbox in a browser: what came for whom, one letter as it looks, and what is to go wrong.

``GET /mailbox`` lists by recipient, ``?to=`` one of them; ``/mailbox/letters.json`` is the same for programs.
``/mailbox/{number}`` is one letter, ``/mailbox/{number}/html`` its HTML part by itself, which may run nothing and fetch
nothing, ``/mailbox/{number}/raw`` what came over the wire. ``POST /mailbox/faults`` takes what ``MailFaults.read``
reads, and ``refuse``; ``POST /mailbox/clear`` throws everything away.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Response, abort, current_app, jsonify, redirect, render_template, request
from werkzeug.wrappers import Response as BaseResponse

from devstore.mailbox.faults import CERTIFICATES, STAGES, MailFaults
from devstore.mailbox.letters import Letter, Mailbox
from devstore.mailbox.links import lead_here, links_of, unsubscribe_of
from devstore.mailbox.server import MailServer

mailbox_pages = Blueprint("mailbox", __name__)
View = dict[str, Any]
_INERT = (
    "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:"
)


@dataclass(slots=True)
class PostOffice:
    """What the pages show: a mailbox, the server that fills it, and where addresses of others lead on this machine."""

    mailbox: Mailbox
    server: MailServer | None = None
    places: Callable[[], Mapping[str, str]] = dict


@mailbox_pages.get("/mailbox")
def show_letters() -> str:
    """Who has mail, and the letters of one of them or of all, newest first."""
    office, to = _office(), request.args.get("to", "")
    letters = office.mailbox.letters
    people: dict[str, int] = {}
    for one in letters:
        for address in one.recipients:
            people[address] = people.get(address, 0) + 1
    shown = [_row(one) for one in reversed(office.mailbox.to(to) if to else letters)]
    about = {"people": sorted(people.items()), "to": to, "letters": shown, "server": _server_view(office.server)}
    return render_template("mailbox.html", **about, stages=STAGES, certificates=CERTIFICATES)


@mailbox_pages.get("/mailbox/letters.json")
def tell_letters() -> Response:
    """All letters, or those of a recipient, oldest first."""
    office, to = _office(), request.args.get("to", "")
    return jsonify([_told(one) for one in (office.mailbox.to(to) if to else office.mailbox.letters)])


@mailbox_pages.get("/mailbox/<int:number>")
def show_letter(number: int) -> str:
    """One letter."""
    letter, places = _letter(number), _office().places()
    view = {**_told(letter), "unsubscribe": unsubscribe_of(letter.message)}
    view["links"] = [{**one, "here": lead_here(one["href"], places)} for one in links_of(letter)]
    return render_template("letter.html", letter=view)


@mailbox_pages.get("/mailbox/<int:number>/html")
def show_html(number: int) -> Response:
    """The HTML part of a letter; addresses of shops in it lead to the store that pretends to be them."""
    body = _letter(number).part("html")
    if body is None:
        abort(404)
    answer = Response(lead_here(body, _office().places()), mimetype="text/html")
    answer.headers["Content-Security-Policy"] = _INERT
    answer.headers["Referrer-Policy"] = "no-referrer"
    return answer


@mailbox_pages.get("/mailbox/<int:number>/raw")
def show_raw(number: int) -> Response:
    """A letter as it came."""
    return Response(_letter(number).raw, mimetype="text/plain")


@mailbox_pages.post("/mailbox/clear")
def clear() -> BaseResponse:
    """Throw all letters away."""
    _office().mailbox.clear()
    return redirect("/mailbox", 303)


@mailbox_pages.post("/mailbox/faults")
def set_faults() -> BaseResponse | tuple[Response, int]:
    """Let the server go wrong from now on, or no more."""
    server = _office().server or abort(404)
    wish = request.get_json(silent=True) if request.is_json else request.form.to_dict()
    try:
        server.faults = MailFaults.read(wish or {})
    except (ValueError, TypeError) as error:
        return jsonify(error=str(error)), 422
    (server.refuse if (wish or {}).get("refuse") else server.listen)()
    return jsonify(_server_view(server)) if request.is_json else redirect("/mailbox", 303)


def _office() -> PostOffice:
    office: PostOffice = current_app.extensions["mailbox"]
    return office


def _letter(number: int) -> Letter:
    return _office().mailbox.find(number) or abort(404)


def _row(letter: Letter) -> View:
    return {
        "number": letter.number,
        "sender": letter.sender,
        "recipients": list(letter.recipients),
        "subject": letter.subject,
        "received_at": letter.received_at.isoformat(timespec="seconds"),
        "encrypted": letter.encrypted,
        "login": letter.login,
    }


def _told(letter: Letter) -> View:
    headers = [[name, str(value)] for name, value in letter.message.items()]
    return {**_row(letter), "headers": headers, "text": letter.part("plain"), "html": letter.part("html")}


def _server_view(server: MailServer | None) -> View | None:
    if server is None:
        return None
    return {
        "host": server.host,
        "port": server.port,
        "listening": server.listening,
        "users": sorted(server.users),
        "faults": server.faults.shown,
        "injected": dict(server.injected),
    }
