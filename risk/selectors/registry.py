"""Reads of the registry: models and policies. They hold no borrower's data, so every branch sees them. Accounts' administrators do not, nor
do appraisers, who may be another house's people and find a value without knowing what hangs on it.
"""

from __future__ import annotations

from uuid import UUID

from django.db.models import QuerySet

from core import access
from core.models import User
from core.roles import Role
from risk.models import ModelDrift, ModelImpact, ModelVersion, PolicyVersion, TrainingRun
from risk.models.scoring import VersionState

READERS = frozenset(Role) - {Role.ADMINISTRATOR, Role.APPRAISER}


def list_models(user: User) -> QuerySet[ModelVersion]:
    """All versions, by population, newest first, without their definitions. One query."""
    rows = (
        ModelVersion.objects.select_related("trained_by", "activated_by")
        .defer("definition", "development", "classing")
        .order_by("name", "-number")
    )
    return rows if user.roles & READERS else rows.none()


def access_model(user: User, model_id: UUID) -> ModelVersion:
    """One model version, or NotFound."""
    rows = ModelVersion.objects.select_related("trained_by", "activated_by")
    return access.one(rows if user.roles & READERS else rows.none(), pk=model_id)


def list_trainings(user: User, newest: int = 5) -> list[TrainingRun]:
    """The newest orders to train a scorecard, with who gave them and what came of them. One query."""
    rows = TrainingRun.objects.select_related("ordered_by").defer("options", "sample").order_by("-id")
    return list(rows[:newest]) if user.roles & READERS else []


def access_training(user: User, training_id: UUID) -> TrainingRun:
    """One order to train a scorecard, or NotFound."""
    rows = TrainingRun.objects.select_related("ordered_by", "version", "based_on")
    return access.one(rows if user.roles & READERS else rows.none(), pk=training_id)


def drift_of(version: ModelVersion) -> list[ModelDrift]:
    """The stability of a version's score and factors by month, oldest first. One query."""
    return list(ModelDrift.objects.filter(model_version=version).order_by("month", "factor"))


def impact_on(version: ModelVersion) -> ModelImpact | None:
    """What a version did to the ages of who applied, as it was last measured. One query."""
    return ModelImpact.objects.filter(model_version=version).order_by("-month").first()


def list_policies(user: User) -> QuerySet[PolicyVersion]:
    """All versions of the policy, newest first."""
    rows = PolicyVersion.objects.select_related("drafted_by", "activated_by").order_by("-number")
    return rows if user.roles & READERS else rows.none()


def present_policy(user: User) -> PolicyVersion | None:
    """The version in force, else the newest, else None."""
    rows = list_policies(user)
    return rows.filter(state=VersionState.ACTIVE).first() or rows.first()


def access_policy(user: User, number: int) -> PolicyVersion:
    """The version of a number, or NotFound."""
    return access.one(list_policies(user), number=number)
