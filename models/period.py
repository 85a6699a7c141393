"""Periods of the contract (2026, 2026-Q3, 2026-10, 2026-W47, a day, a range of days) as days."""

from datetime import date, timedelta


def period_bounds(period: str | None) -> tuple[str | None, str | None]:
    """(first day, day after the last) of a contract period: a year, quarter, month, week, day, or range of days."""
    if not period:
        return None, None
    first, last = _days(period)
    return first.isoformat(), (last + timedelta(days=1)).isoformat()


def _days(period: str) -> tuple[date, date]:
    if "/" in period:
        first, last = period.split("/")
        return date.fromisoformat(first[:10]), date.fromisoformat(last[:10])
    year, _, rest = period.partition("-")
    if not rest:
        return date(int(year), 1, 1), date(int(year), 12, 31)
    if rest.startswith("Q"):
        month = int(rest[1]) * 3
        return date(int(year), month - 2, 1), last_of_month(int(year), month)
    if rest.startswith("W"):
        monday = date.fromisocalendar(int(year), int(rest[1:]), 1)
        return monday, monday + timedelta(days=6)
    if len(rest) == 2:
        return date(int(year), int(rest), 1), last_of_month(int(year), int(rest))
    day = date.fromisoformat(period[:10])
    return day, day


def last_of_month(year: int, month: int) -> date:
    return date(year + month // 12, month % 12 + 1, 1) - timedelta(days=1)
