"""A year of the bank, day by day: who applies, who is paid out, who pays, who does not, and what the bank does about it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from random import Random

from django.utils import timezone

from blacklist.models import BlacklistEntry
from blacklist.services.entries import confirm_entry
from config.simulator import credit_lines, enforced, investigation, steps
from config.simulator.bank import House, set_up
from config.simulator.committee import leave_votes
from config.simulator.declined import leave_second_looks
from config.simulator.desk import plan_desk
from config.simulator.figures import leave_figures
from config.simulator.hands import leave_in_hands, set_authority
from config.simulator.homes import follow_index, sell_homes
from config.simulator.people import Invented, invent, make_iban
from config.simulator.registry import plan_sending
from config.simulator.rounds import inspect_assets, leave_in_the_middle, set_intervals
from config.simulator.second_look import look_again, try_another_policy
from config.simulator.things import one_of_each
from config.simulator.wishes import asks_the_committee, can_afford_it, wish
from core import events
from core.models import BankState
from loans.models import Application, Loan
from loans.services.holds import is_held
from loans.services.payments import post_payment
from loans.services.statements import LineDraft, add_statement, open_account
from monitoring.models import Alert
from monitoring.services import alerts
from monitoring.services.sweep import close_day

DAYS, BORROWERS = 365, 304
# Files this young stand at every step between decision and payout, so that each list has work in it.
RECENT_DAYS = 14
# Of the last applicants, those whose money goes to one account: their files meet, and wait for a person.
RING = (0, 1, 4)
# Of the last applicants, those of the partner who apply from one and the same phone, which is none of theirs.
ONE_DEVICE = (1, 7)
# Of the last applicants, those who had a loan here before, by their number then.
RETURNING = {5: 5, 8: 12}
Progress = Callable[[int, int, str], None]
Action = Callable[[date], None]


def fill(progress: Progress, *, seed: int = 2026, last_day: date | None = None, borrowers: int = BORROWERS, days: int = DAYS) -> None:
    """Fill an empty bank with its past. `progress(done, of, words)` is called along the way. Does nothing when the bank is open."""
    if BankState.objects.exists():
        return
    today = last_day or timezone.now().date()
    progress(0, days, "setting up the bank")
    house = set_up(today - timedelta(days=days), seed)
    set_authority(house)
    set_intervals(house)
    sell_homes(today - timedelta(days=days), seed)
    follow_index(today - timedelta(days=days), house.people["risk1"])
    life = Life(house, Random(seed), today, borrowers, days)
    life.plan()
    with events.without_waking():
        life.live(progress)


class Life:
    """The agenda of the year and the hands that work it off."""

    def __init__(self, house: House, random: Random, today: date, borrowers: int, days: int) -> None:
        self.house = house
        self.random = random
        self.today = today
        self.first = today - timedelta(days=days)
        self.days = days
        self.borrowers = borrowers
        self.agenda: dict[date, list[Action]] = defaultdict(list)
        self.defaulters: set[int] = set()
        self.loans, self.tried_again = 0, False

    def at(self, day: date, action: Action) -> None:
        """Put something on the agenda, unless it lies beyond today."""
        if self.first <= day <= self.today:
            self.agenda[day].append(action)

    def plan(self) -> None:
        """Spread the borrowers over the year; the last weeks stay in the middle of their work."""
        people: list[Invented] = []
        for number in range(self.borrowers):
            company = number % 4 == 3
            person = invent(number, self.random, self.first, company=company)
            people.append(person)
            day = self.first + timedelta(days=int(number * (self.days - 2) / self.borrowers) + 1)
            self.at(day, self._application(number, person))
        # The bank is growing: as many again as a month brings come in the last days, so that the queue fills more than a screen.
        late = self.borrowers // 12
        first: Invented | None = None
        for number in range(self.borrowers, self.borrowers + late):
            person = invent(number, self.random, self.first, company=number % 4 == 3)
            if number - self.borrowers in RING:
                first = first or person
                person = replace(person, phone=first.phone, iban=first.iban)
            if number - self.borrowers in RETURNING:
                person = people[RETURNING[number - self.borrowers]]
            if asks_the_committee(number) and person.kind == "person":
                person = can_afford_it(person)
            before = RECENT_DAYS - 2 - (number - self.borrowers) * (RECENT_DAYS - 2) // late
            self.at(self.today - timedelta(days=before), self._application(number, person))
        for week in range(self.days // 7):
            self.at(self.first + timedelta(days=7 * week + 6), self._weekly_work)
        plan_desk(self.at, self.house, self.today)
        enforced.plan_sales(self.at, self.house, self.today)
        plan_sending(self.at, self.house, self.today)

    def live(self, progress: Progress) -> None:
        """Live every day and close it, until the bank stands on today."""
        for offset in range(self.days + 1):
            day = self.first + timedelta(days=offset)
            for action in self.agenda.pop(day, ()):
                action(day)
            self._deliver()
            if day < self.today:
                close_day(actor=None, actor_name="simulation")
                self._deliver()
            progress(offset + 1, self.days + 1, f"{day:%d %b %Y}, {self.loans} loans")
        look_again(self.house, self.today, self.random)
        try_another_policy(self.house, self.today)
        steps.send_statement(self.house, self.today)
        one_of_each(self.house, self.today)
        leave_figures(self.house, self.today)
        leave_in_the_middle(self.today, Random(self.today.toordinal()))
        leave_votes(self.house, self.today)
        leave_in_hands(self.house, self.today)
        leave_second_looks(self.house, self.today)
        credit_lines.leave_limits(self.house, self.today)
        enforced.leave_sales(self.house, self.today)

    def _deliver(self) -> None:
        while events.deliver_pending():
            pass

    # -- one borrower's way ------------------------------------------------------------------------------------------

    def _application(self, number: int, person: Invented) -> Action:
        def act(day: date) -> None:
            product, amount, months, purpose, collateral = wish(number, person, self.random, late=number >= self.borrowers)
            data = steps.intake_data(person, product, amount, months, purpose, collateral)
            branches = list(self.house.branches.values())
            application = steps.take_in(
                self.house,
                data,
                branches[number % len(branches)],
                day,
                officer="officer1" if number % len(branches) < 2 else "officer2",
                partner=number % 6 == 5,
                number=number,
                device=ONE_DEVICE[0] if number - self.borrowers in ONE_DEVICE else number,
            )
            left = (self.today - day).days
            if left > 2:
                self.at(day + timedelta(days=1), self._investigation(number, person, application, finish=left > 5 or number % 3 > 0))

        return act

    def _investigation(self, number: int, person: Invented, application: Application, *, finish: bool) -> Action:
        def act(day: date) -> None:
            if application.stated_collateral:
                steps.pledge_stated(self.house, application, day, self.random, inflated=number == 20)
            investigation.investigate(self.house, application, person, day, finish=finish)
            # The last week's files still wait for their decision, so that the queue has something to show.
            if finish and (self.today - day).days > 4:
                self.at(day + timedelta(days=1), self._decision(number, person, application))

        return act

    def _decision(self, number: int, person: Invented, application: Application) -> Action:
        def act(day: date) -> None:
            if is_held(application):
                return
            recent = (self.today - day).days < RECENT_DAYS
            # Those of the last days that need a second signature still wait for it.
            state = steps.decide(self.house, application, day, self.random, second=not recent)
            # One offer in twelve is never taken up and runs out.
            if state == "OFFERED" and number % 12 != 4:
                self.at(day + timedelta(days=1 if recent else 2), self._payout(number, person, application, recent=recent))

        return act

    def _payout(self, number: int, person: Invented, application: Application, *, recent: bool) -> Action:
        def act(day: date) -> None:
            steps.accept(self.house, application, day)
            if recent and number % 4 == 1:
                return
            payout = steps.contract_and_ask_for_payout(self.house, application, person, day)
            if recent and number % 4 == 3:
                return
            loan = steps.pay_out(self.house, payout, day)
            if loan is None:
                return
            self.loans += 1
            self._plan_payments(number, person, loan)
            if loan.facility.revolving:
                self.at(day + timedelta(days=credit_lines.REPAID), lambda then: credit_lines.repay_half(loan, then))
                self.at(day + timedelta(days=credit_lines.DRAWN_AGAIN), self._second_drawing(number, person, loan))
            if number == 33:
                self.at(day + timedelta(days=9), self._diversion(loan))

        return act

    def _second_drawing(self, number: int, person: Invented, loan: Loan) -> Action:
        def act(day: date) -> None:
            if (drawing := credit_lines.draw_again(self.house, loan, person, day)) is not None:
                self.loans += 1
                self._plan_payments(number, person, drawing)

        return act

    # -- money coming back -------------------------------------------------------------------------------------------

    def _plan_payments(self, number: int, person: Invented, loan: Loan) -> None:
        stops = self._stops_after(number, person, loan)
        paid_until = self.today - timedelta(days=enforced.UNPAID_DAYS) if enforced.stops_paying(loan) else self.today
        for instalment in loan.instalments.filter(due_date__lte=self.today):
            if stops is not None and instalment.number > stops:
                break
            late = self.random.random() > 0.93
            day = instalment.due_date + timedelta(days=self.random.randrange(3, 40) if late else 0)
            if instalment.due_date <= paid_until:
                self.at(day, self._payment(loan, instalment.principal + instalment.interest + instalment.fee, instalment.number))

    def _stops_after(self, number: int, person: Invented, loan: Loan) -> int | None:
        """After how many instalments this borrower stops paying; None for the many who go on."""
        months_left = (self.today - (loan.disbursed_date or self.today)).days // 30
        if months_left < 5 or self.random.random() < 0.90 + 0.08 * person.quality:
            return None
        self.defaulters.add(loan.pk)
        return self.random.randrange(1, 3)

    def _payment(self, loan: Loan, amount: Decimal, number: int) -> Action:
        def act(day: date) -> None:
            post_payment(
                loan=loan,
                amount=amount,
                currency=loan.currency,
                value_date=day,
                actor=None,
                business_date=day,
                external_reference=f"SIM-{loan.reference}-{number}",
                source="SIMULATION",
            )

        return act

    def _diversion(self, loan: Loan) -> Action:
        """Money meant for equipment leaves for securities and cash within days."""

        def act(day: date) -> None:
            account = open_account(borrower=loan.borrower, iban=make_iban(self.random), bank_name="Another bank", actor=None)
            share = (loan.principal * Decimal("0.45")).quantize(Decimal("0.01"))
            cash = (loan.principal * Decimal("0.12")).quantize(Decimal("0.01"))
            lines = [
                LineDraft("1", day - timedelta(days=8), loan.principal, "TRANSFER_IN", text="Loan payout"),
                LineDraft("2", day - timedelta(days=5), -share, "SECURITIES", text="Purchase of securities"),
                LineDraft("3", day - timedelta(days=2), -cash, "CASH_OUT", text="Cash withdrawal"),
            ]
            add_statement(account=account, lines=lines, currency=loan.currency, source="simulation", actor=None)

        return act

    # -- what the bank does about it ---------------------------------------------------------------------------------

    def _weekly_work(self, day: date) -> None:
        """Once a week compliance confirms most proposed entries, collections take up alerts, the first who is barred tries again, and
        inspectors go on their rounds.
        """
        inspect_assets(day, self.today, Random(day.toordinal()))
        proposed = list(
            BlacklistEntry.objects.filter(state="PROPOSED", proposed_date__lte=day - timedelta(days=5)).order_by("proposed_date", "pk")
        )
        recent = (self.today - day).days < 14
        for entry in [] if recent else proposed:
            confirm_entry(entry=entry, actor=self.house.people["compliance1"], business_date=day)
            if not self.tried_again:
                self.tried_again = True
                self.at(day + timedelta(days=3), self._second_try(entry))
        worker = self.house.people["collections1"]
        for alert in Alert.objects.filter(state=Alert.State.OPEN, raised_date__lte=day - timedelta(days=6))[:4]:
            alerts.plan_action(alert=alert, plan="Call the borrower and agree on a date.", actor=worker, business_date=day)
        done = Alert.objects.filter(state=Alert.State.ACTION_PLANNED, raised_date__lte=day - timedelta(days=40))[:3]
        for alert in done:
            alerts.resolve_alert(alert=alert, outcome="TRUE", actor=worker, business_date=day)

    def _second_try(self, entry: BlacklistEntry) -> Action:
        """A barred borrower applies again at another branch under a changed spelling."""

        def act(day: date) -> None:
            loan = Loan.objects.select_related("borrower").get(reference=entry.source_reference)
            borrower = loan.borrower
            person = invent(9000, self.random, self.first, company=borrower.kind == "COMPANY")
            name = borrower.name.replace("ö", "oe").replace("ü", "ue").replace("th", "t").replace("ck", "k")
            data = steps.intake_data(person, "personal" if borrower.kind == "PERSON" else "working-capital", Decimal(9000), 12, "other", "")
            # The number stays: another one would say that this is another person, and screening would rightly let them pass.
            data["applicant"] |= {
                "name": name,
                "birth_date": borrower.birth_date.isoformat() if borrower.birth_date else "",
                "national_id": borrower.national_id,
                "registration_number": borrower.registration_number,
            }
            if borrower.kind == "COMPANY":
                data["purpose"]["code"] = "stock"
            other = next(branch for branch in self.house.branches.values() if branch.pk != loan.branch_id)
            steps.take_in(self.house, data, other, day, officer="officer2", partner=False, number=9000)

        return act
