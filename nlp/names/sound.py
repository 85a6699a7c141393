"""How characters sound: one code per toneless syllable, and a coarser one that hears as Taicang speakers do."""

import importlib.util
import re
import unicodedata
from codecs import utf_16_le_decode
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Codes = NDArray[np.uint16]

_PRIVATE = 0xE000  # syllable codes live in the private use area, so a coded name is still a string
TEAM = 0xF000  # 队, 团, 班, 组 name the same thing in talk, and 队 is often heard as 对
_TEAM_CHARS = "队团班组对堆兑"
# Confusions of dialect speakers and of dictation, applied to toneless pinyin one after the other.
_CONFUSIONS = (
    (r"^([zcs])h", r"\1"),
    (r"^n", "l"),
    (r"ng$", "n"),
    (r"^(?:hua|wa)n$", "fan"),
    (r"^hu(?!a)", "fu"),
    (r"^fui|^wei", "fei"),
)


@dataclass(frozen=True, slots=True)
class Sounds:
    """Lookup tables over the 65,536 code units of the basic plane."""

    exact: Codes
    folded: Codes


@cache
def sounds() -> Sounds:
    """The two tables, read once from pypinyin's character list (its phrase list, slow to load, is not needed)."""
    exact = np.arange(0x10000, dtype=np.uint16)
    folded = exact.copy()
    for upper in range(ord("A"), ord("Z") + 1):
        exact[upper] = folded[upper] = upper + 32
    syllables: dict[str, int] = {}
    for code, readings in _character_readings().items():
        if 0x4E00 <= code <= 0x9FFF:
            syllable = _toneless(readings.split(",")[0])
            exact[code] = syllables.setdefault(syllable, _PRIVATE + len(syllables))
            heard = _heard(syllable)
            folded[code] = syllables.setdefault(heard, _PRIVATE + len(syllables))
    for char in _TEAM_CHARS:
        folded[ord(char)] = TEAM
    return Sounds(exact, folded)


def _character_readings() -> dict[int, str]:
    package = importlib.util.find_spec("pypinyin")
    if package is None or package.origin is None:
        raise ModuleNotFoundError("pypinyin")
    spec = importlib.util.spec_from_file_location("_pinyin_dict", Path(package.origin).with_name("pinyin_dict.py"))
    if spec is None or spec.loader is None:
        raise ModuleNotFoundError("pypinyin.pinyin_dict")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    readings: dict[int, str] = module.pinyin_dict
    return readings


@cache
def _heard(syllable: str) -> str:
    for pattern, replacement in _CONFUSIONS:
        syllable = re.sub(pattern, replacement, syllable)
    return syllable


@cache
def _toneless(reading: str) -> str:
    plain = unicodedata.normalize("NFD", reading)
    return "".join(char for char in plain if char.isascii())


_ASTRAL = re.compile("[\U00010000-\U0010ffff\ud800-\udfff]")


def units(text: str) -> Codes:
    """One code unit per character; what lies outside the basic plane becomes □."""
    if not text.isascii():
        text = _ASTRAL.sub("□", text)
    return np.frombuffer(text.encode("utf-16-le"), dtype=np.uint16)


def spell(codes: Codes) -> str:
    """Code units as a string again."""
    return utf_16_le_decode(codes.tobytes(), "replace", True)[0]


def exact_sound(text: str) -> str:
    """Toneless pinyin, one code per character."""
    return spell(sounds().exact[units(text)])


def folded_sound(text: str) -> str:
    """Toneless pinyin with zh/z, ch/c, sh/s, n/l, ng/n, h/f merged, one code per character."""
    return spell(sounds().folded[units(text)])
