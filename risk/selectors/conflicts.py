"""Who may not decide an application, because of what they did for it. The conflict follows the person over the file's life."""

from __future__ import annotations

from typing import Any

from django.db.models import CharField, Exists, OuterRef, QuerySet, Value
from django.db.models.functions import Cast

from collateral.selectors.assets import valuations_for
from core.models import User
from loans.models import Application, StateChange
from risk.models import ChecklistItem, Explanation, Fact, FieldRecord, FileAudit, FraudSignal, Investigation


def people_on_file(application: Application) -> dict[int, str]:
    """User id → what that person did: took the file in, investigated it, signed the investigation, appraised or accepted for it. One query."""
    found: dict[int, str] = {application.officer_id: "took the application in"} if application.officer_id else {}
    deeds = _deeds(application.pk, str(application.pk))
    first, *others = [rows.order_by().values_list(field, Value(number)) for number, (rows, field, _) in enumerate(deeds)]
    for person, number in sorted(first.union(*others), key=lambda deed: deed[1]):
        if person is not None:
            found.setdefault(person, deeds[number][2])
    return found


def without_conflict(rows: QuerySet[Application], user: User) -> QuerySet[Application]:
    """The applications that `people_on_file` would not name this person for: the same question, asked of many files at once."""
    deeds = _deeds(OuterRef("pk"), Cast(OuterRef("pk"), CharField()))
    return rows.exclude(officer=user).filter(*(~Exists(done.filter(**{field: user.pk})) for done, field, _ in deeds))


def _deeds(file: Any, as_text: Any) -> list[tuple[QuerySet[Any], str, str]]:
    """Rows about a file that name a person, the field that does, and what the person did. `file` is its key, or stands for one."""
    submitted = StateChange.objects.filter(target_type=Application._meta.label_lower, target_id=as_text, new_state="SUBMITTED")
    investigation = Investigation.objects.filter(application=file)
    valuations = valuations_for(file)
    return [
        (submitted, "actor_id", "took the application in"),
        (investigation, "investigator_id", "investigated the file"),
        (ChecklistItem.objects.filter(investigation__application=file), "done_by_id", "investigated the file"),
        (investigation, "signed_by_id", "signed the investigation"),
        (Fact.objects.filter(application=file), "author_id", "investigated the file"),
        (FraudSignal.objects.filter(application=file), "decided_by_id", "judged a fraud signal of the file"),
        (FieldRecord.objects.filter(application=file), "recorded_by_id", "visited for the file"),
        (Explanation.objects.filter(application=file), "author_id", "investigated the file"),
        (FileAudit.objects.filter(application=file), "reported_by_id", "recorded an audit of the file"),
        (valuations, "appraiser_id", "appraised collateral for the file"),
        (valuations, "decided_by_id", "decided on a valuation for the file"),
    ]
