"""Applications through the API: taken in, read, completed, decided, accepted, screened."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from core.events import deliver_pending
from core.models import AuditEntry, PartnerClient
from loans.models import Application, ApplicationHold, Document, ProductVersion, WebhookDelivery
from loans.services.applications import start_review
from loans.services.missing import Wanted, ask_for_missing
from loans.services.products import publish_product
from tests.api.client import Api, is_problem, pointers
from tests.api.conftest import MakeFile, application_form
from tests.api.test_loans import queries
from tests.loans.servicing.conftest import product_terms

pytestmark = pytest.mark.django_db


def draft(**changes: Any) -> dict[str, Any]:
    return application_form(**changes) | {"submit": False}


class TestIntake:
    def test_takes_an_application_in(self, api: Api, product: ProductVersion) -> None:
        answer = api.post("/applications", application_form(external_reference="theirs-1"))
        application = Application.objects.get()
        body = answer.json()
        assert answer.status_code == 201, body
        assert body == {
            "id": str(application.pk),
            "reference": application.reference,
            "status": "INVESTIGATING",
            "product": "consumer",
            "amount": "12000.00",
            "currency": "EUR",
            "term_months": 12,
            "external_reference": "theirs-1",
            "parties": [{"id": body["parties"][0]["id"], "role": "applicant", "name": "Mira Number1"}],
            "missing": [],
            "asked": None,
            "in_review": body["in_review"],
            "created_at": body["created_at"],
            "submitted_at": body["submitted_at"],
        }
        assert body["created_at"].endswith("Z") and body["submitted_at"].endswith("Z")
        assert (application.partner, application.channel, application.branch) == (api.partner, "PARTNER", api.partner.branch)
        read = api.get(f"/applications/{application.pk}")
        assert (read.json(), read.headers["ETag"]) == (body, answer.headers["ETag"])

    def test_keeps_a_draft_and_says_what_it_lacks(self, api: Api, branch: Any, today: Any) -> None:
        documents = [{"code": "payslips", "title": "Last three payslips"}]
        publish_product(
            code="consumer", name="Consumer", terms=product_terms(required_documents=documents), actor=None, business_date=today
        )
        answer = api.post("/applications", draft(amount="1.00"))
        body = answer.json()
        assert (answer.status_code, body["status"]) == (201, "DRAFT")
        assert {"kind": "document", "code": "payslips", "title": "Last three payslips"} in body["missing"]
        assert ("fact", "amount") in {(item["kind"], item["code"]) for item in body["missing"]}
        assert is_problem(api.post(f"/applications/{body['id']}/submit"), 422, "invalid")

    def test_keeps_the_device_to_itself(self, api: Api, product: ProductVersion) -> None:
        device = {"id": "install-7f3c91d2", "ip_address": "203.0.113.7"}
        answer = api.post("/applications", draft(device=device))
        assert answer.status_code == 201
        path = f"/applications/{answer.json()['id']}"
        submitted = api.post(f"{path}/submit")
        application = Application.objects.get()
        assert (submitted.status_code, application.device, application.network) == (200, "install-7f3c91d2", "203.000.113.007")
        told = (answer.content + submitted.content + api.get(path).content).decode()
        assert "device" not in told and "install-" not in told and "203." not in told
        wrong = api.post("/applications", draft(device={"id": 7, "ip_address": "300.1.1.1", "browser": "x"}))
        assert (wrong.status_code, set(pointers(wrong))) == (400, {"/device/id", "/device/ip_address", "/device/browser"})

    def test_names_every_fault_of_form_at_once(self, api: Api, product: ProductVersion) -> None:
        form = application_form(amount=12000, term_months="12", surplus=1, submit="yes", currency="eur")
        form["applicant"] |= {"birth_date": "12.4.1985", "shoe_size": 44, "income": [{"kind": "salary", "monthly_amount": "3,100.00"}]}
        form["purpose"]["payees"][0]["amount"] = "1e4"
        answer = api.post("/applications", form)
        assert is_problem(answer, 400, "invalid")
        assert pointers(answer) == {
            "/amount": "not_a_string",
            "/term_months": "invalid",
            "/surplus": "unknown_field",
            "/submit": "invalid",
            "/currency": "unknown_currency",
            "/applicant/birth_date": "invalid",
            "/applicant/shoe_size": "unknown_field",
            "/applicant/income/0/monthly_amount": "form",
            "/purpose/payees/0/amount": "form",
        }
        assert not Application.objects.exists()

    def test_refuses_surplus_decimals_wherever_money_stands(self, api: Api, product: ProductVersion) -> None:
        form = application_form(amount="12000.005")
        form["applicant"]["obligations"][0]["outstanding"] = "0.001"
        assert pointers(api.post("/applications", form)) == {
            "/amount": "surplus_decimals",
            "/applicant/obligations/0/outstanding": "surplus_decimals",
        }

    def test_names_every_rule_that_is_broken(self, api: Api, product: ProductVersion) -> None:
        form = application_form(amount="1.00", term_months=999)
        form["purpose"]["code"] = "yacht"
        form["applicant"]["birth_date"] = "2031-01-01"
        form["purpose"]["payees"][0]["iban"] = "DE00370400440532013000"
        answer = api.post("/applications", form)
        assert is_problem(answer, 422, "invalid")
        assert {"/amount", "/term_months", "/purpose/code", "/applicant/birth_date"} <= set(pointers(answer))
        assert not Application.objects.exists()

    def test_refuses_a_product_that_is_not_offered(self, api: Api, product: ProductVersion) -> None:
        answer = api.post("/applications", application_form(product="none"))
        assert is_problem(answer, 422) and pointers(answer) == {"/product": "unknown"}

    @pytest.mark.parametrize("name", ["status", "state", "branch", "partner", "officer", "score", "id"])
    def test_lets_nobody_set_what_is_ours(self, api: Api, product: ProductVersion, name: str) -> None:
        answer = api.post("/applications", application_form() | {name: "APPROVED"})
        assert is_problem(answer, 400) and pointers(answer) == {f"/{name}": "unknown_field"}

    @pytest.mark.parametrize("value", ["\x00", "a\x00b", "\ud800", "\ud83d\ude00", "\u202e", "=1+1", "'; DROP TABLE x; --"])
    def test_survives_any_text(self, api: Api, product: ProductVersion, value: str) -> None:
        form = application_form()
        form["applicant"]["name"] = value
        assert api.post("/applications", form).status_code in (201, 400, 422)

    def test_external_reference_gives_the_first_result_or_a_conflict(self, api: Api, product: ProductVersion) -> None:
        first = api.post("/applications", application_form(external_reference="theirs-1"))
        again = api.post("/applications", application_form(external_reference="theirs-1"))
        assert (again.status_code, again.json()["id"]) == (201, first.json()["id"])
        other = api.post("/applications", application_form(external_reference="theirs-1", term_months=24))
        assert is_problem(other, 409, "external_reference_reused")
        assert Application.objects.count() == 1


class TestReading:
    def test_lists_and_filters_own_applications(self, api: Api, other_api: Api, sent: MakeFile, partner: PartnerClient) -> None:
        first, second = sent(partner), sent(partner, submit=False)
        assert [row["id"] for row in api.get("/applications").json()["data"]] == [str(second.pk), str(first.pk)]
        assert [row["id"] for row in api.get("/applications?status=DRAFT").json()["data"]] == [str(second.pk)]
        assert [row["id"] for row in api.get(f"/applications?reference={first.reference}&product=consumer").json()["data"]] == [
            str(first.pk)
        ]
        assert other_api.get("/applications").json() == {"data": [], "next": None}

    def test_reads_a_page_in_a_constant_number_of_queries(self, api: Api, sent: MakeFile, partner: PartnerClient) -> None:
        # The token with its client; the partner; the business date; applications with product; parties; documents; holds; what is awaited.
        for _ in range(2):
            sent(partner)
            assert queries(api, "/applications") == 8

    @pytest.mark.parametrize(
        ("method", "tail"),
        [("GET", ""), ("GET", "/decision"), ("POST", "/submit"), ("POST", "/withdraw"), ("POST", "/accept")],
    )
    def test_hides_applications_of_others(self, other_api: Api, offered: MakeFile, partner: PartnerClient, method: str, tail: str) -> None:
        application = offered(partner)
        answers = [
            other_api.call(method, f"/applications/{name}{tail}", **{"Idempotency-Key": f"k-{name}"})
            for name in (application.pk, "00000000-0000-7000-8000-000000000000", "never")
        ]
        assert all(is_problem(answer, 404, "not_found") for answer in answers)
        assert answers[0].json() == answers[1].json() == answers[2].json()
        application.refresh_from_db()
        assert application.state == "OFFERED"

    def test_lists_products(self, api: Api, product: ProductVersion) -> None:
        body = api.get("/products").json()
        assert (body["data"][0]["code"], body["data"][0]["max_amount"], body["data"][0]["annual_rate"]) == ("consumer", "500000.00", "0.06")
        assert api.get("/products/consumer").json() == body["data"][0]
        assert is_problem(api.get("/products/none"), 404)


class TestSteps:
    def test_submits_a_draft_once(self, api: Api, product: ProductVersion) -> None:
        made = api.post("/applications", draft()).json()
        answer = api.post(f"/applications/{made['id']}/submit")
        assert (answer.status_code, answer.json()["status"]) == (200, "INVESTIGATING")
        assert is_problem(api.post(f"/applications/{made['id']}/submit"), 422, "not_a_draft")

    def test_takes_a_file(self, api: Api, sent: MakeFile, partner: PartnerClient, tmp_path: Path, settings: Any) -> None:
        settings.MEDIA_ROOT = str(tmp_path)
        application = sent(partner)
        answer = api.upload(
            f"/applications/{application.pk}/documents", {"kind": "payslips", "file": SimpleUploadedFile("payslip.pdf", b"%PDF-1.7 x")}
        )
        assert answer.status_code == 201, answer.json()
        assert (answer.json()["kind"], answer.json()["size"]) == ("payslips", 10)
        assert Document.objects.get().uploaded_by_name == "First Partner"

    @pytest.mark.parametrize(
        ("name", "content"),
        [("a.exe", b"MZ"), ("a.pdf", b"MZ\x90"), ("a.png", b"<script>"), ("a.pdf", b""), ("a.txt", b"\x00\x01"), ("noname", b"x")],
    )
    def test_refuses_a_file_that_is_not_what_it_says(
        self, api: Api, sent: MakeFile, partner: PartnerClient, tmp_path: Path, settings: Any, name: str, content: bytes
    ) -> None:
        settings.MEDIA_ROOT = str(tmp_path / "media")
        answer = api.upload(f"/applications/{sent(partner).pk}/documents", {"kind": "payslips", "file": SimpleUploadedFile(name, content)})
        assert is_problem(answer, 422)
        assert not Document.objects.exists() and not (tmp_path / "media").exists()

    def test_names_what_an_upload_lacks(self, api: Api, sent: MakeFile, partner: PartnerClient) -> None:
        answer = api.upload(f"/applications/{sent(partner).pk}/documents", {"knd": "payslips"})
        assert is_problem(answer, 400)
        assert pointers(answer) == {"/kind": "required", "/file": "required", "/knd": "unknown_field"}

    def test_says_what_the_applicant_is_asked_for_and_takes_it(
        self, api: Api, sent: MakeFile, partner: PartnerClient, officer: Any, tmp_path: Path, settings: Any, today: Any
    ) -> None:
        settings.MEDIA_ROOT = str(tmp_path)
        hook = {"url": "https://hooks.partner.example/x", "events": ["application.status_changed"]}
        assert api.post("/webhook-endpoints", hook).status_code == 201
        application = sent(partner)
        items = [Wanted("document", "payslips", "Last three payslips"), Wanted("fact", "savings", "Where the savings come from")]
        until = today + timedelta(days=30)
        ask_for_missing(application=application, items=items, text="Copies.", until=until, actor=officer, business_date=today)
        while deliver_pending():
            pass
        missing = [{"kind": one.kind, "code": one.code, "title": one.title} for one in items]
        body = api.get(f"/applications/{application.pk}").json()
        asked = {"text": "Copies.", "until": until.isoformat()}
        assert (body["status"], body["missing"], body["asked"]) == ("INCOMPLETE", missing, asked)
        assert api.get("/applications?status=INCOMPLETE").json()["data"] == [body]
        told = WebhookDelivery.objects.latest("id").payload["data"]
        assert (told["status"], told["missing"], told["until"]) == ("INCOMPLETE", missing, until.isoformat())
        path = f"/applications/{application.pk}/documents"
        first = api.upload(path, {"kind": "payslips", "file": SimpleUploadedFile("a.pdf", b"%PDF-1.7 a")})
        assert (first.status_code, first.json()["missing"]) == (201, missing[1:])
        last = api.upload(path, {"kind": "savings", "file": SimpleUploadedFile("b.pdf", b"%PDF-1.7 b")})
        assert (last.status_code, last.json()["missing"]) == (201, [])
        body = api.get(f"/applications/{application.pk}").json()
        assert (body["status"], body["missing"], body["asked"]) == ("INVESTIGATING", [], None)

    def test_withdraws_an_open_application(self, api: Api, sent: MakeFile, partner: PartnerClient) -> None:
        application = sent(partner)
        answer = api.post(f"/applications/{application.pk}/withdraw")
        assert (answer.status_code, answer.json()["status"]) == (200, "WITHDRAWN")
        assert is_problem(api.post(f"/applications/{application.pk}/withdraw"), 409)

    def test_tells_the_decision_when_there_is_one(self, api: Api, sent: MakeFile, offered: MakeFile, partner: PartnerClient) -> None:
        waiting = sent(partner)
        assert is_problem(api.get(f"/applications/{waiting.pk}/decision"), 404)
        start_review(application=waiting, actor=None, business_date=waiting.created_date)
        assert is_problem(api.get(f"/applications/{waiting.pk}/decision"), 404)
        body = api.get(f"/applications/{offered(partner).pk}/decision").json()
        assert body == {
            "outcome": "APPROVED",
            "amount": "12000.00",
            "currency": "EUR",
            "annual_rate": "0.06",
            "term_months": 12,
            "conditions": [],
            "reasons": [],
            "valid_until": "2026-04-01",
            "decided_at": body["decided_at"],
        }

    def test_accepts_an_offer_once(self, api: Api, offered: MakeFile, partner: PartnerClient) -> None:
        application = offered(partner)
        answer = api.post(f"/applications/{application.pk}/accept")
        assert (answer.status_code, answer.json()["status"]) == (200, "ACCEPTED")
        assert is_problem(api.post(f"/applications/{application.pk}/accept"), 409, "no_offer")

    @pytest.mark.parametrize("step", ["submit", "withdraw", "accept"])
    def test_takes_no_content(self, api: Api, offered: MakeFile, partner: PartnerClient, step: str) -> None:
        application = offered(partner)
        answer = api.post(f"/applications/{application.pk}/{step}", {"force": True})
        assert is_problem(answer, 400) and pointers(answer) == {"/force": "unknown_field"}
        application.refresh_from_db()
        assert application.state == "OFFERED"

    def test_heeds_if_match(self, api: Api, offered: MakeFile, partner: PartnerClient) -> None:
        application = offered(partner)
        tag = api.get(f"/applications/{application.pk}").headers["ETag"]
        assert is_problem(api.post(f"/applications/{application.pk}/accept", **{"If-Match": '"old"'}), 412, "changed_meanwhile")
        application.refresh_from_db()
        assert application.state == "OFFERED"
        assert api.post(f"/applications/{application.pk}/accept", **{"If-Match": f'"old", {tag}'}).status_code == 200
        assert is_problem(api.post(f"/applications/{application.pk}/withdraw", **{"If-Match": tag}), 412)


class TestScreening:
    def body(self, application: Application) -> dict[str, str]:
        return {"application": str(application.pk), "party": str(application.parties.get().pk)}

    def test_says_clear_or_review_and_never_why(self, api: Api, sent: MakeFile, partner: PartnerClient) -> None:
        application = sent(partner)
        Application.objects.update(sampled_for_review=False)
        answer = api.post("/screenings", self.body(application))
        assert (answer.status_code, answer.json()) == (200, {"result": "clear"})
        Application.objects.update(sampled_for_review=True)
        assert api.post("/screenings", self.body(application)).json() == {"result": "review"}
        assert AuditEntry.objects.filter(action="partner.screened", actor_name="First Partner").count() == 2

    def test_shows_a_hold_only_as_a_review(self, api: Api, sent: MakeFile, partner: PartnerClient) -> None:
        application = sent(partner)
        Application.objects.update(sampled_for_review=False)
        ApplicationHold.objects.create(application=application, reason="SCREENING", source="borrower:x")
        body = api.get(f"/applications/{application.pk}").json()
        assert body["in_review"] is True
        assert "SCREENING" not in str(body)

    def test_hides_parties_of_others(
        self, api: Api, other_api: Api, sent: MakeFile, partner: PartnerClient, other_partner: PartnerClient
    ) -> None:
        own, theirs = sent(partner), sent(other_partner)
        assert is_problem(other_api.post("/screenings", self.body(own)), 404)
        assert is_problem(api.post("/screenings", self.body(own) | {"party": self.body(theirs)["party"]}), 404)

    def test_needs_consent_and_an_open_application(self, api: Api, sent: MakeFile, partner: PartnerClient) -> None:
        without = sent(partner, consents=[])
        assert is_problem(api.post("/screenings", self.body(without)), 422, "no_consent")
        api.post(f"/applications/{without.pk}/withdraw")
        assert is_problem(api.post("/screenings", self.body(without)), 422, "not_open")

    def test_screens_no_free_names(self, api: Api) -> None:
        answer = api.post("/screenings", {"name": "Somebody"})
        assert is_problem(answer, 400)
        assert pointers(answer) == {"/application": "required", "/party": "required", "/name": "unknown_field"}
