"""Reads of one application's risk file: the investigation with its checks, the latest evaluation and score, decisions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet

from core import access
from core.models import User
from loans.models import Application, Document
from loans.selectors.applications import access_application, visible_applications
from risk.models import ChecklistItem, Decision, Investigation, PolicyEvaluation, Score

__all__ = ["access_application"]


@dataclass(frozen=True)
class InvestigationFile:
    """An investigation with its checks and the documents it may point to."""

    investigation: Investigation
    items: list[ChecklistItem]
    documents: list[Document]

    @property
    def settled(self) -> int:
        return sum(1 for item in self.items if item.state != ChecklistItem.State.OPEN)

    @property
    def open_required(self) -> int:
        return sum(1 for item in self.items if item.required and item.state == ChecklistItem.State.OPEN)


def handed_in_files_of(borrower_id: UUID) -> QuerySet[Application]:
    """What was handed in with this person among its parties, each application once."""
    return Application.objects.filter(parties__borrower=borrower_id).exclude(submitted_date=None).distinct()


def investigation_of(application: Application) -> InvestigationFile | None:
    """The investigation of an application with everything its panel shows: three queries."""
    found = Investigation.objects.filter(application=application).select_related("investigator", "signed_by").first()
    if found is None:
        return None
    found.application = application
    items = list(found.items.select_related("evidence", "done_by"))
    return InvestigationFile(found, items, list(Document.objects.filter(application=application)))


def access_item(user: User, application_id: UUID, item_id: UUID) -> ChecklistItem:
    """One check of this application, which the user may see, or NotFound."""
    rows = ChecklistItem.objects.filter(investigation__application__in=visible_applications(user).filter(pk=application_id))
    return access.one(rows.select_related("investigation__application"), pk=item_id)


def latest_evaluation(application: Application, *, by: datetime | None = None) -> PolicyEvaluation | None:
    """The evaluation that counts, or counted at a moment, with its score and versions: one query."""
    rows = PolicyEvaluation.objects.filter(application=application, **({"evaluated_at__lte": by} if by else {}))
    return rows.select_related("policy_version", "score__model_version").order_by("-id").first()


def latest_score(application: Application) -> Score | None:
    """The score that counts."""
    return Score.objects.filter(application=application).select_related("model_version").order_by("-id").first()


def list_decisions(application: Application) -> QuerySet[Decision]:
    """The decisions about an application, newest first."""
    return Decision.objects.filter(application=application).select_related("decided_by", "second_by")


def access_decision(user: User, decision_id: UUID) -> Decision:
    """One decision about an application the user may see, or NotFound."""
    rows = Decision.objects.filter(application__in=visible_applications(user))
    return access.one(rows.select_related("application__borrower", "application__branch", "decided_by", "second_by"), pk=decision_id)
