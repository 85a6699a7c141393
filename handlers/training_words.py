"""What answers about trainings are made of: when one is, its topics, who was there, which one is meant."""

import re
from dataclasses import dataclass, field
from typing import Any, NoReturn

from handlers import words, yearly
from handlers.skill import Form, Organization, Refused, Role, Skill, Turn, When
from models import coverage, messages, organization, training, training_signup
from models.place import Community
from models.training import Training

skill = Skill("training")  # its words: training.yaml, beside this file
ALL, UNTOLD = "*", "?"  # choices instead of names: everybody of the place; nobody can say
CHOICES = 8
MORE = 1  # signs left of a sentence that speaks of no training in particular


def shown(row: Training, at: When | None = None) -> str:
    """When it is, as people say it; of a series its rule and its hour."""
    start, end = at or When(row.start), When(row.end) if row.end else None
    rule = words.repeated(row.repeat)
    if rule:
        return skill.text("series", rule=rule, first=words.span(start, end if at is None else None))
    return words.span(start, end)


def line(row: Training, *more: str | None) -> str:
    return words.joined(row.title, shown(row), row.place, *more)


def topics_of(title: str) -> list[str]:
    """Which of the policy's four topics a title speaks of."""
    table = skill.words["topics"]
    return [topic for topic in training.TOPICS if any(sign in title for sign in table[topic])]


def facts_of(turn: Turn, row: Training) -> dict[str, Any]:
    """What may be said of a training to anybody."""
    community = turn.db.get(Community, row.community_id) if row.community_id else None
    return {
        "no": row.no,
        "title": row.title,
        "when": words.in_year(When(row.start), shown(row), turn.now.year),
        "place": row.place,
        "community": community.name if community else None,
        "topics": row.topics or None,
        "headcount": row.headcount,
        "hours": row.hours,
        "coming": training_signup.coming(turn.db, row) or None,
        "teams": [one.name for one in training.attending(turn.db, row)] or None,
    }


@dataclass(frozen=True)
class Came:
    """Organisations a sentence names: those that count, names nobody bears, those the speaker does not answer for."""

    teams: list[Organization] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)
    outside: list[str] = field(default_factory=list)

    def told(self) -> dict[str, Any]:
        return {"unknown": self.unknown or None, "outside": self.outside or None}


def came(turn: Turn, form: Any) -> Came:
    """Who was there, or is sent: of a leader their own organisation alone; of staff all they name and answer for."""
    if turn.role < Role.WORKER:
        own = turn.organization(Form())
        return Came([own] if own else [])
    if form.organization == ALL:
        lines = organization.living(turn.db, community_id=turn.user.community_id, town_id=turn.user.town_id)
        return sorted_out(turn, [row.id for row in lines], [])
    answered = listed(turn)
    if form.organization in (None, "", UNTOLD):
        return Came()
    found = [] if answered else besides(turn, form)
    if form.organization_id and not answered:
        return sorted_out(turn, [int(form.organization_id), *found], [])
    unknown = []
    for name in names_in(turn, answered or form.organization):
        known = called(turn, name)
        found += [known] if known else []
        unknown += [] if known else [name]
    return sorted_out(turn, found, unknown)


def besides(turn: Turn, form: Any) -> list[int]:
    """Organisations of the speaker's place the opening sentence names beside the one that was recognised."""
    text = (getattr(form, "text", None) or "").replace(form.title or "", "")
    near = organization.living(turn.db, community_id=turn.user.community_id, town_id=turn.user.town_id)
    return [row.id for row in near if text and any(name in text for name in (row.name, *row.aliases))]


def meant(found: list[Training], text: str) -> list[Training]:
    """Those whose title shares a telling piece with what was said; all where none does."""
    return [row for row in found if shares_piece(row.title, bare(text))] or found


def bare(text: str) -> str:
    """What was said without the words that tell no training from another."""
    return re.sub("|".join(map(re.escape, skill.words["common"])), " ", text)


def shares_piece(title: str, text: str) -> bool:
    """Whether two neighbouring signs of a title stand in the text."""
    return any(title[place : place + 2] in text for place in range(len(title) - 1))


def says_more(text: str) -> bool:
    """Whether a sentence names something besides the wish itself."""
    return len(re.sub(skill.words["filler"], "", bare(text))) > MORE


def listed(turn: Turn) -> str | None:
    """The answer to who was there, in its own words: a list may hold more names than were recognised."""
    said = turn.said
    told = said is not None and "organization" in said.slots and not said.intent.startswith(skill.name)
    return turn.text if told else None


def sorted_out(turn: Turn, keys: list[int], unknown: list[str]) -> Came:
    rows = [row for key in dict.fromkeys(keys) if (row := turn.db.get(Organization, key))]
    mine = {row.id for row in rows if coverage.answers_for(turn.db, turn.user, row)}
    teams = [row for row in rows if row.id in mine]
    return Came(teams, unknown, [row.name for row in rows if row.id not in mine])


def names_in(turn: Turn, said: str) -> list[str]:
    """The names of a list; one that is known whole is not cut at its 和."""
    between, names = skill.words["between"], list[str]()
    for part in re.split(between["signs"], said):
        whole = re.sub(between["ends"], "", part)
        names += [whole] if called(turn, whole) else re.split(between["words"], whole)
    return [name for name in names if name]


def called(turn: Turn, name: str) -> int | None:
    """The one organisation of that name; None where there is none, or several."""
    rows = organization.called(turn.db, name, turn.user.community_id, turn.user.town_id) if len(name) > 1 else []
    return rows[0].id if len(rows) == 1 else None


def choose(found: list[Training], key: str = "which", **values: Any) -> NoReturn:
    """Asks which of several is meant, by number."""
    choices = [(row.no, words.joined(row.title, shown(row))) for row in found[:CHOICES]]
    raise Refused(key, ask="ticket_no", choices=choices, **values)


def counted(turn: Turn, teams: list[Organization]) -> None:
    """Who was trained need not be reminded of it any more."""
    for team in teams:
        messages.withdraw(turn.db, yearly.owing(skill, team.id))


def personal(row: Training, user_id: int) -> str:
    """The source of one person's reminder of one training."""
    return f"{row.no}:{user_id}"


def forget_plans(turn: Turn, row: Training) -> list[int]:
    """Takes back what was planned for everybody who signed up; who they are."""
    people = training_signup.signed_up(turn.db, row)
    for user_id in people:
        messages.withdraw(turn.db, personal(row, user_id))
    return people
