"""Names in one script against the same names in another, and one field with several names."""

from __future__ import annotations

import pytest

from blacklist.domain.evidence import DEFAULT_THRESHOLDS
from blacklist.domain.han import spellings, syllables
from blacklist.domain.pairs import compare_pair
from blacklist.domain.several_names import take_apart

MATCH = DEFAULT_THRESHOLDS.low


def score(left: str, right: str) -> float:
    forward = compare_pair({"name": left}, {"name": right})["score"]
    assert forward == compare_pair({"name": right}, {"name": left})["score"]
    assert isinstance(forward, float)
    return forward


class TestScripts:
    @pytest.mark.parametrize(
        ("written", "latin"),
        [
            ("曾庆红", "Zeng Qinghong"),  # a surname with a reading of its own
            ("曾庆红", "Qinghong Zeng"),
            ("任长霞", "Ren Changxia"),  # 长 as the phrase has it
            ("单田芳", "Shan Tianfang"),
            ("歐陽修", "Ouyang Xiu"),
            ("蔣介石", "Chiang Chieh-shih"),  # Wade-Giles
            ("張國榮", "Cheung Kwok Wing"),  # Cantonese
            ("金正恩", "Kim Jong Un"),  # Korean
            ("重庆银行", "Chongqing Bank"),  # trade words are translated
            ("华信船务(香港)有限公司", "Huaxin Shipping Hongkong Ltd"),
            ("이민호", "Lee Min Ho"),
            ("عبد الرحمن ياسين", "ABDUL RAHMAN YASIN"),  # an article written on to its word
            ("الطيب نايل", "TAYEB NAIL"),
            ("نصیر الدین حقانی", "NASIRUDDIN HAQQANI"),  # an article that is not heard
            ("Дмитрий Медведев", "Dmitry Medvedev"),
            ("Νικόλαος Παπαδόπουλος", "Nikolaos Papadopoulos"),
            ("Łukasz Wiśniewski", "Lukasz Wisniewski"),
            ("משה כהן", "Moshe Cohen"),
        ],
    )
    def test_are_seen_through_both_ways(self, written: str, latin: str) -> None:
        assert score(written, latin) >= MATCH

    @pytest.mark.parametrize(
        ("written", "other"),
        [
            ("王伟", "Wang Wenwei"),
            ("李明", "Li Na"),
            ("王建设", "Wang Construction"),  # three characters are a person, whatever they mean
            ("重庆银行", "Bank of Shanghai"),
            ("عبد الرحمن ياسين", "ABDUL KARIM YASIN"),
            ("Дмитрий Медведев", "Dmitry Mendelson"),
            ("Νικόλαος Παπαδόπουλος", "Nikolaos Papandreou"),
        ],
    )
    def test_do_not_make_others_the_same(self, written: str, other: str) -> None:
        assert score(written, other) < MATCH

    def test_syllables_follow_the_phrase_and_the_surname(self) -> None:
        assert syllables("重庆银行") == ["chong", "qing", "yin", "hang"]
        assert syllables("曾庆红")[0] == "zeng"
        assert syllables("吕布") == ["lu", "bu"]
        assert "hsi" in spellings("xi")
        assert "zhang" not in spellings("zhang")


class TestCompanies:
    @pytest.mark.parametrize(
        ("left", "right"),
        [
            ("RIXO INTERNATIONAL TRADING LTD.", "AURELIA INTERNATIONAL TRADING LTD."),
            ("KOREA INTERNATIONAL CHEMICAL JOINT VENTURE COMPANY", "KESTREL INTERNATIONAL CHEMICAL JOINT VENTURE COMPANY"),
            ("33RD LIGHT INFANTRY DIVISION", "38TH LIGHT INFANTRY DIVISION"),
            ("CUBE MEXICO 4 S.A. DE C.V.", "CUBE MEXICO 5 S.A. DE C.V."),
        ],
    )
    def test_are_told_apart_by_their_own_word_and_number(self, left: str, right: str) -> None:
        assert score(left, right) < MATCH

    @pytest.mark.parametrize(
        ("left", "right"),
        [("GBAE", "General Bureau of Atomic Energy"), ("ОАО Технопромэкспорт", "Tekhnopromexport OJSC"), ("Irasco S.r.l.", "IRASCO SRL")],
    )
    def test_are_known_by_their_letters_script_and_form(self, left: str, right: str) -> None:
        assert score(left, right) >= MATCH


class TestOneFieldWithSeveralNames:
    @pytest.mark.parametrize(
        ("text", "names"),
        [
            ("Mohammad Bakr; Muhammad Baqer", ("Mohammad Bakr", "Muhammad Baqer")),
            ("Amir Khan a.k.a. The Baker", ("Amir Khan", "The Baker")),
            ("محمد علي (Mohammad Ali)", ("محمد علي", "Mohammad Ali")),
            ("Safia Farkash, born 1 Jan. 1953 (Oman)", ("Safia Farkash",)),
            ("HUAXIN (HK) LTD", ("HUAXIN (HK) LTD",)),  # a place, no other name
            ("Serge Aka Kouassi", ("Serge Aka Kouassi",)),  # a surname
            ("", ("",)),
            (";;", (";;",)),
        ],
    )
    def test_is_taken_apart(self, text: str, names: tuple[str, ...]) -> None:
        assert take_apart(text) == names
