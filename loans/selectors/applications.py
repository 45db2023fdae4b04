"""Applications as their readers need them: one for a user, the queue by saved view, counts in one query."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from django.db.models import Case, Count, Exists, OuterRef, Q, QuerySet, Sum, When

from core import access
from core.errors import NotFound
from core.models import PartnerClient, Proposal, User
from core.roles import Role
from loans.domain.states import IN_PROCESS, ApplicationState
from loans.models import Application, ApplicationHold, Document

DECIDABLE = (ApplicationState.REVIEW.value, ApplicationState.REFERRED.value)
IN_HAND = tuple(sorted(state.value for state in IN_PROCESS))
# With the bank and not with the applicant.
AT_WORK = tuple(state for state in IN_HAND if state != ApplicationState.INCOMPLETE.value)


# Nothing comes of these any more.
CLOSED_APPLICATIONS = tuple(
    state.value
    for state in (
        ApplicationState.DECLINED,
        ApplicationState.WITHDRAWN,
        ApplicationState.OFFER_REFUSED,
        ApplicationState.OFFER_EXPIRED,
        ApplicationState.WITHDRAWN_IN_COOLING_OFF,
    )
)
# Terms were offered to the applicant and stand.
GRANTED = (ApplicationState.OFFERED.value, ApplicationState.ACCEPTED.value, ApplicationState.CONTRACTED.value)


ANSWERS = {
    "APPROVED": "Approved",
    "APPROVED_WITH_CONDITIONS": "Approved with conditions",
    "COUNTER_OFFERED": "Counter-offered",
    "REFERRED": "Referred to a risk manager",
    "RETURNED": "Returned to be completed",
    "DECLINED": "Declined",
}
"""What an applicant was answered, as a past."""


def amount_to_cover(application: Application) -> Decimal:
    """What the file is about, in its currency: the amount that was granted once it was, until then the one asked for. At most one query."""
    granted = None
    if application.state in GRANTED:
        granted = application.outcomes.filter(amount__isnull=False).order_by("-id").values_list("amount", flat=True).first()
    return granted or application.amount or Decimal(0)


def visible_applications(user: User) -> QuerySet[Application]:
    """The applications of the user's branches; an appraiser sees none."""
    if user.roles == frozenset({Role.APPRAISER}):
        return Application.objects.none()
    return access.within_branches(user, Application.objects.all())


def seen_of(user: User, keys: Iterable[UUID]) -> set[UUID]:
    """Those of some applications that a person may be told of by name. One query."""
    return set(visible_applications(user).filter(pk__in=list(keys)).values_list("pk", flat=True))


def access_application(user: User, application_id: UUID | str) -> Application:
    """One application, or NotFound."""
    rows = visible_applications(user).select_related("borrower", "branch", "product_version__product", "officer", "assigned_to", "partner")
    return access.one(rows, pk=application_id)


def access_partner_application(partner: PartnerClient, application_id: str) -> Application:
    """One of a partner's own applications; somebody else's and unknown look alike."""
    return access.one(Application.objects.filter(partner=partner).select_related("borrower", "product_version__product"), pk=application_id)


def access_document(user: User, document_id: UUID) -> Document:
    """One document of an application the user may see."""
    document = access.one(Document.objects.select_related("application"), pk=document_id)
    access_application(user, document.application_id)
    return document


@dataclass(frozen=True)
class QueueFilter:
    """What a queue shows: a saved view and filters; empty words filter nothing."""

    view: str = "open"
    text: str = ""
    product: str = ""
    recommendation: str = ""
    state: str = ""


QUEUE_VIEWS = (
    ("mine", "My queue"),
    ("unassigned", "Unassigned"),
    ("due", "Due today"),
    ("second", "Second approval"),
    ("snoozed", "Snoozed"),
    ("investigating", "Being investigated"),
    ("applicant", "Waiting for the applicant"),
    ("open", "All open"),
)


def awake(today: date) -> Q:
    """Files that are not laid aside, or whose day has come."""
    return Q(snoozed_until__isnull=True) | Q(snoozed_until__lte=today)


def _view(view: str, user: User, today: date) -> Q:
    waiting = Q(state__in=DECIDABLE)
    match view:
        case "mine":
            return Q(assigned_to=user, state__in=AT_WORK) & awake(today)
        case "snoozed":
            return Q(assigned_to=user, state__in=AT_WORK, snoozed_until__gt=today)
        case "unassigned":
            return waiting & Q(assigned_to=None)
        case "due":
            return waiting & Q(due_date__lte=today)
        case "second":
            return waiting & Q(waits_for_second=True)
        case "investigating":
            return Q(state=ApplicationState.INVESTIGATING.value)
        case "applicant":
            return Q(state=ApplicationState.INCOMPLETE.value)
        case "all":
            return Q()
        case "drafts":
            return Q(state=ApplicationState.DRAFT.value)
    return Q(state__in=[s.value for s in IN_PROCESS])


def _marked(user: User) -> QuerySet[Application]:
    """Visible applications with whether a second approver is awaited and whether something holds them."""
    proposals = Proposal.objects.filter(kind="decision", state="OPEN", target_type="loans.application")
    rows = visible_applications(user)
    open_targets = [UUID(target) for target in proposals.values_list("target_id", flat=True)]
    return rows.annotate(waits_for_second=Q(pk__in=open_targets))


def list_queue(user: User, wanted: QueueFilter, today: date) -> QuerySet[Application]:
    """Applications of a view, most urgent first: with names, product and whether they are on hold in one query."""
    rows = _marked(user).filter(_view(wanted.view, user, today))
    if wanted.text:
        rows = rows.filter(Q(borrower__name__icontains=wanted.text) | Q(reference__iexact=wanted.text))
    if wanted.product:
        rows = rows.filter(product_version__product__code=wanted.product)
    if wanted.recommendation:
        rows = rows.filter(recommendation=wanted.recommendation)
    if wanted.state:
        rows = rows.filter(state=wanted.state)
    held = ApplicationHold.objects.filter(application=OuterRef("pk"), released_at=None)
    return (
        rows.annotate(on_hold=Exists(held))
        .select_related("borrower", "product_version__product", "assigned_to", "branch")
        .order_by("due_date", "id")
    )


@dataclass(frozen=True)
class QueueCounts:
    """Live counts of the saved views and the figures above the queue. Amounts in the bank's currency."""

    views: dict[str, int]
    waiting: int
    waiting_amount: Decimal
    overdue: int
    decided_recently: int


def count_queue(user: User, today: date) -> QueueCounts:
    """All counts of the queue page: the files in process grouped once, and what was decided today.

    Grouping reads a row once, where a filter for each figure reads it ten times: most of the page's time with a hundred thousand files.
    """
    groups = (
        _marked(user)
        .filter(state__in=[s.value for s in IN_PROCESS])
        .annotate(
            is_mine=Case(When(assigned_to=user, then=True), default=False),
            is_free=Q(assigned_to=None),
            sleeps=Case(When(snoozed_until__gt=today, then=True), default=False),
        )
        .order_by()
        .values("state", "due_date", "waits_for_second", "is_mine", "is_free", "sleeps")
        .annotate(files=Count("pk"), asked=Sum("amount"))
    )
    views = dict.fromkeys((name for name, _ in QUEUE_VIEWS), 0)
    waiting = overdue = 0
    asked = Decimal(0)
    for group in groups:
        files, due = group["files"], group["due_date"]
        views["open"] += files
        if group["state"] in AT_WORK:
            views["snoozed" if group["sleeps"] else "mine"] += files * group["is_mine"]
        if group["state"] in DECIDABLE:
            waiting += files
            asked += group["asked"] or Decimal(0)
            views["unassigned"] += files * group["is_free"]
            views["second"] += files * group["waits_for_second"]
            views["due"] += files * (due is not None and due <= today)
            overdue += files * (due is not None and due < today)
        elif group["state"] == ApplicationState.INVESTIGATING:
            views["investigating"] += files
        elif group["state"] == ApplicationState.INCOMPLETE:
            views["applicant"] += files
    decided = visible_applications(user).filter(decided_date=today).count()
    return QueueCounts(views=views, waiting=waiting, waiting_amount=asked, overdue=overdue, decided_recently=decided)


def neighbours(user: User, application: Application, today: date) -> tuple[Application | None, Application | None]:
    """The applications before and after this one in the order of the open queue."""
    rows = list_queue(user, QueueFilter(), today)
    key = (application.due_date, application.pk)
    if application.due_date is None:
        return None, None
    before = rows.filter(Q(due_date__lt=key[0]) | Q(due_date=key[0], id__lt=key[1])).order_by("-due_date", "-id").first()
    after = rows.filter(Q(due_date__gt=key[0]) | Q(due_date=key[0], id__gt=key[1])).first()
    return before, after


def open_holds(application: Application) -> list[ApplicationHold]:
    """What holds an application, oldest first."""
    return list(application.holds.filter(released_at=None).order_by("opened_at"))


def may_see_why_held(user: User) -> bool:
    """Whether the reason of a hold is shown to this person."""
    return user.has_role(Role.COMPLIANCE, Role.RISK_MANAGER, Role.AUDITOR)


def may_see_signals(user: User) -> bool:
    """Whether fraud signals are shown to this person. Who takes files in learns only that a file is in review."""
    return user.has_role(Role.INVESTIGATOR, Role.APPROVER, Role.COMPLIANCE, Role.RISK_MANAGER, Role.AUDITOR)


def begun_by(officer: User, key: UUID) -> Application | None:
    """The application of this key that the officer began, if they did. One query."""
    return visible_applications(officer).filter(pk=key, officer=officer).first()


def access_own_draft(user: User, application_id: UUID) -> Application:
    """A draft (or returned application) that an officer may go on with."""
    application = access_application(user, application_id)
    if application.state not in (ApplicationState.DRAFT, ApplicationState.RETURNED):
        raise NotFound()
    return application
