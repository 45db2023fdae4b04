"""Which version of the inspection settings is in force."""

from __future__ import annotations

from django.db.models import QuerySet

from collateral.domain.inspections import DEFAULT_RULES, InspectionRules, from_document
from collateral.models import InspectionSettings
from core import access
from core.models import User


def inspection_rules_in_force() -> InspectionRules:
    """The rules that hold now: the version in force, or the defaults of the code."""
    version = InspectionSettings.objects.filter(state=InspectionSettings.State.ACTIVE).first()
    return from_document(version.document) if version else DEFAULT_RULES


def list_inspection_settings() -> QuerySet[InspectionSettings]:
    """Versions of the settings, newest first."""
    return InspectionSettings.objects.select_related("proposed_by", "confirmed_by").order_by("-number")


def access_inspection_settings(user: User, settings_id: object) -> InspectionSettings:
    """One version of the settings."""
    return access.one(list_inspection_settings(), pk=settings_id)
