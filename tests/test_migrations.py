"""The migrations: none is missing, and they lead from nothing to the models and back, on both databases."""

import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from importlib import import_module
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.apps import apps
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction
from django.db.migrations.recorder import MigrationRecorder
from django.db.migrations.state import ProjectState

from accounts.append_only import AllowChanges, AppendOnly, ForbidChanges
from accounts.models import ConsentRecord
from config.management.commands.prepare import find_halfway_apps
from tests.races.harness import PostgresServer, environment, make_folder

tables = import_module("scheduling.migrations.0001_tables")
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


def forget_migrations(*, keep: set[str]) -> None:
    """Let the database look as if only these of the replaced migrations of `scheduling` had been applied."""
    names = {name for _app, name in tables.Migration.replaces} | {"0001_tables"}
    rows = MigrationRecorder.Migration.objects.filter(app="scheduling", name__in=names)
    rows.exclude(name__in=keep).delete()


@pytest.mark.django_db
def test_database_that_had_every_old_migration_goes_on():
    forget_migrations(keep={name for _app, name in tables.Migration.replaces})
    assert find_halfway_apps() == []

    call_command("migrate", verbosity=0)

    assert MigrationRecorder.Migration.objects.filter(app="scheduling", name="0001_tables").exists()


@pytest.mark.django_db
def test_database_that_stopped_among_old_migrations_is_refused_before_anything_is_done():
    forget_migrations(keep={"0001_initial", "0003_alike_samples"})
    before = MigrationRecorder.Migration.objects.count()

    assert find_halfway_apps() == ["scheduling"]
    with pytest.raises(CommandError, match=r"put together: scheduling\..*0026-one-migration-an-app"):
        call_command("prepare")

    assert MigrationRecorder.Migration.objects.count() == before


@pytest.mark.django_db
def test_database_itself_refuses_changes_of_every_append_only_model():
    models = [model for app in OURS for model in apps.get_app_config(app).get_models()]
    names = {model._meta.db_table for model in models if issubclass(model, AppendOnly)}
    with connection.cursor() as cursor:
        cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
        triggers = {name for (name,) in cursor.fetchall()}

    assert triggers == {f"{name}_no_{verb}" for name in names for verb in ("update", "delete")}


@pytest.mark.django_db
def test_migration_may_change_rows_between_allowing_and_forbidding(lin):
    rows = ConsentRecord.objects.filter(pk=lin.consents.first().pk)
    state = ProjectState.from_apps(apps)
    allow, forbid = AllowChanges("ConsentRecord"), ForbidChanges("ConsentRecord")
    editor = connection.schema_editor(atomic=False)
    editor.deferred_sql = []

    allow.database_forwards("accounts", editor, state, state)
    assert rows.update(method="paper") == 1
    forbid.database_forwards("accounts", editor, state, state)

    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        rows.update(method="forged")


@pytest.mark.heavy
@pytest.mark.more
@pytest.mark.race
def test_migrations_lead_from_nothing_and_back_on_sqlite(tmp_path):
    path = tmp_path / "walk.sqlite3"
    manage("migrate", url=f"sqlite:///{path}", data_dir=tmp_path)

    def read_tables() -> list[str]:
        return our_tables(sqlite3.connect(path), "SELECT name FROM sqlite_master WHERE type = 'table'")

    walk_back_and_there(read_tables, url=f"sqlite:///{path}", data_dir=tmp_path)


@pytest.mark.heavy
@pytest.mark.more
@pytest.mark.race
def test_migrations_lead_from_nothing_and_back_on_postgresql(postgres, tmp_path):
    url = postgres.url_of(postgres.make_database())

    def read_tables() -> list[str]:
        return our_tables(psycopg.connect(url), "SELECT tablename FROM pg_tables WHERE schemaname = 'public'")

    walk_back_and_there(read_tables, url=url, data_dir=tmp_path)
