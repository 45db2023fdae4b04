"""Products edited in the browser: drafted by one person, offered by another, refused in words, and never under a contract that exists."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from collateral.models import AssetKind
from core.four_eyes import UnableToConfirm
from core.models import AuditEntry, Branch, Proposal, User
from core.roles import Role
from loans.domain.product_terms import COLLATERAL_KINDS, TERMS, check_product_terms
from loans.models import Loan, Product, ProductVersion
from loans.selectors.audit import first_difference
from loans.services.product_versions import CONFIRMERS, EDITORS, UnableToChangeProduct, confirm_version, terms_of
from loans.services.products import UnableToOfferProduct, publish_product
from tests.every_role import every_role
from tests.loans.servicing.conftest import hire
from tests.loans.web.conftest import SignIn
from tests.shared_rows import shared

pytestmark = pytest.mark.django_db
PersonWith = Callable[[Role], User]


def url(name: str, *more: Any) -> str:
    return reverse(f"loans:product_{name}", args=["consumer", *more])


def everything() -> tuple[Any, ...]:
    versions = list(ProductVersion.objects.order_by("pk").values())
    return versions, list(Product.objects.order_by("pk").values()), Proposal.objects.count(), AuditEntry.objects.count()


def written(client: Client, number: int, **changes: Any) -> dict[str, Any]:
    """What the form sends back when nothing but `changes` was typed."""
    form = client.get(url("edit", number)).context["form"]
    shown = {bound.name: bound.value() for bound in form}
    return (
        {name: value for name, value in shown.items() if value is not None and value is not False} | {"note": "Rates have risen"} | changes
    )


@shared
def compliance(branch: Branch) -> User:
    return hire("cora_compliance", Role.COMPLIANCE, branch=branch)


@pytest.fixture
def risk(product: ProductVersion, risk_manager: User, sign_in: SignIn) -> Client:
    return sign_in(risk_manager)


@pytest.fixture
def draft(risk: Client, product: ProductVersion) -> ProductVersion:
    """Version 2 as a copy of the one offered."""
    assert risk.post(url("draft")).status_code == 302
    return ProductVersion.objects.get(number=2)


@pytest.fixture
def proposed(risk: Client, draft: ProductVersion) -> ProductVersion:
    """Version 2 with a rate of 7.5%, waiting for a second person."""
    saved = risk.post(url("edit", 2), written(risk, 2, annual_rate="7.5"))
    assert saved.status_code == 302, saved.context["form"].errors
    assert risk.post(url("propose", 2)).status_code == 302
    draft.refresh_from_db()
    return draft


class TestDrafting:
    def test_begins_with_the_terms_that_are_offered_and_offers_nothing(self, draft: ProductVersion, product: ProductVersion) -> None:
        assert terms_of(draft) == terms_of(ProductVersion.objects.get(pk=product.pk))
        assert (draft.state, ProductVersion.objects.get(state="ACTIVE").pk) == ("DRAFT", product.pk)

    def test_is_one_at_a_time(self, risk: Client, draft: ProductVersion) -> None:
        before = everything()
        page = risk.post(url("draft"))
        assert page.status_code == 422
        assert "Version 2 is being drafted already" in page.text
        assert everything() == before

    def test_saved_unchanged_keeps_every_term(self, risk: Client, draft: ProductVersion) -> None:
        """What the form shows it also reads, lists and fees included."""
        fees = [
            {"code": "origination", "amount": None, "percent": "0.5", "when": "payout", "cap": "500"},
            {"code": "service", "amount": "2.00", "percent": None, "when": "each_instalment"},
        ]
        checklist = [
            {"code": "identity", "title": "Identity checked", "required": True},
            {"code": "visit", "title": "Site visited", "required": False},
        ]
        ProductVersion.objects.filter(pk=draft.pk).update(
            fees=fees, checklist=checklist, rate_by_grade={"A": "0.0495"}, tolerance_amount=Decimal("1.50"), collateral_kinds=["VEHICLE"]
        )
        before = terms_of(ProductVersion.objects.get(pk=draft.pk))
        saved = risk.post(url("edit", 2), written(risk, 2))
        assert saved.status_code == 302, saved.context["form"].errors
        after = terms_of(ProductVersion.objects.get(pk=draft.pk))
        assert {name: (before[name], after[name]) for name in TERMS if before[name] != after[name]} == {}

    @pytest.mark.parametrize(
        ("changes", "field"),
        [
            ({"min_amount": "0"}, "min_amount"),
            ({"min_amount": "-5"}, "min_amount"),
            ({"max_amount": "100"}, "max_amount"),
            ({"max_amount": "1e30"}, "max_amount"),
            ({"max_term_months": "0"}, "max_term_months"),
            ({"min_term_months": "121"}, "max_term_months"),
            ({"annual_rate": "-1"}, "annual_rate"),
            ({"annual_rate": "201"}, "annual_rate"),
            ({"annual_rate": "NaN"}, "annual_rate"),
            ({"rate_A": "five"}, "rate_A"),
            ({"currency": "XXQ"}, "currency"),
            ({"currency": "CHF"}, "currency"),
            ({"method": "guess"}, "method"),
            ({"fees": "origination 5"}, "fees"),
            ({"fees": "origination: 0 at payout"}, "fees"),
            ({"fees": "origination: 120% at payout"}, "fees"),
            ({"fees": "a: 1.00 at payout\na: 2.00 at payout"}, "fees"),
            ({"purposes": ""}, "purposes"),
            ({"purposes": "Equipment"}, "purposes"),
            ({"purposes": "a: One\na: Two"}, "purposes"),
            ({"checklist": "x" * 6000}, "checklist"),
            ({"allocation_order": "interest, principal"}, "allocation_order"),
            ({"borrower_kinds": []}, "borrower_kinds"),
            ({"collateral_required": "on"}, "collateral_kinds"),
            ({"note": ""}, "note"),
            ({"penalty_rate": ""}, "penalty_rate"),
            ({"tolerance_days": "1000"}, "tolerance_days"),
        ],
    )
    def test_refuses_at_the_field_and_keeps_what_was_typed(
        self, risk: Client, draft: ProductVersion, changes: dict[str, Any], field: str
    ) -> None:
        data = written(risk, 2, **changes)
        before = everything()
        page = risk.post(url("edit", 2), data)
        assert page.status_code == 422
        assert field in page.context["form"].errors, page.context["form"].errors
        assert page.context["form"]["note"].value() == data["note"]
        assert everything() == before

    def test_says_what_changes_in_words(self, risk: Client, proposed: ProductVersion) -> None:
        page = risk.get(url("detail"), {"version": "2"})
        assert [(change.label, change.before, change.after) for change in page.context["changes"]] == [("Rate per year", "6.00%", "7.50%")]

    def test_in_another_currency_than_the_banks_is_not_offered(
        self, risk: Client, proposed: ProductVersion, compliance: User, today: date
    ) -> None:
        """Exposure adds up in one currency. Such a draft may be older than the rule."""
        with pytest.raises(UnableToOfferProduct, match="other_currency") as refusal:
            publish_product(code="swiss", name="Swiss", terms=terms_of(proposed) | {"currency": "CHF"}, actor=None, business_date=today)
        assert "The bank lends in EUR" in refusal.value.detail
        ProductVersion.objects.filter(pk=proposed.pk).update(currency="CHF")
        with pytest.raises(UnableToChangeProduct, match="invalid"):
            confirm_version(version=proposed, actor=compliance, business_date=today)
        assert not ProductVersion.objects.filter(currency="CHF", state="ACTIVE").exists()

    def test_can_be_discarded(self, risk: Client, draft: ProductVersion) -> None:
        assert risk.post(url("discard", 2)).status_code == 302
        assert [version.number for version in ProductVersion.objects.all()] == [1]
        assert AuditEntry.objects.filter(action="product.discarded").exists()

    def test_a_new_product_begins_like_another(self, risk: Client, product: ProductVersion) -> None:
        names = {"name": "Green home", "code": "green-home", "description": "For insulation", "like": "consumer"}
        assert risk.post(reverse("loans:product_new"), names).status_code == 302
        assert ProductVersion.objects.get(product__code="green-home").state == "DRAFT"
        before = everything()
        again = risk.post(reverse("loans:product_new"), names)
        assert again.status_code == 422
        assert "code" in again.context["form"].errors
        assert risk.post(reverse("loans:product_new"), names | {"code": "Green Home"}).status_code == 422
        assert everything() == before


class TestSecondPerson:
    def test_offers_it_and_leaves_the_contracts_that_exist(
        self, risk: Client, loan: Loan, proposed: ProductVersion, compliance: User, sign_in: SignIn
    ) -> None:
        terms, rows = loan.terms, list(loan.instalments.order_by("pk").values())
        answer = sign_in(compliance).post(url("confirm", 2))
        assert answer.status_code == 302, answer.text
        states = dict(ProductVersion.objects.values_list("number", "state"))
        assert states == {1: "RETIRED", 2: "ACTIVE"}
        loan.refresh_from_db()
        assert (loan.product_version.number, loan.terms, list(loan.instalments.order_by("pk").values())) == (1, terms, rows)
        assert first_difference() is None

    def test_is_another_one(self, risk: Client, proposed: ProductVersion) -> None:
        before = everything()
        assert risk.post(url("confirm", 2)).status_code == 422
        assert everything() == before

    def test_is_nobody_who_wrote_in_the_draft_whoever_wrote_last(
        self, risk: Client, draft: ProductVersion, risk_manager: User, branch: Branch, compliance: User, sign_in: SignIn, today: date
    ) -> None:
        rita = hire("rita_second", Role.RISK_MANAGER, branch=branch)
        rolf = hire("rolf_third", Role.RISK_MANAGER, branch=branch)
        for person, rate in ((rita, "7.1"), (risk_manager, "7.5")):
            client = sign_in(person)
            assert client.post(url("edit", 2), written(client, 2, annual_rate=rate)).status_code == 302
        assert sign_in(rolf).post(url("propose", 2)).status_code == 302
        draft.refresh_from_db()
        assert set(draft.editors.all()) == {risk_manager, rita} and draft.drafted_by == risk_manager
        for writer in (rita, risk_manager):
            page = sign_in(writer).get(url("detail"), {"version": "2"}).text
            assert "You wrote in this draft" in page and "Offer version 2" not in page and rita.full_name in page
            with pytest.raises(UnableToConfirm, match="conflict_of_interest"):
                confirm_version(version=draft, actor=writer, business_date=today)
        with pytest.raises(UnableToConfirm, match="own_proposal"):
            confirm_version(version=draft, actor=rolf, business_date=today)
        assert confirm_version(version=draft, actor=compliance, business_date=today).state == "ACTIVE"

    def test_may_refuse_with_a_reason(self, proposed: ProductVersion, compliance: User, sign_in: SignIn, risk: Client) -> None:
        client = sign_in(compliance)
        before = everything()
        assert client.post(url("reject", 2), {"reason": ""}).status_code == 422
        assert everything() == before
        assert client.post(url("reject", 2), {"reason": "Too dear"}).status_code == 302
        assert risk.post(url("edit", 2), written(risk, 2, annual_rate="7")).status_code == 302

    def test_sees_no_other_terms_than_those_proposed(
        self, risk: Client, proposed: ProductVersion, compliance: User, sign_in: SignIn
    ) -> None:
        """A draft that waits cannot be edited or discarded; one that was changed behind its back is not confirmed."""
        data = written(risk, 2, annual_rate="19")
        before = everything()
        for name in ("edit", "discard", "propose"):
            assert risk.post(url(name, 2), data).status_code == 422
        assert everything() == before
        ProductVersion.objects.filter(pk=proposed.pk).update(annual_rate=Decimal("0.19"))
        answer = sign_in(compliance).post(url("confirm", 2))
        assert answer.status_code == 422
        assert "changed" in answer.text
        assert ProductVersion.objects.get(number=1).state == "ACTIVE"

    def test_who_is_second_learns_that_it_was_decided(self, proposed: ProductVersion, compliance: User, sign_in: SignIn) -> None:
        client = sign_in(compliance)
        assert client.post(url("confirm", 2)).status_code == 302
        before = everything()
        assert client.post(url("confirm", 2)).status_code in (409, 422)
        assert client.post(url("reject", 2), {"reason": "Late"}).status_code in (409, 422)
        assert everything() == before


class TestRoles:
    @every_role(Role)
    def test_only_risk_managers_draft(self, product: ProductVersion, person_with: PersonWith, sign_in: SignIn, role: Role) -> None:
        client = sign_in(person_with(role))
        before = everything()
        done = client.post(url("draft")).status_code == 302
        assert done is (role in EDITORS)
        assert (everything() == before) is not done
        assert (client.get(reverse("loans:product_new")).status_code == 200) is (role in EDITORS)

    @every_role([role for role in Role if role not in CONFIRMERS])
    def test_nobody_else_decides(self, proposed: ProductVersion, person_with: PersonWith, sign_in: SignIn, role: Role) -> None:
        client = sign_in(person_with(role))
        before = everything()
        for name, data in (("confirm", {}), ("reject", {"reason": "No"}), ("edit", {}), ("discard", {}), ("propose", {})):
            assert client.post(url(name, 2), data).status_code in (403, 404)
        assert everything() == before


class TestSample:
    def test_reckons_by_the_terms_shown(self, risk: Client, proposed: ProductVersion) -> None:
        page = risk.get(url("detail"), {"version": "2", "amount": "12,000.00", "months": "12"})
        sample = page.context["sample"]
        assert (len(sample.instalments), sample.principal) == (12, Decimal("12000.00"))
        assert sample.terms.annual_rate == Decimal("0.075")

    @pytest.mark.parametrize("asked", [{"amount": "-1", "months": "12"}, {"amount": "x", "months": "12"}, {"amount": "100", "months": "0"}])
    def test_says_what_is_wrong_with_what_is_asked(self, risk: Client, product: ProductVersion, asked: dict[str, str]) -> None:
        page = risk.get(url("detail"), asked)
        assert page.status_code == 200
        assert page.context["sample"] is None
        assert page.context["sample_form"].errors


def test_the_classes_of_collateral_are_those_of_the_register() -> None:
    assert set(COLLATERAL_KINDS) == set(AssetKind.values)


def test_what_is_offered_has_sound_terms(product: ProductVersion) -> None:
    assert check_product_terms(terms_of(ProductVersion.objects.get(pk=product.pk))) == []
