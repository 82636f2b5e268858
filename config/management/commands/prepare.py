"""Bring a database to where the code expects it: at deployment and at `make run`."""

from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder

from config.tasks import analyze_tables

HALFWAY = (
    "This database stopped among migrations that have since been put together: {apps}. "
    "If nothing in it is needed, as in the demo, delete it and run this again. "
    "Else prepare it once with the code of before: docs/decisions/0026-one-migration-an-app.md says how."
)


class Command(BaseCommand):
    help = "Migrate, publish consent notices, sync schedules, compile translations. Safe to repeat."

    def handle(self, *args: Any, **options: Any) -> None:
        if apps := find_halfway_apps():
            raise CommandError(HALFWAY.format(apps=", ".join(apps)))
        call_command("migrate", interactive=False, verbosity=0)
        call_command("createcachetable", verbosity=0)
        call_command("publish_notices", verbosity=0)
        call_command("sync_periodic", verbosity=0, stdout=self.stdout)
        call_command("catalogue", compile=True)
        analyze_tables()


def find_halfway_apps() -> list[str]:
    """Return the apps of which the database has some, but not all, of the migrations that one now replaces."""
    applied = MigrationRecorder(connection).applied_migrations()
    replacing = MigrationLoader(None).disk_migrations.values()
    return sorted(
        migration.app_label
        for migration in replacing
        if 0 < sum(replaced in applied for replaced in migration.replaces) < len(migration.replaces)
    )
