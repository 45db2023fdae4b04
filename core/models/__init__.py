"""People, branches, the business date, the audit log, the outbox, proposals under four eyes, and idempotency keys."""

from core.models.bank import BankState, Heartbeat
from core.models.people import Branch, User, UserBranch, UserRole
from core.models.records import AuditEntry, EventDelivery, OutboxEvent
from core.models.requests import IdempotencyKey, PartnerClient, Proposal, ProposalState

__all__ = [
    "AuditEntry",
    "BankState",
    "Branch",
    "EventDelivery",
    "Heartbeat",
    "IdempotencyKey",
    "OutboxEvent",
    "PartnerClient",
    "Proposal",
    "ProposalState",
    "User",
    "UserBranch",
    "UserRole",
]
