"""The mail server and its page: what it takes and keeps, and every way in which it can be told to fail."""

import smtplib
import socket
import ssl
import subprocess
import sys
import time
from email.message import EmailMessage

import pytest

from devstore.mailbox.faults import CERTIFICATES, STAGES, MailFaults
from devstore.mailbox.letters import Mailbox
from devstore.mailbox.pages import PostOffice
from devstore.mailbox.server import MailServer
from devstore.serve import Serving
from tests.devstore.conftest import Watch

USERS = {"shop": "pässword"}
ARABIC = "سلّتك بانتظارك يا فاطمة"
HTML = """<!doctype html><html lang="ar" dir="rtl"><body><p>مرحباً</p><script>alert(1)</script>
<a href="https://demo.myshopify.com/1/checkouts/abc/recover?key=k&amp;utm_source=wafa">أكمل <b>طلبك</b></a></body>"""


def letter(to="Fatima <fatima@x.test>", **headers):
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "Bazaar <shop@bazaar.test>", to, ARABIC
    message["Message-ID"] = "<1@bazaar.test>"
    for name, value in headers.items():
        message[name.replace("_", "-")] = value
    message.set_content("مرحباً فاطمة\n.\nhttps://demo.myshopify.com/x\n")
    message.add_alternative(HTML, subtype="html")
    return message


@pytest.fixture
def server():
    made = MailServer(clock=Watch())
    made.start()
    yield made
    made.stop()


def send(server, message=None, *, tls=None, login=None, recipients=None, timeout=5.0):
    with smtplib.SMTP("127.0.0.1", server.port, timeout=timeout) as client:
        if tls:
            client.starttls(context=tls)
        if login:
            client.login(*login)
        return client.send_message(message or letter(), "bounce+7@bazaar.test", recipients)


def trusting(server):
    return ssl.create_default_context(cadata=server.trusted)


def test_what_comes_is_kept_and_parsed(server):
    assert send(server, recipients=["fatima@x.test", "Ali@X.test"]) == {}
    send(server)
    first, second = server.mailbox.wait_for(2)
    assert (first.sender, first.recipients) == ("bounce+7@bazaar.test", ("fatima@x.test", "Ali@X.test"))
    assert first.subject == ARABIC
    assert first.part("plain").splitlines() == ["مرحباً فاطمة", ".", "https://demo.myshopify.com/x"]
    assert 'dir="rtl"' in first.part("html")
    assert [one.number for one in server.mailbox.to("ali@x.TEST")] == [1]
    assert server.mailbox.messages[1]["Message-ID"] == "<1@bazaar.test>"
    assert (second.encrypted, second.login) == (False, None)
    assert second.received_at == Watch().now
    assert server.mailbox.find(2) == second
    server.mailbox.clear()
    assert server.mailbox.find(2) is None
    with pytest.raises(TimeoutError):
        server.mailbox.wait_for(1, 0.01)


def test_one_client_can_send_many_letters(server):
    with smtplib.SMTP("127.0.0.1", server.port, timeout=5) as client:
        for number in range(5):
            client.send_message(letter(f"a{number}@x.test"), "b@x.test")
        assert client.noop()[0] == 250
        assert client.docmd("DANCE")[0] == 500
        assert client.docmd("DATA")[0] == 503
        assert client.docmd("RCPT", "TO:<a@x.test>")[0] == 503
        assert client.mail("b@x.test", ["SIZE=99999999"])[0] == 552
        assert client.mail("b@x.test")[0] == 250
        assert client.docmd("MAIL", "FROM:<c@x.test>")[0] == 503
        assert client.docmd("RCPT", "TO:nobody")[0] == 501
    assert len(server.mailbox.letters) == 5
    assert server.connections == 1


def test_a_client_must_greet_before_it_sends(server):
    with smtplib.SMTP("127.0.0.1", server.port, timeout=5) as client:
        assert client.docmd("MAIL", "FROM:<c@x.test>")[0] == 503


def test_its_certificate_is_trusted_by_those_alone_who_are_told_to(server):
    send(server, tls=trusting(server))
    assert server.mailbox.letters[0].encrypted
    with pytest.raises(ssl.SSLCertVerificationError):
        send(server, tls=ssl.create_default_context())
    for kind in CERTIFICATES[1:]:
        server.faults = MailFaults(certificate=kind)
        trusted = ssl.create_default_context(cadata=server._certificate(kind)[0])
        with pytest.raises(ssl.SSLCertVerificationError):
            send(server, tls=trusted)
    assert len(server.mailbox.letters) == 1


def test_tls_from_the_beginning():
    server = MailServer(implicit_tls=True, clock=Watch())
    server.start()
    with smtplib.SMTP_SSL("127.0.0.1", server.port, timeout=5, context=trusting(server)) as client:
        client.send_message(letter(), "b@x.test")
        assert client.docmd("STARTTLS")[0] == 502
    server.stop()
    assert server.mailbox.letters[0].encrypted


@pytest.mark.parametrize("way", ["PLAIN", "LOGIN"])
def test_who_has_to_say_who_they_are(way):
    server = MailServer(users=USERS, clock=Watch())
    server.start()
    try:
        with pytest.raises(smtplib.SMTPSenderRefused):
            send(server)
        with pytest.raises(smtplib.SMTPAuthenticationError):
            send(server, login=("shop", "wrong"))
        with smtplib.SMTP("127.0.0.1", server.port, timeout=5) as client:
            client.ehlo()
            assert client.docmd("AUTH", "PLAIN !")[0] == 501
            assert client.docmd("AUTH", "DANCE x")[0] == 504
            client.user, client.password = "shop", "password"
            server.users["shop"] = "password"
            assert client.auth(way, getattr(client, f"auth_{way.lower()}"))[0] == 235
            client.send_message(letter(), "b@x.test")
        assert [one.login for one in server.mailbox.letters] == ["shop"]
    finally:
        server.stop()


def stages():
    return [one for one in STAGES if one not in ("STARTTLS", "AUTH", "RSET", "NOOP")]


@pytest.mark.parametrize("stage", stages())
@pytest.mark.parametrize("code", [421, 451, 550])
def test_an_answer_at_each_stage(server, stage, code):
    server.faults = MailFaults(answers={stage: (code, "4.0.0 no")}, times=1)
    told = None
    try:
        refused = send(server)
    except smtplib.SMTPResponseException as error:
        told = error.smtp_code
    except smtplib.SMTPRecipientsRefused as error:
        told = next(iter(error.recipients.values()))[0]
    except smtplib.SMTPServerDisconnected:
        told = 421
    else:
        assert refused == {}
    assert server.injected == {stage: 1}
    # After the last word the letter is there, whatever is said; a client that is refused EHLO tries HELO.
    helped = stage == "EHLO" and code != 421
    went = stage == "QUIT" or helped
    assert told == (None if helped else code)
    assert len(server.mailbox.letters) == went
    send(server)
    assert len(server.mailbox.letters) == went + 1, "it strikes once"


@pytest.mark.parametrize("stage", stages())
@pytest.mark.parametrize("way", ["hangs_at", "drops_at"])
@pytest.mark.parametrize("keeps", [True, False])
def test_silence_at_each_stage(server, stage, way, keeps):
    server.faults = MailFaults(**{way: (stage,)}, keeps=keeps)
    failed = False
    try:
        send(server, timeout=0.3)
    except (smtplib.SMTPException, OSError):
        failed = True
    assert failed or stage == "QUIT"
    assert len(server.mailbox.letters) == (stage == "QUIT" or (stage == "BODY" and keeps))


def test_silence_within_the_handshake_and_the_login(server):
    server.users.update({"shop": "x"})
    for stage in ("STARTTLS", "AUTH"):
        server.faults = MailFaults(hangs_at=(stage,))
        with pytest.raises((smtplib.SMTPException, OSError)):
            send(server, tls=trusting(server), login=("shop", "x"), timeout=0.3)
    server.faults = MailFaults()
    send(server, tls=trusting(server), login=("shop", "x"))


def test_one_recipient_is_refused_and_the_other_is_not(server):
    server.faults = MailFaults(recipients={"ali@x.test": (550, "5.1.1 no such user")})
    refused = send(server, recipients=["fatima@x.test", "Ali@x.test"])
    assert refused == {"Ali@x.test": (550, b"5.1.1 no such user")}
    assert server.mailbox.letters[0].recipients == ("fatima@x.test",)


def test_answers_drip(server):
    server.faults = MailFaults(seconds_a_byte=0.002)
    begun = time.monotonic()
    send(server)
    assert time.monotonic() - begun > 0.2
    server.faults = MailFaults(seconds_a_byte=0.5)
    with pytest.raises((smtplib.SMTPException, OSError)):
        send(server, timeout=0.3)


def test_it_refuses_connections_and_takes_them_again(server):
    port = server.port
    server.refuse()
    assert not server.listening
    with pytest.raises(ConnectionRefusedError):
        send(server)
    server.listen()
    server.listen()
    assert server.port == port
    send(server)


def test_it_ends_with_clients_still_there_and_says_when_its_port_is_taken():
    server = MailServer(clock=Watch())
    server.start()
    with socket.create_connection(("127.0.0.1", server.port), timeout=5) as client:
        assert client.recv(3) == b"220"
        other = MailServer(port=server.port)
        with pytest.raises(OSError, match="in use"):
            other.start()
        server.stop()
        while client.recv(100):
            pass
    server.stop()
    with pytest.raises(RuntimeError):
        server.refuse()


@pytest.mark.parametrize(
    "wrong",
    [
        {"hangs_at": ("LUNCH",)},
        {"answers": {"MAIL": (99, "x")}},
        {"recipients": {"a@b": (700, "x")}},
        {"certificate": "good"},
        {"seconds_a_byte": -1.0},
    ],
)
def test_impossible_faults_are_refused(wrong):
    with pytest.raises(ValueError, match=r"."):
        MailFaults(**wrong)


@pytest.fixture
def posted(store, shop, web):
    store.post.mailbox = Mailbox(store.now)
    leaving = {"List_Unsubscribe": "<https://app.test/m/u?t=1>, <mailto:u@app.test>"}
    first = letter(**leaving, List_Unsubscribe_Post="List-Unsubscribe=One-Click")
    for one in (first, letter("ali@x.test", X_Odd="<script>")):
        store.post.mailbox.keep("bounce@x.test", (one["To"].addresses[0].addr_spec,), bytes(one))
    return web


def test_the_page_lists_by_recipient(posted):
    page = posted.get("/mailbox").text
    assert page.count(ARABIC) == 2
    assert "No mail server is running" in page
    one = posted.get("/mailbox?to=ali@x.test").text
    assert one.count(ARABIC) == 1
    assert [told["recipients"] for told in posted.get("/mailbox/letters.json").get_json()] == [
        ["fatima@x.test"],
        ["ali@x.test"],
    ]
    assert len(posted.get("/mailbox/letters.json?to=ALI@x.test").get_json()) == 1
    assert posted.post("/mailbox/faults").status_code == 404
    assert posted.post("/mailbox/clear").status_code == 303
    assert "Nobody has got any mail yet" in posted.get("/mailbox").text


def test_the_page_of_a_letter_shows_both_parts_and_leads_to_the_store(posted):
    page = posted.get("/mailbox/1").text
    assert f'<h1 dir="auto">{ARABIC}</h1>' in page
    assert 'src="/mailbox/1/html" sandbox="allow-popups allow-popups-to-escape-sandbox"' in page
    assert 'href="http://store.test/demo.myshopify.com/1/checkouts/abc/recover?key=k&amp;utm_source=wafa"' in page
    assert "<bdi>أكمل طلبك</bdi>" in page
    assert '<form method="post" action="https://app.test/m/u?t=1"' in page
    assert "one click" not in posted.get("/mailbox/2").text
    assert "&lt;script&gt;" in posted.get("/mailbox/2").text
    html = posted.get("/mailbox/1/html")
    assert html.headers["Content-Security-Policy"].startswith("sandbox allow-popups")
    assert "script-src" not in html.headers["Content-Security-Policy"]
    assert "default-src 'none'" in html.headers["Content-Security-Policy"]
    assert 'dir="rtl"' in html.text
    assert "http://store.test/demo.myshopify.com/1/checkouts" in html.text
    assert posted.get("/mailbox/1/raw").text.startswith("From:")
    for gone in ("/mailbox/9", "/mailbox/9/html", "/mailbox/9/raw"):
        assert posted.get(gone).status_code == 404


def test_a_letter_without_parts_is_shown(posted, store):
    store.post.mailbox.keep("", ("x@y.test",), b"\r\nhello\xff")
    assert posted.get("/mailbox/3").status_code == 200
    assert posted.get("/mailbox/3/html").status_code == 404


def test_the_store_takes_mail_by_its_own_clock(store, shop, web):
    serving = Serving(store, 0, mail_port=0)
    serving.start()
    try:
        store.move_clock(store.now() - store.now())
        web.post("/store/demo/control/clock", json={"hours": 5})
        send(serving.mail)
        [kept] = store.post.mailbox.letters
        assert kept.received_at == store.now()
        wish = {"fault": "answer", "stage": "RCPT", "code": "550", "text": "5.1.1 gone", "refuse": ""}
        told = web.post("/mailbox/faults", json=wish).get_json()
        assert (told["faults"], told["listening"]) == ("RCPT: 550 5.1.1 gone.", True)
        with pytest.raises(smtplib.SMTPRecipientsRefused):
            send(serving.mail)
        assert web.post("/mailbox/faults", data={"fault": "drop", "stage": "LUNCH"}).status_code == 422
        assert web.post("/mailbox/faults", data={"fault": "sleep"}).status_code == 422
        assert web.post("/mailbox/faults", data={"refuse": "yes"}).status_code == 303
        assert "refuses connections" in web.get("/mailbox").text
    finally:
        serving.stop()


def test_it_is_a_program_of_its_own():
    started = [sys.executable, "-m", "devstore.mailbox", "--smtp-port", "0", "--port", "0"]
    with subprocess.Popen(started, stdout=subprocess.PIPE, text=True) as program:
        line = program.stdout.readline()
        assert line.startswith("mailbox ready: smtp ")
        port = int(line.split()[3].strip(","))
        with smtplib.SMTP("127.0.0.1", port, timeout=5) as client:
            client.send_message(letter(), "b@x.test")
        program.terminate()
        assert program.wait(timeout=10) == 0


def test_the_page_stands_alone():
    from devstore.mailbox.__main__ import build_web

    server = MailServer(clock=Watch())
    web = build_web(PostOffice(server.mailbox, server)).test_client()
    assert web.get("/mailbox").status_code == 200
    with web.get("/standins/frame.css") as answer:
        assert answer.status_code == 200
