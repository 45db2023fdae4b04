"""A credit bureau of tests: a real local HTTP server that answers as it is told."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from core.models import User
from loans.models import Application
from risk.models import BureauReport, Investigation
from risk.selectors.facts import current_facts
from risk.services.bureau import order_report
from tests.risk.conftest import TODAY

Asked = Callable[..., BureauReport]
Answer = tuple[int, bytes, float]  # status, body, seconds it takes


def report(**changes: Any) -> bytes:
    """A sound report on the applicant of the tests."""
    account = {"lender": "Other bank", "outstanding": "9000.00", "monthly_payment": "300.00", "dpd": 0}
    sound: dict[str, Any] = {
        "report": "SB-1",
        "as_of": "2026-02-27",
        "subject": {"name": "Freya Lindqvist", "birth_date": "1986-05-04"},
        "worst_dpd": 12,
        "enquiries_6m": 2,
        "accounts": [account, account | {"outstanding": "500.50", "monthly_payment": "50.25"}],
    }
    return json.dumps(sound | changes).encode()


class Bureau:
    """A bureau that answers as it is told and remembers what it was asked."""

    def __init__(self) -> None:
        self.answer: Answer = (200, report(), 0.0)
        self.asked: list[dict[str, Any]] = []
        self.headers: list[dict[str, str]] = []
        bureau = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                bureau.headers.append(dict(self.headers))
                bureau.asked.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
                status, body, seconds = bureau.answer
                self.send_response(status)
                if status == 302:
                    self.send_header("Location", "http://localhost:1/elsewhere")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                for index in range(len(body)) if seconds else range(0):
                    time.sleep(seconds / len(body))
                    self.wfile.write(body[index : index + 1])
                if not seconds:
                    self.wfile.write(body)

            def log_message(self, *_: Any) -> None:
                return

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.server.handle_error = lambda *_: None  # type: ignore[method-assign]  # who hangs up is no error of the bureau
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}/reports"

    def stop(self) -> None:
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def bureau(settings: Any) -> Iterator[Bureau]:
    one = Bureau()
    settings.CREDENCE_BUREAU_URL, settings.CREDENCE_BUREAU_TOKEN, settings.CREDENCE_BUREAU_SECONDS = one.url, "secret-token", 0.4
    yield one
    one.stop()


@pytest.fixture
def asked(opened: Callable[..., Investigation], investigator: User) -> Asked:
    """A report that is ordered on the applicant of a file with consent."""

    def make(consents: Any = ({"kind": "bureau", "given_at": "2026-01-05T09:00:00Z"},), number: str = "L01X00T47") -> BureauReport:
        application = opened(number=number).application
        Application.objects.filter(pk=application.pk).update(consents=list(consents))
        application = Application.objects.select_related("borrower").get(pk=application.pk)
        assert application.borrower is not None
        return order_report(application=application, borrower=application.borrower, actor=investigator, business_date=TODAY)

    return make


def bureau_facts(row: BureauReport) -> dict[str, str]:
    known = current_facts(row.application, business_date=TODAY)
    return {code: fact.row.value for code, fact in known.items() if fact.row.author_name == "credit bureau"}
