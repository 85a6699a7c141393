"""The directory for residents: who is near, who does what, facts of one organisation, and whether it is real."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from handlers import words
from handlers.skill import Form, Organization, Refused, Reply, Role, Skill, Turn
from models import audit, organization, people, place
from models.organization import Line
from models.place import Community, Town
from models.policy import rule

skill = Skill("organization")  # its words: organization.yaml, beside this file
LINES = 8
BARE = 8  # signs of a question that names nobody (负责人电话)


@dataclass(frozen=True)
class Area:
    """A community, a town, or (neither) the whole city."""

    name: str | None
    community_id: int | None = None
    town_id: int | None = None

    def organizations(self, turn: Turn) -> list[Line]:
        return organization.living(turn.db, community_id=self.community_id, town_id=self.town_id)


class Query(Form):
    organization: str | None = None
    organization_id: str | None = None
    organization_type: str | None = None
    community: str | None = None
    town: str | None = None
    place: str | None = None
    person: str | None = None
    phone: str | None = None
    filing_no: str | None = None
    target_group: list[str] | None = None
    near: list[float] | None = None
    pick: str | None = None
    text: str | None = None

    @classmethod
    def heard(cls, text: str) -> dict[str, Any]:
        return {"text": text}


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


def told(turn: Turn, row: Line, text: str, doubted: bool = False) -> Reply:
    """The one organisation that was found."""
    found = turn.db.get(Organization, row.id)
    assert found is not None
    return verified(turn, found) if doubted else facts(turn, found, text)


def verified(turn: Turn, found: Organization) -> Reply:
    """Is it real? What the register says, and that having a certificate is no licence to collect money."""
    community, town = home(turn, found)
    today = turn.now.date()
    over = found.expires_on is not None and found.expires_on < today
    dissolved = found.status == organization.DISSOLVED
    key = "real_dissolved" if dissolved else "real" if found.management in skill.words["official"] else "real_known"
    return skill.say(
        key,
        name=found.name,
        community=community,
        town=town,
        management=found.management,
        filing_no=found.filing_no,
        credit_code=found.credit_code,
        head=found.head,
        expires=found.expires_on and day(found.expires_on),
        over=skill.words["expired"] if over else None,
        contact=contact(turn, found),
    )


def facts(turn: Turn, found: Organization, text: str) -> Reply:
    """Everything public about one; the telephone only to whom it may be told, else the way through the community."""
    if found.status == organization.DISSOLVED:
        return skill.say("dissolved", name=found.name)
    community, town = home(turn, found)
    phone = telephone(turn, found)
    wanted = spoken_of("phone_signs", text)
    return skill.say(
        "facts",
        name=found.name,
        category=found.category,
        head=found.head,
        phone=phone,
        place=found.place,
        note=found.note,
        members=found.members,
        community=f"{town or ''}{community or ''}",
        management=found.management,
        filing_no=found.filing_no,
        hours=skill.text("ask_hours", community=community) if spoken_of("hours_signs", text) else None,
        ask=None if phone else skill.text("ask_community", community=community) if wanted or found.phone else None,
        link=f"{turn.public_url}/o/{found.id}" if turn.public_url else None,
    )


def telephone(turn: Turn, found: Organization) -> str | None:
    """The head's number: to staff of the place (written down that it was read), to all only where a setting says so."""
    if found.phone is None:
        return None
    if on_duty(turn, found):
        return audit.reveal(turn.db, turn.user, turn.now, f"organization:{found.id}", "phone", found.phone)
    public = rule(turn.settings, "head_phone_public", home(turn, found)[1])
    return turn.unseal(found.phone) if public and public.value is True else None


def on_duty(turn: Turn, found: Organization) -> bool:
    user, role = turn.user, turn.role
    if role == Role.TOWN:
        community = turn.db.get(Community, found.community_id)
        return community is not None and community.town_id == user.town_id
    same = user.organization_id == found.id if role == Role.LEADER else user.community_id == found.community_id
    return role == Role.CITY or (role in (Role.LEADER, Role.WORKER) and same)


def home(turn: Turn, found: Organization) -> tuple[str | None, str | None]:
    """(community, town) of an organisation, by name."""
    community = turn.db.get(Community, found.community_id)
    town = turn.db.get(Town, community.town_id) if community else None
    return (community.name if community else None), (town.name if town else None)


def day(value: date) -> str:
    return skill.text("date", year=value.year, month=value.month, day=value.day)


def contact(turn: Turn, found: Organization | None = None) -> str | None:
    """Whom to ask: the town of the organisation, else the sender's own."""
    if found is None:
        town = turn.town()
        return town.contact if town else None
    community = turn.db.get(Community, found.community_id)
    town = turn.db.get(Town, community.town_id) if community else None
    return town.contact if town else None


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


def spoken_of(table: str, text: str) -> bool:
    return any(sign in text for sign in skill.words[table])


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


def scope_is_open(turn: Turn) -> bool:
    return turn.user.community_id is None and turn.user.town_id is None and turn.role < Role.CITY


def scope(turn: Turn, form: Query) -> list[Line]:
    return widening(turn, form, wide=True)[-1].organizations(turn)


def nearest(turn: Turn, form: Query) -> list[Line]:
    return widening(turn, form, wide=False)[0].organizations(turn)


def widening(turn: Turn, form: Query, wide: bool) -> list[Area]:
    """Where to look, nearest first: what was named; else the own community, its town, the whole city."""
    named_town = place.town_named(turn.db, form.town) if form.town else None
    community = turn.community(form) if form.community or not form.town else None
    town = named_town or turn.town()
    steps: list[Area] = []
    if community:
        steps.append(Area(community.name, community_id=community.id))
    if town and (named_town or wide or not community):
        steps.append(Area(town.name, town_id=town.id))
    if (wide and not (form.community or form.town)) or not steps:
        steps.append(Area(None))
    return steps


def where(turn: Turn, form: Query) -> str | None:
    community = turn.community(form)
    return form.town or (community.name if community else None)


def several(found: list[Line], place_name: str | None, key: str = "list") -> Reply:
    """A numbered list to pick from."""
    choices = [(str(row.id), line(row)) for row in found[:LINES]]
    left = len(found) - LINES
    more = skill.text("more", count=left) if left > 0 else None
    raise Refused(key, ask="pick", choices=choices, count=len(found), where=place_name, more=more)


def line(row: Line) -> str:
    parts = [skill.text(key, category=row.category, place=row.place) for key in ("line_kind", "line_place")]
    return row.name + "".join(parts)


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
