"""A debtor who leaves the borrower's own group counts again, from a second person's word on."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from collateral.models import Asset, Receivable
from collateral.services.connected_debtors import TURNED, _asked_about, _own_of, follow_groups
from collateral.services.flags import UnableToDecideFlag, decide_flag
from collateral.services.receivables import facts_version, mark_receivable
from core.models import AuditEntry, User
from core.roles import Role
from loans.models import ApplicationParty, Borrower
from loans.selectors import groups
from tests.collateral.books import Book, Lent
from tests.collateral.conftest import hire
from tests.collateral.test_connected_debtors import assigned, book, connected, debtor, lent
from tests.shared_rows import shared

__all__ = ["assigned", "book", "lent"]


@shared
def tied(book: Book, lent: Lent, assigned: Asset, today: date) -> ApplicationParty:
    """One of the debtors has a part in the file, and counts for nothing."""
    party = ApplicationParty.objects.create(application=lent.application, borrower=debtor(book), part="GUARANTOR")
    assert follow_groups(business_date=today) == 1 and connected(assigned) == ["Oak GmbH"]
    return party


def share(asset: Asset) -> Any:
    return Asset.objects.get(pk=asset.pk).counted_share


def test_waits_for_a_second_person_and_then_counts(tied: ApplicationParty, assigned: Asset, risk_manager: User, today: date) -> None:
    held = share(assigned)
    tied.delete()
    assert [follow_groups(business_date=today) for _ in range(2)] == [1, 0]
    (row,) = Receivable.objects.filter(asset=assigned, left_date=today)
    assert (row.debtor_name, row.connected, share(assigned)) == ("Oak GmbH", True, held)
    flag = assigned.flags.get(code="debtor_left_group")
    assert flag.evidence == {"debtors": "Oak GmbH", "number": "1", "nominal": f"{row.nominal:.2f}"}
    assert AuditEntry.objects.get(action="receivables.debtor_left").details["left"] == 1
    decide_flag(flag=flag, uphold=False, reason="The guarantee was returned.", actor=risk_manager, business_date=today)
    assert connected(assigned) == [] and share(assigned) > held
    assert follow_groups(business_date=today) == 0 and not Receivable.objects.filter(left_date__isnull=False).exists()


def test_stays_of_the_group_where_that_is_upheld(tied: ApplicationParty, assigned: Asset, risk_manager: User, today: date) -> None:
    held = share(assigned)
    tied.delete()
    follow_groups(business_date=today)
    flag = assigned.flags.get(code="debtor_left_group")
    decide_flag(flag=flag, uphold=True, reason="They still run it.", actor=risk_manager, business_date=today)
    assert connected(assigned) == ["Oak GmbH"] and share(assigned) == held
    assert follow_groups(business_date=today) == 0


def test_is_decided_by_nobody_who_recorded_what_they_owe(tied: ApplicationParty, assigned: Asset, officer: User, today: date) -> None:
    tied.delete()
    follow_groups(business_date=today)
    own = hire("odd_risk", Role.RISK_MANAGER, branch=assigned.branch)
    row = Receivable.objects.get(asset=assigned, left_date=today)
    facts_version(row, valid_from=today, actor=own, business_date=today).save(force_insert=True)
    with pytest.raises(UnableToDecideFlag, match="own_record"):
        flag = assigned.flags.get(code="debtor_left_group")
        decide_flag(flag=flag, uphold=False, reason="Gone.", actor=own, business_date=today)


def test_is_asked_about_no_more_once_they_are_back_or_have_paid(
    tied: ApplicationParty, assigned: Asset, officer: User, today: date
) -> None:
    application, borrower = tied.application, tied.borrower
    tied.delete()
    follow_groups(business_date=today)
    ApplicationParty.objects.create(application=application, borrower=borrower, part="GUARANTOR")
    assert [follow_groups(business_date=today) for _ in range(2)] == [1, 0]
    assert assigned.flags.get(code="debtor_left_group").state == "CLEARED" and connected(assigned) == ["Oak GmbH"]
    ApplicationParty.objects.filter(borrower=borrower).delete()
    follow_groups(business_date=today)
    row = Receivable.objects.get(asset=assigned, left_date=today)
    mark_receivable(receivable=row, mark="settled", on=today, actor=officer, business_date=today)
    assert not assigned.flags.filter(code="debtor_left_group", state="OPEN").exists()


@pytest.mark.parametrize("whole", [True, False])
def test_is_said_of_nobody_whose_group_is_counted_to_no_end(
    tied: ApplicationParty, assigned: Asset, whole: bool, today: date, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The group is one borrower: cut off where no more than none are counted."""
    party = (tied.application, tied.borrower)
    monkeypatch.setattr(groups, "MOST_CONNECTED", 1 if whole else 0)
    tied.delete()
    assert follow_groups(business_date=today) == int(whole)
    assert Receivable.objects.filter(asset=assigned, left_date=today).exists() is whole
    # Who is found in it is of it, however much of it is counted.
    monkeypatch.setattr(groups, "MOST_CONNECTED", 0)
    ApplicationParty.objects.create(application=party[0], borrower=party[1], part="GUARANTOR")
    assert follow_groups(business_date=today) == int(whole) and not Receivable.objects.filter(left_date__isnull=False).exists()


def test_are_looked_for_by_joins_alone(tied: ApplicationParty, assigned: Asset) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN {TURNED}", _asked_about(_own_of(None)))
        assert "SubPlan" not in "".join(line for (line,) in cursor.fetchall())


@pytest.mark.parametrize("others", [False, True])
def test_once_cleared_ends_what_was_upheld_of_them_unless_others_are_of_the_group(
    tied: ApplicationParty, assigned: Asset, risk_manager: User, others: bool, today: date
) -> None:
    upheld = assigned.flags.get(code="connected_debtor")
    decide_flag(flag=upheld, uphold=True, reason="They are.", actor=risk_manager, business_date=today)
    if others:
        Receivable.objects.filter(debtor_name="Elm").update(connected=True)
        elm = Borrower.objects.create(reference="BR-ELM", branch=assigned.branch, kind="COMPANY", name="Elm", country="DE")
        ApplicationParty.objects.create(application=tied.application, borrower=elm, part="GUARANTOR")
    tied.delete()
    follow_groups(business_date=today)
    flag = assigned.flags.get(code="debtor_left_group")
    decide_flag(flag=flag, uphold=False, reason="The guarantee was returned.", actor=risk_manager, business_date=today)
    upheld.refresh_from_db()
    assert (upheld.state, upheld.decided_by, upheld.reason) == ("UPHELD" if others else "ENDED", risk_manager, "They are.")
    if not others:
        assert upheld.lifted_by == risk_manager and "left the group" in upheld.lifted_reason
        assert AuditEntry.objects.filter(action="red_flag.ended", target_id=str(upheld.pk)).count() == 1


def test_only_what_was_connected_is_left(assigned: Asset, today: date) -> None:
    with pytest.raises(IntegrityError, match="receivable_left_was_connected"), transaction.atomic():
        Receivable.objects.filter(asset=assigned).update(left_date=today)
