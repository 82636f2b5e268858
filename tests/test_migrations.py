"""The migrations: none is missing, and they lead from nothing to the models and back, on both databases."""

import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.conf import settings
from django.core.management import call_command

from tests.races.harness import PostgresServer, environment, make_folder

OURS = ("accounts", "scheduling", "recordings", "payments")


@pytest.fixture
def postgres(testrun_uid: str) -> Iterator[PostgresServer]:
    """A server of this test's own, with a database that was migrated from nothing."""
    folder = make_folder(f"migrations-{testrun_uid}")
    server = PostgresServer(folder)
    yield server
    server.stop()
    shutil.rmtree(folder)


def manage(*arguments: str, url: str, data_dir: Path) -> None:
    """Run a command of `manage.py` in a process of its own; fail with its error."""
    finished = subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=settings.BASE_DIR,
        env=environment(url, data_dir=data_dir),
        capture_output=True,
        text=True,
        check=False,
    )
    assert finished.returncode == 0, finished.stderr


def our_tables(connection: Any, query: str) -> list[str]:
    """Return the tables of our apps that the database has."""
    with closing(connection):
        names = sorted(name for (name,) in connection.execute(query).fetchall())
    return [name for name in names if name.startswith(tuple(f"{app}_" for app in OURS))]


def walk_back_and_there(read_tables: Callable[[], list[str]], *, url: str, data_dir: Path) -> None:
    """Unapply every migration of ours in a migrated database, then apply them again."""
    before = read_tables()
    assert len(before) > len(OURS)

    manage("migrate", "accounts", "zero", url=url, data_dir=data_dir)
    assert read_tables() == []

    manage("migrate", url=url, data_dir=data_dir)
    assert read_tables() == before


@pytest.mark.django_db
def test_no_migration_is_missing():
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)


@pytest.mark.heavy
@pytest.mark.race
def test_migrations_lead_from_nothing_and_back_on_sqlite(tmp_path):
    path = tmp_path / "walk.sqlite3"
    manage("migrate", url=f"sqlite:///{path}", data_dir=tmp_path)

    def read_tables() -> list[str]:
        return our_tables(sqlite3.connect(path), "SELECT name FROM sqlite_master WHERE type = 'table'")

    walk_back_and_there(read_tables, url=f"sqlite:///{path}", data_dir=tmp_path)


@pytest.mark.heavy
@pytest.mark.race
def test_migrations_lead_from_nothing_and_back_on_postgresql(postgres, tmp_path):
    url = postgres.url_of(postgres.make_database())

    def read_tables() -> list[str]:
        return our_tables(psycopg.connect(url), "SELECT tablename FROM pg_tables WHERE schemaname = 'public'")

    walk_back_and_there(read_tables, url=url, data_dir=tmp_path)
