"""How a hazard is spoken of: its kind, how bad it is, and who is told what about it."""

from collections.abc import Mapping

from handlers import cases
from handlers.skill import (
    Role,
    Skill,
    Turn,
)
from models import duty, safety
from models.place import Community
from models.safety import CATEGORY, UNDER_WAY, Hazard

skill = Skill("safety")  # its words: safety.yaml, beside this file


def limit_days(turn: Turn, severity: str) -> int | None:
    """How many days putting it right may take, where the deployment has said so (`safety_days`, by severity)."""
    days = cases.setting(turn, "safety_days")
    return days.get(severity) if isinstance(days, Mapping) else days


def handed_over(turn: Turn, row: Hazard) -> str:
    """Tells those whose duty the hazard is; the place whose staff take it over."""
    community = turn.db.get(Community, row.community_id) if row.community_id else None
    on_duty = duty.responsible(turn.db, community, row.town_id, CATEGORY)
    news = skill.text(
        "news",
        no=row.no,
        type=row.hazard_type,
        place=cases.shown_place(row),
        severity=severity_name(row.severity),
        until=cases.day(row.due_on),
    )
    cases.tell(turn, on_duty.users, news, key="new", no=row.no, urgent=row.severity == "high")
    told = skill.text(f"who_{on_duty.level}", count=len(on_duty.users))
    at = cases.handed_to(turn, on_duty.level, community, row.town_id)
    return skill.text("who_at", place=at, who=told) if at else told


def severity_name(code: str) -> str:
    codes: Mapping[str, str] = skill.words["codes"]
    return next(name for name, known in codes.items() if known == code)


def in_hand(turn: Turn) -> tuple[str, ...]:
    """The states that are still somebody's work: for town and city also what was handed on to them."""
    return (*UNDER_WAY, "rectified", *(("transferred",) if turn.role >= Role.TOWN else ()))


def what(row: Hazard) -> str:
    """A hazard in a few words."""
    return f"{cases.shown_place(row) or ''}{called(row)}"


def called(row: Hazard) -> str:
    """The kind of a hazard as people speak of it: 消防隐患, 环境卫生问题."""
    return str(skill.words["called"].get(row.hazard_type) or skill.text("called", type=row.hazard_type))


def spread(turn: Turn, row: Hazard, step: str) -> str | None:
    """Tells the other side; what the sender is told of it."""
    staff = safety.handlers_of(turn.db, row)
    state = skill.words["states"][row.status]
    return cases.spread(turn, row, step, state, staff, what=what(row))
