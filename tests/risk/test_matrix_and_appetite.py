"""What the authority matrix and the risk appetite ask of a decision, and how they change."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from django.urls import reverse

from core.four_eyes import UnableToConfirm
from core.models import BankState, Branch, User
from core.settings_versions import UnableToChangeSettings
from loans.models import Application, ApplicationOutcome
from risk.domain import authority, fraud_settings, limits
from risk.models import Decision, LimitSettings, PortfolioFigure, Recommendation
from risk.selectors.limits import appetite_in_force, authority_in_force
from risk.selectors.terms import authority_for
from risk.services.decisions import confirm_decision
from risk.services.limit_documents import defaults_of
from risk.services.limit_settings import decide_limits, propose_limits
from tests.risk.conftest import TODAY
from tests.risk.test_committee import Kind, Make, client_of, in_force, matrix, put_up


class TestAuthority:
    def test_takes_a_risk_manager_as_second_above_half_a_million(
        self, reviewed: Make, approver: User, second_approver: User, risk_manager: User, second_risk_manager: User
    ) -> None:
        rows = [authority.AuthorityRow(3, "With risk", Decimal(20_000), role="RISK_MANAGER")]
        in_force(Kind.AUTHORITY, matrix(*rows), risk_manager, second_risk_manager)
        application = reviewed()
        put_up(application, approver)
        with pytest.raises(UnableToConfirm, match="not_entitled"):
            confirm_decision(application=application, actor=second_approver, business_date=TODAY)
        assert confirm_decision(application=application, actor=risk_manager, business_date=TODAY).second_by == risk_manager

    def test_that_rose_meanwhile_voids_what_was_put_up(
        self, reviewed: Make, approver: User, second_approver: User, risk_manager: User, second_risk_manager: User
    ) -> None:
        application = reviewed(amount="300000.00", term="240")
        put_up(application, approver)
        in_force(Kind.AUTHORITY, matrix(), risk_manager, second_risk_manager)
        with pytest.raises(UnableToConfirm, match="changed"):
            confirm_decision(application=application, actor=second_approver, business_date=TODAY)
        assert not Decision.objects.exists()

    def test_is_the_committees_beyond_the_appetite(
        self, reviewed: Make, branch: Branch, approver: User, risk_manager: User, second_risk_manager: User
    ) -> None:
        application = reviewed()
        for dimension, key in (("total", "outstanding"), ("product", "personal")):
            PortfolioFigure.objects.create(business_date=TODAY, branch=branch, dimension=dimension, key=key, amount=Decimal(100_000))
        tight = (limits.ConcentrationLimit("product", "personal", Decimal("0.50")),)
        document = limits.as_document(replace(limits.DEFAULTS, from_book=Decimal(50_000), concentrations=tight))
        in_force(Kind.APPETITE, document, risk_manager, second_risk_manager)
        page = client_of(approver).get(reverse("risk:decision_panel", args=[application.pk]))
        said = "Product personal would hold 100.0% of the book: 89.3% paid out, 0.0% granted before and 10.7% by this decision, appetite 50.0%."
        assert said in " ".join(page.text.split())
        made = put_up(application, approver)
        assert isinstance(made, Recommendation) and made.level == authority.COMMITTEE
        # A refusal adds nothing to the book.
        assert isinstance(put_up(reviewed(number="L01X00T48"), approver, outcome="REFERRED", override_code=""), Decision)

    def test_counts_the_whole_connected_group_in_whichever_branch(self, file: Make, branch: Branch, approver: User) -> None:
        """Freya borrows with Bruno, Bruno's wife is Oksana, who only guarantees for Teodor."""
        hill = Branch.objects.create(code="B9", name="Far")

        def related(role: str, number: int) -> list[dict[str, str]]:
            name = ("Freya Lindqvist", "Bruno Castellani", "Oksana Marchenko")[number]
            return [{"role": role, "kind": "person", "name": name, "birth_date": "1970-01-01", "national_id": f"L01X{number:05d}"}]

        freya = file(0, related=related("co_borrower", 1))
        bruno = file(1, related=related("spouse", 2))
        teodor = file(3, related=related("guarantor", 2))
        oksana = file(2)
        stranger = file(4, at=hill)
        for given, amount in ((bruno, 30_000), (oksana, 5_000), (teodor, 700), (stranger, 10)):
            Application.objects.filter(pk=given.pk).update(state="OFFERED")
            ApplicationOutcome.objects.create(application=given, outcome="APPROVED", amount=Decimal(amount), decided_date=TODAY)
        needed = authority_for(freya, amount=Decimal(1_000), approves=True, business_date=TODAY, by=approver)
        assert (needed.exposure_after, needed.group) == (Decimal(36_000), 3)
        assert needed.as_kept()["borrowers"] == 3


class TestChanging:
    @pytest.mark.parametrize("kind", list(Kind))
    def test_takes_two_risk_managers_and_keeps_one_version_in_force(
        self, kind: str, bank: BankState, risk_manager: User, second_risk_manager: User, approver: User
    ) -> None:
        documents = {
            Kind.AUTHORITY: [matrix(), matrix(authority.AuthorityRow(2, "Small", Decimal(5)))],
            Kind.APPETITE: [limits.as_document(replace(limits.DEFAULTS, from_book=Decimal(value))) for value in (1, 2)],
            Kind.FRAUD: [fraud_settings.as_document(replace(fraud_settings.DEFAULTS, velocity_files=value)) for value in (4, 5)],
        }[Kind(kind)]
        with pytest.raises(UnableToChangeSettings, match="not_entitled"):
            propose_limits(kind=kind, document=documents[0], reason="x", actor=approver)
        with pytest.raises(UnableToChangeSettings, match="reason_missing"):
            propose_limits(kind=kind, document=documents[0], reason=" ", actor=risk_manager)
        with pytest.raises(UnableToChangeSettings, match="unchanged"):
            propose_limits(kind=kind, document=defaults_of(kind), reason="x", actor=risk_manager)
        proposed = propose_limits(kind=kind, document=documents[0], reason="x", actor=risk_manager)
        with pytest.raises(UnableToChangeSettings, match="already_open"):
            propose_limits(kind=kind, document=documents[1], reason="x", actor=second_risk_manager)
        with pytest.raises(UnableToConfirm, match="own_proposal"):
            decide_limits(proposed=proposed, confirm=True, reason="x", actor=risk_manager)
        assert authority_in_force().version == "authority matrix by default" and appetite_in_force() == limits.DEFAULTS
        decide_limits(proposed=proposed, confirm=True, reason="x", actor=second_risk_manager)
        in_force(kind, documents[1], second_risk_manager, risk_manager)
        states = LimitSettings.objects.filter(kind=kind).order_by("number").values_list("state", flat=True)
        assert list(states) == ["RETIRED", "ACTIVE"]
