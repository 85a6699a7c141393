"""The talk around the work: greeting, thanks, help from what one may do, and the way to a person."""

from typing import Any

from handlers import danger
from handlers.skill import Form, Refused, Reply, Role, Skill, Turn
from models import duty, people
from models.place import Community, Town

skill = Skill("chat")  # its words: chat.yaml, beside this file


@skill.on("help")
def help_(turn: Turn, _form: Form) -> Reply:
    """One sentence to copy for each thing this person may do; all of one kind where the words name it."""
    offered = {other.name: offers(turn, other) for other in turn.skills if other is not skill}
    named = {other.words["name"]: other.name for other in turn.skills if other is not skill}
    asked = next((found for name, noun in named.items() if name in turn.text and (found := offered[noun])), None)
    if asked:
        return skill.say("help_with", lines="\n".join(skill.text("offer", **offer) for offer in asked))
    lines = "\n".join(skill.text("offer", **found[0]) for found in offered.values() if found)
    return skill.say("help", lines=lines)


def offers(turn: Turn, other: Skill) -> list[dict[str, str]]:
    """What of a skill this person may do: its name and a sentence to try; what is another role's work is left out."""
    table = other.words.get("offers", {})
    found = [(action, table[verb]) for verb, action in other.actions.items() if verb in table]
    return [
        offer for action, offer in found if max(action.needs, Role.named(offer.get("role", "resident"))) <= turn.role
    ]


@skill.on("greet")
def greet(turn: Turn, _form: Form) -> Reply:
    return skill.say("greet")


@skill.on("thanks")
def thanks(turn: Turn, _form: Form) -> Reply:
    return skill.say("thanks")


class Human(Form):
    phone: str | None = None
    community: str | None = None
    text: str | None = None

    @classmethod
    def heard(cls, text: str) -> dict[str, Any]:
        return {"text": text}


@skill.on("human", form=Human)
def human(turn: Turn, form: Human) -> Reply:
    """Tells the community's workers, else the town's; without staff, whom to call."""
    if hushed := danger.hushed(turn):
        return hushed
    community, town = whereabouts(turn, form)
    staff = people.staff(turn.db, Role.WORKER, community_id=community.id) if community else []
    where = community.name if community and staff else town.name if town else None
    if not staff and town:
        staff = people.staff(turn.db, Role.TOWN, town_id=town.id)
    contact = town.contact if town else None
    if not staff:
        return skill.say("contact", contact=contact) if contact else skill.say("no_staff")
    said = skill.text("wanted", community=community.name if community else None, text=form.text, phone=form.phone)
    for worker in staff:
        key = f"human:{turn.message.key}:{worker.id}"[:120]
        turn.notify(worker, said, key=key, kind="human", urgent=True)
    back = skill.text("back", phone=form.phone) if form.phone else skill.text("no_phone")
    return skill.say("told", where=where, back=back, contact=contact)


def whereabouts(turn: Turn, form: Human) -> tuple[Community | None, Town | None]:
    """Where somebody is to be sought: as they say (and live from then on), else where they belong; else asks."""
    said = duty.community_in(turn.db, form.community)
    if said and turn.user.community_id is None:
        people.settle(turn.user, said)
    community = said or turn.community()
    town = turn.db.get(Town, community.town_id) if community else duty.town_in(turn.db, form.community) or turn.town()
    if town is None and turn.role < Role.CITY:
        raise Refused("not_found" if form.community else "nobody", ask="community")
    return community, town
