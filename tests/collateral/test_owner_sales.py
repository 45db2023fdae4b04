"""What its owner sold: recorded by two people with buyer and paper, held against its worth, and taken back by two where it was wrong."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from collateral.domain.red_flags import Finding
from collateral.models import Asset, DecidedCover, Lien, Pledge, Realisation, Valuation
from collateral.selectors.ended_pledges import EndedPledge
from collateral.services.ended_work import end_open_work
from collateral.services.flags import raise_findings
from collateral.services.owner_sales import UnableToSell, decide_sale, decide_undo, propose_sale, propose_undo
from collateral.services.pledges import UnableToWithdrawPledge, withdraw_pledge
from collateral.services.sale_costs import NO_PAPERS
from core.four_eyes import UnableToConfirm
from core.models import AuditEntry, Branch, Proposal, User
from core.roles import Role
from loans.models import Application
from tests.collateral.conftest import SignIn, about_open, hire, put_on_file
from tests.collateral.papers import sale_papers, sheet
from tests.collateral.test_services import another_application
from tests.every_role import every_role
from tests.shared_rows import shared

Sell = Callable[..., Proposal]


@shared
def seller(branch: Branch) -> User:
    return hire("carl_collections", Role.COLLECTIONS, branch=branch)


@pytest.fixture
def sell(asset: Asset, seller: User, today: date) -> Sell:
    """Propose that the lathe, which nobody valued, was sold for 90,000."""

    def make(**changes: Any) -> Proposal:
        values: dict[str, Any] = {
            "asset": asset, "sold_date": today, "price": Decimal(90_000), "costs": Decimal(0), "buyer": "Keller Works", "reason": "The owner wrote",
            "papers": sale_papers(asset, today), "actor": seller, "business_date": today,
        }  # fmt: skip
        return propose_sale(**values | changes)

    return make


def refused(act: Callable[[], object]) -> set[str]:
    with pytest.raises(UnableToSell) as refusal:
        act()
    return {fault.field for fault in refusal.value.faults} or {refusal.value.code}


def test_takes_two_people_a_buyer_and_a_paper(
    asset: Asset, sell: Sell, seller: User, officer: User, approver: User, risk_manager: User, today: date
) -> None:
    assert refused(lambda: sell(actor=officer)) == {"not_entitled"}
    assert refused(lambda: sell(buyer=" ", papers=NO_PAPERS)) == {"buyer", "paper"}
    assert refused(lambda: sell(buyer=officer.full_name)) == {"remark"}
    sell(actor=risk_manager)
    word: dict[str, Any] = {"asset": asset, "confirm": True, "reason": "Seen", "business_date": today}
    with pytest.raises(UnableToConfirm, match="own_proposal"):
        decide_sale(**word, actor=risk_manager)
    assert Asset.objects.get().state == "REGISTERED" and not Realisation.objects.exists()
    sale = decide_sale(**word, actor=approver)
    assert sale is not None and (sale.buyer, sale.enforced, sale.paper is None) == ("Keller Works", False, False)
    assert Asset.objects.get().state == "SOLD" and Pledge.objects.get().state == "WITHDRAWN"


def test_below_what_was_lent_on_its_value_says_why_and_the_second_person_sees_each_doubt(
    accepted: Valuation, sell: Sell, officer: User, approver: User, sign_in: SignIn
) -> None:
    doubtful: dict[str, Any] = {"price": Decimal(60_000), "buyer": officer.full_name}
    assert refused(lambda: sell(**doubtful)) == {"remark"}
    sell(**doubtful, remark="Sold to the only bidder")
    page = sign_in(approver).get(reverse("collateral:realise", args=[accepted.asset_id])).text
    assert "below what was lent on its last value" in page and f"{officer.full_name} works here" in page


def test_is_taken_back_by_two_people_and_the_asset_is_on_file_again(
    asset: Asset, sell: Sell, seller: User, approver: User, today: date
) -> None:
    word: dict[str, Any] = {"asset": asset, "confirm": True, "reason": "Seen", "actor": approver, "business_date": today}
    assert refused(lambda: propose_undo(asset=asset, reason="Wrong", actor=seller)) == {"not_sold"}
    sell()
    decide_sale(**word)
    assert refused(lambda: propose_undo(asset=asset, reason=" ", actor=seller)) == {"reason"}
    propose_undo(asset=asset, reason="It was the neighbour's lathe", actor=seller)
    with pytest.raises(UnableToConfirm):
        decide_undo(**word | {"actor": seller})
    assert Asset.objects.get().state == "SOLD"
    decide_undo(**word)
    assert Asset.objects.get().state == "REGISTERED" and not Realisation.objects.exists()
    kept = AuditEntry.objects.get(action="asset.sale_undone").details
    assert (kept["reason"], kept["buyer"], kept["price"]) == ("It was the neighbour's lathe", "Keller Works", "90000.00")
    sell()
    Realisation.objects.create(asset=asset, sold_date=today, price=1, enforced=True, recorded_date=today, booked_date=today)
    assert refused(lambda: propose_undo(asset=asset, reason="Wrong", actor=seller)) == {"not_sold"}


class TestWhatWaits:
    def test_is_not_ended_where_a_decision_counts_on_it(
        self, asset: Asset, accepted: Valuation, sell: Sell, approver: User, today: date
    ) -> None:
        Application.objects.update(state="APPROVED")
        sell(remark="The only bidder")
        with pytest.raises(UnableToWithdrawPledge, match="counted_on"):
            decide_sale(asset=asset, confirm=True, reason="Seen", actor=approver, business_date=today)
        assert Pledge.objects.get().state == "PROPOSED" and Asset.objects.get().state == "REGISTERED"

    def test_ends_and_the_file_is_met_by_what_is_registered(
        self, asset: Asset, application: Application, sell: Sell, officer: User, approver: User, today: date, monkeypatch: Any
    ) -> None:
        met: list[str] = []
        monkeypatch.setattr("collateral.services.pledges.satisfy_condition", lambda **given: met.append(given["application"].reference))
        other = put_on_file(application, officer, today, title_number="SN 9", description="Press")
        Pledge.objects.filter(asset=other).update(state="PERFECTED", registry_reference="R-1", perfected_date=today)
        sell()
        decide_sale(asset=asset, confirm=True, reason="Seen", actor=approver, business_date=today)
        assert met == [application.reference]


@every_role(Role)
def test_every_role_sees_and_does_only_what_is_its_own(
    asset: Asset, seller: User, sell: Sell, branch: Branch, today: date, settings: Any, role: Role
) -> None:
    settings.CREDENCE_REQUIRE_STEP_UP = False
    client = Client()
    client.force_login(hire("somebody", role, branch=branch))
    page, decide, undo, undo_decide = (
        reverse(f"collateral:{name}", args=[asset.pk]) for name in ("realise", "realise_decide", "sale_undo", "sale_undo_decide")
    )
    proposes, decides = role in {Role.COLLECTIONS, Role.RISK_MANAGER}, role in {Role.APPROVER, Role.RISK_MANAGER}
    sent = {"sold_date": today.isoformat(), "price": "96000", "costs": "", "buyer": "Keller Works", "reason": "Told", "paper": sheet()}
    assert client.get(page).status_code == (200 if proposes or decides else 403)
    assert client.post(page, sent).status_code == (302 if proposes else 422 if decides else 403)
    if not proposes:
        sell()
    word = about_open(outcome="confirm", reason="Seen")
    assert client.post(decide, word).status_code == (422 if proposes else 302 if decides else 403)
    if role != Role.APPROVER:
        decide_sale(asset=asset, confirm=True, reason="", actor=hire("second", Role.APPROVER, branch=branch), business_date=today)
    if proposes or decides:
        assert ("Recorded wrongly?" in client.get(page).text) is proposes
    assert client.post(undo, {"reason": "Wrong"}).status_code == (302 if proposes else 403)
    if not proposes:
        propose_undo(asset=asset, reason="Wrong", actor=seller)
    assert client.post(undo_decide, about_open(outcome="confirm", reason="")).status_code == (422 if proposes else 302 if decides else 403)


class TestWhatTheSaleEnded:
    """Comes back with the asset, as far as nothing stands against it."""

    @pytest.fixture
    def undo(self, asset: Asset, sell: Sell, seller: User, approver: User, today: date) -> Callable[..., list[EndedPledge]]:
        """Have the lathe sold, do what happens meanwhile, and take the sale back."""

        def make(meanwhile: Callable[[], object] = lambda: None) -> list[EndedPledge]:
            sell()
            word: dict[str, Any] = {"asset": asset, "confirm": True, "reason": "Seen", "actor": approver, "business_date": today}
            decide_sale(**word)
            meanwhile()
            propose_undo(asset=asset, reason="It was the neighbour's lathe", actor=seller)
            return decide_undo(**word)

        return make

    def test_waits_again_with_its_reason_in_the_trail(self, pledge: Pledge, undo: Callable[..., list[EndedPledge]]) -> None:
        sent = {
            "sent_date": pledge.asset.registered_date,
            "registry": "Machines",
            "sent_reference": "AZ 1",
            "state": "REGISTRATION_PENDING",
        }
        other = Pledge.objects.create(asset=pledge.asset, application=another_application(pledge.application), amount=5_000, rank=2)
        Pledge.objects.filter(pk=other.pk).update(**sent)
        assert [one.why_not for one in undo()] == ["", ""]
        assert set(Pledge.objects.values_list("state", "rank", "ended_date", "ended_reason")) == {
            ("PROPOSED", 1, None, ""),
            ("REGISTRATION_PENDING", 2, None, ""),
        }
        entries = AuditEntry.objects.filter(action="pledge.restored")
        assert {one.details["reason"] for one in entries} == {"It was the neighbour's lathe"} and len(entries) == 2
        assert len(AuditEntry.objects.get(action="asset.sale_undone").details["restored"]) == 2

    def test_moves_behind_a_claim_that_has_its_rank_by_now(
        self, pledge: Pledge, today: date, undo: Callable[..., list[EndedPledge]]
    ) -> None:
        claim = {"holder": "Elbe Bank", "rank": 1, "amount": 1_000, "registry_reference": "R-1", "registered_date": today}
        undo(lambda: Lien.objects.create(asset=pledge.asset, recorded_date=today, **claim))
        pledge.refresh_from_db()
        assert (pledge.state, pledge.rank, pledge.prior_claims) == ("PROPOSED", 2, 1_000)

    @pytest.mark.parametrize(
        ("meanwhile", "why"),
        [
            (lambda file, _: Application.objects.filter(pk=file.pk).update(state="WITHDRAWN"), "the file is closed"),
            (
                lambda file, day: DecidedCover.objects.create(
                    application=file, available=1, exposure=1, decided_date=day + timedelta(days=1)
                ),
                "the file was decided anew without it",
            ),
            (
                lambda file, day: Application.objects.filter(pk=file.pk).update(state="OFFERED", decided_date=day),
                "the file was decided without it",
            ),
        ],
    )
    def test_stays_ended_where_something_stands_against_it_and_is_named(
        self, pledge: Pledge, today: date, undo: Callable[..., list[EndedPledge]], meanwhile: Callable[..., object], why: str
    ) -> None:
        (one,) = undo(lambda: meanwhile(pledge.application, today))
        pledge.refresh_from_db()
        assert (one.file, one.why_not, pledge.state) == (pledge.application.reference, why, "WITHDRAWN")
        assert AuditEntry.objects.get(action="pledge.not_restored").details["why_not"] == why

    def test_what_somebody_withdrew_before_stays_withdrawn(
        self, pledge: Pledge, officer: User, today: date, undo: Callable[..., list[EndedPledge]]
    ) -> None:
        withdraw_pledge(pledge=pledge, reason="Another press instead", actor=officer, business_date=today)
        assert undo() == [] and Pledge.objects.get().state == "WITHDRAWN"

    def test_red_flags_that_nobody_decided_are_open_again(self, asset: Asset, today: date, undo: Callable[..., list[EndedPledge]]) -> None:
        """A sale that is recorded and taken back is no way around a flag."""
        raise_findings(asset=asset, findings=[Finding("idle", "It stands idle.", {})], business_date=today)
        undo(lambda: end_open_work(business_date=today))
        flag = asset.flags.get(code="idle")
        assert (flag.state, flag.reason, flag.revision) == ("OPEN", "", 2)

    def test_is_listed_before_and_named_after(
        self, pledge: Pledge, sell: Sell, seller: User, approver: User, today: date, sign_in: SignIn
    ) -> None:
        asset = pledge.asset
        sell()
        decide_sale(asset=asset, confirm=True, reason="Seen", actor=approver, business_date=today)
        page = reverse("collateral:realise", args=[asset.pk])
        assert pledge.application.reference in sign_in(seller).get(page).text
        propose_undo(asset=asset, reason="It was the neighbour's lathe", actor=seller)
        shown = sign_in(approver).get(page).text
        assert "Comes back" in shown and pledge.application.reference in shown
        told = sign_in(approver).post(
            reverse("collateral:sale_undo_decide", args=[asset.pk]), about_open(outcome="confirm", reason="Seen"), follow=True
        )
        assert f"The pledge for {pledge.application.reference} waits again." in told.text
