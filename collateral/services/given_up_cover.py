"""Cover of money that was granted is given up by the authority that the exposure takes with what is left of it.

What that is the room above knows: it keeps the word of each second person, until there are enough of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Protocol

from core.models import Proposal, User
from loans.models import Application


@dataclass(frozen=True)
class GivenUp:
    """What is asked: the file, what of its cover would be left, in its currency, and the proposal that gives the rest up, if it is made."""

    application: Application
    left: Decimal
    business_date: date
    proposal: Proposal | None = None


@dataclass(frozen=True)
class Needed:
    """Whose word it takes: `title` names the authority, `exposure` is that to the group, in the bank's currency, `names` who has said so by
    now. `enough`: nobody else has to.
    """

    title: str
    exposure: Decimal
    names: tuple[str, ...] = ()
    enough: bool = False


class CoverAuthority(Protocol):
    """Who says what it takes, and keeps the word of who gives it."""

    def needed(self, given: GivenUp) -> Needed: ...

    def sign(self, given: GivenUp, *, actor: User, reason: str) -> Needed: ...


_authorities: list[CoverAuthority] = []


def ask_before_cover_is_given_up(authority: CoverAuthority) -> None:
    """Let a room above be asked whenever cover is given up. Call it from AppConfig.ready()."""
    if authority not in _authorities:
        _authorities.append(authority)


def needed_for(given: GivenUp) -> list[Needed]:
    """What it takes today, and who has said so."""
    return [one.needed(given) for one in _authorities]


def is_carried(given: GivenUp, *, actor: User, reason: str) -> bool:
    """Take down the word of a second person, who may give it. Whether there are enough by now; until then what was proposed waits for the
    others.

    Raises what the room above raises.
    """
    words = [one.sign(given, actor=actor, reason=reason) for one in _authorities]
    return all(word.enough for word in words)
