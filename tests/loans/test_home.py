"""What is taken for a customer, an extract or a file of sales where nobody says otherwise: the country and the currency of the bank."""

from __future__ import annotations

from typing import Any

import pytest

from collateral.web.sales_forms import SalesForm
from core.business_date import get_bank
from core.home import home_currency
from core.models import BankState
from loans.services.intake import Party
from risk.web.field_work import RegisteredForm


@pytest.fixture(autouse=True)
def in_sweden(bank: BankState, settings: Any) -> None:
    settings.CREDENCE_COUNTRY = "SE"
    BankState.objects.update(currency="SEK")


@pytest.mark.django_db
def test_is_what_the_settings_and_the_books_of_the_bank_say() -> None:
    assert Party(part="APPLICANT", kind="PERSON", name="Asta Berg").country == "SE"
    assert 'value="SE"' in str(RegisteredForm(documents=[])["country"])
    assert 'value="SEK"' in str(SalesForm()["currency"])
    assert home_currency() == get_bank().currency == "SEK"
