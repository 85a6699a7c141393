"""Trainings, projects, incubation and contacts of party branches.

Revision 0002, after 0001.
"""

import sqlalchemy as sa
from alembic import op

import models.base

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "contacts",
        sa.Column("organization_id", sa.Integer(), nullable=True),
        sa.Column("organization", sa.String(length=80), nullable=False),
        sa.Column("start", sa.String(length=16), nullable=False),
        sa.Column("place", sa.String(length=80), nullable=True),
        sa.Column("headcount", sa.Integer(), nullable=True),
        sa.Column("hours", sa.Double(), nullable=True),
        sa.Column("person", sa.LargeBinary(), nullable=True),
        sa.Column("text", sa.LargeBinary(), nullable=True),
        sa.Column("raised", sa.LargeBinary(), nullable=True),
        sa.Column("settled_on", sa.Date(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("no", sa.String(length=24), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("created_at", models.base.Instant(timezone=True), nullable=False),
        sa.Column("created_by", sa.Integer(), nullable=True),
        sa.Column("community_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["community_id"],
            ["communities.id"],
        ),
        sa.ForeignKeyConstraint(["created_by"], ["users.id"], ondelete="SET NULL"),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organizations.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("no"),
    )
    with op.batch_alter_table("contacts", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_contacts_community_id"), ["community_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_contacts_created_by"), ["created_by"], unique=False)
        batch_op.create_index("ix_contacts_organization_start", ["organization_id", "start"], unique=False)

    op.create_table(
        "incubations",
        sa.Column("organization_id", sa.Integer(), nullable=True),
        sa.Column("organization", sa.String(length=80), nullable=False),
        sa.Column("place", sa.String(length=80), nullable=True),
        sa.Column("start", sa.String(length=16), nullable=True),
        sa.Column("needs", sa.String(length=400), nullable=True),
        sa.Column("person", sa.LargeBinary(), nullable=True),
        sa.Column("phone", sa.LargeBinary(), nullable=True),
        sa.Column("since", models.base.Instant(timezone=True), nullable=False),
        sa.Column("answer", sa.String(length=400), nullable=True),
        sa.Column("asked", sa.String(length=16), nullable=True),
        sa.Column("entered_on", sa.Date(), nullable=True),
        sa.Column("midterm_on", sa.Date(), nullable=True),
        sa.Column("assessment", sa.String(length=8), nullable=True),
        sa.Column("until_on", sa.Date(), nullable=True),
        sa.Column("left_on", sa.Date(), nullable=True),
        sa.Column("papers_on", sa.Date(), nullable=True),
        sa.Column("money", sa.Double(), nullable=True),
        sa.Column("batches", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("no", sa.String(length=24), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("created_at", models.base.Instant(timezone=True), nullable=False),
        sa.Column("created_by", sa.Integer(), nullable=True),
        sa.Column("community_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["community_id"],
            ["communities.id"],
        ),
        sa.ForeignKeyConstraint(["created_by"], ["users.id"], ondelete="SET NULL"),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organizations.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("no"),
    )
    with op.batch_alter_table("incubations", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_incubations_community_id"), ["community_id"], unique=False)
        batch_op.create_index("ix_incubations_community_status", ["community_id", "status"], unique=False)
        batch_op.create_index(batch_op.f("ix_incubations_created_by"), ["created_by"], unique=False)
        batch_op.create_index(batch_op.f("ix_incubations_organization_id"), ["organization_id"], unique=False)

    op.create_table(
        "projects",
        sa.Column("title", sa.String(length=120), nullable=False),
        sa.Column("organization_id", sa.Integer(), nullable=True),
        sa.Column("organization", sa.String(length=80), nullable=True),
        sa.Column("target_group", sa.JSON(), nullable=False),
        sa.Column("start", sa.String(length=16), nullable=True),
        sa.Column("end", sa.String(length=16), nullable=True),
        sa.Column("repeat", sa.String(length=80), nullable=True),
        sa.Column("place", sa.String(length=120), nullable=True),
        sa.Column("headcount", sa.Integer(), nullable=True),
        sa.Column("households", sa.Integer(), nullable=True),
        sa.Column("volunteers", sa.Integer(), nullable=True),
        sa.Column("money", sa.Double(), nullable=True),
        sa.Column("spent", sa.Double(), nullable=True),
        sa.Column("person", sa.String(length=40), nullable=True),
        sa.Column("phone", sa.LargeBinary(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("no", sa.String(length=24), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("created_at", models.base.Instant(timezone=True), nullable=False),
        sa.Column("created_by", sa.Integer(), nullable=True),
        sa.Column("community_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["community_id"],
            ["communities.id"],
        ),
        sa.ForeignKeyConstraint(["created_by"], ["users.id"], ondelete="SET NULL"),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organizations.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("no"),
    )
    with op.batch_alter_table("projects", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_projects_community_id"), ["community_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_projects_created_by"), ["created_by"], unique=False)
        batch_op.create_index("ix_projects_organization", ["organization_id", "start"], unique=False)

    op.create_table(
        "trainings",
        sa.Column("title", sa.String(length=120), nullable=False),
        sa.Column("town_id", sa.Integer(), nullable=True),
        sa.Column("organization_id", sa.Integer(), nullable=True),
        sa.Column("organization", sa.String(length=120), nullable=True),
        sa.Column("topics", sa.JSON(), nullable=False),
        sa.Column("start", sa.String(length=16), nullable=False),
        sa.Column("end", sa.String(length=16), nullable=True),
        sa.Column("repeat", sa.String(length=80), nullable=True),
        sa.Column("place", sa.String(length=120), nullable=True),
        sa.Column("headcount", sa.Integer(), nullable=True),
        sa.Column("hours", sa.Double(), nullable=True),
        sa.Column("money", sa.Double(), nullable=True),
        sa.Column("person", sa.String(length=40), nullable=True),
        sa.Column("phone", sa.LargeBinary(), nullable=True),
        sa.Column("internal", sa.Boolean(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("no", sa.String(length=24), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("created_at", models.base.Instant(timezone=True), nullable=False),
        sa.Column("created_by", sa.Integer(), nullable=True),
        sa.Column("community_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["community_id"],
            ["communities.id"],
        ),
        sa.ForeignKeyConstraint(["created_by"], ["users.id"], ondelete="SET NULL"),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organizations.id"],
        ),
        sa.ForeignKeyConstraint(
            ["town_id"],
            ["towns.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("no"),
    )
    with op.batch_alter_table("trainings", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_trainings_community_id"), ["community_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_trainings_created_by"), ["created_by"], unique=False)
        batch_op.create_index(batch_op.f("ix_trainings_organization_id"), ["organization_id"], unique=False)
        batch_op.create_index("ix_trainings_town_start", ["town_id", "start"], unique=False)

    op.create_table(
        "training_organizations",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("training_id", sa.Integer(), nullable=False),
        sa.Column("organization_id", sa.Integer(), nullable=False),
        sa.Column("how", sa.String(length=8), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organizations.id"],
        ),
        sa.ForeignKeyConstraint(
            ["training_id"],
            ["trainings.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("training_organizations", schema=None) as batch_op:
        batch_op.create_index("ix_training_organizations_once", ["training_id", "organization_id"], unique=True)
        batch_op.create_index(
            batch_op.f("ix_training_organizations_organization_id"), ["organization_id"], unique=False
        )

    op.create_table(
        "training_signups",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("training_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("organization_id", sa.Integer(), nullable=True),
        sa.Column("headcount", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organizations.id"],
        ),
        sa.ForeignKeyConstraint(
            ["training_id"],
            ["trainings.id"],
        ),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["users.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("training_signups", schema=None) as batch_op:
        batch_op.create_index("ix_training_signups_once", ["training_id", "user_id", "organization_id"], unique=True)
        batch_op.create_index("ix_training_signups_user", ["user_id"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("training_signups", schema=None) as batch_op:
        batch_op.drop_index("ix_training_signups_user")
        batch_op.drop_index("ix_training_signups_once")

    op.drop_table("training_signups")
    with op.batch_alter_table("training_organizations", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_training_organizations_organization_id"))
        batch_op.drop_index("ix_training_organizations_once")

    op.drop_table("training_organizations")
    with op.batch_alter_table("trainings", schema=None) as batch_op:
        batch_op.drop_index("ix_trainings_town_start")
        batch_op.drop_index(batch_op.f("ix_trainings_organization_id"))
        batch_op.drop_index(batch_op.f("ix_trainings_created_by"))
        batch_op.drop_index(batch_op.f("ix_trainings_community_id"))

    op.drop_table("trainings")
    with op.batch_alter_table("projects", schema=None) as batch_op:
        batch_op.drop_index("ix_projects_organization")
        batch_op.drop_index(batch_op.f("ix_projects_created_by"))
        batch_op.drop_index(batch_op.f("ix_projects_community_id"))

    op.drop_table("projects")
    with op.batch_alter_table("incubations", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_incubations_organization_id"))
        batch_op.drop_index(batch_op.f("ix_incubations_created_by"))
        batch_op.drop_index("ix_incubations_community_status")
        batch_op.drop_index(batch_op.f("ix_incubations_community_id"))

    op.drop_table("incubations")
    with op.batch_alter_table("contacts", schema=None) as batch_op:
        batch_op.drop_index("ix_contacts_organization_start")
        batch_op.drop_index(batch_op.f("ix_contacts_created_by"))
        batch_op.drop_index(batch_op.f("ix_contacts_community_id"))

    op.drop_table("contacts")
