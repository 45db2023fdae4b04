"""A whole application through one call, as the partner API, the simulator and imports hand it in: never a draft, so its rows are
written once each, and those of a kind together.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from core import audit
from core.bulk_rows import insert_rows
from core.events import publish_all
from core.models import Branch, PartnerClient, User
from core.roles import Role
from loans.domain.states import ApplicationState
from loans.events import ApplicationSubmitted
from loans.models import Application, ProductVersion
from loans.selectors.otherwise import otherwise_of
from loans.services.applications import (
    ExternalReferenceReused,
    UnableToSubmit,
    checked,
    earlier_application,
    fill_in,
    new_application,
    parties_of,
    start_application,
    submit_application,
)
from loans.services.borrowers import find_or_save_parties
from loans.services.screening import screen_application
from loans.services.states import way_in
from loans.services.worklist import decision_due

WAY_IN = (ApplicationState.DRAFT, ApplicationState.SUBMITTED, ApplicationState.INVESTIGATING)


def intake_application(
    *,
    data: dict[str, Any],
    branch: Branch,
    actor: User | None,
    business_date: date,
    partner: PartnerClient | None = None,
    external_reference: str | None = None,
    submit: bool = True,
    version: ProductVersion | None = None,
) -> Application:
    """Take an application in and, unless `submit` is false, hand it in: checked, its parties found or made, screened, told to the world.

    With an external reference that the partner used for the same content, the first application is returned. `version` is the
    product's version in force when the caller has read it. Nothing is stored when it is refused.
    Raises UnableToSubmit, ExternalReferenceReused; UnableToSaveDraft without `submit`.
    """
    try:
        with transaction.atomic():
            if not submit:
                return start_application(
                    branch=branch,
                    actor=actor,
                    business_date=business_date,
                    data=data,
                    partner=partner,
                    external_reference=external_reference,
                )
            if actor is not None and not actor.has_role(Role.OFFICER):
                raise UnableToSubmit("not_entitled")
            earlier = earlier_application(partner, external_reference, data)
            if earlier is not None:
                is_draft = earlier.state == ApplicationState.DRAFT
                return submit_application(application=earlier, actor=actor, business_date=business_date) if is_draft else earlier
            return _hand_in(data, version, branch, actor, business_date, partner, external_reference)
    except IntegrityError as error:
        if "application_external_reference_once" not in str(error):
            raise
        first = Application.objects.get(partner=partner, external_reference=external_reference)
        raise ExternalReferenceReused("external_reference_reused", reference=first.reference) from error


def _hand_in(
    data: dict[str, Any],
    version: ProductVersion | None,
    branch: Branch,
    actor: User | None,
    business_date: date,
    partner: PartnerClient | None,
    external_reference: str | None,
) -> Application:
    intake, version = checked(data, business_date, version)
    application = new_application(
        branch=branch, actor=actor, business_date=business_date, data=data, partner=partner, external_reference=external_reference
    )
    parties, made = find_or_save_parties(intake.parties, branch=branch, actor=actor)
    fill_in(application, intake, version, parties, actor)
    application.state = WAY_IN[-1]
    application.submitted_at = timezone.now()
    application.submitted_date = business_date
    application.due_date = decision_due(version, business_date)
    application.read_parties = list(parties_of(application, parties))
    name = partner.name if partner else ""
    steps, told = way_in(application, WAY_IN, actor=actor, actor_name=name, business_date=business_date)
    insert_rows([application, *application.read_parties, *steps])
    about: dict[str, Any] = {"actor": actor, "target": application, "business_date": business_date}
    is_clear = screen_application(
        application=application,
        purpose="submission",
        actor=actor,
        business_date=business_date,
        people=list(dict.fromkeys(one.borrower for one in parties)),
        otherwise=otherwise_of(application.read_parties),
        told=[
            audit.entry("application.started", actor_name=name, **about),
            *(audit.entry("borrower.created", actor=actor, target=borrower, business_date=business_date) for borrower in made),
            audit.entry("application.submitted", amount=intake.amount, product=version.product.code, **about),
        ],
    )
    if is_clear:
        application.open_holds = []
    publish_all([*told, ApplicationSubmitted(application_id=str(application.pk))])
    return application
