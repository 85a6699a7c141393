"""The talk around the work: greeting, thanks, help from what one may do, and the way to a person."""

from handlers.skill import Form, Reply, Role, Skill, Turn
from models import people

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
    """What of a skill this person may do: its name and a sentence to try."""
    table = other.words.get("offers", {})
    return [table[verb] for verb, action in other.actions.items() if action.needs <= turn.role and verb in table]


@skill.on("greet")
def greet(turn: Turn, _form: Form) -> Reply:
    return skill.say("greet")


@skill.on("thanks")
def thanks(turn: Turn, _form: Form) -> Reply:
    return skill.say("thanks")


@skill.on("human")
def human(turn: Turn, _form: Form) -> Reply:
    """Tells the community's workers, and says who will be in touch; without staff, whom to call."""
    community, town = turn.community(), turn.town()
    staff = people.staff(turn.db, Role.WORKER, community_id=community.id) if community else []
    if not staff and town:
        staff = people.staff(turn.db, Role.TOWN, town_id=town.id)
    for worker in staff:
        said = skill.text("wanted", community=community.name if community else None, text=turn.text)
        turn.notify(worker, said, key=f"human:{turn.message.key}:{worker.id}"[:120], kind="human", urgent=True)
    contact = town.contact if town else None
    if staff:
        return skill.say("told", community=community.name if community else None, contact=contact)
    return skill.say("contact", contact=contact) if contact else skill.say("nobody")
