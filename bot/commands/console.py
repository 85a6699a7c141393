"""How a command speaks: results to standard output, everything else to standard error, failures in one sentence."""

import os
import sys
import traceback
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from bot.config import Config

DEBUG = "SHEZHU_DEBUG"  # set: an error of ours shows its traceback


class Failure(Exception):
    """A command cannot go on; `key` of words.yaml says why and what to do."""

    def __init__(self, key: str, **values: Any):
        super().__init__(key)
        self.key, self.values = key, values


@cache
def _words() -> dict[str, str]:
    import yaml

    with (Path(__file__).parent / "words.yaml").open(encoding="utf-8") as file:
        words: dict[str, str] = yaml.load(file, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    return words


def text(key: str, **values: Any) -> str:
    """The sentence `key` of words.yaml, filled."""
    return _words()[key].rstrip("\n").format(**values)


def say(key: str, **values: Any) -> None:
    print(text(key, **values), flush=True)


def note(key: str, **values: Any) -> None:
    """What accompanies a result: progress, hints, warnings."""
    print(text(key, **values), file=sys.stderr, flush=True)


def listed(parts: Iterable[str]) -> str:
    """Several things in one breath."""
    return text("pause").join(parts)


def configured(**overrides: Any) -> "Config":
    """The deployment's settings; an unreadable configuration ends the command."""
    from pydantic import ValidationError
    from pydantic_settings.exceptions import SettingsError
    from yaml import YAMLError

    from bot.config import Config

    try:
        return Config(**overrides)
    except ValidationError as error:
        raise Failure("bad_config", problems=problems(error)) from None
    except (SettingsError, YAMLError) as error:
        raise Failure("bad_config", problems=f"  {type(error).__name__}") from None


def problems(error: Any) -> str:
    """One line a wrong key; never the value, which may be a secret."""
    found = error.errors(include_input=False, include_url=False, include_context=False)
    return "\n".join(f"  {'.'.join(map(str, one['loc']))}: {one['msg']}" for one in found)


def report(_kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """The last word about an error: what to do, without a traceback and without what may be a secret."""
    if os.environ.get(DEBUG):
        traceback.print_exception(error)
    elif isinstance(error, Failure):
        note(error.key, **error.values)
    elif (key := f"error_{type(error).__name__}") in _words():
        note(key, error=error)
    else:
        where = traceback.extract_tb(trace)[-1:] if trace else []
        place = f"{Path(where[0].filename).name}:{where[0].lineno}" if where else "?"
        note("error", name=type(error).__name__, place=place, debug=DEBUG)
