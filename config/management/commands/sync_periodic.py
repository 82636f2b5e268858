"""Make the schedule rows equal to `config/periodic.py`."""

from typing import Any

from django.core.management.base import BaseCommand

from config.periodic import sync_schedules


class Command(BaseCommand):
    help = "Make the schedule rows equal to config/periodic.py. Run it at every deployment."

    def handle(self, *args: Any, **options: Any) -> None:
        written, removed = sync_schedules()
        self.stdout.write(f"schedules: {written} new, {removed} removed")
