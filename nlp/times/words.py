"""The words of time: a table of small patterns with what each of them says."""

# ruff: noqa: E501  (a row of the table is one line)

from collections.abc import Callable
from typing import Any, Final

from nlp.times.calendar import NAMED
from nlp.times.numerals import amount, number

Fill = dict[str, Any]
Reader = Callable[..., Fill]


_CN: Final = "[零〇○一二两三四五六七八九十廿卅]"
_N: Final = rf"(\d{{1,2}}|{_CN}{{1,4}})"
_NOT_DIGIT: Final = r"(?<![\dA-Za-z.])"
_COUNT: Final = (
    r"(\d+(?:,\d{3})*(?:\.\d+)?万?|[零一二两俩仨三四五六七八九十百千万廿卅几半]+|个把)(?:个?(?:来|多|余|几))?\s?"
)
_WD: Final = "一二三四五六日天末"
_DAY: Final = {c: i for i, c in enumerate("一二三四五六日")} | {"天": 6, "七": 6}
_SEP: Final = r"(?:直到|一直到|到|至|-{1,2}|–|—{1,2}|~|～|―|ー|－|→|─+)"
_WEEK: Final = r"(?:周|星期|礼拜)"
# What makes a number after 点 a count of something else: 九点20人, 9点20分钟.
_NO_COUNT: Final = r"(?![\d.个人名户位岁元块组家斤米公件份张次支辆台套场%多余几来十百]|分钟|小时|天|年|月)"

_SHIFT: Final = {
    "大前": -3, "前": -2, "去": -1, "上": -1, "旧": -1, "今": 0, "本": 0, "当": 0, "这": 0, "同": 0,
    "明": 1, "来": 1, "次": 1, "下": 1, "后": 2, "大后": 3, "上上": -2, "下下": 2, "上上上": -3, "下下下": 3,
    "大大后": 4, "大大前": -4, "昨": -1, "该": 0,
}  # fmt: skip
PARTS: Final = {
    "MO": "早上|早晨|清晨|清早|大清早|一大早|一早|凌早|上午|早上头|早浪向|早浪|上半日|上半天|上昼|早间|晨间|早饭后|早晨头|午前|大早上|AM|am|a\\.m\\.|A\\.M\\.",
    "MI": "中午|正午|午间|晌午|中浪向|中浪|日中|中饭后",
    "AF": "下午|午后|下半日|下半天|下昼|午饭后|后晌|PM|pm|p\\.m\\.|P\\.M\\.",
    "EV": "傍晚|晚上|晚间|夜晚|夜里向|夜头|夜到|晚饭后|夜饭后|吃过晚饭|吃好夜饭|傍夜|黄昏头|入夜|当夜|夜快头",
    "NI": "半夜里|半夜|深夜|午夜|后半夜|下半夜|夜里|夜间|凌晨|黎明|拂晓|子夜|深更半夜",
}  # fmt: skip
_PART_OF: Final = {w.replace("\\", ""): part for part, words in PARTS.items() for w in words.split("|")}
_PART_WORDS: Final = "|".join(sorted((w for v in PARTS.values() for w in v.split("|")), key=len, reverse=True))
_BARE: Final = ("三八", "五一", "六一", "七一", "八一", "五四")
_NAMES: Final = "|".join(sorted((n for n in NAMED if n not in _BARE), key=len, reverse=True))
_FULL_YEAR: Final = r"((?:19|20)\d\d|[一二][零〇○九][零〇○一二三四五六七八九]{2})"
_SHORT_YEAR: Final = rf"((?:['’])?\d\d|[零〇一二三四五六七八九]{{2}})年(?=度?(?:的|农历|阴历|\s)*(?:\d{{1,2}}月|{_CN}{{1,2}}月|[正腊冬]月|第?[一二三四1-4]季|[上下]半年|[年]?[底末初中]|前|春节|国庆|元旦|除夕|中秋|端午|五一|第))"


def _weekday(text: str) -> Fill:
    return {"weekend": True} if text == "末" else {"weekday": _DAY[text]}


def _week(shift: str | None, day: str | None) -> Fill:
    fill: Fill = {"dweek": _shift(shift)} if shift else {}
    return fill | (_weekday(day) if day else {})


def _shift(text: str) -> int:
    return _SHIFT[text.replace("个", "").replace("一", "").replace("年", "").strip()]


def _year(text: str) -> Fill:
    return {"year": int(text) if text.isdecimal() else int("".join(str(number(c)) for c in text))}


def _short_year(text: str) -> Fill:
    text = text.lstrip("'’")
    value = int(text) if text.isdecimal() else int("".join(str(number(c)) for c in text))
    return {"year": value + (2000 if value < 50 and text != "三三" else 1900)}


def _lunar_month(text: str) -> int:
    return {"正": 1, "腊": 12, "冬": 11, "寒": 10}.get(text) or number(text)


def _lunar_day(text: str) -> int:
    return number(text[1:] if text[0] == "初" else text)


def _lunar(leap: str | None, month: str, day: str | None) -> Fill:
    fill: Fill = {"lunar": True, "month": _lunar_month(month), "leap": bool(leap)}
    return fill | ({"day": _lunar_day(day)} if day else {})


def _clock(hour: str, minute: str | None, style: str) -> Fill:
    fill: Fill = {"hour": number(hour), "minute": 0, "style": style}
    if minute in ("半", "一半"):
        fill["minute"] = 30
    elif minute and minute.endswith("刻"):
        fill["minute"] = 15 * number(minute[:-1])
    elif minute:
        fill["minute"] = number(minute)
    if style == ":" and len(hour) == 2 and hour[0] == "0":
        fill["style"] = "24"
    return fill


def _colon(hour: str, minute: str, second: str | None) -> Fill:
    return _clock(hour, minute, ":") | ({"second": int(second)} if second else {})


def _spoken(hour: str, unit: str, minute: str | None, second: str | None) -> Fill:
    return _clock(hour, minute, unit) | ({"second": number(second)} if second else {})


def _less(minute: str, hour: str) -> Fill:
    take = 15 * number(minute[:-1]) if minute.endswith("刻") else number(minute.rstrip("分"))
    return {"hour": number(hour) - 1, "minute": 60 - take, "style": "点"}


def _duration(*parts: str | None) -> Fill:
    """Pairs of count and unit; halves (两个半小时, 一年半) come as their own argument."""
    return {"amounts": [(amount(n), u) for n, u in zip(parts[::2], parts[1::2], strict=True) if n and u]}


_UNITS: Final = {
    "秒": "s", "秒钟": "s", "分钟": "m", "分": "m", "min": "m", "刻钟": "q", "小时": "h", "钟头": "h", "个钟": "h", "钟": "h", "h": "h",
    "H": "h", "天": "d", "日": "d", "工作日": "wd", "交易日": "wd", "周": "w", "星期": "w", "礼拜": "w", "月": "M", "季度": "Q", "年": "Y", "晚": "d", "晚上": "d",
}  # fmt: skip


def unit(text: str) -> str:
    """The canonical unit (s m q h d wd w M Q Y) of a spoken one."""
    return _UNITS[text.replace("个", "") or text] if text != "个钟" else "h"


_UNIT: Final = r"(个?半?小时|个?半?钟头|个钟(?!头)|个?工作日|个?交易日|个?半?星期|个?半?礼拜|周(?![一二三四五六日天末围边年岁刊转全折密长遭期到])|(?:个半?|半|(?<=[俩仨两半多来几余]))月(?!\d|[一二三四五六七八九十初底末中份饼球嫂票季亮])|天(?![天一]到)|日(?!元|常|子)|个?季度|年半?(?!级|期|制|代|轻|纪|龄|度|初|底|末|中|货|味|夜|画|会|检|报|级|生|产|收|终)|刻钟|分半?钟|秒钟?|h(?![a-z])|H(?![A-Za-z])|min)"


def _length(count: str, spoken: str, half: str | None, *rest: str | None) -> Fill:
    inner_half = 0.5 if "半" in spoken or half else 0.0
    rows = [(amount(count) + inner_half, unit(spoken.replace("半", "")))]
    rows += [(amount(n), unit(u)) for n, u in zip(rest[::2], rest[1::2], strict=True) if n and u]
    return {"amounts": rows}


def _two_lengths(a: str, u: str | None, b: str, u2: str) -> Fill:
    return {"amounts": [(amount(a), unit(u or u2))], "span": True}


def _weekdays(text: str) -> Fill:
    return {"days": sorted({_DAY[c] for c in text if c in _DAY})}


def _weekday_range(first: str, last: str) -> Fill:
    return {"days": list(range(_DAY[first], _DAY[last] + 1))} if _DAY[first] < _DAY[last] else {"weekday": _DAY[first]}


def _every(count: str | None, spoken: str) -> Fill:
    n = 1 if not count else amount(count)
    return {"every": unit(spoken.replace("个", "").replace("半", "") or spoken), "interval": n}


# kind, rank, pattern, reader of its groups. Earlier rows win; all of them follow the rows of skips.py.
ROWS: Final[tuple[tuple[str, int, str, Reader], ...]] = (
    # --- digit dates
    ("date", 3, r"(?<![\d./A-Za-z])((?:19|20)\d\d)(?:[-./]|\s(?=\d\d\s\d\d(?!\d)))(0?[1-9]|1[0-2])(?:[-./]|\s)(3[01]|[12]\d|0?[1-9])(?:(?![\d])|(?=\d\d[:：]\d\d))(?:日|号)?(?:T|-(?=\d\d[:：]\d\d))?",
     lambda y, m, d: {"year": int(y), "month": int(m), "day": int(d), "iso": True}),
    ("date", 3, r"(?<![\d\-])((?:19|20)\d\d)(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])(?!\d|-\d{1,6}(?!\d))",
     lambda y, m, d: {"year": int(y), "month": int(m), "day": int(d)}),
    ("date", 2, r"(?<![\d./第A-Za-z])((?:19|20)\d\d)[.\-/](0[1-9]|1[0-2])(?![\d:：元块%./])",
     lambda y, m: {"year": int(y), "month": int(m)}),
    ("date", 1, r"(?<=[.\-/]\d\d[\-~至到])((?:19|20)\d\d)(?![\d年.\-/:：人元个])", _year),
    ("clock", 6, r"(?<=[上下中]午)\s?(1\d|0?\d)\.([0-5]\d)(?!\d|小时|[元块米])", lambda h, m: _clock(h, m, ":")),
    ("md", 3, r"(?<![\d./第A-Za-z月])(?<!\d[:：])(0?[1-9]|1[0-2])([.\-/·])(3[01]|[12]\d|0?[1-9])(?![\d/%:：月点时])(?!\.\d)(?!\s?(?:个|小时|钟头|h|天|周|分钟|岁|年))(?:(?<!-\d)(?<!-\d\d)(?:日|号(?!楼))|(?![日号]))",
     lambda m, s, d: {"month": int(m), "day": int(d), "mark": s}),
    # --- years
    ("date", 1, rf"(?<!\d){_FULL_YEAR}\s?年度?(?!级|代)", _year),
    ("date", 1, rf"(?<![\d.]){_SHORT_YEAR}", _short_year),
    ("date", 1, r"(?<![\d零一二三四五六七八九十])((?!一二|二三|三四|四五|五六|六七|七八|八九)[零〇一二三四五六七八九]{2})年(?!级|期|制|来|多|级|轮)", _short_year),
    ("date", 1, r"(农历|阴历|旧历)(?![十二三]十|十)(?!\s?闰?(?:\d{1,2}|[一二三四五六七八九十正腊冬]{1,2})月)", lambda _: {"lunar": True}),
    ("date", 1, r"(?<!\d)((?:19|20)\d\d)(?=\s?(?:-|–|—|~|～|至|到)\s?(?:19|20)\d\d年)", _year),
    ("date", 1, r"(?<![\d.第])(1[5-9]|2\d|3[0-2])年(?!级|期|制|代|来|间|后|前|以|之|内|了|的|多|历|经|如|纪|龄|里)(?<!有\d\d年)(?<!了\d\d年)(?<!满\d\d年)(?<!近\d\d年)(?<!过\d\d年)(?<!约\d\d年)(?<!干\d\d年)", _short_year),
    ("date", 1, r"(大前|前(?!\d|[一二两三四五六七八九十几])|去|今|本|明|后|来|次|旧(?!年画|年俗))年度?(?!会|夜|轻|货|味|画|级|龄|度假)", lambda s: {"dyear": _shift(s)}),
    ("date", 1, r"([上下这])一?个?年度?(?!级|会|轻|纪|龄)", lambda s: {"dyear": _shift(s)}),
    ("date", 1, r"今后两年|今明两年", lambda: {"dyear": 0, "years": 2}),
    # --- parts of a year
    ("date", 2, r"(上|下)半年", lambda s: {"half": 1 if s == "上" else 2}),
    ("date", 2, r"(?:第([一二三四1-4])个?|([一二三四1-4首]))季度|([Qq][1-4])(?:季度)?(?![\dA-Za-z])", lambda o, a, q: {"quarter": int(q[1]) if q else 1 if a == "首" else number(o or a)}),
    ("date", 2, r"([一二三1-3])(?=(?:-|~|～|—|–|至|到)第?[二三四2-4]季度)", lambda a: {"quarter": number(a)}),
    ("date", 2, r"前([一二两三23])个?季度", lambda a: {"firsts": (number(a), "Q")}),
    ("date", 2, r"([上下本这]|上上|下下)一?个?季度", lambda s: {"dquarter": _shift(s)}),
    ("date", 3, r"(?:年|季度|(?<=[年度]))(初|末|底|伊始)(?![一二三四五六七八九十](?![共直起些])|心|级|中)", lambda s: {"edge": {"初": "start", "伊始": "open"}.get(s, "end")}),
    ("date", 3, r"年(?:中(?=[，,。\s前后的开]|$)|内)(?!部)", lambda: {"edge": "within"}),
    ("date", 2, r"(暑假|暑期|寒假)(?:期间|里)?(?!作业)", lambda s: {"vacation": "summer" if s[0] == "暑" else "winter"}),
    ("date", 2, r"(?<=[年到在等每])(春|夏|秋|冬)(?:天|季)(?!班|运动会|的|里|来|招|征)|(?<![\u4e00-\u9fff])(春|夏|秋|冬)季(?![班运招征\u4e00-\u9fff])", lambda a, b: {"season": "春夏秋冬".index(a or b)}),
    ("date", 2, r"(?<=年)(春|夏|秋|冬)(?![至分节耕游节天季])", lambda s: {"season": "春夏秋冬".index(s)}),
    # --- lunar months and days
    ("date", 3, rf"(?:农历|阴历|旧历)\s?(闰)?(\d{{1,2}}|{_CN}{{1,3}}|[正腊冬])月(?:份)?\s?((?:初?[一二三四五六七八九十廿卅]{{1,3}}|\d{{1,2}})(?![个月点时]))?(?:日|号)?", _lunar),
    ("date", 3, r"(闰)?([正腊冬寒])月\s?(初?[一二三四五六七八九十廿卅]{1,3}|初?\d{1,2})(?![个月点时\d])(?:日|号)?", _lunar),
    ("date", 3, r"(闰)([一二三四五六七八九十]{1,2}|\d{1,2})月(初?[一二三四五六七八九十廿卅]{1,3})?", _lunar),
    ("date", 3, r"()([正腊冬])月(?:里|份)?()(?!梅|天)", lambda a, m, b: _lunar(None, m, None)),
    ("date", 3, r"(?<![\d零一二三四五六七八九十第个])()([一二三四五六七八九十]{1,2}|\d{1,2})月(初[一二三四五六七八九十]|廿[一二三四五六七八九]?)(?![点时])", _lunar),
    ("date", 3, r"(?<![\d零一二三四五六七八九十第个])()([一二三四五六七八九]|十[一二]?|\d)月(十[一二三四五六七八九]?|二十[一二三四五六七八九]?|三十)(?![日号个点时月一二三四五六七八九十]|[、,]\d)", _lunar),
    ("date", 3, r"(?<![\d零一二三四五六七八九十第个])(?:二月二|三月三|五月五|六月六|七月七|八月八|九月九)(?![路的酒街日号个点时月的一二三四五六七八九十])", dict),
    ("date", 3, r"(?<![\d零二三四五六七八九十第个])([一二三四五六七八九]|十[一二]?)月半(?!个)", lambda m: _lunar(None, "正" if m == "一" else m, "十五")),
    ("date", 3, r"(?:农历|阴历)(十[一二三四五六七八九]?|二十[一二三四五六七八九]?|三十)(?![个点时月])", lambda d: {"lunar": True, "day": number(d)}),
    ("date", 3, r"(初一)(?:、|和|,|，)?十五(?![号日点个人])", lambda _: {"lunar": True, "day": 1}),
    ("date", 3, r"(?:大年|年|新年)?(初[一二三四五六七八九十])(?<=年初.)(?![共直些年级])|(?<!年)(初[一二三四五六七八九十])(?![中级年班审步高心升赛始级期夏]|等|来|次|学)|(?<![一二三四五六七八九十\d])(廿[一二三四五六七八九])(?![点时人个户岁块元日号夜])",
     lambda a, b, c: {"lunar": True, "day": _lunar_day(a or b or c)} | ({"month": 1} if a else {})),
    # --- months
    ("date", 2, rf"{_NOT_DIGIT}(?<![零一二三四五六七八九十第个月])(1[0-2]|0?[1-9]|十[一二]?|[一二三四五六七八九](?![一二三四五六七八九]月))(?=(?:-{{1,2}}|~|～|—{{1,2}}|–|－|至|到)(?:1[0-2]|[1-9]|十[一二]?|[一二三四五六七八九])月)", lambda m: {"month": number(m)}),
    ("date", 2, rf"{_NOT_DIGIT}(?<![零一二三四五六七八九十第个])(1[0-2]|0?[1-9]|十[一二]?|[一二三四五六七八九]{{1,2}})\s?月(?:份|里)?(?!龄|嫂|饼|球|大|的小雨|风)", lambda m: {"month": number(m)}),
    ("date", 2, r"元月(?:份)?", lambda: {"month": 1}),
    ("date", 2, r"([上下本这当同次该]|上上|下下)一?个?月(?:份)?(?!饼|球|亮|嫂)", lambda s: {"dmonth": _shift(s)}),
    ("date", 2, r"第([一二三四五六七八九十\d]{1,2})个月|(首|头)(?:个)?月", lambda a, b: {"month": number(a) if a else 1}),
    ("date", 3, r"(上中|中下)旬", lambda s: {"xun": 3 if s == "上中" else 4}),
    ("date", 3, r"(上|中|下)旬", lambda s: {"xun": "上中下".index(s)}),
    ("date", 3, r"(?:月|(?<=[月份]))(初|底|末|中)(?!旬|下旬|国|心|[一二三四五六七八九十])", lambda s: {"medge": {"初": "start", "中": "mid"}.get(s, "end")}),
    ("date", 3, rf"(?<!提)(前|头|最后|后)(\d{{1,2}}|{_CN}{{1,3}})(天|日|个?月|周|个?星期|个?礼拜)(?![一二三四五六日天末]|前|后|内|以|之)", lambda w, n, u: {"firsts": (number(n) * (-1 if "后" in w else 1), unit(u))}),
    ("date", 3, r"第二天", lambda: {"dday": 1, "next": True}),
    ("date", 3, r"第([一二两三四五六七八九十\d]{1,3})(?:天|日)(?!性)", lambda n: {"nthday": number(n)}),
    # --- days
    ("date", 3, r"([昨今明])([今明后])(?:两[天日]|天)", lambda a, b: {"dday": _shift(a), "dlast": _shift(b)}),
    ("date", 3, r"(大大前|大大后|大前|大后|前|昨|今|明|后|当|本|次|翌)(?:天|日头?|朝)", lambda s: {"dday": {"翌": 1, "本": 0}.get(s, _shift(s) if s != "翌" else 1)}),
    ("date", 3, r"即日(?=起|至|到|开)", lambda: {"dday": 0}),
    ("dp", 4, r"(大前|大后|前|昨|今|明|后|当)(早|晨|午|晚|夜)(?![期会餐饭点班操报报市])", lambda s, p: {"dday": _shift(s), "part": {"早": "MO", "晨": "MO", "午": "MI", "晚": "EV", "夜": "EV"}[p]}),
    ("date", 3, rf"{_NOT_DIGIT}(3[01]|[12]\d|0?[1-9])(?:[、,，和](3[01]|[12]\d|0?[1-9])){{1,9}}[日号](?!楼)", lambda a, b: {"day": int(a), "today": int(b)}),
    ("date", 3, rf"{_NOT_DIGIT}(?<![一二三四五六七八九十])(3[01]|[12]\d|0?[1-9]|三十一?|卅一?|[二廿]?十?[一二三四五六七八九]|二?十)(?=(?:-{{1,2}}|~|～|—{{1,2}}|–|－|至|到)(?:3[01]|[12]\d|[1-9]|{_CN}{{1,3}})[日号](?!楼|内))", lambda d: {"day": number(d)}),
    ("date", 3, rf"{_NOT_DIGIT}(?!两){_N}\s?(?:号|日(?!内|之内|以内|后(?!续)|元|均|常|子|间|游))(?![码召称令角脉])", lambda d: {"day": number(d)}),
    ("date", 3, r"(?<=月)(3[01]|[12]\d|0?[1-9])(?![\d.个人名户天元时点:：年月%])", lambda d: {"day": int(d)}),
    ("date", 3, r"(?<![超经不通])过年(?!度|限|龄|会|检|好)", lambda: {"named": "春节"}),
    ("date", 3, r"国庆黄金周", lambda: {"named": "国庆", "around": "期间"}),
    ("date", 3, rf"({_NAMES})(?!节[日目]|(?<![\"“《「『].)(?<![\"“《「『]..)(?<![\"“《「『]...)[\"”》」』])(假期|小?长假|期间|放假期间|黄金周|前后)?", lambda n, a: {"named": n} | ({"around": a} if a else {})),
    ("date", 3, r"(?:周年)?(学雷锋|雷锋)(?=那|当|这天|活动日)", lambda _: {"named": "雷锋日"}),
    ("date", 3, rf"(?<!{_CN})({'|'.join(_BARE)})(?!{_CN}|[个点时月日号年分秒后]|[十百])(假期|小?长假|期间|放假期间|前后)?", lambda n, a: {"named": n} | ({"around": a} if a else {})),
    ("date", 3, rf"(?<!{_CN})({'|'.join(_BARE)})(?=后(?!面|天))", lambda n: {"named": n}),
    ("date", 3, rf"(?<!{_CN})十一(假期|小?长假|期间|放假期间|黄金周|前后|国庆节?)|(?<!{_CN})十一(?=当天|那天|前(?!进)|后|放假|节前|$|[\s，。])", lambda a: {"named": "国庆"} | ({"around": a} if a and a[0] != "国" else {})),
    ("date", 3, r"(?:调休)?补班(?:日|那天|当天)|调休(?:上班|补班)?(?:日|那天|当天)|补班(?=上班)", lambda: {"makeup": True}),
    ("date", 3, r"([上下])一?个工作日", lambda s: {"dwork": _shift(s)}),
    # --- weekdays
    ("freq", 0, rf"(?:每|一个?|1个?)(天|日|周|星期|礼拜|月|个月|年|季度|个季度)(?:要|都|至少|不少于|只|就|搞|开展|活动|排练|集中|固定)?{_N}(?:到{_N})?(?:次|回|趟|场|期)(?!日)", lambda u, a, b: {"every": unit(u), "interval": 1}),
    ("freq", 0, r"(两|二|三|四|五|六|半|\d)个?(天|周|星期|礼拜|月|年|季度|小时)一[次回趟场期]", lambda n, u: {"every": unit(u), "interval": amount(n)}),
    ("every", 0, r"(?:每|逢|每逢)(?:一)?(?:个)?(?=周[一二三四五六日天末]|星期[一二三四五六日天]|礼拜[一二三四五六日天]|周周[一二三四五六日天末])", lambda: {"every": "w", "interval": 1}),
    ("every", 0, r"(?:每逢|逢|每到)(?=(?:农历|阴历)?(?:初|十五))", lambda: {"every": "M", "interval": 1}),
    ("every", 0, rf"(?:每逢|每到|逢)(?={_NAMES}|五一|六一|七一|八一)", lambda: {"every": "Y", "interval": 1}),
    ("every", 0, r"[单双]周的?(?=周|星期|礼拜)|[单双]周(?=[一二三四五六日天])", lambda: {"every": "w", "interval": 2}),
    ("every", 0, r"隔(?=周[一二三四五六日天末])", lambda: {"every": "w", "interval": 2}),
    ("every", 0, r"隔周的?(?=周|星期|礼拜)|隔周", lambda: {"every": "w", "interval": 2}),
    ("every", 0, r"隔[一]?天|隔日|单日|双日", lambda: {"every": "d", "interval": 2}),
    ("every", 0, r"隔[一]?个?月", lambda: {"every": "M", "interval": 2}),
    ("every", 0, r"每(?:隔)?一?个?(?:工作日|上班日)", lambda: {"every": "d", "interval": 1, "days": [0, 1, 2, 3, 4]}),
    ("every", 0, r"(?<![\d个一二两三四五六七八九十非])工作日(?!内|后|前|志)", lambda: {"every": "d", "interval": 1, "days": [0, 1, 2, 3, 4]}),
    ("every", 0, r"每一?个?(?=周末|双休日)", lambda: {"every": "w", "interval": 1}),
    ("every", 0, r"每隔?半(年|个?月|个?小时|个?钟头)", lambda u: {"every": unit(u), "interval": 0.5}),
    ("every", 0, r"每隔一?个?(天|日|周|星期|礼拜|月|个月|年)(?!度)", lambda u: {"every": unit(u), "interval": 2}),
    ("every", 0, rf"每(?:隔|过)?(\d{{1,3}}|{_CN}{{1,3}})?个?(天|日|周|星期|礼拜|月|年|季度|小时|钟头|分钟|秒钟|秒)(?!度报|报|历|会费|检|人|户)(?:份)?", _every),
    ("every", 0, r"每个?(早上|上午|中午|下午|晚上|傍晚|半夜|夜里)", lambda p: {"every": "d", "interval": 1, "part": _PART_OF[p]}),
    ("every", 0, r"每(早|晚|夜)(?!会)", lambda p: {"every": "d", "interval": 1, "part": {"早": "MO", "晚": "EV", "夜": "EV"}[p]}),
    ("every", 0, r"天天(?=早|晚|上午|下午|中午|半夜|夜|傍晚|凌晨|\d)", lambda: {"every": "d", "interval": 1}),
    ("every", 0, r"周周(?=[一二三四五六日末])", lambda: {"every": "w", "interval": 1}),
    ("run", 0, rf"(?:连续|连着|接连){_N}个(?=周[一二三四五六日天末]|星期[一二三四五六日天]|礼拜[一二三四五六天])", lambda n: {"count": number(n), "unit": "w"}),
    ("run", 0, rf"(?:连续|连着|接连|一?连)(?:开展|举办|办|搞|做)?{_N}个?(天|日|晚上?|周|星期|礼拜|月|年|个月|工作日)", lambda n, u: {"count": number(n), "unit": unit(u)} | ({"part": "EV"} if u[0] == "晚" else {})),
    ("total", 0, rf"(?:一?共|总共|合计)(?:计|开展|举办|上|办)?{_N}(?:次|期|场|节课?|课时|讲|回)", lambda n: {"count": number(n)}),
    ("wlist", 4, rf"{_WEEK}([一二三四五六日天])(?:到|至|-|~|～|—|–){_WEEK}?([一二三四五六日天])(?![一二三四五六七八九十]?[点时])", _weekday_range),
    ("wlist", 4, rf"{_WEEK}([一二三四五六日天](?:\s?(?:[、,，/和与及]|以及)?\s?(?:周|星期|礼拜)?(?:[二三四五六日天]|一(?!早|起|同|定|直))){{1,6}})(?![十百千]?[一二三四五六七八九十]?[点时个])(?<!周[一二三四五六日天]天)(?![一二三四五六七八九十])", _weekdays),
    ("date", 4, rf"[(（]\s?{_WEEK}([一二三四五六日天])\s?[)）]", lambda d: {"weekday": _DAY[d], "paren": True}),
    ("date", 4, rf"(上上|下下|[上下这本今当])(?:一)?个?(?:周的?\s?|星期的?\s?|礼拜的?\s?)(?:周|星期|礼拜)?([{_WD}])(?!次(?!序)|[围边])", _week),
    ("date", 4, r"(上上|下下|[上下这本当])一?个?(?:周(?![围边年岁刊转全折密长遭期到])|星期|礼拜)()(?!堂)", _week),
    ("date", 4, rf"()(?:周(?=[{_WD}])|星期|礼拜|拜)([{_WD}七])(?!次(?!序)|条|年|岁)", lambda _, d: _week(None, d)),
    ("date", 4, r"双休日|周六周日|周六日", lambda: {"weekend": True}),
    ("date", 4, r"第\s?([一二三四五六七八九十\d]{1,3})个?\s?(?:周|星期|礼拜)([一二三四五六日天末])", lambda n, d: {"nth": number(n)} | _weekday(d)),
    ("date", 4, r"第([一二三四1-4])个?(?:、|和|,|，|及)第?([一二三四1-4])个\s?(?:周|星期|礼拜)([一二三四五六日天])",
     lambda a, b, d: {"nth": number(a), "nths": (number(a), number(b))} | _weekday(d)),
    ("date", 4, r"头一?个(?:周|星期|礼拜)([一二三四五六日天末])", lambda d: {"nth": 1} | _weekday(d)),
    ("date", 4, r"(最后|第)一个(?:工作日|上班日)", lambda w: {"worknth": -1 if w == "最后" else 1}),
    ("date", 4, r"(?:最后)一?个?\s?(?:周|星期|礼拜)([一二三四五六日天末])", lambda d: {"nth": -1} | _weekday(d)),
    ("date", 4, r"首个(?:周|星期|礼拜)([一二三四五六日天末])", lambda d: {"nth": 1} | _weekday(d)),
    ("date", 4, r"第\s?([一二三四五六七八九十\d]{1,3})个?(?:周|星期|礼拜)(?![一二三四五六日天末岁年边围])", lambda n: {"nthweek": number(n)}),
    ("date", 4, r"最后一?个?(?:周|星期|礼拜)(?![一二三四五六日天末])", lambda: {"nthweek": -1}),
    # --- clocks
    ("clock", 6, rf"{_NOT_DIGIT}(2[0-4]|1\d|0?\d)[:：]([0-5]\d)(?:[:：]([0-5]\d))?(?!\d)(?:时|分)?", _colon),
    ("clock", 6, rf"{_NOT_DIGIT}(1[0-2]|0?\d)(?:[:：]([0-5]\d))?\s?([aApP])\.?[mM](?![A-Za-z])",
     lambda h, m, p: _clock(h, m, "点") | {"part": "MO" if p in "aA" else "AF", "word": "m"}),
    ("clock", 6, r"差([一二三四五十两]{1,3}分|[一1]刻钟?|\d{1,2}分)(?:钟)?(?:到)?([一二三四五六七八九十两]{1,3}|\d{1,2})点", lambda m, h: _less(m.rstrip("钟"), h)),
    ("clock", 6, rf"{_NOT_DIGIT}([一二三四五六七八九十两]{{1,3}}|\d{{1,2}})点差([一二三四五十两]{{1,3}}分|一刻|\d{{1,2}}分)", lambda h, m: _less(m, h)),
    ("clock", 6, rf"{_NOT_DIGIT}(2[0-4]|1\d|0?\d|零|[二廿]十?[一二三四]?|十?[一二两三四五六七八九]{{1,2}}|十)\s?(?=(?:-{{1,2}}|~|～|—{{1,2}}|–|－|至|到)\s?(?:2[0-4]|1\d|\d|[一二两三四五六七八九十]{{1,3}})\s?(?:点|时(?!间|候)))()()()", lambda h, *_: _spoken(h, "点", None, None)),
    ("clock", 6, rf"{_NOT_DIGIT}(2[0-4]|1\d|0?\d|零|[二廿]十[一二三四]?|廿[一二三四]|十?[一二两三四五六七八九]{{1,2}}|十)\s?(点|时(?![间候长段期代常]))"
     rf"(?:钟|整|正(?!式|常|好|在|门|当)|许)?(?:(半|[一二三123]刻|(?:[0-5]?\d|[零〇]?[一二三四五六七八九]|[二三四五]?十[一二三四五六七八九]?)\s?分(?!钟|之)|\s[0-5]?\d\s?分(?!钟|之)|零[一二三四五六七八九]|[0-5]\d{_NO_COUNT}|[二三四五]?十[一二三四五六七八九]?{_NO_COUNT}))?"
     rf"(?:(\d{{1,2}}|[一二三四五六七八九十]{{1,3}})秒)?(?:钟|整|正(?!式|常|好|在|门|当)|许|多钟?|来钟)?",
     lambda h, u, m, s: _spoken(h, u, m.strip("分 ") if m else None, s)),
    ("part", 5, rf"(?<![A-Za-z])({_PART_WORDS})(?!好[!！。~]?$|[A-Za-z])", lambda p: {"part": _PART_OF[p], "word": p}),
    ("part", 5, r"(?:(?<=[日号天])|(?<=[周期拜][一二三四五六日天末]))(晚|早|夜)(?!会|餐|饭|点|报|班|期|操|市|高峰|教|托|间)(?=\d|[一二三四五六七八九十两]{1,3}点|\s|$|[，,。])", lambda p: {"part": {"早": "MO"}.get(p, "EV"), "word": p}),
    ("part", 5, r"(早|晚)(?=\d{1,2}(?:点|[:：]\d\d)|[一二三四五六七八九十两]{1,3}点)", lambda p: {"part": {"早": "MO"}.get(p, "EV"), "word": p}),
    # --- lengths of time
    ("dur", 0, rf"{_NOT_DIGIT}(\d+|[一二两三四五六七八九十]+)(天|周|个月|年|小时)?(?:-{{1,2}}|~|～|—{{1,2}}|到|至|或)(\d+|[一二两三四五六七八九十]+)(个月|个?小时|天|日(?=[内游前后]|$)|周|分钟|年|秒|个?星期|个?礼拜)(?![一二三四五六日天])", lambda a, u, b, v: _two_lengths(a, u, b, v)),
    ("dur", 0, rf"(?<![\dA-Za-z.第这那]){_COUNT}{_UNIT}(半(?!夜|路|年|场|天))?多?(?:(?:零|又|加|[，,\s])?(\d+|[一二两三四五六七八九十]{{1,3}})(个月|天|个?小时|分钟?|秒))?(?:(\d+)(分钟?|秒))?(?!龄|岁)", _length),
    ("dur", 0, r"(?<![第\d])(一?大?半)(天|日)(?!云)", lambda a, u: {"amounts": [(0.5, "d")]}),
    ("dur", 0, r"(?<![第\d这那])(半)(个?小时|个?钟头|个?月|年|个?星期|个?礼拜|分钟)", lambda a, u: {"amounts": [(0.5, unit(u))]}),
    # --- words around times
    ("lead", 0, r"(?:从|自|打)(?!己|行|治|愿|助|由|动|我|发|然|带|主|费|来水|扫|架|人|电|球|牌|针|骂|包|印|卡)", lambda: {"lead": "from"}),
    ("tail", 0, r"截止(?=$|[\s,，。;；!！)）])", lambda: {"tail": "until"}),
    ("lead", 0, r"截[至止](?:到|时间|日期)?[:：为是]?\s?(?!目前|今)|最迟|最晚|不晚于|不迟于|赶在|至迟|务必于", lambda: {"lead": "before"}),
    ("lead", 0, r"最近的?|过去的?|近(?=[\d一二两三四五六七八九十半几仨])", lambda: {"lead": "past"}),
    ("lead", 0, r"(?<![提之以目])前(?=[\d一二两三四五六七八九十几半]+个?(?:周|星期|礼拜|月|小时|钟头|分钟|年))", lambda: {"lead": "past"}),
    ("lead", 0, r"未来的?|今后的?|接下来的?|往后", lambda: {"lead": "coming"}),
    ("lead", 0, r"(?:再|大概|预计)?过(?=[\d一二两三四五六七八九十半几])|再等", lambda: {"lead": "in"}),
    ("now", 3, r"(?<=[至到])(?:今(?![天日晚早夜朝年])|现在|目前)", lambda: {"dday": 0, "now": True}),
    ("sep", 0, _SEP, dict),
    ("tail", 0, r"(?:之前|以前|前(?!往|来|面|台|去|门|任|进|后|天|日|年|夜|晚|几|[两三](?![楼号幢栋层单])))", lambda: {"tail": "before"}),
    ("tail", 0, r"(?:之后|以后|过后|后(?!天|日|面|勤|台|续|门|方|援|朝|晚|早|年|来|果|悔|备|期|代|半))", lambda: {"tail": "after"}),
    ("tail", 0, r"(?:之内|以内|内(?!容|部|外|务|向|科)|里(?!面|程|弄))", lambda: {"tail": "within"}),
    ("tail", 0, r"(?:以来|来(?=[，,。\s]|$))", lambda: {"tail": "since"}),
    ("tail", 0, r"(?:开始|起(?!来|床|步|飞|诉|草|码|去|名|点|火|身|哄|义|伏|立|源)|始)", lambda: {"tail": "from"}),
    ("tail", 0, r"为?止", lambda: {"tail": "until"}),
    ("tail", 0, r"左右|前后|上下|许(?=$|[，,。\s])", lambda: {"tail": "about"}),
    # numbers that no row above explains
    ("skip", 0, r"\d+(?:[.,:：/]\d+)*|[零〇一二两三四五六七八九十百千万廿卅]{2,}", dict),
)  # fmt: skip
