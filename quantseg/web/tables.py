"""The tables of the platform, beside those of the queue in the same database; identifiers are random, and say nothing.

What could name a patient stands in columns whose name ends in ``_sealed``, encrypted; see :mod:`quantseg.web.sealing`.
"""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    UniqueConstraint,
)

from quantseg.jobs.database import StorableText

METADATA = MetaData()


def _key() -> Column[str]:
    return Column("id", StorableText, primary_key=True)


def _moment(name: str, nullable: bool = False) -> Column[float]:
    return Column(name, Float(53), nullable=nullable)


def _to(name: str, target: str, nullable: bool = False, primary_key: bool = False) -> Column[str]:
    return Column(
        name,
        StorableText,
        ForeignKey(f"{target}.id"),
        nullable=nullable,
        primary_key=primary_key,
        index=not primary_key,
    )


USERS = Table(
    "web_users",
    METADATA,
    _key(),
    Column("name", StorableText, nullable=False, unique=True),
    Column("full_name", StorableText, nullable=False),
    Column("role", StorableText, nullable=False),
    Column("password_hash", StorableText),
    # Of people whom the identity provider vouches for: the issuer, and what it calls the person for ever.
    Column("provider_subject", StorableText, unique=True, index=True),
    Column("disabled", Boolean, nullable=False),
    _moment("created_at"),
)

GROUPS = Table("web_groups", METADATA, _key(), Column("name", StorableText, nullable=False, unique=True))

MEMBERSHIPS = Table(
    "web_memberships",
    METADATA,
    _to("user_id", "web_users", primary_key=True),
    _to("group_id", "web_groups", primary_key=True),
)

LINKS = Table(
    "web_links",
    METADATA,
    Column("token_sha256", StorableText, primary_key=True),
    _to("user_id", "web_users"),
    _moment("ends_at"),
    _moment("used_at", nullable=True),
)

SESSIONS = Table(
    "web_sessions",
    METADATA,
    Column("token_sha256", StorableText, primary_key=True),
    _to("user_id", "web_users"),
    _moment("created_at"),
    _moment("seen_at"),
    _moment("ends_at"),
    Column("revoked", Boolean, nullable=False),
)

ATTEMPTS = Table(
    "web_attempts",
    METADATA,
    Column("number", Integer, primary_key=True, autoincrement=True),
    Column("key", StorableText, nullable=False),
    _moment("at"),
    Index("web_attempts_by_key", "key", "at"),
)

AUDIT = Table(
    "web_audit",
    METADATA,
    Column("number", Integer, primary_key=True, autoincrement=True),
    _moment("at"),
    Column("user_id", StorableText, index=True),
    Column("user_name", StorableText, nullable=False),
    Column("action", StorableText, nullable=False, index=True),
    Column("subject_kind", StorableText, nullable=False),
    Column("subject_id", StorableText, nullable=False, index=True),
    Column("detail", StorableText, nullable=False),
)

PATIENTS = Table(
    "web_patients",
    METADATA,
    _key(),
    _to("group_id", "web_groups"),
    # Finds the same patient again without being readable; empty where nobody said an identifier.
    Column("lookup", StorableText, nullable=False, index=True),
    Column("identity_sealed", LargeBinary, nullable=False),
    _moment("created_at"),
)

UPLOADS = Table(
    "web_uploads",
    METADATA,
    _key(),
    _to("user_id", "web_users"),
    _to("group_id", "web_groups"),
    Column("length", BigInteger, nullable=False),
    Column("offset", BigInteger, nullable=False),
    Column("ending", StorableText, nullable=False),
    Column("name_sealed", LargeBinary, nullable=False),
    Column("state", StorableText, nullable=False),
    Column("reason", StorableText, nullable=False),
    Column("found", JSON, nullable=False),
    Column("identity_sealed", LargeBinary),
    _moment("created_at"),
    _moment("ends_at"),
)

CASES = Table(
    "web_cases",
    METADATA,
    _key(),
    Column("number", Integer, nullable=False),
    _to("group_id", "web_groups"),
    _to("patient_id", "web_patients", nullable=True),
    Column("content_id", StorableText, nullable=False),
    Column("task", StorableText, nullable=False),
    Column("series", StorableText, nullable=False),
    Column("image", StorableText, nullable=False),
    Column("has_dicom", Boolean, nullable=False),
    Column("summary", JSON, nullable=False),
    Column("created_by", StorableText, nullable=False),
    _moment("created_at"),
    UniqueConstraint("number"),
)

RUNS = Table(
    "web_runs",
    METADATA,
    _key(),
    _to("case_id", "web_cases"),
    Column("options", JSON, nullable=False),
    Column("state", StorableText, nullable=False),
    Column("step", StorableText, nullable=False),
    Column("share", Float(53)),
    Column("reason", StorableText, nullable=False),
    Column("cancelled", Boolean, nullable=False),
    Column("tries", Integer, nullable=False),
    Column("created_by", StorableText, nullable=False),
    _moment("created_at"),
    _moment("begun_at", nullable=True),
    _moment("ended_at", nullable=True),
)

LICENCES = Table(
    "web_licences",
    METADATA,
    _to("user_id", "web_users", primary_key=True),
    Column("licence", StorableText, primary_key=True),
    _moment("at"),
)

CONSENTS = Table(
    "web_consents",
    METADATA,
    _key(),
    _to("case_id", "web_cases"),
    Column("kind", StorableText, nullable=False),
    Column("version", StorableText, nullable=False),
    Column("text_sha256", StorableText, nullable=False),
    # That a radiologist stands for; empty for a patient's.
    Column("labels_sha256", StorableText, nullable=False, server_default=""),
    Column("reference_sealed", LargeBinary, nullable=False),
    Column("recorded_by", StorableText, nullable=False),
    _moment("recorded_at"),
    Column("revoked_by", StorableText, nullable=False),
    _moment("revoked_at", nullable=True),
)

EXPORTS = Table(
    "web_exports",
    METADATA,
    _key(),
    Column("task", StorableText, nullable=False),
    Column("state", StorableText, nullable=False),
    Column("said", StorableText, nullable=False),
    Column("created_by", StorableText, nullable=False),
    _moment("created_at"),
    Column("reviewed_by", StorableText, nullable=False),
    _moment("reviewed_at", nullable=True),
)

EXPORTED_CASES = Table(
    "web_exported_cases",
    METADATA,
    _to("export_id", "web_exports", primary_key=True),
    # No reference: what an export held must stay known after the case was erased.
    Column("case_id", StorableText, primary_key=True),
    Column("number", StorableText, nullable=False),
)

TRAINED_MODELS = Table(
    "web_trained_models",
    METADATA,
    _key(),
    _to("export_id", "web_exports"),
    Column("name", StorableText, nullable=False),
    Column("weights_sha256", StorableText, nullable=False),
    Column("recorded_by", StorableText, nullable=False),
    _moment("recorded_at"),
)
