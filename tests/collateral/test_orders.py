"""Two blind values for a large one, another beside a doubtful one."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from collateral.domain.orders import Orders, apart, counting_value, find_apart, within_share
from collateral.domain.revaluation import DEFAULTS, as_document
from collateral.models import Asset, OutsideAppraiser, Valuation
from collateral.selectors.value_settings import settings_in_force
from collateral.services.appraisers import UnableToRecordFirm, record_firm
from collateral.services.valuations import (
    UnableToJudgeValuation,
    UnableToOrderValuation,
    UnableToSubmitValuation,
    accept_valuation,
    order_another_valuation,
    order_valuation,
    reject_valuation,
    submit_valuation,
)
from collateral.services.valuations.files import Attachments
from collateral.services.value_settings import decide_value_settings, propose_value_settings
from core.models import Branch, User
from core.roles import Role
from core.settings_versions import UnableToChangeSettings
from loans.models import Application, ApplicationParty, Borrower
from tests.collateral.conftest import Register, SignIn, Value, hire
from tests.collateral.test_services import order_again
from tests.every_role import every_role
from tests.shared_rows import shared


@shared
def large(register: Register) -> Asset:
    return register(stated_value=Decimal(4_000_000))


@shared
def pair(large: Asset, investigator: User, appraisers: list[User], today: date) -> list[Valuation]:
    """Two orders for one asset, drawn by lot."""
    return list(order_valuation(asset=large, actor=investigator, business_date=today).together().order_by("id"))


@shared
def outsider(branch: Branch, risk_manager: User, today: date) -> User:
    person = hire("clara_outside", Role.APPRAISER, branch=branch)
    record_firm(person=person, firm="Elbe Valuations", actor=risk_manager, business_date=today)
    return person


class TestRules:
    def test_the_lower_of_two_counts_and_the_middle_one_of_three(self) -> None:
        assert [counting_value([Decimal(n) for n in ns]) for ns in ((5,), (5, 4), (3, 9, 5))] == [5, 4, 5]

    def test_values_far_apart_are_found_and_near_ones_not(self) -> None:
        assert (apart([Decimal(100)]), apart([Decimal(115), Decimal(100)])) == (0, Decimal("0.15"))
        assert find_apart([Decimal(115), Decimal(100)]) == []
        (found,) = find_apart([Decimal(116), Decimal(100)])
        assert found.evidence == {"highest": "116", "lowest": "100"}

    def test_nobody_gets_much_more_than_a_fair_share_of_one_officer(self) -> None:
        assert within_share([1, 2, 3], Orders("orders", {1: 5}), 3) == [1, 2, 3]
        assert within_share([1, 2, 3], Orders("orders", {1: 4, 2: 1, 3: 1}), 3) == [2, 3]
        # Shares are of all of the branch: being the only one who may value this asset makes nothing fair.
        assert within_share([7], Orders("orders", {7: 40}), 3) == []
        assert within_share([7], Orders("orders", {7: 40}), 1) == []
        assert within_share([7], Orders("orders", {7: 2, 8: 20, 9: 18}), 3) == [7]


class TestOrdering:
    def test_a_large_value_goes_to_two_people_who_do_not_learn_of_each_other(self, pair: list[Valuation], appraisers: list[User]) -> None:
        assert {one.appraiser for one in pair} == set(appraisers)
        assert len({one.round for one in pair}) == 1

    def test_is_refused_where_there_is_no_second(self, large: Asset, investigator: User, branch: Branch, today: date) -> None:
        hire("only_one", Role.APPRAISER, branch=branch)
        with pytest.raises(UnableToOrderValuation, match="no_second"):
            order_valuation(asset=large, actor=investigator, business_date=today)
        assert not Valuation.objects.exists()

    def test_never_draws_the_owner_nor_who_has_too_many_of_the_officer(
        self, register: Register, officer: User, investigator: User, appraisers: list[User], branch: Branch, today: date
    ) -> None:
        hire("rich_owner", Role.APPRAISER, branch=branch)
        for number in range(6):
            other = register(title_number=f"SN {number}")
            Valuation.objects.create(asset=other, appraiser=appraisers[0], ordered_date=today, currency="EUR")
        asset = register(owner=None, owner_name="RICH OWNER", title_number="SN 99")
        assert order_valuation(asset=asset, actor=investigator, business_date=today).appraiser == appraisers[1]

    def test_says_so_when_only_one_beyond_their_share_is_left(
        self, register: Register, large: Asset, investigator: User, appraisers: list[User], today: date
    ) -> None:
        """Two are needed, and one of the two has valued nearly all of this officer's assets."""
        for number in range(8):
            other = register(title_number=f"SN {number}", description=f"Mill {number}")
            Valuation.objects.create(asset=other, appraiser=appraisers[0], ordered_date=today, currency="EUR")
        order_valuation(asset=large, actor=investigator, business_date=today)
        flag = large.flags.get()
        assert (flag.code, flag.evidence) == ("appraiser_over_share", {"orders": f"{appraisers[0].full_name} 8 of 8"})

    @pytest.mark.parametrize("part", ["GUARANTOR", "DIRECTOR", "SPOUSE"])
    def test_never_draws_who_has_a_part_in_what_it_secures(
        self, asset: Asset, application: Application, investigator: User, appraisers: list[User], submit: Value, today: date, part: str
    ) -> None:
        person = Borrower.objects.create(
            reference="BR-G", branch=asset.branch, kind="PERSON", name=appraisers[0].full_name.upper(), country="DE"
        )
        ApplicationParty.objects.create(application=application, borrower=person, part=part)
        assert {order_again(asset, investigator, today).appraiser for _ in range(4)} == {appraisers[1]}
        forced = order_valuation(asset=asset, actor=investigator, business_date=today, appraiser=appraisers[0])
        with pytest.raises(UnableToSubmitValuation, match="own_asset"):
            submit(forced)

    def test_never_draws_the_borrower_who_owns_it_no_more(
        self, register: Register, application: Application, investigator: User, appraisers: list[User], today: date
    ) -> None:
        Borrower.objects.filter(pk=application.borrower_id).update(name=appraisers[0].full_name)
        asset = register(owner=None, owner_name="Uncle Joe")
        assert order_valuation(asset=asset, actor=investigator, business_date=today).appraiser == appraisers[1]

    def test_finds_only_other_firms_when_asked(
        self, asset: Asset, appraisers: list[User], investigator: User, risk_manager: User, today: date
    ) -> None:
        with pytest.raises(UnableToOrderValuation, match="no_third_party"):
            order_valuation(asset=asset, actor=investigator, business_date=today, third_party=True, outside_reason="FAR")
        record_firm(person=appraisers[1], firm="Elbe Valuations", actor=risk_manager, business_date=today)
        for code in ("", "BECAUSE"):
            with pytest.raises(UnableToOrderValuation, match="outside_reason_missing"):
                order_valuation(asset=asset, actor=investigator, business_date=today, third_party=True, outside_reason=code)
        order = order_valuation(asset=asset, actor=investigator, business_date=today, third_party=True, outside_reason="FAR")
        assert (order.appraiser, order.outside_reason, order.drawn_alone) == (appraisers[1], "FAR", True)

    def test_where_no_lot_chose_the_firm_who_ordered_or_recorded_it_does_not_accept(
        self, asset: Asset, outsider: User, submit: Value, investigator: User, risk_manager: User, approver: User, today: date
    ) -> None:
        order = order_valuation(asset=asset, actor=investigator, business_date=today, third_party=True, outside_reason="SPECIAL")
        with pytest.raises(UnableToRecordFirm, match="order_open"):
            record_firm(person=outsider, firm="", actor=risk_manager, business_date=today)
        given = submit(order, attachments=Attachments(report=SimpleUploadedFile("report.pdf", b"%PDF-1.4 report", "application/pdf")))
        for person in (investigator, risk_manager):
            with pytest.raises(UnableToJudgeValuation, match="no_lot"):
                accept_valuation(valuation=given, actor=person, business_date=today, no_evidence="ONE_OF_KIND")
        assert accept_valuation(valuation=given, actor=approver, business_date=today, no_evidence="ONE_OF_KIND").state == "ACCEPTED"

    def test_of_another_needs_a_reason_and_a_value_that_waits(
        self, asset: Asset, outsider: User, investigator: User, officer: User, today: date
    ) -> None:
        asked: dict[str, Any] = {"asset": asset, "actor": investigator, "business_date": today}
        with pytest.raises(UnableToOrderValuation, match="nothing_open"):
            order_another_valuation(reason="High.", **asked)
        order_valuation(asset=asset, actor=investigator, business_date=today)
        for reason, actor, code in (("High.", investigator, "already_ordered"), ("High.", officer, "not_entitled")):
            with pytest.raises(UnableToOrderValuation, match=code):
                order_another_valuation(reason=reason, **{**asked, "actor": actor})


class TestTheThreshold:
    @pytest.mark.parametrize("change", [{"two_from": "600000"}, {"own_funds": "12000000", "own_funds_share": "0.05"}])
    def test_is_a_setting_that_two_people_put_in_force(
        self,
        register: Register,
        investigator: User,
        risk_manager: User,
        branch: Branch,
        appraisers: list[User],
        today: date,
        change: dict[str, str],
    ) -> None:
        """An amount, or a share of the bank's own funds: whichever is lower."""
        asked: dict[str, Any] = {"actor": investigator, "business_date": today}
        halls = [register(stated_value=Decimal(600_000), title_number=f"H{number}", description=f"Hall {number}") for number in range(2)]
        proposed = propose_value_settings(document=as_document(DEFAULTS) | change, reason="As CRR 208(3) asks", actor=risk_manager)
        assert order_valuation(asset=halls[0], **asked).together().count() == 1
        second = hire("second_risk", Role.RISK_MANAGER, branch=branch)
        decide_value_settings(proposed=proposed, confirm=True, reason="Agreed", actor=second)
        assert settings_in_force().blind_from == 600_000
        assert order_valuation(asset=halls[1], **asked).together().count() == 2

    @pytest.mark.parametrize(
        "change", [{"two_from": "9999"}, {"two_from": "NaN"}, {"own_funds": "-1"}, {"own_funds_share": "0.5"}, {"order_days": "0"}]
    )
    def test_that_cannot_be_is_refused_in_words(self, risk_manager: User, change: dict[str, str]) -> None:
        with pytest.raises(UnableToChangeSettings) as refusal:
            propose_value_settings(document=as_document(DEFAULTS) | change, reason="A slip", actor=risk_manager)
        assert refusal.value.code == "unfit" and refusal.value.detail.endswith(".")

    def test_and_the_days_an_appraiser_has_are_said_where_they_matter(
        self, asset: Asset, ordered: Valuation, investigator: User, risk_manager: User, branch: Branch, sign_in: SignIn, today: date
    ) -> None:
        assert ordered.due_date == today + timedelta(days=14)
        proposed = propose_value_settings(
            document=as_document(DEFAULTS) | {"two_from": "750000", "order_days": 21}, reason="Holidays", actor=risk_manager
        )
        page = sign_in(risk_manager).get(reverse("collateral:value_settings")).text
        assert "now 3,000,000" in page and "then 750,000" in page and "then 21" in page
        decide_value_settings(proposed=proposed, confirm=True, reason="Agreed", actor=hire("second_risk", Role.RISK_MANAGER, branch=branch))
        reject_valuation(valuation=submit_by_rule(ordered, today), reason="No.", actor=investigator, business_date=today)
        assert "From 750,000 EUR on two value" in sign_in(investigator).get(reverse("collateral:asset_detail", args=[asset.pk])).text
        assert order_valuation(asset=asset, actor=investigator, business_date=today).due_date == today + timedelta(days=21)


def submit_by_rule(valuation: Valuation, today: date) -> Valuation:
    return submit_valuation(
        valuation=valuation,
        market_value=Decimal(200_000),
        method="COMPARISON",
        comparables=[],
        independence_declared=True,
        remarks="",
        valued_date=today,
        actor=valuation.appraiser,
        business_date=today,
    )


class TestFirms:
    @every_role(Role)
    def test_are_recorded_by_risk_managers_alone(
        self, branch: Branch, appraisers: list[User], sign_in: SignIn, role: Role, settings: Any
    ) -> None:
        answer = sign_in(hire("somebody", role, branch=branch)).post(
            reverse("collateral:appraiser", args=[appraisers[0].pk]), {"firm": "Elbe Valuations"}
        )
        assert OutsideAppraiser.objects.exists() is (role == Role.RISK_MANAGER)
        assert answer.status_code in (302, 403, 422)

    def test_are_of_appraisers(self, officer: User, risk_manager: User, today: date) -> None:
        with pytest.raises(UnableToRecordFirm, match="no_appraiser"):
            record_firm(person=officer, firm="Elbe", actor=risk_manager, business_date=today)


class TestOthers:
    def test_appraisers_read_no_comparison(self, ordered: Valuation, sign_in: SignIn) -> None:
        assert ordered.appraiser is not None
        assert sign_in(ordered.appraiser).get(reverse("collateral:valuations_compared", args=[ordered.asset_id])).status_code == 403
