"""The life of a form: begun, asked for what is missing, echoed, confirmed, done; and what waits comes after it."""

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from bot import forms
from bot.state import Last, Task
from bot.talk import Talk
from handlers import words
from handlers.skill import Action, Refused, Reply
from models import record

NAMING = {"ticket_no", "title", "organization", "organization_id", "start", "place", "own"}
NAMED = {"ticket_no", "title", "organization"}  # what tells one record from others of its kind
NEITHER = "-"  # the choice of none of these


def start(talk: Talk, action: Action, slots: Mapping[str, Any]) -> Reply:
    if talk.turn.role < action.needs:
        return not_allowed(talk, action)
    task = Task(intent=action.intent, photos=talk.state.photos)
    talk.state.task, talk.state.photos, talk.state.misses = task, [], 0
    forms.accept(action, task, slots)
    return proceed(talk, action, task)


def not_allowed(talk: Talk, action: Action) -> Reply:
    role = talk.words["roles"][action.needs.name.lower()]
    return talk.say("not_allowed", role=role, name=talk.name(action.intent))


def lay_aside(talk: Talk) -> None:
    """An open form waits; an open question (a list to pick from) is simply over."""
    task, talk.state.task = talk.state.task, None
    if task is not None and not talk.actions[task.intent].looks_up:
        talk.state.park(task)


def proceed(talk: Talk, action: Action, task: Task) -> Reply:
    """Asks for what is missing, then for a yes, then does it."""
    task.misses, task.choices = 0, []
    if unsure := ambiguous(talk, action, task):
        return unsure
    slot = forms.missing(action, task)
    if slot is not None:
        told = opening(talk, action, task) if task.asked is None else ""
        task.confirming = False
        return Reply(f"{told}\n{forms.question(action, task, slot)}".strip("\n"))
    if not action.confirm or task.sure:
        return finish(talk, action, task)
    try:
        forms.filled(action, task)
    except ValidationError as error:
        return Reply(forms.question(action, task, forms.drop_misfits(task, error)))
    name_the_last(talk, action, task)
    understood = echo(talk, action, task)
    task.confirming, task.asked = True, None
    return Reply(understood) + to_confirm(talk, task)


def to_confirm(talk: Talk, task: Task) -> Reply:
    """How to say yes, how to correct something this form has, how to stop."""
    example = next((said for slot, said in talk.words["corrections"].items() if task.slots.get(slot)), None)
    return talk.say("confirm", example=example) if example else talk.say("confirm_plain")


def name_the_last(talk: Talk, action: Action, task: Task) -> None:
    """What is taken back without a name is the record just made, and the echo says its number."""
    last = talk.state.last
    unnamed = action.verb in action.skill.words.get("last_is_meant", ()) and not task.slots.keys() & NAMING
    if last and unnamed and record.noun_of(last.no) == action.skill.name:
        task.slots["ticket_no"] = last.no


def opening(talk: Talk, action: Action, task: Task) -> str:
    """What the first sentence already told, so that nothing has to be said twice."""
    known = {name for name in task.slots if name in action.form.model_fields}
    if not known or action.verb not in action.skill.words.get("echo", {}):
        return ""
    return forms.echo(action, task, None, talk.turn.now.year)


def ambiguous(talk: Talk, action: Action, task: Task) -> Reply | None:
    """A name that fits several organisations is asked once, by number."""
    said = talk.turn.said
    if said is None or "organization_id" not in action.form.model_fields or "organization_id" in task.skipped:
        return None
    value = next((v for v in said.values if v.slot == "organization" and v.choices), None)
    if value is None or task.slots.get("organization_id") or value.value != task.slots.get("organization"):
        return None
    task.choices = [*value.choices, (NEITHER, talk.words["neither"])]
    task.asked, task.confirming = "organization_id", False
    labels = words.numbered(label for _, label in task.choices)
    return talk.say("which_organization", name=value.value, choices=labels)


def picked(talk: Talk, task: Task, pair: tuple[str, str]) -> Reply:
    """A numbered choice was made."""
    action, slot = talk.actions[task.intent], task.asked or ""
    if pair[0] == NEITHER:
        task.skipped.append(slot)
        return proceed(talk, action, task)
    task.slots[slot] = pair[0]
    if slot == "organization_id":
        task.slots["organization_name"] = pair[1]
    return proceed(talk, action, task)


def finish(talk: Talk, action: Action, task: Task) -> Reply:
    """Does the deed; afterwards offers what still waits."""
    task.sure = True
    reply = perform(talk, action, task)
    if talk.state.task is task and not task.asked:
        talk.state.task = None
    return reply if talk.state.task else reply + waiting(talk)


def perform(talk: Talk, action: Action, task: Task) -> Reply:
    """Runs the handler; a refusal keeps nothing of the deed and asks again for the one slot."""
    if talk.turn.role < action.needs:
        return not_allowed(talk, action)
    task.confirming, task.asked = False, None
    talk.turn.photos, talk.turn.last = task.photos, talk.state.last.no if talk.state.last else None
    try:
        form = forms.filled(action, task)
        if action.looks_up:
            reply = action.run(talk.turn, form)
        else:
            with talk.turn.db.begin_nested():
                reply = action.run(talk.turn, form)
    except ValidationError as error:
        return ask_again(talk, action, task, forms.drop_misfits(task, error), [])
    except Refused as no:
        why = Reply(refusal(talk, action, no))
        if no.ask is None:
            return why
        return why + ask_again(talk, action, task, no.ask, no.choices)
    if reply.no:
        made(talk, action, task, reply.no)
    return reply


def perform_named(talk: Talk, intent: str) -> Reply:
    return perform(talk, talk.actions[intent], Task(intent=intent))


def made(talk: Talk, action: Action, task: Task, no: str) -> None:
    talk.state.last = Last(no=no, intent=action.intent, at=talk.turn.now)
    talk.turn.attach(no, task.photos)


def refusal(talk: Talk, action: Action, no: Refused) -> str:
    own = action.skill.words["reply"]
    return words.sentence(own[no.reply] if no.reply in own else talk.words["reply"][no.reply], no.values)


def ask_again(talk: Talk, action: Action, task: Task, slot: str, choices: list[tuple[str, str]]) -> Reply:
    task.slots.pop(slot, None)
    task.choices, task.demanded = list(choices), slot
    task.sure = task.sure and bool(choices)  # a pick completes what was confirmed; new words are echoed again
    talk.state.task = task
    return Reply(forms.question(action, task, slot))


def again(talk: Talk, action: Action, task: Task) -> str:
    """The question the form stands at, once more."""
    if task.confirming:
        return echo(talk, action, task) + "\n" + to_confirm(talk, task).text
    return forms.question(action, task, task.asked) if task.asked else ""


def echo(talk: Talk, action: Action, task: Task) -> str:
    community = talk.turn.community()
    return forms.echo(action, task, community.name if community else None, talk.turn.now.year)


def waiting(talk: Talk) -> Reply:
    """What was asked for but not served yet: the next wish starts, a parked form is offered."""
    if talk.state.queue:
        wish = talk.state.queue.pop(0)
        return talk.say("next", name=talk.name(wish.intent)) + start(talk, talk.actions[wish.intent], wish.slots)
    if talk.state.parked:
        return talk.say("resume", name=talk.name(talk.state.parked[-1].intent))
    return Reply("")
