"""What declined applicants leave on the last day: one asks for a second look, another was told that the decision stands."""

from __future__ import annotations

from datetime import date, timedelta

from config.simulator.bank import House
from risk.models import Decision
from risk.selectors.second_looks import second_looks_for
from risk.services.second_looks import answer_second_look, ask_for_second_look

WORDS = (
    "My loan at the other bank ends in spring. From then on I have its instalment to spare every month.",
    "You counted my rent twice. My brother pays half of it; he can confirm that in writing.",
)


def leave_second_looks(house: House, day: date) -> None:
    """The two who were declined last ask for a second look. One request waits, the other is answered by whoever had no part in the file."""
    last = Decision.objects.filter(application__state="DECLINED", second_look_until__isnull=False).select_related("application__officer")
    for decision, words in zip(last.order_by("-decided_date", "-pk")[:2], WORDS, strict=False):
        assert decision.second_look_until is not None  # filtered above
        arrived = max(decision.decided_date, min(day, decision.second_look_until) - timedelta(days=1))
        asked = ask_for_second_look(
            application=decision.application,
            asked_date=arrived,
            words=words,
            papers=[],
            actor=decision.application.officer or house.people["officer2"],
            business_date=day,
        )
        free = [who for who in ("approver2", "risk1", "risk2") if second_looks_for(house.people[who]).filter(pk=asked.pk).exists()]
        if words == WORDS[1] and free:
            answer_second_look(
                second_look=asked,
                taken_up=False,
                investigate=False,
                rationale="The rent counts once, as the statements show it.",
                told="Your rent counts once in our figures, as your statements show it. What your brother pays does not reach your account.",
                actor=house.people[free[0]],
                business_date=day,
            )
