"""The one way a rule says no: a reply to look up and, where it helps, the slot to ask again."""

from typing import Any


class Refused(Exception):
    """A rule refuses; nothing of the deed is kept.

    `reply` is a key of the skill's YAML, `values` fill it. With `ask`, that slot alone is asked again and the rest of
    the form stays. With `choices` ((value, label) pairs) the user picks by number and `ask` receives the value.
    """

    def __init__(self, reply: str, ask: str | None = None, choices: list[tuple[str, str]] | None = None, **values: Any):
        super().__init__(reply)
        self.reply = reply
        self.ask = ask
        self.choices = choices or []
        self.values = values
