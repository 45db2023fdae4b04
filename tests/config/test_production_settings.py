"""Production starts only with what keeps people's data from going out in clear."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
GIVEN = {
    "SECRET_KEY": "x" * 50, "ALLOWED_HOSTS": "credence.example", "DATABASE_URL": "postgres://a:b@localhost/c", "REDIS_URL": "redis://localhost",
    "CREDENCE_FIELD_KEYS": "1:" + "A" * 43 + "=", "CREDENCE_INDEX_KEY": "A" * 43 + "=", "CREDENCE_AUDIT_KEY": "A" * 43 + "=",
}  # fmt: skip


@pytest.mark.parametrize(
    ("address", "starts"), [("", True), ("https://bureau.example/reports", True), ("http://bureau.example/reports", False)]
)
def test_ask_a_bureau_over_https_alone(address: str, starts: bool) -> None:
    ended = subprocess.run(
        [sys.executable, "-c", "import config.settings.prod"],
        cwd=ROOT,
        env=GIVEN | {"CREDENCE_BUREAU_URL": address, "CREDENCE_BUREAU_NAME": "Northern Bureau, Quay 1, Harbour, 555 0100"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ended.returncode == 0) is starts, ended.stderr[-2000:]
    assert starts or "CREDENCE_BUREAU_URL has to begin with https://" in ended.stderr


def test_name_the_bureau_that_is_asked() -> None:
    ended = subprocess.run(
        [sys.executable, "-c", "import config.settings.prod"],
        cwd=ROOT,
        env=GIVEN | {"CREDENCE_BUREAU_URL": "https://bureau.example/reports"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode != 0 and "CREDENCE_BUREAU_NAME has to give the name" in ended.stderr
