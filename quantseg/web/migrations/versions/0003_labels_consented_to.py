"""Which labels a radiologist has agreed to; of what was agreed to before that is not known, and must be said anew."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Add the column."""
    op.add_column("web_consents", sa.Column("labels_sha256", sa.Text(), server_default="", nullable=False))
