"""What each error code of the platform means for a message (reference: the platform's error pages)."""

from enum import Enum

from models.due import GROUP


class Outcome(Enum):
    """What is done with a message whose call was refused."""

    SENT = "sent"  # it was there already
    RETRY = "retry"  # later, with growing pauses
    SLOWLY = "slowly"  # after a minute at least
    ELSEWHERE = "elsewhere"  # another channel may carry it
    SHORTER = "shorter"  # cut in half, once more
    DEAD = "invalid"  # nobody has this openid
    LEFT = "unfollowed"
    REFUSES = "refuses"  # blocked us or switched messages off
    MIDNIGHT = "midnight"  # the channel's day is used up
    OFF = "off"  # the channel is not ours to use; staff must act
    TOKEN = "token"  # refused a second time, with a fresh token; if it goes on, the breaker trips
    STOP = "stop"  # the account's credentials or address are wrong; staff must act
    DROP = "dropped"  # the content is not allowed, or not well formed: sending again would not help


OUTCOMES = {
    -1: Outcome.RETRY,
    40001: Outcome.TOKEN,
    40003: Outcome.DEAD,
    40013: Outcome.STOP,
    40014: Outcome.TOKEN,
    40033: Outcome.DROP,
    40037: Outcome.OFF,
    40125: Outcome.STOP,
    40164: Outcome.STOP,
    41001: Outcome.STOP,
    41030: Outcome.DROP,
    42001: Outcome.TOKEN,
    43004: Outcome.LEFT,
    43019: Outcome.REFUSES,
    43101: Outcome.ELSEWHERE,
    43107: Outcome.OFF,
    43108: Outcome.RETRY,
    45002: Outcome.SHORTER,
    45009: Outcome.MIDNIGHT,
    45011: Outcome.SLOWLY,
    45015: Outcome.ELSEWHERE,
    45047: Outcome.ELSEWHERE,
    45065: Outcome.SENT,
    45168: Outcome.DROP,
    47001: Outcome.DROP,
    47003: Outcome.DROP,
    48001: Outcome.OFF,
    48002: Outcome.REFUSES,
    48004: Outcome.OFF,
    48008: Outcome.OFF,
    50002: Outcome.OFF,
    60020: Outcome.STOP,  # WeCom: address not trusted
    61004: Outcome.STOP,
    81013: Outcome.DEAD,  # WeCom: nobody of these may see the application
    87014: Outcome.DROP,
}
# A group's webhook counts by the minute, and knows nothing but its key.
OF_GROUPS = {45009: Outcome.SLOWLY, 93000: Outcome.DROP}
ALARMS = frozenset({Outcome.TOKEN, Outcome.STOP, Outcome.OFF, Outcome.MIDNIGHT, Outcome.DROP})
BUSY = frozenset({-1, 45011, 40001, 40014, 42001})  # tells of the platform's health rather than of the message


def of(errcode: int, channel: str = "") -> Outcome:
    """A code nobody has listed is tried again until the tries are used up."""
    if channel == GROUP and errcode in OF_GROUPS:
        return OF_GROUPS[errcode]
    return OUTCOMES.get(errcode, Outcome.RETRY)
