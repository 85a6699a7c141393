"""The directory for residents: who is near, who does what, facts of one organisation, and whether it is real."""

from collections.abc import Mapping
from typing import Any

from handlers import words
from handlers.organization_one import facts, told, verified
from handlers.organization_where import Query, nearest, scope, scope_is_open, where, widening
from handlers.organization_words import LINES, contact, several, skill, spoken_of
from handlers.skill import Organization, Reply, Role, Turn
from models import organization, people
from models.organization import Line
from models.place import Community

__all__ = ["Query", "skill"]

BARE = 8  # signs of a question that names nobody (负责人电话)


@skill.on("query", form=Query)
def query(turn: Turn, form: Query) -> Reply:
    text = form.text or ""
    doubted = spoken_of("doubts", text)
    if home := moved_in(turn, form, text):
        return skill.say("home", community=home.name)
    if form.near:
        return around(turn, form.near)
    if form.filing_no:
        found = organization.by_number(turn.db, form.filing_no)
        return verified(turn, found) if found else skill.say("number_unknown", number=form.filing_no)
    if form.pick or form.organization_id:
        found = turn.db.get(Organization, int(form.pick or form.organization_id or 0))
        if found:
            return verified(turn, found) if doubted else facts(turn, found, text)
    if form.organization:
        return named(turn, form, doubted)
    if not form.community and (spoken := organization.mentioned(nearest(turn, form), text)):
        return told(turn, spoken, text, doubted)
    if doubted:
        return skill.say("which_one", contact=contact(turn))
    return listed(turn, form, text)


def moved_in(turn: Turn, form: Query, text: str) -> Community | None:
    """Where a resident says they live, and nothing else, is kept: 我住梅园社区."""
    home = turn.community(form) if form.community and spoken_of("home_signs", text) else None
    if home is None or turn.role > Role.RESIDENT or len(text) > len(home.name) + BARE:
        return None
    people.settle(turn.user, home)
    return home


# -- one organisation -------------------------------------------------------------------------------------------


def named(turn: Turn, form: Query, doubted: bool) -> Reply:
    """A name nobody resolved: a kind of team (广场舞队) is looked for; a doubted or strange one is warned of."""
    name = form.organization or ""
    found = organization.search(scope(turn, form), [organization.own_name(name, form.community or "")])
    need = needed(name)
    if not found and need and not doubted:
        found = organization.search(scope(turn, form), need["find"])
    if len(found) == 1:
        return told(turn, found[0], form.text or "", doubted)
    if found:
        return several(found, where(turn, form))
    return skill.say("not_found_doubted" if doubted else "not_found", name=name, contact=contact(turn))


# -- several ----------------------------------------------------------------------------------------------------


def listed(turn: Turn, form: Query, text: str) -> Reply:
    """By need, by person or place, by kind, else everything of the place; wider where the place has none."""
    need = needed(text) or needed("".join(form.target_group or []))
    if form.phone:
        return skill.say("no_phone_search", contact=contact(turn))
    if spoken_of("elsewhere", text):
        return skill.say("elsewhere", contact=contact(turn))
    sought = bool(need or form.person or (form.place and not form.community))
    if not (sought or form.organization_type or form.community or form.town):
        if len(text) <= BARE and (spoken_of("phone_signs", text) or spoken_of("fact_signs", text)):
            return skill.say("which_fact")
        if reply := by_words(turn, form, text):
            return reply
    if not (sought or form.organization_type or form.community or form.town) and scope_is_open(turn):
        return skill.say("where")
    for area in widening(turn, form, sought):
        found = fitting(area.organizations(turn), form, need)
        if len(found) == 1 and sought:
            return told(turn, found[0], text)
        if found:
            return several(found, area.name)
    if need:
        return nobody(turn, form, need)
    return skill.say("none_here", where=where(turn, form), kind=form.organization_type)


def by_words(turn: Turn, form: Query, text: str) -> Reply | None:
    """What the sentence shares with names and notes; a wish nothing answers to is told so, with all there is."""
    if spoken_of("list_signs", text) or not spoken_of("wish_signs", text):
        return None
    for area in widening(turn, form, wide=True)[:2]:
        if found := organization.sharing_words(area.organizations(turn), text, skill.words["common"]):
            return told(turn, found[0], text) if len(found) == 1 else several(found, area.name)
    known = nearest(turn, form)
    return several(known, where(turn, form), "list_inexact") if known and not scope_is_open(turn) else None


def fitting(known: list[Line], form: Query, need: Mapping[str, Any] | None) -> list[Line]:
    """By whom it is led, by what is needed, by where it meets, by kind: the first of these that was said."""
    if form.person:
        return [row for row in known if form.person in (row.head or "")]
    if need:
        return organization.search(known, need["find"], form.organization_type)
    if form.place and not form.community:
        return [row for row in known if form.place in (row.place or "") or (row.place and row.place in form.place)]
    return [row for row in known if not form.organization_type or row.category == form.organization_type]


def nobody(turn: Turn, form: Query, need: Mapping[str, Any]) -> Reply:
    """Nobody does just this: who might know somebody, and the way to the community."""
    known = nearest(turn, form) if not scope_is_open(turn) else []
    near = [row.name for row in known if row.category in need.get("kinds", ())][: LINES // 2]
    lines = words.numbered(near) if near else None
    return skill.say("nobody_does", need=need["name"], lines=lines, contact=contact(turn))


def needed(text: str) -> Mapping[str, Any] | None:
    """The need the words speak of: the entry of the YAML with the longest sign in them."""
    scored = [(max((len(s) for s in entry["signs"] if s in text), default=0), entry) for entry in skill.words["needs"]]
    best, entry = max(scored, key=lambda pair: pair[0])
    return entry if best else None


def around(turn: Turn, near: list[float]) -> Reply:
    """Teams of the nearest communities whose place is known, else of the sender's own."""
    latitude, longitude = near
    close = [community for _, community in organization.communities_around(turn.db, latitude, longitude)]
    own = turn.community()
    chosen = close or ([own] if own else [])
    found = [row for community in chosen for row in organization.living(turn.db, community_id=community.id)]
    if not found:
        return skill.say("nowhere_near")
    several(found, words.load("words")["comma"].join(community.name for community in chosen))
    raise AssertionError("unreachable")
