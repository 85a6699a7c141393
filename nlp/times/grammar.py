"""Joins tokens into expressions: moments, ranges, bounds, lengths and recurrences."""

import re
from dataclasses import replace
from typing import Final

from nlp.times.spec import Node, Spec
from nlp.times.tokens import Token

_MOMENT: Final = {"date", "md", "part", "dp", "clock", "now"}
_GAP: Final = re.compile(r"[ \t\u3000]*(?:的(?!话)|那天的?|这天的?|当天的?|这一天|那一天|全天|辰光)?[ \t\u3000]*")
_LOOSE: Final = re.compile(r"\s*(?:的(?!话)|那天的?|这天的?|当天的?|[,，;；:：]|\(|（)?\s*")
_SUFFIX: Final = re.compile(r"(?:那天|这天|当天|当日|那一天|这一天|节气|全天)(?!的?[一二三四五六七八九十\d])|辰光")
_LIST: Final = re.compile(r"\s?(?:、|和|及|与|,|，|跟)?\s?")
_BRIEF: Final = re.compile(r"[\s,，、的:：（(]{0,3}")


# What stands around a digit date (4.23), and what around a quantity.
_DATE_AFTER: Final = re.compile(
    r"\s?(?:周|星期|礼拜|[(（](?:周|星期)|上午|下午|晚上|早上|中午|傍晚|晚|早|[012]?\d[:：点]|那天|当天)"
)
_RANGE_AFTER: Final = re.compile(r"\s?(?:-|~|—|–|至|到)\s?\d{1,2}[./]\d{1,2}(?!\d)")
_RANGE_OF_THINGS: Final = re.compile(r"\s?(?:-|~|—|–|至|到)\s?\d{1,2}[./]\d{1,2}(?:小时|个|元|分|米)")
_RANGE_BEFORE: Final = re.compile(r"\d[./]\d{1,2}\s?(?:-|~|—|–|至|到)\s?$")
_UNIT_AFTER: Final = re.compile(
    r"\s?(?:小时|个|岁|年|分(?!钟)|届|条|次|户|人|名|亿|吨|寸|线(?!上|下)|区|g|G|T|c|k|m|M|K|\d|[*×x+=万千百])"
)
_DATE_BEFORE: Final = re.compile(
    r"(?:课|班|赛|讲座|培训|活动|晚会|排练|演出)$|"
    r"(?:时间|日期|定[在于]|改[到为至]|[于在从自到]|推迟到|提前到)[:：是 ]?$"
)
_EDGE_BEFORE: Final = re.compile(r"(?:^|[\s,，。;；:：、])$")
_EDGE_AFTER: Final = re.compile(r"$|[\s,，]|[\u4e00-\u9fff]")
_OCCASION: Final = re.compile(r"学雷锋|妇女|活动|消费|植树|儿童|劳动|青年")


def _steps(token: Token) -> int:
    """冬至前一天, 国庆第二天, 春节前一周: how many days a word leads away from the day before it."""
    if token.fill.get("next") and "dday" in token.fill:
        return 1
    count, unit = token.fill.get("firsts", (0, ""))
    return -count * (7 if unit == "w" else 1) if unit in ("d", "w") else 0


def _weekday_of_week(spec: Spec) -> None:
    """第二周周三 and 最后一周的周五 of a month are its second Wednesday and its last Friday."""
    last = spec.firsts == (-1, "w")
    if spec.weekday is not None and (spec.nthweek is not None or last) and not spec.year and spec.dyear is None:
        spec.nth, spec.nthweek, spec.firsts = -1 if last else spec.nthweek, None, None


def _same_kind(token: Token, spec: Spec) -> bool:
    """Whether a token adds one more day of the kind a recurrence already names."""
    if "day" in token.fill:
        return "month" not in token.fill and spec.day is not None
    return set(token.fill) == {"weekday"} and spec.weekday is not None


def _outlasts(spec: Spec, node: Node) -> bool:
    """每周四到1月28日: a date after a weekday is the last day, not another weekday."""
    return spec.day is not None and node.first is not None and node.first.weekday is not None


def _one_day(spec: Spec) -> bool:
    return any((spec.named, spec.day, spec.weekday is not None, spec.dday is not None))


class Grammar:
    """One reading pass over the tokens of a text."""

    def __init__(self, text: str, tokens: list[Token]) -> None:
        self.text = text
        self.tokens = tokens
        self.at = 0

    def read(self) -> list[Node]:
        """All expressions of the text, in order."""
        nodes: list[Node] = []
        while self.at < len(self.tokens):
            before = self.at
            node = self._expression()
            if node is not None:
                nodes.append(node)
            if self.at == before:
                self.at += 1
        return nodes

    # --- helpers over the token stream
    def _peek(self, kinds: set[str], end: int, gap: re.Pattern[str] = _GAP) -> Token | None:
        """The next token, if it is of a kind and only a gap lies before it."""
        if self.at >= len(self.tokens):
            return None
        token = self.tokens[self.at]
        if token.kind in kinds and gap.fullmatch(self.text, end, token.start):
            return token
        return None

    def _next(self, kinds: set[str], end: int, gap: re.Pattern[str] = _GAP) -> Token | None:
        token = self._peek(kinds, end, gap)
        if token is not None:
            self.at += 1
        return token

    # --- rules
    def _expression(self) -> Node | None:
        token = self.tokens[self.at]
        rule = {
            "every": self._recurrence, "freq": self._frequency, "run": self._run, "wlist": self._weekdays,
            "dur": self._length, "lead": self._led, "total": self._total, "sep": self._open_end,
        }.get(token.kind)  # fmt: skip
        if rule is not None:
            return rule()
        return self._when() if token.kind in _MOMENT else None

    def _moment(self) -> tuple[Spec, int, int] | None:
        """The longest run of tokens from here that describe one moment: (spec, start, end)."""
        if self.at >= len(self.tokens) or self.tokens[self.at].kind not in _MOMENT:
            return None
        token = self.tokens[self.at]
        if token.kind == "md" and not self._credible(token):
            return None
        spec = Spec()
        if not spec.take(token.fill, token.rank):
            return None
        self.at += 1
        return spec, token.start, self._more(spec, token.end)

    def _more(self, spec: Spec, end: int) -> int:
        """Adds the tokens that follow to a moment; returns where it ends now."""
        while True:
            inner = self._bracketed(spec, end)
            if inner:
                end = inner
                continue
            token = self._peek(_MOMENT, end) or self._finer(spec, end)
            if token is None:
                break
            if token.kind == "dp" and self.text[token.start] == "当" and spec.dated and not spec.timed:  # 中秋当晚
                spec.part, spec.rank = token.fill["part"], 5
                self.at, end = self.at + 1, token.end
                continue
            if spec.hour is not None and spec.part is None and token.fill.get("word", "").lower() in ("am", "pm"):
                spec.part, spec.word = token.fill["part"], token.fill["word"]
                self.at, end = self.at + 1, token.end
                continue
            if token.fill.get("dday") == 0 and spec.dated and self.text[token.start] == "当" and token.kind == "date":
                self.at, end = self.at + 1, token.end
                continue
            if spec.dated and not spec.timed and not spec.plus and _steps(token) and _one_day(spec):
                spec.plus = _steps(token)
                self.at, end = self.at + 1, token.end
                continue
            if token.kind == "md" or not spec.take(token.fill, token.rank):
                break
            self.at, end = self.at + 1, token.end
        _weekday_of_week(spec)
        suffix = _SUFFIX.match(self.text, end) if spec.dated and not spec.timed else None
        return suffix.end() if suffix else end

    def _bracketed(self, spec: Spec, end: int) -> int:
        """周六（11月28日）, 12月3日（农历十月廿五）: the end of a bracketed date, which dates a bare weekday."""
        if self.text[end : end + 1] not in ("(", "（") or not spec.dated or spec.timed:
            return 0
        mark = self.at
        found = self._moment_after(end + 1)
        if (
            found is None
            or found[0].timed
            or not found[0].says_day
            or self.text[found[2] : found[2] + 1] not in (")", "）")
        ):
            self.at = mark
            return 0
        inner = found[0]
        if (
            spec.month is None
            and spec.day is None
            and not spec.named
            and not spec.lunar
            and inner.day
            and not inner.lunar
        ):
            spec.year, spec.month, spec.day = inner.year, inner.month, inner.day
            spec.dday = spec.dweek = None
        return found[2] + 1

    def _finer(self, spec: Spec, end: int) -> Token | None:
        token = self._peek(_MOMENT, end, _LOOSE)
        return token if token is not None and token.rank > spec.rank and token.kind != "md" else None

    def _credible(self, token: Token) -> bool:
        """Whether 4.23, 11/24 or 12-05 stands where a date would, not a quantity, a share or a door."""
        before, after = self.text[: token.start], self.text[token.end :]
        mark, body = token.fill["mark"], self.text[token.start : token.end]
        if body[-1] in "日号" or _DATE_AFTER.match(after):
            return True
        padded = len(body) == 5
        if mark == "-" and not padded and body[0] != "0":
            return False
        if _RANGE_AFTER.match(after):
            return not _RANGE_OF_THINGS.match(after)
        if _RANGE_BEFORE.search(before):
            return True
        if _UNIT_AFTER.match(after):
            return False
        if _DATE_BEFORE.search(before):
            return True
        alone = _EDGE_BEFORE.search(before) and _EDGE_AFTER.match(after)
        return bool(alone) and (mark == "/" or len(body) >= 4 or bool(_OCCASION.match(after)))

    def _when(self) -> Node | None:
        found = self._moment()
        if found is None:
            return None
        spec, start, end = found
        node = Node(start, end, first=spec)
        self._to_range(node)
        if node.every is not None:
            return node
        if node.last is None:
            self._to_list(node)
        self._to_tail(node)
        return node

    def _to_list(self, node: Node) -> None:
        """28号、29号, 9月10号，11号，12号: neighbouring days are one range."""
        spec = node.first
        day = spec.day if spec is not None and not spec.timed and not spec.today else None
        while day is not None:
            token = self._peek({"date"}, node.end, _LIST)
            if token is None or set(token.fill) != {"day"} or token.fill["day"] != day + 1:
                return
            day += 1
            node.last, node.end = Spec(day=day, rank=3), token.end
            self.at += 1
            paren = self._peek({"date"}, node.end)
            if paren is not None and paren.fill.get("paren"):
                self.at, node.end = self.at + 1, paren.end

    def _to_range(self, node: Node) -> None:
        mark = self.at
        sep = self._next({"sep"}, node.end)
        if sep is None:
            tail = self._peek({"tail"}, node.end)
            if tail is None or tail.fill["tail"] != "from":
                return
            self.at += 1
            sep = self._next({"sep"}, tail.end, _LOOSE)
            if sep is None:
                self.at = mark
                return
        found = self._moment_after(sep.end)
        if found is None:
            self.at = mark
            return
        node.last, node.end = found[0], found[2]
        self._to_daily(node)
        stop = self._peek({"tail"}, node.end)
        if stop is not None and stop.fill["tail"] == "until":
            self.at, node.end = self.at + 1, stop.end

    def _to_daily(self, node: Node) -> None:
        """12月5日至7日上午9点到11点: a clock range after a range of days recurs on each of them."""
        first, last = node.first, node.last
        if first is None or last is None or first.timed or not (first.dated and last.dated and last.hour is not None):
            return
        mark = self.at
        sep = self._next({"sep"}, node.end)
        found = self._moment_after(sep.end) if sep else None
        if found is None or found[0].dated:
            self.at = mark
            return
        clock = last.clock_only()
        until = replace(last, part=None, hour=None, minute=0, second=None, rank=4)
        node.every, node.since, node.until = ("d", 1), first, until
        node.first, node.last, node.end = clock, found[0], found[2]

    def _moment_after(self, end: int) -> tuple[Spec, int, int] | None:
        if self.at < len(self.tokens) and not self.text[end : self.tokens[self.at].start].strip(" \t\u3000"):
            return self._moment()
        return None

    def _to_tail(self, node: Node) -> None:
        token = self._peek({"tail"}, node.end)
        if token is None or (node.last is not None and token.fill["tail"] in ("from", "since")):
            return
        self.at, node.end, node.tail = self.at + 1, token.end, token.fill["tail"]
        if node.tail == "until":
            node.tail = "before"

    def _led(self) -> Node | None:
        token = self.tokens[self.at]
        lead = token.fill["lead"]
        self.at += 1
        if lead in ("past", "coming", "in"):
            return self._led_length(token, lead)
        if self.at >= len(self.tokens) or self.text[token.end : self.tokens[self.at].start].strip():
            return None
        node = self._when()
        if node is None:
            return None
        if lead == "before":
            node.start, node.tail, node.lead = token.start, "before", "to"
        elif node.last is not None or node.tail in ("from", "since", "after"):
            node.start, node.lead = token.start, lead
        return node

    def _led_length(self, token: Token, lead: str) -> Node | None:
        dur = self._next({"dur"}, token.end) or self._bare_months(token, lead)
        if dur is None:
            return None
        node = Node(token.start, dur.end, amounts=dur.fill["amounts"], lead=lead)
        tail = self._peek({"tail"}, dur.end)
        if tail is not None and tail.fill["tail"] in ("within", "after", "since"):
            self.at, node.end = self.at + 1, tail.end
        return node

    def _bare_months(self, token: Token, lead: str) -> Token | None:
        """近三月: after 近 and 未来 a month is a count of months."""
        month = self._peek({"date"}, token.end)
        if month is None or set(month.fill) != {"month"} or lead == "in":
            return None
        self.at += 1
        return Token("dur", month.start, month.end, {"amounts": [(float(month.fill["month"]), "M")]})

    def _length(self) -> Node | None:
        token = self.tokens[self.at]
        self.at += 1
        amounts = token.fill["amounts"]
        tail = self._peek({"tail"}, token.end)
        if tail is None or tail.fill["tail"] not in ("before", "after", "within", "since"):
            # 几个小时 asks or hedges; only 几天后 and the like say something.
            return None if self.text[token.start] == "几" else Node(token.start, token.end, amounts=amounts)
        self.at += 1
        kind = tail.fill["tail"]
        if kind in ("within", "since"):
            return Node(token.start, tail.end, amounts=amounts, tail=kind)
        sign = 1 if kind == "after" else -1
        spec = Spec(offset=[(sign * n, u) for n, u in amounts], rank=3)
        node = Node(token.start, self._more(spec, tail.end), first=spec)
        self._to_range(node)
        return node

    def _weekdays(self) -> Node:
        """周一到周五 …: a range of days, or a weekly recurrence where a clock or a third day follows."""
        token = self.tokens[self.at]
        self.at += 1
        days = token.fill.get("days") or [token.fill["weekday"]]
        node = Node(token.start, token.end, days=days)
        self._fill_recurrence(node)
        if node.first is not None or days[-1] - days[0] >= len(days):
            node.every = ("w", 1)
        return node

    def _recurrence(self) -> Node:
        token = self.tokens[self.at]
        self.at += 1
        node = Node(
            token.start, token.end, every=(token.fill["every"], token.fill["interval"]), days=token.fill.get("days")
        )
        if "part" in token.fill:
            node.first = Spec(part=token.fill["part"], rank=5)
        again = self._peek({"wlist"}, token.end)
        if again is not None:
            self.at, node.end, node.days = self.at + 1, again.end, again.fill.get("days") or [again.fill["weekday"]]
        self._fill_recurrence(node)
        return node

    def _frequency(self) -> Node:
        token = self.tokens[self.at]
        self.at += 1
        return Node(token.start, token.end, every=(token.fill["every"], token.fill["interval"]))

    def _fill_recurrence(self, node: Node) -> None:
        """Reads the moment, further days, the end of a clock range and the last day of a recurrence."""
        inner = self._next({"every"}, node.end)  # 每周一到周五每天上午
        if inner is not None:
            node.end = inner.end
            if "part" in inner.fill:
                node.first = Spec(part=inner.fill["part"], rank=5)
        spec = node.first or Spec()
        end = self._more(spec, node.end)
        if spec.rank:
            node.first, node.end = spec, end
        self._further_days(node)
        self._until(node)

    def _further_days(self, node: Node) -> None:
        """每月1号和15号, 每月初一、十五, 每周二和每周四: more days of the same kind."""
        while node.first is not None and not node.first.timed and node.first.dated:
            token = self._peek({"date"}, node.end, _LIST)
            if token is None or not _same_kind(token, node.first):
                return
            extra = Spec()
            extra.take(token.fill, token.rank)
            self.at += 1
            node.more.append(extra)
            later = Spec(rank=4)
            node.end = self._more(later, token.end)
            if later.timed:
                node.first = node.first.at_clock_of(later)

    def _until(self, node: Node) -> None:
        for _ in range(2):
            mark = self.at
            sep = self._next({"sep"}, node.end)
            if sep is None:
                return
            found = self._moment_after(sep.end)
            if found is None:
                self.at = mark
                return
            spec, _start, end = found
            if spec.timed and node.last is None and node.first is not None:
                node.last, node.end = spec, end
            elif (node.first is not None and node.first.timed) or node.days or node.every:
                if not node.first or node.first.timed or node.days or not node.first.dated or _outlasts(spec, node):
                    node.until, node.end = spec, end
                else:
                    node.last, node.end = spec, end

    def _run(self) -> Node:
        token = self.tokens[self.at]
        self.at += 1
        node = Node(token.start, token.end, every=(token.fill["unit"], 1), count=token.fill["count"])
        if "part" in token.fill:
            node.first = Spec(part=token.fill["part"], rank=5)
        self._fill_recurrence(node)
        return node

    def _total(self) -> Node:
        token = self.tokens[self.at]
        self.at += 1
        return Node(token.start, token.end, count=token.fill["count"], total=True)

    def _open_end(self) -> Node | None:
        """到年底 without a beginning: the end of something said elsewhere."""
        token = self.tokens[self.at]
        self.at += 1
        if self.text[token.start] not in "到至直一" or (
            token.start and self.text[token.start - 1] in "改推约定调移换延拖等提挪迟前放碰赶排得想做找"
        ):
            return None
        if token.start and not re.match(r"[\s,，。;；\d\u4e00-\u9fff]", self.text[token.start - 1]):
            return None
        found = self._moment_after(token.end)
        if found is None:
            return None
        spec, _start, end = found
        node = Node(token.start, end, first=spec, lead="to")
        self._to_tail(node)
        node.tail = node.tail or "before"
        return node
