"""Finding the twin of an asset among 100,000: how often it is among the first three, and speed beside comparing with every asset by
rapidfuzz.

Twins are made by rule (`tests/collateral/perturbed.py`). Ours is the whole selector, database and decryption of addresses included; the
reference compares one prepared text with a list of prepared texts in memory. Medians of single calls, so that other work changes little.
What is taken for the same thing at either grade, and what is wrongly, is counted in the same searches.
"""

from __future__ import annotations

import random
import time
from functools import partial
from statistics import median

from rapidfuzz import fuzz, process

from bench.house import tidy
from bench.results import Result, measure
from collateral.domain.twins import POSSIBLE, PROBABLE
from tests.collateral.perturbed import HARDER, RULES, Written, perturb, write_assets

ASSETS = 100_000
SEED = 20261125


def run(scale: float) -> list[Result]:
    """Recall by rule and altogether, and both speeds in one run."""
    from collateral.selectors.twins import find_twins
    from tests.collateral.perturbed import fill_register

    chance = random.Random(SEED)
    written = write_assets(max(2_000, int(ASSETS * scale)), chance)
    keys = fill_register(written)
    tidy("collateral_asset", "collateral_assetkey")
    texts = [as_text(one) for one in written]
    results = []
    found_all = asked_all = 0
    seconds: list[float] = []
    right = {PROBABLE: 0, POSSIBLE: 0}
    taken, hard = dict(right), 0
    for rule in (*RULES, *HARDER):
        sample = chance.sample(range(len(written)), 400)
        hits: list[bool] = []
        for row in sample:
            twin = perturb(written[row], rule, chance).text
            before = time.perf_counter()
            found = find_twins(twin, least=0.0)
            seconds.append(time.perf_counter() - before)
            score = next((one.comparison.score for one in found if one.asset.pk == written[row].key), None)
            hits.append(score is not None)
            grade = PROBABLE if rule in RULES else POSSIBLE
            right[grade] += score is not None and score >= grade
            taken[grade] += sum(one.comparison.score >= grade for one in found)
        if rule in HARDER:
            hard += len(hits)
            continue
        found_all += sum(hits)
        asked_all += len(hits)
        results.append(Result(f"twins: in the first three after {rule}", sum(hits) / len(hits), 1, "share", 0.95, higher=True))
    slips = right[PROBABLE] / asked_all
    results.append(Result("twins: taken for the same past one slip in each field", slips, 1, "share", 0.98, higher=True))
    results.append(Result("twins: rightly, of what is taken for the same", right[PROBABLE], taken[PROBABLE], "assets", 0.9, higher=True))
    results.append(Result("twins: asked about past several slips", right[POSSIBLE] / hard, 1, "share", 0.85, higher=True))
    fresh = write_assets(2_000, random.Random(SEED + 1))
    wrong = sum(bool(find_twins(one.text, least=POSSIBLE)) for one in fresh)
    results.append(Result("twins: new assets that are asked about", wrong / len(fresh), 1, "share", 0.01))
    ours = median(seconds)
    asked = [as_text(perturb(written[row], "everything", chance)) for row in chance.sample(range(len(written)), 12)]
    results.insert(0, Result("twins: in the first three, all rules", found_all / asked_all, 1, "share", 0.98, higher=True))
    # The second, which only knows moved words, is stated.
    for name, scorer, goal in (("WRatio", fuzz.WRatio, 50), ("token_sort_ratio", fuzz.token_sort_ratio, 1)):
        scan = median(measure(partial(process.extract, text, texts, scorer=scorer, limit=3)) for text in asked)
        results.append(Result(f"twins: a full scan by {name} against one search", 1e3 * scan, 1e3 * ours, "ms", goal, higher=True))
    results.append(Result("twins: keys kept of an asset", keys / len(written), 1, "keys", 60))
    return results


def as_text(one: Written) -> str:
    """What a scan compares."""
    text = one.text
    return " ".join((text.title_number, text.description, text.address_line, text.city, text.owner_name)).casefold()
