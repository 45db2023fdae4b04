"""What holds a file, told to each reader as far as they may know: what, who ends it, and where."""

from __future__ import annotations

from dataclasses import dataclass

from django.urls import reverse

from core.models import User
from loans.models import Application, ApplicationHold
from loans.selectors.applications import may_see_signals, may_see_why_held

Reason = ApplicationHold.Reason
UNTOLD = "The file cannot go on until the review has ended."
# The same of every kind, or it would tell which it is.
UNTOLD_ENDS = "Compliance, a risk manager or, for some reviews, an investigator who does not work on the file ends it."
# Who ends a hold, in words.
ENDED_BY: dict[str, str] = {
    Reason.SCREENING: "Compliance or a risk manager decides the hit.",
    Reason.BLACKLIST: "Compliance or a risk manager lifts the entry, and somebody else confirms it.",
    Reason.FRAUD: "Compliance, a risk manager or an investigator who does not work on the file judges the signal.",
    Reason.DISPUTE: "Compliance or a risk manager records the auditor's report.",
    Reason.COLLATERAL: "A risk manager or approver decides the flag against what is pledged.",
    Reason.LAPSED: "An officer or investigator has the asset valued or insured again.",
    Reason.AMENDED: "An approver or risk manager who did not decide it says whether the decision stands.",
}
# Where it is ended: a list of the bank, or a region of the file's own page.
LISTS: dict[str, str] = {Reason.SCREENING: "blacklist:hit_list", Reason.BLACKLIST: "blacklist:entry_list"}
REGIONS: dict[str, str] = {
    Reason.FRAUD: "panel-fraud-signals",
    Reason.DISPUTE: "panel-field-work",
    Reason.COLLATERAL: "panel-collateral",
    Reason.LAPSED: "panel-collateral",
    Reason.AMENDED: "panel-decision",
}
# What comes from less cover than a decision counted on, not from a flag.
DECIDED_COVER = "decided_cover"
SOURCES: dict[str, tuple[str, str]] = {
    DECIDED_COVER: (
        "Less secures the file than its decision counted on",
        "An officer or investigator pledges more, or the file is decided anew.",
    )
}
TITLES: dict[str, str] = {Reason.DISPUTE: "Audit by a third party"}


@dataclass(frozen=True)
class HeldBy:
    """One kind of thing that holds a file: what, who ends it, and where, each empty where this reader is not to know it."""

    title: str
    ended_by: str
    url: str


def held_by(user: User, application: Application, holds: list[ApplicationHold]) -> list[HeldBy]:
    """What holds a file, a line for each kind. Hits and entries are named to those who decide them, signals to their readers; others
    learn only that the file is in review, so that nobody at a counter can tell the applicant more. No query.
    """
    told, lines = may_see_why_held(user), []
    untold = False
    for reason, source in dict.fromkeys((hold.reason, hold.source if hold.source in SOURCES else "") for hold in holds):
        open_to_all = reason in (Reason.DISPUTE, Reason.COLLATERAL, Reason.LAPSED, Reason.AMENDED)
        if not (told or open_to_all or (reason == Reason.FRAUD and may_see_signals(user))):
            untold = True
            continue
        url = (
            reverse(LISTS[reason]) if reason in LISTS else f"{reverse('loans:application_detail', args=[application.pk])}#{REGIONS[reason]}"
        )
        title, ended_by = SOURCES.get(source, (TITLES.get(reason) or Reason(reason).label, ENDED_BY[reason]))
        lines.append(HeldBy(title, ended_by, url))
    if untold:
        lines.append(HeldBy(UNTOLD, UNTOLD_ENDS, ""))
    return lines
