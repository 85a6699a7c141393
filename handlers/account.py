"""Who somebody is: binding by a code, who am I, leaving, deleting one's data."""

import re
from typing import Any

from handlers.skill import Form, Refused, Reply, Skill, Turn
from models import duty, people
from models.people import Role

skill = Skill("account")  # its words: account.yaml, beside this file
CODE = re.compile(r"[A-HJ-NP-Za-hj-np-z2-9]{10}")


class Bind(Form):
    code: str | None = None
    community: str | None = None

    @classmethod
    def heard(cls, text: str) -> dict[str, Any]:
        found = CODE.search(text)
        return {"code": found.group().upper()} if found else {}


class Me(Form):
    wish: str | None = None
    sure: str | None = None
    community: str | None = None

    @classmethod
    def heard(cls, text: str) -> dict[str, Any]:
        table: dict[str, list[str]] = skill.words["wishes"]
        return next(({"wish": wish} for wish, signs in table.items() if any(sign in text for sign in signs)), {})


@skill.on("bind", form=Bind)
def bind(turn: Turn, form: Bind) -> Reply:
    """By a code; a resident who only says where they live is at home there from now on."""
    if form.code is None:
        if told := settled(turn, form.community):
            return told
        raise Refused("which_code", ask="code")
    people.bind(turn.db, turn.user, form.code, turn.now)
    return skill.say("bound", **who(turn))


@skill.on("me", form=Me)
def me(turn: Turn, form: Me) -> Reply:
    if form.wish is None and (told := settled(turn, form.community)):
        return told
    if form.wish is None:
        return skill.say("me" if turn.role else "resident", **who(turn))
    if form.sure is None:
        choices = list(skill.words["sure"][form.wish].items())
        raise Refused(f"sure_{form.wish}", ask="sure", choices=choices)
    if form.sure == "no":
        return skill.say("kept")
    if form.wish == "forget":
        people.forget(turn.db, turn.user)
    else:
        people.leave(turn.user)
    return skill.say(f"done_{form.wish}")


def settled(turn: Turn, community: str | None) -> Reply | None:
    """A resident's community is kept where one is named."""
    home = duty.community_in(turn.db, community) if turn.role == Role.RESIDENT else None
    if home is None:
        return None
    people.settle(turn.user, home)
    return skill.say("home", community=home.name)


def who(turn: Turn) -> dict[str, Any]:
    """Role, name and place of the sender, in words."""
    organization, community, town = turn.organization(), turn.community(), turn.town()
    place = (organization and organization.name) or (community and community.name) or (town and town.name)
    return {
        "role": skill.words["roles"][Role(turn.user.role).name.lower()],
        "name": turn.unseal(turn.user.name),
        "place": place if turn.role else None,
        "community": community.name if community else None,
        "homeless": None if community else skill.text("where"),
    }
