"""Who a person is at the hospital's identity provider."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Add the column."""
    op.add_column("web_users", sa.Column("provider_subject", sa.Text(), nullable=True))
    op.create_index(op.f("ix_web_users_provider_subject"), "web_users", ["provider_subject"], unique=True)
