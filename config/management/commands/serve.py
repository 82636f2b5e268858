"""Run the web server and the background worker together, until asked to stop."""

import time
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from config.supervisor import StopRequested, end_child, start_child


class Command(BaseCommand):
    help = "Run the web server and the background worker together (make run)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--host", default="127.0.0.1")
        parser.add_argument("--port", type=int, default=8000)
        parser.add_argument("--web-workers", type=int, default=2)

    def handle(self, *args: Any, **options: Any) -> None:
        stop = StopRequested()
        web = ["-m", "granian", "config.wsgi:application", "--interface", "wsgi", "--no-ws"]
        web += [
            "--host",
            options["host"],
            "--port",
            str(options["port"]),
            "--workers",
            str(options["web_workers"]),
        ]
        web += ["--blocking-threads", "4", "--log-level", "warning"]
        children = [start_child(web), start_child(["manage.py", "worker"])]
        self.stdout.write(
            f"Duologue listens on http://{options['host']}:{options['port']}/  (Ctrl-C ends it)"
        )
        try:
            while not stop and all(child.poll() is None for child in children):
                time.sleep(0.5)
        finally:
            for child in children:
                end_child(child, patience_s=20)
        if not stop:
            raise SystemExit("a process ended by itself; see the lines above")
