"""The file of an asset: papers, its insurance, the liens of others on it, and photos."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from collateral.models import Asset, AssetDocument, InsurancePolicy, Lien
from collateral.selectors.asset_documents import papers_of
from collateral.selectors.assets import access_asset
from collateral.selectors.claims_ahead import KIND as CLAIM
from collateral.selectors.records import access_lien, access_policy
from collateral.services.asset_documents import KEEPERS
from collateral.services.claims_ahead import CONFIRMERS as CLAIM_CONFIRMERS
from collateral.services.claims_ahead import Place, decide_claim, propose_claim
from collateral.services.lien_ends import CONFIRMERS, decide_lien_end, open_lien_ends, propose_lien_end
from collateral.services.policy_ends import decide_policy_end, open_policy_ends, propose_policy_end
from collateral.services.ranks import next_free_rank
from collateral.services.records import RECORDERS, add_photo, record_insurance, record_lien
from collateral.web.asset_document_forms import ACCEPTED, PaperForm, ProvedForm
from core.business_date import get_business_date
from core.errors import DomainError
from core.four_eyes import open_proposal
from core.roles import Role
from core.web.access import STAFF, role_required, step_up_required
from core.web.fields import AmountField, DayField
from core.web.http import HtmxRequest, add_faults
from core.web.second_person import SecondPersonForm, carried_out, decided


class InsuranceForm(ProvedForm):
    """One policy."""

    proving = AssetDocument.Kind.INSURANCE_POLICY
    insurer = forms.CharField(label="Insurer", max_length=120)
    policy_number = forms.CharField(label="Policy number", max_length=60)
    sum_insured = AmountField(label="Insured sum")
    from_date = DayField(label="Covers from")
    until_date = DayField(label="Covers until")
    names_bank = forms.BooleanField(label="The insurer pays the bank", required=False)


class LienForm(ProvedForm):
    """A claim of somebody else."""

    proving = AssetDocument.Kind.LIEN_REGISTRATION
    of_others = True
    holder = forms.CharField(label="Whose claim", max_length=120)
    rank = forms.IntegerField(label="Rank", min_value=1, max_value=99)
    place = forms.ChoiceField(label="Where it stands", choices=[("", "That rank is free"), *Place.choices], required=False)
    amount = AmountField(label="Registered amount")
    registry_reference = forms.CharField(label="Registry reference", max_length=60)
    registered_date = DayField(label="Registered on")


class EndForm(forms.Form):
    """When a claim or a policy ended, how, and what shows it."""

    ended_date = DayField(label="Ended on")
    reason = forms.CharField(label="How it ended", max_length=500, widget=forms.Textarea(attrs={"rows": 2}))
    paper = forms.FileField(label="What shows it, PDF or picture", widget=forms.FileInput(attrs=ACCEPTED))


class PhotoForm(forms.Form):
    """A photo, as the phone gives it."""

    photo = forms.FileField(label="Photo", widget=forms.FileInput(attrs={"accept": "image/jpeg,image/png"}))


@role_required(*(STAFF - {Role.APPRAISER}))
def records(request: HtmxRequest, asset_id: UUID) -> HttpResponse:
    """What is on file of an asset, with the forms that add to it."""
    return records_page(request, access_asset(request.user, asset_id))


@require_POST
@role_required(*RECORDERS)
def insurance_add(request: HtmxRequest, asset_id: UUID) -> HttpResponse:
    """Keep a policy."""
    asset = access_asset(request.user, asset_id)
    form = InsuranceForm(request.POST, request.FILES, asset=asset)
    return _keep(request, asset, "insurance_form", form, record_insurance, "The policy is kept.")


@require_POST
@role_required(*RECORDERS)
def policy_end(request: HtmxRequest, policy_id: UUID) -> HttpResponse:
    """Say that a policy was ended before its last day."""
    policy = access_policy(request.user, policy_id)
    form = EndForm(request.POST, request.FILES, auto_id=f"end_{policy.pk}_%s")

    def propose() -> None:
        given = {**form.cleaned_data, "path": reverse("collateral:records", args=[policy.asset_id])}
        propose_policy_end(policy=policy, proof=given.pop("paper"), **given, actor=request.user, business_date=get_business_date())

    said = "That the policy ended is proposed. Until another person decides, it insures to that day."
    if carried_out(request, form, propose, said):
        return redirect("collateral:records", policy.asset_id)
    return records_page(request, policy.asset, status=422, sent_about=policy.pk, policy_form=form)


@require_POST
@role_required(*CONFIRMERS, *RECORDERS)
@step_up_required
def policy_end_decide(request: HtmxRequest, policy_id: UUID) -> HttpResponse:
    """The second person about the end of a policy; who proposed it may take it back."""
    policy = access_policy(request.user, policy_id)
    form = ended_word(request.POST, policy.pk)

    if decided(request, form, decide_policy_end, policy=policy):
        return redirect("collateral:records", policy.asset_id)
    return records_page(request, policy.asset, status=422, sent_about=policy.pk, policy_word=form)


@require_POST
@role_required(*RECORDERS)
def lien_add(request: HtmxRequest, asset_id: UUID) -> HttpResponse:
    """Keep a claim of somebody else; before or beside what has its rank, ask a second person."""
    asset = access_asset(request.user, asset_id)
    form = LienForm(request.POST, request.FILES, asset=asset, auto_id="lien_%s")
    asked = bool(request.POST.get("place"))

    def keep(*, place: str, **claim: Any) -> object:
        if place:
            return propose_claim(place=place, **claim, path=reverse("collateral:records", args=[asset.pk]))
        return record_lien(**claim)

    said = "The claim is proposed. Another person confirms where it stands; until then no more is lent on the asset."
    return _keep(request, asset, "lien_form", form, keep, said if asked else "The claim is kept.")


@require_POST
@role_required(*CLAIM_CONFIRMERS, *RECORDERS)
@step_up_required
def lien_add_decide(request: HtmxRequest, asset_id: UUID) -> HttpResponse:
    """The second person about a claim before or beside what has its rank; who proposed it may take it back."""
    asset = access_asset(request.user, asset_id)
    form = claim_word(request.POST)

    if decided(request, form, decide_claim, asset=asset):
        return redirect("collateral:records", asset.pk)
    return records_page(request, asset, status=422, claim_word=form)


@require_POST
@role_required(*RECORDERS)
def photo_add(request: HtmxRequest, asset_id: UUID) -> HttpResponse:
    """Keep a photo."""
    asset = access_asset(request.user, asset_id)

    def keep(*, photo: Any, **rest: Any) -> object:
        return add_photo(upload=photo, **rest)

    return _keep(request, asset, "photo_form", PhotoForm(request.POST, request.FILES), keep, "The photo is kept.")


@require_POST
@role_required(*RECORDERS)
def lien_end(request: HtmxRequest, lien_id: UUID) -> HttpResponse:
    """Say that a claim of somebody else stands no more."""
    lien = access_lien(request.user, lien_id)
    form = EndForm(request.POST, request.FILES, auto_id=f"end_{lien.pk}_%s")

    def propose() -> None:
        sent = {name: form.cleaned_data[name] for name in ("ended_date", "reason")}
        path = reverse("collateral:records", args=[lien.asset_id])
        today = get_business_date()
        propose_lien_end(lien=lien, **sent, proof=form.cleaned_data["paper"], actor=request.user, business_date=today, path=path)

    if carried_out(request, form, propose, "That the claim ended is proposed. Another person confirms it."):
        return redirect("collateral:records", lien.asset_id)
    return records_page(request, lien.asset, status=422, sent_about=lien.pk, end_form=form)


@require_POST
@role_required(*CONFIRMERS, *RECORDERS)
@step_up_required
def lien_end_decide(request: HtmxRequest, lien_id: UUID) -> HttpResponse:
    """The second person about the end of a claim; who proposed it may take it back."""
    lien = access_lien(request.user, lien_id)
    form = ended_word(request.POST, lien.pk)

    if decided(request, form, decide_lien_end, lien=lien):
        return redirect("collateral:records", lien.asset_id)
    return records_page(request, lien.asset, status=422, sent_about=lien.pk, end_word=form)


def ended_word(sent: Any, about: UUID) -> SecondPersonForm:
    """The second person's form about one claim or policy of several on the page."""
    return SecondPersonForm(sent, confirm="It has ended", reason_needed=False, auto_id=f"word_{about}_%s")


def claim_word(sent: Any = None) -> SecondPersonForm:
    """The second person's form about a claim before or beside what has its rank."""
    return SecondPersonForm(sent, confirm="The registry shows it there", reason_needed=False, auto_id="claim_%s")


def _keep(request: HtmxRequest, asset: Asset, name: str, form: forms.Form, keep: Callable[..., object], done: str) -> HttpResponse:
    if form.is_valid():
        try:
            sent = {**form.written(), "proof": form.proof()} if isinstance(form, ProvedForm) else form.cleaned_data
            keep(asset=asset, **sent, actor=request.user, business_date=get_business_date())
        except DomainError as refusal:
            add_faults(form, refusal)
        else:
            messages.success(request, done)
            return redirect("collateral:records", asset.pk)
    given: dict[str, Any] = {name: form}
    return records_page(request, asset, status=422, **given)


def records_page(
    request: HtmxRequest, asset: Asset, *, status: int = 200, sent_about: UUID | None = None, **given: forms.Form
) -> HttpResponse:
    """What is on file of an asset, with the form that somebody filled in wrongly; `sent_about` is the claim or policy that it was about."""
    today = get_business_date()
    may_record = request.user.has_role(*RECORDERS)
    policies = list(asset.policies.select_related("recorded_by", "document", "end_document"))
    liens = list(asset.liens.select_related("recorded_by", "document", "end_document"))
    ends, lien_ends = open_policy_ends(policies), open_lien_ends(liens)

    def sent(name: str, row: InsurancePolicy | Lien) -> forms.Form | None:
        return given.get(name) if row.pk == sent_about else None

    def end_form(row: InsurancePolicy | Lien) -> EndForm:
        return EndForm(auto_id=f"end_{row.pk}_%s", initial={"ended_date": today})

    context: dict[str, Any] = {
        "asset": asset,
        "today": today,
        "policies": [
            (
                policy,
                sent("policy_form", policy) or end_form(policy),
                ends.get(str(policy.pk)),
                sent("policy_word", policy) or ended_word(None, policy.pk),
            )
            for policy in policies
        ],
        "liens": [
            (
                lien,
                sent("end_form", lien) or end_form(lien),
                lien_ends.get(str(lien.pk)),
                sent("end_word", lien) or ended_word(None, lien.pk),
            )
            for lien in liens
        ],
        "claim": open_proposal(kind=CLAIM, target=asset),
        "claim_word": claim_word(),
        "may_confirm_claim": request.user.has_role(*CLAIM_CONFIRMERS),
        "may_confirm_end": request.user.has_role(*CONFIRMERS),
        "photos": asset.photos.select_related("document", "added_by"),
        "papers": papers_of(asset, request.user),
        "may_record": may_record,
        "may_keep_papers": request.user.has_role(*KEEPERS),
        "insurance_form": InsuranceForm(asset=asset, initial={"from_date": today}) if may_record else None,
        "lien_form": LienForm(asset=asset, auto_id="lien_%s", initial={"rank": next_free_rank(asset)}) if may_record else None,
        "photo_form": PhotoForm(),
        "paper_form": PaperForm(auto_id="paper_%s", initial={"paper_date": today}),
        "form": next(iter(given.values()), None),
        **given,
    }
    return render(request, "collateral/records.html", context, status=status)
