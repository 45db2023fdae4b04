"""The report of an import: one content, as a mapping for JSON and as lines for people."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from config.berka.past import PastLoans

Part = dict[str, Any]


def build_report(*, tallies: Iterable[Part], transactions: Part, loans: PastLoans, orders: Part, replayed: Part, judged: Part) -> Part:
    """Put together what the steps brought. Amounts are texts in CZK; `totals` shows what the source says beside what the bank holds."""
    files: Part = {}
    for tally in tallies:
        files |= tally
    statuses = sorted({known.row.status for known in loans.all})
    return {
        "files": files | {"loan.asc": loans.tally},
        "loans": {
            "total": len(loans.all),
            "by_status": {status: sum(known.row.status == status for known in loans.all) for status in statuses},
        },
        "scored": {name: judged[name] for name in ("loans", "auc", "by_outcome")},
        "replayed": {name: replayed[name] for name in ("loans", "payments", "overdue")},
        "totals": {
            "loans": {
                "source": _money(known.row.amount for known in loans.all),
                "scored": {"source": _money(known.row.amount for known in loans.scored), "bank": judged["amount"]},
                "replayed": {"source": _money(known.row.amount for known in loans.replayed), "bank": replayed["amount"]},
                "without_statements": {
                    "loans": len(loans.without_statements),
                    "source": _money(known.row.amount for known in loans.without_statements),
                },
            },
            "payments": replayed["paid"],
            "standing_orders": orders,
            "transactions": transactions,
        },
    }


def in_order(report: Part) -> Part:
    """The report with its parts in the order in which people read them; the database gives them back in another."""
    names = ("files", "loans", "scored", "replayed", "totals")
    return {name: report[name] for name in names}


def as_text(report: Part) -> str:
    """The report for a terminal."""
    scored, replayed, totals = report["scored"], report["replayed"], report["totals"]
    lines = ["Files"]
    for name, tally in sorted(report["files"].items()):
        lines.append(f"  {name:<40} {tally['rows']:>7,} rows, {tally['accepted']:>7,} accepted, {len(tally['rejected'])} rejected")
        lines += [f"      line {one['line']}: {one['reason']}" for one in tally["rejected"][:20]]
        if len(tally["rejected"]) > 20:
            lines.append(f"      and {len(tally['rejected']) - 20} more")
    statuses = ", ".join(f"{status} {number}" for status, number in sorted(report["loans"]["by_status"].items()))
    lines.append(f"Loans: {report['loans']['total']} ({statuses})")
    lines.append(f"Scored: {scored['loans']} loans, AUC out of sample {scored['auc'] if scored['auc'] is not None else 'not to be had'}")
    for status, found in sorted(scored["by_outcome"].items()):
        words = ", ".join(f"{word.lower()} {found['recommended'][word]}" for word in ("APPROVE", "REFER", "DECLINE"))
        lines.append(f"  {status}: {found['loans']} loans, mean score {found['mean_score']}; {words}")
    lines.append(f"Replayed: {replayed['loans']} loans, {replayed['payments']} payments, {len(replayed['overdue'])} overdue")
    for one in replayed["overdue"]:
        entry = one["blacklist"]
        listed = f"blacklist entry {entry['reference']} {entry['state'].lower()}" if entry else "no blacklist entry"
        lines.append(
            f"  loan {one['loan']} ({one['reference']}): {one['days_past_due']} days past due since {one['since']}, "
            f"{one['arrears']} CZK in arrears, {listed}"
        )
    lines.append("Totals in CZK: source, bank")
    for name in ("scored", "replayed"):
        part = totals["loans"][name]
        lines.append(_beside(f"loans {name}", part["source"], part["bank"]))
    left = totals["loans"]["without_statements"]
    lines.append(f"  {'loans without statements, not taken in':<40} {left['source']:>16} ({left['loans']} loans)")
    lines.append(f"  {'all loans':<40} {totals['loans']['source']:>16}")
    lines.append(_beside("loan payments", totals["payments"]["statements"], totals["payments"]["bank"]))
    lines.append(_beside("standing orders per month", totals["standing_orders"]["source"], totals["standing_orders"]["bank"]))
    for name, sides in sorted(totals["transactions"].items()):
        for kind in ("credit", "debit"):
            lines.append(_beside(f"{name}, {kind}", sides["source"][kind], sides["bank"][kind]))
    return "\n".join(lines)


def _beside(words: str, source: str, bank: str) -> str:
    return f"  {words:<40} {source:>16} {bank:>16}  {'equal' if Decimal(source) == Decimal(bank) else 'DIFFERENT'}"


def _money(amounts: Iterable[Decimal]) -> str:
    return f"{sum(amounts, Decimal(0)):.2f}"
