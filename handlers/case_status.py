"""Cases asked about: the one of a number or a place, else the list of what is in hand or was reported."""

from collections.abc import Callable
from typing import Any, Protocol

from handlers import cases, words
from handlers.skill import Refused, Reply, Skill, Turn
from models import duty
from models.period import period_bounds

PAGE = 8  # lines of one list


class Asked(Protocol):
    """What a question about cases may name; `wide` asks for what is over, too."""

    ticket_no: str | None
    building: str | None
    place: str | None
    community: str | None
    period: str | None
    wide: bool


class Cases(Protocol):
    """The model of one kind of case."""

    @property
    def CATEGORY(self) -> str: ...  # noqa: N802  a constant of the module

    def get(self, db: Any, user: Any, no: str) -> Any: ...

    def matching(self, db: Any, user: Any, **narrowed: Any) -> list[Any]: ...


def answer(
    turn: Turn,
    form: Asked,
    skill: Skill,
    model: Cases,
    in_hand: tuple[str, ...],
    one: Callable[[Turn, Any], Reply],
    line: Callable[[Turn, Any], str],
    key: str,
) -> Reply:
    """Those whose duty it is see what is still to be done (`in_hand`), everybody else what they reported.

    Several are listed to pick one from, by the reply `key`.
    """
    if form.ticket_no:
        row = model.get(turn.db, turn.user, form.ticket_no.upper())
        return one(turn, row) if row else Reply(skill.text("unknown", no=form.ticket_no))
    staff = duty.serves(turn.db, turn.user, model.CATEGORY)
    everything = form.wide or form.period is not None
    found = sought(turn, form, model, in_hand if staff and not everything else ())
    if not found:
        empty = "none_mine" if not staff else "none_all" if everything else "none_open"
        return Reply(skill.words["looked_up"][empty])
    if len(found) == 1:
        return one(turn, found[0])
    told = skill.words["looked_up"]
    title = told["title_mine" if not staff else "title_all" if everything else "title_open"]
    count = f"{PAGE}+" if len(found) > PAGE else len(found)
    more = words.sentence(told["more"], {"shown": PAGE}) if len(found) > PAGE else None
    choices = [(row.no, line(turn, row)) for row in found[:PAGE]]
    raise Refused(key, ask="ticket_no", choices=choices, title=title, count=count, more=more)


def sought(turn: Turn, form: Asked, model: Cases, statuses: tuple[str, ...]) -> list[Any]:
    """The cases of the community and period that are named, at the place that is named where there are some."""
    since, until = period_bounds(form.period)
    community = duty.community_in(turn.db, form.community)
    narrowed = {"community_id": community.id if community else None, "since": since, "until": until}
    found = model.matching(turn.db, turn.user, statuses=statuses, **narrowed)
    return cases.meant(found, form.place, form.building) or found
