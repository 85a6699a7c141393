"""Makes honest variants of example sentences: other names and values, dictation, greetings, lost punctuation."""

from __future__ import annotations

import random
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import cache

from nlp.sentences import Example, Span

GREETINGS = ("你好，", "您好 ", "你好", "麻烦", "请问", "那个", "嗯 ", "不好意思 ", "老师好，", "在吗 ", "小助 ", "社小助，", "劳驾 ",
             "打扰一下 ", "早上好，", "哎 ", "就是 ", "请帮忙看下 ", "亲，", "喂 ")
THANKS = ("谢谢", "，谢谢", " 谢谢啦", "，麻烦了", " 辛苦了", "哈", "啊", "呢", "吧", "。", "！", "🙏", " 急", "~", "嗯")
COMMUNITIES = tuple("中区 东区 府东 县府 南园 桃园 弇山 梅园 南区 康乐 西区 德兴 西郊 伟阳 太丰 新毛 南郊 新丰 常丰 学苑 鹊桥 城南 "
                    "文渊 良辅 东市 新北 娄东 陆渡 香塘 群星 太安 利民 新湖 金仓湖 锦绣 花园 滨河 世纪 向阳".split())
VILLAGES = tuple("新农 胜泾 永丰 电站 万丰 东林 塘桥 岳镇 项桥 太星 岳星 庄西 虹桥 泰西 泥桥 松南 浮桥 黄桥 新闸 鸦江 陆浜 浮北 光明 "
                 "陆公 太东 洪泾 半泾 凤中 孙桥 雅鹿 杨漕 孟河".split())
TOWNS = tuple("城厢镇 沙溪镇 浏河镇 浮桥镇 璜泾镇 双凤镇 娄东街道 陆渡街道 科教新城 经开区 高新区 港区".split())
TEAM_NAMES = tuple("夕阳红 先锋 晨光 金秋 枫叶 春之声 暖心 爱心 阳光 蒲公英 向日葵 红马甲 老娘舅 老伙伴 芳华 百灵鸟 彩虹 东方红 常青藤 "
                   "邻里情 和谐 一家亲 绿叶 星火 萤火虫 乐活 银发 巾帼 童心 同心 雅韵 墨香 丝竹 娄江 弇山 心连心 快乐 美丽".split())
TEAM_KINDS = tuple("合唱队 舞蹈队 广场舞队 腰鼓队 书画社 读书会 志愿服务队 巡逻队 调解工作室 艺术团 互助社 太极拳队 棋牌社 摄影协会 健身队 "
                   "戏曲社 编织社 爱心社 服务社 议事会 锣鼓队 旗袍队 柔力球队 诗社 助残队 环保队 治安队 龙狮队 手工坊 联谊会 俱乐部 "
                   "民乐队 文明劝导队 家电维修组 环境督导队 应急救援队".split())
SURNAMES = tuple("王李张刘陈杨黄赵周吴徐孙朱马胡郭林何高梁郑罗宋谢唐韩曹许邓萧冯曾程蔡彭潘袁于董余苏叶吕魏蒋田杜丁沈姜范江傅钟卢汪戴崔"
                 "任陆廖姚方金邱夏谭韦贾邹石熊孟秦阎薛侯雷白龙段郝孔邵史毛常万顾赖武康贺严尹钱施牛洪龚")
GIVEN = tuple("建国 秀英 桂芳 志强 丽华 小明 雪梅 国良 永康 玉兰 海燕 春生 文静 思远 宝根 阿大 金妹 芳 强 敏 静 军 洁 磊 斌 婷 雨桐 "
              "梦琪 子涵 浩然 彩娣 根宝 惠珍 凤珍 林生 月英 雪芳 晓东 卫东 红梅".split())
CALLED = tuple("阿姨 老师 师傅 书记 主任 队长 大姐 老伯 奶奶 医生 会长 警官 工 大妈 爷叔 团长".split())
SPOTS = tuple("活动室 会议室 一楼大厅 二楼会议室 三楼多功能厅 文化广场 小广场 门口 图书角 棋牌室 社工室 党群服务中心 议事厅 排练厅 篮球场 "
              "凉亭 老年活动中心 北门岗亭 西大门 停车场 架空层 舞蹈房 村部 村会堂 日间照料中心 居家养老服务站 百姓戏台 文化礼堂 卫生站 "
              "南门口 快递柜旁边 垃圾房 中心花园 河边步道 道德讲堂".split())
ESTATES = tuple("锦绣小区 香花苑 世纪家园 东仓花园 华侨花园 梅园新村 向阳新村 上海公馆 高尔夫鑫城 景瑞荣御蓝湾 桃园三村 县府街 人民路 "
                "太平路 新华路 上海东路 郑和路 柳州路 长春路 弇山路 东亭路 半泾新村 康乐新村 德兴花园 惠阳新村 滨河花园".split())
_SWAPPED_BY_NOUN = frozenset({"title", "reason", "period", "start", "end", "repeat"})

Pools = Mapping[tuple[str, str], Sequence[str]]


def pools(examples: Iterable[Example]) -> Pools:
    """Values of each slot seen in the examples, kept apart by intent where meaning depends on it."""
    found: dict[tuple[str, str], set[str]] = defaultdict(set)
    for example in examples:
        for span in example.spans:
            found[_pool(span.slot, example.intent)].add(example.text[span.start : span.end])
    return {key: sorted(values) for key, values in found.items()}


def variants(example: Example, values: Pools, chance: random.Random, count: int) -> list[Example]:
    """`count` variants of one example; the same seed gives the same variants."""
    return [_noised(_swapped(example, values, chance), chance) for _ in range(count)]


def _pool(slot: str, intent: str) -> tuple[str, str]:
    return (slot, intent if slot in _SWAPPED_BY_NOUN else "")


def _swapped(example: Example, values: Pools, chance: random.Random) -> Example:
    edits = []
    for span in example.spans:
        if chance.random() < 0.6:
            edits.append((span.start, span.end, _another(example, span, values, chance), span.slot))
        else:
            edits.append((span.start, span.end, example.text[span.start : span.end], span.slot))
    return _edited(example, edits)


def _edited(example: Example, edits: Sequence[tuple[int, int, str, str]]) -> Example:
    """The example with characters `start:end` replaced; a fourth part names the slot the new text carries."""
    text, spans, at = "", [], 0
    for start, end, new, slot in sorted(edits):
        text += example.text[at:start]
        if slot:
            spans.append(Span(len(text), len(text) + len(new), slot))
        text, at = text + new, end
    return replace(example, text=text + example.text[at:], spans=tuple(spans))


def _another(example: Example, span: Span, values: Pools, chance: random.Random) -> str:
    make = _MAKERS.get(span.slot)
    if make and chance.random() < 0.6:
        return make(chance)
    return chance.choice(values.get(_pool(span.slot, example.intent)) or [example.text[span.start : span.end]])


def _community(chance: random.Random) -> str:
    if chance.random() < 0.4:
        return chance.choice(VILLAGES) + "村"
    return chance.choice(COMMUNITIES) + chance.choice(("社区", "社区", ""))


def _organization(chance: random.Random) -> str:
    kind = chance.choice(TEAM_KINDS)
    name = chance.choice(TEAM_NAMES) if chance.random() < 0.75 else ""
    return (_community(chance) if chance.random() < 0.35 else "") + name + kind


def _person(chance: random.Random) -> str:
    surname = chance.choice(SURNAMES)
    style = chance.random()
    if style < 0.5:
        return surname + chance.choice(GIVEN)
    return chance.choice(("老", "小")) + surname if style < 0.7 else surname + chance.choice(CALLED)


def _place(chance: random.Random) -> str:
    if chance.random() < 0.3:
        return _door(chance)
    front = chance.choice(("", "", _community(chance), chance.choice(ESTATES)))
    return front + chance.choice(SPOTS) if chance.random() < 0.85 else chance.choice(ESTATES)


def _door(chance: random.Random) -> str:
    front = chance.choice(("", "", chance.choice(ESTATES)))
    block = f"{chance.randint(1, 60)}{chance.choice(('号楼', '幢', '栋', '座'))}"
    unit = f"{chance.randint(1, 4)}单元" if chance.random() < 0.5 else ""
    room = f"{chance.randint(1, 18)}0{chance.randint(1, 4)}" if chance.random() < 0.7 else ""
    return front + block + unit + room + chance.choice(("", "", "楼道", "楼下")) * (not room)


def _phone(chance: random.Random) -> str:
    if chance.random() < 0.3:
        return f"53{chance.randint(100000, 999999)}"
    return f"1{chance.choice('3578')}{chance.randint(10**8, 10**9 - 1)}"


_MAKERS = {"community": _community, "organization": _organization, "person": _person, "place": _place,
           "phone": _phone, "town": lambda chance: chance.choice(TOWNS)}


def _noised(example: Example, chance: random.Random) -> Example:
    keep = [(span.start, span.end, example.text[span.start : span.end], span.slot) for span in example.spans]
    free = _free(example)
    edits: list[tuple[int, int, str, str]] = []
    style = chance.random()
    for i in free:
        char = example.text[i]
        if style < 0.25 and re.match(r"[，。！？、,.!?~ ]", char):
            edits.append((i, i + 1, "", ""))
        elif style < 0.45 and re.match(r"[，。、,]", char):
            edits.append((i, i + 1, " ", ""))
        elif style > 0.85 and chance.random() < 0.06:
            edits.append((i, i + 1, chance.choice(_homophones().get(char, char)), ""))
    noised = _edited(example, keep + edits)
    return _greeted(noised, chance) if not example.intent.startswith(("dialog", "chat", "none")) else noised


def _greeted(example: Example, chance: random.Random) -> Example:
    front = chance.choice(GREETINGS) if chance.random() < 0.15 else ""
    back = chance.choice(THANKS) if chance.random() < 0.15 else ""
    spans = tuple(Span(s.start + len(front), s.end + len(front), s.slot) for s in example.spans)
    return replace(example, text=front + example.text + back, spans=spans)


def _free(example: Example) -> list[int]:
    covered = {i for span in example.spans for i in range(span.start, span.end)}
    return [i for i in range(len(example.text)) if i not in covered]


@cache
def _homophones() -> dict[str, str]:
    """Common characters by toneless pinyin: what dictation writes instead."""
    from pypinyin import lazy_pinyin

    common = ("的一是在不了有和人这中大为上个国我以要他时来用们生到作地于出就分对成会可主发年动同工也能下过子说产种面而方后多定行学法所民得经十三之"
              "进着等部度家电力里如水化高自二理起小物现实加量都两体制机当使点从业本去把性好应开它合还因由其些然前外天政四日那社义事平形相全表间样与"
              "关各重新线内数正心反你明看原又么利比或但质气第向道命此变条只没结解问意建月公无系军很情者最立代想已通并提直题党程展五果料象员革位入常文"
              "总次品式活设及管特件长求老头基资边流路级少图山统接知较将组见计别她手角期根论运农指几九区强放决西被干做必战先回则任取据处队南给色光门即"
              "保治北造百规热领七海口东导器压志世金增争济阶油思术极交受联什认六共权收证改清己美再采转更单风切打白教速花带安场身车例真务具万每目至达走积"
              "示议声报斗完类八离华名确才科张信马节话米整空元况今集温传土许步群广石记需段研界拉林律叫且究观越织装影算低持音众书布复容儿须际商非验连断深"
              "难近矿千周委素技备半办青省列习响约支般史感劳便团往酸历市克何除消构府称太准精值号率族维划选标写存候毛亲快效斯院查江型眼王按格养易置派层片"
              "始却专状育厂京识适属圆包火住调满县局照参红细引听该铁价严")
    groups: dict[str, str] = defaultdict(str)
    for char, sound in zip(common, lazy_pinyin(list(common)), strict=True):
        groups[sound] += char
    return {char: rest for group in groups.values() for char in group if (rest := group.replace(char, ""))}
