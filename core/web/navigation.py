"""The left navigation: which entries a person sees. An entry whose page does not exist yet is left out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.module_loading import import_string

from core.counts import MOST
from core.models import User
from core.roles import Role

_LENDING = frozenset(Role) - {Role.ADMINISTRATOR, Role.VALIDATOR}
# An appraiser finds a value without knowing who asks for how much.
_FILES = _LENDING - {Role.APPRAISER}
# Officers learn only that a file is in review, never why.
_BLACKLIST = frozenset({Role.COMPLIANCE, Role.RISK_MANAGER, Role.COLLECTIONS, Role.AUDITOR})
_RISK = frozenset({Role.RISK_MANAGER, Role.APPROVER, Role.COMPLIANCE, Role.AUDITOR, Role.VALIDATOR, Role.COLLECTIONS, Role.OFFICER})


@dataclass(frozen=True)
class Entry:
    """A line of the navigation: url name, words, icon, the roles that see it. `urgent` shows its count in the colour
    of trouble.
    """

    name: str
    label: str
    icon: str
    roles: frozenset[Role]
    urgent: bool = False


@dataclass(frozen=True)
class Link:
    """A line as drawn for one person on one page."""

    label: str
    icon: str
    url: str
    current: bool
    count: int = 0
    urgent: bool = False

    @property
    def count_words(self) -> str:
        """The count as shown: past 999 nobody reads on."""
        return f"{MOST - 1}+" if self.count >= MOST else str(self.count)


@dataclass(frozen=True)
class Group:
    """A headed group of lines."""

    label: str
    links: tuple[Link, ...]

    @property
    def key(self) -> str:
        return self.label.lower()


GROUPS: tuple[tuple[str, tuple[Entry, ...]], ...] = (
    (
        "Origination",
        (
            Entry("risk:work", "My work", "play", frozenset({Role.INVESTIGATOR, Role.APPROVER, Role.RISK_MANAGER})),
            Entry("loans:application_queue", "Review queue", "inbox-stack", _FILES),
            Entry("loans:application_list", "Applications", "document-text", _FILES),
            Entry("loans:application_new", "New application", "document-plus", frozenset({Role.OFFICER})),
            Entry("loans:borrower_list", "Customers", "users", _FILES),
            Entry("loans:loan_list", "Loans", "banknotes", _FILES),
            Entry(
                "loans:payment_file_list",
                "Incoming payments",
                "arrow-down-on-square",
                frozenset({Role.OFFICER, Role.COLLECTIONS, Role.RISK_MANAGER, Role.AUDITOR}),
            ),
            Entry("collateral:inspection_stops", "My inspections", "map-pin", frozenset({Role.APPRAISER, Role.INVESTIGATOR})),
            Entry("collateral:asset_list", "Collateral", "home-modern", _LENDING),
            Entry("loans:product_list", "Products", "rectangle-stack", frozenset(Role) - {Role.ADMINISTRATOR}),
        ),
    ),
    (
        "Risk",
        (
            Entry("risk:dashboard", "Portfolio", "presentation-chart-line", _RISK),
            Entry("monitoring:overdue_list", "Overdue", "calendar-days", _FILES),
            Entry("monitoring:alert_list", "Alerts", "bell-alert", _RISK, urgent=True),
            Entry("collateral:margin_call_list", "Margin calls", "shield-exclamation", _FILES),
            Entry(
                "collateral:flag_list",
                "Collateral reviews",
                "eye",
                frozenset({Role.RISK_MANAGER, Role.APPROVER, Role.INVESTIGATOR, Role.COMPLIANCE, Role.AUDITOR}),
            ),
            Entry("risk:model_list", "Models", "beaker", _RISK),
            Entry("risk:policy_detail", "Policy", "adjustments-horizontal", _RISK),
            Entry("risk:authority", "Limits", "scale", _RISK),
        ),
    ),
    (
        "Control",
        (
            Entry("blacklist:entry_list", "Blacklist", "no-symbol", _BLACKLIST),
            Entry(
                "blacklist:hit_list",
                "Screening hits",
                "identification",
                frozenset({Role.COMPLIANCE, Role.AUDITOR, Role.RISK_MANAGER}),
            ),
            Entry(
                "risk:signal_list",
                "Fraud signals",
                "flag",
                frozenset({Role.INVESTIGATOR, Role.APPROVER, Role.RISK_MANAGER, Role.COMPLIANCE, Role.AUDITOR}),
            ),
            Entry(
                "risk:audit_list",
                "File audits",
                "clipboard-document-check",
                frozenset({Role.RISK_MANAGER, Role.COMPLIANCE, Role.AUDITOR}),
            ),
            Entry(
                "loans:trial_balance",
                "Trial balance",
                "scale",
                frozenset({Role.RISK_MANAGER, Role.AUDITOR, Role.COMPLIANCE}),
            ),
            Entry("core:proposal_list", "Second person", "user-group", frozenset(Role)),
            Entry(
                "monitoring:sweep_list",
                "Nightly sweeps",
                "arrow-path",
                frozenset({Role.RISK_MANAGER, Role.AUDITOR, Role.COMPLIANCE, Role.ADMINISTRATOR, Role.COLLECTIONS}),
            ),
            Entry(
                "core:audit_list",
                "Audit trail",
                "shield-check",
                frozenset({Role.AUDITOR, Role.COMPLIANCE, Role.RISK_MANAGER, Role.ADMINISTRATOR}),
            ),
            Entry(
                "core:user_list",
                "Users and roles",
                "key",
                frozenset({Role.ADMINISTRATOR, Role.AUDITOR, Role.COMPLIANCE}),
            ),
        ),
    ),
)


def build_navigation(request: HttpRequest) -> tuple[Group, ...]:
    """The groups this person sees, the entry of the present page marked. Counts come from CREDENCE_NAV_COUNTS, one
    query each.

    The setting maps url names to dotted paths of functions (user) → int: core may not import the rooms above it.
    """
    if not request.user.is_authenticated:
        return ()
    user = request.user
    counts: dict[str, str] = getattr(settings, "CREDENCE_NAV_COUNTS", {})
    visible = [
        (label, [(entry, url) for entry in entries if entry.roles & user.roles and (url := page_url(entry.name))])
        for label, entries in GROUPS
    ]
    current = _current(request.path, [url for _, entries in visible for _, url in entries])
    groups = []
    for label, entries in visible:
        links = tuple(
            Link(
                label=entry.label,
                icon=entry.icon,
                url=url,
                current=url == current,
                count=_count(counts[entry.name], user) if entry.name in counts else 0,
                urgent=entry.urgent,
            )
            for entry, url in entries
        )
        if links:
            groups.append(Group(label, links))
    return tuple(groups)


def page_url(name: str) -> str:
    """The address of a page by url name, empty when no such page exists."""
    try:
        return reverse(name)
    except NoReverseMatch:
        return ""


def search_address(user: User | AnonymousUser) -> str:
    """Where a person searches the files; empty for who may see none of them."""
    return page_url("loans:search") if user.is_authenticated and user.roles & _FILES else ""


def day_page(user: User) -> str:
    """Where a person's day starts: the first page of the navigation that fits their work."""
    order: tuple[tuple[frozenset[Role], str], ...] = (
        (frozenset({Role.RISK_MANAGER}), "risk:dashboard"),
        (frozenset({Role.VALIDATOR}), "risk:model_list"),
        (frozenset({Role.COLLECTIONS}), "monitoring:overdue_list"),
        (frozenset({Role.COMPLIANCE}), "blacklist:hit_list"),
        (frozenset({Role.APPRAISER}), "collateral:asset_list"),
        (frozenset({Role.AUDITOR}), "core:audit_list"),
        (frozenset({Role.ADMINISTRATOR}), "core:user_list"),
        (frozenset({Role.INVESTIGATOR, Role.APPROVER}), "risk:work"),
        (frozenset({Role.OFFICER}), "loans:application_queue"),
    )
    for roles, name in order:
        if roles & user.roles and (url := page_url(name)):
            return url
    return page_url("core:proposal_list")


def _current(path: str, urls: list[str]) -> str:
    """The entry whose address is the longest beginning of the present one, so that details light up their list."""
    fitting = [url for url in urls if path == url or path.startswith(url.rstrip("/") + "/")]
    return max(fitting, key=len, default="")


def _count(path: str, user: User) -> int:
    counter: Callable[[User], int] = import_string(path)
    return counter(user)
