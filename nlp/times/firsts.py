"""Tells with which characters a match of a pattern can begin, so that a scanner tries few patterns at each place."""

from re import _constants as ops  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any

_DIGITS = frozenset("0123456789")


def first_characters(pattern: str) -> tuple[frozenset[str], int]:
    """The characters a non-empty match can begin with, and how many groups the pattern has.

    Raises ValueError where a pattern may begin with a class too wide to list (a negated class, `.` or \\w).
    """
    parsed = parser.parse(pattern)
    found, _ = _sequence(list(parsed))
    return frozenset(found), parsed.state.groups - 1


def _sequence(items: list[Any]) -> tuple[set[str], bool]:
    """(first characters, whether it can match nothing) of items one after another."""
    found: set[str] = set()
    for op, value in items:
        chars, empty = _item(op, value)
        found |= chars
        if not empty:
            return found, False
    return found, True


def _item(op: Any, value: Any) -> tuple[set[str], bool]:
    if op in (ops.ASSERT, ops.ASSERT_NOT, ops.AT):
        return set(), True
    if op is ops.LITERAL:
        return {chr(value)}, False
    if op is ops.IN:
        return _members(value), False
    if op is ops.SUBPATTERN:
        return _sequence(list(value[-1]))
    if op in (ops.MAX_REPEAT, ops.MIN_REPEAT):
        chars, empty = _sequence(list(value[2]))
        return chars, empty or value[0] == 0
    if op is ops.BRANCH:
        parts = [_sequence(list(branch)) for branch in value[1]]
        return set().union(*(c for c, _ in parts)), any(e for _, e in parts)
    raise ValueError(f"a pattern begins with {op}")


def _members(items: list[Any]) -> set[str]:
    found: set[str] = set()
    for op, value in items:
        if op is ops.LITERAL:
            found.add(chr(value))
        elif op is ops.RANGE:
            found |= {chr(c) for c in range(value[0], value[1] + 1)}
        elif value is ops.CATEGORY_DIGIT:
            found |= _DIGITS
        elif value is ops.CATEGORY_SPACE:
            found |= set(" \t\n\r\f\v\u3000\u00a0")
        else:
            raise ValueError(f"a class begins with {op} {value}")
    return found
