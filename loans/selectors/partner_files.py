"""What a partner sees: the applications it sent and the loans that came of them. Somebody else's and unknown look alike."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import F, Prefetch, QuerySet, Sum

from core import access
from core.models import PartnerClient
from loans.models import Application, ApplicationHold, ApplicationParty, Instalment, Loan, StatementImport, WebhookDelivery, WebhookEndpoint
from loans.selectors.missing import open_requests

ZERO = Decimal(0)


def partner_applications(partner: PartnerClient) -> QuerySet[Application]:
    """The partner's own applications with parties, documents, holds and what is awaited: six queries at most however many there are."""
    parties = Prefetch("parties", ApplicationParty.objects.select_related("borrower").order_by("id"), to_attr="read_parties")
    holds = Prefetch("holds", ApplicationHold.objects.filter(released_at=None), to_attr="open_holds")
    asked = Prefetch("missing_requests", open_requests(), to_attr="read_requests")
    rows = Application.objects.filter(partner=partner).select_related("product_version__product")
    return rows.prefetch_related(parties, "documents", holds, asked)  # type: ignore[no-redef]  # the model names both, for the intake sets them too


def partner_loans(partner: PartnerClient) -> QuerySet[Loan]:
    """The loans that came of the partner's own applications."""
    return Loan.objects.filter(application__partner=partner).select_related("product_version__product", "application")


def access_partner_loan(partner: PartnerClient, public_id: str) -> Loan:
    """One of them by its public id, or NotFound."""
    return access.one(partner_loans(partner), public_id=public_id)


def access_partner_import(partner: PartnerClient, import_id: str) -> StatementImport:
    """One of the statements that the partner sent, or NotFound."""
    return access.one(StatementImport.objects.filter(partner=partner), pk=import_id)


def partner_endpoints(partner: PartnerClient) -> QuerySet[WebhookEndpoint]:
    """Where the partner wants to be told what happens."""
    return WebhookEndpoint.objects.filter(partner=partner, removed_at=None)


def access_partner_endpoint(partner: PartnerClient, endpoint_id: str) -> WebhookEndpoint:
    """One of them, or NotFound."""
    return access.one(partner_endpoints(partner).select_related("partner__branch"), pk=endpoint_id)


def access_partner_delivery(endpoint: WebhookEndpoint, delivery_id: str) -> WebhookDelivery:
    """One message to an endpoint, or NotFound."""
    return access.one(WebhookDelivery.objects.filter(endpoint=endpoint), pk=delivery_id)


@dataclass(frozen=True)
class Outstanding:
    """What is owed, in the loan's currency: principal not repaid, and of the rest what has fallen due."""

    principal: Decimal = ZERO
    interest: Decimal = ZERO
    fees: Decimal = ZERO
    penalty: Decimal = ZERO

    @property
    def total(self) -> Decimal:
        return self.principal + self.interest + self.fees + self.penalty


def outstanding_of(loans: Iterable[Loan], on: date) -> dict[int, Outstanding]:
    """What is owed of each loan on a business date, in one query, by the loan's key."""
    wanted = {loan.pk: loan for loan in loans}
    sums = (
        Instalment.objects.filter(loan__in=list(wanted), due_date__lte=on)
        .order_by()
        .values_list("loan_id")
        .annotate(
            interest=Sum(F("interest") - F("paid_interest")),
            fee=Sum(F("fee") - F("paid_fee")),
            penalty=Sum(F("penalty") - F("paid_penalty")),
        )
    )
    due = {key: parts for key, *parts in sums}
    return {key: Outstanding(loan.outstanding_principal, *due.get(key, ())) for key, loan in wanted.items()}
