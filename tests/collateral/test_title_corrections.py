"""A wrong title number is put right by two people, with its history, and the asset is looked for again."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.urls import reverse

from collateral.models import Asset, FactsVersion
from collateral.services.asset_documents import UnableToKeepDocument
from collateral.services.title_corrections import UnableToCorrectTitle, decide_title_correction, propose_title_correction
from collateral.services.titles import UnableToCheckTitle, check_title
from core.four_eyes import UnableToConfirm, UnableToPropose
from core.models import AuditEntry, Branch, Proposal, User
from core.roles import Role
from loans.models import Application
from tests.collateral.conftest import Register, SignIn, about_open, hire
from tests.collateral.facts_on import facts_on
from tests.collateral.papers import file_paper
from tests.collateral.test_services import another_application, open_codes
from tests.every_role import every_role


def propose(asset: Asset, actor: User, today: date, **changes: Any) -> Proposal:
    given: dict[str, Any] = {"title_number": "SN 9922-C", "reason": "The extract reads otherwise.", **changes}
    return propose_title_correction(asset=asset, actor=actor, business_date=today, **given)


def decide(asset: Asset, actor: User, today: date, *, confirm: bool = True, reason: str = "") -> Asset:
    return decide_title_correction(asset=asset, confirm=confirm, reason=reason, actor=actor, business_date=today)


@pytest.mark.django_db
class TestCorrecting:
    def test_stands_on_a_second_persons_word_and_keeps_what_was(
        self, register: Register, officer: User, investigator: User, risk_manager: User, today: date
    ) -> None:
        asset = register(kind="LAND", title_number="GB Altona 471")
        assert asset.flags.filter(code="title_unverified", state="CLEARED").exists()
        propose(asset, investigator, today, title_number="GB Altona 417")
        for actor in (investigator, officer):
            with pytest.raises(UnableToConfirm):
                decide(asset, actor, today)
        asset.refresh_from_db()
        assert asset.title_number == "GB Altona 471"
        done = decide(asset, risk_manager, today)
        assert (done.title_number, done.title_key, done.title_entered_by, done.title_verified_date) == (
            "GB Altona 417", "GBALTONA417", investigator, None,
        )  # fmt: skip
        assert "title_unverified" in open_codes(asset)
        assert FactsVersion.objects.filter(asset=asset, section="title").count() == 2
        assert facts_on(asset, today, section="title") == {"title_number": "GB Altona 417"}
        told = AuditEntry.objects.get(action="asset.title_corrected").details
        assert (told["before"], told["number"]) == ("GB Altona 471", "GB Altona 417")

    def test_is_not_verified_by_the_extract_of_the_number_before(
        self, register: Register, officer: User, investigator: User, risk_manager: User, branch: Branch, today: date
    ) -> None:
        asset = register(kind="LAND", title_number="GB Altona 471")
        propose(asset, investigator, today, title_number="GB Altona 417")
        asset = decide(asset, risk_manager, today)
        third = hire("ivy_third", Role.INVESTIGATOR, branch=branch)
        look: dict[str, Any] = {"holders": [asset.owner_name], "checked_date": today, "actor": third, "business_date": today}
        with pytest.raises(UnableToCheckTitle, match="invalid"):
            check_title(asset=asset, **look)
        with pytest.raises(UnableToKeepDocument, match="other_paper"):
            check_title(asset=asset, proof=asset.papers.get(kind="TITLE_EXTRACT"), **look)
        file_paper(asset, "TITLE_EXTRACT", today - timedelta(days=91))
        with pytest.raises(UnableToKeepDocument, match="old_paper"):
            check_title(asset=asset, **look)
        assert "title_unverified" in open_codes(asset)
        check_title(asset=asset, proof=file_paper(asset, "TITLE_EXTRACT", today - timedelta(days=90)), **look)
        assert "title_unverified" not in open_codes(asset)

    def test_finds_the_asset_whose_number_it_really_is(
        self, register: Register, application: Application, officer: User, risk_manager: User, today: date
    ) -> None:
        first = register(description="Press", title_number="SN 9922-C")
        second = register(application=another_application(application))
        assert open_codes(second) == set()
        propose(second, officer, today)
        decide(second, risk_manager, today)
        assert open_codes(second) == {"pledged_elsewhere"}
        assert second.flags.get(code="pledged_elsewhere").evidence["elsewhere"] == first.reference

    @pytest.mark.parametrize(
        ("changes", "field"),
        [({"title_number": "  "}, "title_number"), ({"title_number": "SN 4711-A"}, "title_number"), ({"reason": " "}, "reason")],
    )
    def test_takes_another_number_and_a_reason(self, asset: Asset, officer: User, today: date, changes: Any, field: str) -> None:
        with pytest.raises(UnableToCorrectTitle) as refusal:
            propose(asset, officer, today, **changes)
        assert [fault.field for fault in refusal.value.faults] == [field] and not Proposal.objects.exists()

    def test_of_an_asset_that_is_gone_is_refused_and_never_put_in_place(
        self, asset: Asset, officer: User, approver: User, today: date
    ) -> None:
        """What waits can always be ended."""
        propose(asset, officer, today)
        Asset.objects.filter(pk=asset.pk).update(state="DESTROYED")
        with pytest.raises(UnableToCorrectTitle, match="gone"):
            decide(asset, approver, today)
        decide(asset, officer, today, confirm=False)
        assert Proposal.objects.get().state == "REJECTED"

    def test_is_of_an_asset_that_has_a_title_and_proposed_once(
        self, register: Register, officer: User, approver: User, today: date
    ) -> None:
        untitled = register(title_number="", looked_up=False)
        with pytest.raises(UnableToCorrectTitle, match="no_title"):
            propose(untitled, officer, today)
        with pytest.raises(UnableToCorrectTitle, match="not_entitled"):
            propose(untitled, approver, today)
        asset = register(description="Press")
        propose(asset, officer, today)
        with pytest.raises(UnableToPropose):
            propose(asset, officer, today)
        Asset.objects.filter(pk=asset.pk).update(title_number="SN 1")
        with pytest.raises(UnableToConfirm, match="changed"):
            decide(asset, approver, today)
        Asset.objects.filter(pk=asset.pk).update(state="SOLD")
        with pytest.raises(UnableToCorrectTitle, match="gone"):
            decide(asset, approver, today)


@pytest.mark.django_db
class TestThePages:
    @every_role(Role)
    def test_each_role_does_its_own(self, asset: Asset, officer: User, branch: Branch, sign_in: SignIn, today: date, role: Role) -> None:
        client = sign_in(hire("somebody", role, branch=branch))
        sent = {"title_number": "SN 9922-C", "reason": "The extract reads otherwise."}
        may = role in (Role.OFFICER, Role.INVESTIGATOR)
        assert client.post(reverse("collateral:title_correct", args=[asset.pk]), sent).status_code == (302 if may else 403)
        Proposal.objects.all().delete()
        propose(asset, officer, today)
        answer = client.post(reverse("collateral:title_correct_decide", args=[asset.pk]), about_open(outcome="confirm", reason="Seen."))
        confirms = role in (Role.INVESTIGATOR, Role.RISK_MANAGER, Role.APPROVER)
        assert answer.status_code == (302 if confirms else 422 if role == Role.OFFICER else 403)
        assert Asset.objects.filter(title_number="SN 9922-C").exists() is confirms

    def test_shows_what_waits_and_lets_its_proposer_take_it_back(
        self, asset: Asset, officer: User, risk_manager: User, sign_in: SignIn, today: date
    ) -> None:
        page, client = reverse("collateral:owners", args=[asset.pk]), sign_in(officer)
        assert "Propose another number" in client.get(page).text
        refused = client.post(reverse("collateral:title_correct", args=[asset.pk]), {"title_number": "SN 9922-C", "reason": ""})
        assert refused.status_code == 422 and "SN 9922-C" in refused.text
        propose(asset, officer, today)
        assert "SN 9922-C instead of SN 4711-A" in sign_in(risk_manager).get(page).text
        own = client.get(page).text
        assert "Take it back" in own and "Put the number in place" not in own
        answer = client.post(reverse("collateral:title_correct_decide", args=[asset.pk]), about_open(outcome="refuse"))
        assert answer.status_code == 302
        assert Proposal.objects.get().state == "REJECTED" and "Taken back" in client.get(page).text
