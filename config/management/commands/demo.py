"""Fill an empty database with the demo."""

import time
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from accounts.models import User
from config.demo.cast import demo_doors
from config.demo.places import SMALL, WHOLE, Size
from config.demo.story import has_demo, tell_story


class Command(BaseCommand):
    help = "Fill an empty database with the demo and say who can sign in (needs DUOLOGUE_DEBUG=1)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--small",
            action="store_true",
            help="two cities, two participants at most at each stage",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEBUG:
            raise CommandError("The demo is for DUOLOGUE_DEBUG=1 only: its doors need no code.")
        if not has_demo():
            self.fill(size=SMALL if options["small"] else WHOLE)
        self.stdout.write("\nWho can sign in: one click each at /demo/, no code needed.")
        for door in demo_doors():
            self.stdout.write(f"  {door.title}: {door.name}")
        self.stdout.write(
            "Anybody else signs up with a phone number; the code is printed here in the log.\n\n"
        )

    def fill(self, *, size: Size) -> None:
        if User.objects.exists():
            raise CommandError(
                "This database is not empty, or an earlier filling was interrupted: the demo wants an empty one. "
                "Remove the data folder (var/) and start again."
            )
        self.stdout.write("Filling the demo (one to two minutes) …")
        began = time.monotonic()
        tell_story(now=timezone.now(), say=self.stdout.write, size=size)
        self.stdout.write(f"Filled in {time.monotonic() - began:.0f} s.")
