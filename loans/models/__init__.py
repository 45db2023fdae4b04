"""Borrowers, products, applications, conditions, facilities, loans, instalments, payouts, payments, accounts and statements."""

from loans.models.accounts import BankAccount, RetoldLine, StatementImport, StatementLine, StatementPeriod
from loans.models.amendments import CustomerAmendment
from loans.models.applications import (
    Application,
    ApplicationHold,
    ApplicationOutcome,
    ApplicationParty,
    ConditionPrecedent,
    Document,
)
from loans.models.borrowers import Borrower
from loans.models.changes import Adjustment, AdjustmentPart, Moratorium, ScheduleChange
from loans.models.exposures import CarriedExposure
from loans.models.former_parties import FormerParty
from loans.models.history import StateChange
from loans.models.interests import DeclaredInterest
from loans.models.loans import Facility, Instalment, Loan
from loans.models.missing import MissingItem, MissingRequest
from loans.models.money_moves import Disbursement, Payment, PaymentAllocation, SetOff
from loans.models.payment_files import PaymentFile, PaymentLine
from loans.models.products import Product, ProductVersion
from loans.models.standing_orders import StandingOrder
from loans.models.stored_files import StoredFile
from loans.models.webhooks import WebhookDelivery, WebhookEndpoint

__all__ = [
    "Adjustment",
    "AdjustmentPart",
    "Application",
    "ApplicationHold",
    "ApplicationOutcome",
    "ApplicationParty",
    "BankAccount",
    "Borrower",
    "CarriedExposure",
    "ConditionPrecedent",
    "CustomerAmendment",
    "DeclaredInterest",
    "Disbursement",
    "Document",
    "Facility",
    "FormerParty",
    "Instalment",
    "Loan",
    "MissingItem",
    "MissingRequest",
    "Moratorium",
    "Payment",
    "PaymentAllocation",
    "PaymentFile",
    "PaymentLine",
    "Product",
    "ProductVersion",
    "RetoldLine",
    "ScheduleChange",
    "SetOff",
    "StandingOrder",
    "StateChange",
    "StatementImport",
    "StatementLine",
    "StatementPeriod",
    "StoredFile",
    "WebhookDelivery",
    "WebhookEndpoint",
]
