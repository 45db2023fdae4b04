"""The policy, the scorecard and the appetite that an assessment stands on: which versions are in force, asked at once."""

from __future__ import annotations

from dataclasses import dataclass

from core.kept_rows import KeptRows
from core.written_queries import PreparedQuery
from risk.domain.application_score import StoredCard
from risk.domain.policy_engine import PolicyTable
from risk.models import LimitSettings, ModelVersion, PolicyVersion
from risk.selectors.limits import AppetiteInForce, appetite_from

_policies = KeptRows(PolicyVersion.objects.all, lambda row: PolicyTable.stored(row.rules, row.jdm), "risk_policyversion")
_models = KeptRows(ModelVersion.objects.all, lambda row: StoredCard.read(row.definition), "risk_modelversion")
_appetites = KeptRows(LimitSettings.objects.all, appetite_from, "risk_limitsettings")
# Each table holds to one row at most (`policy_one_active`, `model_one_active`, `limit_settings_one_active`).
_marks = PreparedQuery(
    f"""
SELECT (SELECT {_policies.mark} FROM risk_policyversion WHERE state = 'ACTIVE'),
       (SELECT {_models.mark} FROM risk_modelversion WHERE state = 'ACTIVE' AND name = $1),
       (SELECT {_appetites.mark} FROM risk_limitsettings WHERE state = 'ACTIVE' AND kind = 'APPETITE')
""",
    1,
)


@dataclass(frozen=True)
class InForce:
    """Policy and scorecard, each with what it is read as, None where none is in force; the appetite, or the default one."""

    policy: tuple[PolicyVersion, PolicyTable] | None
    model: tuple[ModelVersion, StoredCard] | None
    appetite: AppetiteInForce


def in_force(population: str) -> InForce:
    """What a file of this population is held against now. One query; one more for each version that this process has not read yet."""
    ((policy, model, appetite),) = _marks.rows(population)
    held = _appetites.get(appetite)
    return InForce(_policies.get(policy), _models.get(model), held[1] if held else appetite_from(None))
