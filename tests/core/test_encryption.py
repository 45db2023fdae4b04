"""Personal identifiers at rest: bound to their place, found by a keyed index, masked when shown, nowhere in clear."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from django.core import serializers
from django.db import connection, transaction
from hypothesis import given
from hypothesis import strategies as st

from blacklist.services import propose_entry
from core import crypto
from core.crypto import Unreadable, blind_index, decrypt, encrypt, mask
from core.models import BankState
from core.references import next_reference
from loans.models import BankAccount, Borrower
from tests.core.people import branch

PLACE = "loans_borrower.phone:018f0000-0000-7000-8000-000000000001"
# What is searched for in every table afterwards.
KNOWN = {
    "national_id": "0405971710012",
    "tax_id": "DE-811907980",
    "phone": "+381645550101",
    "email": "dragan.petrovic@example.org",
    "address_line": "Nemanjina 4711",
}
IBAN = "DE89370400440532013000"
PASSPORT = "P00012345X"


def borrower(**changes: Any) -> Borrower:
    values = {"reference": next_reference("BR"), "branch": branch("N"), "kind": "PERSON", "name": "Dragan Petrovic", **KNOWN, **changes}
    return Borrower.objects.create(**values)


def stored(row: Borrower, column: str) -> bytes:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {column} FROM loans_borrower WHERE id = %s", [row.pk])
        return bytes(cursor.fetchone()[0])


class TestEncrypt:
    @given(text=st.text(max_size=300))
    def test_opens_where_it_was_written(self, text: str) -> None:
        assert decrypt(encrypt(text, place=PLACE), place=PLACE) == text

    def test_never_gives_the_same_bytes_twice(self) -> None:
        assert len({encrypt("the same", place=PLACE) for _ in range(50)}) == 50

    @pytest.mark.parametrize(
        "place",
        ["loans_borrower.email:018f0000-0000-7000-8000-000000000001", "loans_borrower.phone:018f0000-0000-7000-8000-000000000002", ""],
    )
    def test_does_not_open_in_another_place(self, place: str) -> None:
        with pytest.raises(Unreadable, match="moved"):
            decrypt(encrypt("secret", place=PLACE), place=place)

    @given(position=st.integers(min_value=3, max_value=32))
    def test_does_not_open_when_a_bit_was_changed(self, position: int) -> None:
        kept = bytearray(encrypt("secret", place=PLACE))
        kept[position] ^= 1
        with pytest.raises(Unreadable):
            decrypt(bytes(kept), place=PLACE)

    def test_reads_old_keys_and_writes_the_first(self, settings: Any) -> None:
        old, new = settings.CREDENCE_FIELD_KEYS, {"k2": base64.b64decode("A" * 43 + "=")}
        kept = encrypt("secret", place=PLACE)
        settings.CREDENCE_FIELD_KEYS = {**new, **old}
        assert decrypt(kept, place=PLACE) == "secret"
        written = encrypt("secret", place=PLACE)
        assert written[1:3] == b"k2"
        settings.CREDENCE_FIELD_KEYS = old
        with pytest.raises(Unreadable, match="no key 'k2'"):
            decrypt(written, place=PLACE)


class TestBlindIndex:
    @pytest.mark.parametrize("other", ["+381 64 555-0101", "+381/64/555 01 01", "381645550101"])
    def test_meets_whatever_the_way_of_writing(self, other: str) -> None:
        assert blind_index(other, kind="phone") == blind_index("+381645550101", kind="phone")

    def test_does_not_meet_across_kinds_values_or_keys(self, settings: Any) -> None:
        index = blind_index("0405971710012", kind="national_id")
        assert index != blind_index("0405971710012", kind="tax_id")
        assert index != blind_index("0405971710013", kind="national_id")
        settings.CREDENCE_INDEX_KEY = b"x" * 32
        assert index != blind_index("0405971710012", kind="national_id")
        assert len(index) == 32


class TestMask:
    @pytest.mark.parametrize(
        ("value", "shown"), [("0405971710012", "••••0012"), ("123456", "••••56"), ("123", "••••3"), ("12", "••••"), ("", "••••")]
    )
    def test_shows_the_end_and_never_more_than_a_third(self, value: str, shown: str) -> None:
        assert mask(value) == shown


@pytest.mark.django_db
class TestTheField:
    def test_is_read_back_by_a_fresh_object(self, bank: BankState) -> None:
        row = borrower()
        fresh = Borrower.objects.get(pk=row.pk)
        assert {name: getattr(fresh, name) for name in KNOWN} == KNOWN
        assert fresh.registration_number == ""
        assert stored(row, "registration_number") == b""

    def test_opens_only_when_it_is_read(self, bank: BankState, monkeypatch: pytest.MonkeyPatch) -> None:
        row = borrower()
        monkeypatch.setattr(crypto, "decrypt", lambda *_, **__: pytest.fail("opened although nobody reads it"))
        fresh = Borrower.objects.get(pk=row.pk)
        assert fresh.name == "Dragan Petrovic"
        # Saving something else neither opens nor seals it anew.
        before = stored(row, "phone")
        fresh.name = "D. Petrovic"
        fresh.save()
        assert stored(row, "phone") == before

    def test_copied_into_another_row_or_column_does_not_open(self, bank: BankState) -> None:
        first, second = borrower(), borrower(phone="+381640000000")
        with connection.cursor() as cursor:
            cursor.execute("UPDATE loans_borrower SET phone = %s WHERE id = %s", [stored(first, "phone"), second.pk])
            cursor.execute("UPDATE loans_borrower SET email = phone WHERE id = %s", [first.pk])
        with pytest.raises(Unreadable):
            _ = Borrower.objects.get(pk=second.pk).phone
        with pytest.raises(Unreadable):
            _ = Borrower.objects.get(pk=first.pk).email

    def test_is_found_through_its_index_alone(self, bank: BankState) -> None:
        row = borrower()
        borrower(phone="+381640000000", national_id="")
        assert Borrower.objects.get(phone_index=blind_index("+381 64 555 0101", kind="phone")) == row
        with pytest.raises(TypeError, match="is encrypted"):
            Borrower.objects.filter(phone="+381645550101").exists()

    def test_has_an_index_that_follows_it(self, bank: BankState) -> None:
        row = borrower()
        row.phone = "+49 30 1234567"
        row.save()
        assert not Borrower.objects.filter(phone_index=blind_index(KNOWN["phone"], kind="phone")).exists()
        assert Borrower.objects.get(phone_index=blind_index("+49301234567", kind="phone")) == row
        row.phone = ""
        row.save()
        assert Borrower.objects.get(pk=row.pk).phone_index is None

    def test_refuses_update_and_bulk_update(self, bank: BankState) -> None:
        row = borrower()
        before = stored(row, "phone")
        with pytest.raises(TypeError, match="is encrypted"), transaction.atomic():
            Borrower.objects.filter(pk=row.pk).update(phone="+1")
        row.phone = "+1"
        with pytest.raises(TypeError, match="is encrypted"), transaction.atomic():
            Borrower.objects.bulk_update([row], ["phone"])
        assert stored(row, "phone") == before

    def test_may_be_made_in_bulk_because_keys_are_made_first(self, bank: BankState) -> None:
        made = Borrower.objects.bulk_create(
            [Borrower(reference=f"BR-{n}", branch=branch("N"), kind="PERSON", name="X", phone=f"+49{n}") for n in range(3)]
        )
        assert [Borrower.objects.get(pk=row.pk).phone for row in made] == ["+490", "+491", "+492"]

    def test_is_not_serialised(self, bank: BankState) -> None:
        with pytest.raises(TypeError, match="is not serialised"):
            serializers.serialize("json", [borrower()])


@pytest.mark.django_db
class TestADump:
    def test_holds_none_of_the_known_values_in_clear(self, bank: BankState, today: Any) -> None:
        row = borrower()
        BankAccount.objects.create(borrower=row, iban=IBAN, bank_name="Elsewhere")
        propose_entry(
            subject_kind_code="person",
            names=["Dragan Petrovic"],
            birth_date=None,
            identifiers={"passport": PASSPORT, "national_id": KNOWN["national_id"]},
            addresses=[KNOWN["address_line"]],
            country="RS",
            reason_code="default",
            evidence=f"Seen at {KNOWN['address_line']}, phone {KNOWN['phone']}.",
            source="rule",
            source_reference="LN-1",
            subject_key=row.subject_key,
            actor=None,
            business_date=today,
        )
        dump = everything()
        assert "Dragan Petrovic" in dump["loans_borrower"]
        for value in (*KNOWN.values(), IBAN, PASSPORT):
            for written in (value, value.encode().hex(), base64.b64encode(value.encode()).decode().rstrip("=")[:-1]):
                assert [table for table, text in dump.items() if written in text] == [], value


def everything() -> dict[str, str]:
    """Each table of the database as text, as a dump would show it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename")
        tables = [name for (name,) in cursor.fetchall()]
        dump = {}
        for table in tables:
            cursor.execute(f"SELECT coalesce(string_agg(t::text, E'\\n'), '') FROM \"{table}\" t")
            dump[table] = cursor.fetchone()[0]
    assert len(dump) > 60
    return dump
