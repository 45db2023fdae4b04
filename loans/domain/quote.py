"""`POST /quotes` and `manage.py quote`: JSON in, JSON out, every fault at once. Pure: stores nothing, needs no database."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any, TypeVar

from core.daycount import CONVENTIONS
from core.money import MODES, MoneyError, is_currency, parse_amount, to_text
from core.workdays import HOLIDAY_SHIFTS, MONTH_ENDS, UNITS
from loans.domain.schedule import Fee, RateChange, Schedule, ScheduleError, Terms, Tranche, build_schedule
from loans.domain.schedule.apr import annual_percentage_rate
from loans.domain.schedule.calendar import has_holidays
from loans.domain.schedule.terms import APR_RULES, METHODS
from loans.domain.schedule.yields import effective_annual_rate

T = TypeVar("T")
MOST = 1200
LAST_YEAR = 9000
Problem = dict[str, Any]
_RATE = re.compile(r"\d{1,2}(\.\d{1,10})?")
_KNOWN = {
    "": {
        "currency", "principal", "annual_rate", "start_date", "first_due_date", "method", "instalments", "frequency", "day_count",
        "interest_period", "month_end", "rounding", "instalment_multiple", "respread", "instalment_basis", "instalment_amount",
        "grace", "tranches", "rate_changes", "fees", "holidays", "apr",
    },
    "/frequency": {"unit", "every"},
    "/rounding": {"mode", "multiple"},
    "/holidays": {"country", "shift"},
    "/grace": {"principal_instalments", "interest_instalments", "interest_free_instalments"},
}  # fmt: skip
# Of the objects in lists: the fields that have to be there, and those that may be.
_ITEMS: dict[str, tuple[set[str], set[str]]] = {
    "tranches": ({"date", "amount"}, set()),
    "rate_changes": ({"date", "annual_rate"}, set()),
    "fees": ({"code"}, {"amount", "percent", "cap", "when"}),
}
MAX_ITEMS = 1200


class QuoteRefused(Exception):
    """The quote was refused: `problem` is the RFC 9457 document, `status` 400 or 422."""

    def __init__(self, status: int, code: str, detail: str, errors: list[dict[str, str]]) -> None:
        self.status = status
        self.problem: Problem = {
            "type": f"urn:credence:problem:{code}",
            "title": "The request is malformed" if status == 400 else "A rule was broken",
            "status": status,
            "detail": detail,
            "code": code,
            "errors": errors,
        }
        super().__init__(detail)


def quote(data: object) -> dict[str, Any]:
    """The schedule and cost of terms as api.md gives them. Raises QuoteRefused with every fault."""
    return answer(build(parse_terms(data)))


def build(terms: Terms) -> Schedule:
    """The schedule, with a refusal in the API's form. Raises QuoteRefused."""
    if _last_year(terms) > LAST_YEAR:
        text = f"The last instalment would fall due after the year {LAST_YEAR}."
        raise QuoteRefused(422, "terms_refused", text, [{"pointer": "/instalments", "code": "too_long", "detail": text}])
    try:
        return build_schedule(terms)
    except ScheduleError as error:
        fault = {"pointer": error.pointer, "code": error.code, "detail": str(error)}
        raise QuoteRefused(422, "terms_refused", str(error), [fault]) from error


def _last_year(terms: Terms) -> int:
    """The year of the last instalment at the latest; calendars of computers end with the year 9999."""
    days = {"day": 1, "week": 7, "month": 31, "year": 366}[terms.unit] * terms.every * (terms.instalments or MOST)
    return (terms.first_due_date or terms.start_date).year + days // 365 + 1


def answer(schedule: Schedule) -> dict[str, Any]:
    """A schedule as JSON."""
    currency = schedule.terms.currency

    def money(value: Decimal) -> str:
        return to_text(value, currency)

    rate = effective_annual_rate(schedule)
    reply: dict[str, Any] = {
        "instalments": [
            {
                "number": line.number,
                "due_date": line.due_date.isoformat(),
                "principal": money(line.principal),
                "interest": money(line.interest),
                "fees": money(line.fees),
                "total": money(line.total),
                "balance": money(line.balance),
            }
            for line in schedule.instalments
        ],
        "totals": {
            "principal": money(schedule.principal),
            "interest": money(schedule.interest),
            "fees": money(schedule.fees),
            "total": money(schedule.total),
        },
        "effective_annual_rate": None if rate is None else format(rate, "f"),
    }
    if schedule.terms.apr is not None:
        apr = annual_percentage_rate(schedule)
        reply["apr"] = {"rule": schedule.terms.apr, "rate": None if apr is None else format(apr, "f")}
    return reply


def parse_terms(data: object) -> Terms:
    """Terms from JSON. Raises QuoteRefused (400 form, unknown field) with every fault at once."""
    reader = _Reader(data)
    terms = reader.terms()
    if reader.faults:
        raise QuoteRefused(400, "invalid", "Some fields do not have the form that is documented.", reader.faults)
    assert terms is not None
    return terms


class _Reader:
    """Reads one JSON object and collects what is wrong with it."""

    def __init__(self, data: object) -> None:
        self.faults: list[dict[str, str]] = []
        self.data: dict[str, Any] = data if isinstance(data, dict) else {}
        if not isinstance(data, dict):
            self.fault("", "not_an_object", "Send one JSON object.")
        self.currency = self.read("currency", self._currency, "EUR", required=True)

    def fault(self, pointer: str, code: str, detail: str) -> None:
        self.faults.append({"pointer": pointer, "code": code, "detail": detail})

    def read(self, path: str, parse: Callable[[Any, str], T], default: T, *, required: bool = False) -> T:
        node: Any = self.data
        for part in path.split("."):
            if not isinstance(node, dict) or node.get(part) is None:
                if required:
                    self.fault("/" + path.replace(".", "/"), "required", "This field is needed.")
                return default
            node = node[part]
        return self._parse(node, "/" + path.replace(".", "/"), parse, default)

    def _parse(self, node: Any, pointer: str, parse: Callable[[Any, str], T], default: T) -> T:
        try:
            return parse(node, pointer)
        except MoneyError as error:
            self.fault(pointer, error.code, str(error))
        except (ValueError, TypeError, KeyError) as error:
            self.fault(pointer, "invalid", str(error))
        return default

    def terms(self) -> Terms | None:
        for path, known in _KNOWN.items():
            node = self.data.get(path.strip("/")) if path else self.data
            if node is not None and not isinstance(node, dict):
                self.fault(path, "not_an_object", "This has to be an object.")
            for name in set(node or {}) - known if isinstance(node, dict) else ():
                self.fault(f"{path}/{name}", "unknown_field", "This field is not known.")
        money = self._money
        level = self.read("instalment_amount", money, None)
        values: dict[str, Any] = {
            "currency": self.currency,
            "principal": self.read("principal", money, Decimal(1), required=True),
            "annual_rate": self.read("annual_rate", self._rate, Decimal(0), required=True),
            "start_date": self.read("start_date", self._day, date(2000, 1, 1), required=True),
            "first_due_date": self.read("first_due_date", self._day, None),
            "instalments": self.read("instalments", self._count, None, required=level is None),
            "method": self.read("method", self._one_of(METHODS), "annuity"),
            "unit": self.read("frequency.unit", self._one_of(UNITS), "month"),
            "every": self.read("frequency.every", self._count, 1),
            "day_count": self.read("day_count", self._one_of(CONVENTIONS), "30/360"),
            "interest_period": self.read("interest_period", self._one_of(("daily", "per_instalment")), "daily"),
            "month_end": self.read("month_end", self._one_of(MONTH_ENDS), "keep"),
            "rounding": self.read("rounding.mode", self._one_of(tuple(MODES)), "half_even"),
            "rounding_multiple": self.read("rounding.multiple", money, None),
            "instalment_multiple": self.read("instalment_multiple", money, None),
            "respread": self.read("respread", self._flag, True),
            "instalment_basis": self.read("instalment_basis", self._one_of(("drawn", "committed")), "drawn"),
            "instalment_amount": level,
            "grace_principal": self.read("grace.principal_instalments", self._natural, 0),
            "grace_interest": self.read("grace.interest_instalments", self._natural, 0),
            "interest_free": self.read("grace.interest_free_instalments", self._natural, 0),
            "tranches": self._each("tranches", lambda item, at: Tranche(self._day(item["date"], at), self._money(item["amount"], at))),
            "rate_changes": self._each(
                "rate_changes", lambda item, at: RateChange(self._day(item["date"], at), self._rate(item["annual_rate"], at))
            ),
            "fees": self._each("fees", self._fee),
            "apr": self.read("apr", self._one_of(APR_RULES), None),
            "holiday_country": self.read("holidays.country", self._country, ""),
            "holiday_shift": self.read(
                "holidays.shift", self._one_of(HOLIDAY_SHIFTS), "following" if self.data.get("holidays") else "none"
            ),
        }
        return None if self.faults else Terms(**values)

    def _each(self, name: str, parse: Callable[[Any, str], T]) -> tuple[T, ...]:
        items = self.data.get(name)
        if items is None:
            return ()
        if not isinstance(items, list) or len(items) > MAX_ITEMS:
            self.fault(f"/{name}", "not_a_list", f"This has to be a list of at most {MAX_ITEMS} objects.")
            return ()
        whole = [(number, item) for number, item in enumerate(items) if self._is_whole(name, f"/{name}/{number}", item)]
        read = (self._parse(item, f"/{name}/{number}", parse, None) for number, item in whole)
        return tuple(item for item in read if item is not None)

    def _is_whole(self, name: str, pointer: str, item: Any) -> bool:
        """Whether an object of a list has the fields it needs and no others."""
        if not isinstance(item, dict):
            self.fault(pointer, "not_an_object", "This has to be an object.")
            return False
        needed, possible = _ITEMS[name]
        for missing in sorted(needed - item.keys()):
            self.fault(f"{pointer}/{missing}", "required", "This field is needed.")
        for surplus in sorted(item.keys() - needed - possible):
            self.fault(f"{pointer}/{surplus}", "unknown_field", "This field is not known.")
        return needed <= item.keys() <= needed | possible

    def _currency(self, value: Any, pointer: str) -> str:
        if not isinstance(value, str) or not is_currency(value):
            raise ValueError("This is not a currency code such as EUR.")
        return value

    def _country(self, value: Any, pointer: str) -> str:
        if not isinstance(value, str) or not has_holidays(value):
            raise ValueError("This is not a country code such as DE whose holidays are known.")
        return value

    def _money(self, value: Any, pointer: str) -> Decimal:
        return parse_amount(value, self.currency)

    def _rate(self, value: Any, pointer: str) -> Decimal:
        if not isinstance(value, str) or not _RATE.fullmatch(value):
            raise ValueError('Write the rate as a fraction per year in a string, such as "0.0725".')
        return Decimal(value)

    def _day(self, value: Any, pointer: str) -> date:
        if not isinstance(value, str) or not re.fullmatch(r"\d{4}-\d{2}-\d{2}", value):
            raise ValueError("Write the date as YYYY-MM-DD.")
        return date.fromisoformat(value)

    def _count(self, value: Any, pointer: str) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= MOST:
            raise ValueError("This has to be a whole number between 1 and 1200.")
        return value

    def _natural(self, value: Any, pointer: str) -> int:
        return 0 if value == 0 and not isinstance(value, bool) else self._count(value, pointer)

    def _flag(self, value: Any, pointer: str) -> bool:
        if not isinstance(value, bool):
            raise ValueError("This has to be true or false.")
        return value

    def _one_of(self, allowed: tuple[str, ...]) -> Callable[[Any, str], str]:
        def parse(value: Any, pointer: str) -> str:
            if value not in allowed:
                raise ValueError(f"This has to be one of {', '.join(allowed)}.")
            return str(value)

        return parse

    def _fee(self, item: dict[str, Any], pointer: str) -> Fee:
        when = self._one_of(("payout", "each_instalment"))(item.get("when") or "payout", pointer)
        code, amount, percent, cap = (item.get(name) for name in ("code", "amount", "percent", "cap"))
        if not isinstance(code, str) or not 1 <= len(code) <= 40:
            raise ValueError("The code of a fee is a text of 1 to 40 characters.")
        if (amount is None) == (percent is None):
            raise ValueError("A fee has either an amount or a percent.")
        if percent is not None and (not isinstance(percent, str) or not _RATE.fullmatch(percent)):
            raise ValueError('Write the percent as a string, such as "1.5".')
        return Fee(
            code=code,
            amount=None if amount is None else self._money(amount, pointer),
            percent=None if percent is None else Decimal(percent),
            cap=None if cap is None else self._money(cap, pointer),
            when=when,
        )
