"""A claim of somebody else ends on a paper, a reason and two people's word."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.urls import reverse

from collateral.models import Asset, Lien
from collateral.services.lien_ends import decide_lien_end, propose_lien_end
from collateral.services.records import UnableToRecord, record_lien
from core.errors import Conflict
from core.four_eyes import UnableToConfirm
from core.models import AuditEntry, Branch, Proposal, User
from core.roles import Role
from tests.collateral.conftest import SignIn, about_open, hire
from tests.collateral.papers import sheet
from tests.every_role import every_role
from tests.shared_rows import shared


@shared
def lien(asset: Asset, today: date) -> Lien:
    return record_lien(
        asset=asset, holder="Other Bank", rank=1, amount=Decimal(40_000), registry_reference="R-77", registered_date=date(2024, 5, 5),
        actor=None, business_date=today,
    )  # fmt: skip


def propose(lien: Lien, actor: User, today: date, **changes: Any) -> Proposal:
    given: dict[str, Any] = {"ended_date": today, "reason": "Paid back.", "proof": sheet("deleted.pdf", "R"), **changes}
    return propose_lien_end(lien=lien, actor=actor, business_date=today, **given)


def claims_of(lien: Lien) -> Decimal:
    amount: Decimal = lien.asset.pledges.get().prior_claims
    return amount


def test_counts_only_once_another_person_confirmed(lien: Lien, officer: User, investigator: User, today: date) -> None:
    propose(lien, officer, today)
    decision: dict[str, Any] = {"lien": lien, "confirm": True, "reason": "", "business_date": today}
    with pytest.raises(UnableToConfirm):
        decide_lien_end(**decision, actor=officer)
    assert claims_of(lien) == 40_000
    done = decide_lien_end(**decision, actor=investigator)
    assert done.end_document is not None
    assert (done.ended_date, claims_of(lien), done.end_document.name) == (today, 0, "deleted.pdf")
    assert AuditEntry.objects.get(action="lien.ended").details["reason"] == "Paid back."
    with pytest.raises(Conflict):
        propose(lien, officer, today, proof=sheet("again.pdf", "S"))


def test_is_not_confirmed_by_who_proposed_it_even_with_the_role(lien: Lien, investigator: User, today: date) -> None:
    propose(lien, investigator, today)
    with pytest.raises(UnableToConfirm):
        decide_lien_end(lien=lien, confirm=True, reason="", actor=investigator, business_date=today)
    assert claims_of(lien) == 40_000


def test_that_is_refused_stands_on(lien: Lien, officer: User, approver: User, today: date) -> None:
    with pytest.raises(UnableToConfirm, match="no_proposal"):
        decide_lien_end(lien=lien, confirm=True, reason="", actor=approver, business_date=today)
    propose(lien, officer, today)
    held = decide_lien_end(lien=lien, confirm=False, reason="The paper is of another claim.", actor=approver, business_date=today)
    assert (held.ended_date, claims_of(lien)) == (None, 40_000)


@pytest.mark.parametrize(
    ("changes", "field"), [({"reason": " "}, "reason"), ({"proof": None}, "paper"), ({"ended_date": date(2020, 1, 1)}, "ended_date")]
)
def test_takes_a_reason_a_paper_and_a_day(lien: Lien, officer: User, today: date, changes: dict[str, Any], field: str) -> None:
    with pytest.raises(UnableToRecord) as refusal:
        propose(lien, officer, today, **changes)
    assert [fault.field for fault in refusal.value.faults] == [field] and not Proposal.objects.exists()


@every_role(Role)
def test_each_role_does_its_own(lien: Lien, officer: User, branch: Branch, sign_in: SignIn, today: date, role: Role) -> None:
    propose(lien, officer, today)
    client = sign_in(hire("somebody", role, branch=branch))
    sent = about_open(outcome="confirm", reason="Seen.")
    answer = client.post(reverse("collateral:lien_end_decide", args=[lien.pk]), sent)
    may = role in (Role.INVESTIGATOR, Role.RISK_MANAGER, Role.APPROVER)
    assert answer.status_code == (302 if may else 422 if role == Role.OFFICER else 403)
    assert Lien.objects.filter(ended_date=today).exists() is may


def test_the_page_keeps_what_was_typed_and_shows_what_waits(
    lien: Lien, officer: User, investigator: User, sign_in: SignIn, today: date
) -> None:
    address = reverse("collateral:lien_end", args=[lien.pk])
    refused = sign_in(officer).post(address, {"ended_date": today.isoformat(), "reason": "Paid back in May."})
    assert refused.status_code == 422 and "Paid back in May." in refused.text
    sent = {"ended_date": today.isoformat(), "reason": "Paid back.", "paper": sheet("deleted.pdf", "R")}
    assert "Take it back" in sign_in(officer).post(address, sent, follow=True).text
    page = sign_in(investigator).get(reverse("collateral:records", args=[lien.asset_id])).text
    assert "Has it ended?" in page and "What shows it" in page
