"""The industry of a company where the book is counted, peers are compared and a scorecard looks; what was kept before there were codes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from importlib import import_module
from types import SimpleNamespace
from typing import Any

from django.db import connection

from core.models import Branch
from loans.models import Application, Borrower
from risk.models import PolicyVersion, PortfolioFigure
from risk.selectors.book import book_now, keys_of
from risk.services.fact_parts import asked_by
from risk.services.portfolio import take_snapshot
from risk.services.replay import replay_decision
from risk.services.scoring import scoring_row
from tests.risk.conftest import TODAY
from tests.risk.test_concentration import offer
from tests.risk.test_replay_figures import frozen

YESTERDAY = TODAY - timedelta(days=1)
MIGRATION: Any = import_module("risk.migrations.0015_industries_by_code")


class TestBook:
    def test_counts_a_company_of_no_known_industry_all_the_same(self, apply: Callable[..., Application], branch: Branch) -> None:
        """Neither another word nor none takes a loan out of the limit."""
        files = [offer(apply(number=f"L01X0{number:04d}"), 1_000) for number in range(3)]
        for application, code in zip(files, ("F43", "F", ""), strict=True):
            Borrower.objects.filter(pk=application.borrower_id).update(kind="COMPANY", birth_date=None, industry=code)
        assert book_now().granted.by["industry"] == {"F": 2_000, "-": 1_000}
        take_snapshot(business_date=TODAY)
        assert book_now().granted.by["industry"] == {"F": 2_000, "-": 1_000}
        keys = [keys_of(Application.objects.select_related("borrower").get(pk=one.pk))["industry"] for one in files]
        assert keys == ["F", "F", "-"]


class TestScorecard:
    def test_looks_at_the_section(self, company: Application) -> None:
        assert scoring_row(company, {})["industry"] == "F"

    def test_replays_on_the_words_of_before(self, company: Application, policy: PolicyVersion) -> None:
        decision = frozen(company)
        request = decision.evidence["parts"]["request"]
        assert request["industry"] == "F43" and replay_decision(decision=decision).identical
        assert scoring_row(asked_by({"request": request | {"industry": "Salt mines"}}), {})["industry"] == "Salt mines"


class TestBeforeCodes:
    def test_accounts_are_read_as_far_as_they_read(self, owner_connection: Any) -> None:
        with owner_connection.cursor() as cursor:
            cursor.execute(
                "CREATE TEMP TABLE risk_annualaccounts AS SELECT unnest(ARRAY['Crafts', 'CRAFTS ', 'Wizardry', '', 'F', 'k']) AS industry"
            )
            MIGRATION.code_industries(None, SimpleNamespace(connection=owner_connection))
            cursor.execute("SELECT industry FROM risk_annualaccounts ORDER BY 1")
            assert [row[0] for row in cursor.fetchall()] == ["", "F", "F43", "F43", "K, edition not known", "Wizardry"]

    def test_figures_of_words_for_one_section_become_one(self, branch: Branch) -> None:
        for day in (YESTERDAY, TODAY):
            for dimension, key, amount in (
                ("industry", "Crafts", 10), ("industry", "crafts", 20), ("industry", "Construction", 30), ("industry", "Wizardry", 5),
                ("industry", "K", 4), ("industry", "K ", 2), ("granted_industry", "Crafts", 7), ("product", "Crafts", 3),
            ):  # fmt: skip
                PortfolioFigure.objects.create(business_date=day, branch=branch, dimension=dimension, key=key, count=1, amount=amount)
        MIGRATION.count_again(None, SimpleNamespace(connection=connection))
        found = {(row.dimension, row.key): (row.count, int(row.amount)) for row in PortfolioFigure.objects.filter(business_date=TODAY)}
        assert found == {
            ("industry", "F"): (3, 60), ("industry", "K, edition not known"): (2, 6), ("industry", "Wizardry"): (1, 5), ("granted_industry", "F"): (1, 7), ("product", "Crafts"): (1, 3),
        }  # fmt: skip
        assert PortfolioFigure.objects.filter(business_date=YESTERDAY).count() == 5
