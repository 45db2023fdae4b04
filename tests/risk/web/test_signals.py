"""Fraud signals in the browser: the picture, the judgement, who may do what, and what another branch's file gives away."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.urls import reverse

from core.models import Branch, User
from core.roles import Role
from loans.models import Application
from loans.services.holds import is_held
from risk.services.fraud import UnableToJudgeSignal, judge_signal
from tests.risk.conftest import TODAY, make_person
from tests.risk.test_fraud_signals import IBAN, look
from tests.risk.web.conftest import HTMX, SignIn, world

pytestmark = pytest.mark.django_db
Make = Callable[..., Application]


class TestPage:
    def test_shows_who_shares_what_and_takes_a_judgement(self, file: Make, investigator: User, sign_in: SignIn) -> None:
        first = file(1, iban=IBAN, phone="+49 40 1")
        look(first)
        second = file(2, iban=IBAN, phone="+49 40 1")
        signals = look(second)
        client = sign_in(investigator)
        page = client.get(reverse("risk:signals_panel", args=[second.pk])).text
        assert f"{second.reference} shares phone, payee account with 1 other file." in page and "Bruno Castellani" in page
        address = reverse("risk:signal_judge", args=[second.pk, signals["PAYEE"].pk])
        before = world()
        assert client.post(address, {f"signal-{signals['PAYEE'].pk}-state": "EXPLAINED"}, headers=HTMX).status_code == 422
        assert world() == before
        sent = {f"signal-{signals['PAYEE'].pk}-{name}": value for name, value in {"state": "EXPLAINED", "reason": "One dealer."}.items()}
        assert "One dealer." in client.post(address, sent, headers=HTMX).text
        assert "Judged" in client.post(reverse("risk:signals_look", args=[second.pk]), follow=True).text or is_held(second)
        assert second.reference in client.get(reverse("risk:signal_list")).text

    def test_a_file_of_another_branch_is_not_named(self, file: Make, investigator: User, sign_in: SignIn) -> None:
        other = Branch.objects.create(code="B9", name="Lake")
        look(file(1, iban=IBAN, at=other))
        second = file(2, iban=IBAN)
        look(second)
        page = sign_in(investigator).get(reverse("risk:signals_panel", args=[second.pk])).text
        assert "a file of another branch" in page.lower() and "Castellani" not in page

    def test_each_role_may_do_what_is_its_own_and_nothing_else(self, file: Make, branch: Branch, sign_in: SignIn) -> None:
        look(file(1, iban=IBAN))
        second = file(2, iban=IBAN)
        signal = look(second)["PAYEE"]
        judges = {Role.INVESTIGATOR, Role.RISK_MANAGER, Role.COMPLIANCE}
        readers = judges | {Role.APPROVER, Role.AUDITOR}
        judge, again = (reverse("risk:signal_judge", args=[second.pk, signal.pk]), reverse("risk:signals_look", args=[second.pk]))
        for role in Role:
            client = sign_in(make_person(f"one_{role.lower()}", branch, role))
            for address in (reverse("risk:signals_panel", args=[second.pk]), reverse("risk:signal_list")):
                assert (client.get(address).status_code == 200) is (role in readers), (role, address)
            if role not in judges:
                before = world()
                assert {client.post(judge).status_code, client.post(again).status_code} <= {403, 404}, role
                assert world() == before
        with pytest.raises(UnableToJudgeSignal, match="not_entitled"):
            judge_signal(signal=signal, state="EXPLAINED", reason="x", actor=make_person("a", branch, Role.APPROVER), business_date=TODAY)
