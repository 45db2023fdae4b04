"""Who proposed something that waits for a second person takes it back where it waits."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.urls import reverse

from collateral.domain.revaluation import DEFAULTS, as_document
from collateral.models import Asset, Lien
from collateral.services.covenants import propose_covenant
from collateral.services.lien_ends import propose_lien_end
from collateral.services.records import record_lien
from collateral.services.releases import propose_release
from collateral.services.total_loss import propose_total_loss
from collateral.services.value_settings import propose_value_settings
from core.models import Branch, Proposal, User
from core.roles import Role
from loans.models import Loan
from tests.collateral.books import Book
from tests.collateral.conftest import SignIn, about_open, hire
from tests.collateral.inspecting import application_of, machine
from tests.collateral.papers import file_paper, sheet
from tests.shared_rows import shared


@pytest.fixture(autouse=True)
def media(settings: Any, tmp_path: Any) -> None:
    settings.MEDIA_ROOT, settings.CREDENCE_REQUIRE_STEP_UP = tmp_path, False


@shared
def press(branch: Branch, product: Any, officer: User, today: date) -> Asset:
    press = machine(Book(branch, product, today))
    Loan.objects.update(outstanding_principal=20_000)
    return press


@pytest.mark.parametrize("what", ["release", "loss", "covenant", "lien_end", "settings"])
def test_by_a_button_that_nobody_else_has(
    press: Asset, branch: Branch, officer: User, risk_manager: User, sign_in: SignIn, today: date, what: str
) -> None:
    loan, pledge = application_of(press).loans.get(), press.pledges.get()
    shared: dict[str, Any] = {"reason": "Asked for.", "actor": officer, "business_date": today}
    who, decides = officer, risk_manager
    if what == "release":
        propose_release(pledge=pledge, kind="part", amount=Decimal(29_000), replacement=None, **shared)
        page, decision = (
            reverse("collateral:pledge_release", args=[pledge.pk]),
            reverse("collateral:pledge_release_decide", args=[pledge.pk]),
        )
    elif what == "loss":
        propose_total_loss(asset=press, lost_date=today, proof=file_paper(press, "LOSS_REPORT", today), **shared)
        page, decision = reverse("collateral:loss", args=[press.pk]), reverse("collateral:loss_decide", args=[press.pk])
    elif what == "covenant":
        propose_covenant(loan=loan, min_coverage=Decimal("0.5"), **shared)
        page, decision = reverse("collateral:covenant", args=[loan.public_id]), reverse("collateral:covenant_decide", args=[loan.public_id])
    elif what == "lien_end":
        record_lien(
            asset=press, holder="Other Bank", rank=2, amount=Decimal(1), registry_reference="R-7", registered_date=today, actor=None,
            business_date=today,
        )  # fmt: skip
        lien = Lien.objects.get()
        propose_lien_end(lien=lien, ended_date=today, proof=sheet("deleted.pdf", "R"), **shared)
        page, decision = reverse("collateral:records", args=[press.pk]), reverse("collateral:lien_end_decide", args=[lien.pk])
    else:
        who, decides = risk_manager, hire("rudi_risk", Role.RISK_MANAGER, branch=branch)
        proposed = propose_value_settings(document=as_document(DEFAULTS) | {"order_days": 9}, reason="Faster.", actor=who)
        page, decision = reverse("collateral:value_settings"), reverse("collateral:value_settings_decide", args=[proposed.pk])
    assert "Take it back" not in sign_in(decides).get(page).text
    client = sign_in(who)
    assert "Take it back" in client.get(page).text
    assert client.post(decision, about_open(outcome="refuse")).status_code == 302
    assert Proposal.objects.get().state == "REJECTED" and Proposal.objects.get().decided_by == who
    assert "Take it back" not in client.get(page).text
