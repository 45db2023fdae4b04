"""Assets that secure credit, who owns them, what they are worth by whose word, and what is wrong with them."""

from collateral.models.appraisers import OutsideAppraiser
from collateral.models.asset_documents import AssetDocument
from collateral.models.assets import Asset, AssetKind
from collateral.models.class_facts import (
    ClassFacts,
    Condition,
    DepositFacts,
    FactsVersion,
    LandFacts,
    MachineFacts,
    PropertyFacts,
    VehicleFacts,
)
from collateral.models.cover_runs import CoverRun
from collateral.models.covers import Cover, DecidedCover
from collateral.models.flags import RedFlag
from collateral.models.holdings import EquipmentFacts, SecurityHolding, SecurityPrice, WaitingPrice
from collateral.models.home_facts import HomeFacts
from collateral.models.indices import ComputedValue, IndexPoint, IndexSeries, ValueSettings
from collateral.models.inspections import Inspection, InspectionPlan, InspectionRound, InspectionSettings, InspectionStop
from collateral.models.margin import Covenant, MarginCall
from collateral.models.modifications import Modification
from collateral.models.owners import AssetOwner, OwnerConsent, OwnerShare, Ownership, TitleCheck
from collateral.models.pledges import Pledge
from collateral.models.price_changes import SecuritySplit
from collateral.models.proceeds import Proceeds, SaleRest
from collateral.models.realisations import Realisation
from collateral.models.receivables import Receivable, ReceivableFile, ReceivablePart
from collateral.models.records import AssetPhoto, InsurancePolicy, Lien
from collateral.models.sales import HedonicVersion, Sale
from collateral.models.twins import AssetKey, TwinJudgement
from collateral.models.valuation_files import ValuationFile
from collateral.models.valuations import Valuation
from collateral.models.value_files import ValueFile

__all__ = [
    "Asset",
    "AssetDocument",
    "AssetKey",
    "AssetKind",
    "AssetOwner",
    "AssetPhoto",
    "ClassFacts",
    "ComputedValue",
    "Condition",
    "Covenant",
    "Cover",
    "CoverRun",
    "DecidedCover",
    "DepositFacts",
    "EquipmentFacts",
    "FactsVersion",
    "HedonicVersion",
    "HomeFacts",
    "IndexPoint",
    "IndexSeries",
    "Inspection",
    "InspectionPlan",
    "InspectionRound",
    "InspectionSettings",
    "InspectionStop",
    "InsurancePolicy",
    "LandFacts",
    "Lien",
    "MachineFacts",
    "MarginCall",
    "Modification",
    "OutsideAppraiser",
    "OwnerConsent",
    "OwnerShare",
    "Ownership",
    "Pledge",
    "Proceeds",
    "PropertyFacts",
    "Realisation",
    "Receivable",
    "ReceivableFile",
    "ReceivablePart",
    "RedFlag",
    "Sale",
    "SaleRest",
    "SecurityHolding",
    "SecurityPrice",
    "SecuritySplit",
    "TitleCheck",
    "TwinJudgement",
    "Valuation",
    "ValuationFile",
    "ValueFile",
    "ValueSettings",
    "VehicleFacts",
    "WaitingPrice",
]
