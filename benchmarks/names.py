"""Measure name linking on invented districts: first place, wrong links without a question, time, memory.

python benchmarks/names.py 10000 100000 1000000
"""

import random
import resource
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache

from nlp.names import Entry, Vocabulary
from nlp.names.sound import exact_sound, folded_sound


def _words(text: str) -> list[str]:
    return text.split()


TOWNS = _words(
    """
    城厢镇 沙溪镇 浏河镇 浮桥镇 璜泾镇 双凤镇 娄东街道 科教新城
    """
)
FIRST = "梅桃弇德伟太新永电万东胜香塘泥松岳项泰庄虹黄常良文鹊学丰群利南西北和福祥瑞锦金银柳荷兰菊竹云霞星月湖河桥"
SECOND = "园山兴阳丰毛农泾站林溪塘桥星松镇丰西港渊辅苑安民庄浜湾泽亭墩村渡荡家巷里坊城郊区市"
BRANDS = _words(
    """
    夕阳红 金秋 春晖 百灵 蓝天 红枫 爱心 阳光 金色年华 常青树 彩虹 乐龄
    巧手 墨香 清风 和谐 温馨 暖阳 向日葵 蒲公英 银龄 梦之声 紫藤 玉兰
    七彩 天天乐 老来俏 好邻居 守望 同心 星光 晨曦 云水 江海 娄江 沧江
    牡丹 海棠 水乡 渔歌 桂花 长青 快乐 幸福 飞扬 青松 红星 绿叶
    白鸽 小蜜蜂
    """
)
THEMES = _words(
    """
    合唱 广场舞 舞蹈 腰鼓 太极拳 书画 摄影 锡剧 丝竹 戏曲 龙狮 舞龙
    读书 朗诵 科普 环保 垃圾分类 护河 夜巡 治安巡逻 义务消防 调解 法律咨询 志愿服务
    助老 助残 助学 理发 家电维修 便民服务 邻里互助 亲子 托管 乐器 编织 剪纸
    棋牌 门球 骑行 健身 柔力球 模特 秧歌 葫芦丝 养生 园艺
    """
)
FORMS = _words(
    """
    队 队 队 队 团 社 班 小组 协会 俱乐部 工作室 服务队
    服务站 中心
    """
)


@dataclass(frozen=True)
class Query:
    """A wording; `truth` is the entry meant, or None where nothing or nobody in particular is."""

    wording: str
    community: str | None
    truth: str | None


def district(size: int, seed: int = 1) -> list[Entry]:
    """`size` organisations in communities of about seventy, with former names for a quarter of the communities."""
    rng = random.Random(seed)
    pairs = [a + b for a in FIRST for b in SECOND if a != b]
    rng.shuffle(pairs)
    count = max(3, size // 70)
    shorts = [pairs[n % len(pairs)] + ("" if n < len(pairs) else str(n // len(pairs))) for n in range(count)]
    former = pairs[::-1]
    entries = [Entry("town", f"t{n}", town, (), None, town) for n, town in enumerate(TOWNS)]
    communities = []
    for n, short in enumerate(shorts):
        name, town = short + rng.choice(["社区", "村"]), TOWNS[n % len(TOWNS)]
        aliases = (former[n] + "村",) if n % 4 == 0 and n < len(former) // 2 else ()
        communities.append(Entry("community", f"c{n}", name, aliases, name, town))
    used: set[tuple[str, str]] = set()
    organizations: list[Entry] = []
    while len(organizations) < size:
        place = rng.choice(communities)
        core = rng.choice([*BRANDS, ""]) + rng.choice(THEMES) + rng.choice(FORMS)
        if (place.name, core) in used:
            continue
        used.add((place.name, core))
        prefix = rng.choice(["", "", place.town or "", "太仓市" + (place.town or "")])
        key = f"o{len(organizations)}"
        organizations.append(Entry("organization", key, prefix + place.name + core, (), place.name, place.town))
    return entries + communities + organizations


@cache
def _common() -> str:
    """The 3,755 common characters (GB 2312, level 1)."""
    return b"".join(bytes((row, cell)) for row in range(0xB0, 0xD8) for cell in range(0xA1, 0xFF)).decode(
        "gb2312", "ignore"
    )


@cache
def _alike(kind: str) -> dict[str, str]:
    sound = exact_sound if kind == "homophone" else folded_sound
    table: dict[str, str] = {}
    for char in _common():
        table[sound(char)] = table.get(sound(char), "") + char
    return table


def _resound(rng: random.Random, text: str, kind: str) -> str | None:
    """One or two characters replaced by others that sound the same, or the same to a dialect speaker."""
    sound = exact_sound if kind == "homophone" else folded_sound
    chars = list(text)
    for place in rng.sample(range(len(chars)), k=min(len(chars), rng.choice([1, 1, 2]))):
        others = [
            char
            for char in _alike(kind).get(sound(chars[place]), "")
            if char != chars[place] and (kind == "homophone" or exact_sound(char) != exact_sound(chars[place]))
        ]
        if others:
            chars[place] = rng.choice(others)
    changed = "".join(chars)
    return changed if changed != text else None


def _typo(rng: random.Random, text: str) -> str:
    place = rng.randrange(len(text))
    kind = rng.choice(["drop", "swap", "double", "wrong"])
    if kind == "drop":
        return text[:place] + text[place + 1 :]
    if kind == "swap" and place + 1 < len(text):
        return text[:place] + text[place + 1] + text[place] + text[place + 2 :]
    if kind == "double":
        return text[:place] + text[place] + text[place:]
    return text[:place] + rng.choice(_common()) + text[place + 1 :]


@dataclass
class World:
    """A district and what is needed to judge what a wording can mean in it."""

    entries: list[Entry]
    cores: dict[str, list[tuple[str, str]]]  # community -> (core, id)

    def meant(self, community: str, wording: str) -> list[str]:
        """Those of the community whose name contains the wording."""
        return [key for core, key in self.cores[community] if wording in core]


def world(size: int) -> World:
    entries = district(size)
    cores: dict[str, list[tuple[str, str]]] = {}
    for entry in entries:
        if entry.kind == "organization" and entry.community:
            core = entry.name[entry.name.index(entry.community) + len(entry.community) :]
            cores.setdefault(entry.community, []).append((core, entry.id))
    return World(entries, cores)


def queries(world: World, kind: str, count: int) -> Iterator[Query]:
    """`count` wordings of one kind, each with its sender and the entry it means."""
    rng = random.Random(kind)
    homes = sorted(world.cores)
    former = {entry.name: entry.aliases[0] for entry in world.entries if entry.kind == "community" and entry.aliases}
    made = 0
    while made < count:
        home = rng.choice(sorted(former.keys() & world.cores.keys()) if kind == "former" else homes)
        core, key = rng.choice(world.cores[home])
        query = _query(rng, world, kind, home, core, key, former.get(home, ""))
        if query:
            made += 1
            yield query


def _query(rng: random.Random, world: World, kind: str, home: str, core: str, key: str, former: str) -> Query | None:
    short = home.removesuffix("社区").removesuffix("村")
    tail = next((core[len(brand) :] for brand in BRANDS if core.startswith(brand)), core)
    if kind == "core":
        return Query(core, home, key)
    if kind == "nickname":
        wording = rng.choice([tail, core[:-1], core.removesuffix(tail), tail[:-1]])
        return Query(wording, home, key) if len(wording) >= 2 and world.meant(home, wording) == [key] else None
    if kind in ("place + nickname", "former"):
        place = short if kind == "place + nickname" else former
        return Query(place + tail, None, key) if world.meant(home, tail) == [key] else None
    if kind in ("homophone", "dialect"):
        heard = _resound(rng, core, kind)
        taken = heard and world.meant(home, heard)
        return Query(heard, home, key) if heard and not taken and len(core) >= 3 else None
    if kind == "homophone, place named":
        heard = _resound(rng, core, "homophone")
        return Query(short + heard, None, key) if heard and len(core) >= 4 else None
    if kind == "typo":
        wrong = _typo(rng, core)
        clash = any(wrong == other or wrong in other for other, _ in world.cores[home])
        return Query(wrong, home, key) if len(core) >= 4 and wrong != core and not clash else None
    if kind == "two of a name":
        return Query(tail, home, None) if len(world.meant(home, tail)) > 1 and tail != core else None
    if kind == "unknown, close":  # a team of the same kind, or one that differs by a character
        brand = core.removesuffix(tail)
        near = rng.choice([rng.choice(BRANDS), rng.choice(_common()) + brand[1:], brand[:-1] + rng.choice(_common())])
        clash = any(folded_sound(near + tail) in folded_sound(other) for other, _ in world.cores[home])
        return Query(near + tail, home, None) if brand and not clash else None
    name = rng.choice([*BRANDS, "飞鱼", "听雨轩", "金凤凰", "老街坊"]) + rng.choice(THEMES) + rng.choice(FORMS)
    return Query(name, home, None) if not world.meant(home, name) else None  # "unknown"


KINDS = (
    "core", "nickname", "place + nickname", "former", "homophone", "homophone, place named", "dialect", "typo",
    "two of a name", "unknown", "unknown, close",
)  # fmt: skip


def judge(vocabulary: Vocabulary, asked: list[Query]) -> tuple[float, float, float]:
    """Shares of first place, wrong link without asking, right link without asking."""
    first = wrong = right = 0
    for query in asked:
        match = vocabulary.resolve(query.wording, community=query.community)
        top = match.candidates[0][0].id if match else None
        first += top == query.truth
        if match and match.certain:
            right, wrong = right + (top == query.truth), wrong + (top != query.truth)
    return first / len(asked), wrong / len(asked), right / len(asked)


def _microseconds(function: Callable[[str], object], texts: list[str]) -> list[float]:
    times = []
    for text in texts:
        begin = time.perf_counter()
        function(text)
        times.append((time.perf_counter() - begin) * 1e6)
    return sorted(times)


def _resident() -> float:
    """Megabytes this process holds now."""
    with open("/proc/self/statm") as statm:
        return int(statm.read().split()[1]) * resource.getpagesize() / 1e6


def timings(vocabulary: Vocabulary, invented: World) -> dict[str, list[float]]:
    """Sorted microseconds of single calls."""
    home = next(iter(invented.cores))
    words = [query.wording for query in queries(invented, "homophone", 500)]
    texts = [f"登记活动 周六上午9点 社区活动室 {word}排练 20人"[:34] for word in words]
    nothing = ["三楼会议室明天下午两点半有个反诈讲座大概四十个人参加"] * 200
    return {
        "link": _microseconds(lambda word: vocabulary.link(word, community=home), words),
        "find": _microseconds(lambda text: vocabulary.find(text, community=home), texts),
        "find, no name": _microseconds(vocabulary.find, nothing),
    }


def main() -> None:
    for size in [int(argument) for argument in sys.argv[1:]] or [10_000]:
        count = 1000 if size <= 100_000 else 200
        invented = world(size)
        folded_sound("热")
        before = _resident()
        begin = time.perf_counter()
        vocabulary = Vocabulary.build(invented.entries)
        seconds = time.perf_counter() - begin
        print(f"\n{size:,} names: built in {seconds:.2f} s, {_resident() - before:.0f} MB")
        for kind in KINDS:
            first, wrong, right = judge(vocabulary, list(queries(invented, kind, count)))
            print(f"{kind:24} first {first:6.1%}  wrong unasked {wrong:6.2%}  right unasked {right:6.1%}")
        for label, times in timings(vocabulary, invented).items():
            print(f"{label:14} {times[len(times) // 2]:7.0f} µs median, {times[len(times) * 95 // 100]:7.0f} µs p95")


if __name__ == "__main__":
    main()
