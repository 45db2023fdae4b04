"""Applications that another system took in long ago: kept with their day and their words, not held to today's product rules."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from django.db import transaction
from django.utils import timezone

from core import audit
from core.events import publish
from core.references import next_reference
from loans.domain.states import ApplicationState
from loans.events import ApplicationSubmitted
from loans.models import Application, ApplicationParty, Borrower, ProductVersion
from loans.models.applications import Channel
from loans.services.screening import screen_application
from loans.services.states import advance, came_in
from loans.services.worklist import decision_due


@transaction.atomic
def record_past_application(
    *,
    borrower: Borrower,
    version: ProductVersion,
    amount: Decimal,
    term_months: int,
    purpose_code: str,
    external_reference: str,
    business_date: date,
    actor_name: str,
) -> Application:
    """Take an application in as of the day it was made; once, whatever is repeated. Amount in the product's currency.

    It is screened and goes to investigation like any other. The product's limits are not asked: another bank's rules let it in.
    """
    earlier = Application.objects.filter(channel=Channel.IMPORT, borrower=borrower, external_reference=external_reference).first()
    if earlier is not None:
        return earlier
    application = Application(
        reference=next_reference("LA"),
        branch_id=borrower.branch_id,
        product_version=version,
        borrower=borrower,
        channel=Channel.IMPORT,
        external_reference=external_reference,
        amount=amount,
        currency=version.currency,
        term_months=term_months,
        purpose_code=purpose_code,
        payee_name=borrower.name,
        created_date=business_date,
    )
    application.save(force_insert=True)
    ApplicationParty.objects.create(application=application, borrower=borrower, part=ApplicationParty.Part.APPLICANT)
    came_in(application, (ApplicationState.DRAFT,), actor=None, actor_name=actor_name, business_date=business_date)
    advance(
        application,
        ApplicationState.SUBMITTED,
        actor=None,
        actor_name=actor_name,
        business_date=business_date,
        submitted_at=timezone.now(),
        submitted_date=business_date,
        due_date=decision_due(version, business_date),
    )
    screen_application(application=application, purpose="submission", actor=None, business_date=business_date)
    advance(application, ApplicationState.INVESTIGATING, actor=None, business_date=business_date)
    audit.record(
        "application.imported",
        actor=None,
        actor_name=actor_name,
        target=application,
        business_date=business_date,
        amount=amount,
        external_reference=external_reference,
    )
    publish(ApplicationSubmitted(application_id=str(application.pk)))
    return application
