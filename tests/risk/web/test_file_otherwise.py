"""A file asked otherwise: what would change its recommendation, and what a past day would have said of it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.urls import reverse

from core.models import BankState, Branch, User
from core.roles import Role
from loans.models import Application
from risk.domain.policy import Operator, PolicyRule
from risk.domain.policy_engine import to_jdm
from risk.domain.states import Recommended
from risk.models import Investigation, PolicyVersion
from risk.selectors.files import latest_evaluation
from risk.services.assessment import assess_application
from risk.services.facts import record_fact
from risk.services.other_terms import holding
from risk.services.recall import recall_application
from risk.services.what_if import better_requests
from risk.web.panels import FILE_READERS
from tests.risk.conftest import TODAY, make_person
from tests.risk.files import add_document
from tests.risk.web.conftest import SignIn, world
from tests.shared_rows import shared

LATER = TODAY + timedelta(days=10)


@shared
def declined(reviewed: Callable[..., Application]) -> Application:
    """A file whose instalment takes more than half of the income."""
    return reviewed(amount="60000.00")


def test_the_smaller_and_the_longer_loan_offered_get_what_is_said(
    declined: Application, reviewed: Callable[..., Application], approver: User, sign_in: SignIn
) -> None:
    before = world()
    evaluation = latest_evaluation(declined)
    assert evaluation is not None and evaluation.outcome == "DECLINE"
    offers = better_requests(application=declined, evaluation=evaluation)
    assert offers.smaller is not None and offers.longer is not None
    page = sign_in(approver).get(reverse("risk:file_changes", args=[declined.pk])).text
    assert "Bring it to max 40.0%" in page and f"{offers.smaller.amount:,.0f}" in page and f">{offers.longer.term_months} months<" in page
    assert world() == before
    asked = {"amount": str(offers.smaller.amount)}, {"amount": str(offers.smaller.amount + 100)}, {"term": str(offers.longer.term_months)}
    found = [reviewed(number=f"L01X00T6{place}", **({"amount": "60000.00"} | one)) for place, one in enumerate(asked)]
    assert [found[0].recommendation, found[2].recommendation] == [offers.smaller.outcome, offers.longer.outcome]
    assert found[1].recommendation != offers.smaller.outcome
    assert found[0].grade == offers.smaller.grade
    sound = latest_evaluation(found[0])
    assert sound is not None and better_requests(application=found[0], evaluation=sound).smaller is None


def test_the_smaller_loan_is_the_largest_of_all_where_less_is_not_always_better(
    policy: PolicyVersion, reviewed: Callable[..., Application]
) -> None:
    """Small loans refer, and so do those between two amounts: a bank may want neither."""
    rows = [PolicyRule("loan_amount", "Amount", Operator.AT_LEAST, "5000", None).to_dict()]
    row = {"fact": "loan_months", "operator": "<=", "soft": "6", "hard": None, "code": "Y"}
    for least, most in (("9100", "11000"), ("15000", "60000")):
        between = [{"fact": "loan_amount", "operator": how, "value": value} for how, value in ((">=", least), ("<=", most))]
        rows.append(PolicyRule.from_dict(row | {"conditions": between}).to_dict())
    rules = [*policy.rules, *rows]
    PolicyVersion.objects.filter(pk=policy.pk).update(rules=rules, jdm=to_jdm([PolicyRule.from_dict(one) for one in rules]))
    for number, amount in enumerate(("60000.00", "11000.00")):
        application = reviewed(amount=amount, number=f"L01X00T7{number}")
        evaluation = latest_evaluation(application)
        assert evaluation is not None and evaluation.outcome != "APPROVE"
        hold = holding(application, evaluation)
        least, most = application.product_version.min_amount, application.amount  # type: ignore[union-attr]
        hundreds = [Decimal(hundred) for hundred in range(-(-int(least) // 100) * 100, int(most), 100)]  # type: ignore[arg-type]
        approved = [one for one in hundreds if hold(one, application.term_months, None).outcome == Recommended.APPROVE]  # type: ignore[arg-type]
        assert (min(approved), max(approved) > 11_000, Decimal(10_000) in approved) == (5000, number == 0, False)
        smaller = better_requests(application=application, evaluation=evaluation).smaller
        assert smaller is not None and smaller.outcome == Recommended.APPROVE and smaller.amount == max(approved)


def test_a_row_that_is_only_not_shown_asks_for_a_document(
    to_sign_off: Investigation, policy: PolicyVersion, approver: User, sign_in: SignIn
) -> None:
    application = to_sign_off.application
    page = sign_in(approver).get(reverse("risk:file_changes", args=[application.pk]))
    assert "Not assessed yet" in page.text


def test_a_past_day_forgets_what_could_no_longer_be_worked_out(
    declined: Application, investigator: User, second_investigator: User, policy: PolicyVersion
) -> None:
    PolicyVersion.objects.filter(pk=policy.pk).update(activated_date=TODAY)
    assert "dsti" in recall_application(application=declined, day=TODAY, business_date=LATER).facts
    record_fact(
        application=declined,
        code="monthly_income",
        value="4200",
        source="Two papers",
        authenticity="CONFLICTING",
        as_of_date=LATER,
        actor=investigator,
        business_date=LATER,
    )
    evaluation = assess_application(application=declined, business_date=LATER)
    assert "dsti" not in evaluation.facts
    recalled = recall_application(application=declined, day=LATER, business_date=LATER)
    assert "dsti" not in recalled.facts and "dsti" not in recalled.now
    assert recalled.evaluation is not None
    assert [row.to_dict() for row in recalled.evaluation.rows] == evaluation.rows
    assert "dsti" in recall_application(application=declined, day=TODAY, business_date=LATER).facts


def test_a_past_day_knows_only_what_was_recorded_by_then(
    declined: Application, bank: BankState, investigator: User, policy: PolicyVersion, approver: User, sign_in: SignIn
) -> None:
    policy.activated_date = TODAY
    policy.save(update_fields=["activated_date"])
    record_fact(
        application=declined,
        code="monthly_income",
        value="9000",
        source="Payslips",
        authenticity="DOCUMENT",
        evidence=add_document(declined, "later.pdf"),
        as_of_date=LATER,
        actor=investigator,
        business_date=LATER,
    )
    then, now, never = (
        recall_application(application=declined, day=day, business_date=LATER) for day in (TODAY, LATER, TODAY - timedelta(1))
    )
    assert (then.facts["monthly_income"].value, now.facts["monthly_income"].value) == (Decimal("4200.00"), Decimal("9000.00"))
    evaluation = latest_evaluation(declined)
    assert evaluation is not None and then.evaluation is not None
    assert ([row.to_dict() for row in then.evaluation.rows], then.outcome) == (evaluation.rows, evaluation.outcome)
    assert then.changed == ["monthly_income"] and now.changed == []
    assert (never.policy, never.facts, never.outcome) == (None, {}, None)
    bank.business_date = LATER
    bank.save(update_fields=["business_date"])
    client = sign_in(approver)
    page = client.get(reverse("risk:file_then", args=[declined.pk]), {"day": TODAY.isoformat()})
    assert "4,200 EUR / mo" in page.text and "9,000 EUR / mo" in page.text and "Known otherwise today" in page.text
    for wrong in ("2999-01-01", "yesterday"):
        assert client.get(reverse("risk:file_then", args=[declined.pk]), {"day": wrong}).status_code == 422


def test_both_pages_are_open_to_readers_of_the_file(declined: Application, branch: Branch, sign_in: SignIn) -> None:
    stranger = make_person("olaf_officer", Branch.objects.create(code="B9", name="Hill"), Role.OFFICER)
    pages: list[Any] = [reverse(f"risk:{name}", args=[declined.pk]) for name in ("file_changes", "file_then")]
    for role in Role:
        client = sign_in(make_person(f"some_{role.lower()}", branch, role))
        for url in pages:
            assert client.get(url).status_code == (200 if role in FILE_READERS else 403), (role, url)
    assert [sign_in(stranger).get(url).status_code for url in pages] == [404, 404]
