"""Investigations and facts, fraud signals, models and scores, policies and evaluations, decisions, portfolio snapshots."""

from risk.models.accounts import AnnualAccounts
from risk.models.bureau import BureauCircuit, BureauReport
from risk.models.decisions import CommitteeVote, CoverSignature, Decision, ExposureSignature, Recommendation
from risk.models.drift import ModelDrift, ModelImpact
from risk.models.field_work import AuditLot, Explanation, FieldRecord, FileAudit
from risk.models.fraud import ApplicationTrace, FraudSignal
from risk.models.fraud_trials import FraudTrial, FraudTrialChange
from risk.models.investigations import ChecklistItem, Fact, Investigation, InvestigationStep
from risk.models.letters import DecisionLetter
from risk.models.limit_settings import LimitSettings
from risk.models.past_cases import PastCase
from risk.models.portfolio import PortfolioFigure
from risk.models.registered import RegisteredAddress
from risk.models.scoring import ModelVersion, PolicyEvaluation, PolicyRun, PolicyRunChange, PolicyVersion, Score
from risk.models.second_looks import SecondLook
from risk.models.training import TrainingRun

__all__ = [
    "AnnualAccounts",
    "ApplicationTrace",
    "AuditLot",
    "BureauCircuit",
    "BureauReport",
    "ChecklistItem",
    "CommitteeVote",
    "CoverSignature",
    "Decision",
    "DecisionLetter",
    "Explanation",
    "ExposureSignature",
    "Fact",
    "FieldRecord",
    "FileAudit",
    "FraudSignal",
    "FraudTrial",
    "FraudTrialChange",
    "Investigation",
    "InvestigationStep",
    "LimitSettings",
    "ModelDrift",
    "ModelImpact",
    "ModelVersion",
    "PastCase",
    "PolicyEvaluation",
    "PolicyRun",
    "PolicyRunChange",
    "PolicyVersion",
    "PortfolioFigure",
    "Recommendation",
    "RegisteredAddress",
    "Score",
    "SecondLook",
    "TrainingRun",
]
