"""Start next review and the page it stands on with a hundred thousand files, against the same with three hundred."""

from __future__ import annotations

from django.db import connection
from django.test import Client
from django.urls import reverse

from bench.book import DAY, copy_row, make_application, open_bank
from bench.house import tidy
from bench.results import Result, measure, p95
from core.models import User
from core.roles import Role
from core.services.staff import hire_user
from loans.models import Application
from risk.models import Investigation
from risk.services.worklist import take_next

FILES = 100_000
FEW = 300
TAKEN = 60


def run(scale: float) -> list[Result]:
    """p95 of sixty files taken up one after the other by an approver and by an investigator, and of the page of waiting work."""
    branch = open_bank()
    people = [
        hire_user(
            username=f"next_{role.lower()}", full_name=f"Bench {role.label}", roles=(role,), branches=[branch], password=None, actor=None
        )
        for role in (Role.APPROVER, Role.INVESTIGATOR)
    ]
    _fill("LA-F", FEW)
    few = [measured for person in people for measured in _measure(person)]
    number = int(FILES * scale)
    _fill("LA-N", number)
    many = [measured for person in people for measured in _measure(person)]
    names = [f"{what} of an {who}" for who in ("approver", "investigator") for what in ("the next file", "the page of waiting work")]
    return [
        Result(f"{name}, p95, with {number:,} files against {FEW}", ours, reference, "s", 4)
        for name, ours, reference in zip(names, many, few, strict=True)
    ]


def _fill(prefix: str, number: int) -> None:
    """Half of the files in review, half to be investigated, of these one in fifty to be signed off;
    every tenth is in a colleague's hands.
    """
    colleague = User.objects.get_or_create(username="next_colleague", defaults={"full_name": "Bench Colleague"})[0].pk
    first = make_application(open_bank(), reference=prefix, state="REVIEW", due_date=DAY, recommendation="REFER")
    copy_row(
        first,
        number - 1,
        id="gen_random_uuid()",
        reference=f"'{prefix}' || n",
        due_date="t.due_date + (n %% 30)::int",
        state="(ARRAY['REVIEW', 'INVESTIGATING'])[1 + n %% 2]",
        assigned_to_id=f"CASE WHEN n / 2 %% 10 = 0 THEN {colleague} END",
    )
    investigation = Investigation.objects.create(application=first, state="SIGNED_OFF")
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO risk_investigation (id, application_id, state, summary, investigator_id) "
            "SELECT gen_random_uuid(), id, state, '', CASE WHEN state = 'SUBMITTED' THEN %(colleague)s END FROM ("
            "SELECT id, CASE WHEN state = 'REVIEW' THEN 'SIGNED_OFF' WHEN row_number() OVER (ORDER BY reference) %% 50 = 1 THEN 'SUBMITTED' "
            "ELSE 'OPEN' END AS state FROM loans_application WHERE reference LIKE %(prefix)s AND id <> %(first)s) a",
            {"prefix": f"{prefix}%", "first": investigation.application_id, "colleague": colleague},
        )
    tidy("loans_application", "risk_investigation")


def _measure(person: User) -> tuple[float, float]:
    client = Client(SERVER_NAME="localhost")
    client.force_login(person, backend="allauth.account.auth_backends.AuthenticationBackend")
    page = reverse("risk:work")
    client.get(page)

    def take() -> None:
        if take_next(actor=person, business_date=DAY) is None:
            raise RuntimeError("nothing waits")

    def look() -> None:
        if client.get(page).status_code != 200:
            raise RuntimeError("the page was refused")

    taken = p95([measure(take) for _ in range(TAKEN)])
    Application.objects.filter(assigned_to=person).update(assigned_to=None)
    return taken, p95([measure(look) for _ in range(TAKEN)])
