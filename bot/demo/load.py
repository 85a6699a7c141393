"""Loads the made-up district into a database, through the models; a second time does nothing."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import yaml

from bot.demo.cast import CAST
from models import (
    activity,
    directory_file,
    disclosure,
    dispute,
    filing,
    incubation,
    organization,
    party,
    people,
    place,
    project,
    safety,
    training,
)
from models.base import Database, Session, seal
from models.organization import Organization
from models.people import Role, User
from models.place import Community
from models.settings import Setting, directory_changed
from models.when import SHANGHAI, When

HERE = Path(__file__).parent
CHANNEL = "wechat"
LOADED = "demo_records"  # the setting that remembers which records were made
NEWCOMER = "newcomer"  # who is to be nobody yet
MEDIATION_DAYS = 30


def load(database: Database) -> bool:
    """The directory, one person a role, records around today. False, and nothing done, where a real directory is."""
    with (HERE / "records.yaml").open(encoding="utf-8") as file:
        data = yaml.safe_load(file)
    return database.run(lambda db: _load(db, data, datetime.now(SHANGHAI)))


def _load(db: Session, data: Mapping[str, Any], now: datetime) -> bool:
    done = db.get(Setting, LOADED)
    if done is None:
        if organization.count(db):
            return False
        done = Setting(name=LOADED, value=[])
        db.add(done)
        directory(db, data)
    for person in CAST:
        if person.role != NEWCOMER:
            bound(db, person.openid, Role.named(person.role), person.who, person.place, now)
    for facts in data["records"]:
        if facts["id"] not in done.value:
            story = Story(db, now, facts)
            MAKERS[facts["kind"]](story, story.maker())
            done.value = [*done.value, facts["id"]]
    return True


def directory(db: Session, data: Mapping[str, Any]) -> None:
    """The file of contract 6, and what such a file has no column for: other names of places, whom to ask."""
    outcome = directory_file.load(db, directory_file.read(HERE / "directory.csv"))
    assert not outcome.refused, outcome.refused
    for town in place.towns(db):
        town.aliases, town.contact = data["towns"][town.name]["aliases"], data["towns"][town.name]["contact"]
    for community in place.communities(db):
        community.aliases = data["former_names"].get(community.name, [])
    directory_changed(db)


def bound(db: Session, openid: str, role: Role, name: str, where: str, now: datetime) -> None:
    """The person of a role, standing where they belong: an organisation, a community, a town, or over all."""
    user = people.get(db, CHANNEL, openid) or people.add(db, CHANNEL, openid, now)
    team = team_named(db, where) if role == Role.LEADER else None
    community = db.get(Community, team.community_id) if team else place.community_named(db, where)
    town = place.town_named(db, where)
    user.role, user.name, user.followed = role, seal(db, name), True
    user.organization_id = team.id if team else None
    user.community_id = community.id if community else None
    user.town_id = community.town_id if community else town.id if town else None


def team_named(db: Session, name: str) -> Organization:
    return next(one for one in organization.find(db, words=[name]) if one.name == name)


# -- records ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Story:
    """One record of records.yaml, its days set against `now`."""

    db: Session
    now: datetime
    facts: Mapping[str, Any]

    def maker(self) -> User:
        user = people.get(self.db, CHANNEL, f"demo-{self.facts['by']}")
        assert user is not None
        return user

    def made(self) -> datetime:
        return self.moment(self.facts["made"])

    def moment(self, days: int, clock: time = time(10)) -> datetime:
        """That day at that hour, never in the future."""
        at = datetime.combine(self.now.date() + timedelta(days=days), clock, SHANGHAI)
        return min(at, self.now)

    def day(self) -> date:
        if "weekday" in self.facts:
            return self.now.date() + timedelta(days=(self.facts["weekday"] - self.now.weekday() - 1) % 7 + 1)
        return self.now.date() + timedelta(days=self.facts["day"])

    def at(self, key: str) -> When:
        return When(f"{self.day().isoformat()}T{self.facts[key]}")

    def team(self) -> Organization | None:
        return team_named(self.db, self.facts["organization"]) if "organization" in self.facts else None

    def community(self) -> Community:
        found = place.community_named(self.db, self.facts["community"])
        assert found is not None, self.facts["id"]
        return found

    def pick(self, *names: str) -> dict[str, Any]:
        return {name: self.facts[name] for name in names if name in self.facts}

    def sealed(self, facts: Mapping[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
        return {name: seal(self.db, value) if name in names else value for name, value in facts.items()}


def hold(story: Story, user: User) -> None:
    """An activity; with `attended` also its report."""
    team = story.team()
    facts = story.pick("title", "place", "headcount", "repeat") | {
        "start": str(story.at("at")),
        "end": str(story.at("until")),
    }
    facts |= {"organization": team.name, "organization_id": team.id} if team else {}
    row = activity.register(story.db, user, story.made(), story.community().id, facts)
    if "attended" in story.facts:
        story.db.flush()
        told = story.moment(story.facts["day"], time(20))
        activity.report(story.db, user, told, row, story.pick("attended", "volunteers", "hours", "outcome"))


def disclose(story: Story, user: User) -> None:
    team, made = story.team(), story.made()
    assert team is not None
    facts = story.pick("money", "direction", "content")
    if "period" in story.facts:
        before = made.month - 3 if made.month > 3 else made.month + 9
        facts["period"] = f"{made.year - (made.month <= 3)}-Q{(before + 2) // 3}"
    disclosure.publish(
        story.db,
        user.id,
        made,
        topic=story.facts["topic"],
        title=story.facts["title"],
        community_id=team.community_id,
        organization_id=team.id,
        **facts,
    )


def file_(story: Story, user: User) -> None:
    """A change of a filed organisation, or the application of a new one."""
    team, made = story.team(), story.made()
    if team:
        filing.ask(
            story.db,
            user,
            made,
            filing.CHANGE,
            team,
            changes=dict(story.facts["changes"]),
            reason=story.facts["reason"],
        )
        return
    facts = story.pick("name", "category", "head", "phone", "place", "members")
    filing.apply(story.db, user, made, story.community(), story.sealed(facts, ("phone",)))


def quarrel(story: Story, user: User) -> None:
    community = story.community()
    facts = story.pick("dispute_type", "place", "building", "headcount", "reason", "text")
    facts |= {"community_id": community.id, "town_id": community.town_id}
    row = dispute.report(story.db, user, story.made(), story.sealed(facts, dispute.Dispute.SEALED), days=MEDIATION_DAYS)
    take_steps(
        story,
        lambda at, staff, step, told: dispute.update(story.db, staff, at, row, step, told),
        dispute.Dispute.SEALED,
    )


def endanger(story: Story, user: User) -> None:
    community = story.community()
    facts = story.pick("hazard_type", "severity", "place", "building", "text")
    facts |= {"community_id": community.id, "town_id": community.town_id}
    row = safety.report(
        story.db, user, story.made(), story.sealed(facts, safety.Hazard.SEALED), days=story.facts["days"]
    )
    take_steps(
        story, lambda at, staff, step, told: safety.update(story.db, staff, at, row, step, told), safety.Hazard.SEALED
    )


def take_steps(
    story: Story, take: Callable[[datetime, User, str, dict[str, Any]], None], sealed: tuple[str, ...]
) -> None:
    """What the community's worker did about it since."""
    staff = people.get(story.db, CHANNEL, "demo-worker")
    assert staff is not None
    for step in story.facts.get("steps", []):
        told = {name: value for name, value in step.items() if name not in ("step", "day")}
        take(story.moment(step["day"]), staff, step["step"], story.sealed(told, sealed))


def patrol(story: Story, user: User) -> None:
    team = story.team()
    facts = story.pick("work", "hours", "place", "headcount", "volunteers", "checked", "found", "fixed", "text")
    facts |= {"start": str(story.at("at")), "end": str(story.at("until"))}
    facts |= {"organization": team.name, "organization_id": team.id} if team else {}
    safety.log(story.db, user, story.made(), story.community().id, story.sealed(facts, safety.SafetyWork.SEALED))


def train(story: Story, user: User) -> None:
    """A training with the organisations that were there or signed up; of the town where no community is named."""
    named = [team_named(story.db, name) for name in story.facts["organizations"]]
    community = story.community() if "community" in story.facts else None
    facts = story.pick("title", "place", "headcount", "hours", "topics") | {
        "start": str(story.at("at")),
        "end": str(story.at("until")),
        "community_id": community.id if community else None,
        "town_id": community.town_id if community else user.town_id,
    }
    training.register(story.db, user, story.made(), facts, [team.id for team in named])


def serve(story: Story, user: User) -> None:
    """A service project of an organisation; `day` and `last` are its first and last day."""
    team = story.team()
    assert team is not None
    facts = story.pick("title", "target_group", "place", "headcount", "households", "money") | {
        "start": str(story.day()),
        "end": str(story.now.date() + timedelta(days=story.facts["last"])),
        "organization": team.name,
        "organization_id": team.id,
        "community_id": team.community_id,
    }
    project.register(story.db, user, story.made(), facts)


def incubate(story: Story, user: User) -> None:
    """An organisation on its way through a base, with the steps the town took; days of `facts` count from today."""
    team = story.team()
    assert team is not None
    told = story.pick("place", "needs", "person", "phone") | {"organization": team.name}
    community = story.db.get(Community, team.community_id)
    assert community is not None
    facts = story.sealed(told, ("person", "phone"))
    row = incubation.apply(story.db, user, story.made(), community, team, facts)
    staff = people.get(story.db, CHANNEL, "demo-town")
    assert staff is not None
    for step in story.facts.get("steps", []):
        at = story.moment(step["day"])
        days: dict[str, Any] = {
            name: story.now.date() + timedelta(days=count) for name, count in step.get("dates", {}).items()
        }
        if step["step"] == "paid":
            incubation.pay(story.db, staff, at, row, step["money"])
        else:
            incubation.take(story.db, staff, at, row, step["step"], **days)


def visit(story: Story, user: User) -> None:
    """A contact of a party branch with an organisation."""
    team = story.team()
    assert team is not None
    told = story.pick("person", "text", "raised", "place") | {
        "start": story.day().isoformat(),
        "organization": team.name,
    }
    community = story.db.get(Community, team.community_id)
    assert community is not None
    party.record(story.db, user, story.made(), community, team, story.sealed(told, ("person", "text", "raised")))


MAKERS: Mapping[str, Callable[[Story, User], None]] = {
    "activity": hold,
    "disclosure": disclose,
    "filing": file_,
    "dispute": quarrel,
    "hazard": endanger,
    "patrol": patrol,
    "training": train,
    "project": serve,
    "incubation": incubate,
    "party": visit,
}
