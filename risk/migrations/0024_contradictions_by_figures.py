"""What was found and judged of statements that cannot both be true, under the fingerprint that their figures belong to since: what was explained of
these very figures stays explained, and is not put before people once more.

A judgement of figures that the file no longer states keeps its old fingerprint: of other ones nobody has judged.
"""

from collections.abc import Iterator
from typing import Any

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from core.crypto import blind_index
from core.written_number import read_number

PIECE = 500


def fingerprint(key: str) -> str:
    return blind_index(f"IMPOSSIBLE {key}", kind="finding").hex()


def keys_of(signal: Any) -> Iterator[tuple[str, str, bool]]:
    """Of each contradiction by figures: its code, the key that what the file states now has, and whether the signal's words are of these figures."""
    stated, words = signal.application.stated or {}, str(signal.evidence.get("words", ""))
    months, born = read_number((stated.get("employment") or {}).get("months")), getattr(signal.application.borrower, "birth_date", None)
    if months is not None and born is not None:
        lived = (signal.raised_date.year - born.year) * 12 + signal.raised_date.month - born.month
        said = f"{int(months)} months with the employer would have begun at the age of {int((lived - months) // 12)}."
        yield "work_before_age", f"work_before_age {months.normalize():f} {born.isoformat()}", words == said
    money = stated.get("financials") or {}
    turnover, earned = read_number(money.get("turnover")), read_number(money.get("ebitda"))
    if turnover is not None and earned is not None:
        same = words.startswith(f"EBITDA of {earned:,.0f} exceeds ") and words.endswith(f"the turnover of {turnover:,.0f}.")
        yield "ebitda_above_turnover", f"ebitda_above_turnover {earned.normalize():f} {turnover.normalize():f}", same


def key_anew(apps: Apps, schema_editor: BaseDatabaseSchemaEditor | None) -> None:
    signals = apps.get_model("risk", "FraudSignal").objects
    old = [fingerprint("work_before_age"), fingerprint("ebitda_above_turnover")]
    changed = []
    for signal in signals.filter(rule="IMPOSSIBLE", finding__in=old).select_related("application__borrower").iterator(chunk_size=PIECE):
        for code, key, same in keys_of(signal):
            # One that is open is about what the file states, whatever day its words are of.
            if signal.finding != fingerprint(code) or not (same or signal.state == "OPEN"):
                continue
            finding = fingerprint(key)
            if signal.state == "OPEN" and signals.filter(application=signal.application_id, finding=finding, state="OPEN").exists():
                continue
            signal.finding = finding
            changed.append(signal)
            break
    signals.bulk_update(changed, ["finding"], batch_size=PIECE)


class Migration(migrations.Migration):
    dependencies = [
        ("risk", "0023_fraud_trial_once"),
    ]

    operations = [migrations.RunPython(key_anew, migrations.RunPython.noop)]
