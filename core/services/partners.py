"""Partner systems: an OAuth2 client and the branch its applications go to."""

from __future__ import annotations

from django.db import transaction
from oauth2_provider.models import get_application_model

from core import audit
from core.models import Branch, PartnerClient, User

SCOPES = (
    "quotes",
    "applications:read",
    "applications:write",
    "loans:read",
    "payments:write",
    "statements:write",
    "screening",
    "webhooks",
)


@transaction.atomic
def register_partner(*, name: str, client_id: str, client_secret: str, branch: Branch, actor: User | None) -> PartnerClient:
    """Let a partner system in: client credentials at /oauth/token. The secret is kept hashed."""
    get_application_model().objects.create(
        name=name,
        client_id=client_id,
        client_secret=client_secret,
        client_type="confidential",
        authorization_grant_type="client-credentials",
    )
    partner = PartnerClient.objects.create(name=name, client_id=client_id, branch=branch)
    audit.record("partner.registered", actor=actor, target=partner, branch=branch, label=name)
    return partner
