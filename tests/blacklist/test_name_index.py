"""Finding candidates: the index itself, and recall on real lists."""

from __future__ import annotations

import csv
import random
from collections import defaultdict
from collections.abc import Iterator
from itertools import islice
from math import log, sqrt
from pathlib import Path

import numpy as np
import pytest

from blacklist.domain.evidence import DEFAULT_THRESHOLDS
from blacklist.domain.name_index import PIECE, NameIndex
from blacklist.domain.name_postings import asked_features
from blacklist.domain.normalise import PreparedName, SubjectKind, prepare_name
from tests.blacklist.perturbations import RULES, words_of
from tests.datasets import DATASETS, needs

ROOT = Path(__file__).resolve().parents[2]


def keys(index: NameIndex, name: str) -> list[int]:
    return [key for key, _ in index.candidates(prepare_name(name))]


@pytest.fixture
def index() -> NameIndex:
    names = ["Dragan Petrovic", "Ana Maria Kovács", "Müller Bau GmbH", "Dr."]
    return NameIndex.build(enumerate(prepare_name(name) for name in names))


class TestNameIndex:
    def test_finds_in_any_order_and_script(self, index: NameIndex) -> None:
        assert keys(index, "PETROVIĆ Dragan")[0] == 0
        assert keys(index, "Драган Петрович")[0] == 0
        assert keys(index, "muller bau")[0] == 2

    def test_leaves_out_names_that_identify_nobody(self, index: NameIndex) -> None:
        assert len(index) == 3
        assert keys(index, "Dr.") == []
        assert keys(index, "") == []

    def test_an_empty_index_finds_nothing(self) -> None:
        assert keys(NameIndex.build([]), "Dragan Petrovic") == []

    def test_a_change_makes_a_new_index_and_leaves_the_old_alone(self, index: NameIndex) -> None:
        changed = index.with_changes([(10, prepare_name("Milica Jovanović"))], [0])
        assert keys(changed, "Jovanovic Milica") == [10]
        assert keys(changed, "Dragan Petrovic") == []
        assert len(changed) == 3
        assert keys(index, "Dragan Petrovic")[0] == 0
        assert changed.base is index.base

    def test_a_key_added_again_is_replaced(self, index: NameIndex) -> None:
        changed = index.with_changes([(0, prepare_name("Milica Jovanović"))], [])
        assert keys(changed, "Dragan Petrovic") == []
        assert keys(changed, "Milica Jovanović") == [0]

    def test_changes_on_changes_add_up(self, index: NameIndex) -> None:
        changed = index.with_changes([(10, prepare_name("Milica Jovanović"))], []).with_changes([], [10])
        assert keys(changed, "Milica Jovanović") == []
        assert len(changed) == 3

    def test_starts_from_nothing_too(self) -> None:
        grown = NameIndex.build([]).with_changes([(1, prepare_name("Milica Jovanović"))], [])
        assert keys(grown, "Jovanovic, Milica") == [1]


class TestManyAtOnce:
    LISTED = (
        "Dragan Petrovic",
        "Ana Maria Kovács",
        "Müller Bau GmbH",
        "Виктор Баранов",
        "محمد علي",
        "习近平",
        "김정은",
        "Abd al-Rahman Haddad",
        "J. R. Smith",
    )
    ASKED = (*LISTED, "", "Dr.", "PETROVIC D", "Anamaria Kovacs", "Muller Bau", "Viktor Baranoff", "Mohammad Ali", "Xi Jinping", "Kim Jong-un",
             "Abdulrahman Hadad", "John Smith", "Nobody Atall", "A", "Jean Luc de la Fontaine y Ortega von Hohenzollern Sigmaringen")  # fmt: skip

    def test_answers_as_one_by_one(self) -> None:
        index = NameIndex.build(enumerate(map(prepare_name, self.LISTED * 3)))
        changed = index.with_changes([(2, prepare_name("Mueller Bau AG")), (90, prepare_name("Petrovic Dragana"))], [0, 9])
        asked = [prepare_name(name) for name in self.ASKED] * (PIECE // len(self.ASKED) + 2)
        for one in (index, changed, NameIndex.build([])):
            single = {name: one.matches(name) for name in asked}
            assert list(one.matches_of_many(asked)) == [single[name] for name in asked]
        assert all(changed.matches(prepare_name(name)) for name in self.LISTED)

    def test_takes_names_as_they_come(self) -> None:
        def endless() -> Iterator[PreparedName]:
            while True:
                yield prepare_name("Petrović Dragan")

        index = NameIndex.build([(7, prepare_name("Dragan Petrovic"))])
        assert [match[0] for matches in islice(index.matches_of_many(endless()), 3) for match in matches] == [7, 7, 7]

    def test_adds_postings_up_as_a_loop_would(self) -> None:
        postings = NameIndex.build(enumerate(map(prepare_name, self.LISTED))).base
        for name in map(prepare_name, self.ASKED):
            grams = dict.fromkeys(asked_features(name), 1.0)
            plain = np.zeros(postings.size)
            weights = {gram: postings.idf[postings.vocabulary[gram]] for gram in grams if gram in postings.vocabulary}
            unseen = (len(grams) - len(weights)) * (0.5 * (log(postings.size + 1) + 1)) ** 2
            for gram, weight in weights.items():
                span = slice(postings.starts[postings.vocabulary[gram]], postings.starts[postings.vocabulary[gram] + 1])
                plain[postings.rows[span]] += weight * postings.weights[span] / sqrt(sum(w * w for w in weights.values()) + unseen)
            assert np.allclose(next(postings.scores([grams])), plain, atol=1e-5)


def ofac_names(folder: Path) -> list[tuple[str, SubjectKind]]:
    names = []
    with (folder / "ofac" / "sdn.csv").open(encoding="utf-8", errors="replace", newline="") as stream:
        for row in csv.reader(stream):
            if len(row) > 3:
                names.append((row[1], SubjectKind.PERSON if "individual" in row[2] else SubjectKind.COMPANY))
    with (folder / "ofac" / "alt.csv").open(encoding="utf-8", errors="replace", newline="") as stream:
        names += [(row[3], SubjectKind.UNKNOWN) for row in csv.reader(stream) if len(row) > 3]
    return names


class Engine:
    """The index and the comparison together, as screening uses them."""

    def __init__(self, names: list[tuple[str, SubjectKind]]) -> None:
        self.prepared = [prepare_name(name, kind) for name, kind in names]
        self.index = NameIndex.build(enumerate(self.prepared))

    def best(self, name: PreparedName, key: tuple[str, ...] | None = None) -> float:
        """The best score of the candidates, of those with `key` only when given."""
        found = self.index.matches(name)
        return max((evidence.score for row, evidence in found if key is None or self.prepared[row].key == key), default=0.0)


@pytest.fixture(scope="module")
def engine() -> Engine:
    return Engine(ofac_names(DATASETS))


@needs(DATASETS / "ofac", DATASETS / "name_matching")
class TestOnPublicLists:
    def test_recalls_perturbed_names(self, engine: Engine) -> None:
        chance = random.Random(20261124)
        listed = ofac_names(DATASETS)
        usable = [i for i, name in enumerate(engine.prepared) if name.core_letters >= 8 and len(words_of(listed[i][0])) > 1]
        persons = [i for i in usable if listed[i][1] is SubjectKind.PERSON]
        found: dict[str, list[bool]] = defaultdict(list)
        for rule, change in RULES.items():
            for row in chance.sample(persons, 220):
                name = prepare_name(change(listed[row][0], chance))
                found[rule].append(engine.best(name, engine.prepared[row].key) >= DEFAULT_THRESHOLDS.low)
        shares = {rule: sum(hits) / len(hits) for rule, hits in found.items()}
        overall = sum(map(sum, found.values())) / sum(map(len, found.values()))
        assert overall >= 0.99, shares
        assert min(shares.values()) >= 0.97, shares

    def test_flags_few_of_those_who_must_not_match(self, engine: Engine) -> None:
        path = DATASETS / "name_matching" / "yente_negatives_global.csv"
        with path.open(encoding="utf-8", newline="") as stream:
            names = [row["full_name"] for row in csv.DictReader(stream)]
        sample = random.Random(20261124).sample(names, 1500)
        flagged = sum(engine.best(prepare_name(name, SubjectKind.PERSON)) >= DEFAULT_THRESHOLDS.low for name in sample)
        assert flagged / len(sample) <= 0.01
