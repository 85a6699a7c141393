"""Facts of one organisation, its telephone for those who may have it, and whether it is real."""

from handlers.organization_words import contact, day, home, skill, spoken_of
from handlers.skill import Organization, Reply, Role, Turn
from models import audit, organization
from models.organization import Line
from models.place import Community
from models.policy import rule


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
