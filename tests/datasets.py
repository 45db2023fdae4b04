"""Public data that some tests and benches measure on: where they lie. They never enter the repository.

CREDENCE_DATASETS names their folder, which holds ofac/, german_credit/ and the rest; without it `shared/data` beside the checkout is taken.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

DATASETS = Path(os.environ.get("CREDENCE_DATASETS") or Path(__file__).resolve().parents[2] / "shared" / "data")
# Cases with figures of other lending systems, in a folder beside them.
VECTORS = DATASETS.parent / "vectors"


def needs(*paths: Path) -> pytest.MarkDecorator:
    """Skip what is marked where one of the files or folders is not there, and say how to give it."""
    missing = [str(path) for path in paths if not path.exists()]
    return pytest.mark.skipif(bool(missing), reason=f"not there: {', '.join(missing)}; CREDENCE_DATASETS names the folder of public data")
