"""The registry of scorecards: trained, registered as a draft, proposed, confirmed by another person, and the old one retired."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import date
from typing import Any

import pandas as pd
from django.db import transaction
from django.db.models import Max

from core import audit, four_eyes
from core.errors import Conflict, DomainError, Fault
from core.models import Proposal, User
from core.roles import Role
from risk.domain.activation_grounds import Ground, grounds_against
from risk.domain.application_score import lacking_factors
from risk.domain.factor_forms import in_form, misread_factors
from risk.domain.scorecard import Card, GradeTable
from risk.domain.training_table import prepare
from risk.models import ModelVersion
from risk.models.scoring import VersionState
from risk.services.scorecard_learning import known_ages
from risk.services.scoring import BUSINESS, RETAIL
from risk.services.version_lock import MODELS, lock_versions

ACTIVATION = "model_activation"
PROPOSERS = (Role.RISK_MANAGER,)
CONFIRMERS = (Role.VALIDATOR,)
"""The second line, which develops none: nobody of the team that trains scorecards validates one."""


class UnableToRegisterModel(DomainError):
    """The model cannot be kept or proposed; `code` says why."""

    title = "This model cannot be registered"
    messages = {
        "unknown_population": "Models exist for the populations retail and business.",
        "not_entitled": "Only a risk manager registers and proposes models.",
        "not_a_draft": "Only a draft can be proposed; this version is {state}.",
        "unknown_factors": "The house knows nothing called {names} of an application, so this scorecard would score every file without. "
        "Leave out what is not named as a fact of the catalogue or a part of the request, and train it again.",
        "misread_factors": "An application does not say {names} in the form this scorecard learnt it in (words for a number, or numbers for "
        "words), so that no answer would find its bin. Train it again: the sample is brought into the form of an application first.",
        "grounds_unanswered": "Something is asked of a scorecard before it is in force that this one lacks. Choose why it may be all the same.",
        "grounds_unasked": "It was proposed before anybody was asked why it may be in force although something is missing. Refuse it: who proposes it again "
        "says why.",
        "statement_missing": "Write what you looked at and what you found: the document of the scorecard prints it.",
        "unreadable": "The definition is no scorecard this version reads: {detail}.",
    }


def data_fingerprint(frame: pd.DataFrame) -> str:
    """SHA-256 of the data in canonical form: CSV in UTF-8, columns by name, rows in the order given, newline ends."""
    ordered = frame[sorted(frame.columns, key=str)]
    return hashlib.sha256(ordered.to_csv(index=False, lineterminator="\n").encode()).hexdigest()


@transaction.atomic
def register_model(
    *,
    name: str,
    definition: dict[str, Any],
    metrics: dict[str, Any],
    development: dict[str, Any] | None = None,
    features: list[str],
    data_rows: int,
    fingerprint: str,
    actor: User | None,
    business_date: date,
) -> ModelVersion:
    """Keep a trained scorecard as a draft version of its population. `actor` None is the command line of the house.

    Raises UnableToRegisterModel: `unknown_population`, `not_entitled`, `unreadable`.
    """
    if name not in (RETAIL, BUSINESS):
        raise UnableToRegisterModel("unknown_population")
    if actor is not None and not actor.has_role(Role.RISK_MANAGER):
        raise UnableToRegisterModel("not_entitled")
    try:
        Card.from_dict(definition["card"])
        GradeTable.from_dict(definition["grades"])
    except (KeyError, TypeError, ValueError) as error:
        raise UnableToRegisterModel("unreadable", detail=str(error)) from error
    lock_versions(MODELS)
    last = ModelVersion.objects.filter(name=name).aggregate(last=Max("number"))["last"] or 0
    version = ModelVersion.objects.create(
        name=name,
        number=last + 1,
        definition=definition,
        metrics=metrics,
        development=development or {},
        features=features,
        data_rows=data_rows,
        data_fingerprint=fingerprint,
        trained_by=actor,
    )
    version.refresh_from_db()  # the definition as the database gives it back is what is hashed and replayed
    audit.record(
        "model.registered",
        actor=actor,
        target=version,
        label=str(version),
        business_date=business_date,
        rows=data_rows,
        fingerprint=fingerprint,
    )
    return version


def train_and_register(
    *,
    frame: pd.DataFrame,
    target: str,
    name: str,
    actor: User | None,
    business_date: date,
    positive: str | None = None,
    folds: int = 5,
    seed: int = 42,
    monotone: dict[str, int] | None = None,
    titles: dict[str, str] | None = None,
) -> ModelVersion:
    """Train a scorecard on past outcomes and keep it as a draft, with its measures per fold and the fingerprint of the data.

    `frame` has one row per past loan, columns named as the facts of the catalogue (or amount, term_months, purpose, product, industry,
    channel, amount_to_income). Raises UnfitData, UnableToRegisterModel.
    """
    # Only who learns loads scikit-learn.
    from risk.domain.development import develop

    formed, said = in_form(frame, leave=[target])
    prepared = prepare(formed, target, positive, business_date, remarks=said)
    found = develop(prepared, folds=folds, seed=seed, monotone=monotone, titles=titles, ages=known_ages(frame))
    return register_model(
        name=name,
        definition=found.definition,
        metrics=found.measures,
        development=found.document | {"sample": {"kind": "table", "rows": len(frame), "columns": len(frame.columns)}, "target": target},
        features=found.factors,
        data_rows=len(frame),
        fingerprint=data_fingerprint(frame),
        actor=actor,
        business_date=business_date,
    )


@transaction.atomic
def propose_activation(
    *, version: ModelVersion, actor: User, business_date: date, path: str = "", reasons: Mapping[str, str] | None = None
) -> Proposal:
    """Ask for a validator's eyes on a draft model. `reasons` answer, by the codes of `activation_grounds`, what stands against it: no trial
    on later loans, an adverse impact by age or none measured.

    Raises UnableToRegisterModel: `not_entitled`, `not_a_draft`, `unknown_factors`, `misread_factors`,
    `grounds_unanswered` with a fault per ground; UnableToPropose: `already_open`.
    """
    if not actor.has_role(*PROPOSERS):
        raise UnableToRegisterModel("not_entitled")
    if version.state not in (VersionState.DRAFT, VersionState.TESTED):
        raise UnableToRegisterModel("not_a_draft", state=version.get_state_display().lower())
    _check_factors(version)
    answered = _answered(version, reasons or {})
    proposal = four_eyes.propose(
        kind=ACTIVATION,
        target=version,
        title=f"Put the {version} in force",
        roles=CONFIRMERS,
        actor=actor,
        content=_content(version, answered),
        path=path,
    )
    ModelVersion.objects.filter(pk=version.pk, state=VersionState.DRAFT).update(state=VersionState.TESTED)
    version.refresh_from_db()
    return proposal


def _check_factors(version: ModelVersion) -> None:
    card = Card.from_dict(version.definition["card"])
    if lacking := lacking_factors(card):
        raise UnableToRegisterModel("unknown_factors", names=", ".join(lacking))
    if misread := misread_factors(card):
        raise UnableToRegisterModel("misread_factors", names=", ".join(misread))


def grounds_of(version: ModelVersion) -> list[Ground]:
    """What stands against putting a version in force."""
    return grounds_against(version.development, of_persons=version.name == RETAIL)


def _answered(version: ModelVersion, reasons: Mapping[str, str]) -> dict[str, str]:
    """The reasons for what stands against a version, and no others. Raises UnableToRegisterModel `grounds_unanswered`."""
    grounds = grounds_of(version)
    faults = [Fault(one.code, "required", one.words) for one in grounds if reasons.get(one.code) not in one.reasons]
    if faults:
        raise UnableToRegisterModel("grounds_unanswered", faults=faults)
    return {one.code: reasons[one.code] for one in grounds}


def makers_of(version: ModelVersion) -> frozenset[int]:
    """Who ordered the training, and everybody who drew bins for it or ever proposed it. Two queries."""
    proposers = {one.proposed_by_id for one in four_eyes.decided_proposals(kind=ACTIVATION, target=version)}
    return frozenset({*version.drawers.values_list("pk", flat=True), *proposers, version.trained_by_id} - {None})


@transaction.atomic
def confirm_activation(*, version: ModelVersion, actor: User, business_date: date, statement: str) -> ModelVersion:
    """Put a proposed model in force and retire the one before it. A validator confirms, and nobody who ever proposed or trained it or drew
    its bins, whatever their role is now. `statement` is what they looked at and found; the document of the scorecard prints it.

    Raises UnableToConfirm: `no_proposal`, `own_proposal`, `not_entitled`, `conflict_of_interest`, `changed`;
    UnableToRegisterModel: `unknown_factors`, `misread_factors`, `grounds_unasked`, `statement_missing`.
    """
    lock_versions(MODELS)
    proposal = four_eyes.open_proposal(kind=ACTIVATION, target=version)
    if proposal is None:
        raise four_eyes.UnableToConfirm("no_proposal")
    _check_factors(version)
    if not actor.has_role(*CONFIRMERS):
        # Asked here too: a proposal keeps the roles it was made with, and risk managers were among them once.
        raise four_eyes.UnableToConfirm("not_entitled")
    if not statement.strip():
        words = UnableToRegisterModel.messages["statement_missing"]
        raise UnableToRegisterModel("statement_missing", faults=[Fault("statement", "required", words)])
    try:
        answered = _answered(version, proposal.content.get("reasons", {}))
    except UnableToRegisterModel as refusal:
        raise UnableToRegisterModel("grounds_unasked") from refusal
    four_eyes.confirm(proposal, actor=actor, content=_content(version, answered), barred=makers_of(version), reason=statement.strip())
    ModelVersion.objects.filter(name=version.name, state=VersionState.ACTIVE).update(state=VersionState.RETIRED, retired_date=business_date)
    changed = ModelVersion.objects.filter(pk=version.pk, state=VersionState.TESTED).update(
        state=VersionState.ACTIVE, activated_by=actor, activated_date=business_date
    )
    version.refresh_from_db()
    if not changed:
        raise Conflict("already_advanced", state=version.get_state_display())
    audit.record(
        "model.activated", actor=actor, target=version, label=str(version), business_date=business_date, reason=statement.strip()[:200]
    )
    return version


@transaction.atomic
def reject_activation(*, version: ModelVersion, reason: str, actor: User, business_date: date) -> ModelVersion:
    """Refuse the proposed model, or take one's own proposal back; it is a draft again.

    Raises UnableToConfirm: `no_proposal`, `not_entitled`.
    """
    proposal = four_eyes.open_proposal(kind=ACTIVATION, target=version)
    if proposal is None:
        raise four_eyes.UnableToConfirm("no_proposal")
    four_eyes.reject(proposal, actor=actor, reason=reason)
    ModelVersion.objects.filter(pk=version.pk, state=VersionState.TESTED).update(state=VersionState.DRAFT)
    version.refresh_from_db()
    return version


def definition_hash(version: ModelVersion) -> str:
    """The hash decisions keep of the scorecard they stood on: canonical JSON, SHA-256."""
    return four_eyes.fingerprint(version.definition)


def _content(version: ModelVersion, reasons: Mapping[str, str]) -> dict[str, Any]:
    content = {"model": str(version), "definition": definition_hash(version), "data": version.data_fingerprint}
    return content | ({"reasons": dict(reasons)} if reasons else {})
