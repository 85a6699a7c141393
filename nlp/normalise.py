"""Bring chat text into one form for the grammars while every character still knows where it came from."""

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, lru_cache

import opencc


@dataclass(frozen=True, slots=True)
class Normalised:
    """Text for the grammars; `offsets[i]` is where character i stands in `original`, the last one its end."""

    text: str
    original: str
    offsets: tuple[int, ...]

    def source(self, start: int, end: int) -> tuple[int, int]:
        """The half-open span of `original` behind `text[start:end]`, without what was dropped beside it."""
        if end <= start:
            return self.offsets[start], self.offsets[start]
        return self.offsets[start], self.offsets[end - 1] + 1

    def cut(self, start: int, end: int) -> str:
        """The characters of `original` behind `text[start:end]`."""
        first, last = self.source(start, end)
        return self.original[first:last]


def normalise(text: str) -> Normalised:
    """NFKC, simplified characters, one kind of dash and space, no emoji, no fillers, plain words for Wu ones.

    Letters keep their case. Chinese commas, colons and brackets become ASCII; 。 and 、 stay.
    """
    chars, offsets = _fold_all(text)
    plain = _simplify("".join(chars))
    plain, offsets = _rewrite(plain, offsets)
    first, last = len(plain) - len(plain.lstrip()), len(plain.rstrip())
    if last <= first:
        return _only_emoji(text)
    return Normalised(plain[first:last], text, (*offsets[first:last], len(text)))


# --- characters -------------------------------------------------------------------------------------------

_DASHES = dict.fromkeys("‐‑‒–—―─━−﹣⸺⸻", "-")
_SPECIAL = _DASHES | {
    "\n": "\n",
    "\r": "\n",
    "\u2028": "\n",
    "\u2029": "\n",
    "\t": " ",
    "○": "〇",
    "◯": "〇",
    "…": "…",
    "∶": ":",
}
_DROPPED = {
    "Mn",
    "Me",
    "Cf",
    "Cc",
    "Cs",
    "Co",
    "Cn",
}  # combining marks, joiners, controls, unpaired surrogates
_CIRCLED = re.compile("[①-⑳❶-❿➀-➉]")


@lru_cache(maxsize=4096)
def _fold(char: str) -> str:
    """The normalised characters for one that is neither a common ideograph nor printable ASCII."""
    if char in _SPECIAL:
        return _SPECIAL[char]
    if _CIRCLED.match(char):
        return f"({int(unicodedata.numeric(char))})"  # ①5人 must not become 15人
    category = unicodedata.category(char)
    if category == "So" and unicodedata.normalize("NFKC", char) == char:
        return " "
    if category in _DROPPED:
        return ""
    return "".join(c for c in unicodedata.normalize("NFKC", char) if unicodedata.category(c) not in _DROPPED)


def _fold_all(text: str) -> tuple[list[str], list[int]]:
    """Folded characters and, for each, the index it came from."""
    chars: list[str] = []
    offsets: list[int] = []
    for index, char in enumerate(text):
        folded = char if "一" <= char <= "鿿" or " " <= char <= "~" else _fold(char)
        if folded:
            chars.extend(folded)
            offsets.extend([index] * len(folded))
    return chars, offsets


@cache
def _converter() -> "opencc.OpenCC":
    return opencc.OpenCC("t2s")


def _simplify(text: str) -> str:
    converted: str = _converter().convert(text)
    if len(converted) == len(text):
        return converted
    return "".join(one if len(one := _converter().convert(char)) == 1 else char for char in text)


# --- words ------------------------------------------------------------------------------------------------

# Wu words that no time or number grammar reads; those read there (今朝, 夜里向, 上半日, 廿) stay.
_WU = {
    "呒没": "没有", "呒不": "没有", "无没": "没有", "阿有": "有没有", "阿是": "是不是",
    "阿要": "要不要", "阿能": "能不能", "啥人": "谁", "啥辰光": "什么时候", "辰光": "时候",
    "吵相骂": "吵架", "隔壁头": "隔壁", "小囡": "小孩", "困觉": "睡觉", "几化": "多少",
    "几钿": "多少钱", "铜钿": "钱", "事体": "事情", "物事": "东西", "屋里向": "家里", "门口头": "门口",
    "勿来三": "不行", "勿来塞": "不行", "白相": "玩", "搿个": "这个", "搿": "这", "迭个": "这个",
    "伲子": "儿子", "伲": "我们", "倷": "你", "侬": "你", "汏": "洗", "落雨": "下雨", "日脚": "日子",
}  # fmt: skip
_WECHAT_FACES = (
    "微笑|撇嘴|色|发呆|得意|流泪|害羞|闭嘴|睡|大哭|尴尬|发怒|调皮|呲牙|惊讶|难过|囧|抓狂|吐|偷笑|愉快|"
    "白眼|傲慢|困|惊恐|憨笑|悠闲|咒骂|疑问|嘘|晕|衰|骷髅|敲打|再见|擦汗|抠鼻|鼓掌|坏笑|右哼哼|鄙视|"
    "委屈|快哭了|阴险|亲亲|可怜|笑脸|生病|脸红|破涕为笑|恐惧|失望|无语|嘿哈|捂脸|奸笑|机智|皱眉|耶|"
    "吃瓜|加油|汗|天啊|Emm|社会社会|旺柴|好的|打脸|哇|翻白眼|666|让我看看|叹气|苦涩|裂开|嘴唇|爱心|"
    "心碎|拥抱|强|弱|握手|胜利|抱拳|勾引|拳头|OK|合十|啤酒|咖啡|蛋糕|玫瑰|凋谢|菜刀|炸弹|便便|月亮|"
    "太阳|庆祝|礼物|红包|發|发|福|烟花|爆竹|猪头|跳跳|发抖|转圈"
)
_AHEAD_OF_TIME = "[今明后昨]天|[今明]晚|[今明后]朝|[上下这本]个?(?:周|礼拜|星期)|周[一二三四五六日天]|星期|礼拜"


def _halve(run: str) -> str:
    """One of the words a stutter repeats."""
    return next(run[:size] for size in range(1, len(run) + 1) if run[:size] * (len(run) // size) == run)


# The first alternative that matches wins; its name finds the replacement.
_RULES: list[tuple[str, str | Callable[[str], str]]] = [
    (r"[^\S\n]*\n\s*", "\n"),
    (r"[^\S\n]{2,}", " "),
    (rf"\[(?:{_WECHAT_FACES})\]", " "),
    (r"\.{2,}|…+", "…"),
    (r"(?P<mark>[!?,。、;:~-])(?P=mark)+", lambda run: run[0]),
    (r"(?<=[\d一二三四五六七八九十月])曰", "日"),
    (r"(?<=\d)[oO](?=[\d年月日号点:人户元]|$)", "0"),
    (r"(?<=\d)[lI](?=[\d年月日号点:])", "1"),
    (r"(?<=[一二三四五六七八九〇零])[oO0]+(?=[一二三四五六七八九])", lambda run: "〇" * len(run)),
    (r"(?P<word>那个|这个|就是|然后|我们|帮我|我)(?P=word)+", _halve),
    (rf"(?:那个|这个|呃|嗯)+(?={_AHEAD_OF_TIME})", ""),
    (r"呃+|(?<=\w)[嗯唔]+(?=\w)", ""),
    *((re.escape(word), _WU[word]) for word in sorted(_WU, key=len, reverse=True)),
    (r"阿拉(?![伯善木丁斯法巴])", "我们"),
    (r"伊拉(?!克)", "他们"),
    (r"(?<![请切])勿(?![忘论谓])", "不"),
]
_REPLACEMENTS = {f"r{n}": replacement for n, (_, replacement) in enumerate(_RULES)}
# Most characters begin no rule: looking at the first one keeps the long alternation away from them.
_BEGINS = r"\s\[.…!?,。、;:~\-曰oO0lI那这就然我帮呃嗯唔阿伊勿" + "".join({word[0] for word in _WU})
_ANY_RULE = re.compile(
    rf"(?=[{_BEGINS}])(?:" + "|".join(f"(?P<r{n}>{pattern})" for n, (pattern, _) in enumerate(_RULES)) + ")"
)


def _rewrite(text: str, offsets: list[int]) -> tuple[str, list[int]]:
    """Apply the rules once, left to right; a rewritten word keeps its first and last source characters."""
    pieces: list[str] = []
    places: list[int] = []
    done = 0
    for match in _ANY_RULE.finditer(text):
        rule = _REPLACEMENTS[match.lastgroup or ""]
        new = rule if isinstance(rule, str) else rule(match.group())
        pieces += (text[done : match.start()], new)
        places += offsets[done : match.start()]
        places += _spread(offsets[match.start() : match.end()], len(new))
        done = match.end()
    return "".join((*pieces, text[done:])), places + offsets[done:]


def _spread(sources: list[int], size: int) -> list[int]:
    if size <= 1:
        return sources[:size]
    return [sources[index * (len(sources) - 1) // (size - 1)] for index in range(size)]


_THUMBS = re.compile(r"[👍👌🆗✅]|\[(?:强|OK|好的|耶|抱拳|握手)\]")


def _only_emoji(text: str) -> Normalised:
    """A lone 👍 is a yes; a lone 🌹 says nothing."""
    match = _THUMBS.search(text)
    if not match:
        return Normalised("", text, (len(text),))
    return Normalised("好的", text, (match.start(), match.end() - 1, len(text)))
