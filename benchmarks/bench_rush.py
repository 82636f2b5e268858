"""
A rush on few slots through HTTP, every variant on both databases in one run: what `manage.py bench_booking` runs once.

`python -m benchmarks.bench_rush --json` prints one JSON object a row, without the option tables. Compare only rows
of one run, and CPU rather than wall time. TEST_DATABASE_URL names another PostgreSQL server.
"""

import argparse
import shutil
import sys
import tempfile
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks.report import print_results
from benchmarks.rush import VARIANTS, run_rush
from tests.races.harness import PostgresServer, SqliteServer, make_folder


def main() -> int:
    parser = argparse.ArgumentParser(prog="benchmarks.bench_rush", description=__doc__)
    parser.add_argument("--pairs", type=int, default=1000)
    parser.add_argument("--slots", type=int, default=60)
    parser.add_argument("--clients", type=int, default=600)
    return print_results(run, parser=parser)


def run(*, pairs: int, slots: int, clients: int) -> Iterator[dict[str, Any]]:
    """Yield one result for each database and variant, each on a fresh database."""
    folder = make_folder(f"bench-{uuid.uuid4().hex[:8]}")
    servers = [SqliteServer(folder), PostgresServer(folder)]
    try:
        for server in servers:
            _run_one(
                server, pairs=20, slots=2, clients=20
            )  # whoever comes first reads all files from the disk
            for variant in VARIANTS:
                if server.vendor == "sqlite" and variant == "exclusion":
                    continue
                yield _run_one(server, pairs=pairs, slots=slots, clients=clients, variant=variant)
    finally:
        for server in servers:
            server.stop()
        shutil.rmtree(folder, ignore_errors=True)


def _run_one(server: SqliteServer | PostgresServer, **crowd: Any) -> dict[str, Any]:
    """Run one rush on a fresh database of the server."""
    name = server.make_database()
    url = server.url_of(name) if isinstance(server, PostgresServer) else f"sqlite:///{name}"
    with tempfile.TemporaryDirectory() as data:
        result = run_rush(Path(data), url=url, **crowd)
    server.drop_database(name)
    return result


if __name__ == "__main__":
    sys.exit(main())
