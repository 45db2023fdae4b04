"""How far a file of statements tells what its payments are for, in words, and what to ask for instead. Pure."""

from __future__ import annotations

from dataclasses import dataclass

NEGLIGIBLE = 0.05
"""So small a part of the lines is not spoken of."""


@dataclass(frozen=True)
class Telling:
    """The lines that a file brought: all of them, those that do not say what they are for, and those told among few kinds only."""

    lines: int = 0
    untold: int = 0
    few: int = 0

    def words(self, form: str) -> str:
        """What the file leaves unknown and what to ask for; empty where it tells enough. `form` is the format it was read as."""
        ask = f"Ask the bank for {'CAMT.053 with its transaction codes' if form == 'CAMT.053' else 'CAMT.053'}, or for a CSV with the column code."
        most = self.lines * NEGLIGIBLE
        if self.untold > most:
            which = "This file does not" if self.untold == self.lines else f"{self.untold:,} of {self.lines:,} new lines do not"
            return (
                f"{which} say what each payment is for: income, payments to lenders, gambling, cash and returned items stay unknown. {ask}"
            )
        if self.untold + self.few > most:
            return f"This file tells few kinds of payment: payments to lenders, gambling and how money is spent stay unknown. {ask}"
        return ""
