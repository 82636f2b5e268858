"""Measure a rush on few slots through HTTP, on a database of its own of the configured kind."""

import json
import os
import tempfile
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import connection

from benchmarks.rush import OURS, VARIANTS, RushSite, fresh_database, run_rush


class Command(BaseCommand):
    help = (
        "Let many clients want few slots at one moment, through a server that this starts. "
        "Uses a fresh temporary database of the configured kind, never the data of the site."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--pairs", type=int, default=1000)
        parser.add_argument("--slots", type=int, default=60)
        parser.add_argument("--clients", type=int, default=600)
        parser.add_argument("--people-behind", type=int, default=0, help="people in the database besides")
        parser.add_argument("--slots-behind", type=int, default=0, help="slots of past weeks in the database")
        parser.add_argument("--variant", choices=VARIANTS, default=OURS)
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        figures = {name: options[name] for name in ("pairs", "slots", "clients")}
        behind = {name: options[name] for name in ("people_behind", "slots_behind")}
        if (
            figures["pairs"] < 3
            or figures["slots"] < 1
            or not 2 <= figures["clients"] <= 2 * figures["pairs"]
        ):
            raise CommandError("At least 3 pairs and 1 slot; from 2 clients to two for each pair.")
        if min(behind.values()) < 0 or (behind["slots_behind"] and not behind["people_behind"]):
            raise CommandError("Slots behind need people behind; neither is less than none.")
        if options["variant"] == "exclusion" and connection.vendor != "postgresql":
            raise CommandError("Exclusion constraints need PostgreSQL: set DATABASE_URL.")
        like = os.environ["DATABASE_URL"] if connection.vendor == "postgresql" else "sqlite"
        with tempfile.TemporaryDirectory() as name, fresh_database(Path(name), like=like) as url:
            folder = Path(name)
            site = RushSite.over(folder, url=url)
            site.run("manage.py", "migrate", "--verbosity", "0")
            site.run("manage.py", "createcachetable", "--verbosity", "0")
            result = run_rush(folder, url=url, variant=options["variant"], **figures, **behind)
        if options["json"]:
            self.stdout.write(json.dumps(result))
            return
        for name, value in result.items():
            self.stdout.write(f"{name}: {value}")
