"""What a company does, written in another script, in English: "長安海運有限公司" and "Chang An Shipping" name the same trade.

Names of people are transliterated, words of trade are translated, so both sides come to the same word.
"""

from __future__ import annotations

import re

_HAN = {
    "进出口": "import export", "進出口": "import export", "贸易": "trading", "貿易": "trading", "国际": "international", "國際": "international",
    "银行": "bank", "銀行": "bank", "科技": "technology", "技术": "technology", "技術": "technology", "投资": "investment", "投資": "investment",
    "实业": "industrial", "實業": "industrial", "工业": "industry", "工業": "industry", "船务": "shipping", "船務": "shipping",
    "海运": "shipping", "海運": "shipping", "航运": "shipping", "航運": "shipping", "物流": "logistics", "控股": "holdings", "电子": "electronics",
    "電子": "electronics", "化工": "chemical", "石油": "petroleum", "能源": "energy", "建设": "construction", "建設": "construction",
    "保险": "insurance", "保險": "insurance", "基金": "fund", "大学": "university", "大學": "university", "研究所": "institute", "香港": "hong kong",
    "中国": "china", "中國": "china", "商贸": "trading", "发展": "development", "發展": "development", "机械": "machinery", "機械": "machinery",
}  # fmt: skip
_HANGUL = {
    "무역": "trading", "은행": "bank", "회사": "company", "총회사": "general corporation", "국제": "international", "해운": "shipping",
    "기술": "technology", "투자": "investment", "산업": "industry", "건설": "construction", "전자": "electronics", "그룹": "group",
}  # fmt: skip
_WORDS = {
    "شركة": "company", "شرکت": "company", "مصرف": "bank", "بنك": "bank", "بانک": "bank", "مجموعة": "group",
    "مؤسسة": "foundation", "بنیاد": "foundation", "التجارة": "trading", "للتجارة": "trading", "التجارية": "trading", "للصرافة": "exchange",
    "صرافة": "exchange", "صرافی": "exchange", "العامة": "general", "الدولية": "international", "القابضة": "holding", "للنقل": "transport",
    "торговый": "trading", "дом": "house", "завод": "plant", "банк": "bank", "группа": "group", "компания": "company", "инвест": "invest",
    "страховая": "insurance", "международный": "international", "международная": "international", "судоходная": "shipping", "фонд": "foundation",
    "холдинг": "holding", "технологии": "technologies", "институт": "institute", "τράπεζα": "bank", "ναυτιλιακή": "shipping", "εταιρεία": "company",
}  # fmt: skip
PERSON_LENGTH = 3
_SYLLABIC = re.compile("|".join(sorted((*_HAN, *_HANGUL), key=len, reverse=True)))
_SPELLED = re.compile(r"\b(?:" + "|".join(sorted(_WORDS, key=len, reverse=True)) + r")\b", re.IGNORECASE)
_ENGLISH = {**_HAN, **_HANGUL, **_WORDS}


def translate(text: str) -> str:
    """The text with words of trade in English; three Chinese or Korean characters are a person's name (王建设), whatever they mean."""
    if len(text) > PERSON_LENGTH:
        text = _SYLLABIC.sub(lambda match: f" {_ENGLISH[match.group()]} ", text)
    return _SPELLED.sub(lambda match: _ENGLISH[match.group().lower()], text)
