"""How a dispute is spoken of: its kind, its next meeting, and who is told what about it."""

from handlers import cases
from handlers.skill import Role, Skill, Turn, When
from models import dispute, duty
from models.dispute import CATEGORY, UNDER_WAY, Dispute
from models.place import Community

skill = Skill("dispute")  # its words: dispute.yaml, beside this file


def handed_over(turn: Turn, row: Dispute) -> str:
    """Tells those whose duty the dispute is; the place whose staff take it over, and its organisations of mediators."""
    community = turn.db.get(Community, row.community_id) if row.community_id else None
    on_duty = duty.responsible(turn.db, community, row.town_id, CATEGORY)
    place, until = cases.shown_place(row), cases.day(row.due_on)
    news = skill.text("news", no=row.no, type=row.dispute_type, place=place, until=until)
    cases.tell(turn, on_duty.users, news, key="new", no=row.no)
    names = [one.name for one in on_duty.organizations]
    told = skill.text(
        f"who_{'organization' if names else on_duty.level}", organizations=names, count=len(on_duty.users)
    )
    at = cases.handed_to(turn, on_duty.level, community, row.town_id)
    return skill.text("who_at", place=at, who=told) if at else told


def in_hand(turn: Turn) -> tuple[str, ...]:
    """The states that are still somebody's work: for town and city also what was handed on to them."""
    return (*UNDER_WAY, "transferred") if turn.role >= Role.TOWN else UNDER_WAY


def upcoming(turn: Turn, row: Dispute) -> When | None:
    """The next meeting, while it is still to come."""
    when = When(row.next_at) if row.next_at and row.status in (*UNDER_WAY, "failed") else None
    return when if when and when.over() > turn.now else None


def what(row: Dispute) -> str:
    """A dispute in a few words that name nobody."""
    return f"{cases.shown_place(row) or ''}{called(row)}"


def called(row: Dispute) -> str:
    """The kind of a dispute as people speak of it: 邻里纠纷, 劳动争议."""
    return str(skill.words["called"].get(row.dispute_type) or skill.text("called", type=row.dispute_type))


def spread(turn: Turn, row: Dispute, step: str) -> str | None:
    """Tells the other side; what the sender is told of it."""
    staff = dispute.handlers_of(turn.db, row)
    state = skill.words["states"][row.status]
    return cases.spread(turn, row, step, state, staff, what=what(row), next_at=upcoming(turn, row))
