"""Who may not decide an application, because of what they did for it. The conflict follows the person over the file's life."""

from __future__ import annotations

from collections.abc import Iterable

from collateral.models import Valuation
from collateral.selectors.assets import appraised_by
from loans.models import Application, StateChange
from risk.models import ChecklistItem, Explanation, Fact, FieldRecord, FileAudit, FraudSignal, Investigation


def people_on_file(application: Application) -> dict[int, str]:
    """User id → what that person did: took the file in, investigated it, signed the investigation, appraised or accepted for it."""
    found: dict[int, str] = {}

    def add(people: Iterable[int | None], what: str) -> None:
        for person in people:
            if person is not None:
                found.setdefault(person, what)

    add([application.officer_id], "took the application in")
    add(_submitters(application), "took the application in")
    investigation = Investigation.objects.filter(application=application).first()
    if investigation is not None:
        add([investigation.investigator_id], "investigated the file")
        add(ChecklistItem.objects.filter(investigation=investigation).values_list("done_by_id", flat=True), "investigated the file")
        add([investigation.signed_by_id], "signed the investigation")
    add(Fact.objects.filter(application=application, author__isnull=False).values_list("author_id", flat=True), "investigated the file")
    add(FraudSignal.objects.filter(application=application).values_list("decided_by_id", flat=True), "judged a fraud signal of the file")
    add(FieldRecord.objects.filter(application=application).values_list("recorded_by_id", flat=True), "visited for the file")
    add(Explanation.objects.filter(application=application).values_list("author_id", flat=True), "investigated the file")
    add(FileAudit.objects.filter(application=application).values_list("reported_by_id", flat=True), "recorded an audit of the file")
    add(appraised_by(application), "appraised collateral for the file")
    valuations = Valuation.objects.filter(asset__pledges__application=application)
    add(valuations.values_list("decided_by_id", flat=True), "decided on a valuation for the file")
    return found


def _submitters(application: Application) -> list[int | None]:
    return list(
        StateChange.objects.filter(
            target_type=application._meta.label_lower, target_id=str(application.pk), new_state="SUBMITTED"
        ).values_list("actor_id", flat=True)
    )
