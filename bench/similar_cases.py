"""The nearest past cases of a file among a hundred thousand:
the panel against the same one without any, and how many of the nearest are found.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
from django.db import connection
from django.db.models import Max
from django.test import Client
from django.urls import reverse

from bench.book import DAY, copy_row, make_application, open_bank
from bench.house import tidy
from bench.results import Result, measure, p95
from core.roles import Role
from core.services.staff import hire_user
from loans.models import Application
from risk.domain.scorecard import Card
from risk.domain.similar import Measure
from risk.domain.training import train
from risk.domain.training_table import prepare
from risk.models import Decision, ModelVersion, PastCase, PolicyEvaluation, PolicyVersion
from risk.services.past_cases import SHOWN, similar_cases
from risk.services.policies import draft_policy

CASES = 100_000
REQUESTS = 60
ASKED = 40
FACTORS = ("dsti", "dti", "employment_months", "monthly_income", "total_debt", "living_expenses", "age", "amount")


def run(scale: float) -> list[Result]:
    """p95 of sixty requests, each for another file; and the share of the six nearest that an exhaustive comparison finds too."""
    number = int(CASES * scale)
    draw = np.random.default_rng(5)
    card = scorecard_in_force(draw)
    measured = Measure.of(Card.from_dict(card.definition["card"]))
    files = _fill(number, card, measured, draw)
    manager = hire_user(
        username="similar_bench", full_name="Bench Manager", roles=(Role.RISK_MANAGER,), branches=[open_bank()], password=None, actor=None
    )
    client = Client(SERVER_NAME="localhost")
    client.force_login(manager, backend="allauth.account.auth_backends.AuthenticationBackend")
    bare = make_application(open_bank(), reference="LA-S-bare", state="REVIEW")
    empty = _p95(client, [bare] * REQUESTS)
    ours = _p95(client, files)
    found, wanted = _recall(files[:ASKED], measured, manager)
    return [
        Result(f"similar cases among {number:,}, p95 of the page, against one without any", ours, empty, "s", 4),
        Result(
            f"of the {SHOWN} nearest cases so many are found, against an exhaustive comparison", found, wanted, "cases", 0.9, higher=True
        ),
    ]


def _rows(number: int, draw: Any) -> pd.DataFrame:
    income = np.exp(draw.normal(8.1, 0.5, number)).round(2)
    return pd.DataFrame(
        {
            "dsti": draw.beta(2, 5, number).round(4),
            "dti": (draw.gamma(2, 0.6, number)).round(4),
            "employment_months": draw.integers(0, 400, number),
            "monthly_income": income,
            "total_debt": (income * draw.gamma(1.5, 6, number)).round(2),
            "living_expenses": (income * draw.uniform(0.2, 0.7, number)).round(2),
            "age": draw.integers(19, 75, number),
            "amount": draw.integers(1, 90, number) * 1000,
        }
    )


def scorecard_in_force(draw: Any) -> ModelVersion:
    """A retail scorecard learnt from drawn loans, in force from now on."""
    frame = _rows(6_000, draw)
    risk = (
        -4.2
        + 4 * frame["dsti"]
        + 0.5 * frame["dti"]
        - 0.005 * frame["employment_months"]
        - 0.02 * (frame["age"] - 40)
        - 0.3 * (frame["monthly_income"] > 4000)
    )
    frame["bad"] = (draw.uniform(size=len(frame)) < 1 / (1 + np.exp(-risk))).astype(int)
    prepared = prepare(frame, "bad")
    ModelVersion.objects.filter(name="retail", state="ACTIVE").update(state="RETIRED")
    highest = ModelVersion.objects.filter(name="retail").aggregate(most=Max("number"))["most"] or 0
    return ModelVersion.objects.create(
        name="retail", number=highest + 1, state="ACTIVE", definition=train(prepared, folds=3), data_fingerprint="bench"
    )


def _frozen(row: dict[str, Any]) -> dict[str, dict[str, Any]]:
    kept = {"authenticity": "DOCUMENT", "stale": False, "source": "Bench", "as_of_date": DAY.isoformat(), "fact": None, "document": None}
    return {code: {"value": str(row[code]), **kept} for code in FACTORS if code != "amount"}


def _fill(number: int, model: ModelVersion, measured: Measure, draw: Any) -> list[Application]:
    """So many decided applications prepared as the night prepares them, and sixty that wait for a decision."""
    card = Card.from_dict(model.definition["card"])
    rows = [{str(name): value for name, value in row.items()} for row in _rows(number + REQUESTS, draw).to_dict("records")]
    first = make_application(open_bank(), reference="LA-S0")
    copy_row(first, number - 1, id="gen_random_uuid()", reference="'LA-S' || n", amount="1000 * (1 + n %% 90)")
    decision = Decision.objects.create(
        application=first, outcome="APPROVED", amount=12_000, term_months=12, annual_rate=Decimal("0.06"), rationale="Bench",
        system_recommendation="APPROVE", authority_level=2, exposure_after=12_000, evidence={"score": {"grade": "B"}}, evidence_hash="0" * 64,
        decided_by_name="Bench", decided_date=DAY,
    )  # fmt: skip
    columns = [str(field.column) for field in Decision._meta.concrete_fields]
    values = ", ".join({"id": "gen_random_uuid()", "application_id": "a.id"}.get(column, f't."{column}"') for column in columns)
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO risk_decision ({', '.join(columns)}) SELECT {values} FROM risk_decision t, loans_application a "
            "WHERE t.id = %s AND a.reference LIKE 'LA-S%%' AND a.id <> t.application_id",
            [decision.pk],
        )
    cases = list(_cases(rows[:number], model, card, measured, first))
    for start in range(0, len(cases), 5_000):
        PastCase.objects.bulk_create(cases[start : start + 5_000])
    tidy("loans_application", "risk_decision", "risk_pastcase")
    return _waiting(rows[number:])


def _cases(rows: list[dict[str, Any]], model: ModelVersion, card: Card, measured: Measure, first: Application) -> Iterator[PastCase]:
    version = first.product_version
    assert version is not None
    decided = Decision.objects.filter(application__reference__startswith="LA-S").values_list("application_id", "pk")
    for (application, decision), row in zip(decided, rows, strict=True):
        keys = measured.keys(measured.places(card, row), Decimal(str(row["amount"])))
        yield PastCase(
            application_id=application, decision_id=decision, decided_date=DAY, model_version=model, product_id=version.product_id,
            borrower_kind="PERSON", key_0=keys[0], key_1=keys[1], key_2=keys[2], key_3=keys[3],
        )  # fmt: skip


def _waiting(rows: list[dict[str, Any]]) -> list[Application]:
    policy = PolicyVersion.objects.first() or draft_policy(actor=None, business_date=DAY)
    files = []
    for number, row in enumerate(rows):
        application = make_application(open_bank(), reference=f"LA-SW{number}", state="REVIEW", amount=Decimal(row["amount"]))
        PolicyEvaluation.objects.create(
            application=application, policy_version=policy, facts=_frozen(row), rows=[], outcome="APPROVE", business_date=DAY
        )
        files.append(application)
    return files


def _p95(client: Client, files: list[Application]) -> float:
    addresses = [reverse("risk:similar_panel", args=[file.pk]) for file in files]

    def ask(address: str) -> None:
        answer = client.get(address)
        if answer.status_code != 200:
            raise RuntimeError(f"the panel was refused: {answer.status_code}")

    ask(addresses[0])
    return p95([measure(lambda address=address: ask(address)) for address in addresses])  # type: ignore[misc]


def _recall(files: list[Application], measured: Measure, user: Any) -> tuple[int, int]:
    """How many of the shown are as near as the nearest there are."""
    places = np.array([measured.read(key)[0] for key in PastCase.objects.values_list("key_0", flat=True).iterator(chunk_size=10_000)])
    tables = [np.array(one) for one in measured.deviations]
    deviations = np.column_stack([table[places[:, number]] for number, table in enumerate(tables)])
    found = wanted = 0
    for file in files:
        shown = similar_cases(application=file, user=user, day=DAY, business_date=DAY)
        assert shown is not None and shown.model is not None
        card = Card.from_dict(shown.model.definition["card"])
        facts = PolicyEvaluation.objects.get(application=file).facts
        row = {code: float(facts[code]["value"]) for code in facts} | {"amount": float(file.amount or 0)}
        own = np.array([table[place] for table, place in zip(tables, measured.places(card, row), strict=True)])
        apart = np.sort(np.sqrt(((deviations - own) ** 2).mean(axis=1)))[SHOWN - 1]
        wanted += SHOWN
        found += sum(1 for one in shown.cases if one.distance <= apart + 1e-9)
    return found, wanted
