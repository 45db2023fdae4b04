"""An open red flag says what was found last, and nobody decides what they did not read."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.urls import reverse

from collateral.models import RedFlag, Valuation
from collateral.services.facts import record_facts
from collateral.services.flags import FlagChanged, decide_flag
from collateral.services.receivables import add_receivable
from collateral.services.valuations import challenge_valuation
from core.errors import Conflict
from core.models import AuditEntry, User
from loans.models import Application
from tests.collateral.conftest import Register, SignIn, Value
from tests.collateral.test_asset_facts import GOOD
from tests.collateral.test_services import another_application
from tests.collateral.test_stale_forms import seen_in
from tests.shared_rows import shared


@shared
def turned(register: Register, officer: User, today: date) -> RedFlag:
    """A van shows half the kilometres of before."""
    van = register(kind="VEHICLE", title_number="", facts=GOOD["VEHICLE"], description="Van")
    record_facts(asset=van, facts={**GOOD["VEHICLE"], "mileage": 20_000}, actor=officer, business_date=today)
    return van.flags.get(code="counter_turned_back")


@pytest.fixture
def again(turned: RedFlag, officer: User, today: date) -> Any:
    """And then a tenth of them."""

    def record(mileage: int = 4_000) -> None:
        facts = {**GOOD["VEHICLE"], "mileage": mileage}
        record_facts(asset=turned.asset, facts=facts, actor=officer, business_date=today)

    return record


class TestAnotherFigure:
    def test_takes_the_place_of_the_one_before(self, turned: RedFlag, again: Any) -> None:
        assert "20,000 after 41,000" in turned.text
        again()
        flag = turned.asset.flags.get(code="counter_turned_back")
        assert (flag.pk, flag.state, flag.revision) == (turned.pk, "OPEN", 2)
        assert "4,000 after 41,000" in flag.text and flag.evidence == {"now": "4000", "before": "41000"}
        entry = AuditEntry.objects.get(action="red_flag.changed", target_id=str(flag.pk))
        assert "20,000" in entry.details["before"]["text"] and entry.details["text"] == flag.text

    def test_is_not_decided_by_who_read_the_one_before(self, turned: RedFlag, again: Any, approver: User, today: date) -> None:
        again()
        word: dict[str, Any] = {"uphold": False, "reason": "Repaired.", "actor": approver, "business_date": today}
        with pytest.raises(FlagChanged, match="4,000 after 41,000"):
            decide_flag(flag=turned, **word)
        assert (turned.state, turned.revision) == ("OPEN", 2)
        with pytest.raises(FlagChanged):
            decide_flag(flag=turned, seen=1, **word)
        assert decide_flag(flag=turned, seen=2, **word).state == "CLEARED"

    def test_is_shown_to_who_decides_on_an_old_page(self, turned: RedFlag, again: Any, approver: User, sign_in: SignIn) -> None:
        client, page = sign_in(approver), reverse("collateral:asset_detail", args=[turned.asset_id])
        decide, prefix = reverse("collateral:flag_decide", args=[turned.pk]), f"flag_{turned.pk}"
        word = {"outcome": "clear", "reason": "A new clock.", "seen": seen_in(client.get(page).text, prefix)}
        again()
        answer = client.post(decide, word)
        assert answer.status_code == 409 and "4,000 after 41,000" in answer.text and "A new clock." in answer.text
        turned.refresh_from_db()
        assert turned.state == "OPEN"
        assert client.post(decide, {**word, "seen": seen_in(answer.text, prefix)}).status_code == 302
        turned.refresh_from_db()
        assert turned.state == "CLEARED"

    def test_that_is_the_same_changes_nothing(self, turned: RedFlag, again: Any) -> None:
        again(20_000)
        again(50_000)
        turned.refresh_from_db()
        assert turned.revision == 1 and not AuditEntry.objects.filter(action="red_flag.changed").exists()

    def test_about_a_value_is_that_of_the_value_that_waits(
        self, ordered: Valuation, submit: Value, investigator: User, approver: User, today: date
    ) -> None:
        two = [("Lathe in Graz", Decimal(200_000)), ("Lathe in Brno", Decimal(200_000))]
        submit(ordered, "240000.00", comparables=two)
        old = RedFlag.objects.get(code="above_comparables")
        ordered.refresh_from_db()
        challenge_valuation(valuation=ordered, reason="Why?", actor=investigator, business_date=today)
        submit(ordered, "380000.00", comparables=two)
        assert "90% above" in RedFlag.objects.get(code="above_comparables", state="OPEN").text
        with pytest.raises(Conflict, match="already_advanced"):
            decide_flag(flag=old, uphold=False, reason="Rare.", actor=approver, business_date=today)


def test_of_several_invoices_and_debtors_all_are_told(register: Register, application: Application, officer: User, today: date) -> None:
    """Another one is added, and the first is not forgotten."""
    first = register(kind="RECEIVABLES", title_number="T-100", facts=GOOD["RECEIVABLES"], description="Invoices")
    other = register(application=another_application(application), kind="RECEIVABLES", title_number="T-200", description="More")
    for number in ("R-2", "R-3"):
        facts = {**GOOD["RECEIVABLES"], "invoice_number": number, "due_date": today + timedelta(days=30)}
        add_receivable(asset=first, facts=facts, actor=officer, business_date=today)
        add_receivable(asset=other, facts=facts, actor=officer, business_date=today)
    assert other.flags.get(code="invoice_elsewhere").evidence == {"elsewhere": first.reference, "invoice": "R-2; R-3"}
    for number, debtor in (("S-1", "Alder Workshop"), ("S-2", "ALDER workshop")):
        facts = {**GOOD["RECEIVABLES"], "invoice_number": number, "debtor_name": debtor, "due_date": today + timedelta(days=30)}
        add_receivable(asset=first, facts=facts, actor=officer, business_date=today)
    flag = first.flags.get(code="connected_debtor")
    assert (flag.evidence, flag.revision) == ({"debtor": "Alder Workshop; ALDER workshop"}, 2)
