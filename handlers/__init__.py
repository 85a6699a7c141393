"""What the bot can do: every capability on one screen; a new skill is one line here."""

from handlers import (
    account,
    activity,
    chat,
    disclosure,
    dispute,
    filing,
    incubation,
    organization,
    party,
    project,
    reminder,
    safety,
    training,
)
from handlers.skill import Action, Skill

SKILLS: list[Skill] = [
    activity.skill,
    filing.skill,
    dispute.skill,
    safety.skill,
    disclosure.skill,
    organization.skill,
    training.skill,
    project.skill,
    incubation.skill,
    party.skill,
    reminder.skill,
    account.skill,
    chat.skill,
]


def actions() -> dict[str, Action]:
    """Every action by its intent."""
    return {action.intent: action for skill in SKILLS for action in skill.actions.values()}
