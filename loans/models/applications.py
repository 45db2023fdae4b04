"""Applications: what was asked for, by whom, through which door, what holds it, what was decided, what must be true before payout."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, ClassVar

from django.db import models
from django.db.models import Q

from core.fields import BlindIndexField, EncryptedTextField, MoneyField, RateField
from core.uuids import uuid7
from loans.domain.states import IN_PROCESS, ApplicationState
from loans.models.stored_files import StoredFile

if TYPE_CHECKING:
    from loans.models.missing import MissingRequest


class Channel(models.TextChoices):
    """The door an application came through."""

    BRANCH = "BRANCH", "Branch"
    PARTNER = "PARTNER", "Partner"
    IMPORT = "IMPORT", "Import"


class Application(models.Model):
    """A request for credit. Amount in `currency`, term in months.

    While it is a draft, `draft` holds the half-filled form (encrypted JSON) and the borrower may be missing. `stated` holds
    what the applicant says of income, obligations, employment or financials; checked facts live in risk. `version` rises
    with each edit, so that two people at once are told apart.
    """

    id = models.UUIDField(primary_key=True, default=uuid7)
    reference = models.CharField(max_length=20, unique=True)
    branch = models.ForeignKey("core.Branch", on_delete=models.PROTECT, related_name="+")
    product_version = models.ForeignKey("loans.ProductVersion", on_delete=models.PROTECT, null=True, related_name="+")
    borrower = models.ForeignKey("loans.Borrower", on_delete=models.PROTECT, null=True, related_name="applications")
    channel = models.CharField(max_length=8, choices=Channel.choices, default=Channel.BRANCH)
    partner = models.ForeignKey("core.PartnerClient", on_delete=models.PROTECT, null=True, related_name="+")
    external_reference = models.CharField(max_length=100, null=True, blank=True)
    external_fingerprint = models.CharField(max_length=64, blank=True)
    officer = models.ForeignKey("core.User", on_delete=models.PROTECT, null=True, related_name="+")
    assigned_to = models.ForeignKey("core.User", on_delete=models.PROTECT, null=True, related_name="+")
    snoozed_until = models.DateField(null=True, help_text="Out of the holder's way until this day")
    snooze_reason = models.CharField(max_length=200, blank=True, default="", db_default="")

    state = models.CharField(max_length=24, choices=[(s.value, s.value) for s in ApplicationState], default=ApplicationState.DRAFT.value)
    amount = MoneyField(null=True)
    currency = models.CharField(max_length=3, blank=True)
    term_months = models.PositiveSmallIntegerField(null=True)
    purpose_code = models.CharField(max_length=30, blank=True)
    purpose_text = models.CharField(max_length=200, blank=True)
    payee_name = models.CharField(max_length=160, blank=True)
    payee_iban = EncryptedTextField()
    payee_iban_index = BlindIndexField(source="payee_iban", kind="iban")
    device = EncryptedTextField(help_text="The machine the applicant used, as the partner knows it; never the bank's own")
    device_index = BlindIndexField(source="device", kind="device")
    network = EncryptedTextField(help_text="Where on the internet it stood")
    network_index = BlindIndexField(source="network", kind="network")
    stated = models.JSONField(default=dict)
    stated_collateral = models.JSONField(default=list)
    stated_places = EncryptedTextField(help_text="What else was stated of each asset: address, owner, details; JSON")
    consents = models.JSONField(default=list)
    draft = EncryptedTextField()
    version = models.PositiveIntegerField(default=1)

    # What the queue shows, kept here by risk through `services.note_recommendation` so that a list is one query.
    grade = models.CharField(max_length=1, blank=True)
    score = models.SmallIntegerField(null=True)
    recommendation = models.CharField(max_length=8, blank=True, help_text="APPROVE, REFER or DECLINE")
    flags = models.JSONField(default=list, help_text="Short texts of failed checks")
    sampled_for_review = models.BooleanField(default=False)

    created_at = models.DateTimeField(auto_now_add=True)
    created_date = models.DateField()
    submitted_at = models.DateTimeField(null=True)
    submitted_date = models.DateField(null=True)
    due_date = models.DateField(null=True)
    decided_date = models.DateField(null=True)
    complete_by = models.DateField(null=True, help_text="The last day a letter gave to complete a returned file; none while it is owed")
    contract_by = models.DateField(null=True, help_text="The last day on which the accepted offer becomes a contract")

    # Set by whoever has them at hand already: a list that read them for all its rows, the intake that has just written them.
    read_parties: list[ApplicationParty]
    open_holds: list[ApplicationHold]
    read_requests: list[MissingRequest]

    class Meta:
        ordering: ClassVar[list[str]] = ["-id"]
        constraints: ClassVar = [
            models.CheckConstraint(name="application_amount_positive", condition=Q(amount__isnull=True) | Q(amount__gt=0)),
            models.CheckConstraint(
                name="application_submitted_is_complete",
                condition=Q(state__in=["DRAFT", "WITHDRAWN"])
                | (
                    Q(borrower__isnull=False)
                    & Q(product_version__isnull=False)
                    & Q(amount__isnull=False)
                    & Q(term_months__isnull=False)
                    & Q(submitted_date__isnull=False)
                ),
            ),
            models.CheckConstraint(
                name="application_snoozed_by_its_holder", condition=Q(snoozed_until__isnull=True) | Q(assigned_to__isnull=False)
            ),
            models.UniqueConstraint(
                name="application_external_reference_once", fields=["partner", "external_reference"], condition=Q(partner__isnull=False)
            ),
        ]
        indexes: ClassVar = [
            models.Index(name="application_queue", fields=["branch", "state", "due_date"]),
            models.Index(name="application_state", fields=["state", "due_date", "id"]),
            # The order of the work queue, over the open files alone: a page of it reads 25 rows, however many were closed.
            models.Index(name="application_work", fields=["due_date", "id"], condition=Q(state__in=sorted(s.value for s in IN_PROCESS))),
            models.Index(name="application_contract_by", fields=["contract_by"], condition=Q(state="ACCEPTED")),
            models.Index(name="application_decided", fields=["decided_date"], condition=Q(decided_date__isnull=False)),
        ]

    def __str__(self) -> str:
        return self.reference

    @property
    def applicant_name(self) -> str:
        """The borrower's name. Of a draft the one that was typed: it is kept encrypted with the rest, so that no search finds it."""
        if self.borrower is not None or not self.draft:
            return self.borrower.name if self.borrower else ""
        return str((json.loads(self.draft).get("applicant") or {}).get("name") or "")


class ApplicationParty(models.Model):
    """Somebody with a part in an application: the applicant, co-borrowers, guarantors, owners, directors, spouses,
    and who owns what is pledged for it.

    `stated` is what the application said of them, which stays whatever the customer's record is amended to; `differing` names what of it
    stood otherwise on record when it came in.
    """

    class Part(models.TextChoices):
        APPLICANT = "APPLICANT", "Applicant"
        CO_BORROWER = "CO_BORROWER", "Co-borrower"
        GUARANTOR = "GUARANTOR", "Guarantor"
        OWNER = "OWNER", "Owner"
        DIRECTOR = "DIRECTOR", "Director"
        SPOUSE = "SPOUSE", "Spouse"
        PLEDGOR = "PLEDGOR", "Owner of collateral"

    id = models.UUIDField(primary_key=True, default=uuid7)
    application = models.ForeignKey(Application, on_delete=models.CASCADE, related_name="parties")
    borrower = models.ForeignKey("loans.Borrower", on_delete=models.PROTECT, related_name="parts")
    part = models.CharField(max_length=12, choices=Part.choices)
    stated = EncryptedTextField(help_text="Name, identifiers, birth date, phone, e-mail and address as stated, JSON")
    differing = models.JSONField(default=list, db_default=[])

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(name="application_party_once", fields=["application", "borrower", "part"]),
        ]


class ApplicationHold(models.Model):
    """Something that stops an application without being a state: a screening hit, a blacklist entry, a fraud signal, a flag against
    what is pledged, a dispute, a record amended since the decision."""

    class Reason(models.TextChoices):
        SCREENING = "SCREENING", "Screening hit to be decided"
        BLACKLIST = "BLACKLIST", "Active blacklist entry"
        FRAUD = "FRAUD", "Fraud signal"
        DISPUTE = "DISPUTE", "Dispute"
        COLLATERAL = "COLLATERAL", "Red flag against what is pledged"
        LAPSED = "LAPSED", "Value or insurance of what is pledged has run out"
        AMENDED = "AMENDED", "Customer record amended since the decision"

    id = models.UUIDField(primary_key=True, default=uuid7)
    application = models.ForeignKey(Application, on_delete=models.CASCADE, related_name="holds")
    reason = models.CharField(max_length=10, choices=Reason.choices)
    source = models.CharField(max_length=60, help_text="What put it on hold: hit:<id>, entry:<id>")
    opened_at = models.DateTimeField(auto_now_add=True)
    released_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="application_hold_once", fields=["application", "reason", "source"], condition=Q(released_at__isnull=True)
            ),
        ]


class ApplicationOutcome(models.Model):
    """What the applicant is told: the decision in public words. Append-only; the latest counts. The evidence lies in risk."""

    id = models.UUIDField(primary_key=True, default=uuid7)
    application = models.ForeignKey(Application, on_delete=models.PROTECT, related_name="outcomes")
    outcome = models.CharField(max_length=24, help_text="APPROVED, APPROVED_WITH_CONDITIONS, COUNTER_OFFERED, DECLINED, RETURNED")
    amount = MoneyField(null=True)
    term_months = models.PositiveSmallIntegerField(null=True)
    annual_rate = RateField(null=True)
    conditions = models.JSONField(default=list, help_text='[{"code", "text"}]')
    reasons = models.JSONField(default=list, help_text='[{"code", "text"}] in public wording')
    valid_until = models.DateField(null=True)
    decided_by = models.ForeignKey("core.User", on_delete=models.PROTECT, null=True, related_name="+")
    put_up_by = models.ForeignKey(
        "core.User", on_delete=models.PROTECT, null=True, related_name="+", help_text="Who put it up, where others decided with them"
    )
    voters = models.JSONField(default=list, db_default=[], help_text="Ids of the members who voted, where a committee decided")
    decided_at = models.DateTimeField(auto_now_add=True)
    decided_date = models.DateField()

    class Meta:
        ordering: ClassVar[list[str]] = ["-id"]

    @property
    def deciders(self) -> frozenset[int]:
        """The ids of those who answered for it."""
        return frozenset(one for one in (self.decided_by_id, self.put_up_by_id, *self.voters) if one is not None)


class ConditionPrecedent(models.Model):
    """What must be true before money leaves. Other rooms satisfy it by calling down."""

    class State(models.TextChoices):
        OPEN = "OPEN", "Open"
        SATISFIED = "SATISFIED", "Satisfied"
        WAIVED = "WAIVED", "Waived"

    id = models.UUIDField(primary_key=True, default=uuid7)
    application = models.ForeignKey(Application, on_delete=models.PROTECT, related_name="conditions")
    code = models.CharField(max_length=40, help_text="collateral_perfected, contract_signed, or a code of the decision")
    title = models.CharField(max_length=200)
    state = models.CharField(max_length=9, choices=State.choices, default=State.OPEN)
    settled_by = models.ForeignKey("core.User", on_delete=models.PROTECT, null=True, related_name="+")
    settled_by_name = models.CharField(max_length=120, blank=True)
    settled_at = models.DateTimeField(null=True)
    note = models.CharField(max_length=200, blank=True)
    document = models.ForeignKey("loans.Document", on_delete=models.PROTECT, null=True, related_name="+", help_text="What shows it")

    class Meta:
        ordering: ClassVar[list[str]] = ["id"]
        constraints: ClassVar = [models.UniqueConstraint(name="condition_once", fields=["application", "code"])]


class Document(StoredFile):
    """A file of an application."""

    id = models.UUIDField(primary_key=True, default=uuid7)
    application = models.ForeignKey(Application, on_delete=models.CASCADE, related_name="documents")
    kind = models.CharField(max_length=40)

    # Letters that the night writes, of which there is one whatever is repeated.
    OFFER_ENDED, CONTRACT_ENDED = "offer_ended", "contract_ended"
    BY_NIGHT = (OFFER_ENDED, CONTRACT_ENDED)
    NIGHT = "sweep"
    """By whom they are kept, who is no person of the house and no partner."""

    class Meta:
        ordering: ClassVar[list[str]] = ["id"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="document_lapse_letter_once",
                fields=["application", "kind", "name"],
                # Others may have kept files of these kinds before they were the bank's own.
                condition=Q(kind__in=["offer_ended", "contract_ended"], uploaded_by__isnull=True, uploaded_by_name="sweep"),
            ),
        ]
