"""A lot is drawn by the system of files that nobody chose, is kept, and comes out the same when it is drawn again; late audits are told."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from core.events import deliver_pending
from core.models import AuditEntry, Branch, User, UserRole
from core.roles import Role
from loans.models import Application
from loans.services.holds import is_held
from monitoring.models import Alert
from risk.domain.lots import draw, fingerprint
from risk.models import AuditLot, FileAudit
from risk.selectors.audit_lots import drawn_again
from risk.services.file_audits import UnableToAudit, order_audit, order_sample, record_audit, tell_overdue_audits
from tests.risk.conftest import TODAY, make_person
from tests.risk.files import add_document
from tests.risk.web.conftest import SignIn

pytestmark = pytest.mark.django_db
PERIOD: dict[str, date] = {"since": TODAY - timedelta(days=10), "until": TODAY}


@pytest.fixture
def files(file: Callable[..., Application]) -> list[Application]:
    """Six files that were declined five days ago."""
    made = [file(number) for number in range(6)]
    Application.objects.update(state="DECLINED", decided_date=TODAY - timedelta(days=5))
    return list(Application.objects.filter(pk__in=[one.pk for one in made]).order_by("reference"))


def lot_of(actor: User, size: int = 100, **changes: Any) -> AuditLot:
    return order_sample(**{"size": size, "auditor": "Prüf & Partner", "actor": actor, "business_date": TODAY} | PERIOD | changes)


def names_in(lot: AuditLot) -> set[str]:
    return set(FileAudit.objects.filter(lot=lot).values_list("application__reference", flat=True))


def report(found: FileAudit) -> FileAudit:
    """By somebody else than who ordered it."""
    actor = make_person(f"reporter_{found.pk}", Branch.objects.get(code="B1"), Role.RISK_MANAGER)
    paper = add_document(found.application, f"{found.pk}.pdf")
    return record_audit(found=found, clean=True, result="Papers seen.", report=paper, actor=actor, business_date=TODAY)


def test_it_does_not_depend_on_the_order_of_the_files() -> None:
    names = [f"A-{number}" for number in range(6)]
    assert draw("2026", names, 3) == draw("2026", reversed(names), 3) and len(set(draw("2026", names, 3))) == 3
    assert {tuple(draw(str(seed), names, 3)) for seed in range(5)} != {tuple(draw("2026", names, 3))}
    assert fingerprint(names) == fingerprint(reversed(names)) != fingerprint(names[1:])


def test_the_system_draws_the_seed_and_keeps_what_it_drew_of(files: list[Application], risk_manager: User) -> None:
    first, second = lot_of(risk_manager, 2), lot_of(risk_manager, 2)
    assert len(first.seed) == 32 and first.seed != second.seed
    names = [one.reference for one in files]
    assert names_in(first) == set(draw(first.seed, names, 2)) and first.population_sha256 == fingerprint(names)
    assert (first.population, second.population) == (6, 4), "what stands in an earlier lot is left out"
    assert not is_held(FileAudit.objects.filter(lot=first)[0].application), "nothing speaks against a decided file that a lot drew"
    with pytest.raises(DatabaseError), transaction.atomic():
        AuditLot.objects.filter(pk=first.pk).update(seed="1")


def test_nobody_keeps_a_file_out(files: list[Application], risk_manager: User, officer: User) -> None:
    """An audit that is under way joins the lot with its file, and whoever draws has their own files in it;
    one that has reported stays out.
    """
    who: dict[str, Any] = {"auditor": "A friend", "reason": "Mine", "actor": risk_manager, "business_date": TODAY}
    open_one, done = (order_audit(application=one, **who) for one in files[:2])
    report(done)
    Application.objects.filter(pk=files[2].pk).update(officer=risk_manager)
    lot = lot_of(risk_manager)
    assert names_in(lot) == {one.reference for one in files} - {files[1].reference}
    assert FileAudit.objects.get(application=files[0]) == open_one and AuditEntry.objects.filter(action="audit.joined_lot").count() == 1
    own = FileAudit.objects.get(application=files[2])
    with pytest.raises(UnableToAudit, match="own_intake"):
        record_audit(found=own, clean=False, result="x", report=None, actor=risk_manager, business_date=TODAY)
    with pytest.raises(UnableToAudit, match="invalid") as refusal:
        lot_of(risk_manager)
    assert [(fault.field, fault.code) for fault in refusal.value.faults] == [("since", "empty")]


def test_it_is_drawn_again_as_the_audits_stood_then(files: list[Application], risk_manager: User, officer: User, sign_in: SignIn) -> None:
    report(order_audit(application=files[0], auditor="P", reason="x", actor=risk_manager, business_date=TODAY))
    waiting = order_audit(application=files[1], auditor="P", reason="x", actor=risk_manager, business_date=TODAY)
    lot = lot_of(risk_manager, 3)
    # What happened afterwards on the same day is not what was left out then.
    later = lot_of(risk_manager, 1)
    waiting.refresh_from_db()
    report(waiting)
    with CaptureQueriesContext(connection) as queries:
        again = drawn_again(lot)
    assert again.is_same and again.population == lot.population == 5 and len(queries) == 2
    assert drawn_again(later).is_same and later.population == 2
    client = sign_in(risk_manager)
    page = client.get(reverse("risk:audit_lot", args=[lot.pk])).text
    assert "Drawn again: the same files" in page and lot.seed in page and lot.population_sha256 in page
    assert "In a lot" in client.get(reverse("risk:field_panel", args=[FileAudit.objects.filter(lot=lot)[0].application_id])).text
    gone = FileAudit.objects.filter(lot=lot).order_by("application__reference")[0]
    FileAudit.objects.filter(pk=gone.pk).update(lot=None)
    page = client.get(reverse("risk:audit_lot", args=[lot.pk])).text
    assert f"Drawn again, and not in the lot: {gone.application.reference}" in page
    Application.objects.filter(pk=files[5].pk).update(decided_date=TODAY - timedelta(days=50))
    assert "By the audits and decisions that are kept, there were 4" in client.get(reverse("risk:audit_lot", args=[lot.pk])).text


@pytest.mark.parametrize(
    ("changes", "field"), [({"size": 0}, "size"), ({"until": TODAY + timedelta(days=9)}, "until"), ({"auditor": " "}, "auditor")]
)
def test_refusals_name_their_field(changes: dict[str, Any], field: str, risk_manager: User) -> None:
    with pytest.raises(UnableToAudit, match="invalid") as refusal:
        lot_of(risk_manager, **changes)
    assert [fault.field for fault in refusal.value.faults] == [field]


def told() -> list[tuple[str, str]]:
    for _ in range(2):
        deliver_pending()
    return list(Alert.objects.filter(kind="AUDIT_LATE").order_by("id").values_list("subject", "state"))


def test_what_has_not_reported_after_thirty_days_is_told_once_and_ends_when_it_does(files: list[Application], risk_manager: User) -> None:
    lot_of(risk_manager, 5)
    cost = []
    for some in (1, 5):
        FileAudit.objects.update(told_late_date=None)
        kept = FileAudit.objects.order_by("id").values_list("pk", flat=True)[:some]
        FileAudit.objects.filter(pk__in=list(kept)).update(ordered_date=TODAY - timedelta(days=30))
        assert tell_overdue_audits(business_date=TODAY - timedelta(days=1)) == 0
        with CaptureQueriesContext(connection) as queries:
            assert tell_overdue_audits(business_date=TODAY) == some
        cost.append(len(queries))
    assert cost[0] == cost[1] and tell_overdue_audits(business_date=TODAY) == 0
    first = FileAudit.objects.order_by("id")[0]
    assert len(told()) == 5 and told()[0] == (f"audit:{first.pk}", "OPEN")
    alert = Alert.objects.get(subject=f"audit:{first.pk}")
    assert first.application.reference in alert.title and alert.borrower == first.application.borrower
    report(first)
    assert told()[0] == (f"audit:{first.pk}", "RESOLVED") and [state for _, state in told()].count("OPEN") == 4


def owner_of_late_audit(application: Application, orderer: User) -> User | None:
    """On whose desk the alert about an audit lies that has not reported for thirty days."""
    found = order_audit(application=application, auditor="Prüf", reason="x", actor=orderer, business_date=TODAY - timedelta(days=30))
    tell_overdue_audits(business_date=TODAY)
    told()
    return Alert.objects.get(subject=f"audit:{found.pk}").owner


def test_what_has_not_reported_lies_on_the_desk_of_who_ordered_it(
    files: list[Application], risk_manager: User, branch: Branch, sign_in: SignIn
) -> None:
    carla = make_person("carla_compliance", branch, Role.COMPLIANCE)
    assert owner_of_late_audit(files[0], carla) == carla
    assert files[0].reference in sign_in(carla).get(reverse("monitoring:alert_list"), {"view": "mine"}).text
    User.objects.filter(pk=carla.pk).update(is_active=False)
    assert owner_of_late_audit(files[1], carla) == risk_manager, "who is gone asks nobody"
    other = make_person("rona_risk", branch, Role.RISK_MANAGER)
    assert owner_of_late_audit(files[2], carla) == other, "the one with fewer alerts in hand"
    UserRole.objects.filter(role=Role.RISK_MANAGER).delete()
    assert owner_of_late_audit(files[3], carla) is None, "then it is anybody's"
