"""Bring a database to where the code expects it: at deployment and at `make run`."""

from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand


class Command(BaseCommand):
    help = "Migrate, publish consent notices, sync schedules, compile translations. Safe to repeat."

    def handle(self, *args: Any, **options: Any) -> None:
        call_command("migrate", interactive=False, verbosity=0)
        call_command("createcachetable", verbosity=0)
        call_command("publish_notices", verbosity=0)
        call_command("sync_periodic", verbosity=0, stdout=self.stdout)
        call_command("catalogue", compile=True)
