"""Training calculates on one thread, whatever the machine offers, and gives back what was there before."""

from __future__ import annotations

import numpy as np
from sklearn.linear_model import LogisticRegression
from threadpoolctl import threadpool_info, threadpool_limits

from risk.domain.training import one_thread, report, train


def threads() -> set[int]:
    return {pool["num_threads"] for pool in threadpool_info()}


def test_one_thread_inside_and_the_former_number_outside() -> None:
    LogisticRegression().fit(np.eye(4), [0, 1, 0, 1])
    with threadpool_limits(limits=2):
        before = threads()
        assert one_thread(threads)() == {1}
        assert threads() == before


def test_training_is_among_what_is_limited() -> None:
    assert all(hasattr(function, "__wrapped__") for function in (report, train))
