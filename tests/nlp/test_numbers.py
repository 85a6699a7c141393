"""numbers: what is counted, how many, and what only looks like a number."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlp.normalise import normalise
from nlp.numbers import find_numbers, read_number

VALUES: dict[str, float | None] = {
    "廿几个": 20,
    "三十来个": 30,
    "二三十": 20,
    "半百": 50,
    "1千5": 1500,
    "两块五": 2.5,
    "一万二": 12000,
    "3.6万": 36000,
    "百把": 100,
    "十几": 10,
    "四五百": 400,
    "千把块": 1000,
    "一百二十": 120,
    "1,500": 1500,
    "壹佰": 100,
    "〇一": 1,
    "二〇二六": 2026,
    "五零一": 501,
    "一千零二": 1002,
    "六十四万零一百四十三": 640143,
    "3千万亿": 3000000000000000,
    "两个半": 2.5,
    "一个半": 1.5,
    "86块5": 86.5,
    "五毛": 0.5,
    "三块两毛五": 3.25,
    "十块三毛": 10.3,
    "一百三十五块六角七分钱": 135.67,
    "三点五万": 35000,
    "两点五": 2.5,
    "三五百": 300,
    "七八个": 7,
    "十七八": 17,
    "十五六个": 15,
    "一百二三十": 120,
    "两三万": 20000,
    "上百人": 100,
    "一百多人": 100,
    "百余人": 100,
    "几十": None,
    "几个": None,
    "": None,
    "abc": None,
    "俩": 2,
    "20来个人": 20,
    "两百五": 250,
    "十二": 12,
    "一百零五": 105,
    "1万": 10000,
    "3万5": 35000,
    "一亿两千万": 120000000,
    "肆佰叁拾万圆整": 4300000,
    "一千两百元": 1200,
    "50元": 50,
    "3元5角": 3.5,
    "五千多": 5000,
    "十来个": 10,
    "三十几": 30,
    "好几个": None,
    "二十五万三千二百": 253200,
    "233,333,333,434.344": 233333333434.344,
    "2.5": 2.5,
    "万把块": 10000,
    "百十来个": 110,
    "一百三": 130,
    "两万三": 23000,
    "0": 0,
    "零": 0,
    "半个": 0.5,
    "1.5个": 1.5,
    "123元1角1分": 123.11,
    "千": 1000,
    "二十一二": 21,
}
# kind and value; for phones and ID numbers the digits
MESSAGES = {
    "大概40个人": "people40",
    "量血压义诊大概六十个老人": "people60",
    "负责人王阿姨 13812345678": "phone13812345678",
    "刚才的活动人数改成35": "people35",
    "来了52个 志愿者8个 用了小时2.5 照片等下发": "people52 volunteers8 hours2.5",
    "定于2026年10月18日（星期日）上午9：00—11：00在": "",
    "联系人：小陆 53521234。": "phone53521234",
    "8个人 两组": "people8 groups2",
    "三十来个": "plain30",
    "早上6:30-8:30 志愿者5名 连续三天": "volunteers5",
    "看望空巢老人7户 每户一袋米一桶油": "households7",
    "初八上午 大概一百多人要报备吗": "people100",
    "亲子读书会 4.23 14:00-15:30 图书角 限15组家庭 现在报了11组": "households15 groups11",
    "书法班 12人": "people12",
    "本周日11点半 人数 200 经费 3600元 负责人 周建国": "people200 money3600",
    "一共服务了86个人次 义工16人": "people86 volunteers16",
    "7月6号到8月14号 周一到周五 8:30到16:30 25个小孩": "people25",
    "编号太备2025-CX-018": "",
    "我们12个人每个礼拜跳跳舞": "people12",
    "3号楼2单元501跟401因为漏水": "plain401",
    "吵了三次": "plain3",
    "2号楼202和203 前天开始": "plain203",
    "1500块 梅园小区": "money1500",
    "花了860": "money860",
    "赔2600 月底前付": "money2600",
    "人数2 已由": "people2",
    "七八个业主在": "people7",
    "6号楼楼道里停了三辆电瓶车": "vehicles3",
    "一辆白色面包车堵了苏E开头的车牌后面是8K2G7就在": "vehicles1",
    "6人 检查28处 发现2处隐患已劝离1处": "people6 places28 places2 places1",
    "一套里住了十几个人": "people10",
    "三天内换": "",
    "4户 9人": "households4 people9",
    "共检查 62户 问题 5 已改 4": "households62 plain5 plain4",
    "来小区收会费 一人50": "money50",
    "昨天2小时怎么没记上": "hours2",
    "酒席最多几桌": "",
    "每月25号": "",
    "再加一个人": "people1",
    "全镇5+X还缺几个": "",
    "八一路社区": "",
    "周一鸣老师": "",
    "第二届": "",
    "3号楼": "",
    "证书60天内到期": "",
    "两个半小时": "hours2.5",
    "一个半小时": "hours1.5",
    "半小时": "hours0.5",
    "30分钟": "hours0.5",
    "86块5": "money86.5",
    "一千二百元": "money1200",
    "经费两万三": "money23000",
    "¥50": "money50",
    "五毛": "money0.5",
    "3万元": "money30000",
    "8名志愿者": "volunteers8",
    "志愿者 5": "volunteers5",
    "5个志愿者": "volunteers5",
    "20来个人": "people20",
    "廿几个人": "people20",
    "电话 0512-53521234": "phone051253521234",
    "138 1234 5678": "phone13812345678",
    "身份证11010519491231002X": "id_number11010519491231002X",
    "百分之八十": "percent80",
    "80%": "percent80",
    "八成": "percent80",
    "20到30人": "people20",
    "两到三万元": "money20000",
    "100-200人": "people100",
    "四五百块": "money400",
    "二三十个居民": "people20",
    "千万不要": "",
    "一起去": "",
    "十分感谢": "",
    "三楼会议室": "",
    "2026-10-18": "",
    "下午三点": "",
    "三点五万": "plain35000",
    "第三人民医院": "",
    "3人 7岁": "people3",
    "二十左右": "plain20",
    "三星村 百家宴": "",
    "1千5": "plain1500",
    "两块五": "money2.5",
    "半百老人": "",
    "幺三八一二三四五六七八": "phone13812345678",
    "拨打110": "",
    "12345热线": "",
    "5000元以上": "money5000",
    "2026年度": "",
    "50万元(含)以上": "money500000",
    "15k左右": "money15000",
    "报了11组": "groups11",
    "9点到11点": "",
    "晚上七点半到八点半": "",
    "8-10点": "",
    "四十多位老人参加": "people40",
    "八九十人": "people80",
    "一两百人": "people100",
    "伍佰元整": "money500",
    "35": "plain35",
    "改成35人": "people35",
    "是12个人不是20": "people12 plain20",
    "五个社区": "plain5",
    "三支志愿服务队": "groups3",
    "第三季度": "",
    "3季度": "",
    "九分地": "plain9",
    "2.5小时": "hours2.5",
    "三小时": "hours3",
    "3个小时": "hours3",
    "1.5万": "plain15000",
    "每人20元": "money20",
    "每人20": "money20",
    "3月5日学雷锋 35人": "people35",
    "周六上午9点 梅园社区活动室 合唱队排练 20人": "people20",
}


@pytest.mark.parametrize(("written", "value"), VALUES.items())
def test_read_number(written: str, value: float | None) -> None:
    assert read_number(written) == value


@pytest.mark.parametrize(("message", "expected"), MESSAGES.items())
def test_find_numbers(message: str, expected: str) -> None:
    found = find_numbers(normalise(message).text)
    spelled = [n.kind + (n.unit if n.kind in ("phone", "id_number") else f"{n.value:g}") for n in found]
    assert " ".join(spelled) == expected


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("大概20来个人参加", "20来个人"),
        ("花了86块5买粉笔", "86块5"),
        ("赔2600 月底前付", "2600"),
        ("三支志愿服务队", "三支"),
        ("两到三万元左右", "两到三万元"),
        ("电话138 1234 5678王阿姨", "138 1234 5678"),
        ("看望7户人家", "7户人家"),
    ],
)
def test_span(text: str, span: str) -> None:
    number = find_numbers(text)[0]
    assert text[number.start : number.end] == span


def test_id_number_needs_its_check_digit() -> None:
    assert [n.kind for n in find_numbers("11010519491231002X")] == ["id_number"]
    assert "id_number" not in [n.kind for n in find_numbers("110105194912310021")]


# Foreign money is not ours to read, 15k needs its letter, and 八到九百亿 starts at 800, not at 8.
_OTHER_CONVENTION = ("美元", "港", "日", "欧", "台币", "泰铢", "卢布", "澳元", "韩元", "几十万块", "数十亿")


def _public_amounts() -> list[tuple[str, float]]:
    (cases,) = json.loads((Path(__file__).parents[1] / "data" / "jionlp_money_parser.json").read_text())
    lowest = [(text, answer["num"][0] if isinstance(answer["num"], list) else answer["num"]) for text, answer in cases]
    return [(text, float(value)) for text, value in lowest if not any(word in text for word in _OTHER_CONVENTION)]


@pytest.mark.parametrize(("text", "value"), _public_amounts())
def test_public_money(text: str, value: float) -> None:
    """JioNLP's own cases, where the convention is comparable; of a range the lower end."""
    assert [round(n.value, 2) for n in find_numbers(normalise(text).text)] == [value]


_TEXTS = st.text("0123456789.,-:十百千万亿半几多来个人户元块毛名志愿者第年月日点小时分之%¥ Xx到约", max_size=30)


@given(st.text(max_size=40) | _TEXTS)
def test_spans_are_ordered_and_inside(text: str) -> None:
    end = 0
    for number in find_numbers(text):
        assert end <= number.start < number.end <= len(text)
        end = number.end


@given(st.text(max_size=30) | _TEXTS)
def test_read_number_never_fails(text: str) -> None:
    value = read_number(text)
    assert value is None or value >= 0


@given(st.integers(0, 10**8))
def test_digits_read_as_themselves(value: int) -> None:
    assert read_number(str(value)) == read_number(f"{value:,}") == value
