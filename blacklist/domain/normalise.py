"""From a name as somebody wrote it to comparable words.

`prepare_name("ООО «Ромашка»")` → words ("ooo", "romashka") with weights (0.05, 1.0). Steps: compatibility forms (NFKC),
invisible and direction marks away, look-alike letters back into the script of their word, transliteration to ASCII
(anyascii), lower case, words; then a weight for each word by what it can tell (`affixes`).
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from anyascii import anyascii

from blacklist.domain import affixes
from blacklist.domain.han import syllables
from blacklist.domain.phonetics import consonant_skeleton, fold_sounds
from blacklist.domain.trade_words import translate

MAX_LENGTH = 500
MAX_WORDS = 24


class Reading(StrEnum):
    """How a word came to Latin letters, which decides how loosely it must be read."""

    LATIN = "L"
    ABJAD = "A"  # Arabic, Persian, Hebrew: vowels are not written
    HAN = "H"  # one syllable a character, word limits unknown
    HANGUL = "K"


class SubjectKind(StrEnum):
    PERSON = "person"
    COMPANY = "company"
    UNKNOWN = ""


@dataclass(frozen=True, slots=True, eq=False)
class Word:
    """One word of a name: `text` in ASCII, `sound` folded over spellings, `skeleton` without vowels, `weight` 0–1.

    `ends` is how it begins and ends, as written and as heard; two Latin words that share none of it are not alike.

    Words are shared between names (`_word` keeps one of each), so they compare by identity, which makes caches cheap.
    """

    text: str
    sound: str
    skeleton: str
    reading: Reading
    weight: float
    core: bool
    ends: frozenset[str] | None


@dataclass(frozen=True, slots=True)
class PreparedName:
    """A name ready to be compared.

    `run` is all words but forms and titles without spaces, `joined` how that sounds; `core_letters` counts the letters of the
    words that may identify somebody, `telling` the words that are no title, particle or form; `company` when the kind or a legal form says
    so; `syllabic` with Chinese or Korean writing.
    """

    raw: str
    words: tuple[Word, ...]
    key: tuple[str, ...]
    joined: str
    run: str
    core_letters: int
    company: bool
    syllabic: bool
    telling: int

    @property
    def empty(self) -> bool:
        """True when nothing is left that can identify anybody."""
        return self.core_letters == 0


_CYRILLIC_LOOKALIKES = str.maketrans(
    "аАвВсСеЕнНкКмМоОрРтТуУхХіІїЇјЈѕЅԁһӏьЬгзЗб",
    "aAbBcCeEhHkKmMoOpPtTyYxXiIiIjJsSdhlbbr33b",
)
_GREEK_LOOKALIKES = str.maketrans("αΑβΒεΕζΖηΗικΙκΚΜνΝοΟρΡτΤυΥχΧγω", "aAbBeEzZnHikIkKMvNoOpPtTuYxXyw")
_LATIN_LOOKALIKES = str.maketrans("aAcCeEoOpPxXyYBHKMT", "аАсСеЕоОрРхХуУВНКМТ")
_DIGIT_LOOKALIKES = str.maketrans("013457@$", "oleastas")
_INVISIBLE = re.compile(
    r"[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff]"
)
_APOSTROPHES = re.compile(r"['`´‘’ʼʻʾʿ′‛＇\u02b9\u0640]")
_LEADING_VOWEL = re.compile(r"\b[\u0623\u0625\u0627\u0639\u05d0\u05e2](?![\u0648\u064a\u06cc\u05d5\u05d9])\u0627?")  # no letter says which
_ARTICLE = re.compile(
    r"\b\u0622\u0644(?!\u0644\u0647\b)(?=[\u0620-\u06ff]{3,})"
)  # written on to its word, as "al" rarely is in Latin letters
_DOTTED = re.compile(r"\b(?:[^\W\d_]\.){2,}(?:[^\W\d_]\b)?")
_BREAKS = re.compile(r"[^0-9A-Za-z]+")
_CAMEL = re.compile(r"[A-Z][a-z]*|[a-z]+|[0-9]+")
_SPACED = re.compile(r"[\s\-–—/,.;:!?|&+()\[\]{}\"«»“”„·・•_！？，、。]+")
_SURNAME_FIRST = re.compile(r"\s*[^\s,]+,")
_ALPHABETIC = re.compile(r"[A-Za-z]")


def _script(character: str) -> str:
    code = ord(character)
    if code < 0x0250 or 0x1E00 <= code < 0x1F00:
        return "latin"
    if 0x0400 <= code < 0x0530:
        return "cyrillic"
    if 0x0370 <= code < 0x0400 or 0x1F00 <= code < 0x2000:
        return "greek"
    if 0x0590 <= code < 0x08FF or 0xFB1D <= code < 0xFE00 or 0xFE70 <= code < 0xFEFF:
        return "abjad"
    if 0xAC00 <= code < 0xD7B0 or 0x1100 <= code < 0x1200:
        return "hangul"
    if 0x3400 <= code < 0xA000 or 0xF900 <= code < 0xFB00 or 0x20000 <= code < 0x32000:
        return "han"
    return "other"


def _reading_of(piece: str) -> tuple[str, Reading]:
    """The piece with look-alike letters put back, and how its script is to be read."""
    scripts = {_script(character) for character in piece if character.isalpha()}
    if "latin" in scripts and scripts & {"cyrillic", "greek"}:
        latin = sum(1 for character in piece if _script(character) == "latin")
        if 2 * latin >= len(piece):
            piece = piece.translate(_CYRILLIC_LOOKALIKES).translate(_GREEK_LOOKALIKES)
        elif "cyrillic" in scripts:
            piece = piece.translate(_LATIN_LOOKALIKES)
    if "han" in scripts:
        return piece, Reading.HAN
    if "hangul" in scripts:
        return piece, Reading.HANGUL
    if "abjad" in scripts:
        return piece, Reading.ABJAD
    return piece, Reading.LATIN


def _join_dotted(match: re.Match[str]) -> str:
    """ "S.A." is one legal form, "J.R." two initials."""
    joined = match.group().replace(".", "")
    return f" {joined} " if joined.casefold() in affixes.LEGAL_FORMS else match.group().replace(".", " ")


def split_words(name: str) -> list[tuple[str, Reading]]:
    """ASCII words of a name in order, with their reading; at most `MAX_WORDS` from the first `MAX_LENGTH` characters."""
    text = name[:MAX_LENGTH]
    if not text.isascii():
        text = _INVISIBLE.sub("", unicodedata.normalize("NFKC", _INVISIBLE.sub("", text)))
    if not text.isascii():
        text = translate(text)
    text = _APOSTROPHES.sub("", text)
    if not text.isascii():
        text = _LEADING_VOWEL.sub("\u0622", text)
        text = _LEADING_VOWEL.sub("\u0622", _ARTICLE.sub("al ", text))
        for form in affixes.EAST_ASIAN_FORMS:
            if form in text:
                text = text.replace(form, " ")
    if "." in text:
        text = _DOTTED.sub(_join_dotted, text)
    return [word for piece in _SPACED.split(text) if piece for word in _words_of(piece)][:MAX_WORDS]


@lru_cache(maxsize=16_384)
def _words_of(piece: str) -> tuple[tuple[str, Reading], ...]:
    """The words of what stands between two spaces; the same given names and surnames come again and again."""
    piece, reading = (piece, Reading.LATIN) if piece.isascii() else _reading_of(piece)
    ascii_piece = piece if piece.isascii() else anyascii(piece) if reading is not Reading.LATIN else _latin(piece)
    if reading in (Reading.HAN, Reading.HANGUL):
        spoken = syllables(piece) if reading is Reading.HAN else [syllable.lower() for syllable in _CAMEL.findall(ascii_piece)]
        return tuple((syllable, reading) for syllable in spoken)
    parts = _BREAKS.split(_APOSTROPHES.sub("", ascii_piece))
    return tuple((_letters_for_digits(part).lower(), reading) for part in parts if part)


def _latin(piece: str) -> str:
    """ASCII for Latin, Cyrillic, Greek and other alphabets; emoji and symbols have no letters and fall away."""
    return anyascii("".join(c for c in piece if unicodedata.category(c)[0] in "LMN"))


def _letters_for_digits(word: str) -> str:
    """ "J0HN" is meant to be read as John; "Brigade44", "3M" and "A1" are not."""
    letters = len(_ALPHABETIC.findall(word))
    digits = len(word) - letters
    return word.translate(_DIGIT_LOOKALIKES) if digits and letters >= 3 and digits <= letters // 3 and word[-1:].isalpha() else word


def _long_form_positions(texts: list[str]) -> set[int]:
    """Positions of words that together are a legal form of several words."""
    found: set[int] = set()
    for form in affixes.LONG_LEGAL_FORMS:
        if form[0] not in texts:
            continue
        for start in range(len(texts) - len(form) + 1):
            if tuple(texts[start : start + len(form)]) == form:
                found.update(range(start, start + len(form)))
    return found


def _weigh(pairs: list[tuple[str, Reading]], kind: SubjectKind, surname_first: bool) -> list[tuple[float, bool]]:
    """(weight, core) of each word. Core words are those that may identify somebody."""
    texts = [text for text, _ in pairs]
    company = kind is SubjectKind.COMPANY
    person = kind is SubjectKind.PERSON
    long_forms = set() if person else _long_form_positions(texts)
    trading = company or (not person and any(text in affixes.TRADE_WORDS or text in affixes.LEGAL_FORMS for text in texts))
    nothing_else = all(text in affixes.LEGAL_FORMS or text in affixes.TITLES for text in texts)
    weights: list[tuple[float, bool]] = []
    for position, (text, reading) in enumerate(pairs):
        if reading in (Reading.HAN, Reading.HANGUL):
            weights.append((0.55 + 0.075 * len(text), True))  # a syllable; what looks like a particle is none
            continue
        edge = company or nothing_else or position >= len(texts) - 2 or (position == 0 and text in _LEADING_FORMS and not surname_first)
        if position in long_forms or (not person and text in affixes.LEGAL_FORMS and edge) or (not company and text in affixes.TITLES):
            weights.append((0.04, False))
        elif text in affixes.PARTICLES:
            weights.append((0.12, False))
        elif len(text) == 1:
            weights.append((0.3, False))
        elif not person and text in affixes.TRADE_WORDS:
            weights.append((0.45, False))
        elif trading and text in affixes.PLACES:
            weights.append((0.6, True))
        else:
            weights.append((0.55 + 0.075 * min(len(text), 8), True))
    if not any(core for _, core in weights):
        weights = _promote(texts, weights)
    return weights


def _promote(texts: list[str], weights: list[tuple[float, bool]]) -> list[tuple[float, bool]]:
    """Trade words or name-like particles alone ("General Trading", "Le Van") still name somebody; titles and forms don't."""
    raised = [
        (0.8, True) if text in affixes.TRADE_WORDS or text in affixes.NAMES_TOO else (weight, False)
        for text, (weight, _) in zip(texts, weights, strict=True)
    ]
    return raised if sum(core for _, core in raised) > 1 else weights


def _is_form(word: Word) -> bool:
    return word.weight < 0.1 and word.text in affixes.LEGAL_FORMS


_LEADING_FORMS = frozenset(
    [
        "ooo",
        "oao",
        "zao",
        "pao",
        "ao",
        "tov",
        "pat",
        "pt",
        "ip",
        "chp",
        "too",
        "sia",
        "uab",
        "ab",
        "oy",
        "as",
        "cv",
        "ud",
        "fgup",
    ]
)


@lru_cache(maxsize=262_144)
def _word(text: str, reading: Reading, weight: float, core: bool) -> Word:
    sound = fold_sounds(text)
    ends = frozenset((text[0], sound[0], f"{text[-1]}.", f"{sound[-1]}.")) if reading is Reading.LATIN and len(text) > 1 else None
    return Word(text, sound, consonant_skeleton(text), reading, weight, core, ends)


@lru_cache(maxsize=8_192)
def prepare_name(name: str, kind: SubjectKind = SubjectKind.UNKNOWN) -> PreparedName:
    """Prepare `name` for comparison; never raises, an unusable name comes back `empty`."""
    pairs = split_words(name)
    weights = _weigh(pairs, kind, bool(_SURNAME_FIRST.match(name)))
    words = tuple(_word(text, reading, weight, core) for (text, reading), (weight, core) in zip(pairs, weights, strict=True))
    joined = "".join(word.sound for word in words if word.weight > 0.1)
    return PreparedName(
        raw=name,
        words=words,
        key=tuple(sorted(word.text for word in words if word.weight > 0.1)),
        joined=joined,
        run="".join(word.text for word in words if word.weight > 0.1),
        core_letters=sum(len(word.text) for word in words if word.core),
        telling=sum(weight > 0.12 for weight, _ in weights),
        syllabic=any(word.reading in (Reading.HAN, Reading.HANGUL) for word in words),
        company=kind is SubjectKind.COMPANY or (kind is not SubjectKind.PERSON and any(map(_is_form, words))),
    )
