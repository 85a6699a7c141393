"""What a field of a subscription notice may hold, by the type in its name (thing1, phrase2 …)."""

import re
from collections.abc import Callable

DATE = r"\d{4}(年\d{1,2}月\d{1,2}日|-\d{1,2}-\d{1,2}|/\d{1,2}/\d{1,2})"
CLOCK = r"\d{1,2}:\d{2}(:\d{2})?"
HAN = "[\u3400-\u9fff]"


def pattern(expression: str) -> Callable[[str], bool]:
    compiled = re.compile(expression)
    return lambda value: compiled.fullmatch(value) is not None


def name_fits(value: str) -> bool:
    """10 characters for a name with Chinese in it, else 20 letters or symbols; no digits in Chinese names."""
    return len(value) <= (10 if re.search(HAN, value) else 20)


RULES: dict[str, Callable[[str], bool]] = {
    "thing": lambda value: len(value) <= 20,
    "number": pattern(r"-?[\d.]{1,32}"),
    "letter": pattern(r"[A-Za-z]{1,32}"),
    "symbol": lambda value: len(value) <= 5 and not re.search(r"\w", value),
    "character_string": pattern(r"[\x21-\x7e ]{1,32}"),
    "time": pattern(rf"({DATE} ?)?({CLOCK})(~({DATE} ?)?{CLOCK})?|{DATE}"),
    "date": pattern(rf"{DATE}( ?{CLOCK})?(~{DATE}( ?{CLOCK})?)?"),
    "amount": pattern(r"[¥￥$€]?\d{1,10}(\.\d{1,2})?元?"),
    "phone_number": pattern(r"[\d+\-() ]{1,17}"),
    "car_number": lambda value: len(value) <= 8,
    "name": name_fits,
    "phrase": pattern(rf"{HAN}{{1,5}}"),
    "const": lambda value: len(value) <= 20,
}


def type_of(field: str) -> str:
    return re.sub(r"\d+$", "", field)


def fits(field: str, value: str) -> bool:
    """Whether `value` may stand in `field`; an unknown type is held to 20 characters."""
    return bool(value.strip()) and RULES.get(type_of(field), RULES["thing"])(value)
