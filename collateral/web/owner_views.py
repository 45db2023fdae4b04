"""Whose an asset is: a panel on its page, and a page where a change, a consent and a look into the registry are recorded."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from collateral.domain.ownership import show_share
from collateral.models import Asset, OwnerConsent, OwnerShare, Pledge
from collateral.selectors.assets import access_asset, access_pledge, is_blind
from collateral.selectors.owners import access_owner, consents_needed, list_ownerships, owners_on
from collateral.services.assets import TITLED_KINDS
from collateral.services.owners import RECORDERS, record_consent, record_ownership
from collateral.services.seen import OWNERS, ChangedMeanwhile, revision_of
from collateral.services.title_corrections import CONFIRMERS, barred_from
from collateral.services.title_corrections import KIND as CORRECTION
from collateral.web.owner_forms import (
    SPARE,
    ConsentForm,
    CorrectionForm,
    OwnersForm,
    TitleForm,
    TitleNumberForm,
    add_owner_faults,
    owner_rows,
    owners_as_initial,
    read_owners,
)
from core import four_eyes
from core.business_date import get_business_date
from core.errors import DomainError
from core.models import User
from core.web.access import STAFF, role_required
from core.web.http import HtmxRequest, add_faults, render_page
from core.web.second_person import SecondPersonForm


@role_required(*STAFF)
def owners(request: HtmxRequest, asset_id: UUID) -> HttpResponse:
    """Who owns an asset; sent, who owns it from a day on."""
    asset = access_asset(request.user, asset_id, valuing=True)
    if request.method != "POST":
        return owners_page(request, asset)
    if not request.user.has_role(*RECORDERS):
        raise PermissionDenied
    rows = sum(1 for name in request.POST if name.startswith("owner_") and name.endswith("_name"))
    form = OwnersForm(request.POST, rows=min(max(rows, 1), 50), auto_id="owners_%s")
    if form.is_valid():
        known = {owner.person.name.casefold(): owner.person for owner in asset.owners.select_related("person")}
        known |= {
            pledge.application.borrower.name.casefold(): pledge.application.borrower
            for pledge in asset.pledges.select_related("application__borrower")
            if pledge.application.borrower is not None
        }
        drafts = read_owners(form, known)
        if not form.errors:
            try:
                record_ownership(
                    asset=asset,
                    owners=drafts,
                    from_date=form.cleaned_data["from_date"],
                    reason=form.cleaned_data["reason"],
                    actor=request.user,
                    business_date=get_business_date(),
                    seen=form.cleaned_data["seen"],
                )
            except ChangedMeanwhile as refusal:
                form.renew(revision_of(asset, OWNERS))
                form.add_error(None, refusal.detail)
                return owners_page(request, asset, status=refusal.status, owners_form=form)
            except DomainError as refusal:
                add_owner_faults(form, refusal)
            else:
                messages.success(request, "The owners are kept.")
                return redirect("collateral:owners", asset.pk)
    return owners_page(request, asset, status=422, owners_form=form)


@require_POST
@role_required(*RECORDERS)
def consent_add(request: HtmxRequest, pledge_id: UUID, owner_id: UUID) -> HttpResponse:
    """Keep an owner's consent to a pledge."""
    pledge = access_pledge(request.user, pledge_id)
    owner = access_owner(request.user, owner_id)
    form = ConsentForm(request.POST, request.FILES, auto_id=f"consent_{pledge.pk}_{owner.pk}_%s")
    if form.is_valid():
        try:
            record_consent(
                owner=owner,
                pledge=pledge,
                given_date=form.cleaned_data["given_date"],
                upload=form.cleaned_data["document"],
                actor=request.user,
                business_date=get_business_date(),
            )
        except DomainError as refusal:
            add_faults(form, refusal)
        else:
            messages.success(request, f"The consent of {owner.person.name} is on file.")
            return redirect("collateral:owners", pledge.asset_id)
    return owners_page(request, pledge.asset, status=422, consent_form=form, consented=(pledge.pk, owner.pk))


def owners_page(
    request: HtmxRequest, asset: Asset, *, status: int = 200, consented: tuple[UUID, UUID] | None = None, **given: forms.Form
) -> HttpResponse:
    """The page of an asset's owners and its title, with the form that somebody filled in wrongly."""
    today = get_business_date()
    held = owners_on(asset, today)
    alone = is_blind(request.user, asset)
    may_record = request.user.has_role(*RECORDERS) and asset.state == Asset.State.REGISTERED
    blank = OwnersForm(
        rows=len(held) + SPARE,
        initial={**owners_as_initial(held), "from_date": today},
        revision=revision_of(asset, OWNERS) if may_record else "",
        auto_id="owners_%s",
    )
    owners_form = given.get("owners_form", blank)
    context: dict[str, Any] = {
        "asset": asset,
        "linked": True,
        "owners": [(row, show_share(row.share)) for row in held],
        "opens_people": not alone,
        # Whoever values finds the value alone, without what it secures.
        "consents": [] if alone else _consents(asset, held, given.get("consent_form"), consented),
        "checks": asset.title_checks.select_related("checked_by", "document"),
        "history": []
        if alone
        else [(held, [(row, show_share(row.share)) for row in held.shares.all()]) for held in list_ownerships(asset)],
        "may_record": may_record,
        "owners_form": owners_form,
        "rows": owner_rows(owners_form),
        "title_form": given.get("title_form")
        or (TitleForm(asset=asset, auto_id="title_%s", initial={"checked_date": today}) if may_record and asset.title_number else None),
        # Kept when it was sent too late, so that what was typed stays.
        "number_form": given.get("number_form")
        or (TitleNumberForm(auto_id="number_%s") if may_record and not asset.title_number and asset.kind in TITLED_KINDS else None),
        **({} if alone else _correction(asset, request.user, may_record, given)),
        "form": next(iter(given.values()), None),
    }
    return render_page(request, "collateral/owners.html", "collateral/_owners.html", status=status, **context)


def _correction(asset: Asset, user: User, may_record: bool, given: dict[str, forms.Form]) -> dict[str, Any]:
    """Another number of the title: what is proposed, and who may do what about it."""
    proposal = four_eyes.open_proposal(kind=CORRECTION, target=asset)
    own = proposal is not None and proposal.proposed_by_id == user.pk
    titled = bool(asset.title_number) and asset.kind in TITLED_KINDS and asset.state == Asset.State.REGISTERED
    return {
        "proposal": proposal,
        "decided": four_eyes.decided_proposals(kind=CORRECTION, target=asset),
        "may_decide": proposal is not None and not own and user.has_role(*CONFIRMERS) and user.pk not in barred_from(asset),
        "correction_form": given.get("correction_form") or CorrectionForm(auto_id="correction_%s")
        if may_record and titled and proposal is None
        else given.get("correction_form"),
        "decision": given.get("decision", SecondPersonForm(confirm="Put the number in place", reason_needed=False, auto_id="word_%s")),
    }


def _consents(
    asset: Asset, held: list[OwnerShare], sent: forms.Form | None, consented: tuple[UUID, UUID] | None
) -> list[tuple[Pledge, list[tuple[Any, OwnerConsent | None, forms.Form]]]]:
    """By pledge, whose consent it takes, what is on file of it, and the form that adds it."""
    pledges = list(asset.pledges.exclude(state__in=Pledge.GIVEN_BACK).select_related("application__borrower").order_by("rank", "id"))
    given = {(one.pledge_id, one.owner_id): one for one in OwnerConsent.objects.filter(pledge__in=pledges).select_related("document")}
    today = get_business_date()
    found = []
    for pledge in pledges:
        rows = []
        for owner in consents_needed(pledge, held):
            form = sent if sent is not None and consented == (pledge.pk, owner.pk) else None
            empty = ConsentForm(auto_id=f"consent_{pledge.pk}_{owner.pk}_%s", initial={"given_date": today})
            rows.append((owner, given.get((pledge.pk, owner.pk)), form or empty))
        found.append((pledge, rows))
    return found
