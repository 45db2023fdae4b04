"""The portfolio dashboard: figures, findings, branches apart, exports, and that it never reads the book."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from core.models import BankState, Branch, User, UserBranch
from core.roles import Role
from loans.models import Application
from risk.models import PortfolioFigure
from risk.services.portfolio import take_snapshot
from risk.web.dashboard import READERS
from tests.risk.conftest import TODAY, make_person
from tests.risk.web.conftest import SignIn
from tests.shared_rows import shared

CLOSES = [date(2025, 9, 30), date(2025, 10, 31), date(2025, 11, 30), date(2025, 12, 31), date(2026, 1, 31), date(2026, 3, 1)]


def fill(branch: Branch, factor: int = 1, non_performing: int = 20_000) -> None:
    """Figures of six month closes: the book grows, and the last close passes the appetite."""
    for number, day in enumerate(CLOSES):
        bad = non_performing if day == CLOSES[-1] else 5_000
        cells: dict[tuple[str, str], tuple[int, int]] = {
            ("total", "outstanding"): (50, 400_000 + 10_000 * number),
            ("total", "non_performing"): (2, bad),
            ("total", "arrears"): (4, 3_000),
            ("bucket", "0"): (46, 380_000),
            ("bucket", "1-30"): (2, 10_000),
            ("bucket", "31-60"): (1, 6_000),
            ("bucket", "91-180"): (1, bad),
            ("state", "REVIEW"): (3, 36_000),
            ("state", "INVESTIGATING"): (2, 20_000),
            ("state", "DECLINED"): (9, 90_000),
            ("product", "personal"): (50, 400_000 + 10_000 * number),
            ("product_npl", "personal"): (2, bad),
        }
        PortfolioFigure.objects.bulk_create(
            PortfolioFigure(business_date=day, branch=branch, dimension=dimension, key=key, count=count * factor, amount=amount * factor)
            for (dimension, key), (count, amount) in cells.items()
        )


@shared
def hill(bank: BankState) -> Branch:
    return Branch.objects.create(code="B2", name="Hill")


@shared
def filled(branch: Branch, hill: Branch, product: None) -> Branch:
    fill(branch)
    fill(hill, factor=3, non_performing=5_000)
    return branch


def values(page: Any) -> dict[str, str]:
    return {cell.label: cell.value for cell in page.context["kpis"]}


class TestTheFigures:
    def test_are_those_of_all_branches_for_the_whole_bank(self, filled: Branch, risk_manager: User, sign_in: SignIn) -> None:
        page = sign_in(risk_manager).get(reverse("risk:dashboard"))
        assert values(page)["Outstanding principal"] == "1.8 M"
        assert values(page)["NPL ratio"] == "1.94%"  # (20,000 + 3 × 5,000) / (4 × 450,000)
        assert values(page)["Running loans"] == "200"
        assert values(page)["Open applications"] == "20"
        assert page.text.count("<svg") >= 4 and page.text.count("Show as table") == 4

    def test_of_one_branch_state_that_the_ratio_passed_appetite(self, filled: Branch, risk_manager: User, sign_in: SignIn) -> None:
        page = sign_in(risk_manager).get(reverse("risk:dashboard"), {"branch": "B1"})
        assert values(page)["NPL ratio"] == "4.44%"
        assert "NPL ratio passed appetite this month" in page.text
        assert "The book grew by 2.3% since Jan 26 close" in page.text
        assert "4 loans are late, 1 of them by more than 90 days" in page.text
        assert "3 applications wait for a decision" in page.text
        assert "Personal loan carries the highest non-performing share" in page.text

    def test_say_that_they_are_late(self, filled: Branch, risk_manager: User, sign_in: SignIn) -> None:
        fresh = sign_in(risk_manager).get(reverse("risk:dashboard"))
        assert not fresh.context["stale"] and "Figures are late" not in fresh.text
        BankState.objects.update(business_date=date(2026, 3, 5))
        page = sign_in(risk_manager).get(reverse("risk:dashboard"))
        assert "Figures are late" in page.text
        assert all("from 1 Mar" in cell.limit for cell in page.context["kpis"])

    def test_say_so_before_the_first_sweep(self, branch: Branch, risk_manager: User, sign_in: SignIn) -> None:
        page = sign_in(risk_manager).get(reverse("risk:dashboard"))
        assert page.status_code == 200 and "No figures yet" in page.text

    def test_stand_for_a_branch_without_loans(self, branch: Branch, risk_manager: User, sign_in: SignIn) -> None:
        take_snapshot(business_date=TODAY)
        page = sign_in(risk_manager).get(reverse("risk:dashboard"))
        assert values(page)["NPL ratio"] == "no loans yet"
        assert "No loan is running" in page.text


class TestWhoSeesWhat:
    def test_keeps_branches_apart(self, filled: Branch, approver: User, sign_in: SignIn) -> None:
        client = sign_in(approver)
        page = client.get(reverse("risk:dashboard"))
        assert values(page)["Running loans"] == "50"
        assert "Hill" not in page.text
        for asked in ("B2", "B404"):
            other = client.get(reverse("risk:dashboard"), {"branch": asked})
            assert values(other) == values(page)
            export = client.get(reverse("risk:dashboard"), {"branch": asked, "export": "csv"}).content.decode()
            assert "B2" not in export

    def test_adds_the_branches_of_a_person_up(self, filled: Branch, hill: Branch, approver: User, sign_in: SignIn) -> None:
        UserBranch.objects.create(user=approver, branch=hill)
        page = sign_in(approver).get(reverse("risk:dashboard"))
        assert values(page)["Running loans"] == "200"
        assert [line.name for line in page.context["branch_lines"]] == ["Harbour", "Hill"]

    def test_is_open_to_those_who_answer_for_risk(self, filled: Branch, sign_in: SignIn) -> None:
        for role in Role:
            client = sign_in(make_person(f"some_{role.lower()}", filled, role))
            assert client.get(reverse("risk:dashboard")).status_code == (200 if role in READERS else 403), role
            assert client.get(reverse("risk:dashboard"), {"export": "csv"}).status_code == (200 if role in READERS else 403), role


class TestExports:
    def test_hold_the_figures_row_by_row(self, filled: Branch, risk_manager: User, sign_in: SignIn) -> None:
        client = sign_in(risk_manager)
        text = client.get(reverse("risk:dashboard"), {"branch": "B1", "export": "csv"}).content.decode()
        assert "2026-03-01,B1,total,non_performing,2,20000" in text
        assert len(text.splitlines()) == 1 + 6 * 12
        assert client.get(reverse("risk:dashboard"), {"export": "xlsx"}).content[:2] == b"PK"


class TestTheCost:
    def test_is_constant_and_never_touches_the_book(self, filled: Branch, risk_manager: User, sign_in: SignIn) -> None:
        client = sign_in(risk_manager)
        with CaptureQueriesContext(
            connection,
        ) as few:
            client.get(reverse("risk:dashboard"))
        for number in range(12):
            fill(Branch.objects.create(code=f"X{number}", name=f"Extra {number}"))
        with CaptureQueriesContext(connection) as many:
            page = client.get(reverse("risk:dashboard"))
        assert len(page.context["branch_lines"]) == 14
        # session, user, roles, branches, bank state, dates, sums, branches' totals, products' names; the frame counts what waits.
        assert len(many) == len(few)
        read = [query["sql"] for query in many if 'FROM "loans_loan"' in query["sql"] or 'FROM "loans_payment"' in query["sql"]]
        assert read == []


class TestTakeSnapshot:
    def test_replaces_the_figures_of_its_day(self, in_review: Application, branch: Branch) -> None:
        assert take_snapshot(business_date=TODAY) == take_snapshot(business_date=TODAY)
        cell = PortfolioFigure.objects.get(business_date=TODAY, dimension="state", key="REVIEW")
        assert (cell.count, cell.amount, cell.branch) == (1, Decimal(12000), branch)
        assert PortfolioFigure.objects.get(dimension="total", key="outstanding", branch=branch).count == 0
