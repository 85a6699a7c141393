"""Days with a name: lunar dates, solar terms, festivals, public and community days, holidays and make-up workdays.

Lunar and solar-term dates come from lunar_python, announced holidays from chinese_calendar; both are pure tables.
"""

from datetime import date, timedelta
from functools import lru_cache
from typing import Final

import chinese_calendar
from lunar_python import LunarYear, Solar

TERMS: Final = (
    "小寒", "大寒", "立春", "雨水", "惊蛰", "春分", "清明", "谷雨", "立夏", "小满", "芒种", "夏至",
    "小暑", "大暑", "立秋", "处暑", "白露", "秋分", "寒露", "霜降", "立冬", "小雪", "大雪", "冬至",
)  # fmt: skip

# rule -> names. Rules: "3-8" a solar date, "L8-15" a lunar date, "5.2SU" the second Sunday of May (negative counts
# from the end), "T清明" a solar term, "E0" New Year's Eve by the lunar calendar (E-1 the day before it).
_NAMED: Final = (
    ("1-1", "元旦 元旦节 阳历新年"),
    ("1-10", "110宣传日 人民警察节 中国人民警察节 警察节"),
    ("2-2", "世界湿地日 湿地日"),
    ("2-4", "世界抗癌日 世界癌症日"),
    ("2-14", "情人节"),
    ("3-3", "爱耳日 全国爱耳日 国际爱耳日 世界野生动植物日"),
    ("3-5", "学雷锋日 学雷锋纪念日 学雷锋活动日 雷锋日 雷锋纪念日 中国青年志愿者服务日 学雷锋志愿服务日"),
    ("3-8", "妇女节 三八妇女节 三八节 三八 国际妇女节 国际劳动妇女节 女神节 女人节 38妇女节 38节"),
    ("3-12", "植树节"),
    ("3-15", "消费者权益日 消费者权益保护日 国际消费者权益日 315消费者权益日 三一五"),
    ("3-18", "爱肝日 全国爱肝日"),
    ("3-20", "国际幸福日"),
    ("3-21", "世界睡眠日 睡眠日 世界森林日 国际森林日 世界诗歌日 世界唐氏综合征日"),
    ("3-22", "世界水日"),
    ("3-23", "世界气象日"),
    ("3-24", "世界防治结核病日 世界结核病日 结核病防治日"),
    ("3.3TU", "国际社工日 世界社工日 社工日 社会工作日 国际社会工作日"),
    ("3.-1MO", "全国中小学生安全教育日 中小学生安全教育日"),
    ("4-1", "愚人节"),
    ("4-2", "世界自闭症日 世界提高自闭症意识日 自闭症日 世界自闭症关注日 孤独症日 世界孤独症日 世界孤独症关注日"),
    ("4-7", "世界卫生日"),
    ("4-11", "世界帕金森病日 帕金森日"),
    ("4-15", "国家安全教育日 全民国家安全教育日 国家安全日"),
    ("4-22", "世界地球日 地球日"),
    ("4-23", "世界读书日 读书日 世界图书日 世界图书与版权日"),
    ("4-24", "中国航天日 航天日"),
    ("4-25", "全国儿童预防接种日 预防接种日 全国预防接种日 儿童预防接种日"),
    ("4-26", "世界知识产权日 知识产权日"),
    ("5-1", "劳动节 五一劳动节 国际劳动节 五一节 五一 51劳动节"),
    ("5-4", "青年节 五四青年节 五四"),
    ("5-8", "世界红十字日 红十字日"),
    ("5-12", "防灾减灾日 全国防灾减灾日 512防灾减灾日 护士节 国际护士节 国家防灾减灾日"),
    ("5-15", "国际家庭日 世界家庭日"),
    ("5-17", "世界电信日 世界高血压日"),
    ("5-18", "国际博物馆日 博物馆日"),
    ("5-19", "中国旅游日 世界家庭医生日 家庭医生日"),
    ("5-20", "全国学生营养日 中国学生营养日 学生营养日"),
    ("5-22", "国际生物多样性日 生物多样性日"),
    ("5-30", "全国科技工作者日 科技工作者日"),
    ("5-31", "世界无烟日 无烟日"),
    ("5.2SU", "母亲节"),
    ("5.3SU", "全国助残日 助残日"),
    ("5.1TU", "世界哮喘日"),
    ("6-1", "儿童节 六一儿童节 国际儿童节 六一节 六一 61儿童节"),
    ("6-5", "世界环境日 六五环境日 环境日"),
    ("6-6", "爱眼日 全国爱眼日"),
    ("6-8", "世界海洋日 世界海洋日暨全国海洋宣传日"),
    ("6-14", "世界献血者日 献血者日 世界献血日"),
    ("6-15", "世界认识虐待老年人问题日"),
    ("6-16", "安全宣传咨询日 安全生产宣传咨询日 全国安全宣传咨询日"),
    ("6-25", "全国土地日 土地日"),
    ("6-26", "国际禁毒日 禁毒日 世界禁毒日 626国际禁毒日"),
    ("6.3SU", "父亲节"),
    ("6.2SA", "文化和自然遗产日 中国文化遗产日 文化遗产日"),
    ("7-1", "建党节 七一建党节 建党日 党的生日 七一 71建党节"),
    ("7-11", "世界人口日"),
    ("7-28", "世界肝炎日"),
    ("8-1", "建军节 八一建军节 八一节 八一 81建军节"),
    ("8-8", "全民健身日"),
    ("8-15", "全国生态日"),
    ("8-19", "中国医师节 医师节"),
    ("8-25", "全国残疾预防日 残疾预防日"),
    ("9-3", "抗战胜利纪念日 抗日战争胜利纪念日 抗战胜利日"),
    ("9-5", "中华慈善日 慈善日 国际慈善日"),
    ("9-8", "国际扫盲日 扫盲日"),
    ("9-9", "99公益日 九九公益日 公益日"),
    ("9-10", "教师节 世界预防自杀日"),
    ("9-16", "国际臭氧层保护日"),
    ("9-20", "爱牙日 全国爱牙日 国际爱牙日"),
    ("9-21", "国际和平日 世界阿尔茨海默病日 世界阿尔兹海默病日 老年痴呆日 世界老年痴呆日"),
    ("9-22", "世界无车日"),
    ("9-27", "世界旅游日"),
    ("9-29", "世界心脏日"),
    ("9-30", "烈士纪念日"),
    ("9.3SA", "全民国防教育日 国防教育日 全国科普日"),
    ("9.2SA", "世界急救日"),
    ("9.4SU", "国际聋人日"),
    ("10-1", "国庆 国庆节 国际老年人日 国际老人节 国际老年人节 国际老人日"),
    ("10-8", "全国高血压日"),
    ("10-9", "世界邮政日"),
    ("10-10", "世界精神卫生日 精神卫生日"),
    ("10-13", "少先队建队日 建队日 国际减灾日 国际减轻自然灾害日"),
    ("10-15", "国际盲人节 盲人节 全球洗手日"),
    ("10-16", "世界粮食日"),
    ("10-17", "国家扶贫日 全国扶贫日 扶贫日 国际消除贫困日"),
    ("10-20", "世界骨质疏松日"),
    ("10-28", "全国男性健康日"),
    ("10-29", "世界卒中日"),
    ("10-31", "世界勤俭日 万圣节前夜 万圣夜"),
    ("10.2TH", "世界视力日 世界爱眼日"),
    ("11-1", "万圣节"),
    ("11-8", "记者节 中国记者节"),
    ("11-9", "119消防日 119消防宣传日 119宣传日 消防日 全国消防日 消防宣传日 全国消防宣传日 全国消防安全日 消防安全日"),
    ("11-11", "双十一 双11"),
    ("11-14", "联合国糖尿病日 世界糖尿病日 糖尿病日"),
    ("11-17", "国际大学生节 世界学生日"),
    ("11-20", "世界儿童日"),
    ("11-25", "国际消除家庭暴力日 国际反家暴日 反家暴日 国际消除对妇女暴力日 反家庭暴力日 国际反家庭暴力日"),
    ("11.4TH", "感恩节"),
    ("11.3WE", "世界慢阻肺日"),
    ("12-1", "世界艾滋病日 艾滋病日 防艾日"),
    ("12-2", "全国交通安全日 交通安全日 122交通安全日 122全国交通安全日"),
    ("12-3", "国际残疾人日 世界残疾人日 国际残疾人节 残疾人日"),
    ("12-4", "国家宪法日 宪法日 宪法宣传日 全国法制宣传日 全国法治宣传日 法制宣传日 法治宣传日"),
    ("12-5", "国际志愿者日 国际志愿人员日 志愿者日 世界志愿者日 义工日"),
    ("12-10", "世界人权日 国际人权日"),
    ("12-12", "双十二 双12"),
    ("12-13", "国家公祭日 公祭日 南京大屠杀死难者国家公祭日"),
    ("12-24", "平安夜"),
    ("12-25", "圣诞节 圣诞"),
    ("L1-1", "春节 大年初一 正月初一 农历新年 农历春节"),
    ("L1-5", "迎财神日 财神日"),
    ("L1-15", "元宵节 元宵 上元节 正月半"),
    ("L2-2", "龙抬头 二月二龙抬头"),
    ("L3-3", "上巳节"),
    ("L5-5", "端午节 端午 端阳节 端阳"),
    ("L7-7", "七夕节 七夕 乞巧节"),
    ("L7-15", "中元节 中元"),
    ("L8-15", "中秋节 中秋"),
    ("L9-9", "重阳节 重阳 老年节 敬老节 老人节 九九重阳节 九九重阳 中国老年节"),
    ("L10-1", "寒衣节"),
    ("L10-15", "下元节"),
    ("L12-8", "腊八节 腊八"),
    # Taicang keeps the Jiangnan custom: the kitchen god is seen off on the 24th of the last month.
    ("L12-24", "小年 廿四夜 送灶日"),
    ("E0", "除夕 除夕夜 大年三十 年三十 大年夜 年三十夜 除夕日"),
    ("E-1", "小年夜"),
    ("T清明", "清明节"),
    ("T冬至", "冬至节 冬至夜"),
    ("T秋分", "中国农民丰收节 农民丰收节 丰收节"),
)
NAMED: Final = {name: rule for rule, names in _NAMED for name in names.split()} | {t: f"T{t}" for t in TERMS}
WEEKDAYS: Final = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")

# name in chinese_calendar, and the customary days (first, last; relative to the day itself) while none are announced
_HOLIDAYS: Final = {
    "元旦": ("New Year's Day", 0, 0),
    "春节": ("Spring Festival", -1, 6),
    "清明": ("Tomb-sweeping Day", 0, 0),
    "清明节": ("Tomb-sweeping Day", 0, 0),
    "五一": ("Labour Day", 0, 4),
    "劳动节": ("Labour Day", 0, 4),
    "五一劳动节": ("Labour Day", 0, 4),
    "端午": ("Dragon Boat Festival", 0, 0),
    "端午节": ("Dragon Boat Festival", 0, 0),
    "中秋": ("Mid-autumn Festival", 0, 0),
    "中秋节": ("Mid-autumn Festival", 0, 0),
    "国庆": ("National Day", 0, 6),
    "国庆节": ("National Day", 0, 6),
}


@lru_cache(maxsize=64)
def _lunar_months(year: int) -> tuple[tuple[int, int, date, int], ...]:
    """(lunar year, month or -month if a leap month, first day, days) of the months that touch a lunar year."""
    rows = []
    for month in LunarYear.fromYear(year).getMonths():
        first = Solar.fromJulianDay(month.getFirstJulianDay())
        day = date(first.getYear(), first.getMonth(), first.getDay())
        rows.append((month.getYear(), month.getMonth(), day, month.getDayCount()))
    return tuple(rows)


def lunar_month(year: int, month: int, leap: bool = False) -> tuple[date, date] | None:
    """First and last day of a lunar month, or None where that (leap) month does not exist."""
    wanted = -month if leap else month
    for y, m, first, days in _lunar_months(year):
        if (y, m) == (year, wanted):
            return first, first + timedelta(days=days - 1)
    return None


def lunar_day(year: int, month: int, day: int, leap: bool = False) -> date | None:
    """The solar date of a lunar date; 三十 in a short month is its last day."""
    span = lunar_month(year, month, leap)
    if span is None:
        return None
    return min(span[0] + timedelta(days=day - 1), span[1])


def lunar_year_month(day: date) -> tuple[int, int]:
    """The lunar year and month (positive for leap months too) a solar date falls in."""
    for year in (day.year, day.year - 1):
        for y, m, first, days in _lunar_months(year):
            if first <= day < first + timedelta(days=days):
                return y, abs(m)
    return day.year, day.month


@lru_cache(maxsize=64)
def solar_term(year: int, name: str) -> date:
    """The date of a solar term in a calendar year."""
    table = Solar.fromYmd(year, 7, 1).getLunar().getJieQiTable()
    found = table["DONG_ZHI" if name == "冬至" else name]
    return date(found.getYear(), found.getMonth(), found.getDay())


def nth_weekday(year: int, month: int, nth: int, weekday: int) -> date | None:
    """The nth (or, negative, nth from the end) weekday (Monday 0) of a month."""
    if nth > 0:
        first = date(year, month, 1)
        found = first + timedelta(days=(weekday - first.weekday()) % 7 + 7 * (nth - 1))
    else:
        last = month_end(year, month)
        found = last - timedelta(days=(last.weekday() - weekday) % 7 - 7 * (nth + 1))
    return found if found.month == month else None


def month_end(year: int, month: int) -> date:
    """The last day of a month."""
    return date(year + month // 12, month % 12 + 1, 1) - timedelta(days=1)


@lru_cache(maxsize=512)
def named_day(name: str, year: int) -> date | None:
    """The date of a named day in a calendar year, or in a lunar year where the name follows the lunar calendar."""
    rule = NAMED[name]
    if rule[0] == "L":
        month, day = rule[1:].split("-")
        return lunar_day(year, int(month), int(day))
    if rule[0] == "E":
        span = lunar_month(year, 12)
        return span[1] + timedelta(days=int(rule[1:])) if span else None
    if rule[0] == "T":
        return solar_term(year, rule[1:])
    if "." in rule:
        month, nth = rule.split(".")
        return nth_weekday(year, int(month), int(nth[:-2]), WEEKDAYS.index(nth[-2:]))
    month, day = rule.split("-")
    return date(year, int(month), int(day))


def holiday(name: str, day: date) -> tuple[date, date]:
    """First and last day of the public holiday around a festival: as announced, else the customary days."""
    english, before, after = _HOLIDAYS.get(name, ("", 0, 0))
    table = chinese_calendar.holidays
    if not english or day not in table:
        return day + timedelta(days=before), day + timedelta(days=after)
    first = last = day
    while first - timedelta(days=1) in table:
        first -= timedelta(days=1)
    while last + timedelta(days=1) in table:
        last += timedelta(days=1)
    return first, last


def announced(year: int) -> bool:
    """Whether the holiday arrangement of a year is known to the calendar."""
    return bool(year <= max(chinese_calendar.holidays).year)


def make_up_day(today: date, past: bool) -> date | None:
    """The next (or last) announced workday on a weekend; None where none is announced yet."""
    days: list[date] = sorted(d for d in chinese_calendar.workdays if (d <= today if past else d >= today))
    if not days:
        return None
    return days[-1] if past else days[0]


def is_workday(day: date) -> bool:
    """Whether people work on a day: by the announced arrangement, else Monday to Friday."""
    if not announced(day.year):
        return day.weekday() < 5
    if day in chinese_calendar.workdays:
        return True
    return day.weekday() < 5 and day not in chinese_calendar.holidays


def add_workdays(day: date, count: int) -> date:
    """The day that lies a number of workdays after (or, negative, before) a day."""
    step = timedelta(days=1 if count >= 0 else -1)
    left = abs(count)
    while left:
        day += step
        left -= is_workday(day)
    return day
