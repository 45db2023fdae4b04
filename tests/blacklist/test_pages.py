"""The pages of the blacklist in a browser's eyes: who may open them, what they do, what they cost."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse

from blacklist.models import BlacklistEntry, ScreeningHit
from blacklist.services import confirm_entry, screen_subject
from core.models import AuditEntry, User
from core.roles import Role
from tests.blacklist.conftest import Propose, make_person, subject
from tests.every_role import every_role

SignIn = Callable[[User], Client]


@pytest.fixture
def sign_in() -> SignIn:
    def make(person: User) -> Client:
        client = Client()
        client.force_login(person)
        return client

    return make


@pytest.fixture
def hit(active: BlacklistEntry, today: date) -> ScreeningHit:
    return screen_subject(subject=subject(), purpose="submission", business_date=today).hits.get()


class TestEntryList:
    def test_shows_names_to_those_who_work_with_them(self, active: BlacklistEntry, collector: User, sign_in: SignIn) -> None:
        page = sign_in(collector).get(reverse("blacklist:entry_list"))
        assert page.status_code == 200
        assert "Dragan Petrovic" in page.text
        assert active.reference in page.text

    @pytest.mark.parametrize(
        "role",
        [
            "OFFICER",
            "INVESTIGATOR",
            "APPRAISER",
            "APPROVER",
            "VALIDATOR",
            "ADMINISTRATOR",
        ],
    )
    def test_is_closed_to_other_roles(self, active: BlacklistEntry, sign_in: SignIn, role: str) -> None:
        client = sign_in(make_person("somebody", Role(role)))
        for name, arguments in (
            ("entry_list", []),
            ("entry_new", []),
            ("entry_detail", [active.pk]),
            ("hit_list", []),
        ):
            page = client.get(reverse(f"blacklist:{name}", args=arguments))
            assert page.status_code == 403, name
            assert "Petrovic" not in page.text

    @pytest.mark.parametrize("number", [1, 12])
    def test_costs_the_same_however_long_it_is(
        self,
        propose: Propose,
        compliance: User,
        collector: User,
        sign_in: SignIn,
        today: date,
        number: int,
        django_assert_max_num_queries: Any,
    ) -> None:
        for position in range(number):
            entry = propose(subject_key=f"borrower:{position}", identifiers={})
            confirm_entry(entry=entry, actor=compliance, business_date=today)
        client = sign_in(collector)
        # session, user, roles, bank state, counts by state, count, rows, names: one each; the frame may count what waits.
        with django_assert_max_num_queries(9):
            page = client.get(reverse("blacklist:entry_list"))
        assert len(page.context["rows"]) == number

    def test_exports_what_the_filter_finds_without_names(self, active: BlacklistEntry, collector: User, sign_in: SignIn) -> None:
        export = sign_in(collector).get(reverse("blacklist:entry_list"), {"export": "csv"})
        text = export.content.decode()
        assert active.reference in text
        assert "Petrovic" not in text

    def test_says_when_filters_find_nothing(self, active: BlacklistEntry, collector: User, sign_in: SignIn) -> None:
        page = sign_in(collector).get(reverse("blacklist:entry_list"), {"reference": "BL-1"})
        assert "Nothing matches these filters" in page.text


class TestEntryNew:
    def test_proposes_and_says_that_it_bars_nobody_yet(self, collector: User, sign_in: SignIn) -> None:
        answer = sign_in(collector).post(
            reverse("blacklist:entry_new"),
            {
                "subject_kind": "person",
                "names": "Ana Kovács\nKovács Anna",
                "birth_date": "1980",
                "reason_code": "fraud",
                "evidence": "Forged pay slips, file LA-20002.",
                "national_id": "800101-1234",
            },
            follow=True,
        )
        entry = BlacklistEntry.objects.get()
        assert (entry.state, entry.names.count()) == ("PROPOSED", 2)
        assert "It bars nobody until another person confirms it" in answer.text
        assert "800101-1234" not in answer.text

    def test_answers_422_with_each_fault_at_its_field(self, collector: User, sign_in: SignIn) -> None:
        answer = sign_in(collector).post(
            reverse("blacklist:entry_new"),
            {
                "subject_kind": "person",
                "names": "Dr.",
                "birth_date": "1971-02-31",
                "reason_code": "fraud",
                "evidence": "x",
            },
        )
        assert answer.status_code == 422
        assert "There is a problem" in answer.text
        assert {"names", "birth_date"} <= set(answer.context["form"].errors)
        assert not BlacklistEntry.objects.exists()


class TestEntryDetail:
    def test_masks_identifiers(self, active: BlacklistEntry, compliance: User, sign_in: SignIn) -> None:
        page = sign_in(compliance).get(reverse("blacklist:entry_detail", args=[active.pk]))
        assert "0405971710012" not in page.text
        assert "••••0012" in page.text

    def test_looks_the_same_for_an_absent_row(self, compliance: User, sign_in: SignIn) -> None:
        assert sign_in(compliance).get(reverse("blacklist:entry_detail", args=[uuid4()])).status_code == 404

    def test_offers_no_confirmation_to_the_proposer(self, propose: Propose, risk_manager: User, compliance: User, sign_in: SignIn) -> None:
        entry = propose(actor=risk_manager)
        address = reverse("blacklist:entry_confirm", args=[entry.pk])
        assert address not in sign_in(risk_manager).get(reverse("blacklist:entry_detail", args=[entry.pk])).text
        assert address in sign_in(compliance).get(reverse("blacklist:entry_detail", args=[entry.pk])).text

    def test_refuses_the_proposer_who_posts_anyway(self, propose: Propose, risk_manager: User, sign_in: SignIn) -> None:
        entry = propose(actor=risk_manager)
        answer = sign_in(risk_manager).post(reverse("blacklist:entry_confirm", args=[entry.pk]))
        assert answer.status_code == 422
        assert "You proposed this yourself" in answer.text
        entry.refresh_from_db()
        assert entry.state == "PROPOSED"

    def test_confirms(self, proposed: BlacklistEntry, compliance: User, sign_in: SignIn) -> None:
        answer = sign_in(compliance).post(reverse("blacklist:entry_confirm", args=[proposed.pk]), follow=True)
        assert "The entry is in force" in answer.text

    def test_tells_the_second_who_was_first(
        self,
        active: BlacklistEntry,
        second_compliance: User,
        compliance: User,
        sign_in: SignIn,
    ) -> None:
        answer = sign_in(second_compliance).post(reverse("blacklist:entry_confirm", args=[active.pk]))
        assert answer.status_code == 409
        assert f"{compliance.full_name} was first" in answer.text

    def test_refuses_collections_a_confirmation(self, proposed: BlacklistEntry, sign_in: SignIn) -> None:
        other = make_person("other_collector", Role.COLLECTIONS)
        assert sign_in(other).post(reverse("blacklist:entry_confirm", args=[proposed.pk])).status_code == 403

    def test_keeps_what_was_typed_when_a_reason_is_missing(self, active: BlacklistEntry, compliance: User, sign_in: SignIn) -> None:
        answer = sign_in(compliance).post(reverse("blacklist:entry_lift", args=[active.pk]), {"reason": ""})
        assert answer.status_code == 422
        assert "There is a problem" in answer.text

    def test_walks_an_appeal_to_the_lift(
        self,
        active: BlacklistEntry,
        collector: User,
        risk_manager: User,
        sign_in: SignIn,
    ) -> None:
        sign_in(collector).post(
            reverse("blacklist:entry_appeal", args=[active.pk]),
            {"grounds": "It was my brother."},
        )
        page = sign_in(risk_manager).get(reverse("blacklist:entry_detail", args=[active.pk]))
        assert "It was my brother." in page.text
        sign_in(risk_manager).post(
            reverse("blacklist:entry_appeal_decide", args=[active.pk]),
            {"outcome": "granted", "reason": "Shown."},
        )
        active.refresh_from_db()
        assert active.state == "LIFTED"

    def test_walks_a_lift(
        self,
        active: BlacklistEntry,
        collector: User,
        risk_manager: User,
        sign_in: SignIn,
    ) -> None:
        sign_in(collector).post(reverse("blacklist:entry_lift", args=[active.pk]), {"reason": "Paid."})
        refused = sign_in(risk_manager).post(
            reverse("blacklist:entry_lift_decide", args=[active.pk]),
            {"outcome": "keep", "reason": ""},
        )
        assert refused.status_code == 422
        sign_in(risk_manager).post(
            reverse("blacklist:entry_lift_decide", args=[active.pk]),
            {"outcome": "lift"},
        )
        active.refresh_from_db()
        assert active.state == "LIFTED"


class TestHitPages:
    def test_lists_open_hits_with_both_names(self, hit: ScreeningHit, compliance: User, sign_in: SignIn) -> None:
        page = sign_in(compliance).get(reverse("blacklist:hit_list"))
        assert "Petrović, Dragan" in page.text
        assert "Dragan Petrovic" in page.text

    @pytest.mark.parametrize("number", [1, 12])
    def test_costs_the_same_however_long_it_is(
        self,
        active: BlacklistEntry,
        compliance: User,
        sign_in: SignIn,
        today: date,
        number: int,
        django_assert_max_num_queries: Any,
    ) -> None:
        for position in range(number):
            screen_subject(
                subject=subject(key=f"borrower:{position}"),
                purpose="submission",
                business_date=today,
            )
        client = sign_in(compliance)
        # session, user, roles, bank state, counts by state, count, rows with entry and screening, names: one each.
        with django_assert_max_num_queries(9):
            page = client.get(reverse("blacklist:hit_list"))
        assert len(page.context["rows"]) == number

    def test_shows_both_sides_with_differences_marked(self, active: BlacklistEntry, compliance: User, today: date, sign_in: SignIn) -> None:
        screening = screen_subject(
            subject=subject(
                birth_date=date(1971, 5, 4),
                identifiers={"tax_id": "99887766"},
                country="DE",
            ),
            purpose="submission",
            business_date=today,
        )
        page = sign_in(compliance).get(reverse("blacklist:hit_detail", args=[screening.hits.get().pk]))
        verdicts = {fact.label: fact.verdict for fact in page.context["file"].facts}
        assert verdicts["Name"] == "equal"
        assert verdicts["Birth date"] == "equal"
        assert verdicts["Country"] == "differs"
        assert verdicts["National id"] == "not compared"
        assert "99887766" not in page.text

    def test_goes_on_to_the_next_hit_after_a_decision(self, active: BlacklistEntry, compliance: User, sign_in: SignIn, today: date) -> None:
        hits = [
            screen_subject(subject=subject(key=key), purpose="submission", business_date=today).hits.get()
            for key in ("borrower:1", "borrower:2")
        ]
        client = sign_in(compliance)
        answer = client.post(
            reverse("blacklist:hit_decide", args=[hits[0].pk]),
            {"outcome": "FALSE_POSITIVE", "reason": "Other birth place."},
        )
        assert answer["Location"] == reverse("blacklist:hit_detail", args=[hits[1].pk])
        answer = client.post(
            reverse("blacklist:hit_decide", args=[hits[1].pk]),
            {"outcome": "FALSE_POSITIVE", "reason": "Other birth place."},
        )
        assert answer["Location"] == reverse("blacklist:hit_list")

    def test_answers_422_without_an_outcome(self, hit: ScreeningHit, compliance: User, sign_in: SignIn) -> None:
        answer = sign_in(compliance).post(reverse("blacklist:hit_decide", args=[hit.pk]), {"reason": "So it is."})
        assert answer.status_code == 422
        assert "So it is." in answer.text
        hit.refresh_from_db()
        assert hit.state == "OPEN"

    def test_keeps_what_the_second_typed(
        self,
        hit: ScreeningHit,
        compliance: User,
        second_compliance: User,
        sign_in: SignIn,
    ) -> None:
        decision = {"outcome": "TRUE_MATCH", "reason": "Same passport photo."}
        sign_in(compliance).post(reverse("blacklist:hit_decide", args=[hit.pk]), decision)
        answer = sign_in(second_compliance).post(
            reverse("blacklist:hit_decide", args=[hit.pk]),
            {"outcome": "FALSE_POSITIVE", "reason": "Another height."},
        )
        assert answer.status_code == 409
        assert f"{compliance.full_name} was first" in answer.text
        assert "Another height." in answer.text

    @every_role(["OFFICER", "COLLECTIONS", "APPROVER", "INVESTIGATOR"])
    def test_are_closed_to_those_who_must_not_know(self, hit: ScreeningHit, sign_in: SignIn, role: str) -> None:
        client = sign_in(make_person("somebody", Role(role)))
        assert client.get(reverse("blacklist:hit_detail", args=[hit.pk])).status_code == 403
        assert client.post(reverse("blacklist:hit_decide", args=[hit.pk])).status_code == 403

    def test_let_audit_read_but_not_decide(self, hit: ScreeningHit, auditor: User, sign_in: SignIn) -> None:
        client = sign_in(auditor)
        page = client.get(reverse("blacklist:hit_detail", args=[hit.pk]))
        assert page.status_code == 200
        assert not re.search(r'name="outcome"', page.text)
        assert client.post(reverse("blacklist:hit_decide", args=[hit.pk])).status_code == 403


class TestLookUp:
    def test_finds_entries_and_is_on_record_without_the_name(self, active: BlacklistEntry, compliance: User, sign_in: SignIn) -> None:
        page = sign_in(compliance).post(reverse("blacklist:look_up"), {"name": "Драган Петровић"})
        assert active.reference in page.text
        entry = AuditEntry.objects.get(action="screening.looked_up")
        assert entry.details == {"found": 1}
        assert not ScreeningHit.objects.exists()

    def test_says_when_nobody_is_found(self, active: BlacklistEntry, compliance: User, sign_in: SignIn) -> None:
        page = sign_in(compliance).post(reverse("blacklist:look_up"), {"name": "Milica Jovanović"})
        assert "Nobody on the list resembles this" in page.text

    def test_is_for_compliance_only(self, active: BlacklistEntry, risk_manager: User, sign_in: SignIn) -> None:
        assert sign_in(risk_manager).post(reverse("blacklist:look_up"), {"name": "Dragan"}).status_code == 403
