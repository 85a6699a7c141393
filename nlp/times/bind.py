"""Joins expressions that belong together: bounds and counts to their recurrence, days to their clocks."""

import re
from typing import Final

from nlp.times.spec import Node

_NEAR: Final = re.compile(r"[\s,，;；的、:：()（）]{0,3}(?:开展|举办|起)?")


def bind(nodes: list[Node], text: str) -> list[Node]:
    """The nodes with recurrences bounded by their neighbours; what was absorbed next to them is gone."""
    kept = list(nodes)
    for node in nodes:
        if node.every is None or node not in kept:
            continue
        at = kept.index(node)
        if at and _binds_before(kept[at - 1], node, text):
            node.start = kept.pop(at - 1).start
        elif at and node.count and node.first is None and kept[at - 1].every is None:
            _borrow_clock(kept[at - 1], node)
        _bind_after(kept, node, text)
    return _without_sums([n for n in kept if not n.total], text)


def _without_sums(nodes: list[Node], text: str) -> list[Node]:
    """周六周日两天, 5号到7号三天: the sum of the days just named is no expression of its own."""
    kept: list[Node] = []
    for node in nodes:
        before = kept[-1] if kept else None
        plain = node.amounts is not None and not node.lead and not node.tail and {u for _, u in node.amounts} == {"d"}
        if (
            before
            and plain
            and (before.last or before.days)
            and text[before.end : node.start].strip("共的 ,，、") == ""
        ):
            before.end = node.end
        else:
            kept.append(node)
    return kept


def _borrow_clock(other: Node, node: Node) -> None:
    """早上6:30-8:30 志愿者5名 连续三天: the run begins at the clock said before it."""
    if other.first is not None and other.first.timed and (other.last is None or not other.last.dated):
        _lend_clock(other, node)


def _adjacent(left: Node, right: Node, text: str) -> bool:
    return bool(_NEAR.fullmatch(text, left.end, right.start))


def _binds_before(other: Node, node: Node, text: str) -> bool:
    """12月1日起每周六, 7月6号到8月14号 周一到周五 …, 明天开始连续三天."""
    if other.every or other.amounts or other.first is None or not _adjacent(other, node, text):
        return False
    if other.lead == "to":
        node.until = other.first
        return True
    if other.first.timed:
        return _lend_clock(other, node)
    if other.last is not None and not other.last.timed:
        node.since, node.until = other.first, other.last
        return True
    if other.tail in ("from", "after") or node.count:
        node.since = other.first
        return True
    whole = other.first.vacation or other.first.season is not None or other.first.quarter or other.first.half
    if other.tail == "" and not other.last and whole:
        node.since = node.until = other.first
        return True
    if (
        other.tail == ""
        and not other.last
        and (other.first.month or other.first.dmonth is not None)
        and other.first.day is None
    ):
        node.since = node.until = other.first
        return True
    return False


def _lend_clock(other: Node, node: Node) -> bool:
    """早上6:30-8:30 连续三天: the clock goes to the run of days."""
    if not node.count or (node.first is not None and node.first.timed) or (other.last is not None and other.last.dated):
        return False
    node.first, node.last = other.first, other.last
    if other.first is not None and other.first.dated:
        node.since = other.first
    return True


def _bind_after(nodes: list[Node], node: Node, text: str) -> None:
    for other in nodes[nodes.index(node) + 1 :]:
        if other.every is not None and not other.count:
            return
        used = _use(other, node)
        if used and _adjacent(node, other, text):
            node.end = max(node.end, other.end)
            nodes.remove(other)


def _use(other: Node, node: Node) -> bool:
    if other.count and (other.total or other.every) and not node.count and other is not node:
        node.count = other.count
        return True
    if other.first is None or other.first.timed:
        return False
    if other.lead == "to" and node.until is None:
        node.until = other.first
        return True
    if other.lead == "from" and other.last is not None and not other.last.timed and node.since is None:
        node.since, node.until = other.first, other.last
        return True
    if other.tail == "from" and node.since is None and other.last is None:
        node.since = other.first
        return True
    return False
