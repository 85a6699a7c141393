"""When it is not clear: an answer that is none, a correction of what is done, a half sentence, danger."""

from bot import doing, forms
from bot.state import Last, Task
from bot.talk import FOLLOWING, LIKELY, MOSTLY, RECENT, Talk
from handlers import words
from handlers.skill import Action, Reply
from models import record
from nlp.types import Understanding

FAINT = 0.02  # chance of the next best reading of a correction where there is nothing to correct
NEAREST = 3  # suggestions for a sentence nobody understands
COMPLETING = {  # what completes an urgent report, and the kind that is guessed with it
    "place",
    "building",
    "person",
    "phone",
    "community",
    "town",
    "headcount",
    "hazard_type",
    "dispute_type",
}


def missed(talk: Talk, action: Action, task: Task) -> Reply:
    """Not understood inside a form: say so, ask once more, from the second time name the ways out."""
    task.misses += 1
    return talk.say("missed" if task.misses == 1 else "missed_again") + Reply(doing.again(talk, action, task))


def correct_last(talk: Talk, said: Understanding) -> Reply:
    """改成… with nothing open speaks of the record just made."""
    last = talk.state.last
    noun = last.intent.split(".")[0] if last else ""
    action = talk.actions.get(f"{noun}.change") or talk.actions.get(f"{noun}.update")
    if last is None or action is None or talk.turn.now - last.at > RECENT:
        meant = next((other for other, chance in said.ranking if other in talk.actions and chance >= FAINT), None)
        return (
            doing.start(talk, talk.actions[meant], talk.heard(talk.actions[meant], said))
            if meant
            else talk.say("nothing_to_correct")
        )
    return doing.start(talk, action, {**talk.heard(action, said), "ticket_no": last.no})


def follow_up(talk: Talk, said: Understanding) -> Reply:
    """A sentence that is no wish by itself: more about an urgent report, else the nearest suggestions."""
    last = talk.state.last
    skill = talk.skills.get(last.intent.split(".")[0]) if last else None
    if last and skill and skill.supplement and last.urgent and talk.turn.now - last.at <= FOLLOWING:
        return skill.supplement(talk.turn, last.no, said.slots)
    talk.state.misses += 1
    if talk.state.misses > 2:
        return doing.perform_named(talk, "chat.human")
    near = [intent for intent, _ in said.ranking if talk.offered(intent)][:NEAREST]
    lines = words.numbered(talk.example(intent) for intent in near)
    return talk.say("not_understood", nearest=lines) if near else talk.say("not_understood_at_all")


def completed(talk: Talk, said: Understanding) -> Reply | None:
    """A bare place, phone or name right after an urgent report belongs to it, and so does what is unclear."""
    last = talk.state.last
    skill = talk.skills.get(last.intent.split(".")[0]) if last else None
    if not (last and last.urgent and skill and skill.supplement and talk.turn.now - last.at <= FOLLOWING):
        return None
    known = said.intent in talk.actions or said.intent.startswith("dialog.")
    bare = bool(said.slots) and set(said.slots) <= COMPLETING and forms.told(said) >= MOSTLY
    if known and not bare and (said.confidence >= LIKELY or said.intent.startswith("dialog.")):
        return None
    return skill.supplement(talk.turn, last.no, said.slots)


def emergency(talk: Talk, said: Understanding) -> Reply:
    """No forms: emergency numbers first, what is known stored at once, staff told; an open form is laid aside."""
    noun = said.intent.split(".")[0]
    skill = talk.skills[noun if noun in talk.skills and talk.skills[noun].emergency else "safety"]
    doing.lay_aside(talk)
    talk.turn.photos, talk.state.photos = talk.state.photos, []
    assert skill.emergency is not None
    reply = skill.emergency(talk.turn, said.slots)
    if reply.no:
        talk.state.last = Last(no=reply.no, intent=f"{record.noun_of(reply.no)}.report", at=talk.turn.now, urgent=True)
        talk.turn.attach(reply.no, talk.turn.photos)
    return reply
