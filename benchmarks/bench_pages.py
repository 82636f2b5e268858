"""
What the pages cost as the crowd grows: CPU milliseconds and queries of each page of each role.

`python -m benchmarks.bench_pages` writes a crowd of 1,000 and one of 10,000 people into
databases of its own, asks for every page of `benchmarks/pages.py` through Django's
test client (in process, DEBUG off) and prints a table; `--json` prints one object a
line. `--participants 100000` sets the larger crowd, `--postgresql` uses PostgreSQL. With
`--keep` the crowds stay in a folder, and the next run asks the same ones (SQLite).
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

from benchmarks.report import print_results

ROOT = Path(__file__).resolve().parents[1]
SMALL, LARGE = 1_000, 10_000


def main() -> int:
    parser = argparse.ArgumentParser(prog="benchmarks.bench_pages", description=__doc__)
    parser.add_argument("--participants", type=int, default=LARGE, help="people in the larger crowd")
    parser.add_argument("--postgresql", action="store_true", help="on PostgreSQL instead of SQLite")
    parser.add_argument("--keep", type=Path, help="the folder in which the crowds stay for the next run")
    parser.add_argument("--only", default="", help="measure the pages whose name contains this")
    return print_results(run, parser=parser)


def run(
    *, participants: int = LARGE, postgresql: bool = False, keep: Path | None = None, only: str = ""
) -> Iterator[dict[str, Any]]:
    """Yield one result a page: its cost in the small and in the large crowd, and how it grew."""
    small = _run_inside(SMALL, postgresql=postgresql, keep=keep, only=only)
    for key, large in _run_inside(participants, postgresql=postgresql, keep=keep, only=only).items():
        before = small[key]
        yield {
            "bench": "pages",
            "participants": participants,
            "database": large["database"],
            "role": large["role"],
            "page": large["page"],
            "cpu_ms_small": before["cpu_ms"],
            "cpu_ms": large["cpu_ms"],
            "ratio": round(large["cpu_ms"] / before["cpu_ms"], 1),
            "queries_small": before["queries"],
            "queries": large["queries"],
            "kb": large["kb"],
        }


def _run_inside(
    participants: int, *, postgresql: bool, keep: Path | None, only: str
) -> dict[str, dict[str, Any]]:
    """Measure one crowd in a process of its own, on a database that is deleted afterwards unless it is kept."""
    place = nullcontext(_kept_folder(keep, participants)) if keep else tempfile.TemporaryDirectory()
    with place as folder, _database(Path(folder), postgresql=postgresql) as url:
        environment = {k: v for k, v in os.environ.items() if not k.startswith("DUOLOGUE_")} | {
            "DATABASE_URL": url,
            "DUOLOGUE_DATA_DIR": folder,
            "DUOLOGUE_SECRET_KEY": "only-for-the-benchmark",
            "DUOLOGUE_FIELD_KEYS": "k1:" + "A" * 43 + "=",
            "DUOLOGUE_LOG_LEVEL": "ERROR",
            "DJANGO_SETTINGS_MODULE": "config.settings",
        }
        code = f"from benchmarks.measure_pages import measure_crowd; measure_crowd({participants}, only={only!r})"
        command = [sys.executable, "manage.py", "shell", "--no-imports", "--command", code]
        finished = subprocess.run(
            command, cwd=ROOT, env=environment, check=True, stdout=subprocess.PIPE, text=True
        )
    rows = [json.loads(line) for line in finished.stdout.splitlines()]
    return {f"{row['role']} {row['page']}": row for row in rows}


def _kept_folder(keep: Path, participants: int) -> str:
    folder = keep.resolve() / str(participants)
    folder.mkdir(parents=True, exist_ok=True)
    return str(folder)


@contextmanager
def _database(folder: Path, *, postgresql: bool) -> Iterator[str]:
    """Yield the address of an empty database."""
    if not postgresql:
        yield f"sqlite:///{folder / 'pages.sqlite3'}"
        return
    folder.chmod(0o755)  # the server runs as another user when we are root
    command = [sys.executable, "-m", "tests.races.keeper", str(folder / "postgres")]
    keeper = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        yield keeper.stdout.readline().strip()
    finally:
        keeper.communicate(timeout=60)


if __name__ == "__main__":
    sys.exit(main())
