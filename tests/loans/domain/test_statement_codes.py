"""What lines of statements are is read from the codes of each format; what has none stays untold, and a code nobody knows is refused."""

from __future__ import annotations

from decimal import Decimal

import pytest

from loans.domain.statement_codes import BY_CODE, WORDS
from loans.domain.statement_files import Booking, StatementFile, read_statements
from loans.domain.statement_kinds import category_of, coding_of, typed_code
from loans.models.accounts import LineCategory

Told = tuple[str, str]


def told(content: str) -> list[Told]:
    """The category of each line of a file, and how far it was told."""
    file = read_statements(content.encode())
    return [(category_of(row.kind, row.amount), coding_of(file.format, row.kind)) for row in bookings(file)]


def bookings(file: StatementFile) -> list[Booking]:
    return [row for statement in file.statements for row in statement.bookings]


def csv(*lines: str) -> str:
    return "date,amount,currency,account,code\n" + "".join(f"2026-02-{n + 1:02d},{line}\n" for n, line in enumerate(lines))


class TestCsv:
    def test_tells_by_our_words_and_by_codes_of_iso_20022(self) -> None:
        file = csv(
            "2500.00,EUR,A1,salary", "-60.00,EUR,A1,PMNT/CCRD/CWDL", "-400.00,EUR,A1,LOAN", "-9.00,EUR,A1,Gambling", "-50.00,EUR,A1,ESDD"
        )
        assert told(file) == [
            ("SALARY", "FULL"), ("CASH_OUT", "FULL"), ("LOAN", "FULL"), ("GAMBLING", "FULL"), ("TRANSFER_OUT", "FULL")
        ]  # fmt: skip

    @pytest.mark.parametrize("cell", ["", " ", "NTAV", "othr"])
    def test_leaves_untold_what_has_no_code(self, cell: str) -> None:
        assert told(csv(f"-9.00,EUR,A1,{cell}")) == [("TRANSFER_OUT", "NONE")]

    @pytest.mark.parametrize("cell", ["WAGES", "PMNT/RCDT/XXXX", "GVC153", "MCC7995", "=SALARY", "SALA/PAYR"])
    def test_refuses_the_line_of_a_word_that_nobody_knows(self, cell: str) -> None:
        file = read_statements(csv("2500.00,EUR,A1,SALARY", f"-9.00,EUR,A1,{cell}").encode())
        assert [row.line for row in bookings(file)] == [2]
        assert [fault.line for fault in file.faults] == [3] and cell in file.faults[0].detail and "SALARY, LOAN" in file.faults[0].detail

    def test_knows_every_kind_a_line_can_be(self) -> None:
        assert set(WORDS) == set(LineCategory.values) >= set(BY_CODE.values())
        assert {typed_code(label) for label in ("Cash in", "cash-in", "CASH_IN")} == {"=CASH_IN"}

    @pytest.mark.parametrize(
        ("word", "amount", "category"),
        [
            ("SALARY", -1, "TRANSFER_OUT"), ("INCOME", -1, "TRANSFER_OUT"), ("INCOME", 1, "INCOME"), ("GAMBLING", 1, "TRANSFER_IN"),
            ("INTEREST", -1, "PENALTY"), ("PENALTY", 1, "INTEREST"), ("CASH_IN", -1, "CASH_OUT"), ("TRANSFER_IN", -1, "TRANSFER_OUT"),
            ("OTHER", 1, "OTHER"), ("HOUSEHOLD", -1, "HOUSEHOLD"),
        ],
    )  # fmt: skip
    def test_puts_the_direction_of_the_money_before_the_word(self, word: str, amount: int, category: str) -> None:
        assert category_of(typed_code(word), Decimal(amount)) == category


MT940 = ":20:S\n:25:DE89370400440532013000\n:28C:1/1\n:60F:C260201EUR5000,00\n{rows}:62F:C260228EUR{closing}\n-\n"


def mt940(*rows: str, closing: str = "5000,00") -> str:
    return MT940.format(rows="".join(f"{row}\n" for row in rows), closing=closing)


class TestMt940:
    @pytest.mark.parametrize(
        ("mark", "swift", "details", "expected"),
        [
            ("C", "TRF", "153?00LOHN?20SVWZ+Pay", ("SALARY", "PART")),
            ("C", "TRF", "166?00GUTSCHRIFT?20PURP+SALASVWZ+Pay", ("SALARY", "PART")),
            ("C", "TRF", "166?00GUTSCHRIFT?20SVWZ+Gift", ("TRANSFER_IN", "PART")),
            ("D", "TRF", "083?00AUSZAHLUNG", ("CASH_OUT", "PART")),
            ("D", "TRF", "109?00RUECKBELASTUNG", ("RETURNED", "PART")),
            ("D", "TRF", "601?00RATE", ("LOAN", "PART")),
            ("D", "DDT", "105?00LASTSCHRIFT", ("TRANSFER_OUT", "PART")),
            ("D", "DDT", "Power and gas", ("TRANSFER_OUT", "PART")),
            ("D", "CHG", "Fees", ("FEE", "PART")),
            ("D", "TRF", "079?00SAMMLER", ("TRANSFER_OUT", "NONE")),
            ("D", "TRF", "Rent", ("TRANSFER_OUT", "NONE")),
            ("D", "MSC", "Something", ("TRANSFER_OUT", "NONE")),
        ],
    )
    def test_tells_by_german_code_purpose_or_type(self, mark: str, swift: str, details: str, expected: Told) -> None:
        assert told(mt940(f":61:2602270227{mark}9,00N{swift}NONREF", f":86:{details}")) == [expected]

    def test_counts_a_reversed_credit_as_money_out(self) -> None:
        file = read_statements(mt940(":61:2602270227RC204,88NRTINONREF", ":86:116?00STORNO", closing="4795,12").encode())
        [row] = bookings(file)
        assert (row.amount, category_of(row.kind, row.amount), file.faults) == (Decimal("-204.88"), "RETURNED", [])

    def test_knows_the_other_account_where_it_is_an_iban(self) -> None:
        details = ":86:166?00GUTSCHRIFT?20SVWZ+Gift?30PBNKDEFFXXX?31{number}?32Renate Richter"
        found = [
            bookings(read_statements(mt940(":61:2602270227C9,00NTRFNONREF", details.format(number=number)).encode()))[0]
            for number in ("NL91ABNA0417164300", "0123456789")
        ]
        assert [row.counterparty for row in found] == ["NL91ABNA0417164300", ""]
        assert [row.text for row in found] == ["Renate Richter Gift"] * 2


OFX = (
    "OFXHEADER:100\nDATA:OFXSGML\nVERSION:102\nSECURITY:NONE\nENCODING:USASCII\nCHARSET:1252\nCOMPRESSION:NONE\nOLDFILEUID:NONE\n"
    "NEWFILEUID:NONE\n\n<OFX><CREDITCARDMSGSRSV1><CCSTMTTRNRS><TRNUID>0<STATUS><CODE>0<SEVERITY>INFO</STATUS><CCSTMTRS><CURDEF>EUR"
    "<CCACCTFROM><ACCTID>4111</CCACCTFROM><BANKTRANLIST><DTSTART>20260201<DTEND>20260228<STMTTRN><TRNTYPE>{type}<DTPOSTED>20260227"
    "<TRNAMT>-9.00<FITID>F1{sic}<NAME>Shop</STMTTRN></BANKTRANLIST></CCSTMTRS></CCSTMTTRNRS></CREDITCARDMSGSRSV1></OFX>"
)
CAMT = (
    '<Document><BkToCstmrStmt><Stmt><Acct><Id><IBAN>DE89370400440532013000</IBAN></Id><Ccy>EUR</Ccy></Acct><Ntry><Amt Ccy="EUR">9.00</Amt>'
    "<CdtDbtInd>DBIT</CdtDbtInd><Sts>BOOK</Sts><BookgDt><Dt>2026-02-27</Dt></BookgDt>{entry}<NtryDtls><TxDtls>{details}</TxDtls></NtryDtls>"
    "</Ntry></Stmt></BkToCstmrStmt></Document>"
)
CARD = "<BkTxCd><Domn><Cd>PMNT</Cd><Fmly><Cd>CCRD</Cd><SubFmlyCd>{code}</SubFmlyCd></Fmly></Domn></BkTxCd>"
SHOP = "<CardTx><Tx><Indv><TxCtgy>{code}</TxCtgy></Indv></Tx></CardTx>"
GERMAN = "<BkTxCd><Prtry><Cd>{code}</Cd><Issr>{issuer}</Issr></Prtry></BkTxCd>"


class TestMerchants:
    @pytest.mark.parametrize(
        ("code", "expected"),
        [
            ("7995", ("GAMBLING", "FULL")), ("7801", ("GAMBLING", "FULL")), ("6011", ("CASH_OUT", "FULL")), ("5411", ("CARD", "FULL")),
            ("6051", ("CARD", "PART")),
        ],
    )  # fmt: skip
    def test_are_told_by_their_category(self, code: str, expected: Told) -> None:
        assert told(OFX.format(type="POS", sic=f"<SIC>{code}")) == [expected]
        assert told(CAMT.format(entry=CARD.format(code="POSD"), details=SHOP.format(code=code))) == [expected]
        assert told(CAMT.format(entry=CARD.format(code="POSD") + SHOP.format(code=code), details="")) == [expected]

    @pytest.mark.parametrize("code", ["0000", "79", "casino"])
    def test_without_one_are_told_by_the_rest(self, code: str) -> None:
        assert told(OFX.format(type="POS", sic=f"<SIC>{code}")) == [("CARD", "PART")]
        assert told(OFX.format(type="DEBIT", sic="")) == [("TRANSFER_OUT", "NONE")]


class TestCamt:
    @pytest.mark.parametrize(
        ("entry", "details", "expected"),
        [
            (GERMAN.format(code="NTRF+109+00931", issuer="DK"), "", ("RETURNED", "PART")),
            (GERMAN.format(code="105", issuer="ZKA"), "", ("TRANSFER_OUT", "PART")),
            (GERMAN.format(code="109", issuer="SIX"), "", ("TRANSFER_OUT", "NONE")),
            (GERMAN.format(code="544", issuer=""), "", ("TRANSFER_OUT", "NONE")),
            (CARD.format(code="OTHR"), "", ("CARD", "FULL")),
            (CARD.format(code="CWDL"), "<Purp><Cd>OTHR</Cd></Purp>", ("CASH_OUT", "FULL")),
            ("", "<Purp><Cd>GAMB</Cd></Purp>", ("GAMBLING", "FULL")),
            ("", "<RtrInf><Rsn><Cd>AM04</Cd></Rsn></RtrInf>", ("RETURNED", "FULL")),
        ],
    )
    def test_tells_by_what_says_most_and_not_by_codes_of_one_bank(self, entry: str, details: str, expected: Told) -> None:
        assert told(CAMT.format(entry=entry, details=details)) == [expected]
