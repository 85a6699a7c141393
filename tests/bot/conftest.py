"""A deployment that talks to the simulated platform, and the person it talks to."""

from collections.abc import Iterator

import pytest

from models.base import Database
from tests.bot.wire import Deployment


@pytest.fixture
def deployment(database: Database) -> Iterator[Deployment]:
    """One person, `resident`, known to the platform, with nothing open and no notices configured."""
    made = Deployment(database)
    made.world.add_person("resident")
    yield made
    made.close()


@pytest.fixture
def noticing(database: Database) -> Iterator[Deployment]:
    """As `deployment`, with one template and one subscription template."""
    notices = {"templates": {"default": "T1"}, "subscriptions": {"default": "S1"}}
    made = Deployment(database, wechat=notices, push={"fields": {"default": {"thing1": "{head}", "time2": "{time}"}}})
    made.world.add_template("T1", "thing1", "time2")
    made.world.add_template("S1", "thing1", "time2", kind="subscribe")
    made.world.add_person("resident")
    yield made
    made.close()
