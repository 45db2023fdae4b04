"""A tiny data set in the shape of the Berka files, invented here:
three loans to be replayed, two dozen to be judged, one without statements.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from pathlib import Path
from random import Random

FIRST = "trans_first.asc"
SECOND = "feup_trans_test.csv"
JUDGED = range(1001, 1025)
BAD = (1003, 1007, 1010, 1014, 1018, 1022)
# Good in the end although it paid penalty interest, and bad although it never did: nothing tells the outcome by itself.
EXCEPTIONS = (1001, 1022)


def write(folder: Path) -> Path:
    """Write the files into `folder` and return it."""
    accounts = [1, 2, 3, 4, *JUDGED]
    _write(folder / "district.asc", "A1;A2;A3;A12", [f'{n};"Town {n}";"{side} Bohemia";{"?" if n == 3 else 1.5}' for n, side in _sides()])
    clients = [f'{n};"{_birth(n)}";{n % 3 + 1}' for n in accounts]
    _write(folder / "client.asc", '"client_id";"birth_number";"district_id"', [*clients, '77;"709999";1', '78;"700101";9'])
    _write(
        folder / "account.asc",
        '"account_id";"district_id";"frequency";"date"',
        [*(f'{n};{(n + 1) % 3 + 1};"POPLATEK MESICNE";930101' for n in accounts), '99;1;"POPLATEK MESICNE";930101'],
    )
    _write(
        folder / "disp.asc",
        '"disp_id";"client_id";"account_id";"type"',
        [*(f'{n};{n};{n};"OWNER"' for n in accounts if n != 4), '4;4;3;"DISPONENT"', '5;4;4;"OWNER"', '6;500;4;"DISPONENT"'],
    )
    orders = ['1;1;"YZ";"87144583";1000.00;"UVER"', '2;1;"ST";"89597016";372.70;" "', '3;500;"YZ";"1";5.00;"SIPO"']
    _write(folder / "order.asc", '"order_id";"account_id";"bank_to";"account_to";"amount";"k_symbol"', orders)
    _write(folder / "loan.asc", '"loan_id";"account_id";"date";"amount";"duration";"payments";"status"', _loans())
    _write_first(folder / FIRST)
    _write(folder / SECOND, "trans_id;account_id;date;type;operation;amount;balance;k_symbol;bank;account", _history())
    return folder


def _sides() -> list[tuple[int, str]]:
    return [(1, "north"), (2, "south"), (3, "east")]


def _write(path: Path, header: str, lines: Iterable[str]) -> None:
    path.write_bytes("".join(f"{line}\r\n" for line in (header, *lines)).encode())


def _birth(number: int) -> str:
    """Men and women by turns; the client of account 1024 is seventeen when the loan is granted."""
    month = 4 + (50 if number % 2 else 0)
    return f"{80 if number == 1024 else 60 + number % 15}{month:02d}12"


def _loans() -> list[str]:
    early = [
        '51;1;930105;12000;12;1000.00;"A"',
        '52;2;930105;24000;24;1000.00;"B"',
        '53;3;930401;36000;36;1000.00;"C"',
        '54;4;950601;50000;50;1000.00;"A"',
    ]
    late = [
        f'{n + 5000};{n};970{7 + n % 2}15;{(n - 1000) * 1200 + 24000};{12 * (n % 4 + 1)};{1000.0:.2f};"{"D" if n in BAD else "C"}"'
        for n in JUDGED
    ]
    return early + late


def _write_first(path: Path) -> None:
    """The first slice: pay, household, loan payments of 1 and 3 (0.30 short), one line twice, the last one cut."""
    lines = []
    number = 0
    for month in range(1, 5):
        for account in (1, 2, 3):
            number += 3
            lines.append(f'{number};{account};930{month}05;"PRIJEM";"PREVOD Z UCTU";9000.50;{9000 * month}.50;"";"AB";"123"')
            lines.append(f'{number + 1};{account};930{month}10;"VYDAJ";"VYBER";2500.00;{6000 * month}.00;"SIPO";;')
            if account == 1 or (account == 3 and month == 4):
                lines.append(
                    f'{number + 2};{account};930{month}12;"VYDAJ";"PREVOD NA UCET";999.70;{5000 * month}.00;"UVER";"YZ";"87144583"'
                )
    lines.append(lines[0])
    lines.append('900;500;930415;"PRIJEM";"VKLAD";10.00;10.00;"";;')
    lines.append('901;1;930416;"PRIJEM";"";77.80;20172.90;"UROK";;')
    header = '"trans_id";"account_id";"date";"type";"operation";"amount";"balance";"k_symbol";"bank";"account"'
    path.write_bytes(("".join(f"{line}\r\n" for line in (header, *lines)) + '902;2;930416;"PRIJE').encode())


def _history() -> list[str]:
    """A year of each judged account before its loan: the bad ones earn less, draw more, and mostly pay penalty interest."""
    draw = Random(7)
    lines: list[str] = []
    for account in JUDGED:
        careless = (account in BAD) != (account in EXCEPTIONS)
        balance, day = 800, date(1996, 8, 1)
        while day < date(1997, 7, 14):
            income, spent = draw.randrange(9000, 15000), draw.randrange(6000, 11000) + (3500 if careless else 0)
            for kind, operation, amount, symbol, offset in (
                ("credit", "collection from another bank", income, "", 3),
                ("withdrawal", "withdrawal in cash", spent, "", 11),
                ("withdrawal", "remittance to another bank", draw.randrange(800, 1500), "household", 14),
            ):
                balance += amount if kind == "credit" else -amount
                lines.append(
                    f"{len(lines) + 1};{account};{day + timedelta(days=offset):%y%m%d};{kind};{operation};{amount}.00;{balance}.00;{symbol};;"
                )
            if careless and day.month in (11, 3):
                lines.append(
                    f"{len(lines) + 1};{account};{day + timedelta(days=20):%y%m%d};withdrawal;;12.40;{balance}.00;sanction interest if negative balance;;"
                )
            day = (day + timedelta(days=31)).replace(day=1)
    return lines
