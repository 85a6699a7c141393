"""What the models see of a message: features of the whole for the intent, features of each unit for the tagger."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from nlp.concepts import concepts, spread
from nlp.reading import Reading
from nlp.units import MASKS, Unit

# Words in front of a value that say what it is, as in pasted notices (时间：… 地点：…).
LABELS = {
    "时间": "time",
    "日期": "time",
    "辰光": "time",
    "日子": "time",
    "截止": "until",
    "地点": "place",
    "地址": "place",
    "地方": "place",
    "场地": "place",
    "位置": "place",
    "集合": "place",
    "名称": "title",
    "主题": "title",
    "内容": "title",
    "活动": "title",
    "项目": "title",
    "课程": "title",
    "题目": "title",
    "议题": "title",
    "人数": "people",
    "参加": "people",
    "规模": "people",
    "志愿者": "volunteers",
    "义工": "volunteers",
    "负责人": "person",
    "联系人": "person",
    "主持": "person",
    "老师": "person",
    "讲师": "person",
    "电话": "phone",
    "手机": "phone",
    "组织": "organization",
    "主办": "organization",
    "单位": "organization",
    "团队": "organization",
    "经费": "money",
    "金额": "money",
    "预算": "money",
    "费用": "money",
    "事由": "reason",
    "原因": "reason",
    "情况": "reason",
    "起因": "reason",
    "时长": "hours",
    "户数": "households",
    "编号": "number",
    "单号": "number",
}
# Endings that usually close a name of a place, an organisation, a person or an event.
ENDINGS = {
    "place": "室厅场所站点楼院园区房亭桥路街巷弄口店中心广场大厅公园门口校馆村社区小区校祠庙码头长廊空地",
    "organization": "队社会团班组坊站协会中心工作室艺术团服务队联合会互助社俱乐部沙龙",
    "title": "赛课会演讲座排练展练宣传义诊比赛培训演练活动仪式节",
    "person": "姨叔伯哥姐师傅阿姨老师书记主任队长奶奶爷爷大妈大爷",
}
_ENDING_OF = {
    c: "".join(sorted(kind[0] for kind, text in ENDINGS.items() if c in text)) for c in set("".join(ENDINGS.values()))
}
SURNAMES = frozenset(
    "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏"
    "钟汪田任姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段漕钱汤尹黎易常武乔贺赖龚文庞樊兰殷施陶洪翟安颜倪严牛"
    "温芦季俞章鲁葛伍韦申尤毕聂丛焦向柳邢路岳齐沿梅莫庄辛管祝左涂谷祁时舒耿牟卜詹关苗凌费纪靳盛童欧甄项曲成游阳裴席卫查屈鲍位"
    "覃霍翁隋植甘景薄单包司柏宁柯阮桂闵解强柴华车冉房边闻浦"
)
PAIRED = 8  # words between which a pair still counts


def message_features(reading: Reading) -> list[str]:
    """Distinct features of the whole message.

    Character 1-3-grams of the masked text, words and pairs of words, ideas of the field and pairs of them, kinds and
    tenses of the typed values, and the message's length.
    """
    text = f"^{reading.masked}$"
    words = [word for word in reading.words if not word.isspace()]
    ideas = concepts(reading.masked)
    apart = sorted(set(ideas))
    seen = {text[i : i + n] for n in (1, 2, 3) for i in range(len(text) - n + 1)}
    seen.update(f"w={word}" for word in words if len(word) > 1)
    seen.update(f"p={a}_{b}" for a, b in pairwise(words))
    seen.update(f"d={a}~{b}" for i, a in enumerate(words) for b in words[i + 2 : i + PAIRED])
    seen.update(f"c={idea}" for idea in apart)
    seen.update(f"c={a}+{b}" for i, a in enumerate(apart) for b in apart[i + 1 :])
    seen.update((f"cf={ideas[0]}", f"cl={ideas[-1]}") if ideas else ())
    seen.update(f"m={mark.kind}" for mark in reading.marks)
    seen.update(f"t={tense}" for tense in reading.tenses)
    seen.add(f"n={min(len(reading.masked) // 4, 8)}")
    return sorted(seen)


def unit_features(row: Sequence[Unit], intent: str) -> list[list[str]]:
    """Features of each unit for the tagger; `intent` is the message's."""
    noun = intent.partition(".")[0]
    chars = ["", "", "", *(_symbol(unit) for unit in row), "", "", ""]
    kinds = [unit.mark.kind if unit.mark else _kind(unit.text) for unit in row]
    labels = _labels(row)
    ideas, around = spread("".join(chars[3:-3])), _words_around(row)
    features = []
    for i, unit in enumerate(row):
        a, b, c, d, e, f, g = chars[i : i + 7]
        before, after = around[i]
        kind = kinds[i]
        label = labels[i]
        line = [
            "b",
            f"0={d}",
            f"-1={c}",
            f"-2={b}",
            f"+1={e}",
            f"+2={f}",
            f"-10={c}{d}",
            f"01={d}{e}",
            f"-2-1={b}{c}",
            f"+1+2={e}{f}",
            f"-101={c}{d}{e}",
            f"-3-1={a}{b}{c}",
            f"+1+3={e}{f}{g}",
            f"w={unit.word}",
            f"bm={unit.place}",
            f"wb={before}",
            f"wa={after}",
            f"wbw={before}/{unit.word}",
            f"waw={unit.word}/{after}",
            f"k={kind}",
            f"end={_ENDING_OF.get(unit.word[-1], '')}{unit.place}",
            f"i={intent}",
            f"n0={noun}/{d}",
            f"nw={noun}/{unit.word}",
            f"nwb={noun}/{before}",
            f"ik={intent}/{kind}",
            f"l={label}",
            f"lk={label}/{kind}",
            f"id={ideas[i]}",
            f"ni={noun}/{ideas[i]}",
        ]
        if unit.mark:
            line += [
                f"kb={kind}/{before}",
                f"ka={kind}/{after}",
                f"it={intent}/{kind}/{before}",
                f"u={_counted(unit)}",
                f"nu={noun}/{_counted(unit)}",
            ]
        elif d in SURNAMES:
            line.append(f"sur={unit.place}{e in SURNAMES}")
        features.append(line)
    return features


def unit_columns(row: Sequence[Unit]) -> dict[str, list[str]]:
    """What the network looks up of each unit, by column."""
    return {
        "unit": [unit.mark.kind if unit.mark else unit.text for unit in row],
        "word": [unit.word for unit in row],
        "place": [unit.place for unit in row],
        "label": _labels(row),
        "idea": spread("".join(map(_symbol, row))),
        "ending": [_ENDING_OF.get(unit.word[-1], "") + unit.place for unit in row],
        "count": [_counted(unit) if unit.mark else "surname" * (unit.text in SURNAMES) for unit in row],
    }


def _symbol(unit: Unit) -> str:
    return MASKS[unit.mark.family] if unit.mark else unit.text


def _kind(char: str) -> str:
    if char.isdigit():
        return "digit"
    if char.isspace():
        return "space"
    if char.isascii() and char.isalpha():
        return "latin"
    return "han" if "\u4e00" <= char <= "\u9fff" else "sign"


def _counted(unit: Unit) -> str:
    """What a number or time looks like with its digits gone: `N个人`, `N户`."""
    return "".join("N" if c.isdigit() or c in "零一二三四五六七八九十百千万两几廿卅半" else c for c in unit.text)[-4:]


def _words_around(row: Sequence[Unit]) -> list[tuple[str, str]]:
    """For each unit the words before and after the one it stands in."""
    first, last = list(range(len(row))), list(range(len(row)))
    for i in range(1, len(row)):
        if row[i].place in "ME" and not row[i].mark:
            first[i] = first[i - 1]
    for i in range(len(row) - 2, -1, -1):
        if row[i].place in "BM":
            last[i] = last[i + 1]
    return [
        (row[a - 1].word if a else "^", row[b + 1].word if b + 1 < len(row) else "$")
        for a, b in zip(first, last, strict=True)
    ]


def _labels(row: Sequence[Unit]) -> list[str]:
    """For each unit the label word that last stood before a colon or the value itself, until the line ends."""
    labels, current, fresh = [], "", ""
    for unit in row:
        if unit.text in "\n;；。":
            current = fresh = ""
        elif unit.text in ":：":
            current = fresh or current
        elif unit.word in LABELS and unit.place in "ES":
            fresh = LABELS[unit.word]
        labels.append(current + ("" if current else f"~{fresh}" if fresh else ""))
    return labels
