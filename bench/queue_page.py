"""The review queue with a hundred thousand applications, against the same page of an empty bank."""

from __future__ import annotations

from django.test import Client
from django.urls import reverse

from bench.book import fill_queue, open_bank
from bench.house import tidy
from bench.results import Result, measure, p95
from core.roles import Role
from core.services.staff import hire_user

APPLICATIONS = 100_000
REQUESTS = 60


def run(scale: float) -> list[Result]:
    """p95 of sixty requests by a risk manager, who sees every branch."""
    manager = hire_user(
        username="bench", full_name="Bench Manager", roles=(Role.RISK_MANAGER,), branches=[open_bank()], password=None, actor=None
    )
    client = Client(SERVER_NAME="localhost")
    client.force_login(manager, backend="allauth.account.auth_backends.AuthenticationBackend")
    empty = _p95(client)
    number = int(APPLICATIONS * scale)
    fill_queue(number)
    tidy("loans_application")
    return [Result(f"queue page with {number:,} applications, p95, against an empty one", _p95(client), empty, "s", 4)]


def _p95(client: Client) -> float:
    address = reverse("loans:application_queue")
    client.get(address)

    def ask() -> None:
        if client.get(address).status_code != 200:
            raise RuntimeError("the queue page was refused")

    return p95([measure(ask) for _ in range(REQUESTS)])
