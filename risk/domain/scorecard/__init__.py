"""Points scorecard: learn it (`ScorecardClassifier`), keep it as JSON and score with it (`Card`), cut it into grades."""

from risk.domain.scorecard.card import Bin, Card, Contribution, Feature
from risk.domain.scorecard.classifier import ScorecardClassifier
from risk.domain.scorecard.grades import Grade, GradeTable, grades_from_scores

__all__ = [
    "Bin",
    "Card",
    "Contribution",
    "Feature",
    "Grade",
    "GradeTable",
    "ScorecardClassifier",
    "grades_from_scores",
]
