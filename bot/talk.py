"""One message in a conversation: what it means for the open form, and what is done about it."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from pydantic import ValidationError

from bot import forms
from bot.state import Last, State, Task
from handlers import words
from handlers.skill import Action, Refused, Reply, Skill, Turn
from models import record
from nlp.normalise import normalise
from nlp.types import Understanding
from nlp.wishes import later_clauses

Understand = Callable[[str, str | None], Understanding]  # (text, expecting)

RECENT = timedelta(hours=24)  # how long 改成… and 撤销 still mean the last record
FOLLOWING = timedelta(hours=1)  # how long a bare sentence or photo still belongs to it
ANSWER = "dialog.answer"  # what the understanding calls an answer to the question asked
LIKELY = 0.5  # below it the guess of a wish counts for nothing against the question asked
SURE = 0.8  # above it a question asked inside a form is a question, not an answer
MOSTLY = 0.8  # of a sentence: what dates, numbers and names cover of one that is nothing else
NEAREST = 3
NEITHER = "-"  # the choice of none of these
COMPLETING = {  # what completes an urgent report, and the kind that is guessed with it
    "place", "building", "person", "phone", "community", "town", "headcount", "hazard_type", "dispute_type",
}  # fmt: skip


class Talk:
    """Answers one message of one person; reads and changes `state`, leaves the database to the handlers."""

    def __init__(
        self, actions: Mapping[str, Action], skills: list[Skill], turn: Turn, state: State, understand: Understand
    ):
        self.actions = actions
        self.skills = {skill.name: skill for skill in skills}
        self.turn = turn
        self.state = state
        self.understand = understand
        self.words = words.load("words")

    def say(self, key: str, **values: Any) -> Reply:
        return Reply(words.sentence(self.words["reply"][key], values))

    # -- a sentence ---------------------------------------------------------------------------------------------

    def sentence(self) -> Reply:
        """Text or recognised speech."""
        text, task = self.turn.text.strip(), self.state.task
        command = self.words["commands"].get(text.strip(self.words["ordinals"]["around"]))
        if command:
            return self.commands()[command]()
        if task and task.choices and (picked := forms.choice(task, text)):
            return self.picked(task, picked)
        said = self.understand(text, task.expecting if task else None)
        self.turn.said = said
        if said.danger:
            return self.emergency(said)
        reply = self.within(task, said) if task else self.completed(said) or self.afresh(said)
        return self.further(said, reply)

    def commands(self) -> dict[str, Callable[[], Reply]]:
        """Words that mean the same at every point of every conversation; dialog.yaml lists them."""
        return {
            "cancel": self.cancel,
            "help": self.help,
            "back": self.back,
            "restart": self.restart,
            "more": self.more,
            "skip": self.skip,
            "undo": self.undo,
        }

    def within(self, task: Task, said: Understanding) -> Reply:
        """A form is open: an answer, a correction, a side question, or a change of mind."""
        action, intent = self.actions[task.intent], said.intent
        if intent == "dialog.cancel":
            return self.cancel()
        if task.confirming and intent == "dialog.confirm":
            return self.finish(action, task)
        if action.looks_up and self.another_question(task, said):
            self.state.task = None
            return self.afresh(said)
        if self.another(action, task, said):
            return self.interrupt(action, task, said)
        if self.own_words(action, task, said):
            forms.accept(action, task, forms.in_own_words(task, said))
            return self.proceed(action, task)
        if self.answers(action, task, said) and forms.accept(action, task, self.new(action, task, said)):
            return self.proceed(action, task)
        if intent in self.actions and intent != task.intent:
            return self.interrupt(self.actions[intent], task, said)
        if unoffered(self.actions, said):
            return self.say("not_yet") + Reply(self.again(action, task))
        if intent == "dialog.deny":
            return self.denied(action, task)
        return self.missed(action, task)

    def own_words(self, action: Action, task: Task, said: Understanding) -> bool:
        """A question answered in free words, of which nothing but a day or a number was recognised."""
        if task.confirming or task.choices or task.asked not in forms.SPOKEN_WHOLE:
            return False
        if task.asked in said.slots and (said.intent == ANSWER or said.confidence >= LIKELY):
            return False
        other = self.actions.get(said.intent)
        another_wish = other is not None and other is not action and said.confidence >= SURE
        return not (another_wish or said.intent.startswith("dialog.") or forms.told(said, forms.MEASURES) >= MOSTLY)

    def answers(self, action: Action, task: Task, said: Understanding) -> bool:
        """Whether the sentence speaks about the open form rather than of something else."""
        if said.intent.startswith("dialog.") or said.intent in (task.intent, "none"):
            return True
        other = self.actions.get(said.intent)
        if other is None:
            return True
        if task.asked in said.slots or other.skill is action.skill:
            return not (other.looks_up and said.confidence >= SURE)
        return False

    def another_question(self, task: Task, said: Understanding) -> bool:
        """After a list to pick from, the next wish need not wait for a pick."""
        return said.intent in self.actions and (said.confidence >= SURE or said.intent != task.intent)

    def another(self, action: Action, task: Task, said: Understanding) -> bool:
        """A whole new wish of the same kind, under another title: a second activity, not a correction of the first."""
        titles = task.slots.get("title"), said.slots.get("title")
        if said.intent != task.intent or None in titles or titles[0] == titles[1] or said.confidence < SURE:
            return False
        return forms.missing_required(action, said.slots) is None

    def interrupt(self, action: Action, task: Task, said: Understanding) -> Reply:
        """A side question is answered and the form goes on; another task lays this one aside."""
        if action.looks_up:
            self.state.task = None
            aside = self.perform(action, Task(intent=action.intent, slots=self.heard(action, said)))
            if self.state.task:  # the side question asks back: the form waits for it
                self.state.parked.append(task)
                return aside
            self.state.task = task
            return aside + Reply(self.again(self.actions[task.intent], task))
        self.state.park()
        return self.say("parked", name=self.name(task.intent)) + self.start(action, self.heard(action, said))

    def afresh(self, said: Understanding) -> Reply:
        """No form is open."""
        action = self.by_number(said) or self.actions.get(said.intent)
        if action is not None:
            return self.start(action, self.heard(action, said))
        match said.intent:
            case "dialog.correct":
                return self.correct_last(said)
            case "none":
                return self.follow_up(said)
            case "dialog.cancel":
                return self.cancel()
            case "dialog.confirm" | "dialog.deny":
                return self.say("nothing_open")
        return self.say("not_yet")

    def by_number(self, said: Understanding) -> Action | None:
        """A receipt number says which kind of record is meant, whatever the sentence sounds like."""
        noun = record.noun_of(str(said.slots.get("ticket_no") or ""))
        verb = said.intent.partition(".")[2]
        verbs = (verb, "status", "query") if noun and not said.intent.startswith(f"{noun}.") else ()
        return next((self.actions[f"{noun}.{name}"] for name in verbs if f"{noun}.{name}" in self.actions), None)

    def new(self, action: Action, task: Task, said: Understanding) -> dict[str, Any]:
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
            told = {
                name: value
                for name, value in told.items()
                if name == task.asked or (name not in task.slots and name not in inside)
            }
        return {**whole, **told}

    def heard(self, action: Action, said: Understanding) -> dict[str, Any]:
        return {**action.form.heard(said.text), **said.slots}

    def further(self, said: Understanding, reply: Reply) -> Reply:
        """The other wishes of the same message: questions are answered now, tasks wait their turn."""
        plain = normalise(said.text).text if said.others else ""
        clauses = [plain[clause.said : clause.end] for clause in later_clauses(plain)]
        for intent in said.others:
            action = self.actions.get(intent)
            if action is None or intent == said.intent:
                continue
            wish = Task(intent=intent)
            heard = (self.understand(clause, None) for clause in clauses)
            if meant := next((clause for clause in heard if clause.intent == intent), None):
                forms.accept(action, wish, self.heard(action, meant))
            if action.looks_up:
                asked = self.state.task
                aside = self.perform(action, wish)
                reply = aside + reply if asked else reply + aside
            else:
                self.state.queue.append(wish)
        return reply

    # -- the life of a form -------------------------------------------------------------------------------------

    def start(self, action: Action, slots: Mapping[str, Any]) -> Reply:
        if self.turn.role < action.needs:
            return self.say(
                "not_allowed", role=self.words["roles"][action.needs.name.lower()], name=self.name(action.intent)
            )
        task = Task(intent=action.intent, photos=self.state.photos)
        self.state.task, self.state.photos, self.state.misses = task, [], 0
        forms.accept(action, task, slots)
        return self.proceed(action, task)

    def proceed(self, action: Action, task: Task) -> Reply:
        """Asks for what is missing, then for a yes, then does it."""
        task.misses, task.choices = 0, []
        if unsure := self.ambiguous(action, task):
            return unsure
        slot = forms.missing(action, task)
        if slot is not None:
            opening = self.opening(action, task) if task.asked is None else ""
            task.confirming = False
            return Reply(f"{opening}\n{forms.question(action, task, slot)}".strip("\n"))
        if not action.confirm:
            return self.finish(action, task)
        try:
            forms.filled(action, task)
        except ValidationError as error:
            return Reply(forms.question(action, task, forms.drop_misfits(task, error)))
        echo = self.echo(action, task)
        task.confirming, task.asked = True, None
        return Reply(echo) + self.say("confirm")

    def opening(self, action: Action, task: Task) -> str:
        """What the first sentence already told, so that nothing has to be said twice."""
        known = {name for name in task.slots if name in action.form.model_fields}
        if not known or action.verb not in action.skill.words.get("echo", {}):
            return ""
        return forms.echo(action, task, None)

    def ambiguous(self, action: Action, task: Task) -> Reply | None:
        """A name that fits several organisations is asked once, by number."""
        said = self.turn.said
        if said is None or "organization_id" not in action.form.model_fields or "organization_id" in task.skipped:
            return None
        value = next((v for v in said.values if v.slot == "organization" and v.choices), None)
        if value is None or task.slots.get("organization_id") or value.value != task.slots.get("organization"):
            return None
        task.choices = [*value.choices, (NEITHER, self.words["neither"])]
        task.asked, task.confirming = "organization_id", False
        labels = words.numbered(label for _, label in task.choices)
        return self.say("which_organization", name=value.value, choices=labels)

    def picked(self, task: Task, pair: tuple[str, str]) -> Reply:
        """A numbered choice was made."""
        action, slot = self.actions[task.intent], task.asked or ""
        if pair[0] == NEITHER:
            task.skipped.append(slot)
            return self.proceed(action, task)
        task.slots[slot] = pair[0]
        if slot == "organization_id":
            task.slots["organization_name"] = pair[1]
        return self.proceed(action, task)

    def finish(self, action: Action, task: Task) -> Reply:
        """Does the deed; afterwards offers what still waits."""
        reply = self.perform(action, task)
        if self.state.task is task and not task.asked:
            self.state.task = None
        return reply if self.state.task else reply + self.waiting()

    def perform(self, action: Action, task: Task) -> Reply:
        """Runs the handler; a refusal keeps nothing of the deed and asks again for the one slot."""
        if self.turn.role < action.needs:
            return self.say(
                "not_allowed", role=self.words["roles"][action.needs.name.lower()], name=self.name(action.intent)
            )
        task.confirming, task.asked = False, None
        self.turn.photos, self.turn.last = task.photos, self.state.last.no if self.state.last else None
        try:
            form = forms.filled(action, task)
            if action.looks_up:
                reply = action.run(self.turn, form)
            else:
                with self.turn.db.begin_nested():
                    reply = action.run(self.turn, form)
        except ValidationError as error:
            return self.ask_again(action, task, forms.drop_misfits(task, error), [])
        except Refused as no:
            refusal = Reply(self.refusal(action, no))
            if no.ask is None:
                return refusal
            return refusal + self.ask_again(action, task, no.ask, no.choices)
        if reply.no:
            self.made(action, task, reply.no)
        return reply

    def perform_named(self, intent: str) -> Reply:
        return self.perform(self.actions[intent], Task(intent=intent))

    def made(self, action: Action, task: Task, no: str) -> None:
        self.state.last = Last(no=no, intent=action.intent, at=self.turn.now)
        self.turn.attach(no, task.photos)

    def refusal(self, action: Action, no: Refused) -> str:
        own = action.skill.words["reply"]
        return words.sentence(own[no.reply] if no.reply in own else self.words["reply"][no.reply], no.values)

    def ask_again(self, action: Action, task: Task, slot: str, choices: list[tuple[str, str]]) -> Reply:
        task.slots.pop(slot, None)
        task.choices = list(choices)
        self.state.task = task
        return Reply(forms.question(action, task, slot))

    def again(self, action: Action, task: Task) -> str:
        """The question the form stands at, once more."""
        if task.confirming:
            return self.echo(action, task) + "\n" + self.say("confirm").text
        return forms.question(action, task, task.asked) if task.asked else ""

    def echo(self, action: Action, task: Task) -> str:
        community = self.turn.community()
        return forms.echo(action, task, community.name if community else None)

    def waiting(self) -> Reply:
        """What was asked for but not served yet: the next wish starts, a parked form is offered."""
        if self.state.queue:
            wish = self.state.queue.pop(0)
            return self.say("next", name=self.name(wish.intent)) + self.start(self.actions[wish.intent], wish.slots)
        if self.state.parked:
            return self.say("resume", name=self.name(self.state.parked[-1].intent))
        return Reply("")

    # -- words that work everywhere -----------------------------------------------------------------------------

    def cancel(self) -> Reply:
        task = self.state.task
        if task is None and self.state.parked:
            return self.say("cancelled", name=self.name(self.state.parked.pop().intent))
        if task is None:
            return self.undo()
        self.state.task, self.state.queue = None, []
        return self.say("cancelled", name=self.name(task.intent)) + self.waiting()

    def undo(self) -> Reply:
        """取消 with nothing open means the record just made."""
        last = self.state.last
        action = self.actions.get(f"{last.intent.split('.')[0]}.cancel") if last else None
        if last is None or action is None or self.turn.now - last.at > RECENT:
            return self.say("nothing_open")
        return self.start(action, {"ticket_no": last.no})

    def back(self) -> Reply:
        """One question back."""
        task = self.state.task
        if task is None:
            return self.say("nothing_open")
        action = self.actions[task.intent]
        if task.history and not task.confirming:
            task.history.pop()
        if not task.history:
            return self.cancel()
        task.confirming, task.choices = False, []
        task.slots.pop(task.history[-1], None)
        return Reply(forms.question(action, task, task.history[-1]))

    def restart(self) -> Reply:
        task = self.state.task
        if task is None:
            return self.say("nothing_open")
        self.state.photos = task.photos
        return self.start(self.actions[task.intent], {})

    def skip(self) -> Reply:
        task = self.state.task
        if task is None or task.asked is None:
            return self.missed(self.actions[task.intent], task) if task else self.say("nothing_open")
        action = self.actions[task.intent]
        if not forms.skippable(action, task.asked):
            return self.say("needed") + Reply(self.again(action, task))
        task.skipped.append(task.asked)
        return self.proceed(action, task)

    def more(self) -> Reply:
        """继续: the rest of a long reply, else the form laid aside, else the question once more."""
        if self.state.rest:
            rest, self.state.rest = self.state.rest, ""
            return Reply(rest)
        if self.state.task is None and self.state.parked:
            self.state.task = self.state.parked.pop()
        task = self.state.task
        return Reply(self.again(self.actions[task.intent], task)) if task else self.say("nothing_open")

    def help(self) -> Reply:
        reply = self.perform_named("chat.help")
        task = self.state.task
        return reply + Reply(self.again(self.actions[task.intent], task)) if task else reply

    # -- when it is not clear -----------------------------------------------------------------------------------

    def denied(self, action: Action, task: Task) -> Reply:
        if task.asked and forms.skippable(action, task.asked):
            return self.skip()
        return self.say("what_to_change") if task.confirming else self.say("needed") + Reply(self.again(action, task))

    def missed(self, action: Action, task: Task) -> Reply:
        """Not understood inside a form: say so, ask once more, from the second time name the ways out."""
        task.misses += 1
        return self.say("missed" if task.misses == 1 else "missed_again") + Reply(self.again(action, task))

    def completed(self, said: Understanding) -> Reply | None:
        """A bare place, phone or name right after an urgent report belongs to it."""
        last = self.state.last
        skill = self.skills.get(last.intent.split(".")[0]) if last else None
        if not (last and last.urgent and skill and skill.supplement and self.turn.now - last.at <= FOLLOWING):
            return None
        if not said.slots or not set(said.slots) <= COMPLETING or forms.told(said) < MOSTLY:
            return None
        return skill.supplement(self.turn, last.no, said.slots)

    def correct_last(self, said: Understanding) -> Reply:
        """改成… with nothing open speaks of the record just made."""
        last = self.state.last
        noun = last.intent.split(".")[0] if last else ""
        action = self.actions.get(f"{noun}.change") or self.actions.get(f"{noun}.update")
        if last is None or action is None or self.turn.now - last.at > RECENT:
            return self.say("nothing_to_correct")
        return self.start(action, {**self.heard(action, said), "ticket_no": last.no})

    def follow_up(self, said: Understanding) -> Reply:
        """A sentence that is no wish by itself: more about an urgent report, else the nearest suggestions."""
        last = self.state.last
        skill = self.skills.get(last.intent.split(".")[0]) if last else None
        if last and skill and skill.supplement and last.urgent and self.turn.now - last.at <= FOLLOWING:
            return skill.supplement(self.turn, last.no, said.slots)
        self.state.misses += 1
        if self.state.misses > 2:
            return self.perform_named("chat.human")
        near = [intent for intent, _ in said.ranking if self.offered(intent)][:NEAREST]
        lines = words.numbered(self.example(intent) for intent in near)
        return self.say("not_understood", nearest=lines)

    def offered(self, intent: str) -> bool:
        action = self.actions.get(intent)
        return (
            action is not None
            and action.needs <= self.turn.role
            and action.verb in action.skill.words.get("offers", {})
        )

    def example(self, intent: str) -> str:
        action = self.actions[intent]
        offer = action.skill.words["offers"][action.verb]
        return words.sentence(self.words["offer"], offer)

    def name(self, intent: str) -> str:
        action = self.actions[intent]
        return str(action.skill.words["offers"].get(action.verb, {}).get("name") or action.skill.words["name"])

    # -- life or limb -------------------------------------------------------------------------------------------

    def emergency(self, said: Understanding) -> Reply:
        """No forms: emergency numbers first, what is known stored at once, staff told; an open form is laid aside."""
        noun = said.intent.split(".")[0]
        skill = self.skills[noun if noun in self.skills and self.skills[noun].emergency else "safety"]
        self.state.park()
        self.turn.photos, self.state.photos = self.state.photos, []
        assert skill.emergency is not None
        reply = skill.emergency(self.turn, said.slots)
        if reply.no:
            self.state.last = Last(no=reply.no, intent=f"{skill.name}.report", at=self.turn.now, urgent=True)
            self.turn.attach(reply.no, self.turn.photos)
        return reply


def unoffered(actions: Mapping[str, Action], said: Understanding) -> bool:
    """Clearly a wish, but of a kind nobody serves yet."""
    wish = not said.intent.startswith("dialog.") and said.intent != "none"
    return wish and said.intent not in actions and said.confidence >= SURE
