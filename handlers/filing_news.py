"""Who learns of an application's way: whoever reviews it next, and whoever handed it in."""

from handlers.filing_words import progress, skill
from handlers.skill import Turn
from models import filing
from models.filing import Filing


def tell_holders(turn: Turn, row: Filing) -> None:
    """Whoever reviews it now learns that it came."""
    values = progress(turn, row)
    for user in filing.holders(turn.db, row):
        text = skill.text("came_in", **values)
        key = f"filing:{row.no}:{row.status}:{user.id}:{turn.now:%Y%m%d%H%M}"
        turn.notify(user, text, key=key, kind="filing", source=row.no)


def tell_applicant(turn: Turn, row: Filing, key: str) -> None:
    user = filing.applicant(turn.db, row)
    if user and user.id != turn.user.id:
        text = skill.text(key, **progress(turn, row))
        turn.notify(user, text, key=f"filing:{row.no}:{key}:{turn.now:%Y%m%d%H%M}", kind="filing", source=row.no)
