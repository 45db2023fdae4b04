"""The pages of collateral: who may open and do what, what others get, and what a list costs."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.urls import reverse

from collateral.models import Asset, Pledge, RedFlag, Valuation
from collateral.services.valuations import order_valuation
from core.models import Branch, User
from core.roles import Role
from loans.models import Application
from tests.collateral.conftest import Register, SignIn, hire
from tests.collateral.test_services import world
from tests.every_role import every_role
from tests.shared_rows import shared


@shared
def flag(asset: Asset, today: Any) -> RedFlag:
    return asset.flags.create(code="idle", text="The asset is idle or unusable.", raised_date=today)


# Each act: its address, the row it is about, what is sent, and the roles that may.
ACTS: dict[str, tuple[str, dict[str, str], set[Role]]] = {
    "valuation_order": ("asset", {}, {Role.INVESTIGATOR, Role.RISK_MANAGER}),
    "valuation_another": ("asset", {"reason": "High."}, {Role.INVESTIGATOR, Role.RISK_MANAGER}),
    "valuation_submit": ("valuation", {"market_value": "1.00", "method": "COMPARISON", "valued_date": "2026-03-02"}, {Role.APPRAISER}),
    "valuation_take_back": ("valuation", {"reason": "A slip."}, {Role.APPRAISER}),
    "order_decline": ("valuation", {"reason": "Ill."}, {Role.APPRAISER}),
    "owner_interest": ("valuation", {"reason": "My aunt."}, {Role.APPRAISER}),
    "valuation_judge": ("valuation", {"outcome": "reject", "reason": "No."}, {Role.INVESTIGATOR, Role.APPROVER, Role.RISK_MANAGER}),
    "flag_decide": ("flag", {"outcome": "clear", "reason": "Fine."}, {Role.APPROVER, Role.RISK_MANAGER}),
    "pledge_perfect": ("pledge", {"registry_reference": "R"}, {Role.INVESTIGATOR, Role.RISK_MANAGER}),
    "asset_new": ("application", {"kind": "MACHINERY"}, {Role.OFFICER, Role.INVESTIGATOR}),
}


@shared
def rows(submitted: Valuation, flag: RedFlag, pledge: Pledge, asset: Asset, application: Application) -> dict[str, Any]:
    return {"asset": asset, "valuation": submitted, "flag": flag, "pledge": pledge, "application": application}


class TestEveryRole:
    @every_role(Role)
    @pytest.mark.parametrize("act", ACTS)
    def test_does_only_what_is_its_own(self, rows: dict[str, Any], branch: Branch, sign_in: SignIn, act: str, role: Role) -> None:
        row, sent, entitled = ACTS[act]
        client = sign_in(hire("somebody", role, branch=branch))
        before = world()
        answer = client.post(reverse(f"collateral:{act}", args=[rows[row].pk]), sent)
        if role in entitled:
            assert answer.status_code != 403
        else:
            assert answer.status_code == 403
            assert world() == before

    @every_role(Role)
    def test_reads_the_register_when_it_lends(self, asset: Asset, branch: Branch, sign_in: SignIn, role: Role) -> None:
        client = sign_in(hire("somebody", role, branch=branch))
        page = client.get(reverse("collateral:asset_list"))
        assert page.status_code == (403 if role == Role.ADMINISTRATOR else 200)
        assert (asset.description in page.text) is (role not in {Role.ADMINISTRATOR, Role.APPRAISER})

    @pytest.mark.parametrize("act", [act for act in ACTS if act != "asset_new"])
    def test_reads_nothing_by_a_get_of_an_act(self, rows: dict[str, Any], risk_manager: User, sign_in: SignIn, act: str) -> None:
        assert sign_in(risk_manager).get(reverse(f"collateral:{act}", args=[rows[ACTS[act][0]].pk])).status_code == 405


class TestAnotherBranch:
    @pytest.mark.parametrize("act", ACTS)
    def test_gets_the_answer_of_an_absent_row(self, rows: dict[str, Any], other_branch: Branch, sign_in: SignIn, act: str) -> None:
        row, sent, entitled = ACTS[act]
        role = next(role for role in sorted(entitled) if role != Role.RISK_MANAGER)
        client = sign_in(hire("stranger", role, branch=other_branch))
        before = world()
        hidden = client.post(reverse(f"collateral:{act}", args=[rows[row].pk]), sent)
        absent = client.post(reverse(f"collateral:{act}", args=[uuid4()]), sent)
        assert hidden.status_code == absent.status_code == 404
        assert world() == before

    def test_sees_neither_list_nor_page_nor_panel(
        self, asset: Asset, application: Application, other_branch: Branch, sign_in: SignIn
    ) -> None:
        client = sign_in(hire("stranger", Role.INVESTIGATOR, branch=other_branch))
        assert asset.description not in client.get(reverse("collateral:asset_list")).text
        assert client.get(reverse("collateral:asset_detail", args=[asset.pk])).status_code == 404
        assert client.get(reverse("collateral:application_panel", args=[application.pk])).status_code == 404


class TestAnAppraiser:
    def test_finds_neither_others_values_nor_flags_on_the_list(
        self, accepted: Valuation, asset: Asset, appraisers: list[User], investigator: User, today: date, sign_in: SignIn
    ) -> None:
        other = next(person for person in appraisers if person != accepted.appraiser)
        order_valuation(asset=asset, actor=investigator, business_date=today, appraiser=other)
        asset.flags.create(code="idle", text="Idle", raised_date=today)
        address, value = reverse("collateral:asset_list"), f"{accepted.market_value:,.0f}"
        assert accepted.appraiser is not None
        for person, sees in ((other, False), (accepted.appraiser, True)):
            client = sign_in(person)
            page = client.get(address, {"view": "flagged"})
            assert (asset.description in page.text, value in page.text, "Red flags" in page.text) == (True, sees, False)
            export = client.get(address, {"export": "csv"}).content.decode()
            assert (asset.reference in export, str(accepted.market_value) in export, "red flags" in export) == (True, sees, False)

    def test_sees_the_asset_they_were_asked_about_without_amounts_or_loan(
        self, ordered: Valuation, appraisers: list[User], sign_in: SignIn
    ) -> None:
        assert ordered.appraiser is not None
        page = sign_in(ordered.appraiser).get(reverse("collateral:asset_detail", args=[ordered.asset_id]))
        assert page.status_code == 200
        assert "Submit valuation" in page.text
        for hidden in ("Worth as stated", "200,000", "100,000", "LA-1"):
            assert hidden not in page.text
        other = next(person for person in appraisers if person != ordered.appraiser)
        assert sign_in(other).get(reverse("collateral:asset_detail", args=[ordered.asset_id])).status_code == 404

    def test_hands_in_a_value(self, ordered: Valuation, sign_in: SignIn) -> None:
        assert ordered.appraiser is not None
        sent = {
            "market_value": "210000.00",
            "method": "COMPARISON",
            "valued_date": "2026-03-02",
            "comparable_1": "Lathe in Graz",
            "price_1": "209000.00",
            "independence_declared": "on",
        }
        answer = sign_in(ordered.appraiser).post(reverse("collateral:valuation_submit", args=[ordered.pk]), sent, follow=True)
        assert "The valuation is submitted." in answer.text
        ordered.refresh_from_db()
        assert (ordered.state, ordered.market_value) == ("SUBMITTED", Decimal("210000.00"))

    @pytest.mark.parametrize("value", ["0.005", "NaN", "1e30", "-1", "1,000.00x", ""])
    def test_is_told_what_is_wrong_with_an_amount(self, ordered: Valuation, sign_in: SignIn, value: str) -> None:
        assert ordered.appraiser is not None
        before = world()
        sent = {"market_value": value, "method": "COMPARISON", "valued_date": "2026-03-02", "remarks": "Kept as typed."}
        answer = sign_in(ordered.appraiser).post(reverse("collateral:valuation_submit", args=[ordered.pk]), sent)
        assert answer.status_code == 422
        assert "There is a problem" in answer.text
        assert "Kept as typed." in answer.text
        assert world() == before


class TestRegisterPage:
    def test_registers_and_leads_back_to_the_application(self, application: Application, officer: User, sign_in: SignIn) -> None:
        sent = {
            "kind": "VEHICLE", "description": "Van", "stated_value": "30000.00", "amount": "30000", "title_number": "V-1", "make": "Nordwagen", "model": "Kurier",
            "vin": "WNWAZZ1KZAW000123", "first_registration": "2023-05-04", "mileage": "41,000", "condition": "IN_USE",
        }  # fmt: skip
        answer = sign_in(officer).post(reverse("collateral:asset_new", args=[application.pk]), sent)
        assert answer["Location"] == reverse("loans:application_detail", args=[application.pk])
        asset = Asset.objects.get()
        assert (asset.owner, asset.description, asset.registered_by) == (application.borrower, "Van", officer)

    def test_keeps_what_was_typed_when_a_field_is_wrong(self, application: Application, officer: User, sign_in: SignIn) -> None:
        sent = {"kind": "REAL_ESTATE", "description": "A shed of ours", "stated_value": "none"}
        answer = sign_in(officer).post(reverse("collateral:asset_new", args=[application.pk]), sent)
        assert answer.status_code == 422
        assert {"kind", "stated_value"} <= set(answer.context["form"].errors)
        assert "A shed of ours" in answer.text
        assert not Asset.objects.exists()


class TestDecisions:
    def test_say_in_the_form_why_a_value_cannot_be_accepted(
        self, rows: dict[str, Any], submitted: Valuation, approver: User, sign_in: SignIn
    ) -> None:
        answer = sign_in(approver).post(
            reverse("collateral:valuation_judge", args=[submitted.pk]), {"outcome": "accept", "no_evidence": "ONE_OF_KIND", "reason": ""}
        )
        assert answer.status_code == 422
        assert "The asset is idle or unusable." in answer.text
        submitted.refresh_from_db()
        assert submitted.state == "SUBMITTED"

    def test_clear_a_flag_accept_the_value_and_perfect_the_pledge(
        self,
        rows: dict[str, Any],
        submitted: Valuation,
        flag: RedFlag,
        pledge: Pledge,
        approver: User,
        investigator: User,
        risk_manager: User,
        sign_in: SignIn,
    ) -> None:
        by_approver, by_investigator = sign_in(approver), sign_in(investigator)
        by_approver.post(reverse("collateral:flag_decide", args=[flag.pk]), {"outcome": "clear", "reason": "Seen it run."})
        page = by_approver.post(
            reverse("collateral:valuation_judge", args=[submitted.pk]), {"outcome": "accept", "no_evidence": "ONE_OF_KIND", "reason": ""}
        )
        assert page.status_code == 422 and "Somebody else has to accept the value" in page.text
        by_investigator.post(
            reverse("collateral:valuation_judge", args=[submitted.pk]), {"outcome": "accept", "no_evidence": "ONE_OF_KIND", "reason": ""}
        )
        perfection = reverse("collateral:pledge_perfect", args=[pledge.pk])
        page = by_investigator.post(perfection, {"registry_reference": "REG-1"})
        assert page.status_code == 422 and "You accepted the value of this asset." in page.text
        answer = sign_in(risk_manager).post(perfection, {"registry_reference": "REG-1"}, follow=True)
        assert "The pledge is perfected." in answer.text
        for row in (flag, submitted, pledge):
            row.refresh_from_db()
        assert (flag.state, submitted.state, pledge.state) == ("CLEARED", "ACCEPTED", "PERFECTED")

    def test_by_a_second_person_too_late_say_so(self, accepted: Valuation, risk_manager: User, sign_in: SignIn) -> None:
        before = world()
        answer = sign_in(risk_manager).post(
            reverse("collateral:valuation_judge", args=[accepted.pk]), {"outcome": "reject", "reason": "Too much."}
        )
        assert answer.status_code == 409
        assert world() == before


class TestThePanel:
    def test_is_a_fragment_for_htmx_and_a_page_without(
        self, accepted: Valuation, application: Application, officer: User, sign_in: SignIn
    ) -> None:
        address = reverse("collateral:application_panel", args=[application.pk])
        client = sign_in(officer)
        fragment, page = client.get(address, headers={"HX-Request": "true"}), client.get(address)
        assert "<html" not in fragment.text
        assert "<html" in page.text
        for text in (fragment.text, page.text):
            assert "Lathe, five axes" in text
            assert "210,000" in text


class TestTheList:
    @pytest.mark.parametrize("number", [1, 12])
    def test_costs_the_same_however_long_it_is(
        self, register: Register, investigator: User, sign_in: SignIn, number: int, django_assert_num_queries: Any
    ) -> None:
        for position in range(number):
            register(title_number=f"SN {position}", description=f"Lathe {position}")
        client = sign_in(investigator)
        client.get(reverse("collateral:asset_list"))
        # Session, person, roles, branches; count and rows; business date and the frame's freshness.
        with django_assert_num_queries(8):
            page = client.get(reverse("collateral:asset_list"))
        assert page.text.count("data-row") == number

    def test_shows_what_is_flagged_and_exports_what_it_finds(self, register: Register, investigator: User, sign_in: SignIn) -> None:
        register()
        register(title_number="SN 2", description="=cmd|' /C calc'!A1", in_use=False)
        client = sign_in(investigator)
        flagged = client.get(reverse("collateral:asset_list"), {"view": "flagged"})
        assert "Lathe, five axes" not in flagged.text
        lines = client.get(reverse("collateral:asset_list"), {"export": "csv"}).content.decode("utf-8-sig").splitlines()
        assert len(lines) == 3
        assert not any(cell.strip('"').startswith("=") for line in lines for cell in line.split(","))

    def test_says_when_nothing_fits(self, asset: Asset, investigator: User, sign_in: SignIn) -> None:
        assert "Nothing matches these filters" in sign_in(investigator).get(reverse("collateral:asset_list"), {"text": "zeppelin"}).text

    def test_about_a_flag_that_is_decided_meanwhile_never_lands_on_the_next_one(
        self, rows: dict[str, Any], flag: RedFlag, approver: User, risk_manager: User, sign_in: SignIn
    ) -> None:
        other = RedFlag.objects.create(asset=flag.asset, code="destroyed", text="Another thing is wrong.", raised_date=flag.raised_date)
        later, decide = sign_in(risk_manager), reverse("collateral:flag_decide", args=[flag.pk])
        word = {"outcome": "clear", "reason": "Seen on Tuesday."}
        sign_in(approver).post(decide, word)
        before = world()
        answer = later.post(decide, word)
        assert answer.status_code == 409 and world() == before
        assert "Seen on Tuesday." in answer.text and f'id="flag_{other.pk}_' in answer.text
        assert not any(form.is_bound for _, form in answer.context["open_flags"])
