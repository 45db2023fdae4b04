"""Annual accounts in the browser: entered, imported, refused in place, shown by year, and by role."""

from __future__ import annotations

from typing import Any

import pytest
from django.urls import reverse

from core.models import Branch, User
from core.roles import Role
from loans.models import Application
from risk.models import AnnualAccounts
from risk.web.panels import FILE_READERS
from tests.risk.conftest import make_person
from tests.risk.test_annual_accounts import GOOD, table
from tests.risk.web.conftest import HTMX, SignIn, world

pytestmark = pytest.mark.django_db


def at(name: str, application: Application) -> str:
    return reverse(f"risk:{name}", args=[application.pk])


def filled(**changes: str) -> dict[str, str]:
    values = {"year_end": "2025-12-31", **{code: f"{amount:,}" for code, amount in GOOD.items()}} | changes
    return {f"accounts-{name}": value for name, value in values.items()}


class TestPage:
    def test_a_year_is_entered_and_shown_with_its_ratios(self, company: Application, investigator: User, sign_in: SignIn) -> None:
        client = sign_in(investigator)
        answer = client.post(at("accounts_enter", company), filled(), follow=True)
        assert "The accounts of 2025 are in the file." in answer.text and "Interest cover" in answer.text and "15.00×" in answer.text

    def test_says_which_line_is_absent_and_what_is_unknown_without_it(
        self, company: Application, investigator: User, sign_in: SignIn
    ) -> None:
        client = sign_in(investigator)
        answer = client.post(at("accounts_enter", company), filled(working_capital_change="", other_current_assets=""), follow=True)
        assert (
            "Not given for 2025: Other current assets, Of it, change in working capital. Unknown without: Current ratio, "
            "Debt service cover of the last year, Change in working capital per year." in answer.text
        )
        assert "not given: Other current assets</td>" in answer.text

    def test_what_does_not_tie_is_said_at_its_line(self, company: Application, investigator: User, sign_in: SignIn) -> None:
        before = world()
        answer = sign_in(investigator).post(at("accounts_enter", company), filled(net_income="200"), headers=HTMX)
        assert answer.status_code == 422 and "net income says 200.00" in str(answer.context["form"].errors["net_income"])
        assert "<details open>" in answer.text and world() == before and not AnnualAccounts.objects.exists()

    def test_a_file_is_imported_or_refused_with_its_cells(self, company: Application, investigator: User, sign_in: SignIn) -> None:
        client = sign_in(investigator)
        answer = client.post(at("accounts_import", company), {"import-file": table(cash="12,3x")}, headers=HTMX)
        assert answer.status_code == 422 and "Cell B2: “12,3x” is no amount." in answer.text
        assert (
            "The accounts of 2025 are in the file."
            in client.post(at("accounts_import", company), {"import-file": table()}, follow=True).text
        )
        assert client.get(at("accounts_template", company)).text.startswith("Line,2024,2025\n")

    def test_each_role_may_do_what_is_its_own_and_nothing_else(self, company: Application, branch: Branch, sign_in: SignIn) -> None:
        before = world()
        for role in Role:
            client: Any = sign_in(make_person(f"one_{role.lower()}", branch, role))
            for name in ("accounts_panel", "accounts_template"):
                assert (client.get(at(name, company)).status_code == 200) is (role in FILE_READERS), (role, name)
            if role != Role.INVESTIGATOR:
                assert client.post(at("accounts_enter", company), filled()).status_code in (403, 404)
                assert client.post(at("accounts_import", company), {"import-file": table()}).status_code in (403, 404)
        after = world()
        assert {key: value for key, value in after.items() if key != "counts"} == {
            key: value for key, value in before.items() if key != "counts"
        }
        assert not AnnualAccounts.objects.exists()


def test_a_year_may_have_more_or_fewer_months(company: Application, investigator: User, sign_in: SignIn) -> None:
    """The page asks for the first day, and says what was brought to twelve and what is not known."""
    client = sign_in(investigator)
    page = client.post(at("accounts_enter", company), filled(first_day="2024-07-01"), follow=True).text
    assert "What 18 months of 2025 earned and paid is brought to twelve." in page
    assert "18 months, brought to twelve" in page and "18 months, as drawn up" in page
    page = client.post(at("accounts_enter", company), filled(first_day="2025-09-01"), follow=True).text
    assert "4 months, brought to twelve" not in page and "4 months, as drawn up" in page
    assert "4 months say nothing of a year" in page and "What 4 months of 2025 earned and paid says nothing of a year" in page
    page = client.post(at("accounts_enter", company), filled(first_day="2022-09-01")).text
    assert "These are 40 months; a financial year has at most 24." in page and 'value="2022-09-01"' in page
