"""The shorter names people use: without town and community, the kind of team alone, the fancy name alone."""

import re
from dataclasses import dataclass
from functools import lru_cache

# What teams are called after; a name that ends in theme + form has that end as its everyday name.
_THEMES = (
    "合唱|歌咏|广场舞|舞蹈|民族舞|扇子舞|水兵舞|排舞|健身操|健身|太极拳|太极|柔力球|腰鼓|锣鼓|威风锣鼓|舞龙|舞狮|龙狮|滚灯|戏曲|锡剧|沪剧|越剧|京剧|评弹|"
    "江南丝竹|丝竹|民乐|乐|器乐|葫芦丝|二胡|书画|书法|绘画|国画|摄影|剪纸|编织|手工|刺绣|读书|朗诵|诗社|读报|棋牌|象棋|围棋|乒乓球|羽毛球|门球|篮球|"
    "骑行|钓鱼|模特|旗袍|时装|秧歌|快板|故事|科普|环保|垃圾分类|护河|护绿|巡逻|夜巡|治安巡逻|平安巡逻|义务巡逻|红袖标|消防|义务消防|应急救援|禁毒|反诈|"
    "调解|人民调解|老娘舅|矛盾调解|法律咨询|法律服务|普法|心理咨询|志愿|志愿服务|志愿者服务|志愿者|爱心|助老|敬老|为老服务|助残|助学|助困|关爱|"
    "理发|家电维修|维修|便民服务|便民|邻里互助|互助|邻里|亲子|托管|育儿|家庭教育|妇女|巾帼|老年|青年|党员|乡贤|议事|文艺|艺术|体育|农技|园艺|花卉|养生|义诊|健康"
)
_FORMS = (
    "志愿者服务队|志愿服务队|服务队|宣传队|先锋队|突击队|艺术团|表演队|演出队|文艺队|服务社|互助社|互助会|议事会|理事会|促进会|联合会|"
    "研习社|俱乐部|工作室|工作站|服务站|服务点|服务部|服务中心|活动中心|中心|驿站|协会|学会|小组|沙龙|学堂|课堂|讲堂|团队|"
    "之家|屋|吧|队|社|团|会|班|组|站|室|坊"
)
_EVERYDAY = re.compile(rf"(?:老年|青年|少儿|儿童|妇女|女子|男子|业余)?(?:{_THEMES})(?:{_FORMS})$")
_FORM = re.compile(rf"(?:{_FORMS})$")
_SEAT = "居民委员会|村民委员会|居委会|村委会|新村|社区|村"
_AREA_END = {"community": re.compile(rf"(?:{_SEAT})$"), "town": re.compile("(?:街道|经济开发区|新城|镇|乡|区)$")}
_SEAT_AFTER = {"community": re.compile(rf"(?:{_SEAT})?(?:居委)?"), "town": re.compile("(?:街道|镇|乡)?")}
_ABOVE = re.compile("^(?:江苏省?)?(?:苏州市?)?(?:太仓市?)?")


def below_city(name: str) -> str:
    """The name without 江苏省苏州市太仓市 before it."""
    return _ABOVE.sub("", name)


@dataclass(frozen=True, slots=True)
class Forms:
    """An organisation's names as said: `cores` without its place, `everyday` its kind, `fancy` its own name."""

    cores: tuple[str, ...]
    everyday: str
    fancy: str


@lru_cache(maxsize=4096)
def short_area(name: str, kind: str) -> str:
    """梅园社区 → 梅园, 城厢镇 → 城厢; unchanged where less than two characters would remain."""
    short = _AREA_END[kind].sub("", name)
    return short if len(short) >= 2 else name


def core(name: str, community: str | None, town: str | None) -> str:
    """The name without the place before it: 太仓市城厢镇梅园社区夕阳红合唱队 → 夕阳红合唱队."""
    rest = below_city(name)
    for area, kind in ((town, "town"), (community, "community")):
        if area:
            rest = _behind(rest, area, kind)
    return rest if len(rest) >= 2 else name


def _behind(name: str, area: str, kind: str) -> str:
    """What follows the area, in full or short, with or without 社区 or 镇 after it."""
    for form in (area, short_area(area, kind)):
        if name.startswith(form):
            seat = _SEAT_AFTER[kind].match(name, len(form))
            return name[seat.end() if seat else len(form) :]
    return name


def organization_forms(name: str, aliases: tuple[str, ...], community: str | None, town: str | None) -> Forms:
    """Everything an organisation answers to besides its full name and aliases."""
    cores = tuple(dict.fromkeys(core(each, community, town) for each in (name, *aliases)))
    return Forms(cores, everyday_of(cores[0]), fancy_of(cores[0]))


def everyday_of(name: str) -> str:
    """The end that says what kind of team it is: 夕阳红合唱队 → 合唱队."""
    tail = _EVERYDAY.search(name) or _FORM.search(name)
    return tail.group() if tail and len(tail.group()) >= 3 else ""


def fancy_of(name: str) -> str:
    """What stands before the kind, where it is long enough to stand alone: 夕阳红合唱队 → 夕阳红."""
    tail = _EVERYDAY.search(name) or _FORM.search(name)
    return name[: tail.start()] if tail and tail.start() >= 3 else ""


def own_of(name: str) -> str:
    """What stands before the kind, however short: 红枫艺术团 → 红枫."""
    return name.removesuffix(everyday_of(name)) if everyday_of(name) else ""


def is_everyday(name: str) -> bool:
    """Whether a name says only what kind of team it is: 合唱队, 广场舞队, 志愿者."""
    return bool(_EVERYDAY.fullmatch(name) or _FORM.fullmatch(name) or re.fullmatch(_THEMES, name))
