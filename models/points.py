"""Volunteer hours: drafted when an activity is reported, kept once the organiser confirms."""

from datetime import datetime

from sqlalchemy import ForeignKey, LargeBinary, String, delete, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from models.base import Base
from models.record import Recorded, number

PREFIX = "JB"
DRAFT, CONFIRMED = "draft", "confirmed"


class VolunteerHours(Recorded, Base):
    """Hours of a group (`volunteers`) or of one person (sealed name). Source of the rule: 民政部令第67号."""

    __tablename__ = "volunteer_hours"
    activity_no: Mapped[str | None] = mapped_column(String(24), index=True)
    organization_id: Mapped[int | None] = mapped_column(ForeignKey("organizations.id"))
    volunteers: Mapped[int | None]
    hours: Mapped[float | None]
    person: Mapped[bytes | None] = mapped_column(LargeBinary)
    start: Mapped[str | None] = mapped_column(String(16))


def draft(
    db: Session,
    user_id: int,
    now: datetime,
    *,
    activity_no: str,
    community_id: int | None,
    organization_id: int | None,
    volunteers: int | None,
    hours: float | None,
    start: str | None,
) -> VolunteerHours:
    """One draft per activity; reporting again corrects it."""
    row = db.scalars(select(VolunteerHours).where(VolunteerHours.activity_no == activity_no)).one_or_none()
    if row is None:
        row = VolunteerHours(
            no=number(db, PREFIX, now),
            status=DRAFT,
            created_at=now,
            created_by=user_id,
            community_id=community_id,
            organization_id=organization_id,
            activity_no=activity_no,
            start=start,
        )
        db.add(row)
    row.volunteers = volunteers if volunteers is not None else row.volunteers
    row.hours = hours if hours is not None else row.hours
    return row


def withdraw(db: Session, activity_no: str) -> None:
    """Takes back the draft of an activity that was called off, or that nobody volunteered for after all."""
    own = VolunteerHours.activity_no == activity_no, VolunteerHours.status == DRAFT
    db.execute(delete(VolunteerHours).where(*own))
