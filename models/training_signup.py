"""Sign-ups for a training: who comes, for which organisation, with how many; and who does not come after all."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, delete, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from models import training
from models.base import Base
from models.errors import Refused
from models.people import User
from models.training import JOINED, PLANNED, Attendance, Training


class TrainingSignup(Base):
    """What one person signed up, for one organisation or for nobody but themselves."""

    __tablename__ = "training_signups"
    __table_args__ = (
        Index("ix_training_signups_once", "training_id", "user_id", "organization_id", unique=True),
        Index("ix_training_signups_user", "user_id"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    training_id: Mapped[int] = mapped_column(ForeignKey("trainings.id"))
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    organization_id: Mapped[int | None] = mapped_column(ForeignKey("organizations.id"))
    headcount: Mapped[int] = mapped_column(default=1)


def join(
    db: Session, user: User, now: datetime, row: Training, organization_id: int | None, headcount: int | None
) -> int:
    """Signs up; how many are coming now. Told again with a number of people, the number is replaced."""
    if row.status != PLANNED or training.over(row, now):
        raise Refused("over", title=row.title)
    own = select(TrainingSignup).where(
        TrainingSignup.training_id == row.id,
        TrainingSignup.user_id == user.id,
        TrainingSignup.organization_id.is_not_distinct_from(organization_id),
    )
    known = db.scalars(own).one_or_none()
    if known is None:
        db.add(
            TrainingSignup(
                training_id=row.id, user_id=user.id, organization_id=organization_id, headcount=headcount or 1
            )
        )
        db.flush()
    elif headcount is None:
        raise Refused("joined_already", title=row.title)
    else:
        known.headcount = headcount
    if organization_id:
        training.attend(db, row, [organization_id], JOINED)
    return coming(db, row)


def leave(db: Session, user: User, row: Training) -> None:
    """Takes back all this person signed up; an organisation nobody else signed up for is not expected any more."""
    mine = TrainingSignup.training_id == row.id, TrainingSignup.user_id == user.id
    teams = set(db.scalars(select(TrainingSignup.organization_id).where(*mine)))
    db.execute(delete(TrainingSignup).where(*mine))
    still = set(db.scalars(select(TrainingSignup.organization_id).where(TrainingSignup.training_id == row.id)))
    gone = [key for key in teams - still if key]
    expected = Attendance.training_id == row.id, Attendance.how == JOINED, Attendance.organization_id.in_(gone)
    db.execute(delete(Attendance).where(*expected))


def coming(db: Session, row: Training) -> int:
    """How many people signed up, with whom they bring."""
    return db.scalar(select(func.sum(TrainingSignup.headcount)).where(TrainingSignup.training_id == row.id)) or 0


def signed_up(db: Session, row: Training) -> list[int]:
    """Users who signed up, each once."""
    query = select(TrainingSignup.user_id).where(TrainingSignup.training_id == row.id)
    return sorted(set(db.scalars(query)))


def joined_by(db: Session, user: User, now: datetime, title: str | None = None) -> list[Training]:
    """What this person signed up for and what is still to come."""
    mine = select(TrainingSignup.training_id).where(TrainingSignup.user_id == user.id)
    query = select(Training).where(Training.id.in_(mine), Training.status == PLANNED)
    if title:
        query = query.where(Training.title.contains(title, autoescape=True))
    return [row for row in db.scalars(query.order_by(Training.start)) if not training.over(row, now)]
