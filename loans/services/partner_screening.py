"""Screening at a partner's request: only of parties to its own open applications, with consent, and never with a reason."""

from __future__ import annotations

from datetime import date, timedelta
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from core import audit
from core.errors import DomainError, NotFound
from core.events import publish
from core.models import AuditEntry, PartnerClient
from loans.domain.states import OPEN_STATES
from loans.events import ScreeningProbed
from loans.models import Application
from loans.services.screening import screen_application

CONSENT = "screening"
# More requests than this within an hour look like probing and are told to people.
PROBING_PER_HOUR = 30


class UnableToScreen(DomainError):
    """The party cannot be screened for this partner."""

    title = "The screening was refused"
    messages = {
        "not_open": "Only parties of an open application are screened.",
        "no_consent": "The applicant's consent to screening is not on file with the application.",
    }


@transaction.atomic
def screen_for_partner(*, application: Application, party_id: str, partner: PartnerClient, business_date: date) -> str:
    """`clear` or `review`. A match puts the application on hold, as everywhere.

    Raises NotFound for a party of another application; UnableToScreen: `not_open`, `no_consent`.
    """
    if application.state not in {state.value for state in OPEN_STATES}:
        raise UnableToScreen("not_open")
    if not any(consent.get("kind") in (CONSENT, "bureau") for consent in application.consents if not consent.get("person")):
        raise UnableToScreen("no_consent")
    try:
        party = application.parties.select_related("borrower").get(pk=UUID(party_id))
    except (ValueError, application.parties.model.DoesNotExist):
        raise NotFound() from None
    clear = screen_application(application=application, purpose="api", actor=None, business_date=business_date, people=[party.borrower])
    audit.record("partner.screened", actor=None, actor_name=partner.name, target=application, business_date=business_date)
    since = timezone.now() - timedelta(hours=1)
    count = AuditEntry.objects.filter(action="partner.screened", actor_name=partner.name, at__gte=since).count()
    if count > PROBING_PER_HOUR and count % PROBING_PER_HOUR == 1:
        publish(ScreeningProbed(partner_id=str(partner.pk), count=count))
    return "clear" if clear and not application.sampled_for_review else "review"
