"""Points scorecard: kept as JSON and scored with (`Card`), cut into grades (`GradeTable`).

Learning one is `classifier.ScorecardClassifier` and `grading.grades_from_scores`. They stand apart because they need scikit-learn, which
takes seconds and a hundred megabytes to load: a process that only scores shall not pay for it.
"""

from risk.domain.scorecard.card import Bin, Card, Contribution, Feature
from risk.domain.scorecard.grades import Grade, GradeTable

__all__ = ["Bin", "Card", "Contribution", "Feature", "Grade", "GradeTable"]
