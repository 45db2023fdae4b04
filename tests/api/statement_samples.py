"""Small statements in every format, written for the tests."""

from __future__ import annotations

IBAN = "DE89370400440532013000"

CAMT = """<?xml version="1.0" encoding="UTF-8"?>
<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08">
  <BkToCstmrStmt>
    <GrpHdr><MsgId>M1</MsgId></GrpHdr>
    <Stmt>
      <Id>S1</Id>
      <Acct><Id><IBAN>{iban}</IBAN></Id><Ccy>EUR</Ccy></Acct>
      <Bal><Tp><CdOrPrtry><Cd>OPBD</Cd></CdOrPrtry></Tp><Amt Ccy="EUR">100.00</Amt><CdtDbtInd>CRDT</CdtDbtInd></Bal>
      <Bal><Tp><CdOrPrtry><Cd>CLBD</Cd></CdOrPrtry></Tp><Amt Ccy="EUR">{closing}</Amt><CdtDbtInd>CRDT</CdtDbtInd></Bal>
      <Ntry>
        <Amt Ccy="EUR">2500.00</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts>
        <BookgDt><Dt>2026-02-27</Dt></BookgDt><AcctSvcrRef>A1</AcctSvcrRef>
        <NtryDtls><TxDtls><Purp><Cd>SALA</Cd></Purp>
          <RltdPties><Dbtr><Nm>Employer</Nm></Dbtr><DbtrAcct><Id><IBAN>NL91ABNA0417164300</IBAN></Id></DbtrAcct></RltdPties>
          <RmtInf><Ustrd>Pay for February</Ustrd></RmtInf>
        </TxDtls></NtryDtls>
      </Ntry>
      <Ntry>
        <Amt Ccy="EUR">{amount}</Amt><CdtDbtInd>DBIT</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts>
        <BookgDt><DtTm>2026-02-28T10:00:00+01:00</DtTm></BookgDt><AddtlNtryInf>Rent</AddtlNtryInf>
      </Ntry>
    </Stmt>
  </BkToCstmrStmt>
</Document>
"""

MT940 = """:20:STMT1
:25:{iban}
:28C:1/1
:60F:C260226EUR100,00
:61:2602270227C2500,00NTRFNONREF//B1
:86:Pay for February
:61:2602280228D900,00NTRFNONREF//B2
:86:Rent
:62F:C260228EUR1700,00
-
"""

OFX = """OFXHEADER:100
DATA:OFXSGML
VERSION:102
SECURITY:NONE
ENCODING:USASCII
CHARSET:1252
COMPRESSION:NONE
OLDFILEUID:NONE
NEWFILEUID:NONE

<OFX><BANKMSGSRSV1><STMTTRNRS><TRNUID>0<STATUS><CODE>0<SEVERITY>INFO</STATUS><STMTRS><CURDEF>EUR
<BANKACCTFROM><BANKID>1<ACCTID>{iban}<ACCTTYPE>CHECKING</BANKACCTFROM>
<BANKTRANLIST><DTSTART>20260201<DTEND>20260228
<STMTTRN><TRNTYPE>DIRECTDEP<DTPOSTED>20260227120000<TRNAMT>2500.00<FITID>F1<NAME>Employer<MEMO>Pay for February</STMTTRN>
<STMTTRN><TRNTYPE>DEBIT<DTPOSTED>20260228<TRNAMT>-900.00<FITID>F2<NAME>Landlord</STMTTRN>
</BANKTRANLIST>
<LEDGERBAL><BALAMT>1700.00<DTASOF>20260228</LEDGERBAL></STMTRS></STMTTRNRS></BANKMSGSRSV1></OFX>
"""

CSV = """date;amount;currency;account;id;text
2026-02-27;2500.00;EUR;{iban};C1;Pay for February
2026-02-28;-900.00;EUR;{iban};C2;Rent
"""


def camt(*, closing: str = "1700.00", amount: str = "900.00", iban: str = IBAN) -> bytes:
    return CAMT.format(iban=iban, closing=closing, amount=amount).encode()


def sample(form: str, iban: str = IBAN) -> bytes:
    if form == "CAMT.053":
        return camt(iban=iban)
    return {"MT940": MT940, "OFX": OFX, "CSV": CSV}[form].format(iban=iban).encode()
