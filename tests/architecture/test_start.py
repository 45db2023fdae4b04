"""What a process loads before it does anything: every command, worker and web process pays for it in seconds and memory."""

from __future__ import annotations

import subprocess
import sys

from tests.architecture.sources import ROOT

LOOK = """
import sys, django
django.setup()
after_setup = {name for name in ("pandas", "sklearn") if name in sys.modules}
from django.urls import get_resolver
get_resolver().url_patterns
print(after_setup or "lean", "sklearn" in sys.modules)
"""


def test_commands_load_no_pandas_and_no_process_loads_scikit_learn_until_something_is_learnt() -> None:
    asked = subprocess.run([sys.executable, "-c", LOOK], cwd=ROOT, capture_output=True, text=True, check=False)
    assert asked.stdout.split() == ["lean", "False"], asked.stdout + asked.stderr
