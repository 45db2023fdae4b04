"""Papers about an asset: what proves its title, its insurance, a lien, or what it cost."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from collateral.models.assets import Asset
from core.uuids import uuid7
from loans.models import StoredFile


class AssetDocument(StoredFile):
    """One paper, kept as it came and never changed. It belongs to the asset, whatever that is pledged for;
    `paper_date` is the day written on it.
    """

    class Kind(models.TextChoices):
        TITLE_EXTRACT = "TITLE_EXTRACT", "Title extract"
        LIEN_REGISTRATION = "LIEN_REGISTRATION", "Registration of a lien"
        BLOCK = "BLOCK", "Custodian's confirmation of a block"
        REGISTRY_RECEIPT = "REGISTRY_RECEIPT", "Receipt of the registry"
        REGISTRY_REFUSAL = "REGISTRY_REFUSAL", "Refusal by the registry"
        INSURANCE_POLICY = "INSURANCE_POLICY", "Insurance policy"
        APPRAISAL_REPORT = "APPRAISAL_REPORT", "Appraisal report"
        PURCHASE_CONTRACT = "PURCHASE_CONTRACT", "Purchase contract"
        SALE_RECORD = "SALE_RECORD", "Sale contract or auction record"
        COSTS_INVOICE = "COSTS_INVOICE", "Invoice of costs"
        PRICE_RECEIPT = "PRICE_RECEIPT", "What shows that the money came in"
        SALE_VOID = "SALE_VOID", "What shows that a sale came to nothing"
        LOSS_REPORT = "LOSS_REPORT", "What shows that it is no more"
        EXISTENCE = "EXISTENCE", "What shows that it is there"
        OTHER = "OTHER", "Other paper"

    # What tells whoever values an asset nothing of what others said, paid, insured or lent on it.
    SHOWN_TO_APPRAISERS: ClassVar = (Kind.TITLE_EXTRACT,)
    # What collections put on file too, with the sale or the end of a sale or a loss that it proves.
    OF_SALES: ClassVar = (Kind.SALE_RECORD, Kind.COSTS_INVOICE, Kind.PRICE_RECEIPT)
    BY_COLLECTIONS: ClassVar = (*OF_SALES, Kind.SALE_VOID, Kind.LOSS_REPORT, Kind.EXISTENCE)

    id = models.UUIDField(primary_key=True, default=uuid7)
    asset = models.ForeignKey(Asset, on_delete=models.PROTECT, related_name="papers")
    kind = models.CharField(max_length=17, choices=Kind.choices)
    paper_date = models.DateField()
    note = models.CharField(max_length=200, blank=True)
    recorded_date = models.DateField()

    class Meta:
        ordering: ClassVar[list[str]] = ["-id"]
        constraints: ClassVar = [
            models.UniqueConstraint(name="asset_document_once", fields=["asset", "kind", "sha256"]),
            models.CheckConstraint(name="asset_document_not_from_tomorrow", condition=Q(paper_date__lte=F("recorded_date"))),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} of {self.paper_date:%d %b %Y}: {self.name}"
