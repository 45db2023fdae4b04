"""Words written apart on one side and together on the other: "Abd al-Rahman" and "Abdulrahman", "习近平" and "Xi Jinping"."""

from __future__ import annotations

from blacklist.domain.han import spellings
from blacklist.domain.normalise import Reading, Word
from blacklist.domain.phonetics import fold_sounds
from blacklist.domain.unvowelled import may_spell
from blacklist.domain.word_comparison import SYLLABIC, spelling_similarity

RUN_SIMILARITY = 0.8
HAN_RUN = 0.97
LONGER, LONGER_UNVOWELLED = 2, 5  # letters by which a run and its word may differ
SYLLABLE_RUN = {Reading.HAN: 0.97, Reading.HANGUL: 0.93}


def take_runs(left: list[Word], right: list[Word]) -> list[tuple[tuple[Word, ...], tuple[Word, ...], float]]:
    """Neighbouring words on one side that together are one word on the other, removed from both.

    ("abd", "al", "rahman") meets ("abdulrahman",). A run has to begin or end like the word, which spares most comparisons.
    """
    found: list[tuple[tuple[Word, ...], tuple[Word, ...], float]] = []
    for many, few, turned in ((left, right, False), (right, left, True)):
        if len(many) < 2:
            continue
        shortest = sum(sorted(len(word.text) for word in many)[:2])
        abjad = any(word.reading is Reading.ABJAD for word in many)
        ends = _all_ends(many)
        for one in list(few):
            word = one.text
            if shortest - len(word) > (LONGER_UNVOWELLED if abjad or one.reading is Reading.ABJAD else LONGER):
                continue
            if len(word) < (3 if one.reading is Reading.ABJAD else 4):
                continue
            if ends is not None and one.ends is not None and ends.isdisjoint(one.ends):
                continue
            best: tuple[float, int, int] | None = None
            for length in (2, 3):
                for start in range(len(many) - length + 1):
                    first, last = many[start], many[start + length - 1]
                    unvowelled = first.reading is Reading.ABJAD or one.reading is Reading.ABJAD
                    if not unvowelled and first.text[0] != word[0] and last.text[-1] != word[-1]:
                        continue
                    size = len(first.text) + len(last.text) + (len(many[start + 1].text) if length > 2 else 0)
                    if abs(size - len(word)) > (LONGER_UNVOWELLED if unvowelled else LONGER):
                        continue
                    run = many[start : start + length]
                    joined = _without_sun_letter(run) if unvowelled and length > 2 else "".join([part.text for part in run])
                    similarity = _run_similarity(joined, run, one)
                    needed = SYLLABLE_RUN[run[0].reading] if run[0].reading in SYLLABIC else RUN_SIMILARITY
                    if similarity >= needed and (best is None or similarity > best[0]):
                        best = (similarity, start, length)
            if best is not None:
                similarity, start, length = best
                several = tuple(many[start : start + length])
                found.append(((one,), several, similarity) if turned else (several, (one,), similarity))
                del many[start : start + length]
                few.remove(one)
    return found


def _all_ends(words: list[Word]) -> set[str] | None:
    """How any of the words begins or ends; None when one of them is not Latin, and so may begin anyhow.

    A word that shares nothing of it is no run of these words.
    """
    found: set[str] = set()
    for word in words:
        if word.ends is None:
            return None
        found |= word.ends
    return found


def _without_sun_letter(run: list[Word]) -> str:
    """The words run together; the l of an Arabic article is not heard before most letters of the tongue (nasir al-din, nasiruddin)."""
    heard = [run[0].text]
    for word, following in zip(run[1:], [*run[2:], None], strict=True):
        silent = word.text == "al" and following is not None and following.text[0] in "tdrzsnl"
        heard.append("a" if silent else word.text)
    return "".join(heard)


def _spells_out(run: list[Word], text: str) -> bool:
    """Whether the text is the Chinese syllables in a row, each in any of its spellings."""
    rests = {text}
    for word in run:
        rests = {rest[len(way) :] for way in (word.text, *spellings(word.text)) for rest in rests if rest.startswith(way)}
    return "" in rests


def _run_similarity(joined: str, run: list[Word], one: Word) -> float:
    """Between words run together and one word."""
    if joined == one.text:
        return 0.99
    reading = run[0].reading
    if reading is Reading.HAN:
        return HAN_RUN if _spells_out(run, one.text) else 0.0
    if (reading is Reading.ABJAD) != (one.reading is Reading.ABJAD):
        spelled = may_spell(joined, one.text) if reading is Reading.ABJAD else may_spell(one.text, joined)
        return 0.94 if spelled else 0.0
    first, second = sorted(((joined, fold_sounds(joined)), (one.text, one.sound)))
    return 0.98 * spelling_similarity(first[0], second[0], first[1], second[1])
