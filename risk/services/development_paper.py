"""The document of a scorecard's development: the same sections for the page and for the PDF."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from loans.services.papers import Paper, make_pdf
from risk.domain.adverse_impact import LEAST_RATIO, LEAST_ROWS, adverse_bands
from risk.domain.alike_factors import LEAST_ALIKE
from risk.domain.application_score import title_of
from risk.domain.grade_tests import LEAST_CHANCE, LEAST_LOANS, GradeTest, in_order
from risk.domain.metrics import PSI_ACT, PSI_WATCH
from risk.domain.scorecard import Card, GradeTable
from risk.models import ModelVersion
from risk.selectors.bad_loans import FAIR_DAYS, IN_WORDS
from risk.services.approval_paper import approval, comparison
from risk.services.models import definition_hash
from risk.services.paper_sections import Section, day_of, percent, three, true_minus
from risk.services.scoring import RETAIL

MEASURES = (("auc", "AUC"), ("gini", "Gini"), ("ks", "KS"), ("brier", "Brier score"), ("ece", "Calibration error"))
STATES = {"DRAFT": "Draft", "TESTED": "Proposed", "ACTIVE": "In force", "RETIRED": "Retired"}
VERDICTS_OF_GRADES = {"FEW": "Too few to tell", "LOW": "Too low", "HOLDS": "Holds"}
WORTH_ASKING = 0.02
"""From this much more AUC on, what the challenger sees and the card does not is worth a question."""
VERDICTS = {"STABLE": "Stable", "WATCH": "Watch", "SHIFTED": "Shifted"}


def facts_of_development(version: ModelVersion) -> list[tuple[str, str]]:
    """Who made which version of what, and by which fingerprints it is known."""
    scaling = version.development.get("scaling", {})
    facts = [
        ("Scorecard", f"{version.name.capitalize()}, version {version.number}"),
        ("State", STATES[version.state]),
        ("Trained", f"{version.trained_at:%d %b %Y} by {version.trained_by.full_name if version.trained_by else 'the command line'}"),
        ("Data fingerprint", version.data_fingerprint),
        ("Definition hash", definition_hash(version)),
    ]
    if scaling:
        said = f"{scaling['base_score']:g} points are odds of {scaling['base_odds']:g} to 1; {scaling['pdo']:g} more double them"
        facts += [("Scaling", said), ("Seed", f"{version.development['seed']}, {version.development['folds']} folds")]
    return facts


def sections_of_development(version: ModelVersion, answers: Mapping[str, Sequence[str]]) -> list[Section]:
    """The whole document, with the words of each factor's bins.
    A version without a kept development has its card, measures and grades alone.
    """
    card = Card.from_dict(version.definition["card"])
    titles = version.definition.get("titles") or {}
    found = [_purpose(version), _sample(version), *_months(version), _factors(version, card, titles), *_alike(version, titles)]
    found += [_validation(version), *comparison(version), *_calibration(version), *_stability(version, titles), *_impact(version)]
    found += [_grades(version), *_bins(card, titles, answers), _use(version, card), _limits(version), *approval(version)]
    return found


def development_pdf(version: ModelVersion, answers: Mapping[str, Sequence[str]]) -> bytes:
    """The document as a tagged PDF."""
    tables = [
        {
            "title": one.title,
            "sentences": list(one.sentences),
            "head": list(one.head),
            "sides": list(one.sides),
            "rows": [list(row) for row in one.rows],
        }
        for one in sections_of_development(version, answers)
    ]
    title = f"Development of the {version.name} scorecard, version {version.number}"
    return make_pdf(Paper(title, facts_of_development(version), tables=tables))


def _purpose(version: ModelVersion) -> Section:
    whom = "persons" if version.name == RETAIL else "companies"
    return Section(
        "Purpose",
        [
            f"The scorecard orders applications of {whom} for a loan of this bank by how likely they are to go bad, and gives each a probability "
            "of default and a grade, on which the recommendation and the price stand.",
            f"It is not made for {'companies' if whom == 'persons' else 'persons'}, for loans that were restructured, for loss given default "
            "or provisions, nor for anything but a new decision about credit. It never decides alone.",
        ],
    )


def _sample(version: ModelVersion) -> Section:
    sample, rows, bads = version.development.get("sample", {}), version.data_rows, version.metrics.get("bads", 0)
    told = [f"{rows:,} loans with a known ending, {bads:,} of them bad ({percent(bads / rows if rows else 0)})."]
    if sample.get("kind") == "own loans":
        told += [
            f"Loans of this bank paid out from {day_of(sample['first'])} to {day_of(sample['last'])}, each watched for {sample['window']} months. "
            f"Bad: at any time of the window {IN_WORDS}. Good: none of it, and never more than {FAIR_DAYS} days late.",
            f"Of {sample['loans']:,} loans, {sample['young']:,} are too young to tell and {sample['between']:,} lie between good and bad; "
            "both are left out.",
            "What was known by the day of the payout counts, and nothing that was learnt later.",
        ]
    elif sample.get("kind") == "file":
        told.append(
            f"Taken from the file {sample['file']}; the outcome is the column {version.development['target']}, and its value "
            f"“{version.metrics.get('positive', '1')}” is the bad one. What the file calls bad, over which time, is said by whoever made it."
        )
    told.append("Applications that were refused have no ending and are not guessed at: the card knows those who were granted.")
    return Section("Sample", [*told, *version.metrics.get("remarks", [])])


def _months(version: ModelVersion) -> list[Section]:
    months = version.development.get("time", {}).get("months", [])
    rows = [
        [f"{date.fromisoformat(one['month'] + '-01'):%b %Y}", f"{one['rows']:,}", f"{one['bads']:,}", percent(one["bads"] / one["rows"])]
        for one in months
    ]
    return [Section("Sample by month of the grant", (), ("Month", "Loans", "Bad", "Bad rate"), "lrrr", rows)] if rows else []


def _factors(version: ModelVersion, card: Card, titles: Mapping[str, str]) -> Section:
    made = version.development
    weights, signs = made.get("weights", {}), made.get("monotone", {})
    rows = [
        [
            title_of(one.name, titles),
            f"{one.iv:.3f}",
            f"{weights[one.name]:.3f}" if one.name in weights else "not kept",
            {1: "rises", -1: "falls"}.get(signs.get(one.name, 0), "free"),
            "by hand" if one.name in made.get("by_hand", ()) else "learnt",
            percent(one.bins[-1].rows / max(sum(each.rows for each in one.bins), 1)),
            true_minus(f"{min(one.points)} to {max(one.points)}"),
        ]
        for one in sorted(card.features, key=lambda one: -one.iv)
    ]
    told = [
        "One logistic regression on the weights of evidence of all factors, with a ridge penalty. Each bin may leave its weight of evidence "
        "by a step that is penalised too; from 2,000 rows on a number also follows a curve over the logarithm of its value. Points are the log "
        "odds of a bin, scaled, centred and rounded."
    ]
    if "intercept" in made:
        told.append(true_minus(f"Intercept {made['intercept']:.4f}."))
    head = ("Factor", "Information value", "Weight", "Risk with the value", "Bins", "Missing", "Points")
    return Section("Factors and coefficients", told, head, "lrrllrr", rows)


def _alike(version: ModelVersion, titles: Mapping[str, str]) -> list[Section]:
    """Factors that say nearly the same; nothing of a version whose development did not look for them."""
    pairs = version.development.get("alike")
    if pairs is None:
        return []
    rows = [[title_of(one["one"], titles), title_of(one["other"], titles), true_minus(f"{one['correlation']:.2f}")] for one in pairs]
    told = [
        f"Pairs of factors whose points go together, by a correlation of {LEAST_ALIKE:.2f} and more either way: the regression shares between "
        "them what each would tell alone, and their reasons repeat each other."
        if rows
        else f"No two factors have points that go together by a correlation of {LEAST_ALIKE:.2f} or more."
    ]
    return [Section("Factors that say the same", told, ("Factor", "With", "Correlation") if rows else (), "llr" if rows else "", rows)]


def _validation(version: ModelVersion) -> Section:
    measures, made = version.metrics, version.development
    mean, folds, spread = measures.get("mean", {}), measures.get("folds", []), made.get("spread", {})
    rival, later = measures.get("challenger", {}).get("mean", {}), made.get("time", {}).get("measures", {})
    told = ["Each fold was held out of training; the spread is the standard deviation over folds."]
    if later:
        told.append(f"Later loans: a card learnt from what was granted before {day_of(made['time']['since'])}, tried on the rest.")
    else:
        told.append(made.get("time", {}).get("why_not", "The sample carries no days, so that nothing is said of later loans."))
    if rival:
        told.append("The challenger is gradient boosting on the same folds; it is never used to decide.")
        told.append(_margin(mean["auc"], rival["auc"]))
    rows = []
    for key, words in MEASURES:
        across = [fold[key] for fold in folds if key in fold]
        low, high = (f"{min(across):.3f}", f"{max(across):.3f}") if across else ("", "")
        rows.append([words, *(three(found.get(key)) for found in (mean, spread)), low, high, three(later.get(key)), three(rival.get(key))])
    return Section("Validation", told, ("Measure", "Mean", "Spread", "Lowest", "Highest", "Later loans", "Challenger"), "lrrrrrr", rows)


def _margin(own: float, rival: float) -> str:
    ahead = rival - own
    if ahead > WORTH_ASKING:
        return (
            f"It ranks better by {ahead:.3f} of AUC: something in these data is not on the card, be it a bend, or factors that count together. "
            "Who validates it asks what."
        )
    return f"It ranks {'better' if ahead > 0 else 'no better'}, by {true_minus(f'{ahead:+.3f}')} of AUC: what points leave out is little."


def _calibration(version: ModelVersion) -> list[Section]:
    tenths = version.development.get("calibration", [])
    rows = [
        [str(place), f"{one['rows']:,}", percent(one["expected"]), percent(one["observed"])] for place, one in enumerate(tenths, start=1)
    ]
    told = ["Tenths of the sample from the least to the most risky, out of fold: what the score promises and what came."]
    return [Section("Calibration", told, ("Tenth", "Loans", "Expected", "Observed"), "lrrr", rows)] if rows else []


def _stability(version: ModelVersion, titles: Mapping[str, str]) -> list[Section]:
    time = version.development.get("time", {})
    if "score" not in time:
        return []
    found = [("Score", time["score"]), *((title_of(name, titles), one) for name, one in time["factors"].items())]
    rows = [[name, f"{one['index']:.3f}", f"{one['noise_limit']:.3f}", VERDICTS[one["verdict"]]] for name, one in found]
    told = [
        f"Population stability index of loans granted from {day_of(time['since'])} on against those before. Up to 0.10, or what chance alone "
        "shows in samples of this size, is stable; above 0.25 the population has shifted."
    ]
    return [Section("Stability", told, ("What", "Index", "By chance", "Verdict"), "lrrl", rows)]


def _impact(version: ModelVersion) -> list[Section]:
    found = version.development.get("impact")
    if not found:
        return []
    rows = [
        [
            one["band"],
            f"{one['rows']:,}",
            percent(one["passed"] / one["rows"]) if one["rows"] else "none",
            "too few" if one["ratio"] is None else f"{one['ratio']:.2f}",
        ]
        for one in found["bands"]
    ]
    bands = adverse_bands(found)
    verdict = f"Adverse impact on {', '.join(bands)}." if bands else "No band that can be judged lies below."
    told = [
        f"The share of each age band that reaches the cut-off, out of fold, against the band that reaches it most often. {verdict}",
        f"The bank's own test asks for {LEAST_RATIO:.2f}; a band of fewer than {LEAST_ROWS} loans is not judged. Of other groups the bank keeps "
        "nothing, and tests nothing.",
    ]
    return [Section("Adverse impact by age", told, ("Age", "Loans", "Reach the cut-off", "Ratio"), "lrrr", rows)]


def _grades(version: ModelVersion) -> Section:
    table = GradeTable.from_dict(version.definition["grades"])
    tests = [GradeTest.of(one) for one in reversed(table.grades)]
    rows = [
        [
            one.letter,
            "no lower end" if one.least_score is None else str(one.least_score),
            percent(one.pd),
            f"{one.rows:,}",
            f"{one.bads:,}",
            percent(one.bads / one.rows) if one.rows else "none",
            "" if test.chance is None else f"{test.chance:.3f}",
            VERDICTS_OF_GRADES[test.verdict],
        ]
        for one, test in zip(reversed(table.grades), tests, strict=True)
    ]
    told = [
        f"Cut on out-of-fold scores. Below {table.cut_off} points the scorecard alone advises against the loan.",
        "The probability of default of a grade is its observed bad rate with 20 loans of the average risk of its scores joined to it, made to "
        "rise from A to E: a grade of few loans promises what its scores do, not what a handful of endings says.",
        f"Chance is how often as many bads or more come where the promise is true (binomial); below {LEAST_CHANCE:.2f} it is too low. Fewer than "
        f"{LEAST_LOANS} loans tell nothing. The grades were cut on these loans, so that a trial on later ones is the harder test.",
        "Observed bad rates rise from grade to grade." if in_order(tests) else "Observed bad rates do not rise from grade to grade.",
    ]
    head = ("Grade", "Score from", "Probability of default", "Loans", "Bad", "Observed", "Chance", "Verdict")
    return Section("Grades", told, head, "lrrrrrrl", rows)


def _bins(card: Card, titles: Mapping[str, str], answers: Mapping[str, Sequence[str]]) -> list[Section]:
    head = ("Answer", "Loans", "Bad", "Bad rate", "Weight of evidence", "Points")
    return [
        Section(
            f"Bins: {title_of(one.name, titles)}",
            (),
            head,
            "lrrrrr",
            [
                [
                    words,
                    f"{each.rows:,}",
                    f"{each.bads:,}",
                    "none seen" if each.bad_rate is None else percent(each.bad_rate),
                    true_minus(f"{each.woe:.3f}"),
                    true_minus(str(each.points)),
                ]
                for each, words in zip(one.bins, answers[one.name], strict=True)
            ],
        )
        for one in sorted(card.features, key=lambda one: -one.iv)
    ]


def _use(version: ModelVersion, card: Card) -> Section:
    return Section(
        "Use and limits",
        [
            f"The score of an application is {card.base_points} and the points of each answer; higher is safer. A missing answer never scores "
            "above the average, and a category nobody has met counts as one of the rare ones.",
            "Score and policy are combined by the stricter of the two, and people decide. Reasons are the factors that lost most points "
            "against the average, at most four.",
            "A risk manager proposes it and a model validator who never worked on it puts it in force; drift is watched by month against this sample.",
        ],
    )


def _limits(version: ModelVersion) -> Section:
    told = [
        "Assumed is that those who apply next are like those in the sample, that their facts are seen as well as these were, and that bad means "
        "the same. Who was refused is not in it: far from the cut-off the card guesses.",
        "Factors add up: what counts only together with something else is not on the card.",
        f"Watched each month: the stability of score and factors (look above {PSI_WATCH:.2f}, act above {PSI_ACT:.2f}, unless chance shows as "
        f"much), and the impact by age of who applies (below {LEAST_RATIO:.2f}). A shift raises an alert; the card is then trained again, or a risk "
        "manager says why not.",
    ]
    if "measures" not in version.development.get("time", {}):
        told.append("It was not tried on later loans, so that nothing is known of how it ages.")
    return Section("Assumptions and limits", told)
