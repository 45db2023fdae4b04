"""The same thing pledged twice: looked for whenever something is pledged, perfected or changed, and again when there is new evidence."""

from __future__ import annotations

import random
from datetime import date
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from collateral.domain.twins import POSSIBLE, PROBABLE, AssetText, Sighting, compare, find_twice_pledged, prepare, unseen
from collateral.models import Asset, Pledge, RedFlag, TwinJudgement, Valuation
from collateral.selectors.twin_evidence import possible_twins
from collateral.services.facts import record_facts
from collateral.services.flags import decide_flag
from collateral.services.places import record_place
from collateral.services.pledge_obstacles import UnableToPerfectPledge, obstacles_of
from collateral.services.pledge_proposals import propose_pledge
from collateral.services.pledges import perfect_pledge, withdraw_pledge
from collateral.services.twin_flags import UnableToJudgeTwin, judge_twin, look_for_twins
from collateral.services.twins import index_assets
from core.errors import Conflict
from core.models import AuditEntry, Branch, User
from core.roles import Role
from core.uuids import uuid7
from loans.models import Application
from tests.collateral.conftest import Register, SignIn, hire
from tests.collateral.perturbed import HARDER, RULES, perturb, write_assets
from tests.collateral.test_asset_facts import GOOD
from tests.collateral.test_services import open_codes
from tests.every_role import every_role

LATHE = {"title_number": "SN 471188-A"}
# One digit of the number is another one: probably the same. Two are: possibly.
PROBABLY, POSSIBLY = {"title_number": "SN 471189-A"}, {"title_number": "SN 471199-A"}


@pytest.fixture
def file_of(application: Application) -> Any:
    """Further applications of the same borrower."""

    def make(reference: str) -> Application:
        made = Application.objects.get(pk=application.pk)
        made.pk, made.reference = uuid7(), reference
        made.save(force_insert=True)
        return made

    return make


@pytest.fixture
def pair(register: Register, file_of: Any) -> tuple[Asset, Asset]:
    """Two lathes that probably are one, each pledged for a file; the second with its red flag."""
    return register(**LATHE), register(application=file_of("LA-2"), **PROBABLY)


def twin_flags(asset: Asset) -> list[tuple[str, str]]:
    return list(asset.flags.filter(code__in=["near_twin", "pledged_elsewhere"]).order_by("id").values_list("code", "state"))


def clear(asset: Asset, by: User, today: date) -> None:
    for flag in asset.flags.filter(state="OPEN"):
        decide_flag(flag=flag, uphold=False, reason="Both were seen on one day.", actor=by, business_date=today)


class TestTheGrades:
    def test_know_nine_of_ten_again_past_one_slip_and_most_past_several(self) -> None:
        chance = random.Random(11)
        written = write_assets(150, chance)

        def share(rule: str, least: float) -> float:
            scores = [compare(prepare(one.text), prepare(perturb(one, rule, chance).text)).score for one in written]
            return sum(score >= least for score in scores) / len(scores)

        assert {rule: found for rule in RULES if (found := share(rule, PROBABLE)) < 0.97} == {}
        assert {rule: found for rule in HARDER if (found := share(rule, POSSIBLE)) < 0.85} == {}

    @pytest.mark.parametrize(
        "written",
        ["Grundbch Altona, Blatt 0471", "GrundbuchAltona Blatt 471", "Altona, Blat 0471", "Altona Blatt0471", "Grundbuch Altona 471"],
    )
    def test_know_a_mistyped_registry_for_one(self, written: str) -> None:
        mine, theirs = (prepare(AssetText("LAND", title_number=number)) for number in ("Grundbuch Altona, Blatt 0471", written))
        assert compare(mine, theirs).score >= PROBABLE

    @pytest.mark.parametrize(("written", "alike"), [("SNX 471199-A", True), ("T5", False), ("X5", False), ("ABCD 471199-A", False)])
    def test_take_a_few_letters_before_a_number_for_its_registry_alone(self, written: str, alike: bool) -> None:
        mine, theirs = (prepare(AssetText("MACHINERY", "Lathe", number)) for number in ("SN 471199-A", written))
        assert (compare(mine, theirs).score >= PROBABLE) is alike

    def test_hold_a_machine_against_a_vehicle(self) -> None:
        machine = prepare(AssetText("MACHINERY", "Excavator", numbers=("serial_number:CAT0320DKABC01234",)))
        vehicle = prepare(AssetText("VEHICLE", "Digger", numbers=("vin:CAT0320DKABC01234",)))
        assert compare(machine, vehicle).score >= PROBABLE
        house = prepare(AssetText("REAL_ESTATE", "Excavator", numbers=("serial_number:CAT0320DKABC01234",)))
        assert compare(machine, house).score < PROBABLE


class TestEvidence:
    def test_is_new_by_a_mark_that_nobody_saw(self) -> None:
        sighting = Sighting("CO-1", 0.9, False, frozenset("ab"))
        assert unseen([sighting], ["a"]) == [sighting]
        assert unseen([sighting], ["a", "b", "c"]) == []

    def test_tells_the_same_title_from_what_is_alike(self) -> None:
        found = find_twice_pledged([Sighting("CO-1", 1.0, True, frozenset("a")), Sighting("CO-2", 0.8, False, frozenset("b"))], "Two.")
        assert [(one.code, one.evidence["marks"]) for one in found] == [("pledged_elsewhere", "a"), ("near_twin", "b")]


@pytest.mark.django_db
class TestLookingAgain:
    def test_a_pledge_of_what_secured_nothing_when_its_twin_came(
        self, register: Register, file_of: Any, officer: User, today: date
    ) -> None:
        first = register(**LATHE)
        withdraw_pledge(pledge=first.pledges.get(), reason="Not needed.", actor=officer, business_date=today)
        second = register(application=file_of("LA-2"), **PROBABLY)
        assert twin_flags(second) == []
        propose_pledge(asset=first, application=file_of("LA-3"), actor=officer, business_date=today)
        assert twin_flags(first) == [("near_twin", "OPEN")]

    def test_another_address_serial_number_or_class(self, register: Register, file_of: Any, officer: User, today: date) -> None:
        given: dict[str, Any] = {"actor": officer, "business_date": today}
        first = register(kind="VEHICLE", title_number="", facts={**GOOD["VEHICLE"], "vin": "WDB9634031L000124"}, description="Crane")
        machine = register(application=file_of("LA-2"), title_number="N-9", description="Something else", owner=None, owner_name="Birch")
        assert twin_flags(machine) == []
        serial = first.numbers.partition("vin:")[2].split()[0]
        record_facts(asset=machine, facts={**GOOD["MACHINERY"], "serial_number": serial}, **given)
        assert twin_flags(machine) == [("near_twin", "OPEN")]
        home = register(application=file_of("LA-3"), title_number="", description="A lathe of two", address_line="Hafenweg 12", city="Kiel")
        moved = register(application=file_of("LA-4"), title_number="", description="Press", owner=None, owner_name="Erle")
        Asset.objects.filter(pk__in=[home.pk, moved.pk]).update(description="Stamping press Trumpf 4000")
        record_place(asset=moved, address_line="Hafenwg 12", city="Kiel", country="DE", postcode="", latitude=None, longitude=None, **given)
        assert twin_flags(moved) == [("near_twin", "OPEN")]

    def test_what_was_cleared_comes_up_again_by_new_evidence_alone(
        self, pair: tuple[Asset, Asset], file_of: Any, officer: User, risk_manager: User, today: date
    ) -> None:
        first, second = pair
        clear(second, risk_manager, today)
        look_for_twins(asset=second, business_date=today)
        look_for_twins(asset=first, business_date=today)
        assert (twin_flags(first), twin_flags(second)) == ([], [("near_twin", "CLEARED")])
        propose_pledge(asset=first, application=file_of("LA-3"), actor=officer, business_date=today)
        assert twin_flags(second) == [("near_twin", "CLEARED"), ("near_twin", "OPEN")]
        clear(second, risk_manager, today)
        clear(first, risk_manager, today)
        look_for_twins(asset=first, business_date=today)
        record_place(
            asset=second, address_line="Werft 3", city="Kiel", country="DE", postcode="", latitude=None, longitude=None,
            actor=officer, business_date=today,
        )  # fmt: skip
        assert twin_flags(second)[2:] == [("near_twin", "OPEN")]

    def test_at_perfection_a_flag_stands_although_the_pledge_is_refused(
        self, accepted: Valuation, asset: Asset, register: Register, file_of: Any, investigator: User, today: date
    ) -> None:
        second = register(application=file_of("LA-2"), title_number="N 9", description="Press", owner=None, owner_name="Birch")
        # As it was before anything looked at it again.
        Asset.objects.filter(pk=second.pk).update(title_number="SN 4711-B", title_key="SN4711B", description=asset.description)
        index_assets([Asset.objects.get(pk=second.pk)])
        with pytest.raises(UnableToPerfectPledge, match="red_flags"):
            perfect_pledge(pledge=asset.pledges.get(), registry_reference="R 1", actor=investigator, business_date=today)
        assert twin_flags(asset) == [("near_twin", "OPEN")]


@pytest.mark.django_db
class TestJudging:
    @pytest.fixture
    def possible(self, register: Register, file_of: Any) -> Asset:
        register(**LATHE)
        return register(application=file_of("LA-2"), **POSSIBLY)

    def judge(self, asset: Asset, actor: User, today: date, **changes: Any) -> TwinJudgement:
        met = possible_twins(asset)[0]
        given: dict[str, Any] = {"key": met.key, "same": False, "reason": "The plate reads 99.", "actor": actor, "business_date": today}
        return judge_twin(asset=asset, **(given | changes))

    def test_is_asked_before_perfection_and_kept_for_this_evidence(
        self, possible: Asset, file_of: Any, officer: User, investigator: User, today: date
    ) -> None:
        assert open_codes(possible) == set()
        pledge = possible.pledges.get()

        def codes() -> set[str]:
            return {one.code for one in obstacles_of(pledge, actor=investigator, business_date=today)}

        assert "twins_unjudged" in codes()
        judged = self.judge(possible, investigator, today)
        assert "twins_unjudged" not in codes()
        assert (judged.same, judged.judged_by, judged.score) == (False, investigator, "0.62")
        assert AuditEntry.objects.get(action="asset.twin_judged").details["other"] == judged.other.reference
        propose_pledge(asset=judged.other, application=file_of("LA-3"), actor=officer, business_date=today)
        assert "twins_unjudged" in codes()

    def test_the_same_thing_joins_the_flag_that_is_open(
        self, possible: Asset, register: Register, file_of: Any, investigator: User, today: date
    ) -> None:
        third = register(application=file_of("LA-3"), title_number="SN 471109-A")
        self.judge(third, investigator, today, same=True)
        (flag,) = third.flags.all()
        assert {one.reference for one in Asset.objects.exclude(pk=third.pk)} == {
            part.split()[0] for part in flag.evidence["assets"].split(", ")
        }

    def test_the_same_thing_raises_the_flag(self, possible: Asset, investigator: User, risk_manager: User, today: date) -> None:
        self.judge(possible, investigator, today, same=True, reason="One plate was filed.")
        flag = possible.flags.get()
        assert (flag.code, flag.evidence["judged"]) == ("near_twin", "One plate was filed.")
        clear(possible, risk_manager, today)
        assert possible_twins(possible) == []

    def test_is_refused_in_words(self, possible: Asset, officer: User, investigator: User, approver: User, today: date) -> None:
        before = RedFlag.objects.count()
        for changes, code in (({"actor": approver}, "not_entitled"), ({"reason": " "}, "reason_missing")):
            with pytest.raises(UnableToJudgeTwin, match=code):
                self.judge(possible, changes.pop("actor", investigator), today, **changes)
        Pledge.objects.filter(asset=possible).update(proposed_by=investigator)
        with pytest.raises(UnableToJudgeTwin, match="own_work"):
            self.judge(possible, investigator, today)
        Pledge.objects.filter(asset=possible).update(proposed_by=officer)
        with pytest.raises(Conflict):
            self.judge(possible, investigator, today, key="0" * 16)
        assert (TwinJudgement.objects.count(), RedFlag.objects.count()) == (0, before)

    def test_is_never_changed(self, possible: Asset, investigator: User, today: date) -> None:
        judged = self.judge(possible, investigator, today)
        for change in ({"same": True}, {"reason": ""}, {"other": possible}):
            with transaction.atomic(), pytest.raises(Exception, match=r"append-only|permission denied"):
                TwinJudgement.objects.filter(pk=judged.pk).update(**change)
        with transaction.atomic(), pytest.raises(IntegrityError, match="twin_judged_of_another"):
            TwinJudgement.objects.create(
                asset=possible, other=possible, reason="x", same=True, score=1, judged_by=investigator, judged_date=today
            )

    def test_a_page_asks_it_and_names_no_asset_of_another_branch(
        self, possible: Asset, investigator: User, other_branch: Branch, sign_in: SignIn
    ) -> None:
        hidden = possible_twins(possible)[0].asset
        Asset.objects.filter(pk=hidden.pk).update(branch=other_branch)
        client, address = sign_in(investigator), reverse("collateral:twins", args=[possible.pk])
        shown = client.get(address)
        assert "Another thing" in shown.text and hidden.reference not in shown.text and str(hidden.pk) not in shown.text
        sent = {"key": possible_twins(possible)[0].key, "outcome": "other", "reason": ""}
        assert client.post(address, sent).status_code == 422
        client.post(address, sent | {"reason": "Seen both."})
        assert "Seen both." in client.get(address).text

    @every_role(Role)
    def test_only_who_perfects_is_asked(self, possible: Asset, branch: Branch, sign_in: SignIn, role: Role) -> None:
        address = reverse("collateral:twins", args=[possible.pk])
        sent = {"key": possible_twins(possible)[0].key, "outcome": "other", "reason": "Seen both."}
        client = sign_in(hire("somebody", role, branch=branch))
        may = role in (Role.INVESTIGATOR, Role.RISK_MANAGER)
        page = client.get(address)
        assert ("Record your judgement" in page.text) is may
        client.post(address, sent)
        assert TwinJudgement.objects.exists() is may
