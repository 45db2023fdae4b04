"""What a person has to pay and owes on loans with us counts, whoever left it out, from the day it is granted."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from core.models import User
from core.workdays import add_months
from loans.models import Application, ApplicationOutcome, Borrower, Instalment, Loan, Product
from risk.domain.affordability import Household, heaviest_payment
from risk.domain.own_loans import OwnLoans
from risk.domain.request_parts import PARTS, firm_of, household_of
from risk.models import Decision
from risk.selectors.terms import repayment_by
from risk.services.assessment import current_assessment, is_overtaken
from risk.services.fact_parts import FORMAT
from risk.services.replay import replay_decision
from tests.risk.conftest import TODAY
from tests.risk.deciding import decided
from tests.risk.own_books import figures, lend, limit, of

pytestmark = pytest.mark.django_db
Make = Callable[..., Application]


def test_a_joint_loan_is_owed_by_each_of_those_who_took_it(in_review: Application) -> None:
    loan = lend(in_review)
    alone = of(in_review)
    other = Borrower.objects.create(reference="BR-X", branch=in_review.branch, kind="PERSON", name="Jon Adler", country="DE")
    Loan.objects.filter(pk=loan.pk).update(borrower=other)
    assert of(in_review) == OwnLoans()
    loan.application.parties.create(borrower=in_review.borrower, part="CO_BORROWER")
    assert of(in_review) == alone and alone.monthly == 800


@pytest.mark.parametrize("state", ["ACTIVE", "SIGNED"])
def test_a_loan_that_was_left_out_counts_in_every_ratio(in_review: Application, state: str) -> None:
    before = figures(in_review)
    lend(in_review, month=int(Decimal(before["monthly_obligations"])) + 700, owed=int(Decimal(before["total_debt"])) + 9000, state=state)
    after = figures(in_review)
    assert Decimal(after["own_obligations"]) == int(Decimal(before["monthly_obligations"])) + 700
    income = Decimal(before["monthly_income"])
    assert abs(Decimal(after["dsti"]) - Decimal(before["dsti"]) - 700 / income) < Decimal("0.003")
    assert Decimal(after["dti"]) - Decimal(before["dti"]) > Decimal(8900) / income / 12
    assert Decimal(after["disposable_income"]) <= Decimal(before["disposable_income"]) - 699
    assert Decimal(after["stressed_dsti"]) > Decimal(before["stressed_dsti"])


def planned(loan: Loan, months: list[int], amount: int, **terms: Any) -> None:
    """So much in each of these months from March on, by a product of such terms."""
    Instalment.objects.filter(loan=loan).delete()
    for month in months:
        due = add_months(date(2026, 3, 20), month)
        Instalment.objects.create(loan=loan, number=month + 1, due_date=due, period_start=TODAY, principal=amount, interest=0, balance=0)
    product = Product.objects.create(code="rhythm", name="Rhythm")
    version = loan.product_version
    version.pk, version.product, version.number, version._state.adding = None, product, 1, True
    for name, value in terms.items():
        setattr(version, name, value)
    version.save()
    Loan.objects.filter(pk=loan.pk).update(product_version=version)


@pytest.mark.parametrize(
    ("months", "amount", "terms", "monthly"),
    [
        ([1, 4, 7, 10], 900, {"frequency_every": 3}, 300),
        ([11, 23], 6000, {"frequency_unit": "year"}, 500),
        ([8], 9000, {"method": "bullet"}, 1125),
        ([24], 24_000, {"method": "bullet"}, 1000),
        ([0], 500, {"method": "bullet"}, 500),
    ],
)
def test_a_month_of_any_rhythm(in_review: Application, months: list[int], amount: int, terms: dict[str, Any], monthly: int) -> None:
    """What is repaid at the end is neither forgotten until its year nor taken for one month's."""
    planned(lend(in_review), months, amount, **terms)
    assert of(in_review).monthly == monthly


def test_a_loan_that_ends_soon_is_not_made_small(in_review: Application) -> None:
    lend(in_review, month=900, months=2)
    found = of(in_review)
    assert (found.yearly, found.monthly, found.owed) == (1800, 900, 15_000)


def test_what_was_granted_and_not_signed_counts_and_overtakes_an_assessment(in_review: Application, reviewed: Make) -> None:
    """Two files of one person, decided before either is paid, see each other."""
    other = reviewed(number="L01X00T48")
    Application.objects.filter(pk=other.pk).update(borrower=in_review.borrower)
    evaluation = current_assessment(application=in_review, business_date=TODAY)
    assert not is_overtaken(in_review, evaluation, TODAY)
    assert other.product_version is not None
    terms: dict[str, Any] = {"amount": Decimal(9000), "term_months": 24, "annual_rate": Decimal("0.08")}
    ApplicationOutcome.objects.create(application=other, outcome="APPROVED", decided_date=TODAY, **terms)
    Application.objects.filter(pk=other.pk).update(state="OFFERED")
    month = heaviest_payment(Decimal(9000), Decimal("0.08"), 24, repayment_by(other.product_version))
    assert of(in_review) == OwnLoans(month * 12, month, Decimal(9000))
    assert is_overtaken(in_review, evaluation, TODAY)
    renewed = current_assessment(application=in_review, business_date=TODAY)
    assert renewed.pk != evaluation.pk and renewed.facts["own_obligations"]["value"] == str(month)
    assert not is_overtaken(in_review, renewed, TODAY)
    Application.objects.filter(pk=other.pk).update(state="OFFER_EXPIRED")
    assert not is_overtaken(in_review, renewed, TODAY), "less to pay takes nothing away"


def left(facts: dict[str, Any]) -> Decimal:
    """What is left of the income before the new instalment, which is dearer the worse the grade is."""
    return Decimal(facts["disposable_income"]) + Decimal(facts["new_instalment"])


class TestYoungerThanWhatIsRecorded:
    """The bureau's report or the applicant's word is of a day; what we lent after it comes on top, what we lent before may be in it."""

    @pytest.mark.parametrize(("signed", "on_top"), [(date(2026, 3, 3), 500), (TODAY, 0), (date(2026, 1, 5), 0)])
    def test_a_loan_signed_after_it_is_added(self, in_review: Application, signed: date, on_top: int) -> None:
        before = figures(in_review)
        loan = lend(in_review, month=500, owed=8000)
        recorded = Decimal(before["monthly_obligations"]), Decimal(before["total_debt"])
        Loan.objects.filter(pk=loan.pk).update(signed_date=signed)
        after = figures(in_review)
        if on_top:
            assert (after["later_obligations"], after["later_debt"]) == ("500.00", "8000.00")
            added = household_of(
                {code: Decimal(after[code]) for code in PARTS["disposable_income"] if code in after}
                | {code: Decimal(after[code]) for code in PARTS["dti"] if code in after}
            )
            assert (added.obligations, added.total_debt) == (recorded[0] + 500, recorded[1] + 8000)
            assert left(after) == left(before) - 500
        else:
            assert "later_obligations" not in after
            assert left(after) == left(before) - max(0, 500 - int(recorded[0]))

    def test_a_contract_in_the_place_of_another_is_no_new_debt(self, in_review: Application) -> None:
        loan = lend(in_review, month=500)
        older = Loan.objects.exclude(pk=loan.pk).filter(application__isnull=False).first() or loan
        Loan.objects.filter(pk=loan.pk).update(signed_date=date(2026, 3, 3), restructured_from=older)
        assert "later_obligations" not in figures(in_review)

    def test_what_was_granted_since_and_is_not_signed_is_added(self, in_review: Application, reviewed: Make) -> None:
        """No bureau knows of it, and neither did whoever recorded the duty."""
        before = figures(in_review)
        other = reviewed(number="L01X00T48")
        Application.objects.filter(pk=other.pk).update(borrower=in_review.borrower, state="OFFERED")
        terms: dict[str, Any] = {"amount": Decimal(9000), "term_months": 24, "annual_rate": Decimal("0.08")}
        made = ApplicationOutcome.objects.create(application=other, outcome="APPROVED", decided_date=TODAY, **terms)
        assert other.product_version is not None and made.pk
        month = heaviest_payment(Decimal(9000), Decimal("0.08"), 24, repayment_by(other.product_version))
        after = figures(in_review)
        assert Decimal(after["later_obligations"]) == month < Decimal(after["monthly_obligations"]) + month
        assert left(after) == left(before) - month

    def test_an_assessment_of_before_replays_without_it(self) -> None:
        """Evidence that knows no younger loans is worked out as it was."""
        kept = {"monthly_obligations": Decimal(800), "own_obligations": Decimal(500)}
        assert household_of(kept).obligations == 800
        assert household_of(kept | {"later_obligations": Decimal(500)}).obligations == 1300
        assert (
            firm_of({"debt_service": Decimal(100), "bureau_debt_service": Decimal(90), "later_debt_service": Decimal(20)}).debt_service
            == 120
        )


def test_a_cent_more_at_the_turn_of_a_month_overtakes_nothing(in_review: Application) -> None:
    loan = lend(in_review, month=400)
    evaluation = current_assessment(application=in_review, business_date=TODAY)
    last = Instalment.objects.filter(loan=loan, number=24)
    last.update(principal=Decimal("400.99"))
    assert not is_overtaken(in_review, evaluation, TODAY)
    last.update(principal=600)
    assert is_overtaken(in_review, evaluation, TODAY)


def test_a_decision_replays_with_it(in_review: Application, approver: User) -> None:
    """From each loan and each offer behind the sums, so that a wrong sum does not confirm itself."""
    loan = limit(in_review, amount=500).loans.get()
    decided(in_review, approver)
    decision = Decision.objects.get()
    books = decision.evidence["parts"]["own_books"]
    assert books["running"] == [{
        "key": str(loan.public_id), "this_year": "100.0000", "planned": "100.0000", "dues": 10, "every": 1, "unit": "month", "months": 0,
        "owed": "100.0000", "since": "2026-01-05",
    }]  # fmt: skip
    assert [(row["amount"], row["months"], row["signed"]) for row in books["promised"]] == [("400.0000", 24, True)]
    assert books["since"] == {"yearly": None, "monthly": TODAY.isoformat(), "owed": TODAY.isoformat(), "bureau": None}
    assert replay_decision(decision=decision).identical
    for place, name, value in (
        (books["running"][0], "planned", "900.0000"),
        (books["running"][0], "owed", "99.0000"),
        (books["promised"][0], "annual_rate", "0.01"),
        (books["since"], "monthly", "2025-01-05"),
        (decision.evidence["evaluation"]["facts"]["own_debt"], "value", "1.00"),
    ):
        right, place[name] = place[name], value
        assert len(replay_decision(decision=decision).differences) > 1, name
        place[name] = right
    assert replay_decision(decision=decision).identical


def test_a_decision_of_before_replays_by_its_sums(in_review: Application, approver: User) -> None:
    """The older form kept nothing else of our books."""
    lend(in_review, month=20, owed=100)
    decided(in_review, approver)
    decision = Decision.objects.get()
    parts, facts = decision.evidence["parts"], decision.evidence["evaluation"]["facts"]
    assert parts["format"] == FORMAT
    sums = ("own_obligations", "own_debt", "later_obligations", "later_debt")
    kept = {name: part for name, part in parts.items() if name != "own_books"}
    decision.evidence["parts"] = kept | {"format": 1, "own_loans": {code: facts[code]["value"] if code in facts else None for code in sums}}
    assert [one.part for one in replay_decision(decision=decision).differences] == ["evidence hash"]
    decision.evidence["parts"]["own_loans"]["own_obligations"] = "10.00"
    assert "Payments on loans with us per month" in {one.part for one in replay_decision(decision=decision).by_name}


def test_what_nobody_recorded_is_not_taken_from_our_books() -> None:
    ours = {"own_obligations": Decimal(50), "own_debt": Decimal(900)}
    assert household_of(ours) == Household()
    known = household_of(ours | {"monthly_obligations": Decimal(10), "total_debt": Decimal(1000)})
    assert (known.obligations, known.total_debt) == (50, 1000)
