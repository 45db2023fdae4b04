"""What terms would mean while somebody types them: figures, checks that turn, whose authority, and nothing written."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.urls import reverse

from core.models import Branch, Proposal, User
from core.roles import Role
from loans.models import Application
from risk.domain.affordability import RecurringFee, Repayment, annuity_payment
from risk.domain.authority import TWO_APPROVERS
from risk.models import Decision
from risk.selectors.files import latest_evaluation
from risk.services.rules_of_decision import UnableToDecide
from risk.services.terms_preview import TermsPreview, preview_terms
from risk.web.wording import terms_read_back
from tests.risk.conftest import TODAY, make_person
from tests.risk.deciding import LARGE, Make, decided, lend_at_most, nothing_happened, read
from tests.risk.web.conftest import HTMX, SignIn, world


def address(application: Application) -> str:
    return reverse("risk:decision_terms", args=[application.pk])


def previewed(application: Application, actor: User, **terms: Any) -> TermsPreview:
    evaluation = latest_evaluation(application)
    assert evaluation is not None
    asked = {"amount": None, "term_months": None, "annual_rate": None} | terms
    return preview_terms(application=application, evaluation=evaluation, actor=actor, business_date=TODAY, **asked)


class TestPreviewTerms:
    def test_of_the_request_at_the_price_turns_nothing(self, in_review: Application, approver: User) -> None:
        found = previewed(in_review, approver)
        assert (found.turned, found.system, found.leaves_system, found.leaves_price) == ((), "APPROVE", False, False)
        assert found.authority.level == 1

    def test_says_what_a_decision_on_them_comes_to(self, reviewed: Make, approver: User) -> None:
        """12,000 over six months takes half of the income; deciding it says the same to the cent."""
        application = reviewed(term="60")
        found = previewed(application, approver, term_months=6)
        turned = {row["fact"]: (was, row["result"]) for row, was in found.turned}
        assert turned["dsti"] == ("PASS", "FAIL") and turned["stressed_dsti"] == ("PASS", "SOFT")
        assert found.leaves_system and found.authority.level == TWO_APPROVERS
        made = decided(application, approver, outcome="COUNTER_OFFERED", term_months=6, override_code="STRONG_COLLATERAL")
        assert made.content["on_terms"]["outcome"] == found.system == "DECLINE" and made.level == found.authority.level

    def test_a_rate_off_the_price_takes_a_reason(self, in_review: Application, approver: User) -> None:
        found = previewed(in_review, approver, annual_rate=Decimal("0.01"))
        assert found.leaves_price and not found.leaves_system and not found.turned
        assert found.held.instalment == annuity_payment(Decimal(12000), Decimal("0.01"), 36)

    def test_names_what_the_product_does_not_lend(self, in_review: Application, approver: User) -> None:
        outside: dict[str, Any] = {"amount": Decimal(12001), "term_months": 500, "annual_rate": Decimal(2)}
        for field, value in outside.items():
            with pytest.raises(UnableToDecide, match="invalid") as refusal:
                previewed(in_review, approver, **{field: value})
            assert [fault.field for fault in refusal.value.faults] == [field]
        with pytest.raises(UnableToDecide) as every:
            previewed(in_review, approver, **outside | {"amount": Decimal(1)})
        assert [fault.field for fault in every.value.faults] == list(outside)


@pytest.mark.parametrize(
    ("method", "words"),
    [
        ("annuity", "10,000 EUR over 36 months at 12.00% a year: 347 EUR a month, fees included"),
        ("equal_principal", "10,000 EUR over 36 months at 12.00% a year: 393 EUR in the first month, then less, fees included"),
        ("interest_only", "10,000 EUR over 36 months at 12.00% a year: 115 EUR interest and fees a month, the principal at the end"),
        ("bullet", "10,000 EUR over 36 months at 12.00% a year: all of it with its interest and fees at the end"),
    ],
)
def test_terms_are_read_back_with_the_fees_of_each_instalment(method: str, words: str) -> None:
    repaid = Repayment(method, fees=(RecurringFee(Decimal(15)),))
    assert terms_read_back(Decimal(10_000), 36, Decimal("0.12"), "EUR", repaid) == words
    assert "fees" not in terms_read_back(Decimal(10_000), 36, Decimal("0.12"), "EUR", Repayment(method))


class TestThePage:
    def test_shows_figures_checks_and_authority_with_a_script_and_without(self, reviewed: Make, approver: User, sign_in: SignIn) -> None:
        application, client = reviewed(term="60"), sign_in(approver)
        before = world()
        sent = {"outcome": "COUNTER_OFFERED", "amount": "12,000", "term_months": "6", "annual_rate": "5.9", "rationale": "Half typed"}
        fragment = client.post(address(application), sent, headers=HTMX).text
        assert "<h1" not in fragment and 'id="decision-authority" hx-swap-oob="true"' in fragment
        for words in (
            f"{annuity_payment(Decimal(12000), Decimal('0.059'), 6):,.0f} EUR / mo",
            "Debt service to income under stress",
            "was pass, now fail",
            "choose a reason",
        ):
            assert words in fragment
        page = client.post(address(application), sent).text
        assert "<h1" in page and "was pass, now fail" in page and "Half typed" in page and "There is a problem" not in page
        assert "an approval goes to a second person" in page and "hx-swap-oob" not in page
        assert world() == before and not Decision.objects.exists()

    def test_says_what_is_wrong_without_an_alarm(self, in_review: Application, approver: User, sign_in: SignIn) -> None:
        application, client = in_review, sign_in(approver)
        for sent, words in (({"amount": "90000"}, "Nobody asked for more"), ({"annual_rate": "a lot"}, "Write the rate in percent")):
            answer = client.post(address(application), sent, headers=HTMX)
            assert answer.status_code == 200 and words in answer.text and "decision-authority" not in answer.text

    def test_is_for_those_who_may_decide_the_file_now(
        self, reviewed: Make, approver: User, outsider: User, branch: Branch, sign_in: SignIn
    ) -> None:
        application = reviewed(amount=LARGE, term="240")
        assert sign_in(outsider).post(address(application)).status_code == 404
        for role in (Role.OFFICER, Role.INVESTIGATOR, Role.AUDITOR):
            assert sign_in(make_person(f"some_{role.lower()}", branch, role)).post(address(application)).status_code == 403
        decided(application, approver, override_code="STRONG_COLLATERAL")
        client = sign_in(approver)
        assert "nothing to decide here any more" in client.post(address(application), headers=HTMX).text
        assert "Take back" in client.post(address(application)).text

    def test_costs_a_constant_number_of_queries(
        self, in_review: Application, approver: User, sign_in: SignIn, django_assert_max_num_queries: Any
    ) -> None:
        application, client = in_review, sign_in(approver)
        with django_assert_max_num_queries(22):  # whatever the terms
            client.post(address(application), {"amount": "9000"}, headers=HTMX)


class TestTheHighestRate:
    """7.90% is the product's highest price and five points above it the most that anybody lends at."""

    DEAR = {
        "outcome": "COUNTER_OFFERED",
        "annual_rate": Decimal("0.43"),
        "override_code": "STRONG_COLLATERAL",
        "price_code": "RISK_BEYOND_GRADE",
    }

    def test_nobody_decides_nor_puts_up_above_it(self, reviewed: Make, approver: User) -> None:
        application = reviewed(amount=LARGE, term="240")
        with pytest.raises(UnableToDecide, match="above_highest_rate") as refusal:
            decided(application, approver, **self.DEAR)
        assert refusal.value.detail == "The rate of 43.00% is above 12.90% a year, the highest that anybody lends this product at."
        assert [fault.field for fault in refusal.value.faults] == ["annual_rate"] and nothing_happened()
        decided(application, approver, **self.DEAR | {"annual_rate": Decimal("0.129")})
        with pytest.raises(UnableToDecide, match="above_highest_rate"):
            previewed(reviewed(number="L01X00T48"), approver, annual_rate=Decimal("0.1291"))

    def test_ends_what_was_put_up_when_it_is_lowered(self, reviewed: Make, approver: User, second_approver: User, sign_in: SignIn) -> None:
        application = reviewed(amount=LARGE, term="240")
        decided(application, approver, **self.DEAR | {"annual_rate": Decimal("0.10")})
        lend_at_most(above=Decimal("0.01"))
        answer = sign_in(second_approver).post(reverse("risk:decision_confirm", args=[application.pk]), {"seen": Proposal.objects.get().pk})
        assert answer.status_code == 422 and "10.00% is above 8.90% a year" in answer.text
        assert not Decision.objects.exists() and Proposal.objects.get().state == "VOIDED"

    def test_terms_are_read_back_before_each_click(self, reviewed: Make, approver: User, second_approver: User, sign_in: SignIn) -> None:
        application, client = reviewed(amount=LARGE, term="240"), sign_in(approver)
        panel = reverse("risk:decision_panel", args=[application.pk])
        assert "300,000 EUR over 240 months at " in client.get(panel).text
        typed = {"amount": "200,000", "term_months": "60", "annual_rate": "4.3"}
        words = "200,000 EUR over 60 months at 4.30% a year: 3,710 EUR a month"
        assert words in client.post(address(application), typed, headers=HTMX).text
        typed |= {
            "outcome": "COUNTER_OFFERED",
            "override_code": "STRONG_COLLATERAL",
            "price_code": "COMPETING_OFFER",
            "rationale": "Less, and sooner.",
        }
        assert client.post(panel, typed | read(application)).status_code == 302
        assert words in sign_in(second_approver).get(panel).text
