"""What a sentence means here and now: an answer, a correction, a side question, a change of mind, a new wish."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from bot import always, doing, forms, unclear
from bot.state import Task
from bot.talk import ANSWER, LIKELY, MOSTLY, RECENT, SURE, Talk
from handlers.skill import Action, Reply, Role
from models import record
from nlp.types import Understanding

NAMES = ("title", "place", "organization", "community", "person")


def sentence(talk: Talk) -> Reply:
    """Text or recognised speech."""
    text, task = talk.turn.text.strip(), talk.state.task
    bare = text.strip(talk.words["ordinals"]["around"])
    if command := talk.words["commands"].get(bare):
        return always.COMMANDS[command](talk)
    if task and task.confirming and bare in talk.words["assent"]:
        return doing.finish(talk, talk.actions[task.intent], task)
    if task and task.choices and (picked := forms.choice(task, text)):
        return doing.picked(talk, task, picked)
    heard = talk.understand(text, task.expecting if task and not asks(talk, task, text) else None)
    said = talk.turn.said = by_role(talk, by_subject(talk, heard))
    if said.danger:
        return unclear.emergency(talk, said)
    reply = within(talk, task, said) if task else unclear.completed(talk, said) or afresh(talk, said)
    return further(talk, said, reply)


def within(talk: Talk, task: Task, said: Understanding) -> Reply:
    """A form is open: an answer, a correction, a side question, or a change of mind."""
    action, intent = talk.actions[task.intent], said.intent
    if intent == "dialog.cancel":
        return always.cancel(talk)
    if called_off(action, task, said):
        return always.cancel(talk)
    if task.confirming and intent == "dialog.confirm":
        return doing.finish(talk, action, task)
    if action.looks_up and another_question(talk, task, said):
        talk.state.task = None
        return afresh(talk, said)
    if not said.slots.keys() & doing.NAMED and (reckoned := forms.relative(task.slots, said.text)):
        forms.accept(action, task, reckoned)
        return doing.proceed(talk, action, task)
    if another(talk, action, task, said):
        return interrupt(talk, action, task, said)
    if asks(talk, task, said.text) or (task.asked in NAMES and said.text.strip().isdecimal()):
        return unclear.missed(talk, action, task)  # a question or a stray number is nobody's name and no place
    if own_words(talk, action, task, said):
        forms.accept(action, task, forms.in_own_words(task, said))
        return doing.proceed(talk, action, task)
    if answers(talk, action, task, said) and forms.accept(action, task, new(talk, action, task, said)):
        return doing.proceed(talk, action, task)
    if intent in talk.actions and intent != task.intent and said.confidence >= LIKELY:
        return interrupt(talk, talk.actions[intent], task, said)
    if unoffered(talk.actions, said):
        return not_yet(talk) + Reply(doing.again(talk, action, task))
    if intent == "dialog.deny":
        return denied(talk, action, task)
    return unclear.missed(talk, action, task)


def asks(talk: Talk, task: Task, text: str) -> bool:
    """Whether a name was asked for and a question came instead: 备案到哪步了 is no title."""
    return task.asked in NAMES and any(sign in text for sign in talk.words["questions"])


def called_off(action: Action, task: Task, said: Understanding) -> bool:
    """那个不办了 about what is not registered yet drops the form; another title, day or number is another matter."""
    noun, _, verb = said.intent.partition(".")
    if verb != "cancel" or noun != action.skill.name or action.verb == "cancel" or not action.confirm:
        return False
    days = said.slots.get("start", "")[:10], task.slots.get("start", "")[:10]
    other = said.slots.get("title") not in (None, task.slots.get("title")) or "ticket_no" in said.slots
    return said.confidence >= LIKELY and not other and (not days[0] or days[0] == days[1])


def own_words(talk: Talk, action: Action, task: Task, said: Understanding) -> bool:
    """A question answered in free words, of which nothing but a day or a number was recognised."""
    if task.confirming or task.choices or task.asked not in forms.SPOKEN_WHOLE:
        return False
    if task.asked in said.slots and (said.intent == ANSWER or said.confidence >= LIKELY):
        return False
    if task.asked == "title" and said.slots.keys() >= {"start", "place"}:
        return False  # the whole wish told again is no title
    other = talk.actions.get(said.intent)
    enough = LIKELY if other and other.looks_up else SURE  # a question is told from an answer more easily than a wish
    another_wish = other is not None and other is not action and said.confidence >= enough
    return not (another_wish or said.intent.startswith("dialog.") or forms.told(said, forms.MEASURES) >= MOSTLY)


def answers(talk: Talk, action: Action, task: Task, said: Understanding) -> bool:
    """Whether the sentence speaks about the open form rather than of something else."""
    if said.intent.startswith("dialog.") or said.intent in (task.intent, "none") or said.confidence < LIKELY:
        return True
    other = talk.actions.get(said.intent)
    if other is None:
        return True
    if task.asked in said.slots or other.skill is action.skill:
        return said.confidence < SURE or not (other.looks_up or forms.complete(other, talk.heard(other, said)))
    return False


def another_question(talk: Talk, task: Task, said: Understanding) -> bool:
    """After a list to pick from, the next wish need not wait for a pick."""
    unpicked = bool(task.choices) or said.confidence >= SURE or said.intent != task.intent
    return said.intent in talk.actions and unpicked and said.confidence >= LIKELY


def another(talk: Talk, action: Action, task: Task, said: Understanding) -> bool:
    """A whole new wish of the same kind, under another title: a second activity, not a correction of the first."""
    titles = task.slots.get("title"), said.slots.get("title")
    if said.intent != task.intent or None in titles or titles[0] == titles[1] or said.confidence < SURE:
        return False
    return forms.missing_required(action, said.slots) is None


def interrupt(talk: Talk, action: Action, task: Task, said: Understanding) -> Reply:
    """A side question is answered and the form goes on; another task lays this one aside."""
    if talk.turn.role < action.needs:
        return doing.not_allowed(talk, action) + Reply(doing.again(talk, talk.actions[task.intent], task))
    if not action.looks_up:
        doing.lay_aside(talk)
        return talk.say("parked", name=talk.name(task.intent)) + doing.start(talk, action, talk.heard(action, said))
    talk.state.task = None
    aside = doing.perform(talk, action, Task(intent=action.intent, slots=talk.heard(action, said)))
    if talk.state.task:  # the side question asks back: the form waits for it
        talk.state.park(task)
        return aside
    talk.state.task = task
    return aside + Reply(doing.again(talk, talk.actions[task.intent], task))


def afresh(talk: Talk, said: Understanding) -> Reply:
    """No form is open."""
    action = by_number(talk, said) or by_last(talk, said) or talk.actions.get(said.intent)
    if action is not None:
        return doing.start(talk, action, talk.heard(action, said))
    match said.intent:
        case "dialog.correct":
            return unclear.correct_last(talk, said)
        case "none":
            return unclear.follow_up(talk, said)
        case "dialog.cancel":
            return always.cancel(talk)
        case "dialog.confirm" if talk.state.parked:
            return always.more(talk)
        case "dialog.confirm" | "dialog.deny":
            return talk.say("nothing_open")
    return not_yet(talk)


def by_number(talk: Talk, said: Understanding) -> Action | None:
    """A receipt number says which kind of record is meant, whatever the sentence sounds like."""
    noun = record.noun_of(str(said.slots.get("ticket_no") or ""))
    guess = talk.actions.get(said.intent)
    if noun is None or (guess and guess.skill.name == noun and "ticket_no" in guess.form.model_fields):
        return None
    verbs = (said.intent.partition(".")[2], "update", "change", "status", "query")
    known = (
        talk.actions.get(f"{noun}.{verb}")
        for verb in (verbs if guess and guess.skill.name == noun else verbs[:1] + verbs[3:])
    )
    return next((action for action in known if action and "ticket_no" in action.form.model_fields), None)


def by_last(talk: Talk, said: Understanding) -> Action | None:
    """改到周五, 不办了: a change or cancelling that names nothing is about the record just made, whatever it is."""
    last = talk.state.last
    noun = record.noun_of(last.no) if last and talk.turn.now - last.at <= RECENT else None
    verb = said.intent.partition(".")[2]
    named = said.slots.keys() & doing.NAMED or any(sign in said.text for sign in talk.words["ordinals"]["picking"])
    if noun is None or verb not in ("change", "cancel") or named:
        return None
    return talk.actions.get(f"{noun}.{verb}")


def by_role(talk: Talk, said: Understanding) -> Understanding:
    """What an official means by a question that others would ask otherwise: 有哪些备案要批."""
    action = talk.actions.get(said.intent)
    other = action.skill.words.get("rather", {}).get(action.verb) if action else None
    if action is None or other is None or talk.turn.role < Role[other["role"].upper()]:
        return said
    meant = any(sign in said.text for sign in other["signs"])
    return replace(said, intent=f"{action.skill.name}.{other['to']}") if meant else said


def by_subject(talk: Talk, said: Understanding) -> Understanding:
    """A figure asked for by name (培训覆盖率) is a question to the skill that counts it: whose word comes first."""
    if said.intent in talk.actions:
        return said
    if said.intent not in ("stats.query", "coverage.query"):
        return replace(said, intent=talk.words["instead"].get(said.intent, said.intent))
    counted = [
        (at, name)
        for name, skill in talk.skills.items()
        for word in skill.words.get("counts", ())
        if (at := said.text.find(word)) >= 0
    ]
    return replace(said, intent=f"{min(counted)[1]}.query") if counted else said


def new(talk: Talk, action: Action, task: Task, said: Understanding) -> dict[str, Any]:
    """What an answer adds; what the form reads from a whole sentence stays as the opening told it."""
    correcting = said.intent == "dialog.correct"
    whole = {
        name: value
        for name, value in action.form.heard(said.text).items()
        if name not in task.slots or (correcting and value != said.text)
    }
    told = said.slots
    if task.asked in told:  # an answer adds; only a correction overwrites
        inside = forms.measures_inside(said, str(task.asked))
        retold = (
            {value.slot for value in said.values if value.end > value.start} if said.intent == task.intent else set()
        )
        told = {
            name: value
            for name, value in told.items()
            if name == task.asked or (name not in inside and (name not in task.slots or name in retold))
        }
    return {**whole, **forms.on_the_same_day(said.text, told, task.slots.get("start"))}


def further(talk: Talk, said: Understanding, reply: Reply) -> Reply:
    """The other wishes of the same message: questions are answered now, tasks wait their turn."""
    for one in said.further:
        action = talk.actions.get(one.intent)
        if action is None:
            continue
        wish = Task(intent=one.intent)
        meant = talk.understand(one.text, None)
        if meant.intent == one.intent:
            forms.accept(action, wish, talk.heard(action, meant))
        if action.looks_up:
            asked = talk.state.task
            aside = doing.perform(talk, action, wish)
            reply = aside + reply if asked else reply + aside
        else:
            talk.state.queue.append(wish)
    return reply


def denied(talk: Talk, action: Action, task: Task) -> Reply:
    """A bare no: nothing to tell where it may be left out, something to change where a yes was asked for."""
    if task.asked and forms.skippable(action, task.asked):
        return always.skip(talk)
    return (
        talk.say("what_to_change") if task.confirming else talk.say("needed") + Reply(doing.again(talk, action, task))
    )


def not_yet(talk: Talk) -> Reply:
    """Residents and leaders are sent to the staff; staff are not sent to themselves."""
    return talk.say("not_yet_staff" if talk.turn.role >= Role.WORKER else "not_yet")


def unoffered(actions: Mapping[str, Action], said: Understanding) -> bool:
    """Clearly a wish, but of a kind nobody serves yet."""
    wish = not said.intent.startswith("dialog.") and said.intent != "none"
    return wish and said.intent not in actions and said.confidence >= SURE
