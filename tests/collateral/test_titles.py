"""A title that comes later: entered, held against others, and looked up by another person before anything is perfected."""

from __future__ import annotations

from datetime import date, timedelta
from fractions import Fraction
from typing import Any

import pytest
from django.urls import reverse

from collateral.models import Asset, Pledge
from collateral.services.flags import decide_flag
from collateral.services.owners import OwnerDraft, record_ownership
from collateral.services.pledge_obstacles import UnableToPerfectPledge, obstacles_of
from collateral.services.pledge_proposals import propose_pledge
from collateral.services.pledges import perfect_pledge
from collateral.services.registrations import send_to_registry
from collateral.services.title_numbers import UnableToEnterTitle, enter_title
from collateral.services.titles import UnableToCheckTitle, check_title
from collateral.services.valuations import accept_valuation, order_valuation
from core.models import Branch, User
from core.roles import Role
from loans.models import Application
from loans.services.intake import Party
from tests.collateral.conftest import Register, SignIn, Value, hire
from tests.collateral.papers import file_paper
from tests.collateral.test_interests import declare
from tests.collateral.test_services import another_application, open_codes
from tests.every_role import every_role
from tests.shared_rows import shared


@shared
def untitled(register: Register) -> Asset:
    """A car of which nobody wrote a number down."""
    return register(kind="VEHICLE", title_number="", looked_up=False)


def clear_all(asset: Asset, person: User, today: date) -> None:
    for flag in asset.flags.filter(state="OPEN"):
        decide_flag(flag=flag, uphold=False, reason="Looked at.", actor=person, business_date=today)


@shared
def valued(untitled: Asset, investigator: User, appraisers: list[User], submit: Value, approver: User, today: date) -> Asset:
    """The same with a value in force and every red flag cleared."""
    given = submit(order_valuation(asset=untitled, actor=investigator, business_date=today))
    clear_all(untitled, hire("rolf_reviewer", Role.APPROVER, branch=untitled.branch), today)
    accept_valuation(valuation=given, actor=approver, business_date=today, no_evidence="ONE_OF_KIND")
    return untitled


class TestATitleThatIsMissing:
    def test_is_not_verified_either(self, untitled: Asset, register: Register) -> None:
        assert open_codes(untitled) == {"title_missing", "title_unverified"}
        assert open_codes(register(title_number="", description="Another lathe", looked_up=False)) == {"title_missing"}

    def test_perfects_nothing_however_its_flags_were_cleared(self, valued: Asset, investigator: User, today: date) -> None:
        assert open_codes(valued) == set()
        with pytest.raises(UnableToPerfectPledge, match="title_unverified"):
            perfect_pledge(pledge=valued.pledges.get(), registry_reference="R", actor=investigator, business_date=today)

    def test_is_entered_later_and_looked_up_by_another(
        self, valued: Asset, officer: User, investigator: User, branch: Branch, today: date
    ) -> None:
        second = hire("ines_investigator", Role.INVESTIGATOR, branch=branch)
        enter_title(asset=valued, title_number=" NF AB 123 ", actor=investigator, business_date=today)
        valued.refresh_from_db()
        assert (valued.title_number, valued.title_key, open_codes(valued)) == ("NF AB 123", "NFAB123", {"title_unverified"})
        look: dict[str, Any] = {"holders": [valued.owner_name], "checked_date": today, "business_date": today}
        for person, verified in ((officer, None), (investigator, None), (second, today)):
            check_title(asset=valued, actor=person, **look)
            valued.refresh_from_db()
            assert valued.title_verified_date == verified
        assert open_codes(valued) == set()
        pledge = valued.pledges.get()
        send_to_registry(pledge=pledge, registry="R", reference="1", sent_date=today, actor=officer, business_date=today)
        done = perfect_pledge(pledge=pledge, registry_reference="R", actor=investigator, business_date=today)
        assert done.state == "PERFECTED"

    def test_ends_the_flag_and_is_held_against_other_assets(
        self, untitled: Asset, register: Register, application: Application, officer: User, today: date
    ) -> None:
        other = another_application(application)
        register(application=other, kind="VEHICLE", title_number="NF-AB 123", description="Lorry, grey")
        enter_title(asset=untitled, title_number="NF AB 123", actor=officer, business_date=today)
        assert {"pledged_elsewhere", "title_unverified"} <= open_codes(untitled)
        flag = untitled.flags.get(code="title_missing")
        assert (flag.state, flag.reason, flag.decided_by) == ("CLEARED", "Title NF AB 123 is on file.", officer)

    @pytest.mark.parametrize(("number", "code"), [("  ", "invalid"), ("--", "invalid"), ("X" * 61, "invalid")])
    def test_is_refused_when_it_is_none(self, untitled: Asset, officer: User, today: date, number: str, code: str) -> None:
        with pytest.raises(UnableToEnterTitle, match=code):
            enter_title(asset=untitled, title_number=number, actor=officer, business_date=today)

    def test_is_never_written_over(self, asset: Asset, register: Register, officer: User, today: date) -> None:
        with pytest.raises(UnableToEnterTitle, match="has_title"):
            enter_title(asset=asset, title_number="B 2", actor=officer, business_date=today)
        money = register(kind="DEPOSIT", title_number="", description="Deposit", looked_up=False)
        with pytest.raises(UnableToEnterTitle, match="no_registry"):
            enter_title(asset=money, title_number="B 2", actor=officer, business_date=today)

    @every_role(Role)
    def test_is_entered_on_its_page_by_who_keeps_the_file(self, untitled: Asset, branch: Branch, sign_in: SignIn, role: Role) -> None:
        client = sign_in(hire("somebody", role, branch=branch))
        answer = client.post(reverse("collateral:title_enter", args=[untitled.pk]), {"title_number": "B 2"})
        untitled.refresh_from_db()
        entered = role in (Role.OFFICER, Role.INVESTIGATOR)
        assert (untitled.title_number == "B 2") is entered and answer.status_code == (302 if entered else 403)

    def test_asks_for_its_number_first_and_for_a_look_then(self, untitled: Asset, officer: User, sign_in: SignIn, today: date) -> None:
        client, page = sign_in(officer), reverse("collateral:owners", args=[untitled.pk])
        address = reverse("collateral:title_enter", args=[untitled.pk])
        words = client.get(page).text
        assert address in words and "Keep what the registry says" not in words
        refused = client.post(address, {"title_number": "--"})
        assert refused.status_code == 422 and "letters and digits" in refused.text
        words = client.post(address, {"title_number": "B 2"}, follow=True).text
        assert address not in words and "Keep what the registry says" in words


class TestALook:
    """Into the registry, of a van that its officer registered with a look of their own."""

    @pytest.fixture
    def van(self, register: Register) -> Asset:
        return register(kind="VEHICLE", looked_up=False, title_holders=["Alder Workshop"])

    def look(self, van: Asset, actor: User, today: date, day: date, *holders: str) -> Asset:
        check_title(asset=van, holders=holders, checked_date=day, actor=actor, business_date=today)
        van.refresh_from_db()
        return van

    def test_that_names_others_verifies_nothing_and_is_told_of_whatever_its_day(self, van: Asset, investigator: User, today: date) -> None:
        found = self.look(van, investigator, today, today - timedelta(days=3), "Uncle Joe")
        assert (found.title_verified_date, open_codes(found)) == (None, {"title_inconsistent", "title_unverified"})

    def test_of_long_ago_verifies_nothing(self, van: Asset, investigator: User, today: date) -> None:
        with pytest.raises(UnableToCheckTitle) as refusal:
            self.look(van, investigator, today, today - timedelta(days=91), "Alder Workshop")
        assert [(fault.field, fault.code) for fault in refusal.value.faults] == [("checked_date", "stale")]
        file_paper(van, "TITLE_EXTRACT", today - timedelta(days=90))
        day = today - timedelta(days=90)
        assert self.look(van, investigator, today, day, "Alder Workshop").title_verified_date == day

    def test_by_a_second_hand_is_what_new_owners_are_held_against(self, van: Asset, officer: User, investigator: User, today: date) -> None:
        """Whoever writes other owners down and finds them in the registry alone is not believed."""
        self.look(van, investigator, today, today - timedelta(days=3), "Alder Workshop")
        check_title(asset=van, holders=["Joe and Sons"], checked_date=today, actor=officer, business_date=today)
        van.flags.all().delete()
        joe = OwnerDraft(Fraction(1), party=Party("", "COMPANY", "Joe and Sons", registration_number="HRB 7"))
        record_ownership(asset=van, owners=[joe], from_date=today, reason="Sold", actor=officer, business_date=today)
        assert "title_inconsistent" in open_codes(van)

    def test_of_long_ago_perfects_nothing(self, valued: Asset, officer: User, investigator: User, branch: Branch, today: date) -> None:
        enter_title(asset=valued, title_number="B 2", actor=officer, business_date=today)
        second, pledge = hire("ines_investigator", Role.INVESTIGATOR, branch=branch), valued.pledges.get()
        self.look(valued, second, today, today, valued.owner_name)
        send_to_registry(pledge=pledge, registry="R", reference="1", sent_date=today, actor=officer, business_date=today)
        asked: dict[str, Any] = {"pledge": pledge, "registry_reference": "R", "actor": investigator}
        with pytest.raises(UnableToPerfectPledge, match="title_stale") as refusal:
            perfect_pledge(**asked, business_date=today + timedelta(days=91))
        assert "last verified on 2 Mar 2026" in refusal.value.detail
        # A day before only its insurance is lacking, which rested on the owner's word for a month.
        with pytest.raises(UnableToPerfectPledge, match="not_insured"):
            perfect_pledge(**asked, business_date=today + timedelta(days=90))


class TestWhoPerfects:
    @pytest.fixture
    def second_pledge(self, asset: Asset, accepted: Any, application: Application, investigator: User, today: date) -> Pledge:
        """A second file secured by an asset that an officer registered, proposed by an investigator."""
        return propose_pledge(asset=asset, application=another_application(application), actor=investigator, business_date=today)

    def test_is_not_who_proposed_it(self, second_pledge: Pledge, investigator: User, today: date) -> None:
        with pytest.raises(UnableToPerfectPledge, match="own_proposal"):
            perfect_pledge(pledge=second_pledge, registry_reference="R", actor=investigator, business_date=today)

    def test_is_nobody_with_an_interest(self, pledge: Pledge, accepted: Any, investigator: User, risk_manager: User, today: date) -> None:
        declare(pledge.application, investigator, today)
        with pytest.raises(UnableToPerfectPledge, match="own_interest"):
            perfect_pledge(pledge=pledge, registry_reference="R", actor=investigator, business_date=today)
        assert perfect_pledge(pledge=pledge, registry_reference="R", actor=risk_manager, business_date=today).state == "PERFECTED"

    def test_is_not_who_alone_looked_its_title_up(
        self, register: Register, officer: User, investigator: User, branch: Branch, today: date
    ) -> None:
        van = register(kind="VEHICLE", title_number="V-1", looked_up=False)
        second = hire("ines_investigator", Role.INVESTIGATOR, branch=branch)

        def is_barred(person: User) -> bool:
            pledge = Pledge.objects.select_related("asset", "application").get(asset=van)
            return "own_look" in [one.code for one in obstacles_of(pledge, actor=person, business_date=today)]

        look: dict[str, Any] = {"asset": van, "holders": [van.owner_name], "checked_date": today, "business_date": today}
        # Who registered it verifies nothing.
        check_title(**look, actor=officer)
        assert not is_barred(investigator)
        check_title(**look, actor=investigator)
        assert is_barred(investigator) and not is_barred(second)
        check_title(**look, actor=second)
        assert not (is_barred(investigator) or is_barred(second))
