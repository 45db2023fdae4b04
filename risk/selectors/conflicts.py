"""Who may not decide an application, because of what they did for it. The conflict follows the person over the file's life."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db.models import CharField, Exists, F, Model, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Cast

from collateral.selectors.assets import flags_for, valuations_for
from core.models import User
from core.roles import Role
from loans.models import Application, CustomerAmendment, Document, MissingItem, StatementImport
from loans.selectors.intake_hands import intake_deeds, took_in
from loans.selectors.interests import has_interest, interests_in
from risk.domain.statement_window import WINDOW_DAYS
from risk.domain.states import DecisionOutcome
from risk.models import (
    AnnualAccounts,
    BureauReport,
    ChecklistItem,
    CommitteeVote,
    Decision,
    Explanation,
    Fact,
    FieldRecord,
    FileAudit,
    FraudSignal,
    InvestigationStep,
    Recommendation,
    RegisteredAddress,
    SecondLook,
)

Did = InvestigationStep.Did
SIGNERS = (Role.INVESTIGATOR, Role.RISK_MANAGER)
TOOK_IN = "took the application in"


def people_on_file(application: Application) -> dict[int, str]:
    """User id → what that person did: took the file in, investigated it, signed the investigation, appraised or accepted for it.
    One query.
    """
    found: dict[int, str] = {application.officer_id: TOOK_IN} if application.officer_id else {}
    deeds = _deeds(application.pk, str(application.pk))
    first, *others = [rows.order_by().values_list(field, Value(number)) for number, (rows, field, _) in enumerate(deeds)]
    for person, number in sorted(first.union(*others), key=lambda deed: deed[1]):
        if person is not None:
            found.setdefault(person, deeds[number][2])
    return found


def part_in(user: User, application: Application) -> str:
    """What this person did on the way to a decision or in it, in words; empty where nothing. Who recorded an audit had no part in it: they
    brought in what somebody else found.
    """
    if took_in(user, application):
        return TOOK_IN
    if user.pk in investigators_of(application, besides=FileAudit):
        return "worked on the investigation"
    if signed(application.pk).filter(person=user).exists():
        return "signed the investigation"
    return next((words for rows, field, words in decided_on(application.pk) if rows.filter(**{field: user.pk}).exists()), "")


def any_part(user: User, application: Application) -> str:
    """What this person did for a file or in a decision about it, whatever became of it, in words; empty where nothing. Who had any part
    takes no second look.
    """
    return people_on_file(application).get(user.pk) or part_in(user, application)


def without_conflict(rows: QuerySet[Application], user: User) -> QuerySet[Application]:
    """The applications that `people_on_file` would not name this person for: the same question, asked of many files at once."""
    deeds = _deeds(OuterRef("pk"), Cast(OuterRef("pk"), CharField()))
    return rows.exclude(officer=user).filter(*(~Exists(done.filter(**{field: user.pk})) for done, field, _ in deeds))


def without_part(rows: QuerySet[SecondLook], user: User) -> QuerySet[SecondLook]:
    """The requests on whose files `any_part` would not name this person: the same question, asked of many at once."""
    file = OuterRef("application_id")
    deeds = [*_deeds(file, Cast(file, CharField())), *decided_on(file)]
    return rows.exclude(application__officer=user).filter(*(~Exists(done.filter(**{field: user.pk})) for done, field, _ in deeds))


Deed = tuple[QuerySet[Any], str, str]
"""Rows about a file that name a person, the field that does, and what the person did."""


def investigators_of(application: Application, *, besides: type[Model] | None = None) -> frozenset[int]:
    """Ids of everybody who worked on the investigation of a file, leaving out one kind of deed: none of them signs it off, or judges a
    fraud signal that holds it. One query.
    """
    first, *others = [rows.order_by().values_list(field) for rows, field, _ in work_on(application.pk) if rows.model is not besides]
    return frozenset(person for (person,) in first.union(*others) if person is not None)


def judged_signal(user: User, application: Application) -> bool:
    """Whether this person judged a fraud signal of the file, so that they do not investigate it. One query."""
    return FraudSignal.objects.filter(application=application.pk, decided_by=user).exists()


def why_no_signer(user: User, application: Application) -> str:
    """Why this person does not sign the investigation off, by the code of the refusal; empty where they may. Three queries at most."""
    if not user.has_role(*SIGNERS):
        return "not_entitled"
    if took_in(user, application):
        return "own_intake"
    if user.pk in investigators_of(application):
        return "own_interest" if has_interest(user, application) else "own_investigation"
    return ""


def worked_on(user: User, file: Any) -> Q:
    """The same question of many files at once: whether this person worked on the investigation of `file`, which stands for a key."""
    found = Q()
    for rows, field, _ in work_on(file):
        found |= Q(Exists(rows.filter(**{field: user.pk})))
    return found


def work_on(file: Any) -> list[Deed]:
    """What makes somebody an investigator of a file, or one who must not touch it.
    Who signs off and who decides are held against the same list.
    """
    reports = BureauReport.objects.filter(application=file)
    return [
        (InvestigationStep.objects.filter(application=file).exclude(did=Did.SIGNED), "person_id", "investigated the file"),
        (Fact.objects.filter(application=file), "author_id", "investigated the file"),
        (AnnualAccounts.objects.filter(application=file), "author_id", "entered accounts of the file"),
        (reports, "requested_by_id", "ordered a bureau report for the file"),
        (reports, "taken_by_id", "put a bureau report into the file"),
        (FraudSignal.objects.filter(application=file), "decided_by_id", "judged a fraud signal of the file"),
        (FieldRecord.objects.filter(application=file), "recorded_by_id", "visited for the file"),
        (RegisteredAddress.objects.filter(application=file), "recorded_by_id", "recorded a registered address for the file"),
        (Explanation.objects.filter(application=file), "author_id", "investigated the file"),
        (StatementImport.objects.filter(application=file), "sent_by_id", "sent a statement into the file"),
        (_statements_read(file), "sent_by_id", "sent in a statement of a party's account"),
        (papers_counted(file).filter(uploaded_by__isnull=False), "uploaded_by_id", "handed in a paper that counts in the file"),
        (FileAudit.objects.filter(application=file), "reported_by_id", "recorded an audit of the file"),
        (interests_in(file), "staff_id", "declared an interest in a party of the file"),
    ]


def signed(file: Any) -> QuerySet[InvestigationStep]:
    """Who ever signed the investigation of a file off, whatever became of it since."""
    return InvestigationStep.objects.filter(application=file, did=Did.SIGNED)


def decided_on(file: Any) -> list[Deed]:
    """Who decided, put up or voted on a file, whatever came of it."""
    made, words = Decision.objects.filter(application=file), "decided on the application"
    return [
        (made, "decided_by_id", words),
        (made, "second_by_id", words),
        (CommitteeVote.objects.filter(recommendation__application=file), "member_id", words),
        (Recommendation.objects.filter(application=file), "made_by_id", words),
    ]


def papers_counted(file: Any) -> QuerySet[Document]:
    """The documents on which a file stands: what shows a fact, a check, accounts or a registered address, the photos of a visit, and what
    the applicant was asked for. A letter that nothing refers to, such as one attached after the decision, bars nobody.
    """
    shown_by = (
        Fact.objects.filter(evidence=OuterRef("pk")),
        ChecklistItem.objects.filter(evidence=OuterRef("pk")),
        AnnualAccounts.objects.filter(evidence=OuterRef("pk")),
        RegisteredAddress.objects.filter(document=OuterRef("pk")),
        FieldRecord.objects.filter(photos=OuterRef("pk")),
        MissingItem.objects.filter(document=OuterRef("pk")),
    )
    counted = Q()
    for rows in shown_by:
        counted |= Q(Exists(rows))
    return Document.objects.filter(counted, application=file)


def _statements_read(file: Any) -> QuerySet[StatementImport]:
    """Statements of the parties' accounts, in whichever file they came: lines count for their holder, as far back as they are read."""
    since = F("account__borrower__parts__application__created_date") - timedelta(days=WINDOW_DAYS)
    return StatementImport.objects.filter(account__borrower__parts__application=file, created_at__gte=since)


def _amendments_since(file: Any) -> QuerySet[CustomerAmendment]:
    """What the records of the parties were amended to, or are to be, since the file was begun: it is judged by the record as it is now."""
    since = F("borrower__parts__application__created_date")
    still = Q(decided_date=None) | Q(state=CustomerAmendment.State.CONFIRMED, decided_date__gte=since)
    return CustomerAmendment.objects.filter(still, borrower__parts__application=file)


def _deeds(file: Any, as_text: Any) -> list[Deed]:
    """Everything that bars from deciding. `file` is a key, or stands for one."""
    audits = FileAudit.objects.filter(application=file)
    valuations = valuations_for(file)
    flags = flags_for(file)
    amended = _amendments_since(file)
    # A file that was declined is decided once more when a second look takes it up again: by others.
    declines = Decision.objects.filter(application=file, outcome=DecisionOutcome.DECLINED)
    return [
        *((rows, field, TOOK_IN) for rows, field in intake_deeds(as_text)),
        *work_on(file),
        (audits, "answered_by_id", "said that the findings of an audit are settled"),
        (audits, "settled_by_id", "settled the findings of an audit"),
        (signed(file), "person_id", "signed the investigation"),
        (amended, "proposed_by_id", "proposed an amendment of a party's record"),
        (amended, "decided_by_id", "confirmed an amendment of a party's record"),
        (valuations, "appraiser_id", "appraised collateral for the file"),
        (valuations, "decided_by_id", "decided on a valuation for the file"),
        (flags, "decided_by_id", "judged a red flag against what is pledged"),
        (flags, "lifted_by_id", "lifted a red flag against what is pledged"),
        (declines, "decided_by_id", "declined the application"),
        (declines, "second_by_id", "declined the application"),
    ]
