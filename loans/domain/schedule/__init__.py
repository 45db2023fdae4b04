"""The schedule engine: terms in, instalments out. Pure and exact; rounding rules stand as worked tables in docs/schedules.md."""

from loans.domain.schedule.engine import build_schedule
from loans.domain.schedule.terms import Fee, Instalment, RateChange, Schedule, ScheduleError, Terms, Tranche

__all__ = ["Fee", "Instalment", "RateChange", "Schedule", "ScheduleError", "Terms", "Tranche", "build_schedule"]
