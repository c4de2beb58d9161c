"""At whose site each participant is, so that a site's mail is found without walking through all."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None
# The oldest schema whose syncd can go on beside this one's: see syncd/store/database.py.
oldest = "0002"


def upgrade() -> None:
    """Empty at first: what the state holds, and what an older syncd adds, is learnt on the way."""
    op.create_table(
        "sites",
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("site", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("address", name=op.f("pk_sites")),
    )
    op.create_index("ix_sites_site", "sites", ["site"])
