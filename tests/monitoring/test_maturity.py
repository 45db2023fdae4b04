"""A loan matures unpaid: collections are told, an entry is proposed when principal is unpaid, and the worklist shows it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

from django.test import Client
from django.urls import reverse

from blacklist.models import BlacklistEntry
from core.models import Branch, User
from core.roles import Role
from loans.models import Loan
from monitoring.models import Alert, SweepRun
from tests.every_role import every_role
from tests.loans.servicing.conftest import hire
from tests.loans.servicing.test_payments import pay
from tests.monitoring.conftest import FIRST_DUE
from tests.shared_rows import shared

Close = Callable[[date], SweepRun]
DAY = timedelta(days=1)


@shared
def short(active: Callable[..., Loan]) -> Loan:
    """1,000.00 EUR, due in full on 2 April 2026."""
    return active(amount="1000.00", term_months=1)


def test_alerts_once_and_proposes_an_entry(short: Loan, close: Close) -> None:
    for days in (1, 2, 3):
        close(FIRST_DUE + days * DAY)
    alert = Alert.objects.get(kind="MATURED")
    assert (alert.level, alert.subject, alert.raised_date) == (2, f"loan:{short.pk}", FIRST_DUE + DAY)
    assert "1,005.00 EUR unpaid" in alert.title
    entry = BlacklistEntry.objects.get()
    assert (entry.state, entry.reason_code, entry.source_reference) == ("PROPOSED", "maturity_unpaid", short.reference)


def test_what_is_within_the_tolerance_is_left_alone(short: Loan, close: Close, on: Callable[[date], date]) -> None:
    Loan.objects.update(tolerance_amount=5)
    pay(short, "1001.00", on(FIRST_DUE))
    close(FIRST_DUE + DAY)
    short.refresh_from_db()
    assert (short.state, short.days_past_due) == ("MATURED_UNPAID", 0)
    assert not Alert.objects.exists() and not BlacklistEntry.objects.exists()


@every_role(Role)
def test_is_on_the_worklist_for_those_who_read_it(
    role: Role, short: Loan, close: Close, branch: Branch, other_branch: Branch, sign_in: Callable[[User], Client]
) -> None:
    close(FIRST_DUE + DAY)
    url = f"{reverse('monitoring:overdue_list')}?bucket=matured"
    page = sign_in(hire("somebody", role, branch=branch)).get(url)
    readers = set(Role) - {Role.APPRAISER, Role.VALIDATOR, Role.ADMINISTRATOR}
    assert page.status_code == (200 if role in readers else 403)
    assert (short.reference in page.text) is (role in readers)
    if role in readers:
        assert page.text.count("2 Apr 2026") == 2
    if role in (Role.OFFICER, Role.COLLECTIONS):
        assert short.reference not in sign_in(hire("stranger", role, branch=other_branch)).get(url).text


def test_the_loan_says_so(short: Loan, close: Close, collector: User, sign_in: Callable[[User], Client]) -> None:
    close(FIRST_DUE + DAY)
    page = sign_in(collector).get(reverse("loans:loan_detail", args=[short.public_id]))
    assert "The last instalment was due on" in page.text
