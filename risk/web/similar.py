"""Similar past cases with what became of them: a panel of the workspace that is also a page, today or as known on a past day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.http import HttpResponse

from core.business_date import get_business_date
from core.web import formats
from core.web.access import role_required
from core.web.http import HtmxRequest, render_page
from risk.domain.overrides import title_of
from risk.selectors.files import access_application
from risk.selectors.past_cases import Became, Ending
from risk.services.past_cases import Similar, SimilarCases, similar_cases
from risk.web.bins import CardWords
from risk.web.panels import FILE_READERS
from risk.web.wording import OUTCOMES as RECOMMENDED

ENDINGS = {
    Ending.NO_LOAN: ("neutral", "No loan"),
    Ending.PERFORMING: ("good", "Performing"),
    Ending.LATE: ("warn", "Late"),
    Ending.PAID_OFF: ("good", "Paid off"),
    Ending.DEFAULTED: ("bad", "Defaulted"),
    Ending.RESTRUCTURED: ("bad", "Restructured"),
    Ending.PURSUED: ("bad", "Called in"),
    Ending.WRITTEN_OFF: ("bad", "Written off"),
    Ending.PARTLY_WRITTEN_OFF: ("bad", "Written off in part"),
}
DECIDED = {"DECLINED": ("bad", "Declined"), "COUNTER_OFFERED": ("info", "Counter-offered")}


@dataclass(frozen=True)
class CaseLine:
    """A case in words. Of a file in another branch only the year, the decision and what became of it."""

    case: Similar
    differs: tuple[str, ...]
    when: str
    decided: tuple[str, str]
    system: tuple[str, str]
    override: str
    mark: tuple[str, str]
    worst: str


@role_required(*FILE_READERS)
def similar_panel(request: HtmxRequest, pk: UUID) -> HttpResponse:
    """The nearest past decisions and how they went; `?day=` asks what was known of them by then."""
    application = access_application(request.user, pk)
    today = get_business_date()
    day = _day(request.GET.get("day", ""), today)
    found = similar_cases(application=application, user=request.user, day=day, business_date=today)
    words = CardWords(found.model.definition, application.currency) if found and found.model else None
    return render_page(
        request,
        "risk/application_similar.html",
        "risk/_similar.html",
        application=application,
        found=found,
        lines=[_line(one, words) for one in found.cases] if found else [],
        finding=_finding(found) if found else "",
        day=day,
        past=day < today,
    )


def _day(text: str, today: date) -> date:
    """The day that is asked; today where it cannot be read or lies ahead."""
    try:
        return min(date.fromisoformat(text), today)
    except ValueError:
        return today


def _line(one: Similar, words: CardWords | None) -> CaseLine:
    decision = one.decision
    return CaseLine(
        case=one,
        differs=tuple(f"{title}: {words.of(name, answer) if words else answer}" for name, title, answer in one.differs),
        when=formats.day(decision.decided_date) if one.application else f"{decision.decided_date:%Y}",
        decided=DECIDED.get(decision.outcome, ("good", "Approved")),
        system=RECOMMENDED.get(decision.system_recommendation, ("neutral", "Nothing")),
        override=title_of(decision.override_code),
        mark=ENDINGS[one.became.ending],
        worst=_worst(one.became),
    )


def _worst(became: Became) -> str:
    if became.ending == Ending.NO_LOAN:
        return ""
    words = f"{became.worst} days past due at worst" if became.worst else "never past due"
    return f"{words}, repaid since" if became.closed and became.bad else words


def _finding(found: SimilarCases) -> str:
    """What the cases say together, in one line."""
    approved = [one for one in found.cases if one.approved]
    lent = [one for one in approved if one.became.ending != Ending.NO_LOAN]
    bad = sum(one.became.bad for one in lent)
    if not lent:
        return f"{len(approved)} of {len(found.cases)} approved, none paid out"
    return f"{len(approved)} of {len(found.cases)} approved; of {len(lent)} paid out, {bad or 'none'} went bad"
