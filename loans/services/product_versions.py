"""New terms for a product: drafted by one person, offered when another has confirmed them. A version once offered is never changed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Max

from core import audit, four_eyes
from core.errors import Conflict, DomainError, Fault
from core.models import Proposal, User
from core.roles import Role
from loans.domain.product_terms import TERMS, check_product_terms
from loans.domain.quote import QuoteRefused, parse_terms
from loans.domain.schedule.engine import build_schedule
from loans.domain.schedule.terms import Schedule, ScheduleError
from loans.models import ApplicationOutcome, Product, ProductVersion
from loans.models.products import VersionState
from loans.services.contracts import contract_terms
from loans.services.products import faults_of_currency

ACTIVATION = "product_activation"
EDITORS = (Role.RISK_MANAGER,)
CONFIRMERS = (Role.RISK_MANAGER, Role.COMPLIANCE)


class UnableToChangeProduct(DomainError):
    """The product cannot be drafted, changed or proposed so."""

    title = "The product was not changed"
    messages = {
        "not_entitled": "Only a risk manager drafts and proposes the terms of a product.",
        "draft_open": "Version {number} is being drafted already. Change that one, or discard it.",
        "not_a_draft": "Only a draft can be changed, proposed or discarded; this version is {state}.",
        "proposed": "This version waits for a second person. Take the proposal back to change it.",
        "code_taken": "There is a product with this code already.",
        "invalid": "Some terms need attention.",
    }


@transaction.atomic
def draft_version(*, product: Product, actor: User, business_date: date, note: str = "") -> ProductVersion:
    """Begin a new version as a copy of the one offered now, else of the newest. Raises UnableToChangeProduct:
    `not_entitled`, `draft_open`.
    """
    _may_edit(actor)
    held = Product.objects.select_for_update().get(pk=product.pk)
    draft = held.versions.filter(state=VersionState.DRAFT).first()
    if draft is not None:
        raise UnableToChangeProduct("draft_open", number=draft.number)
    like = held.versions.filter(state=VersionState.ACTIVE).first() or held.versions.order_by("-number").first()
    assert like is not None  # a product begins with a version
    return _write_draft(held, terms_of(like), actor=actor, business_date=business_date, note=note)


@transaction.atomic
def draft_product(
    *, code: str, name: str, description: str, like: ProductVersion, actor: User, business_date: date, note: str = ""
) -> ProductVersion:
    """Begin a new product with a draft like a version of another one. Nothing is offered by that.

    Raises UnableToChangeProduct: `not_entitled`, `code_taken` with a fault at `code`.
    """
    _may_edit(actor)
    try:
        with transaction.atomic():
            product = Product.objects.create(code=code, name=name, description=description)
    except IntegrityError as error:
        fault = Fault("code", "taken", "There is a product with this code already.")
        raise UnableToChangeProduct("code_taken", faults=[fault]) from error
    return _write_draft(product, terms_of(like), actor=actor, business_date=business_date, note=note)


@transaction.atomic
def edit_version(*, version: ProductVersion, terms: Mapping[str, Any], note: str, actor: User, business_date: date) -> ProductVersion:
    """Change the terms of a draft. Who edits is among its editors from then on.

    Raises UnableToChangeProduct: `not_entitled`, `not_a_draft`, `proposed`, `invalid` with a fault per field.
    """
    _may_edit(actor)
    held = _lock_draft(version)
    check_terms(terms)
    for name in TERMS:
        setattr(held, name, terms[name])
    held.note, held.drafted_by = note, actor
    held.save()
    held.editors.add(actor)
    audit.record("product.edited", actor=actor, target=held, label=str(held), business_date=business_date, note=note)
    return held


@transaction.atomic
def propose_version(*, version: ProductVersion, actor: User, business_date: date) -> Proposal:
    """Ask for a second person's eyes on a draft. Raises UnableToChangeProduct, UnableToPropose."""
    _may_edit(actor)
    held = _lock_draft(version)
    check_terms(terms_of(held))
    return four_eyes.propose(
        kind=ACTIVATION,
        target=held,
        title=f"Offer {held}",
        roles=CONFIRMERS,
        actor=actor,
        content=_content(held),
        path=f"/products/{held.product.code}/?version={held.number}",
    )


@transaction.atomic
def confirm_version(*, version: ProductVersion, actor: User, business_date: date) -> ProductVersion:
    """Offer a proposed version and retire the one before it. Contracts keep the version they were made under. Neither who proposed it nor
    anybody who wrote in its draft confirms.

    Raises UnableToConfirm: `no_proposal`, `own_proposal`, `not_entitled`, `conflict_of_interest`, `changed`; UnableToChangeProduct
    `invalid`.
    """
    Product.objects.select_for_update().get(pk=version.product_id)
    held = ProductVersion.objects.select_for_update().select_related("product").get(pk=version.pk)
    proposal = _proposal(held)
    if faults := faults_of_currency(held.currency):
        raise UnableToChangeProduct("invalid", faults=faults)
    four_eyes.confirm(proposal, actor=actor, content=_content(held), barred=four_eyes.writers_of(held))
    if held.state != VersionState.DRAFT:
        raise Conflict("already_advanced", state=held.get_state_display())
    ProductVersion.objects.filter(product=held.product_id, state=VersionState.ACTIVE).update(state=VersionState.RETIRED)
    held.state, held.activated_date = VersionState.ACTIVE, business_date
    held.save(update_fields=["state", "activated_date"])
    audit.record("product.published", actor=actor, target=held, label=str(held), business_date=business_date)
    return held


@transaction.atomic
def reject_version(*, version: ProductVersion, reason: str, actor: User) -> Proposal:
    """Refuse a proposed version, or take one's own proposal back; it is a draft again. Raises UnableToConfirm."""
    return four_eyes.reject(_proposal(version), actor=actor, reason=reason)


@transaction.atomic
def discard_version(*, version: ProductVersion, actor: User, business_date: date) -> None:
    """Throw a draft away; a product that never had another version goes with it. Raises UnableToChangeProduct."""
    _may_edit(actor)
    held = _lock_draft(version)
    audit.record("product.discarded", actor=actor, target=held, label=str(held), business_date=business_date, note=held.note)
    product = held.product
    held.delete()
    if not product.versions.exists():
        product.delete()


def terms_of(version: ProductVersion) -> dict[str, Any]:
    """The terms of a version by field name."""
    return {name: getattr(version, name) for name in TERMS}


def check_terms(terms: Mapping[str, Any]) -> None:
    """Whether a product may be offered so: the fields by themselves, and schedules at both ends. Raises UnableToChangeProduct `invalid`."""
    faults = check_product_terms(terms) or faults_of_currency(terms["currency"])
    if not faults:
        version = ProductVersion(**terms)
        for amount, months in ((version.min_amount, version.max_term_months), (version.max_amount, version.min_term_months)):
            try:
                sample_schedule(version, amount=amount, term_months=months, start_date=date(2024, 1, 31))
            except (QuoteRefused, ScheduleError) as error:
                words = str(getattr(error, "detail", "") or error)
                faults = [Fault("method", "no_schedule", f"No schedule over {months} months can be made of these terms: {words}")]
    if faults:
        raise UnableToChangeProduct("invalid", faults=faults)


def sample_schedule(version: ProductVersion, *, amount: Decimal, term_months: int, start_date: date) -> Schedule:
    """What a contract over this amount and term would look like under a version, offered or not. Raises QuoteRefused, ScheduleError."""
    agreed = ApplicationOutcome(amount=amount, annual_rate=version.annual_rate, term_months=term_months)
    return build_schedule(parse_terms(contract_terms(version, agreed, start_date=start_date, first_due_date=None)))


def _write_draft(product: Product, terms: dict[str, Any], *, actor: User, business_date: date, note: str) -> ProductVersion:
    last = product.versions.aggregate(last=Max("number"))["last"] or 0
    version = ProductVersion.objects.create(product=product, number=last + 1, note=note, drafted_by=actor, **terms)
    version.editors.add(actor)
    audit.record("product.drafted", actor=actor, target=version, label=str(version), business_date=business_date, note=note)
    return version


def _lock_draft(version: ProductVersion) -> ProductVersion:
    held = ProductVersion.objects.select_for_update(of=("self",)).select_related("product").filter(pk=version.pk).first()
    if held is None:
        raise UnableToChangeProduct("not_a_draft", state="discarded")
    if held.state != VersionState.DRAFT:
        raise UnableToChangeProduct("not_a_draft", state=held.get_state_display().lower())
    if four_eyes.open_proposal(kind=ACTIVATION, target=held) is not None:
        raise UnableToChangeProduct("proposed")
    return held


def _proposal(version: ProductVersion) -> Proposal:
    proposal = four_eyes.open_proposal(kind=ACTIVATION, target=version)
    if proposal is None:
        raise four_eyes.UnableToConfirm("no_proposal")
    return proposal


def _content(version: ProductVersion) -> dict[str, Any]:
    """What the second person confirms. Amounts and rates as the database keeps them, so that a reload gives the same."""
    kept = ProductVersion.objects.get(pk=version.pk)
    return {"product": kept.product.code, "version": kept.number, "terms": terms_of(kept)}


def _may_edit(actor: User) -> None:
    if not actor.has_role(*EDITORS):
        raise UnableToChangeProduct("not_entitled")
