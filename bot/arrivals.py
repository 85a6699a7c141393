"""What is not a sentence: photos, places, voices without words, and events that name an action."""

from bot import doing, forms, receipts
from bot.talk import FOLLOWING, Talk
from handlers.skill import Reply
from models import people

KEPT = 30  # photos waiting for a sentence; a phone sends nine at a time


def media(talk: Talk) -> Reply:
    """A picture, voice or video: it joins the open form, else the record just made, else waits for a sentence."""
    message, state = talk.turn.message, talk.state
    photo = {"kind": message.kind, "media_id": message.media_id, "url": message.url}
    kept = "photo_kept" if message.kind == "image" else "voice_kept" if message.kind == "voice" else "file_kept"
    if state.task:
        state.task.photos.append(photo)
        again = doing.again(talk, talk.actions[state.task.intent], state.task)
        return talk.say(kept + "_form", count=len(state.task.photos)) + Reply(again)
    if state.last and talk.turn.now - state.last.at <= FOLLOWING:
        talk.turn.attach(state.last.no, [photo])
        return talk.say(kept + "_record", no=state.last.no)
    state.photos = [*state.photos, photo][-KEPT:]
    return talk.say(kept, count=len(state.photos))


def location(talk: Talk) -> Reply:
    """A shared place fills the form's place, or completes the report just made."""
    message, state = talk.turn.message, talk.state
    placed = message.latitude is not None and message.longitude is not None
    if not placed and not message.text:
        return talk.say("empty")
    named = message.text or f"{message.latitude:.5f},{message.longitude:.5f}"
    if state.task:
        action = talk.actions[state.task.intent]
        if forms.accept(action, state.task, {"place": named}):
            return doing.proceed(talk, action, state.task)
    last = state.last
    skill = talk.skills.get(last.intent.split(".")[0]) if last else None
    if last and skill and skill.supplement and talk.turn.now - last.at <= FOLLOWING:
        return skill.supplement(talk.turn, last.no, {"place": named})
    near = {"near": [message.latitude, message.longitude]} if placed else {"place": named}
    return doing.start(talk, talk.actions["organization.query"], near)


def event(talk: Talk) -> Reply:
    """A follow, a scan, a menu click; whatever else the platform reports is taken calmly, without a word."""
    message = talk.turn.message
    receipts.event(talk.turn.db, talk.turn.user, message)
    match message.event:
        case "subscribe" | "scan":
            talk.turn.user.followed = True
            if message.event_key:
                return doing.start(talk, talk.actions["account.bind"], {"code": message.event_key})
            return talk.say("welcome") + doing.perform_named(talk, "chat.help")
        case "unsubscribe":
            people.forget(talk.turn.db, talk.turn.user)
            talk.state.__dict__.update(type(talk.state)().__dict__)
            return Reply("")
        case "click":
            action = talk.actions.get(message.event_key)
            return doing.start(talk, action, {}) if action else doing.perform_named(talk, "chat.help")
    return Reply("")


def link(talk: Talk) -> Reply:
    return talk.say("link_kept")
