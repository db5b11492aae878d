"""Brings a store to its present form, in one transaction: all the steps that are missing or, after a crash, none."""

from __future__ import annotations

import uuid
from pathlib import Path

import sqlalchemy as sa

from model.errors import ConfigNeeded
from store.schema import DATA_VERSION, REVISION

MIGRATIONS = Path(__file__).parent / "migrations"


def revision(connection: sa.Connection, where: str) -> str | None:
    """The step the store is at, None where there is none yet; ConfigNeeded where something else stands."""
    tables = set(sa.inspect(connection).get_table_names())
    if not tables:
        return None
    if "alembic_version" not in tables:
        raise ConfigNeeded(f"{where} holds other tables. Name another place under [store] url")
    found = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()
    if found is not None and found > REVISION:
        raise ConfigNeeded(
            f"{where} was written by a newer version (step {found}, we know {REVISION}). "
            "Upgrade revenue-backlog: pip install --upgrade revenue-backlog"
        )
    return found


def migrate(connection: sa.Connection) -> None:
    """Runs the missing steps in the transaction at hand."""
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
    if connection.execute(sa.select(sa.func.count()).select_from(DATA_VERSION)).scalar() == 0:
        first = {"id": 1, "store_id": uuid.uuid4().hex, "version": 0, "last_at": ""}
        connection.execute(sa.insert(DATA_VERSION), first)
