"""Files of prices and of index values that may not be believed."""

from __future__ import annotations

import io
from datetime import date
from typing import Any

import pytest

from collateral.domain.index_files import Point, read_index
from collateral.domain.price_files import PriceFile, read_prices
from collateral.domain.tables import Refusal
from collateral.models import IndexPoint, IndexSeries
from collateral.services.file_intake import UnableToImportValues
from collateral.services.index_use import UnableToUseIndex, propose_index_use
from collateral.services.value_files import import_index
from core.models import User
from tests.datasets import DATASETS, needs

SIEMENS, ALLIANZ = "DE0007236101", "DE0008404005"


def prices_file(*lines: str) -> io.BytesIO:
    return io.BytesIO("\n".join(("isin,date,price,currency", *lines, "")).encode())


class TestPriceFile:
    @pytest.mark.parametrize(
        ("lines", "kept", "words"),
        [
            ([f"{SIEMENS},2026-02-02,100,EUR", f"{SIEMENS},2026-02-02,100,EUR"], 1, ""),
            ([f"{SIEMENS},2026-02-02,100,EUR", f"{SIEMENS},2026-02-02,101,EUR"], 0, "has two prices on 2026-02-02: 100 and 101"),
            ([f"{SIEMENS},2026-02-02,100,EUR", f"{SIEMENS},2026-02-03,101,USD"], 1, "is in USD; it is kept in EUR"),
            ([f"{ALLIANZ},2026-02-02,100,CHF"], 0, "is in CHF; it is kept in EUR"),
            (
                [f"{SIEMENS},2026-02-02,100,EUR", f"{SIEMENS},2026-02-16,101,EUR", f"{SIEMENS},2026-02-17,101,EUR"],
                1,
                "has no price on 9 days of trading after 2026-02-02; what follows the gap is left out",
            ),
            ([f"{SIEMENS},2026-02-02,100,EUR", f"{SIEMENS},2026-02-09,101,EUR"], 2, ""),
            ([f"{SIEMENS},2026-03-03,100,EUR"], 0, "lies in the future"),
            ([f"{SIEMENS},2026-02-01,100,EUR"], 0, "no day of trading"),
            (["DE0007236102,2026-02-02,100,EUR"], 0, "is no ISIN"),
            ([f"{SIEMENS},2026-02-02,-1,EUR", f"{SIEMENS},2026-02-02,NaN,EUR"], 0, "does not lie above 0"),
        ],
    )
    def test_says_what_cannot_be_believed(self, today: date, lines: list[str], kept: int, words: str) -> None:
        found = read_prices(prices_file(*lines), on=today, currencies={ALLIANZ: "EUR"})
        assert len(found.prices) == kept
        assert (words in " ".join(refusal.reason for refusal in found.refusals)) and bool(found.refusals) is bool(words)


class TestIndexFile:
    def test_refuses_doubles_and_the_future_and_tells_of_jumps(self, today: date) -> None:
        rows = ("2025-09-30,DE,Germany,150", "2025-09-30,DE,Germany,151", "2025-12-31,DE,Germany,1500", "2026-03-31,DE,Germany,152", "x")
        found = list(read_index(io.BytesIO("\n".join(("date,country_code,country,price", *rows)).encode()), on=today))
        assert isinstance(found[0], Point) and found[0].value == 150
        assert isinstance(found[2], Point) and (found[2].value, found[2].jumped_from) == (1500, 150)
        words = ("stands twice", "lies in the future", "is missing")
        assert all(isinstance(one, Refusal) and word in one.reason for one, word in zip([found[1], *found[3:]], words, strict=True))

    def test_revises_and_never_uses_a_deflated_series(self, bank: Any, risk_manager: User, today: date) -> None:
        def take_in(value: str, measure: str) -> tuple[int, int]:
            text = f"date,country_code,country,price\n2025-09-30,DE,Germany,{value}\n2025-12-31,DE,Germany,153\n"
            stream = io.BytesIO(text.encode())
            taken = import_index(stream=stream, file_name="i.csv", measure=measure, actor=None, business_date=today)
            return taken.kept, taken.known

        assert [take_in("150", "NOMINAL"), take_in("151", "NOMINAL"), take_in("151", "REAL")] == [(2, 0), (0, 1), (2, 0)]
        # What was revised waits for a second person (test_price_changes.py).
        assert IndexPoint.objects.get(series__code="bis:DE", period_end=date(2025, 9, 30)).value == 150
        with pytest.raises(UnableToUseIndex, match="deflated"):
            propose_index_use(series=IndexSeries.objects.get(code="bis:DE:real"), used=True, actor=risk_manager, business_date=today)
        with pytest.raises(UnableToImportValues, match="unreadable"):
            import_index(stream=io.BytesIO(b"a,b\n"), file_name="i", measure="NOMINAL", actor=None, business_date=today)

    @needs(DATASETS / "hpi_fhfa", DATASETS / "hpi_bis_global")
    @pytest.mark.parametrize(
        ("name", "known", "least"),
        [
            ("hpi_fhfa/HPI_AT_state.csv", ("US", "WA"), 9_000),
            ("hpi_fhfa/HPI_EXP_state.txt", ("US", "WA"), 5_000),
            ("hpi_bis_global/nominal_index.csv", ("DE", ""), 9_000),
        ],
    )
    def test_the_published_tables_are_read_whole(self, today: date, name: str, known: tuple[str, str], least: int) -> None:
        with (DATASETS / name).open("rb") as stream:
            found = list(read_index(stream, on=today))
        read = [one for one in found if isinstance(one, Point)]
        assert len(read) >= least and known in {(one.country, one.region) for one in read}
        assert len(found) - len(read) <= 30


class TestAnExchange:
    """Named in the file, its own days of trading count."""

    @staticmethod
    def read(*lines: str, on: date) -> PriceFile:
        stream = io.BytesIO("\n".join(("isin,date,price,currency,mic", *lines)).encode())
        return read_prices(stream, on=on, currencies={})

    @pytest.mark.parametrize(
        ("line", "words"),
        [
            (f"{SIEMENS},2026-01-01,100,EUR,XETR", "2026-01-01 is no day of trading at XETR"),
            (f"{SIEMENS},2026-01-19,100,USD,XNYS", "2026-01-19 is no day of trading at XNYS"),
            (f"{SIEMENS},2026-01-19,100,EUR,xetr", ""),
            (f"{SIEMENS},2026-02-01,100,EUR,XSAU", ""),
            (f"{SIEMENS},2026-01-30,100,EUR,XSAU", "2026-01-30 is no day of trading at XSAU"),
            (f"{SIEMENS},2026-01-19,100,EUR,QQQQ", ""),
            (f"{SIEMENS},2026-02-01,100,EUR,QQQQ", "2026-02-01 is no day of trading"),
            (f"{SIEMENS},2026-02-02,100,EUR,", ""),
            (f"{SIEMENS},2026-02-02,100,EUR,Frankfurt", "“FRANKFURT” is no code of an exchange (MIC)"),
        ],
    )
    def test_has_days_of_its_own(self, today: date, line: str, words: str) -> None:
        found = self.read(line, on=today)
        assert [one.reason for one in found.refusals] == ([words] if words else [])
        assert len(found.prices) == (0 if words else 1)

    def test_makes_no_gap_of_its_holidays(self) -> None:
        """Golden Week: five days of trading by the week, none of them in Shanghai."""
        days = ("2025-09-30,100,CNY", "2025-10-09,101,CNY")
        paper, on = "CNE0000018R8", date(2025, 11, 3)
        assert len(self.read(*(f"{paper},{day},XSHG" for day in days), on=on).prices) == 2
        longer = ("2025-09-26,100,CNY", "2025-10-10,101,CNY")
        assert len(self.read(*(f"{paper},{day},XSHG" for day in longer), on=on).prices) == 2
        assert len(self.read(*(f"{paper},{day}," for day in longer), on=on).prices) == 1
