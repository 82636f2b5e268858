"""Compile the translations, and check that they are complete and up to date."""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

import polib
from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

LOCALE = "zh_Hans"
IGNORED = [".venv", "var", "tests", "benchmarks", "node_modules"]


class Command(BaseCommand):
    help = (
        "Compile the Chinese catalogue; with --check refuse missing, empty, fuzzy or badly formatted entries."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--compile", action="store_true", help="write django.mo (needs no GNU gettext)")
        parser.add_argument(
            "--update", action="store_true", help="collect new strings into django.po (needs GNU gettext)"
        )
        parser.add_argument("--check", action="store_true", help="exit 1 when the catalogue is not complete")

    def handle(self, *args: Any, **options: Any) -> None:
        path = Path(settings.LOCALE_PATHS[0]) / LOCALE / "LC_MESSAGES" / "django.po"
        if options["update"]:
            collect_strings(Path(settings.BASE_DIR))
        if options["check"]:
            self.check_catalogue(path)
        if options["compile"]:
            save_atomically(polib.pofile(str(path)), path.with_suffix(".mo"))

    def check_catalogue(self, path: Path) -> None:
        catalogue = polib.pofile(str(path))
        problems = [f"{kind}: {entry.msgid!r}" for kind, entry in find_problems(catalogue)]
        if shutil.which("xgettext"):
            problems += [f"not in the catalogue: {msgid!r}" for msgid in find_missing(catalogue)]
        elif os.environ.get("CI"):
            raise CommandError(
                "GNU gettext is missing: whether every string is in the catalogue cannot be checked"
            )
        else:
            self.stderr.write(
                "NOT CHECKED: GNU gettext is missing, so strings that were never collected go unseen"
            )
        if problems:
            raise CommandError("\n".join(problems))
        self.stdout.write(f"translations: {len(catalogue)} strings, all there")


def save_atomically(catalogue: polib.POFile, target: Path) -> None:
    """Write the compiled catalogue beside the target and move it there: two processes may do so at once."""
    draft = target.with_name(f"{target.name}.{os.getpid()}")
    catalogue.save_as_mofile(str(draft))
    draft.replace(target)


def find_problems(catalogue: polib.POFile) -> list[tuple[str, polib.POEntry]]:
    """Return (kind, entry) of each entry that is empty, fuzzy, or names other placeholders than its source."""
    problems = [("empty", entry) for entry in catalogue.untranslated_entries()]
    problems += [("fuzzy", entry) for entry in catalogue.fuzzy_entries()]
    for entry in catalogue.translated_entries():
        source = placeholders(entry.msgid) | placeholders(entry.msgid_plural)
        texts = [entry.msgstr, *entry.msgstr_plural.values()]
        problems += [("other placeholders", entry) for text in texts if text and placeholders(text) != source]
    return problems


def placeholders(text: str) -> set[str]:
    """Return the named and positional placeholders of a message."""
    return set(re.findall(r"%\(\w+\)[a-z]|%[sd]|\{\w*\}", text))


def collect_strings(root: Path) -> None:
    """Run makemessages over the project into the catalogue."""
    os.chdir(root)
    call_command(
        "makemessages",
        locale=[LOCALE],
        ignore_patterns=IGNORED,
        no_obsolete=True,
        no_location=True,
        no_wrap=True,
    )


def find_missing(catalogue: polib.POFile) -> list[str]:
    """Return the strings of code and templates that the catalogue does not have."""
    known = {(entry.msgctxt, entry.msgid) for entry in catalogue}
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "tree"
        shutil.copytree(
            settings.BASE_DIR, copy, ignore=shutil.ignore_patterns(*IGNORED, ".git", "*.mo", "__pycache__")
        )
        (copy / "locale" / LOCALE / "LC_MESSAGES" / "django.po").unlink()
        command = [sys.executable, "manage.py", "makemessages", "-l", LOCALE, "--no-location", "--no-wrap"]
        environment = {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "config.settings",
            "DUOLOGUE_DATA_DIR": folder + "/var",
        }
        subprocess.run(
            command,
            cwd=copy,
            env=environment,
            check=True,
            capture_output=True,
        )
        found = polib.pofile(str(copy / "locale" / LOCALE / "LC_MESSAGES" / "django.po"))
        return [entry.msgid for entry in found if (entry.msgctxt, entry.msgid) not in known]
