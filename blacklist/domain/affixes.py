"""Words that belong to many names and so say little about who is meant: titles, particles, legal forms, trade words.

All are written as they look after folding (ASCII, lower case). They keep a small weight in a comparison instead of being
thrown away, because some are also real names ("Van", "Sa", "General"); but a name of nothing else matches nobody.
"""

from __future__ import annotations


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


TITLES = _words("""
mr mrs ms miss mx dr drs prof professor sir dame madam lord lady hon honourable rev reverend father sheikh
shaikh shaykh sheik shaykha haji hajji hadji hajj alhaj alhaji mullah mulla mawlawi maulavi mawlavi molvi
maulana mawlana hafiz qari ustad ustaz imam ayatollah hojatoleslam sayyid syed engineer eng ing dipl gen general
col colonel brigadier major maj capt captain lt lieutenant sgt sergeant commander cmdr admiral herr frau dott
dottore sr sra srta senor senora don dona monsieur mme mlle jr junior senior phd md mba esq khan-sahib gospodin
pan pani
""")

PARTICLES = _words("""
al el ul ur ud ad ar as ash az an at bin ben ibn bint binti bte binte ould uld ait de del della dello dei degli
da das do dos di du des la las le les lo los van von vom der den ter ten zu zur zum und af av of the and y e i
i- st mac mc o'
""")

#: Particles that are also whole names somewhere ("Le Van"): they count when nothing else stands.
NAMES_TOO = _words("""
van le do di da den ben ten lo an mac
""")

LEGAL_FORMS = _words("""
ltd limited llc llp lp lllp plc inc incorporated corp corporation co company cie ag gmbh mbh kg kgaa ohg gbr ug
ev eg sa sas sarl sasu snc sca eurl sl slu sll srl srls spa sapa sc scs scrl sprl bv nv cv vof bvba ab hb kb oy
oyj as asa aps ans ivs is hf ehf ooo oao zao pao ao nao gup fgup mup tov pat prat tdv ad ead ood eood doo dd jsc
ojsc cjsc pjsc kft rt zrt nyrt bt kkt sro spol zoo sp z o oo sia uab oü ou pt tbk pte pty sdn bhd berhad pvt
private pct fze fzco fzc fzllc dmcc wll bsc saoc saog kscc kk gk yk kabushiki kaisha gaisha yugen tas sti sanayi
ticaret anonim sirketi eirl ltda eireli cia rl saic saica sab sapi sofom ae epe oe ee sae mchj mas toο too ip
chp
""")

TRADE_WORDS = _words("""
group holding holdings international intl trading trade general import export imports exports enterprise
enterprises industry industries industrial services service shipping maritime marine investment investments
invest capital finance financial bank construction engineering technology technologies tech systems solutions
consulting development management logistics transport global world national union foundation charity
organization organisation association society center centre institute establishment est bros brothers sons
partners banque banco banka commerce commercial gruppe gruppa kompaniya firma handel comercial comercio
comercializadora inversiones servicios transportes constructora grupo empresa fundacion asociacion cooperativa
division branch office agency energy petroleum oil gas mining metal metals steel chemical pharma pharmaceutical
electronics aviation airlines air inmobiliaria exchange committee bureau department ministry directorate commission administration
authority council trust charitable production research agropecuaria agricola ganadera distribuidora operadora importadora
exportadora transportation manufacturing factory plant machinery equipment lines line offshore properties insurance fund
compania companies corporacion groupe desarrollo desarrollos negocios internacional international federal cement siman
petrochemical electronic technical scientific industria industrie industrielle societe sherkat sharikat borisat stichting
foreningen stiftelse fond zavod institut universitet university university's construcciones agencia sociedad limitada
hotel restaurante club trade-house house complex concern business economic joint stock public unitary
""")

#: Places and directions stand in the names of many companies and tell little there; of people they are names ("Jordan").
PLACES = _words("""
korea korean iran iranian syria syrian iraq iraqi china chinese russia russian rossiya pakistan pakistani colombia panama yemen
lebanon lebanese palestine palestinian africa african asia asian arab europe european america american usa uk germany france
italy spain turkey turkish india indian japan japanese swiss emirates dubai shanghai beijing tehran damascus moscow london
hong kong singapore caribe mexico mexicana venezuela cuba east west north south eastern western northern southern central
middle gulf overseas united new first islamic republic state peoples democratic popular
""")

_LONG_FORMS = """
aktiengesellschaft
aktsionernoe obshchestvo
anonim sirketi
besloten vennootschap
besloten vennootschap met beperkte aansprakelijkheid
closed joint stock company
co ltd
free zone company
gesellschaft mit beschraenkter haftung
gesellschaft mit beschrankter haftung
joint stock company
limited liability company
limited liability partnership
limited partnership
limited sirketi
naamloze vennootschap
obshchestvo s ogranichennoi otvetstvennostyu
obshchestvo s ogranichennoy otvetstvennostyu
obshchestvo s ogranichennoj otvetstvennostyu
open joint stock company
otkrytoe aktsionernoe obshchestvo
private limited
public joint stock company
public limited company
publichnoe aktsionernoe obshchestvo
s a de c v
s de r l de c v
s de rl de cv
sa de cv
sociedad anonima
sociedad anonima de capital variable
sociedad de responsabilidad limitada
sociedade anonima
sociedade limitada
societa a responsabilita limitata
societa per azioni
societe a responsabilite limitee
societe anonyme
sp z o o
sp z oo
spolka akcyjna
spolka z ograniczona odpowiedzialnoscia
zakrytoe aktsionernoe obshchestvo
"""

#: Legal forms of several words, longest first, as tuples of folded words.
LONG_LEGAL_FORMS: tuple[tuple[str, ...], ...] = tuple(
    sorted((tuple(line.split()) for line in _LONG_FORMS.split("\n") if line), key=len, reverse=True)
)

#: Legal forms written in Chinese, Japanese and Korean, longest first: taken off before transliteration.
EAST_ASIAN_FORMS = (
    "股份有限责任公司",
    "股份有限公司",
    "有限责任公司",
    "有限責任公司",
    "集团有限公司",
    "集團有限公司",
    "有限公司",
    "株式会社",
    "株式會社",
    "合同会社",
    "有限会社",
    "公司",
    "集团",
    "集團",
    "주식회사",
    "유한회사",
    "(주)",
)
