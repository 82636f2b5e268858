"""Sweep the database for what must never be, print it, and say so with the exit code."""

import sys
from collections.abc import Callable, Iterator
from importlib import import_module
from typing import Any

from django.core.management.base import BaseCommand
from django.utils.module_loading import module_has_submodule
from django.utils.translation import override

Sweep = Callable[[], list[str]]
APPS = ("accounts", "scheduling", "recordings", "payments")


def sweeps() -> Iterator[tuple[str, Sweep]]:
    """Yield every `broken_…` function of every app's `invariants.py` with its name, in a fixed order."""
    for app in APPS:
        if not module_has_submodule(import_module(app), "invariants"):
            continue
        module = import_module(f"{app}.invariants")
        for name, sweep in sorted(vars(module).items()):
            if name.startswith("broken_") and sweep.__module__ == module.__name__:
                yield f"{app}.{name.removeprefix('broken_')}", sweep


class Command(BaseCommand):
    help = (
        "Look for double bookings, money that does not add up and the like. Exit 1 when something is broken."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        broken = 0
        with override("en"):
            for name, sweep in sweeps():
                found = sweep()
                broken += len(found)
                self.stdout.write(f"{name}: {f'{len(found)} broken' if found else 'whole'}")
                for line in found:
                    self.stdout.write(f"  {line}")
        if broken:
            self.stderr.write(f"{broken} broken")
            sys.exit(1)
