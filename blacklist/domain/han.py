"""Chinese writing to Latin syllables, and how else such a syllable is spelt.

`syllables("曾庆红")` → ("zeng", "qing", "hong"): Mandarin by the phrase a character stands in, a surname by its own reading.
`spellings("zhang")` → {"chang", "cheung", …}: Wade-Giles by rule; Cantonese and Korean as commonly written in names.
"""

from __future__ import annotations

import re
from functools import lru_cache

from anyascii import anyascii

#: Characters that are read otherwise when they are a surname.
_SURNAMES = {
    "曾": "zeng", "单": "shan", "單": "shan", "仇": "qiu", "解": "xie", "任": "ren", "区": "ou", "區": "ou", "查": "zha", "盖": "ge", "蓋": "ge",
    "朴": "piao", "乐": "yue", "樂": "yue", "翟": "zhai", "缪": "miao", "繆": "miao", "种": "chong", "黑": "he", "秘": "bi", "折": "she",
    "洗": "xian", "冼": "xian", "员": "yun", "員": "yun", "繁": "po", "覃": "qin", "召": "shao", "祭": "zhai", "柏": "bai", "重": "chong",
    "尉迟": "yu chi", "尉遲": "yu chi", "万俟": "mo qi", "长孙": "zhang sun", "長孫": "zhang sun", "欧阳": "ou yang", "歐陽": "ou yang",
}  # fmt: skip
NAME_LENGTH = 4  # more characters than these are a company's name, which begins with no surname

_CANTONESE_AND_KOREAN = {
    "an": "on ahn", "bai": "pak paek baek", "bao": "pao pau", "bin": "pin bun", "cai": "tsoi choi choy chua tsai", "cao": "tso cho",
    "chen": "chan tan tran jin", "cheng": "ching shing sing song seong sung", "chun": "tsun chuen", "cui": "tsui choe choi", "dai": "tai",
    "de": "tak dok deok", "deng": "tang dang", "dong": "tung", "en": "yan un eun", "fang": "fong bang pang", "fei": "fai", "feng": "fung pong",
    "fu": "foo bu", "gang": "kong kang", "gao": "ko ko go", "guan": "kwan", "guang": "kwong kwang", "guo": "kwok kuk guk gook", "hai": "hoi hae",
    "han": "hon", "hao": "ho", "he": "ho ha hyok hyuk", "heng": "hang", "hong": "hung", "hu": "wu woo ho", "hua": "wah wa hwa",
    "huan": "wan hwan", "huang": "wong hwang ong", "hui": "wai hui hee hye", "ji": "kei gi ki kee", "jia": "ka ga kah", "jian": "kin kon gon",
    "jiang": "kong keung chiang gang kang", "jie": "kit kai", "jin": "kam kim gim chin", "jing": "king ching gyong kyung kyong gyeong",
    "jun": "kwan chun joon", "kai": "hoi", "kang": "hong", "kun": "kwan kon gon", "lan": "nan ran", "lei": "lui noe", "li": "lee lai lei ri yi rhee",
    "lian": "lin yon", "liang": "leung ryang yang", "lin": "lam lum rim im", "ling": "ning ryong", "liu": "lau lao low yu ryu yoo", "long": "lung yong ryong",
    "lu": "lo luk noh roh", "luo": "law lo loh na ra", "lv": "lui", "man": "mun", "mei": "mui mi", "ming": "myong myung myeong", "na": "no",
    "nan": "nam", "pan": "poon pun ban", "pei": "pui bae pae", "peng": "pang", "piao": "pak park bak", "ping": "pyong pyeong",
    "qi": "kei gi ki", "qian": "chin tsin", "qiang": "keung kang", "qin": "chun kan", "qing": "hing ching chong", "quan": "chuen kwon gwon jon",
    "ren": "yam yan in im", "ri": "yat il", "rong": "wing yung yong", "rui": "sui", "shan": "san", "shao": "siu so", "she": "sheh",
    "shen": "sum sham shim sim", "sheng": "sing shing song seong sung", "shi": "sze si see", "shu": "suk", "shun": "shun sun soon", "si": "sze",
    "song": "sung", "su": "so soh", "sun": "suen son", "tai": "tae", "tan": "tam tham", "tang": "tong", "tao": "to do", "tian": "tin chon cheon",
    "tie": "tit chol", "wan": "man mann", "wang": "wong ong", "wei": "wai ngai ui wi", "wen": "man mun moon", "wu": "ng woo mo mu o oh",
    "xi": "hei hay hui hee", "xia": "ha", "xian": "yin hyon hyun hyeon", "xiang": "heung hyang", "xiao": "siu hyo so", "xie": "tse che",
    "xin": "sun yan sin shin", "xing": "hing hyong", "xiong": "hung ung woong", "xiu": "sau su soo", "xu": "hui tsui chui ho so seo", "xue": "hok hak",
    "xuan": "suen son seon", "xun": "fan hun", "yan": "yim ngan yon an", "yang": "yeung", "yao": "yiu", "ye": "yip yap",
    "yi": "yee yi ui", "yin": "wan yun yoon", "ying": "ying yong young yeong", "yong": "wing yung young", "you": "yau yu", "yu": "yue yuk ok u woo",
    "yuan": "yuen won", "yue": "yuet ak", "yun": "wan un", "zai": "chae jae", "zeng": "tsang jung", "zhang": "cheung chang jang", "zhao": "chiu jo cho",
    "zhe": "chit chol cheol chul", "zhen": "chun chin jin", "zheng": "cheng tay jong jeong chong chung jung", "zhi": "chi ji", "zhong": "chung jung jong",
    "zhou": "chow chau ju", "zhu": "chu ju joo", "zi": "tsz tze ja", "zong": "jong", "zu": "cho jo",
}  # fmt: skip
_WADE_INITIALS = {
    "zh": "ch", "ch": "ch", "sh": "sh", "b": "p", "d": "t", "g": "k", "j": "ch", "q": "ch", "x": "hs", "z": "ts", "c": "ts", "r": "j",
}  # fmt: skip
_WADE_WHOLE = {
    "zi": "tzu", "ci": "tzu", "si": "szu ssu", "zhi": "chih", "chi": "chih", "shi": "shih", "ri": "jih", "yi": "i", "you": "yu", "yan": "yen",
    "ye": "yeh", "yong": "yung", "er": "erh", "ge": "ko", "ke": "ko", "he": "ho", "gui": "kuei", "kui": "kuei", "yue": "yueh", "yu": "yu",
    "luo": "lo", "duo": "to", "tuo": "to", "zhuo": "cho", "suo": "so", "zuo": "tso", "ruo": "jo", "nuo": "no", "xu": "hsu", "jun": "chun", "lu": "lu",
}  # fmt: skip
_INITIAL = re.compile("^(zh|ch|sh|[bdgjqxzcr])")
_FINALS = ((re.compile("ian$"), "ien"), (re.compile("ong$"), "ung"), (re.compile("(?<=[^y])ie$"), "ieh"), (re.compile("ue$"), "ueh"))


def syllables(piece: str) -> list[str]:
    """Mandarin syllables in lower-case ASCII; what is not Chinese comes through `anyascii` as one."""
    from pypinyin import lazy_pinyin  # large tables, which most processes never need

    begin: list[str] = []
    if len(piece) <= NAME_LENGTH:
        for length in (2, 1):
            surname = _SURNAMES.get(piece[:length])
            if surname is not None and len(piece) > length:
                begin, piece = surname.split(), piece[length:]
                break
    read = lazy_pinyin(piece, errors=anyascii, v_to_u=False)
    return [
        part for syllable in (*begin, *read) if (part := re.sub("[^a-z0-9]", "", syllable.lower().replace("lv", "lu").replace("nv", "nu")))
    ]


@lru_cache(maxsize=1_024)
def spellings(syllable: str) -> frozenset[str]:
    """Other Latin spellings of a Mandarin syllable, and of the characters read so in Cantonese and Korean names; never itself."""
    found = set(_CANTONESE_AND_KOREAN.get(syllable, "").split()) | set(_wade_giles(syllable).split())
    return frozenset(found - {syllable})


def _wade_giles(syllable: str) -> str:
    whole = _WADE_WHOLE.get(syllable)
    if whole is not None:
        return whole
    for pattern, final in _FINALS:
        syllable = pattern.sub(final, syllable)
    return _INITIAL.sub(lambda match: _WADE_INITIALS[match.group()], syllable)
