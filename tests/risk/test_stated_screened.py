"""Numbers, names and birth dates that somebody states otherwise than the bank has on record meet the blacklist like the record's own,
in the file and at night.
"""
# ruff: noqa: F811 -- fixtures are asked for by the names they are imported under

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from blacklist.models import BlacklistEntry, ScreeningHit
from blacklist.selectors import index
from blacklist.selectors.hits import compare_facts
from blacklist.selectors.subjects import birth_dates_in, snapshot_of
from blacklist.services import confirm_entry, propose_entry
from blacklist.services.runs import start_book_screening
from collateral.models import Asset, Pledge, Realisation
from collateral.services.assets import register_asset
from collateral.services.owners import OwnerDraft, join_owners, record_ownership
from collateral.services.sale_rests import UnableToPayRest, decide_rest_payout, keep_rest, propose_rest_payout
from core.events import deliver_pending
from core.models import BankState, Branch, User
from core.roles import Role
from loans.models import Application, ApplicationHold, Borrower
from loans.services.book_screening import drain_screening
from loans.services.borrowers import screening_subject, screening_subjects
from loans.services.intake import Party
from loans.services.pledgors import identify_pledgor
from risk.domain.cross_checks import Verdict
from tests.risk.conftest import TODAY, make_person
from tests.risk.test_stated_otherwise import checks, hand_in, hand_in_with, known  # noqa: F401 -- fixtures among them
from tests.shared_rows import shared

pytestmark = pytest.mark.django_db
OTHER = "98/765/43210"


@pytest.fixture(autouse=True)
def _today(bank: BankState) -> None:
    BankState.objects.update(business_date=TODAY)
    index.forget()


@shared
def taxed(known: Application) -> Borrower:
    """Somebody with a tax number on record."""
    person = Borrower.objects.get()
    person.tax_id = "12/345/67890"
    person.save()
    return person


def bar(branch: Branch, kind: str = "tax_id", value: str = OTHER) -> BlacklistEntry:
    """A fraudster of quite another name is barred under a number."""
    entry = propose_entry(
        subject_kind_code="person", names=["Ngozi Adeyemi"], identifiers={kind: value}, reason_code="fraud", evidence="Forged papers.",
        source="person", actor=make_person("conny", branch, Role.COLLECTIONS), business_date=TODAY,
    )  # fmt: skip
    return confirm_entry(entry=entry, actor=make_person("carla", branch, Role.COMPLIANCE), business_date=TODAY)


def held(application: Application) -> bool:
    return ApplicationHold.objects.filter(application=application, reason="SCREENING").exists()


class TestStatedNumber:
    def test_stops_the_file_that_states_it(self, taxed: Borrower, officer: User, branch: Branch) -> None:
        bar(branch)
        assert not held(hand_in(officer, branch)) and held(hand_in(officer, branch, tax_id=OTHER))
        assert Borrower.objects.get().tax_id == "12/345/67890"
        with connection.cursor() as cursor:
            cursor.execute("SELECT snapshot FROM blacklist_screening ORDER BY id DESC LIMIT 1")
            assert OTHER.encode() not in bytes(cursor.fetchone()[0])

    def test_meets_an_entry_that_comes_later(self, taxed: Borrower, officer: User, branch: Branch) -> None:
        second = hand_in(officer, branch, tax_id=OTHER)
        assert not held(second)
        bar(branch)
        while deliver_pending():
            pass
        assert held(second)

    def test_is_found_by_the_screening_of_the_book(self, taxed: Borrower, officer: User, branch: Branch) -> None:
        hand_in(officer, branch, tax_id=OTHER)
        bar(branch)
        assert not ScreeningHit.objects.exists()
        run = start_book_screening(actor=make_person("cora", branch, Role.COMPLIANCE), business_date=TODAY)
        drain_screening(run.pk)
        assert ScreeningHit.objects.get().evidence["identifier"] == {"grade": "exact"}

    def test_changes_nothing_of_how_others_are_recognised(self, taxed: Borrower, officer: User, branch: Branch) -> None:
        """What was judged of somebody who states nothing otherwise stays judged."""
        hand_in(officer, branch)
        (one,) = screening_subjects([taxed])
        assert snapshot_of(one) == snapshot_of(screening_subject(taxed, ())) and "other_identifiers" not in snapshot_of(one)

    def test_costs_one_query_for_many(self, taxed: Borrower, officer: User, branch: Branch) -> None:
        hand_in(officer, branch, tax_id=OTHER)
        with CaptureQueriesContext(connection) as queries:
            assert len(list(screening_subjects([taxed] * 200))) == 200
        assert len(queries) == 1


class TestStatedBirthDate:
    """Somebody born on another day, barred under nearly the same name, is told apart by the record's own date,
    and not by the one that is stated.
    """

    @pytest.fixture
    def listed(self, branch: Branch) -> BlacklistEntry:
        entry = propose_entry(
            subject_kind_code="person", names=["Freja Lindqvist"], birth_date=date(1961, 1, 12), reason_code="fraud", evidence="Forged papers.",
            source="person", actor=make_person("conny", branch, Role.COLLECTIONS), business_date=TODAY,
        )  # fmt: skip
        return confirm_entry(entry=entry, actor=make_person("carla", branch, Role.COMPLIANCE), business_date=TODAY)

    def test_stops_the_file_that_states_it(self, known: Application, listed: BlacklistEntry, officer: User, branch: Branch) -> None:
        assert not held(hand_in(officer, branch)) and held(hand_in(officer, branch, birth_date="1961-01-12"))
        hit = ScreeningHit.objects.get()
        assert hit.evidence["birth_date"] == {"grade": "exact"} and str(Borrower.objects.get().birth_date) == "1986-05-04"
        snapshot = json.loads(hit.screening.snapshot)
        assert birth_dates_in(snapshot) == ["1986-05-04", "1961-01-12"]
        born = next(fact for fact in compare_facts(snapshot, listed) if fact.label == "Birth date")
        assert (born.subject, born.entry) == ("1986-05-04\n1961-01-12", "1961-01-12")

    def test_meets_an_entry_that_comes_later(self, known: Application, officer: User, branch: Branch, request: Any) -> None:
        second = hand_in(officer, branch, birth_date="1961-01-12")
        request.getfixturevalue("listed")
        while deliver_pending():
            pass
        assert held(second)

    def test_is_looked_for_no_more_once_the_record_says_it(self, known: Application, officer: User, branch: Branch) -> None:
        hand_in(officer, branch, birth_date="1961-01-12")
        person = Borrower.objects.get()
        (one,) = screening_subjects([person])
        assert one.other_birth_dates == ("1961-01-12",)
        person.birth_date = date(1961, 1, 12)
        person.save()
        (one,) = screening_subjects([person])
        assert one.other_birth_dates == () and "other_birth_dates" not in snapshot_of(one)


class TestOwnerOfCollateral:
    """Somebody whom the bank knows owns what is pledged, and is stated with another tax number."""

    def pledge(self, known: Application, officer: User) -> Asset:
        told = Party("", "PERSON", "Hedda Lindholm", date(1979, 4, 2), national_id="L09Z00001", tax_id=OTHER)
        return register_asset(
            application=known, kind="MACHINERY", description="Lathe, 2022", stated_value=Decimal(30_000),
            owners=[OwnerDraft(Fraction(1), party=told)], title_number="SN 4711", actor=officer, business_date=TODAY,
        )  # fmt: skip

    @pytest.fixture(autouse=True)
    def sister(self, known: Application, branch: Branch) -> Borrower:
        told = Party("", "PERSON", "Hedda Lindholm", date(1979, 4, 2), national_id="L09Z00001", tax_id="11/111/11111")
        return identify_pledgor(party=told, branch=branch, path="owners.0", on=TODAY, actor=None).borrower

    def test_is_kept_with_the_application_and_asked_about(self, known: Application, officer: User, sister: Borrower) -> None:
        self.pledge(known, officer)
        party = known.parties.get(part="PLEDGOR")
        assert (party.borrower, party.differing, json.loads(party.stated)["tax_id"]) == (sister, ["tax_id"], OTHER)
        assert Borrower.objects.get(pk=sister.pk).tax_id == "11/111/11111"
        assert checks(known) == {f"customer_tax_{sister.pk.hex[-8:]}": Verdict.DIFFERS}

    def test_is_screened_as_stated(self, known: Application, officer: User, branch: Branch) -> None:
        bar(branch)
        self.pledge(known, officer)
        assert held(known)

    def test_is_screened_as_stated_before_the_rest_of_a_sale_is_paid(self, known: Application, officer: User, branch: Branch) -> None:
        sold: dict[str, Any] = {"sold_date": TODAY, "recorded_date": TODAY, "booked_date": TODAY, "price": 500, "enforced": True}
        sale = Realisation.objects.create(asset=self.pledge(known, officer), **sold)
        # Somebody else perfected what they pledged.
        Pledge.objects.update(state="ENFORCED", perfected_date=TODAY)
        (rest,) = keep_rest(sale, (), Decimal(500), actor=None, business_date=TODAY)
        asked: dict[str, Any] = {"rest": rest, "business_date": TODAY}
        bar(branch)
        collector = make_person("cleo", branch, Role.COLLECTIONS)
        propose_rest_payout(**asked, iban="DE89370400440532013000", reason="Bill of sale", actor=collector)
        with pytest.raises(UnableToPayRest, match="screened"):
            decide_rest_payout(**asked, confirm=True, reason="Seen", actor=make_person("ria", branch, Role.RISK_MANAGER))

    def test_is_taken_back_when_they_are_stated_as_on_record(self, known: Application, officer: User, sister: Borrower) -> None:
        asset = self.pledge(known, officer)
        step: dict[str, Any] = {"from_date": TODAY, "reason": "Read again", "actor": officer, "business_date": TODAY}
        record_ownership(asset=asset, owners=[OwnerDraft(Fraction(1), person=sister)], **step)
        assert known.parties.get(part="PLEDGOR").differing == ["tax_id"]
        told = Party("", "PERSON", "Hedda Lindholm", date(1979, 4, 2), national_id="L09Z00001", tax_id="11/111/11111")
        record_ownership(asset=asset, owners=[OwnerDraft(Fraction(1), party=told)], **step)
        party = known.parties.get(part="PLEDGOR")
        assert (party.differing, json.loads(party.stated)["tax_id"]) == ([], "11/111/11111")
        assert checks(known) == {}

    def test_stays_with_the_asset_for_what_it_is_pledged_for_next(
        self, known: Application, officer: User, branch: Branch, sister: Borrower
    ) -> None:
        asset = self.pledge(known, officer)
        next_file = hand_in(officer, branch, national_id="L01X00T49", name="Jonas Berg")
        join_owners(asset, next_file, actor=officer, business_date=TODAY)
        assert next_file.parties.get(part="PLEDGOR").differing == ["tax_id"]

    def test_stands_beside_another_part_of_theirs(self, officer: User, branch: Branch, sister: Borrower) -> None:
        told = {"kind": "person", "name": "Hedda Lindholm", "birth_date": "1979-04-02", "national_id": "L09Z00001", "role": "guarantor"}
        file = hand_in_with(officer, branch, [told])
        join_owners(self.pledge(file, officer), file, actor=officer, business_date=TODAY)
        assert sorted(file.parties.filter(borrower=sister).values_list("part", flat=True)) == ["GUARANTOR", "PLEDGOR"]
