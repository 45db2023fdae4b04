"""Consent and screening of owners: nothing is perfected before everybody agreed and nobody is stopped."""

from __future__ import annotations

from datetime import date, timedelta
from fractions import Fraction
from typing import Any

import pytest
from django.urls import reverse

from blacklist.services import confirm_entry, propose_entry
from collateral.models import Asset, AssetOwner, OwnerConsent, Pledge, Valuation
from collateral.services.owners import OwnerDraft, UnableToRecordOwners, record_consent, record_ownership
from collateral.services.pledge_obstacles import UnableToPerfectPledge
from collateral.services.pledge_proposals import propose_pledge
from collateral.services.pledges import perfect_pledge
from collateral.services.titles import UnableToCheckTitle, check_title
from core.errors import Conflict
from core.models import Branch, User
from core.roles import Role
from loans.models import Application
from loans.services.holds import is_held
from tests.collateral.conftest import Register, SignIn, hire
from tests.collateral.test_owners import FIRM, SISTER, halves, keep, media, paper, register_world, shared
from tests.collateral.test_services import another_application, open_codes
from tests.every_role import every_role

__all__ = ["keep", "media", "shared"]


class TestConsent:
    @pytest.fixture
    def pledge(self, shared: Asset) -> Pledge:
        return shared.pledges.get()

    @pytest.fixture
    def sister(self, shared: Asset) -> AssetOwner:
        return shared.owners.get(person__name=SISTER.name)

    @pytest.fixture
    def valued(self, shared: Asset, today: date) -> Valuation:
        return Valuation.objects.create(
            asset=shared, ordered_date=today, state="ACCEPTED", method="COMPARISON", market_value=200_000, currency="EUR", valued_date=today,
            expires_date=today + timedelta(days=365),
        )  # fmt: skip

    def perfect(self, pledge: Pledge, investigator: User, today: date) -> Pledge:
        return perfect_pledge(pledge=pledge, registry_reference="R-1", actor=investigator, business_date=today)

    def test_of_every_owner_is_needed(
        self, valued: Valuation, pledge: Pledge, sister: AssetOwner, investigator: User, officer: User, today: date
    ) -> None:
        before = register_world()
        with pytest.raises(UnableToPerfectPledge, match="Hedda Lindholm") as refusal:
            self.perfect(pledge, investigator, today)
        assert refusal.value.code == "consent_missing"
        assert register_world() == before
        record_consent(owner=sister, pledge=pledge, given_date=today, upload=paper(), actor=officer, business_date=today)
        assert self.perfect(pledge, investigator, today).state == "PERFECTED"

    def test_is_for_one_pledge_and_stays_through_a_change_of_shares(
        self, shared: Asset, pledge: Pledge, sister: AssetOwner, valued: Valuation, application: Application, officer: User, investigator: User,
        today: date,
    ) -> None:  # fmt: skip
        record_consent(owner=sister, pledge=pledge, given_date=today, upload=paper(), actor=officer, business_date=today)
        more = [OwnerDraft(Fraction(2, 3), person=application.borrower), OwnerDraft(Fraction(1, 3), party=SISTER)]
        record_ownership(asset=shared, owners=more, from_date=today, reason="Sold a part", actor=officer, business_date=today)
        assert self.perfect(pledge, investigator, today).state == "PERFECTED"
        second = propose_pledge(asset=shared, application=another_application(application), actor=officer, business_date=today)
        with pytest.raises(UnableToPerfectPledge, match="consent_missing"):
            self.perfect(second, investigator, today)

    @pytest.mark.parametrize(("given_on", "ok"), [(date(2026, 3, 3), False), (date(1980, 1, 1), False), (date(2026, 3, 2), True)])
    def test_has_a_day_and_a_paper(self, pledge: Pledge, sister: AssetOwner, officer: User, today: date, given_on: date, ok: bool) -> None:
        values: dict[str, Any] = {"owner": sister, "pledge": pledge, "given_date": given_on, "actor": officer, "business_date": today}
        if ok:
            consent = record_consent(**values, upload=paper())
            assert (consent.document.kind, consent.document.application) == ("pledge_consent", pledge.application)
            with pytest.raises(Conflict):
                record_consent(**values, upload=paper())
        else:
            with pytest.raises(UnableToRecordOwners) as refusal:
                record_consent(**values, upload=paper())
            assert [fault.field for fault in refusal.value.faults] == ["given_date"]
        assert OwnerConsent.objects.count() == int(ok)

    def test_is_nobody_else_s_to_give(
        self, shared: Asset, pledge: Pledge, sister: AssetOwner, application: Application, officer: User, today: date
    ) -> None:
        values: dict[str, Any] = {"pledge": pledge, "given_date": today, "upload": paper(), "actor": officer, "business_date": today}
        with pytest.raises(UnableToRecordOwners, match="own_pledge"):
            record_consent(owner=shared.owners.get(person=application.borrower), **values)
        alone = [OwnerDraft(Fraction(1), person=application.borrower)]
        record_ownership(asset=shared, owners=alone, from_date=today, reason="Bought her out", actor=officer, business_date=today)
        with pytest.raises(UnableToRecordOwners, match="not_an_owner"):
            record_consent(owner=sister, **values)
        assert not OwnerConsent.objects.exists()

    def test_comes_through_the_page(self, pledge: Pledge, sister: AssetOwner, officer: User, sign_in: SignIn) -> None:
        client, page = sign_in(officer), reverse("collateral:owners", args=[pledge.asset_id])
        assert "Missing" in client.get(page).text
        address = reverse("collateral:consent_add", args=[pledge.pk, sister.pk])
        wrong = client.post(address, {"given_date": "2026-03-02", "document": paper("consent.pdf", b"no pdf")})
        assert wrong.status_code == 422
        assert "no PDF file" in wrong.text
        assert client.post(address, {"given_date": "2026-03-02", "document": paper()}).status_code == 302
        assert "On file" in client.get(page).text

    def test_without_any_owner_on_file_nothing_is_perfected(
        self, register: Register, investigator: User, approver: User, today: date
    ) -> None:
        asset = register(owner=None, owner_name="Uncle Joe", title_number="U-1")
        asset.flags.update(state="CLEARED")
        Valuation.objects.create(
            asset=asset, ordered_date=today, state="ACCEPTED", method="COST", market_value=1, currency="EUR", valued_date=today,
            expires_date=today + timedelta(days=9),
        )  # fmt: skip
        with pytest.raises(UnableToPerfectPledge, match="owners_missing"):
            self.perfect(asset.pledges.get(), investigator, today)

    @every_role([role for role in Role if role not in (Role.OFFICER, Role.INVESTIGATOR)])
    def test_is_recorded_by_who_keeps_the_file(
        self, shared: Asset, pledge: Pledge, sister: AssetOwner, branch: Branch, sign_in: SignIn, today: date, role: Role
    ) -> None:
        actor = hire("somebody", role, branch=branch)
        before = register_world()
        with pytest.raises(UnableToRecordOwners, match="not_entitled"):
            record_consent(owner=sister, pledge=pledge, given_date=today, upload=paper(), actor=actor, business_date=today)
        with pytest.raises(UnableToRecordOwners, match="not_entitled"):
            record_ownership(
                asset=shared, owners=[OwnerDraft(Fraction(1), party=FIRM)], from_date=today, reason="x", actor=actor, business_date=today
            )
        with pytest.raises(UnableToCheckTitle, match="not_entitled"):
            check_title(asset=shared, holders=["x"], checked_date=today, actor=actor, business_date=today)
        sent = {"given_date": "2026-03-02", "document": paper()}
        assert sign_in(actor).post(reverse("collateral:consent_add", args=[pledge.pk, sister.pk]), sent).status_code in (403, 404)
        assert register_world() == before


class TestScreening:
    def bar(self, officer: User, branch: Branch, today: date) -> None:
        entry = propose_entry(
            subject_kind_code="person", names=[SISTER.name], birth_date=SISTER.birth_date, identifiers={"national_id": SISTER.national_id},
            addresses=[], country="DE", reason_code="default", evidence="A loan elsewhere is past due.", source="person",
            source_reference="LN-1", subject_key="person:sister", actor=hire("carl_collections", Role.COLLECTIONS, branch=branch),
            business_date=today,
        )  # fmt: skip
        confirm_entry(entry=entry, actor=hire("cleo_compliance", Role.COMPLIANCE, branch=branch), business_date=today)

    def test_of_an_owner_holds_the_file_and_the_pledge(
        self, register: Register, application: Application, branch: Branch, officer: User, investigator: User, today: date
    ) -> None:
        self.bar(officer, branch, today)
        asset = register(owners=halves(application.borrower))
        assert application.parties.get(borrower__name=SISTER.name).part == "PLEDGOR"
        assert is_held(application)
        pledge = asset.pledges.get()
        record_consent(
            owner=asset.owners.get(person__name=SISTER.name),
            pledge=pledge,
            given_date=today,
            upload=paper(),
            actor=officer,
            business_date=today,
        )
        Valuation.objects.create(
            asset=asset, ordered_date=today, state="ACCEPTED", method="COST", market_value=1, currency="EUR", valued_date=today,
            expires_date=today + timedelta(days=9),
        )  # fmt: skip
        with pytest.raises(UnableToPerfectPledge, match="owner_screened"):
            perfect_pledge(pledge=pledge, registry_reference="R-1", actor=investigator, business_date=today)
        pledge.refresh_from_db()
        assert pledge.state == "PROPOSED"

    def test_reaches_the_owner_of_what_another_file_pledges_too(
        self, shared: Asset, application: Application, officer: User, today: date
    ) -> None:
        second = another_application(application)
        propose_pledge(asset=shared, application=second, actor=officer, business_date=today)
        assert {party.borrower.name for party in second.parties.filter(part="PLEDGOR")} >= {SISTER.name}

    def test_reaches_the_new_owner(self, keep: Any, application: Application, asset: Asset) -> None:
        keep(OwnerDraft(Fraction(1), party=FIRM))
        assert application.parties.get(part="PLEDGOR").borrower.name == FIRM.name
        assert "owner_differs" in open_codes(asset)
