"""Words that belong to many names and so say little about who is meant: titles, particles, legal forms, trade words.

All are written as they look after folding (ASCII, lower case). They keep a small weight in a comparison instead of being
thrown away, because some are also real names ("Van", "Sa", "General"); but a name of nothing else matches nobody.
"""

from __future__ import annotations

TITLES = frozenset(
    """mr mrs ms miss mx dr drs prof professor sir dame madam lord lady hon honourable rev reverend father sheikh shaikh
    shaykh sheik shaykha haji hajji hadji hajj alhaj alhaji mullah mulla mawlawi maulavi mawlavi molvi maulana mawlana
    hafiz qari ustad ustaz imam ayatollah hojatoleslam sayyid syed engineer eng ing dipl gen general col colonel
    brigadier major maj capt captain lt lieutenant sgt sergeant commander cmdr admiral herr frau dott dottore sr
    sra srta senor senora don dona monsieur mme mlle jr junior senior phd md mba esq khan-sahib gospodin pan pani""".split()
)

PARTICLES = frozenset(
    """al el ul ur ud ad ar as ash az an at bin ben ibn bint binti bte binte ould uld ait de del della dello dei degli da das
    do dos di du des la las le les lo los van von vom der den ter ten zu zur zum und af av of the and y e i i-
    st mac mc o'""".split()
)

LEGAL_FORMS = frozenset(
    """ltd limited llc llp lp lllp plc inc incorporated corp corporation co company cie ag gmbh mbh kg kgaa ohg gbr ug ev
    eg sa sas sarl sasu snc sca eurl sl slu sll srl srls spa sapa sc scs scrl sprl bv nv cv vof bvba ab hb kb oy oyj as
    asa aps ans ivs is hf ehf ooo oao zao pao ao nao gup fgup mup tov pat prat tdv ad ead ood eood doo dd jsc ojsc cjsc
    pjsc kft rt zrt nyrt bt kkt sro spol zoo sp z o oo sia uab oü ou as pt tbk cv pte pty sdn bhd berhad pvt private
    pct fze fzco fzc fzllc dmcc wll bsc saoc saog kscc kk gk yk kabushiki kaisha gaisha yugen jsc tas sti sanayi ticaret
    as anonim sirketi eirl ltda eireli cia rl saic saica sab sapi sofom ae epe oe ee sae mchj mas toο too ip chp""".split()
)

#: Legal forms of several words, longest first, as tuples of folded words.
LONG_LEGAL_FORMS: tuple[tuple[str, ...], ...] = tuple(
    sorted(
        (
            tuple(line.split())
            for line in """gesellschaft mit beschrankter haftung
            gesellschaft mit beschraenkter haftung
            aktiengesellschaft
            societe anonyme
            societe a responsabilite limitee
            sociedad anonima
            sociedad anonima de capital variable
            sociedad de responsabilidad limitada
            sociedade anonima
            sociedade limitada
            societa per azioni
            societa a responsabilita limitata
            limited liability company
            limited liability partnership
            limited partnership
            public limited company
            private limited
            joint stock company
            open joint stock company
            closed joint stock company
            public joint stock company
            obshchestvo s ogranichennoy otvetstvennostyu
            otkrytoe aktsionernoe obshchestvo
            publichnoe aktsionernoe obshchestvo
            zakrytoe aktsionernoe obshchestvo
            aktsionernoe obshchestvo
            spolka z ograniczona odpowiedzialnoscia
            spolka akcyjna
            besloten vennootschap
            besloten vennootschap met beperkte aansprakelijkheid
            naamloze vennootschap
            limited sirketi
            anonim sirketi
            s a de c v
            sa de cv
            s de rl de cv
            s de r l de c v
            sp z o o
            sp z oo
            co ltd
            free zone company""".splitlines()
        ),
        key=len,
        reverse=True,
    )
)

TRADE_WORDS = frozenset(
    """group holding holdings international intl trading trade general import export imports exports enterprise
    enterprises industry industries industrial services service shipping maritime marine investment investments invest
    capital finance financial bank construction engineering technology technologies tech systems solutions
    consulting development management logistics transport global world national union foundation charity organization
    organisation association society center centre institute establishment est bros brothers sons partners
    banque banco banka commerce commercial gruppe gruppa kompaniya firma handel comercial comercio comercializadora inversiones
    servicios transportes constructora grupo empresa fundacion asociacion cooperativa division branch office agency
    energy petroleum oil gas mining metal metals steel chemical pharma pharmaceutical electronics aviation airlines air""".split()
)

#: Legal forms written in Chinese, Japanese and Korean, longest first: taken off before transliteration.
EAST_ASIAN_FORMS = (
    "股份有限责任公司", "股份有限公司", "有限责任公司", "有限責任公司", "集团有限公司", "集團有限公司", "有限公司", "株式会社",
    "株式會社", "合同会社", "有限会社", "公司", "集团", "集團", "주식회사", "유한회사", "(주)",
)  # fmt: skip
