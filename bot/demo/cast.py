"""The people one can be in the demo; who they are stands in cast.yaml."""

from dataclasses import dataclass
from pathlib import Path

import yaml


@dataclass(frozen=True)
class Person:
    """One person of the demo: openid, role, what to call the part, the invented name, the place, a sentence to try."""

    openid: str
    role: str
    name: str
    who: str
    place: str
    hint: str


CAST = [Person(**row) for row in yaml.safe_load((Path(__file__).parent / "cast.yaml").read_text(encoding="utf-8"))]
