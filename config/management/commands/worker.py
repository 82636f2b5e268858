"""Run the background worker under a watchdog."""

from argparse import ArgumentParser
from datetime import datetime, timedelta
from typing import Any

from django.core.management.base import BaseCommand
from django.db import DatabaseError, close_old_connections
from django.utils import timezone

from config.health import HEARTBEAT_STALE_AFTER, last_heartbeat_at
from config.supervisor import is_wedged, watch


class Command(BaseCommand):
    help = "Run the background worker and restart it when it ends or its heartbeat stops."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--stale-after",
            type=float,
            default=HEARTBEAT_STALE_AFTER.total_seconds(),
            help="seconds without a heartbeat after which the worker is restarted",
        )
        parser.add_argument("--every", type=float, default=5.0, help="seconds between two looks")

    def handle(self, *args: Any, **options: Any) -> None:
        stale_after = timedelta(seconds=options["stale_after"])

        def is_unwell(started_at: datetime) -> str:
            close_old_connections()
            try:
                beat_at = last_heartbeat_at()
            except DatabaseError:
                return ""  # without a database a restart would heal nothing
            wedged = is_wedged(
                started_at=started_at, beat_at=beat_at, now=timezone.now(), stale_after=stale_after
            )
            return "shows no heartbeat" if wedged else ""

        watch(
            ["manage.py", "qcluster"],
            is_unwell=is_unwell,
            clock=timezone.now,
            say=self.stdout.write,
            every_s=options["every"],
        )
