"""The chart of accounts. Codes are fixed here; the rows are written by migration and never edited by people."""

from __future__ import annotations

from typing import Final

CASH: Final = "1000"
PRINCIPAL: Final = "1100"
INTEREST_RECEIVABLE: Final = "1200"
ACCRUED_INTEREST: Final = "1250"
FEES_RECEIVABLE: Final = "1300"
PENALTY_RECEIVABLE: Final = "1400"
PAYOUTS_IN_TRANSIT: Final = "1500"
RESTRUCTURING: Final = "1600"
SET_OFFS: Final = "1650"
SUSPENSE: Final = "2000"
SALE_PROCEEDS: Final = "2050"
ENFORCED_SALES: Final = "2060"
UNRECOGNISED_INTEREST: Final = "2100"
INTEREST_INCOME: Final = "4000"
FEE_INCOME: Final = "4100"
PENALTY_INCOME: Final = "4200"
RECOVERIES: Final = "4300"
WRITE_OFFS: Final = "5000"
WAIVERS: Final = "5100"
ENFORCEMENT_COSTS: Final = "5200"
CLAIMS_WRITTEN_OFF: Final = "9100"
OFF_BALANCE: Final = "9900"

# (code, name, kind of `AccountKind`).
ACCOUNTS: tuple[tuple[str, str, str], ...] = (
    (CASH, "Settlement account", "ASSET"),
    (PRINCIPAL, "Loan principal", "ASSET"),
    (INTEREST_RECEIVABLE, "Interest receivable", "ASSET"),
    (ACCRUED_INTEREST, "Interest accrued and not yet due", "ASSET"),
    (FEES_RECEIVABLE, "Fees receivable", "ASSET"),
    (PENALTY_RECEIVABLE, "Penalties receivable", "ASSET"),
    (PAYOUTS_IN_TRANSIT, "Payouts in transit", "LIABILITY"),
    (RESTRUCTURING, "Contracts being replaced", "ASSET"),
    (SET_OFFS, "Set-offs between loans", "ASSET"),
    (SUSPENSE, "Customer overpayments in suspense", "LIABILITY"),
    (SALE_PROCEEDS, "Sale proceeds owed to owners and others", "LIABILITY"),
    # What a sale brought, until it has been given out: at nothing once it is booked.
    (ENFORCED_SALES, "Enforced sales being given out", "LIABILITY"),
    (UNRECOGNISED_INTEREST, "Interest not recognised as income", "LIABILITY"),
    (INTEREST_INCOME, "Interest income", "INCOME"),
    (FEE_INCOME, "Fee income", "INCOME"),
    (PENALTY_INCOME, "Penalty income", "INCOME"),
    (RECOVERIES, "Recoveries of what was written off", "INCOME"),
    (WRITE_OFFS, "Loans written off", "EXPENSE"),
    (WAIVERS, "Waived claims", "EXPENSE"),
    (ENFORCEMENT_COSTS, "Costs of enforcement that no price carried", "EXPENSE"),
    # Beside the balance sheet: what was written off and may still come in.
    (CLAIMS_WRITTEN_OFF, "Claims written off, followed off balance", "MEMO"),
    (OFF_BALANCE, "Counterpart of what is followed off balance", "MEMO"),
)

# Where each component of an instalment stands until it is paid, and the income it becomes.
RECEIVABLES: dict[str, str] = {
    "principal": PRINCIPAL,
    "interest": INTEREST_RECEIVABLE,
    "fee": FEES_RECEIVABLE,
    "penalty": PENALTY_RECEIVABLE,
    "suspense": SUSPENSE,
}
