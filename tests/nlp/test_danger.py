"""Danger: loud, veiled and whispered cries are heard; lessons, drills and stories are not."""

from datetime import datetime

import pytest

from nlp.names import Vocabulary
from nlp.understand import Understander

NOW = datetime(2026, 11, 24, 10)
NOBODY = Vocabulary.build([])

DANGEROUS = [
    "闻到煤气味 7幢一楼",
    "老公喝了酒打人 现在就在打",
    "他说再不处理就跳下去",
    "有个老太两天没看见人 敲门没应 送饭的说",
    "着火了快来人",
    "小孩掉河里了",
    "他说不想活了",
    "有人晕倒了在广场",
    "老公又动手了",
    "电线掉在地上冒火花",
    "我爸走丢了 有老年痴呆",
    "楼上有人拿刀追人",
    "她把药都吃了叫不醒",
    "5号楼三楼冒黑烟",
]
HARMLESS = [
    "明天下午搞个反诈宣传",
    "消防演练 周五上午 80人",
    "煤气安全讲座 下周四两点",
    "累死了",
    "笑死我了",
    "去年着火那家现在怎么样了",
    "溺水知识课上完了 学生86人",
    "电动车充电桩什么时候装",
    "备案要啥材料",
    "灭火器过期已通知房东换",
    "走失的老人找到了 家属接走了",
    "防溺水讲座 社区活动室",
    "合唱队排练 20人",
    "煤气软管已经换好了",
]


@pytest.mark.parametrize("text", DANGEROUS)
def test_a_cry_is_heard(understander: Understander, text: str) -> None:
    assert understander.understand(text, NOW, NOBODY).danger


@pytest.mark.parametrize("text", HARMLESS)
def test_no_alarm_without_danger(understander: Understander, text: str) -> None:
    assert not understander.understand(text, NOW, NOBODY).danger
