"""names: the right organisation first, a question where two are meant, and no wrong link without one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlp.names import Entry, NameMatch, Vocabulary
from nlp.names.forms import core
from nlp.names.sound import exact_sound, folded_sound

PLACES = {"梅园社区": "城厢镇", "弇山社区": "城厢镇", "桃园社区": "城厢镇", "浮桥村": "浮桥镇", "新闸村": "浏河镇"}
TEAMS = {
    "梅园社区": ("夕阳红合唱队", "金秋广场舞队", "爱心志愿者服务队", "春晖太极拳协会"),
    "弇山社区": ("夕阳红合唱队", "蓝天广场舞队", "红枫广场舞队"),
    "桃园社区": ("百灵合唱队", "墨香书画社", "老娘舅工作室"),
    "浮桥村": ("渔歌腰鼓队", "听雨轩读书会"),
    "新闸村": ("新闸舞龙队",),
}


def _entries() -> list[Entry]:
    towns = [Entry("town", town, town, (), None, town) for town in ("城厢镇", "浮桥镇", "浏河镇", "沙溪镇", "娄东街道")]
    former = {"浮桥村": ("鸦江村",)}
    areas = [Entry("community", name, name, former.get(name, ()), name, town) for name, town in PLACES.items()]
    teams = [
        Entry("organization", f"{place}/{team}", f"太仓市{PLACES[place]}{place}{team}", (), place, PLACES[place])
        for place, names in TEAMS.items()
        for team in names
    ]
    return [*towns, *areas, *teams, Entry("organization", "X", "太仓市心连心联盟", ("连心盟",), None, None)]


@pytest.fixture(scope="module")
def vocabulary() -> Vocabulary:
    return Vocabulary.build(_entries())


def _only(match: NameMatch | None) -> str:
    assert match is not None
    assert match.certain
    assert len(match.candidates) == 1
    return match.candidates[0][0].id


@pytest.mark.parametrize(
    ("name", "home", "expected"),
    [
        ("太仓市城厢镇梅园社区夕阳红合唱队", None, "梅园社区/夕阳红合唱队"),
        ("夕阳红合唱队", "梅园社区", "梅园社区/夕阳红合唱队"),
        ("合唱队", "桃园社区", "桃园社区/百灵合唱队"),
        ("广场舞队", "梅园社区", "梅园社区/金秋广场舞队"),
        ("志愿者", "梅园社区", "梅园社区/爱心志愿者服务队"),
        ("夕阳虹和唱队", "梅园社区", "梅园社区/夕阳红合唱队"),
        ("墨香书画色", "桃园社区", "桃园社区/墨香书画社"),
        ("春灰太及拳协会", "梅园社区", "梅园社区/春晖太极拳协会"),
        ("金秋广场舞对", "梅园社区", "梅园社区/金秋广场舞队"),
        ("金秋广舞场队", "梅园社区", "梅园社区/金秋广场舞队"),
        ("渔歌渔歌腰鼓队"[2:], "浮桥村", "浮桥村/渔歌腰鼓队"),
        ("梅园合唱队", "桃园社区", "梅园社区/夕阳红合唱队"),
        ("城厢镇梅园社区合唱队", None, "梅园社区/夕阳红合唱队"),
        ("鸦江村的腰鼓队", None, "浮桥村/渔歌腰鼓队"),
        ("听雨轩读书会", None, "浮桥村/听雨轩读书会"),
        ("连心盟", None, "X"),
        ("“百灵”合唱队", "桃园社区", "桃园社区/百灵合唱队"),
    ],
)
def test_certain(vocabulary: Vocabulary, name: str, home: str | None, expected: str) -> None:
    assert _only(vocabulary.resolve(name, community=home)) == expected


@pytest.mark.parametrize(
    ("name", "home"),
    [
        ("广场舞队", "弇山社区"),  # two of them
        ("夕阳红合唱队", None),  # in two communities
        ("合唱队", None),
        ("朝阳红合唱队", "梅园社区"),  # another team, perhaps not yet in the directory
        ("夕阳红书画社", "梅园社区"),
        ("听雨轩读书会", "梅园社区"),  # known, but from elsewhere
        ("协会", "梅园社区"),
    ],
)
def test_asks(vocabulary: Vocabulary, name: str, home: str | None) -> None:
    match = vocabulary.resolve(name, community=home)
    assert match is None or not match.certain


def test_both_of_a_name_are_offered(vocabulary: Vocabulary) -> None:
    match = vocabulary.resolve("广场舞队", community="弇山社区")
    assert match is not None
    assert {entry.id for entry, _ in match.candidates[:2]} == {"弇山社区/蓝天广场舞队", "弇山社区/红枫广场舞队"}


def test_typo_comes_first_but_is_asked(vocabulary: Vocabulary) -> None:
    assert vocabulary.link("百零合畅队", community="桃园社区")[0][0].id == "桃园社区/百灵合唱队"
    assert vocabulary.link("墨香书法社", community="桃园社区")[0][0].id == "桃园社区/墨香书画社"


@pytest.mark.parametrize(
    ("text", "home", "expected"),
    [
        (
            "周六上午9点 梅园社区活动室 合唱队排练 20人",
            "梅园社区",
            [("梅园社区", True, "梅园社区"), ("合唱队", True, "梅园社区/夕阳红合唱队")],
        ),
        ("梅园合唱队明天排练", "桃园社区", [("梅园合唱队", True, "梅园社区/夕阳红合唱队")]),
        ("我们午龙对今天去镇里", "新闸村", [("午龙对", True, "新闸村/新闸舞龙队")]),
        ("眼山社区夜巡", None, [("眼山社区", True, "弇山社区")]),
        ("城乡镇的合唱队", None, [("城乡镇的合唱队", False, None)]),
        ("福桥镇今年几个", None, [("福桥镇", True, "浮桥镇")]),
        ("沙西那边呢", None, [("沙西", True, "沙溪镇")]),
        ("我住浮桥", None, [("浮桥", False, "浮桥镇")]),
        ("鸦江村路灯坏了", None, [("鸦江村", True, "浮桥村")]),
        ("城乡社区治理", None, []),
        ("统筹城乡发展", None, []),
        ("三楼会议室明天下午有讲座", None, []),
        ("志愿者5名", "梅园社区", []),
        ("桃园路堵车", None, [("桃园", False, "桃园社区")]),
    ],
)
def test_find(
    vocabulary: Vocabulary, text: str, home: str | None, expected: list[tuple[str, bool, str | None]]
) -> None:
    found = vocabulary.find(text, community=home)
    assert [(text[m.start : m.end], m.certain) for m in found] == [(span, sure) for span, sure, _ in expected]
    for match, (_, _, key) in zip(found, expected, strict=True):
        assert key is None or match.candidates[0][0].id == key


@pytest.mark.parametrize(
    ("name", "kind", "expected"),
    [
        ("梅园", "community", "梅园社区"),
        ("掩山社区", "community", "弇山社区"),
        ("楼东", "town", "娄东街道"),
        ("浮桥", "town", "浮桥镇"),
    ],
)
def test_areas(vocabulary: Vocabulary, name: str, kind: str, expected: str) -> None:
    assert _only(vocabulary.resolve(name, kind=kind)) == expected
    assert vocabulary.link(name, kind=kind)[0][0].id == expected


def test_bare_policy_word_is_asked(vocabulary: Vocabulary) -> None:
    match = vocabulary.resolve("城乡", kind="town")
    assert match is not None
    assert not match.certain


def test_core_drops_the_place() -> None:
    assert core("太仓市城厢镇梅园社区夕阳红合唱队", "梅园社区", "城厢镇") == "夕阳红合唱队"
    assert core("梅园艺术团", "梅园社区", "城厢镇") == "艺术团"


@pytest.mark.parametrize(
    "pair", ["城厢 城乡", "弇山 掩山", "娄东 楼东", "浏河 刘河", "浮桥 福桥", "双凤 双峰", "沙溪 沙西"]
)
def test_phrase_book_sounds(pair: str) -> None:
    right, wrong = pair.split()
    assert exact_sound(right) == exact_sound(wrong)


@pytest.mark.parametrize("pair", ["张 脏", "吃 词", "蓝 南", "英 音", "湖 福"])
def test_dialect_merges(pair: str) -> None:
    right, wrong = pair.split()
    assert exact_sound(right) != exact_sound(wrong)
    assert folded_sound(right) == folded_sound(wrong)


def test_empty_vocabulary() -> None:
    empty = Vocabulary.build([])
    assert empty.find("梅园社区合唱队") == []
    assert empty.link("合唱队") == []
    assert empty.resolve("合唱队") is None


@given(st.text(max_size=40) | st.text("梅园社区村城厢镇浮桥合唱队广场舞的夕阳红弇山眼😊 \n", max_size=30))
def test_any_text(text: str) -> None:
    vocabulary = _shared()
    end = 0
    for match in vocabulary.find(text, community="梅园社区"):
        assert end <= match.start < match.end <= len(text)
        assert match.candidates
        end = match.end
    assert len(vocabulary.link(text)) <= 5
    vocabulary.resolve(text, kind="community")


_BUILT: list[Vocabulary] = []


def _shared() -> Vocabulary:
    if not _BUILT:
        _BUILT.append(Vocabulary.build(_entries()))
    return _BUILT[0]
