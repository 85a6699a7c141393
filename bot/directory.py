"""The names people may say, as an index for the understanding; rebuilt when the directory changes."""

import threading
import time
from dataclasses import dataclass

from models import organization, place
from models.base import Session
from models.settings import directory_revision
from nlp.names import Entry, Vocabulary

LOOK_EVERY = 5.0  # seconds between two looks whether another process changed the directory


@dataclass(frozen=True)
class Snapshot:
    """The directory at one revision."""

    revision: int
    vocabulary: Vocabulary
    communities: dict[int, str]

    def community(self, key: int | None) -> str | None:
        return self.communities.get(key) if key else None


class Directory:
    """Keeps the newest snapshot; one is built at a time, readers never wait for it."""

    def __init__(self) -> None:
        self._snapshot: Snapshot | None = None
        self._looked = 0.0
        self._building = threading.Lock()

    def current(self, db: Session) -> Snapshot:
        now = time.monotonic()
        if self._snapshot is not None and now - self._looked < LOOK_EVERY:
            return self._snapshot
        with self._building:
            self._looked = now
            revision = directory_revision(db)
            if self._snapshot is None or self._snapshot.revision != revision:
                self._snapshot = snapshot(db, revision)
            return self._snapshot


def snapshot(db: Session, revision: int) -> Snapshot:
    """Reads every living name once."""
    places = place.communities(db)
    towns = {town.id: town for town in place.towns(db)}
    entries = [Entry("town", str(town.id), town.name, tuple(town.aliases), None, town.name) for town in towns.values()]
    entries += [Entry("community", str(c.id), c.name, tuple(c.aliases), c.name, towns[c.town_id].name) for c in places]
    entries += [
        Entry("organization", str(named.id), named.name, tuple(named.aliases), named.community, named.town)
        for named in organization.named(db)
    ]
    return Snapshot(revision, Vocabulary.build(entries), {c.id: c.name for c in places})
