"""The page on which more people sign for an exposure before money leaves."""
# ruff: noqa: F811 -- fixtures are asked for by the names they are imported under

from __future__ import annotations

from typing import Any

from django.test import Client
from django.urls import reverse

from core.models import Branch, User
from core.roles import Role
from loans.models import Disbursement, Loan
from risk.models import ExposureSignature
from risk.web.panels import FILE_READERS
from tests.risk.conftest import make_person
from tests.risk.test_payout_authority import asked, beyond, matrix  # noqa: F401 -- fixtures
from tests.risk.web.conftest import HTMX, world


class TestPage:
    def at(self, loan: Loan) -> str:
        return reverse("risk:loan_authority", args=[loan.public_id])

    def signed_in(self, person: User) -> Client:
        client = Client()
        client.force_login(person)
        return client

    def test_says_what_to_do_and_lets_the_next_one_sign(self, beyond: Loan, asked: Disbursement, second_approver: User) -> None:
        client = self.signed_in(second_approver)
        page = client.get(reverse("loans:loan_detail", args=[beyond.public_id]))
        assert self.at(beyond) in page.text
        refused = client.post(reverse("loans:payout_confirm", args=[asked.pk]))
        assert refused.status_code == 422 and "under Authority on the page of the loan" in refused.text
        panel = client.get(self.at(beyond), headers=HTMX)
        assert "25,000 EUR" in panel.text and "It takes two people" in panel.text and "Carry 25,000 EUR" in panel.text
        assert client.post(self.at(beyond), {"reason": ""}).status_code == 422
        answer = client.post(self.at(beyond), {"reason": "Both secured."}, follow=True)
        assert "Carry 25,000" not in answer.text and "Both secured." in answer.text
        assert client.post(reverse("loans:payout_confirm", args=[asked.pk]), follow=True).status_code == 200
        asked.refresh_from_db()
        assert asked.state == "PAID"

    def test_is_read_by_those_who_handle_files_and_signed_by_deciders(self, beyond: Loan, branch: Branch, outsider: User) -> None:
        before = world()
        for role in Role:
            client = self.signed_in(make_person(f"some_{role.lower()}", branch, role))
            assert client.get(self.at(beyond)).status_code == (200 if role in FILE_READERS else 403), role
            if role not in (Role.APPROVER, Role.RISK_MANAGER):
                assert client.post(self.at(beyond), {"reason": "Fine."}).status_code == 403, role
        stranger = self.signed_in(outsider)
        assert (stranger.get(self.at(beyond)).status_code, stranger.post(self.at(beyond), {"reason": "Fine."}).status_code) == (404, 404)
        assert world() == before and not ExposureSignature.objects.exists()

    def test_costs_the_same_for_any_group(self, beyond: Loan, second_approver: User, django_assert_max_num_queries: Any) -> None:
        client = self.signed_in(second_approver)
        client.get(self.at(beyond))
        with django_assert_max_num_queries(42):
            client.get(self.at(beyond), headers=HTMX)
