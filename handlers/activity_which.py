"""Which activity a sentence means: by number, by what it names, or the one just made."""

from handlers.activity_words import choose
from handlers.skill import Form, Refused, Turn, When
from models import activity
from models.activity import Activity


class Which(Form):
    """What names an existing activity."""

    ticket_no: str | None = None
    title: str | None = None
    organization: str | None = None
    organization_id: str | None = None
    start: When | None = None


def candidates(turn: Turn, form: Which, *, ignore_day: bool = False) -> list[Activity]:
    """Activities the words may mean: by number, else by what is named, else the one just made, else any still open."""
    organizer = turn.organization(form) if form.organization_id else None
    day = None if ignore_day or form.start is None else str(form.start)
    named = bool(form.title or organizer or day)
    last = turn.last if turn.last and turn.last.startswith(activity.PREFIX) and not named else None
    if form.ticket_no or last:
        return activity.matching(turn.db, turn.user, ticket_no=form.ticket_no or last)
    return activity.matching(
        turn.db,
        turn.user,
        title=form.title,
        organization_id=organizer.id if organizer else None,
        day=day,
        open_only=not form.title,
    )


def pick(turn: Turn, form: Which, *, ignore_day: bool = False) -> Activity:
    """The one activity meant; what is over and reported gives way to what is still to come."""
    found = candidates(turn, form, ignore_day=ignore_day)
    found = [row for row in found if row.status == activity.PLANNED] or found
    if not found:
        raise Refused("no_such" if form.ticket_no else "unknown", ticket_no=form.ticket_no, title=form.title)
    return found[0] if len(found) == 1 else choose(found)
