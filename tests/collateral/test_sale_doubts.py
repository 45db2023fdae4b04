"""Whose the rest of a sale is: not theirs whom one person alone put on file, before somebody else has seen it."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from collateral.models import Asset, Lien, SaleRest
from collateral.services.ended_work import end_open_work
from collateral.services.flags import decide_flag
from collateral.services.owners import OwnerDraft, record_ownership
from collateral.services.sale_rests import UnableToPayRest, decide_rest_payout, propose_rest_payout
from core.models import Branch, User
from core.roles import Role
from loans.models import Borrower
from tests.collateral.papers import file_paper
from tests.collateral.test_drawings_enforced import IBAN, Sell, drawings, press, sell
from tests.loans.servicing.conftest import (
    accepted,
    active,
    approver,
    branch,
    collector,
    hire,
    officer,
    product,
    risk_manager,
    second_approver,
    signed,
)
from tests.loans.servicing.lines_of_credit import facility, first_drawing, line_product

__all__ = ["accepted", "active", "approver", "branch", "collector", "drawings", "facility", "first_drawing", "line_product"]
__all__ += ["officer", "press", "product", "risk_manager", "second_approver", "sell", "signed"]

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("cleared", [False, True])
def test_a_rest_is_nobodys_by_name_while_one_person_alone_says_who_owns_it(
    press: Asset, sell: Sell, branch: Branch, officer: User, collector: User, second_approver: User, today: date, cleared: bool
) -> None:
    for name, actor in (("Ada Owner", None), ("Fred Friend", officer)):
        person = Borrower.objects.create(reference=f"BR-{name}", branch=branch, kind="PERSON", name=name, country="DE")
        owned = [OwnerDraft(Fraction(1), person=person)]
        record_ownership(asset=press, owners=owned, from_date=today, reason="Bought", actor=actor, business_date=today)
    if cleared:
        decider = hire("rolf_reviewer", Role.RISK_MANAGER, branch=branch)
        for flag in press.flags.filter(state="OPEN"):
            decide_flag(flag=flag, uphold=False, reason="Deed read.", actor=decider, business_date=today)
    sell(press, "20000.00")
    end_open_work(business_date=today)
    assert not press.flags.filter(state="OPEN").exists(), "the sale ends what nobody decided"
    rest = SaleRest.objects.get(to="OWNER")
    assert rest.party == ("Fred Friend" if cleared else "")
    asked: dict[str, Any] = {"rest": rest, "iban": IBAN, "reason": "Deed", "business_date": today, "actor": collector}
    proposal = propose_rest_payout(**asked, paid_to="Fred Friend")
    decided: dict[str, Any] = {"rest": rest, "confirm": True, "actor": second_approver, "business_date": today}
    if not cleared:
        assert "changed hands while it is pledged" in proposal.content["doubts"]
        assert f"by {officer.full_name}, and seen by nobody else" in proposal.content["doubts"]
        with pytest.raises(UnableToPayRest, match="reason_missing"):
            decide_rest_payout(**decided, reason="")
    assert decide_rest_payout(**decided, reason="" if cleared else "The deed was read at the registry.").paid_date == today


def test_the_rest_of_a_claim_says_that_no_paper_shows_it_and_how_late_it_came(
    press: Asset, sell: Sell, officer: User, collector: User, today: date
) -> None:
    claims = (("Cousin", 5, today, None), ("Elbe Bank", 6, today - timedelta(days=90), file_paper(press, "LIEN_REGISTRATION", today)))
    for holder, rank, day, paper in claims:
        lien = {"holder": holder, "rank": rank, "amount": Decimal(100), "registry_reference": f"R-{rank}", "document": paper}
        Lien.objects.create(asset=press, registered_date=day, recorded_date=day, recorded_by=officer, **lien)
    sell(press, "20000.00")
    rests = {rest.party: rest for rest in SaleRest.objects.all()}
    asked: dict[str, Any] = {"iban": IBAN, "reason": "Asked", "actor": collector, "business_date": today}
    doubts = [propose_rest_payout(rest=rests[name], **asked).content["doubts"] for name in ("Cousin", "Elbe Bank")]
    assert doubts == [
        f"No paper shows the claim of Cousin. The claim of Cousin was put on file on 2 Mar 2026 by {officer.full_name}.",
        "",
    ]
