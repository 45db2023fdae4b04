"""The import from its first to its last step. Each step is done once and remembered, so that an interrupted import goes on."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.db import transaction

from config.berka.foundation import lay_foundation
from config.berka.judgement import judge
from config.berka.past import last_whole_day, read_loans
from config.berka.people import take_in_people
from config.berka.progress import Progress
from config.berka.replay import replay
from config.berka.report import build_report, in_order
from config.berka.source import SECOND_SLICE, find_files, sha256_of
from config.berka.standing import alone, check_ground, fingerprint_of, finished_report, note_finish
from config.berka.statements import take_in_slice


def import_berka(folder: Path, progress: Progress) -> dict[str, Any]:
    """Import the data of `folder` into this bank and return the report; done before with the same files, only the report.

    `progress(done, of, words)` is called along the way. Raises UnableToImport, always before anything is changed, but for
    `columns_missing`, which leaves the steps before it done.
    """
    files = find_files(folder)
    digests = {name: sha256_of(path) for name, path in files.items()}
    fingerprint = fingerprint_of(digests)
    with alone():
        check_ground(fingerprint)
        return in_order(finished_report() or _carry_out(files, digests, fingerprint, progress))


def _carry_out(files: dict[str, Path], digests: dict[str, str], fingerprint: str, progress: Progress) -> dict[str, Any]:
    progress(0, 1, "opening the bank")
    foundation = lay_foundation(files["district.asc"], fingerprint)
    progress(0, 1, "clients and accounts")
    people = take_in_people(files)
    slices = {
        name: take_in_slice(files[name], digests[name], progress) for name in files if name.startswith("trans") or name == SECOND_SLICE
    }
    first = next(brought for name, brought in slices.items() if name != SECOND_SLICE)
    until = last_whole_day(first)
    loans = read_loans(files["loan.asc"], second_slice=SECOND_SLICE, replay_until=until)
    replayed = replay(loans.replayed, until=until, progress=progress)
    judged = judge(loans.scored, progress=progress)
    report = build_report(
        tallies=[foundation["tallies"], people["tallies"], *(brought["tallies"] for brought in slices.values())],
        transactions={name: brought["totals"] for name, brought in slices.items()},
        loans=loans,
        orders=people["orders"],
        replayed=replayed,
        judged=judged,
    )
    with transaction.atomic():
        kept = note_finish(report)
    progress(1, 1, "done")
    return kept
