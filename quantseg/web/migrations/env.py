"""What Alembic runs: every step on the connection, and so in the transaction, that the platform hands it."""

from alembic import context

from quantseg.web.tables import METADATA

_VERSIONS = "web_version"

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=METADATA,
    version_table=_VERSIONS,
    transactional_ddl=False,
)
context.run_migrations()
