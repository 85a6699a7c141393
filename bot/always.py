"""Words that mean the same at every point of every conversation; words.yaml lists how people say them."""

from collections.abc import Callable

from bot import doing, forms, unclear
from bot.talk import RECENT, Talk
from handlers.skill import Reply


def cancel(talk: Talk) -> Reply:
    task = talk.state.task
    if task is None and talk.state.parked:
        return talk.say("cancelled", name=talk.name(talk.state.parked.pop().intent))
    if task is None:
        return undo(talk)
    talk.state.task, talk.state.queue = None, []
    return talk.say("cancelled", name=talk.name(task.intent)) + doing.waiting(talk)


def undo(talk: Talk) -> Reply:
    """取消 with nothing open means the record just made."""
    last = talk.state.last
    action = talk.actions.get(f"{last.intent.split('.')[0]}.cancel") if last else None
    if last is None or action is None or talk.turn.now - last.at > RECENT:
        return talk.say("nothing_open")
    return talk.say("undoing", name=talk.name(last.intent)) + doing.start(talk, action, {"ticket_no": last.no})


def back(talk: Talk) -> Reply:
    """One question back."""
    task = talk.state.task
    if task is None:
        return talk.say("nothing_open")
    action = talk.actions[task.intent]
    if task.history and not task.confirming:
        task.history.pop()
    if not task.history:
        return cancel(talk)
    task.confirming, task.choices = False, []
    task.slots.pop(task.history[-1], None)
    if task.history[-1] == task.demanded:
        return doing.proceed(talk, action, task)
    return Reply(forms.question(action, task, task.history[-1]))


def restart(talk: Talk) -> Reply:
    task = talk.state.task
    if task is None:
        return talk.say("nothing_open")
    talk.state.photos = task.photos
    return doing.start(talk, talk.actions[task.intent], {})


def skip(talk: Talk) -> Reply:
    task = talk.state.task
    if task is None:
        return talk.say("nothing_open")
    action = talk.actions[task.intent]
    if task.asked is None:
        return unclear.missed(talk, action, task)
    if not forms.skippable(action, task.asked):
        return talk.say("needed") + Reply(doing.again(talk, action, task))
    if task.demanded == task.asked:
        task.slots[task.asked] = ""
    task.skipped.append(task.asked)
    return doing.proceed(talk, action, task)


def more(talk: Talk) -> Reply:
    """继续: the rest of a long reply, else the form laid aside, else the question once more."""
    if talk.state.rest:
        rest, talk.state.rest = talk.state.rest, ""
        return Reply(rest)
    if talk.state.task is None and talk.state.parked:
        talk.state.task = talk.state.parked.pop()
    task = talk.state.task
    return Reply(doing.again(talk, talk.actions[task.intent], task)) if task else talk.say("nothing_open")


def help_(talk: Talk) -> Reply:
    reply = doing.perform_named(talk, "chat.help")
    task = talk.state.task
    return reply + Reply(doing.again(talk, talk.actions[task.intent], task)) if task else reply


COMMANDS: dict[str, Callable[[Talk], Reply]] = {
    "cancel": cancel,
    "help": help_,
    "back": back,
    "restart": restart,
    "more": more,
    "skip": skip,
    "undo": undo,
}
