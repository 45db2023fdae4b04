"""When assets are due by class and risk, rounds given out by lot, late ones escalated, and the settings under four eyes."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from collateral.domain.inspections import DEFAULT_RULES, Candidate, UnfitRules, as_document, from_document, share_out
from collateral.domain.postcodes import postcode_area
from collateral.models import Asset, InspectionPlan, InspectionRound, InspectionSettings, InspectionStop, OutsideAppraiser, Pledge
from collateral.selectors.inspection_settings import inspection_rules_in_force
from collateral.selectors.inspections import seen_book
from collateral.services.inspection_plans import plan_inspections
from collateral.services.inspection_rounds import UnableToHandOver, hand_over_round, plan_rounds
from collateral.services.inspection_settings import decide_inspection_settings, propose_inspection_settings
from core.errors import Conflict
from core.events import deliver_pending
from core.four_eyes import UnableToConfirm
from core.models import Branch, User
from core.roles import Role
from core.settings_versions import UnableToChangeSettings
from loans.models import Application, ApplicationOutcome, Loan
from monitoring.models import Alert
from tests.collateral.books import EVERY, Book
from tests.collateral.conftest import hire
from tests.collateral.inspecting import application_of, book, give, inspect, machine, media, night, planned
from tests.shared_rows import shared

__all__ = ["book", "media"]


@shared
def inspectors(branch: Branch) -> list[User]:
    return [hire(name, role, branch=branch) for name, role in (("ida", Role.APPRAISER), ("ivo", Role.INVESTIGATOR))]


class TestPlan:
    @pytest.mark.parametrize(
        ("change", "grounds", "level", "days"),
        [
            ("none", [], "ORDINARY", 365),
            ("late", ["late"], "RAISED", 180),
            ("large", ["large"], "RAISED", 180),
            ("bad", ["bad"], "HIGH", 60),
            ("called", ["bad"], "HIGH", 60),
            ("idle", ["idle"], "HIGH", 60),
            ("flagged", ["flagged"], "HIGH", 60),
            ("late and flagged", ["flagged", "late"], "HIGH", 60),
        ],
    )
    def test_sees_the_sooner_what_is_at_risk(self, book: Book, change: str, grounds: list[str], level: str, days: int) -> None:
        asset = machine(book)
        loans = Loan.objects.filter(application=application_of(asset))
        if "late" in change:
            loans.update(days_past_due=31)
        if change == "bad":
            loans.update(days_past_due=91)
        if change == "called":
            loans.update(state="CALLED")
        if change == "idle":
            Asset.objects.update(in_use=False)
        if change == "large":
            book.value(asset, 1_000_000)
        if "flagged" in change:
            asset.flags.create(code="idle", text="x", raised_date=book.today)
        assert plan_inspections(business_date=book.today, **EVERY) == 1
        plan = planned(asset)
        assert (plan.level, plan.grounds, plan.due_date, plan.seen_date) == (
            level,
            grounds,
            asset.registered_date + timedelta(days=days),
            None,
        )
        assert plan_inspections(business_date=book.today, **EVERY) == 0, "run again it changes nothing"

    def test_counts_from_when_somebody_was_there_and_goes_again_to_a_closed_door(self, book: Book, inspectors: list[User]) -> None:
        asset = machine(book, days_ago=400)
        stop = give(asset, inspectors[0], book.today)
        inspect(stop, presence="SHUT", remarks="Nobody answered.", photos=[])
        plan_inspections(business_date=book.today, **EVERY)
        assert (planned(asset).seen_date, planned(asset).due_date) == (None, book.today + timedelta(days=7))
        inspect(stop, after=stop.inspections.get().pk)
        plan_inspections(business_date=book.today, **EVERY)
        assert (planned(asset).seen_date, planned(asset).due_date) == (book.today, book.today + timedelta(days=365))
        inspect(stop, after=stop.inspections.first().pk, condition="DAMAGED")  # type: ignore[union-attr]
        asset.flags.update(state="CLEARED")
        plan_inspections(business_date=book.today, **EVERY)
        assert (planned(asset).grounds, planned(asset).due_date) == (["faulty"], book.today + timedelta(days=60))

    def test_sees_soon_what_was_pledged_after_the_money_had_left(self, book: Book, inspectors: list[User]) -> None:
        """A substitute that nobody has seen waits for no class: a month, whatever was visited before it came."""
        asset = machine(book, days_ago=0)
        plan_inspections(business_date=book.today, **EVERY)
        assert planned(asset).due_date == book.today + timedelta(days=365)
        asset.pledges.update(perfected_date=book.today)
        plan_inspections(business_date=book.today, **EVERY)
        assert planned(asset).grounds == [], "what was there when the money left was seen then"
        added = book.today + timedelta(days=1)
        asset.pledges.update(perfected_date=added)
        plan_inspections(business_date=added, **EVERY)
        assert (planned(asset).grounds, planned(asset).due_date) == (["added"], added + timedelta(days=30))
        inspect(give(asset, inspectors[0], added))
        plan_inspections(business_date=added, **EVERY)
        assert (planned(asset).grounds, planned(asset).due_date) == ([], added + timedelta(days=365))

    def test_plans_an_asset_of_two_shards_once_and_forgets_what_backs_nothing(self, book: Book) -> None:
        asset = machine(book)
        second = book.lend(10_000)
        book.pledge(asset, second, 10_000, rank=2)
        first = Loan.objects.exclude(pk=second.loan.pk).get()
        shards = [(second.loan.pk, second.loan.pk), (first.pk, first.pk)]

        def sweep() -> None:
            for low, high in shards:
                plan_inspections(business_date=book.today, first_loan_id=low, last_loan_id=high)

        sweep()
        assert planned(asset).loan == first
        Loan.objects.filter(pk=first.pk).update(state="CLOSED")
        sweep()
        sweep()
        assert planned(asset).loan == second.loan, "the next one it backs takes it over"
        Pledge.objects.filter(application=second.application).update(state="RELEASED")
        sweep()
        assert not InspectionPlan.objects.exists()

    def test_leaves_out_what_is_only_paper(self, book: Book) -> None:
        deposit = book.asset(10_000, kind="DEPOSIT")
        book.pledge(deposit, book.lend(5_000), 5_000)
        assert plan_inspections(business_date=book.today, **EVERY) == 0


class TestRounds:
    def test_take_what_is_due_at_one_place_and_what_is_due_soon(self, book: Book, inspectors: list[User], risk_manager: User) -> None:
        due = [machine(book, "Nordersund"), machine(book, "nordersund ")]
        soon, later, elsewhere = machine(book, days_ago=340), machine(book, days_ago=300), machine(book, "Lindenhafen")
        assert night(book.today) == 2 and night(book.today) == 0, "run again it gives nothing out"
        places = {given.area: set(given.stops.values_list("asset", flat=True)) for given in InspectionRound.objects.all()}
        assert places == {"Nordersund": {*(one.pk for one in due), soon.pk}, "Lindenhafen": {elsewhere.pk}}
        assert {given.due_date for given in InspectionRound.objects.all()} == {book.today + timedelta(days=21)}
        figures = seen_book(risk_manager, today=book.today)
        assert (figures.assets, figures.due, figures.waiting, figures.never) == (5, 3, 0, 5) and figures.share == pytest.approx(0.4)
        assert (figures.in_time, figures.seen_share) == (0, 0), "not due yet is in order, but not seen"
        assert not InspectionStop.objects.filter(asset=later).exists()

    def test_go_by_country_and_area_of_postcodes_and_by_town_where_none_is_on_file(self, book: Book, inspectors: list[User]) -> None:
        def at(postcode: str, city: str, country: str = "DE") -> Asset:
            return machine(book, city, postcode=postcode, postcode_area=postcode_area(country, postcode), country=country)

        west = {at("25813", "Husum").pk, at("25899", "Niebüll").pk}
        other = {at("24103", "Husum").pk}
        denmark = {at("2581", "Husum", "DK").pk}
        town, abroad = {machine(book, "Husum").pk}, {machine(book, "Husum", country="AT").pk}
        assert night(book.today) == 5
        found = [(given.area, set(given.stops.values_list("asset", flat=True))) for given in InspectionRound.objects.all()]
        words = sorted(area for area, _ in found)
        assert words[:2] == ["DE 24: Husum", words[1]] and words[1] in ("DE 25: Husum, Niebüll", "DE 25: Niebüll, Husum")
        assert words[2:] == ["DK 25: Husum", "Husum", "Husum"]
        assert {frozenset(assets) for _, assets in found} == {frozenset(one) for one in (west, other, denmark, town, abroad)}

    @pytest.mark.parametrize(
        ("country", "postcode", "area"),
        [
            ("DE", "25813", "DE 25"), ("GB", "SW1A 1AA", "GB SW1A"), ("GB", "sw1a1aa", "GB SW1A"), ("GB", "M1 1AE", "GB M1"), ("US", "98101-1234", "US 981"),
            ("NL", "1012 AB", "NL 10"), ("FR", "75008", "FR 75"), ("AT", "1010", "AT 10"), ("DE", "", ""), ("", "25813", ""),
        ],
    )  # fmt: skip
    def test_know_the_area_of_a_postcode(self, country: str, postcode: str, area: str) -> None:
        assert postcode_area(country, postcode) == area

    def test_are_cut_and_leave_nobody_with_more_than_they_have_room_for(self, book: Book, inspectors: list[User]) -> None:
        for _ in range(35):
            machine(book)
        assert night(book.today) == 4
        counts = sorted(given.stops.count() for given in InspectionRound.objects.all())
        assert counts == [8, 8, 8, 8]
        assert sorted(InspectionRound.objects.filter(inspector=one).count() for one in inspectors) == [2, 2], "shared fairly"
        assert night(book.today + timedelta(days=1)) == 0, "the other three wait for room"

    def test_never_go_to_who_took_the_file_in_decided_valued_or_owns_it(self, book: Book, branch: Branch) -> None:
        people = {
            name: hire(name, Role.INVESTIGATOR, branch=branch) for name in ("registrar", "officer", "decider", "valuer", "owner", "free")
        }
        for asset in [machine(book, registered_by=people["registrar"], owner_name="Owner") for _ in range(6)]:
            Application.objects.filter(pledges__asset=asset).update(officer=people["officer"])
            asset.valuations.update(appraiser=people["valuer"])
            ApplicationOutcome.objects.create(
                application=application_of(asset), outcome="APPROVED", decided_by=people["decider"], decided_date=book.today
            )
        night(book.today)
        assert set(InspectionRound.objects.values_list("inspector__username", flat=True)) == {"free"}
        assert InspectionStop.objects.count() == 6

    def test_go_to_no_other_firm_and_nobody_who_left_or_sits_elsewhere(self, book: Book, branch: Branch, other_branch: Branch) -> None:
        outside, gone = hire("outside", Role.APPRAISER, branch=branch), hire("gone", Role.APPRAISER, branch=branch)
        OutsideAppraiser.objects.create(user=outside, firm="Elbe", recorded_date=book.today)
        User.objects.filter(pk=gone.pk).update(is_active=False)
        hire("elsewhere", Role.INVESTIGATOR, branch=other_branch)
        machine(book)
        assert night(book.today) == 0 and not InspectionRound.objects.exists()

    def test_are_shorter_for_what_is_watched_most_closely(self, book: Book, inspectors: list[User]) -> None:
        machine(book, in_use=False)
        night(book.today)
        assert InspectionRound.objects.get().due_date == book.today + timedelta(days=7)
        assert InspectionStop.objects.get().grounds == ["idle"]

    def test_escalate_once_after_their_day_and_end_when_nothing_is_left(self, book: Book, inspectors: list[User]) -> None:
        asset = machine(book)
        night(book.today)
        given = InspectionRound.objects.get()
        night(given.due_date)
        assert InspectionRound.objects.get().state == "OPEN"
        for later in (1, 2):
            night(given.due_date + timedelta(days=later))
        while deliver_pending():
            pass
        assert InspectionRound.objects.get().state == "ESCALATED"
        assert given.reference in Alert.objects.get(kind="ROUND_LATE").title
        Pledge.objects.filter(asset=asset).update(state="RELEASED")
        night(given.due_date + timedelta(days=3))
        given.refresh_from_db()
        assert (given.state, given.ended_date, given.stops.get().state) == ("DONE", given.due_date + timedelta(days=3), "DROPPED")

    def test_are_given_to_somebody_else_by_lot_and_with_a_reason(self, book: Book, inspectors: list[User], risk_manager: User) -> None:
        machine(book)
        night(book.today)
        given = InspectionRound.objects.get()
        act: dict[str, Any] = {"inspection_round": given, "business_date": book.today}
        with pytest.raises(UnableToHandOver, match="not_entitled"):
            hand_over_round(**act, reason="Ill", actor=inspectors[0])
        with pytest.raises(UnableToHandOver, match="reason_missing"):
            hand_over_round(**act, reason=" ", actor=risk_manager)
        before = given.inspector
        assert hand_over_round(**act, reason="Ill", actor=risk_manager).inspector != before
        User.objects.exclude(pk=InspectionRound.objects.get().inspector_id).filter(
            role_rows__role__in=["APPRAISER", "INVESTIGATOR"]
        ).update(is_active=False)
        with pytest.raises(UnableToHandOver, match="nobody"):
            hand_over_round(**act, reason="Ill too", actor=risk_manager)
        InspectionStop.objects.update(state="DROPPED")
        plan_rounds(business_date=book.today)
        with pytest.raises(Conflict):
            hand_over_round(**act, reason="Late", actor=risk_manager)


class TestTheLot:
    A, B, C = (UUID(int=number) for number in (1, 2, 3))

    @pytest.mark.parametrize(
        ("people", "barred", "drawn"),
        [
            ([(1, 0, 0), (2, 0, 0)], {}, {1: 3, 2: 3}),
            ([(1, 5, 0), (2, 4, 0)], {}, {2: 3}),
            ([(1, 0, 0), (2, 9, 0)], {A: {1}}, {2: 3}),
            ([(1, 0, 15), (2, 9, 14)], {}, {2: 2}),
            ([(1, 0, 16)], {}, {}),
            ([(1, 0, 0)], {A: {1}, B: {1}, C: {1}}, {}),
        ],
    )
    def test_is_between_those_who_may_see_most_and_were_given_least(
        self, people: list[tuple[int, int, int]], barred: dict[UUID, set[int]], drawn: dict[int, int]
    ) -> None:
        found = share_out([self.A, self.B, self.C], barred, [Candidate(*one) for one in people], 16)
        assert {key: len(taken) for key, taken in found} == drawn


class TestSettings:
    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("stops", 0),
            ("most_stops", 101),
            ("raised_dpd", 100),
            ("high_round_days", 22),
            ("again_days", 0),
            ("added_days", 6),
            ("large_from", "x"),
            ("ahead_days", -1),
        ],
    )
    def test_are_refused_when_they_do_not_fit(self, name: str, value: Any) -> None:
        with pytest.raises(UnfitRules):
            from_document({**as_document(DEFAULT_RULES), name: value})

    def test_are_refused_when_a_closer_watch_would_see_less(self) -> None:
        document = as_document(DEFAULT_RULES)
        for days in ((365, 400, 60), (365, 180, 0), (0, 0, 30)):
            rows = [{"kind": "MACHINERY", "ordinary": days[0], "raised": days[1], "high": days[2]}, *document["intervals"][3:]]
            with pytest.raises(UnfitRules):
                from_document({**document, "intervals": [*document["intervals"][:2], *rows]})
        with pytest.raises(UnfitRules, match="once"):
            from_document({**document, "intervals": document["intervals"][1:]})

    def test_take_two_people(self, book: Book, risk_manager: User, branch: Branch) -> None:
        document = as_document(DEFAULT_RULES) | {"stops": 4}
        with pytest.raises(UnableToChangeSettings, match="unchanged"):
            propose_inspection_settings(document=as_document(DEFAULT_RULES), reason="x", actor=risk_manager)
        with pytest.raises(UnableToChangeSettings, match="not_entitled"):
            propose_inspection_settings(document=document, reason="x", actor=hire("ann", Role.APPROVER, branch=branch))
        proposed = propose_inspection_settings(document=document, reason="Shorter days", actor=risk_manager)
        with pytest.raises(UnableToConfirm):
            decide_inspection_settings(proposed=proposed, confirm=True, reason="Yes", actor=risk_manager)
        assert inspection_rules_in_force() == DEFAULT_RULES
        decide_inspection_settings(proposed=proposed, confirm=True, reason="Yes", actor=hire("rolf", Role.RISK_MANAGER, branch=branch))
        assert inspection_rules_in_force().stops == 4 and InspectionSettings.objects.get().state == "ACTIVE"
