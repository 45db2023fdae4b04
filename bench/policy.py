"""A draft policy tried on a hundred thousand past applications, against two minutes and against only reading what they were assessed on."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from django.db import connection

from bench.book import DAY, copy_row, make_application, open_bank
from bench.house import tidy
from bench.results import Result, measure
from core.roles import Role
from core.services.staff import hire_user
from loans.models import Facility, Instalment, Loan
from risk.domain.default_policy import DEFAULT_EXAMPLES, DEFAULT_RULES
from risk.domain.facts import CATALOGUE, FactGroup, FactType
from risk.domain.request_parts import STRESSED
from risk.models import ModelVersion, PolicyEvaluation, PolicyRun, Score
from risk.selectors.policy_runs import past_cases
from risk.services.policies import draft_policy
from risk.services.policy_runs import BATCH, try_policy, work_runs

APPLICATIONS = 100_000
YEAR = timedelta(days=365)
MOST_SECONDS = 120
VALUES = {FactType.WORDS: "B", FactType.FLAG: "true", FactType.DATE: "2026-01-31", FactType.INTEGER: "12"}


def run(scale: float) -> list[Result]:
    """Seconds from the first batch to the last, by one worker."""
    number = max(BATCH, int(APPLICATIONS * scale))
    _fill(number)
    tidy("loans_application", "loans_loan", "loans_instalment", "risk_policyevaluation")
    manager = hire_user(
        username="policy_bench", full_name="Bench Manager", roles=(Role.RISK_MANAGER,), branches=[open_bank()], password=None, actor=None
    )
    tried = draft_policy(actor=manager, business_date=DAY)
    first, *rest = tried.rules
    tried.rules = [first | {"soft": "0.35", "hard": "0.45"}, *rest]
    draft = draft_policy(actor=manager, business_date=DAY, rules=tried.rules)
    found = try_policy(version=draft, actor=manager, business_date=DAY)
    ours = measure(work_runs)
    reading = measure(_read_all)
    done = PolicyRun.objects.get(pk=found.pk)
    if done.state != "DONE" or done.done != number or not done.changes.exists():
        raise RuntimeError(f"the run stands at {done.state}, {done.done} of {number}")
    return [
        Result(f"a policy tried on {number:,} past applications, against two minutes", ours, MOST_SECONDS * number / APPLICATIONS, "s", 1),
        Result("the same, against only reading what they were assessed on", ours, reading, "s", 6),
    ]


def _read_all() -> None:
    last = None
    codes = [rule.fact for rule in DEFAULT_RULES]
    while found := past_cases("EUR", codes, day=DAY, after=last, limit=BATCH):
        last = found[-1][0]


def _fill(number: int) -> None:
    """So many assessed applications, each with every fact of a person's file; a third of them became loans of a year, some of
    which were not paid for its second half."""
    policy = draft_policy(actor=None, business_date=DAY)
    type(policy).objects.filter(pk=policy.pk).update(state="ACTIVE")
    application = make_application(open_bank(), reference="LA-P0")
    copy_row(application, number - 1, id="gen_random_uuid()", reference="'LA-P' || n", amount="1000 + (n * 37) %% 90000")
    model = ModelVersion.objects.create(name="retail", number=1, definition={"grades": {"cut_off": 500}}, data_fingerprint="bench")
    score = Score.objects.create(
        application=application,
        model_version=model,
        points=620,
        pd=Decimal("0.03"),
        grade="B",
        contributions=[],
        reasons=[],
        facts={},
        business_date=DAY,
    )
    # What was assessed before there was a stress keeps nothing under it, so that the trial works it out: the dearer case.
    of_persons = [kind for kind in CATALOGUE.values() if kind.group != FactGroup.BUSINESS and kind.code not in STRESSED]
    known = {kind.code: VALUES.get(kind.type, "0.5000") for kind in of_persons} | dict(DEFAULT_EXAMPLES[1].facts)
    frozen = {
        code: {
            "value": value,
            "authenticity": "DOCUMENT",
            "as_of_date": "2026-02-20",
            "source": "Payslips",
            "fact": str(score.pk),
            "document": None,
            "stale": False,
        }
        for code, value in known.items()
    }
    row = PolicyEvaluation.objects.create(
        application=application, policy_version=policy, score=score, facts=frozen, rows=[], outcome="APPROVE", business_date=DAY
    )
    assert application.borrower is not None and application.product_version is not None
    facility = Facility.objects.create(
        application=application, borrower=application.borrower, branch=application.branch, limit_amount=12_000, currency="EUR"
    )
    loan = Loan.objects.create(
        reference="LN-P0",
        facility=facility,
        application=application,
        borrower=application.borrower,
        branch=application.branch,
        product_version=application.product_version,
        currency="EUR",
        principal=12_000,
        annual_rate=Decimal("0.06"),
        state="ACTIVE",
        signed_date=DAY - YEAR,
        disbursed_date=DAY - YEAR,
        outstanding_principal=12_000,
    )
    _copy_each(
        row,
        "a.id <> t.application_id",
        id="gen_random_uuid()",
        application_id="a.id",
        facts="jsonb_set(t.facts, '{dsti,value}', to_jsonb(((hashtext(a.reference) & 65535) / 100000.0)::numeric(6,4)::text))",
    )
    _copy_each(
        loan,
        "a.id <> t.application_id AND hashtext(a.reference) % 3 = 0",
        public_id="gen_random_uuid()",
        application_id="a.id",
        reference="'LN-' || a.reference",
    )
    for month in range(12):
        due = DAY - YEAR + timedelta(days=30 * (month + 1))
        line = Instalment.objects.create(
            loan=loan, number=month + 1, due_date=due, principal=1_000, interest=0, balance=11_000 - 1_000 * month, paid_principal=1_000
        )
        paid = "CASE WHEN hashtext(a.reference) % 7 = 0 THEN 0 ELSE 1000 END" if month >= 6 else "1000"
        _copy_each(line, "a.id <> t.loan_id", "loans_loan a", loan_id="a.id", paid_principal=paid)


def _copy_each(row: PolicyEvaluation | Loan | Instalment, where: str, of: str = "loans_application a", **differing: str) -> None:
    """A copy of a stored row for each application, or each row `a` of another table, of the bench."""
    meta = row._meta
    columns = [str(field.column) for field in meta.concrete_fields if field.column in differing or not field.primary_key]
    values = ", ".join(differing.get(column, f't."{column}"') for column in columns)
    with connection.cursor() as cursor:
        cursor.execute(
            f'INSERT INTO "{meta.db_table}" ({", ".join(columns)}) SELECT {values} FROM "{meta.db_table}" t, {of} '
            f"WHERE t.id = '{row.pk}' AND a.reference ~ '^(LN-)?LA-P' AND {where}"
        )
