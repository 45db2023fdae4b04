"""The page of a bureau: a report ordered, watched and read, and consents given, each by whose work it is."""

from __future__ import annotations

from typing import Any

import pytest
from django.urls import reverse
from django.utils.html import strip_tags

from core.models import AuditEntry, Branch, User
from core.roles import Role
from risk.models import BureauReport, Investigation
from risk.services.bureau import (
    fetch_due,
)
from risk.web.panels import FILE_READERS
from tests.risk.conftest import TODAY, make_person
from tests.risk.files import add_document
from tests.risk.web.bureaus import Asked, Bureau, asked, bureau, report
from tests.risk.web.conftest import HTMX, SignIn, world

__all__ = ["asked", "bureau"]

pytestmark = pytest.mark.django_db


class TestPage:
    def test_is_ordered_watched_and_read(self, asked: Asked, bureau: Bureau, investigator: User, sign_in: SignIn) -> None:
        row = asked()
        client = sign_in(investigator)
        panel, order = (reverse(f"risk:bureau_{name}", args=[row.application_id]) for name in ("panel", "order"))
        assert 'hx-trigger="load delay:3s"' in client.get(panel, headers=HTMX).text
        again = client.post(order, {"bureau-party": str(row.borrower_id)}, headers=HTMX)
        assert again.status_code == 422 and "on its way already" in again.text
        bureau.answer = (200, b"nonsense", 0.0)
        fetch_due(business_date=TODAY)
        shown = client.get(panel, headers=HTMX).text
        assert "no JSON that can be read" in shown and "The policy refers the file" in shown and "hx-trigger" not in shown
        bureau.answer = (200, report(), 0.0)
        assert "The bureau is asked." in client.post(order, {"bureau-party": str(row.borrower_id)}, headers=HTMX).text
        fetch_due(business_date=TODAY)
        good = BureauReport.objects.get(state="RECEIVED")
        page = client.get(reverse("risk:bureau_report", args=[row.application_id, good.pk])).text
        assert "Other bank" in page and "9,000" in page
        assert AuditEntry.objects.filter(action="bureau.read", actor=investigator).count() == 1

    def test_tells_its_figures_on_the_page_alone_that_keeps_who_read_them(
        self, asked: Asked, bureau: Bureau, officer: User, sign_in: SignIn
    ) -> None:
        row = asked()
        fetch_due(business_date=TODAY)
        page = strip_tags(sign_in(officer).get(reverse("risk:bureau_panel", args=[row.application_id])).text)
        assert "SB-1" in page and "9,500" not in page and "350" not in page and "Worst delay" not in page
        assert not AuditEntry.objects.filter(action="bureau.read").exists()

    def test_takes_a_consent_with_its_day_and_paper(
        self, in_work: Investigation, bureau: Bureau, investigator: User, sign_in: SignIn
    ) -> None:
        application = in_work.application
        paper = add_document(application, "consent.pdf")
        client = sign_in(investigator)
        panel, consent, order = (reverse(f"risk:bureau_{name}", args=[application.pk]) for name in ("panel", "consent", "order"))
        page = client.get(panel).text
        assert "No consent on file" in page and "Record consent" in page and "Order report" not in page
        who = str(application.borrower_id)
        assert client.post(order, {"bureau-party": who}).status_code == 422, "not offered before the consent is there"
        sent = {"consent-party": who, "consent-given_date": "2999-01-01", "consent-document": str(paper.pk)}
        wrong = client.post(consent, sent, headers=HTMX)
        assert wrong.status_code == 422 and "given_date" in wrong.context["form"].errors
        unshown = client.post(consent, sent | {"consent-given_date": "2026-03-01", "consent-document": ""}, headers=HTMX)
        assert unshown.status_code == 422 and "document" in unshown.context["form"].errors and "No consent on file" in unshown.text
        answer = client.post(consent, sent | {"consent-given_date": "2026-03-01"}, headers=HTMX)
        assert answer.status_code == 200 and "recorded by Ida Investigator" in answer.text and "consent.pdf" in answer.text
        assert "Order report" in answer.text
        assert client.post(order, {"bureau-party": who}, headers=HTMX).status_code == 200
        assert BureauReport.objects.get().borrower_id == application.borrower_id

    def test_each_role_may_do_what_is_its_own_and_nothing_else(self, asked: Asked, bureau: Bureau, branch: Branch, sign_in: SignIn) -> None:
        row = asked()
        fetch_due(business_date=TODAY)
        before = {key: value for key, value in world().items() if key != "counts"}
        file, one = [row.application_id], [row.application_id, row.pk]
        for role in Role:
            client: Any = sign_in(make_person(f"one_{role.lower()}", branch, role))
            for address in (reverse("risk:bureau_panel", args=file), reverse("risk:bureau_report", args=one)):
                assert (client.get(address).status_code == 200) is (role in FILE_READERS), (role, address)
            if role != Role.INVESTIGATOR:
                sent = {"bureau-party": str(row.borrower_id)}
                assert client.post(reverse("risk:bureau_order", args=file), sent).status_code in (403, 404)
                given = {"consent-party": str(row.borrower_id), "consent-given_date": "2026-03-01"}
                assert client.post(reverse("risk:bureau_consent", args=file), given).status_code in (403, 404)
                assert client.post(reverse("risk:bureau_take", args=one)).status_code in (403, 404)
        assert {key: value for key, value in world().items() if key != "counts"} == before
        assert BureauReport.objects.count() == 1
