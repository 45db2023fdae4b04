"""Reads for trying a policy on past applications: the cases of a batch, the runs, and who came out otherwise."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import Aggregate, Count, Exists, F, JSONField, OuterRef, Q, QuerySet, Sum
from django.db.models.expressions import RawSQL

from collateral.models import Pledge
from core import access
from core.models import User
from loans.models import ProductVersion
from loans.models.borrowers import BorrowerKind
from loans.selectors.applications import visible_applications
from risk.domain.affordability import STANDARD, step_of
from risk.domain.facts import CATALOGUE
from risk.domain.policy_trial import PastCase
from risk.domain.request_parts import PARTS, STRESSED, under_stress
from risk.models import ModelVersion, PolicyEvaluation, PolicyRun, PolicyRunChange
from risk.selectors.limits import appetite_in_force
from risk.selectors.past_cases import costs_of, endings_of
from risk.selectors.registry import READERS
from risk.selectors.terms import assessed_rate, repayment_by

# Only what a table looks at leaves the database: an evaluation holds every fact of its file with where it came from.
KNOWN = """
(SELECT jsonb_object_agg(key, value - '{source,fact,document,as_of_date}'::text[])
 FROM jsonb_each(risk_policyevaluation.facts) WHERE key = ANY(%s))
"""


def assessed_applications(currency: str) -> QuerySet[PolicyEvaluation]:
    """The evaluations of all applications of a currency that were ever assessed."""
    return PolicyEvaluation.objects.filter(application__currency=currency, application__amount__isnull=False)


def count_assessed(currency: str) -> int:
    """How many applications a run looks at."""
    return assessed_applications(currency).values("application").distinct().count()


def past_cases(currency: str, codes: Sequence[str], *, day: date, after: UUID | None, limit: int) -> list[tuple[UUID, PastCase]]:
    """The next applications behind `after`, each with the facts of these codes as its latest evaluation knew them and what became of it by
    the end of `day`. What a table asks under stress and the assessment did not keep is worked out from its parts, at the price of its grade
    and under the stress in force. Four queries, and two more for that.
    """
    stressed = [code for code in codes if code in STRESSED]
    parts = [*(part for code in stressed for part in PARTS.get(code, ())), "statement_lines"]
    read = list(dict.fromkeys([*codes, *parts]))
    rows = assessed_applications(currency)
    if after is not None:
        rows = rows.filter(application_id__gt=after)
    found = list(
        rows.order_by("application_id", "-id")
        .distinct("application_id")
        .annotate(
            known=RawSQL(KNOWN, [read], output_field=JSONField()),  # noqa: S611 -- a fixed text, the codes are a parameter
            amount=F("application__amount"),
            currency=F("application__currency"),
            months=F("application__term_months"),
            product=F("application__product_version__product__code"),
            purpose=F("application__purpose_code"),
            kind=F("application__borrower__kind"),
            on_collateral=F("application__product_version__collateral_required"),
            pledged=Exists(Pledge.objects.filter(application=OuterRef("application_id")).exclude(state=Pledge.State.WITHDRAWN)),
            version=F("application__product_version_id"),
            grade=F("score__grade"),
            points=F("score__points"),
            pd=F("score__pd"),
            model=F("score__model_version_id"),
        )
        .values("application_id", "known", "marks", *_OF_A_CASE)[:limit]
    )
    keys = [row["application_id"] for row in found]
    endings, costs = endings_of(keys, day=day), costs_of(keys, day=day)
    cut_offs = dict(ModelVersion.objects.values_list("pk", F("definition__grades__cut_off")))
    versions = ProductVersion.objects.in_bulk({row["version"] for row in found if row["version"]}) if stressed else {}
    stress = appetite_in_force().stress if stressed else STANDARD
    cases = []
    for row in found:
        kept = row["known"] or {}
        known = _request_of(row) | {"statements_on_file": _asked("statements_on_file", "statement_lines" in kept)} | kept
        if stressed and row["months"] and row["version"]:
            known |= under_stress(
                known,
                stressed,
                amount=row["amount"],
                months=row["months"],
                annual_rate=assessed_rate(versions[row["version"]], row["grade"] or ""),
                stress=stress,
                is_company=row["kind"] == BorrowerKind.COMPANY,
                repaid=repayment_by(versions[row["version"]]),
            )
        passes = None if row["points"] is None else row["points"] >= int(cut_offs[row["model"]])
        facts = {code: known[code] for code in codes if code in known}
        key = row["application_id"]
        case = PastCase(_marks_of(row), facts, passes, row["amount"], row["pd"], None)
        if key in endings:
            became, cost = endings[key], costs[key]
            case = replace(case, is_bad=became.bad, loss=cost.lost(became), granted=cost.granted)
        cases.append((key, case))
    return cases


_OF_A_CASE = (
    "amount", "currency", "months", "product", "purpose", "kind", "on_collateral", "pledged", "version", "grade", "points", "pd", "model",
)  # fmt: skip


def _marks_of(row: Mapping[str, Any]) -> tuple[str, ...]:
    """As the evaluation kept them; one of the time before that is marked by what is known of its file now."""
    if row["marks"]:
        return tuple(row["marks"])
    return (
        "company" if row["kind"] == BorrowerKind.COMPANY else "person",
        *(["secured"] if row["on_collateral"] or row["pledged"] else []),
    )


def _request_of(row: Mapping[str, Any]) -> dict[str, Any]:
    """The request as facts, for an assessment of the time before it was kept among them."""
    request = {"loan_amount": row["amount"], "loan_months": row["months"], "product": row["product"], "purpose": row["purpose"] or None}
    return {code: _asked(code, value, row["currency"]) for code, value in request.items() if value is not None}


def _asked(code: str, value: object, currency: str = "") -> dict[str, Any]:
    return {"value": CATALOGUE[code].canonical(value, step_of(currency)), "authenticity": "DOCUMENT", "stale": False}


def list_runs(user: User) -> QuerySet[PolicyRun]:
    """All runs, newest first, without their tables."""
    rows = PolicyRun.objects.select_related("policy_version", "base_version", "asked_by").defer("rules", "jdm").order_by("-id")
    return rows if user.roles & READERS else rows.none()


def access_run(user: User, run_id: UUID) -> PolicyRun:
    """One run, or NotFound."""
    return access.one(list_runs(user).defer(None), pk=run_id)


@dataclass(frozen=True)
class ChangeKind:
    """A way to come out otherwise, as a view of the list: its name, the title, and which changes it holds."""

    name: str
    title: str
    wanted: Q


KINDS = (
    ChangeKind("approved", "Newly approved", Q(after="APPROVE")),
    ChangeKind("lost", "No longer approved", Q(before="APPROVE")),
    ChangeKind("declined", "Newly declined", Q(after="DECLINE")),
    ChangeKind("referred", "Newly referred", Q(after="REFER")),
    ChangeKind("all", "All that change", Q()),
)


def list_changes(user: User, run: PolicyRun, kind: ChangeKind) -> QuerySet[PolicyRunChange]:
    """The changes of a kind about applications the person may see, the largest amounts first."""
    rows = PolicyRunChange.objects.filter(kind.wanted, run=run, application__in=visible_applications(user))
    return rows.select_related("application__borrower", "application__branch").order_by("-amount", "id")


def count_changes(run: PolicyRun) -> Iterator[tuple[ChangeKind, int, Decimal, int, int]]:
    """For each kind: how many change in the whole bank, their amount, how many of them became loans, and how many of those went bad."""
    asked: dict[str, Aggregate] = {}
    for kind in KINDS:
        asked[f"{kind.name}_cases"] = Count("id", filter=kind.wanted)
        asked[f"{kind.name}_amount"] = Sum("amount", filter=kind.wanted, default=Decimal(0))
        asked[f"{kind.name}_known"] = Count("id", filter=kind.wanted & Q(is_bad__isnull=False))
        asked[f"{kind.name}_bad"] = Count("id", filter=kind.wanted & Q(is_bad=True))
    found = PolicyRunChange.objects.filter(run=run).aggregate(**asked)
    for kind in KINDS:
        yield kind, *(found[f"{kind.name}_{name}"] for name in ("cases", "amount", "known", "bad"))
