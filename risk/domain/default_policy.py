"""The policy a new bank starts with. Every number is a default that risk staff change under four eyes."""

from __future__ import annotations

from risk.domain.policy import Condition, Operator, PolicyRule
from risk.domain.policy_examples import PolicyExample
from risk.domain.states import Recommended

_MOST, _LEAST, _IN, _IS = Operator.AT_MOST, Operator.AT_LEAST, Operator.IN, Operator.IS
_PERSON, _COMPANY, _SECURED = ("person",), ("company",), ("secured",)
# What only statements show is asked of a file that has some; a share over a few lines tells too little to decline by itself.
_SHOWN = (Condition("statements_on_file", _IS, "true"),)
_MONTHS = (*_SHOWN, Condition("statement_months", _LEAST, "3"))
_STATEMENTS = "Account statements"

DEFAULT_RULES: tuple[PolicyRule, ...] = (
    PolicyRule("dsti", "Debt service to income", _MOST, "0.40", "0.50", "", "Affordability", "P01", _PERSON),
    PolicyRule("dti", "Debt to yearly income", _MOST, "4", "6", "times", "Affordability", "P02", _PERSON),
    PolicyRule(
        "disposable_income", "Disposable income after the loan", _LEAST, "300.00", "0.00", "per month", "Affordability", "P03", _PERSON
    ),
    PolicyRule("employment_months", "Months with the present employer", _LEAST, "6", None, "months", "Affordability", "P04", _PERSON),
    PolicyRule("age", "Age", _LEAST, None, "18", "years", "Identity and screening", "P05", _PERSON),
    PolicyRule("age_at_maturity", "Age at maturity", _MOST, "70", "80", "years", "Identity and screening", "P06", _PERSON),
    PolicyRule("dscr", "Debt service cover", _LEAST, "1.25", "1.00", "times", "Business", "P07", _COMPANY),
    PolicyRule("years_in_business", "Years in business", _LEAST, "2", "1", "years", "Business", "P08", _COMPANY),
    PolicyRule("equity_ratio", "Equity ratio", _LEAST, "0.15", "0.00", "", "Business", "P09", _COMPANY),
    PolicyRule("own_history_worst_dpd", "Worst delay on loans with us", _MOST, "30", "90", "days", "Credit history", "P10"),
    PolicyRule("own_history_defaults", "Loans with us that went bad", _MOST, "0", None, "loans", "Credit history", "P28"),
    # Somebody else's past never declines by itself: who answers for a loan may be changed.
    PolicyRule("parties_worst_dpd", "Worst delay of co-borrowers and guarantors", _MOST, "30", None, "days", "Credit history", "P29"),
    PolicyRule(
        "parties_defaults", "Loans of co-borrowers and guarantors that went bad", _MOST, "0", None, "loans", "Credit history", "P30"
    ),
    PolicyRule("bureau_worst_dpd", "Worst delay in the bureau report", _MOST, "30", "90", "days", "Credit history", "P11"),
    PolicyRule("grade", "Grade", _IN, "A, B, C", "A, B, C, D", "", "Credit history", "P12"),
    PolicyRule("ltv", "Loan to value", _MOST, "0.80", "1.00", "", "Collateral", "P13", _SECURED),
    PolicyRule("collateral_coverage", "Collateral coverage", _LEAST, "1.00", None, "", "Collateral", "P14", _SECURED),
    PolicyRule("open_red_flags", "Open red flags", _MOST, "0", None, "flags", "Collateral", "P15", _SECURED),
    PolicyRule("identity_verified", "Identity verified", _IS, "true", None, "", "Identity and screening", "P16"),
    PolicyRule("screening_clear", "Screening clear", _IS, "true", None, "", "Identity and screening", "P17"),
    PolicyRule("failed_checks", "Checks not in order", _MOST, "0", None, "checks", "Identity and screening", "P18"),
    PolicyRule("address_registered", "Registered at the stated address", _IS, "true", None, "", "Identity and screening", "P19"),
    PolicyRule("bureau_enquiries", "Bureau enquiries in six months", _MOST, "5", None, "enquiries", "Credit history", "P20"),
    # A valuation may count until its class lets it expire; a loan that is granted today stands on one of half a year.
    PolicyRule("valuation_age_days", "Age of the oldest valuation", _MOST, "180", None, "days", "Collateral", "P21", _SECURED),
    PolicyRule("returned_count", "Returned items", _MOST, "2", "12", "items", _STATEMENTS, "P22", (), _SHOWN),
    PolicyRule("gambling_share", "Gambling share of spending", _MOST, "0.05", None, "", _STATEMENTS, "P23", _PERSON, _SHOWN),
    PolicyRule("gambling_share", "Gambling share of spending over months", _MOST, None, "0.30", "", _STATEMENTS, "P24", _PERSON, _MONTHS),
    PolicyRule("cash_share", "Cash share of turnover", _MOST, "0.60", None, "", _STATEMENTS, "P25", (), _SHOWN),
    PolicyRule("income_regularity", "Months with the usual income", _LEAST, "0.75", None, "", _STATEMENTS, "P26", _PERSON, _SHOWN),
    PolicyRule("lowest_balance", "Lowest balance", _LEAST, "0.00", None, "", _STATEMENTS, "P27", _PERSON, _SHOWN),
    # The limit that debt service as recorded may not pass; statements show more than one kind of payment, so it declines nobody.
    PolicyRule("statement_dsti", "Debt service to income by statements", _MOST, "0.50", None, "", _STATEMENTS, "P31", _PERSON, _SHOWN),
    # Half of the usual counts as regular for most of a year after an income fell or stopped.
    PolicyRule("income_trend", "Recent income to the year's", _LEAST, "0.75", None, "times", _STATEMENTS, "P32", _PERSON, _SHOWN),
    # What a borrower would have to carry under stress is for a person to weigh: no row of it declines by itself.
    PolicyRule("stressed_dsti", "Debt service to income under stress", _MOST, "0.50", None, "", "Affordability", "S01", _PERSON),
    PolicyRule(
        "stressed_disposable_income", "Disposable income under stress", _LEAST, "0.00", None, "per month", "Affordability", "S02", _PERSON
    ),
    PolicyRule("stressed_dscr", "Debt service cover under stress", _LEAST, "1.00", None, "times", "Business", "S03", _COMPANY),
)

_SOUND = {
    "address_registered": "true",
    "bureau_enquiries": "1",
    "bureau_worst_dpd": "0",
    "failed_checks": "0",
    "grade": "B",
    "identity_verified": "true",
    "loan_amount": "8000.00",
    "loan_months": "36",
    "own_history_defaults": "0",
    "own_history_worst_dpd": "0",
    "parties_defaults": "0",
    "parties_worst_dpd": "0",
    "screening_clear": "true",
    "statements_on_file": "false",
}
_SALARY = _SOUND | {
    "age": "40",
    "age_at_maturity": "45",
    "disposable_income": "900.00",
    "dsti": "0.3000",
    "dti": "2.0000",
    "employment_months": "48",
    "stressed_disposable_income": "600.00",
    "stressed_dsti": "0.3600",
}
_HOME = _SALARY | {"collateral_coverage": "1.2500", "ltv": "0.8000", "open_red_flags": "0", "valuation_age_days": "60"}
_BANKED = {
    "cash_share": "0.1000",
    "gambling_share": "0.0000",
    "income_regularity": "1.0000",
    "income_trend": "1.0000",
    "lowest_balance": "120.00",
    "returned_count": "0",
    "statement_dsti": "0.3200",
    "statement_months": "12",
    "statements_on_file": "true",
}
_WORKSHOP = _SOUND | {"dscr": "1.4000", "equity_ratio": "0.3000", "stressed_dscr": "1.1500", "years_in_business": "6.0000"}

SOUND_VALUES = _HOME | _WORKSHOP
"""A value that passes for each fact that the default asks of every file."""
SOUND_STATEMENTS = _BANKED
"""The same of what it asks where there are statements."""

DEFAULT_EXAMPLES: tuple[PolicyExample, ...] = (
    PolicyExample("Sound salary earner", Recommended.APPROVE, _PERSON, _SALARY),
    PolicyExample("Home at the loan to value limit", Recommended.APPROVE, ("person", "secured"), _HOME),
    PolicyExample("Sound workshop", Recommended.APPROVE, _COMPANY, _WORKSHOP),
    PolicyExample("Salary earner with sound statements", Recommended.APPROVE, _PERSON, _SALARY | _BANKED),
    PolicyExample("Debt service between soft and hard limit", Recommended.REFER, _PERSON, _SALARY | {"dsti": "0.4500"}),
    PolicyExample(
        "Carries it today, not under stress", Recommended.REFER, _PERSON, _SALARY | {"dsti": "0.3900", "stressed_dsti": "0.5200"}
    ),
    PolicyExample(
        "Income nobody has shown",
        Recommended.REFER,
        _PERSON,
        _SALARY,
        ("disposable_income", "dsti", "dti", "stressed_disposable_income", "stressed_dsti"),
    ),
    PolicyExample("Registered at another address", Recommended.REFER, _PERSON, _SALARY | {"address_registered": "false"}),
    PolicyExample(
        "Address that no register has shown",
        Recommended.REFER,
        _COMPANY,
        {code: value for code, value in _WORKSHOP.items() if code != "address_registered"},
    ),
    PolicyExample("Part of an earlier loan written off", Recommended.REFER, _PERSON, _SALARY | {"own_history_defaults": "1"}),
    PolicyExample("Guarantor who paid a loan late", Recommended.REFER, _PERSON, _SALARY | {"parties_worst_dpd": "45"}),
    PolicyExample("Co-borrower with a loan called in", Recommended.REFER, _PERSON, _SALARY | {"parties_defaults": "1"}),
    PolicyExample("Many enquiries in half a year", Recommended.REFER, _PERSON, _SALARY | {"bureau_enquiries": "6"}),
    PolicyExample("Home valued a year ago", Recommended.REFER, ("person", "secured"), _HOME | {"valuation_age_days": "365"}),
    PolicyExample("Payments returned three times", Recommended.REFER, _PERSON, _SALARY | _BANKED | {"returned_count": "3"}),
    PolicyExample("A tenth spent on gambling", Recommended.REFER, _PERSON, _SALARY | _BANKED | {"gambling_share": "0.1000"}),
    PolicyExample(
        "One line of gambling on a month's statement",
        Recommended.REFER,
        _PERSON,
        _SALARY | _BANKED | {"gambling_share": "1.0000", "statement_months": "1"},
    ),
    PolicyExample("Workshop paid in cash", Recommended.REFER, _COMPANY, _WORKSHOP | _BANKED | {"cash_share": "0.7000"}),
    PolicyExample("Income in every second month", Recommended.REFER, _PERSON, _SALARY | _BANKED | {"income_regularity": "0.5000"}),
    PolicyExample(
        "Debt that statements show and nobody stated", Recommended.REFER, _PERSON, _SALARY | _BANKED | {"statement_dsti": "0.5500"}
    ),
    PolicyExample("Income that fell by half", Recommended.REFER, _PERSON, _SALARY | _BANKED | {"income_trend": "0.5000"}),
    PolicyExample("Account overdrawn", Recommended.REFER, _PERSON, _SALARY | _BANKED | {"lowest_balance": "-50.00"}),
    PolicyExample(
        "Statements that name no balance",
        Recommended.REFER,
        _PERSON,
        {code: value for code, value in (_SALARY | _BANKED).items() if code != "lowest_balance"},
    ),
    PolicyExample("Payments returned every month", Recommended.DECLINE, _PERSON, _SALARY | _BANKED | {"returned_count": "13"}),
    PolicyExample("A third spent on gambling", Recommended.DECLINE, _PERSON, _SALARY | _BANKED | {"gambling_share": "0.3300"}),
    PolicyExample("Debt service beyond the hard limit", Recommended.DECLINE, _PERSON, _SALARY | {"dsti": "0.5100"}),
    PolicyExample("Not of age", Recommended.DECLINE, _PERSON, _SALARY | {"age": "17"}),
    PolicyExample("Workshop that does not earn its debt service", Recommended.DECLINE, _COMPANY, _WORKSHOP | {"dscr": "0.9000"}),
)
