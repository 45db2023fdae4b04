"""Partner endpoints of account statements and their imports."""

from __future__ import annotations

from typing import Any, ClassVar

from django.core.files.uploadedfile import UploadedFile
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from core.api.docs import reads, writes
from core.api.fields import StrictSerializer, TextField
from core.api.idempotency import idempotent
from core.api.views import FileView, PartnerView
from loans.api import exchange_shapes as shapes
from loans.models import Application, StatementImport
from loans.selectors.applications import access_partner_application
from loans.selectors.partner_files import access_partner_import, access_partner_loan
from loans.services.statement_imports import receive_statement


class StatementForm(StrictSerializer):
    """A statement file as multipart form data; `account` is needed only when the file does not name its account."""

    file = serializers.FileField(allow_empty_file=True)
    account = TextField(required=False, max_length=42)


def import_answer(statement: StatementImport) -> dict[str, Any]:
    """How far the reading of a file is."""
    return {
        "id": str(statement.pk),
        "status": statement.state,
        "lines": statement.lines,
        "accepted": statement.accepted,
        "duplicates": statement.duplicates,
        "errors": [{"line": fault["line"], "detail": fault["detail"]} for fault in statement.errors],
    }


class _Statements(FileView):
    scopes: ClassVar[dict[str, str]] = {"POST": "statements:write"}

    def receive(self, request: Request, application: Application) -> Response:
        sent = StatementForm.read(request.data)
        upload: UploadedFile[Any] = sent["file"]
        account = sent.get("account", "")
        statement = receive_statement(application=application, upload=upload, account=account, partner=self.partner, actor=None)
        return Response(import_answer(statement), status=202, headers={"Location": f"/api/v1/imports/{statement.pk}"})


class ApplicationStatements(_Statements):
    """`POST /applications/{id}/statements`."""

    @writes(shapes.ImportShape, request=StatementForm, status=202, media_type="multipart/form-data")
    @idempotent
    def post(self, request: Request, application_id: str) -> Response:
        """Send a statement of the applicant's account: CAMT.053, MT940, OFX, or CSV with the columns date, amount, currency and optionally
        account, id, text, counterparty, balance and code, which says what each payment is for (SALARY, LOAN, CASH_OUT … or a code of ISO
        20022). What no code says stays unknown.
        """
        return self.receive(request, access_partner_application(self.partner, application_id))


class LoanStatements(_Statements):
    """`POST /loans/{id}/statements`."""

    @writes(shapes.ImportShape, request=StatementForm, status=202, media_type="multipart/form-data")
    @idempotent
    def post(self, request: Request, loan_id: str) -> Response:
        """Send a statement of the borrower's account: CAMT.053, MT940, OFX, or CSV with the columns date, amount, currency and optionally
        account, id, text, counterparty, balance and code, which says what each payment is for (SALARY, LOAN, CASH_OUT … or a code of ISO
        20022). What no code says stays unknown.
        """
        return self.receive(request, access_partner_loan(self.partner, loan_id).application)


class ImportDetail(PartnerView):
    """`GET /imports/{id}`."""

    scopes: ClassVar[dict[str, str]] = {"GET": "statements:write"}

    @reads(shapes.ImportShape)
    def get(self, request: Request, import_id: str) -> Response:
        """Progress, lines read, duplicates, and errors with their line."""
        return Response(import_answer(access_partner_import(self.partner, import_id)))
