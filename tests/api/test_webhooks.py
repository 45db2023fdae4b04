"""Webhooks: registered, signed, delivered from events, and never into our own network."""

from __future__ import annotations

import http.client
import json
import socket
import ssl
import threading
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from ipaddress import ip_address
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone
from standardwebhooks.webhooks import Webhook

from core import events
from core.models import PartnerClient
from loans.domain.webhooks import WAITS, fault_of_url, is_public
from loans.models import WebhookDelivery, WebhookEndpoint
from loans.services import webhook_delivery
from loans.services.webhook_delivery import NotCallable, deliver_due, resolve
from tests.api.client import Api, is_problem, pointers
from tests.api.conftest import MakeFile, MakeLoan

pytestmark = pytest.mark.django_db
ALL = ["application.decided", "application.status_changed", "loan.disbursed", "loan.overdue", "loan.closed"]
URL = "https://hooks.partner.example/credence?x=1"


class Listener(BaseHTTPRequestHandler):
    """Keeps what it is sent and answers as told."""

    status = 200
    got: list[tuple[str, dict[str, str], str]] = []

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        Listener.got.append((self.path, {name.lower(): value for name, value in self.headers.items()}, body))
        self.send_response(Listener.status)
        self.send_header("Location", "http://127.0.0.1:1/elsewhere")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *args: Any) -> None:
        """Say nothing."""


@pytest.fixture
def listener(monkeypatch: pytest.MonkeyPatch) -> Iterator[type[Listener]]:
    """A partner's server: the name resolves to a public address, and the connection to that address ends here."""
    server = HTTPServer(("127.0.0.1", 0), Listener)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    Listener.got, Listener.status = [], 200
    resolved = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("93.184.215.14", 443))]

    def connect(host: str, port: int, address: str) -> http.client.HTTPConnection:
        assert (host, port, address) == ("hooks.partner.example", 443, "93.184.215.14")
        return http.client.HTTPConnection("127.0.0.1", server.server_port, timeout=5)

    monkeypatch.setattr(webhook_delivery, "look_up", lambda *_, **__: resolved)
    monkeypatch.setattr(webhook_delivery, "open_connection", connect)
    yield Listener
    server.shutdown()
    thread.join()
    server.server_close()


def register(api: Api, *kinds: str) -> dict[str, Any]:
    answer = api.post("/webhook-endpoints", {"url": URL, "events": list(kinds) or ALL})
    assert answer.status_code == 201, answer.content
    return dict(answer.json())


class TestEndpoints:
    def test_show_their_secret_once(self, api: Api) -> None:
        made = register(api, "loan.closed")
        assert made["secret"].startswith("whsec_")
        shown = api.get("/webhook-endpoints").json()["data"]
        assert shown == [{name: value for name, value in made.items() if name != "secret"}]
        with connection.cursor() as cursor:
            cursor.execute("SELECT secret FROM loans_webhookendpoint")
            assert made["secret"].encode() not in bytes(cursor.fetchone()[0])

    def test_are_removed_once(self, api: Api) -> None:
        made = register(api)
        assert api.call("DELETE", f"/webhook-endpoints/{made['id']}").status_code == 204
        assert is_problem(api.call("DELETE", f"/webhook-endpoints/{made['id']}"), 404)
        assert api.get("/webhook-endpoints").json()["data"] == []

    def test_belong_to_their_partner(self, api: Api, other_api: Api) -> None:
        made = register(api)
        assert other_api.get("/webhook-endpoints").json()["data"] == []
        assert is_problem(other_api.call("DELETE", f"/webhook-endpoints/{made['id']}"), 404)
        assert WebhookEndpoint.objects.get().removed_at is None

    @pytest.mark.parametrize(
        "url",
        [
            "http://hooks.partner.example/",
            "https://localhost/",
            "https://127.0.0.1/",
            "https://10.1.2.3/",
            "https://169.254.169.254/latest/meta-data",
            "https://[::1]/",
            "https://[fe80::1]/",
            "https://[::ffff:10.0.0.1]/",
            "https://0.0.0.0/",
            "https://100.64.0.1/",
            "https://printer.local/",
            "https://db.internal/",
            "https://user:word@hooks.partner.example/",
            "https://hooks.partner.example:0/",
            "https://hooks.partner.example:99999/",
            "https://hooks.partner.example\\@10.0.0.1/",
            "https://hooks.partner.example/ x",
            "https://",
            "ftp://hooks.partner.example/",
            "file:///etc/passwd",
            "javascript:alert(1)",
        ],
    )
    def test_are_refused_where_they_may_not_lead(self, api: Api, url: str) -> None:
        answer = api.post("/webhook-endpoints", {"url": url, "events": ALL})
        assert is_problem(answer, 422, "invalid")
        assert pointers(answer) == {"/url": "not_callable"}

    def test_name_every_fault(self, api: Api) -> None:
        answer = api.post("/webhook-endpoints", {"url": 5, "events": ["loan.exploded"], "secret": "mine"})
        assert is_problem(answer, 400)
        assert pointers(answer) == {"/url": "invalid", "/events/0": "invalid_choice", "/secret": "unknown_field"}

    def test_are_at_most_twenty(self, api: Api) -> None:
        for _ in range(20):
            register(api)
        assert is_problem(api.post("/webhook-endpoints", {"url": URL, "events": ALL}), 422, "too_many")


class TestAddresses:
    @pytest.mark.parametrize(
        "address",
        ["127.0.0.1", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.1.1", "100.64.0.1", "0.0.0.0", "224.0.0.1", "255.255.255.255",
         "::1", "::", "fe80::1", "fc00::1", "ff02::1", "::ffff:127.0.0.1", "64:ff9b::a00:1", "2002:7f00:1::", "2001:db8::1"],
    )  # fmt: skip
    def test_that_are_not_public(self, address: str) -> None:
        assert not is_public(ip_address(address))

    @pytest.mark.parametrize("address", ["93.184.215.14", "2606:2800:21f:cb07:6820:80da:af6b:8b2c", "::ffff:93.184.215.14"])
    def test_that_are(self, address: str) -> None:
        assert is_public(ip_address(address))
        assert fault_of_url(URL) is None

    def test_one_private_address_among_others_refuses_the_host(self, monkeypatch: pytest.MonkeyPatch) -> None:
        both = [(2, 1, 6, "", (address, 443)) for address in ("93.184.215.14", "10.0.0.7")]
        monkeypatch.setattr(webhook_delivery, "look_up", lambda *_, **__: both)
        with pytest.raises(NotCallable):
            resolve("hooks.partner.example", 443)


class TestDelivery:
    def test_is_signed_and_says_what_happened(self, api: Api, listener: type[Listener], offered: MakeFile, partner: PartnerClient) -> None:
        secret = register(api, "application.decided")["secret"]
        application = offered(partner)
        events.deliver_pending()
        assert deliver_due() == 1
        ((path, headers, body),) = listener.got
        assert path == "/credence?x=1"
        told = Webhook(secret).verify(body, headers)
        assert told["type"] == "application.decided"
        assert told["data"] == {"application": str(application.pk), "reference": application.reference, "outcome": "APPROVED"}
        assert headers["webhook-id"] == str(WebhookDelivery.objects.get().pk)
        assert "Mira" not in body

    def test_tells_each_kind_to_those_who_asked_for_it(
        self, api: Api, other_api: Api, listener: type[Listener], lent: MakeLoan, partner: PartnerClient
    ) -> None:
        from loans.events import LoanClosed, LoanPassedMilestone

        register(api)
        register(other_api)
        loan = lent(partner)
        events.publish(LoanPassedMilestone(loan_id=loan.pk, milestone=1, days_past_due=1, business_date="2026-04-03"))
        events.publish(LoanClosed(loan_id=loan.pk))
        events.deliver_pending()
        deliver_due()
        told = [json.loads(body)["type"] for _, _, body in listener.got]
        assert set(told) == set(ALL)
        assert set(WebhookDelivery.objects.values_list("endpoint__partner__name", flat=True)) == {"First Partner"}
        before = len(told)
        events.deliver_pending()
        assert deliver_due() == 0 and len(listener.got) == before

    @pytest.mark.parametrize("status", [301, 302, 307, 308, 400, 500])
    def test_follows_no_redirect_and_tries_again_later(
        self, api: Api, listener: type[Listener], offered: MakeFile, partner: PartnerClient, status: int
    ) -> None:
        register(api, "application.decided")
        listener.status = status
        offered(partner)
        events.deliver_pending()
        before = timezone.now()
        assert deliver_due() == 0
        waiting = WebhookDelivery.objects.get()
        assert (waiting.state, waiting.attempts, waiting.last_answer, len(listener.got)) == ("PENDING", 1, f"HTTP {status}", 1)
        assert waiting.next_at > before + timedelta(seconds=2)
        assert deliver_due() == 0 and len(listener.got) == 1

    def test_is_given_up_in_the_end_and_can_be_replayed(
        self, api: Api, listener: type[Listener], offered: MakeFile, partner: PartnerClient
    ) -> None:
        endpoint = register(api, "application.decided")
        listener.status = 500
        offered(partner)
        events.deliver_pending()
        for _ in range(len(WAITS) + 1):
            WebhookDelivery.objects.update(next_at=timezone.now())
            deliver_due()
        message = WebhookDelivery.objects.get()
        assert (message.state, message.attempts) == ("FAILED", len(WAITS) + 1)
        listener.status = 204
        answer = api.post(f"/webhook-endpoints/{endpoint['id']}/deliveries/{message.pk}/replay")
        assert (answer.status_code, answer.json()["status"]) == (202, "PENDING")
        assert deliver_due() == 1
        assert len({headers["webhook-id"] for _, headers, _ in listener.got}) == 1
        assert is_problem(api.post(f"/webhook-endpoints/{endpoint['id']}/deliveries/never/replay"), 404)

    def test_of_others_cannot_be_replayed(
        self, api: Api, other_api: Api, listener: type[Listener], offered: MakeFile, partner: PartnerClient
    ) -> None:
        endpoint, theirs = register(api), register(other_api)
        offered(partner)
        events.deliver_pending()
        message = WebhookDelivery.objects.first()
        assert message is not None
        for key in (endpoint["id"], theirs["id"]):
            assert is_problem(other_api.post(f"/webhook-endpoints/{key}/deliveries/{message.pk}/replay"), 404)

    def test_never_reaches_an_address_that_became_private(
        self, api: Api, listener: type[Listener], offered: MakeFile, partner: PartnerClient, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        register(api, "application.decided")
        offered(partner)
        events.deliver_pending()
        rebound = [(2, 1, 6, "", ("127.0.0.1", 443))]
        monkeypatch.setattr(webhook_delivery, "look_up", lambda *_, **__: rebound)
        assert deliver_due() == 0
        assert listener.got == []
        assert "not public" in WebhookDelivery.objects.get().last_answer

    def test_connects_to_the_address_that_was_resolved_and_checks_the_name(self, monkeypatch: pytest.MonkeyPatch) -> None:
        seen: list[Any] = []

        class Tls(ssl.SSLContext):
            def wrap_socket(self, sock: Any, *args: Any, server_hostname: Any = None, **kwargs: Any) -> Any:
                seen.append(server_hostname)

        monkeypatch.setattr(webhook_delivery.socket, "create_connection", lambda target, **_: seen.append(target))
        webhook_delivery._Pinned("hooks.partner.example", 443, "93.184.215.14", Tls(ssl.PROTOCOL_TLS_CLIENT)).connect()
        assert seen == [("93.184.215.14", 443), "hooks.partner.example"]

    def test_stops_with_its_endpoint(self, api: Api, listener: type[Listener], offered: MakeFile, partner: PartnerClient) -> None:
        endpoint = register(api)
        offered(partner)
        events.deliver_pending()
        api.call("DELETE", f"/webhook-endpoints/{endpoint['id']}")
        assert deliver_due() == 0 and listener.got == []
