"""Alembic's entry: runs the migrations over the connection of the Database it is given."""

from alembic import context

from models import tables
from models.base import Base

assert tables
database = context.config.attributes["database"]
with database.engine.connect() as connection:
    context.configure(connection=connection, target_metadata=Base.metadata, render_as_batch=True, compare_type=True)
    with context.begin_transaction():
        context.run_migrations()
    connection.commit()
