"""The roles of the house and which two of them never sit in one person."""

from __future__ import annotations

from django.db.models import TextChoices


class Role(TextChoices):
    """What a person does in the bank. Several may sit in one person unless INCOMPATIBLE says otherwise."""

    OFFICER = "OFFICER", "Loan officer"
    INVESTIGATOR = "INVESTIGATOR", "Credit investigator"
    APPRAISER = "APPRAISER", "Appraiser"
    APPROVER = "APPROVER", "Approver"
    RISK_MANAGER = "RISK_MANAGER", "Risk manager"
    COLLECTIONS = "COLLECTIONS", "Collections officer"
    COMPLIANCE = "COMPLIANCE", "Compliance officer"
    AUDITOR = "AUDITOR", "Internal auditor"
    VALIDATOR = "VALIDATOR", "Model validator"
    ADMINISTRATOR = "ADMINISTRATOR", "Administrator"


# First, second and third line stay apart, and who runs the accounts of people never handles loans. The database refuses these
# pairs by trigger (core/migrations), so that no door can combine them.
INCOMPATIBLE: tuple[tuple[Role, Role], ...] = (
    (Role.OFFICER, Role.APPROVER),
    (Role.OFFICER, Role.COMPLIANCE),
    (Role.OFFICER, Role.RISK_MANAGER),
    (Role.INVESTIGATOR, Role.APPROVER),
    (Role.INVESTIGATOR, Role.COMPLIANCE),
    (Role.APPRAISER, Role.OFFICER),
    (Role.APPRAISER, Role.APPROVER),
    (Role.APPRAISER, Role.INVESTIGATOR),
    (Role.APPROVER, Role.COMPLIANCE),
    (Role.COLLECTIONS, Role.COMPLIANCE),
    (Role.VALIDATOR, Role.RISK_MANAGER),
    *((Role.AUDITOR, other) for other in Role if other != Role.AUDITOR),
    *((Role.ADMINISTRATOR, other) for other in Role if other not in (Role.ADMINISTRATOR, Role.AUDITOR)),
)

# Those who answer for the whole bank see every branch; the others see the branches they belong to.
BANK_WIDE = frozenset({Role.RISK_MANAGER, Role.COMPLIANCE, Role.AUDITOR, Role.VALIDATOR})
