"""
Real processes on real databases: file SQLite and a PostgreSQL that the tests start themselves.

A `Crew` is a few worker processes (`tests/races/worker.py`). It is given a fresh
database, then jobs: functions of `tests/races/scenes.py` with plain arguments. The
jobs of one call begin at one moment; the answers come back as plain values. The
test process itself opens no database.

TEST_DATABASE_URL names a PostgreSQL server to use instead of our own (its user may
create databases).
"""

import base64
import fcntl
import json
import os
import secrets
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import psycopg

from tests.races.server_log import LINE_PREFIX, find_deadlocks

ROOT = Path(__file__).resolve().parents[2]
TEMPLATE = "duologue_template"


class JobFailed(AssertionError):
    """A job raised something that is not an answer."""


@contextmanager
def one_at_a_time(path: Path) -> Iterator[None]:
    """Let one process of the test run pass at a time."""
    with path.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def environment(url: str, *, data_dir: Path) -> dict[str, str]:
    """Return the environment of a process that uses the database at `url`."""
    ours = {name: value for name, value in os.environ.items() if not name.startswith("DUOLOGUE_")}
    return ours | {
        "DATABASE_URL": url,
        "DUOLOGUE_DATA_DIR": str(data_dir),
        "DUOLOGUE_SECRET_KEY": "only-for-the-races",
        "DUOLOGUE_FIELD_KEYS": "k1:" + base64.b64encode(bytes(32)).decode(),
        "DUOLOGUE_LOG_LEVEL": "ERROR",
        "DJANGO_SETTINGS_MODULE": "config.settings",
    }


def migrate(url: str, *, data_dir: Path) -> None:
    """Make the tables of the database at `url`."""
    subprocess.run(
        [sys.executable, "manage.py", "migrate", "--verbosity", "0"],
        cwd=ROOT,
        env=environment(url, data_dir=data_dir),
        check=True,
    )


class SqliteServer:
    """Files: a migrated one, copied for each test."""

    vendor = "sqlite"

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.template = folder / "template.sqlite3"
        with one_at_a_time(folder / "sqlite.lock"):
            if not self.template.exists():
                draft = folder / "draft.sqlite3"
                migrate(f"sqlite:///{draft}", data_dir=folder)
                draft.rename(self.template)
        self.url = f"sqlite:///{self.template}"

    def make_database(self, *, like: str = "") -> str:
        """Return the name of a fresh, migrated database, or of a copy of one that everybody has left."""
        copy = self.folder / f"{secrets.token_hex(8)}.sqlite3"
        shutil.copyfile(like or self.template, copy)
        return str(copy)

    def read_deadlocks(self, name: str) -> list[str]:
        """Return nothing: who writes here is alone."""
        return []

    def drop_database(self, name: str) -> None:
        """Delete the database and what stands beside it."""
        for path in self.folder.glob(f"{Path(name).name}*"):
            path.unlink()

    def stop(self) -> None:
        """Leave nothing running: there is nothing."""


class PostgresServer:
    """A server with a migrated template database, copied for each test."""

    vendor = "postgresql"

    def __init__(self, folder: Path) -> None:
        self.keeper: subprocess.Popen[str] | None = None
        self.log: Path | None = None
        self.admin_url = os.environ.get("TEST_DATABASE_URL") or self._start(folder / "postgres")
        self.url = self.url_of(TEMPLATE)
        with one_at_a_time(folder / "postgres.lock"):
            marker = folder / "postgres.migrated"
            if not marker.exists():
                self._configure()
                self._run(f'DROP DATABASE IF EXISTS "{TEMPLATE}"')
                self._run(f'CREATE DATABASE "{TEMPLATE}"')
                migrate(self.url, data_dir=folder)
                marker.touch()

    def _start(self, folder: Path) -> str:
        self.keeper = subprocess.Popen(
            [sys.executable, "-m", "tests.races.keeper", str(folder)],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            # A signal to the tests' group must not reach it: it stops the server when its input ends.
            start_new_session=True,
        )
        assert self.keeper.stdout is not None
        self.log = folder / "log"
        return self.keeper.stdout.readline().strip()

    def _configure(self) -> None:
        """
        Let our own server write before each line of its log what `read_deadlocks` looks for, and not wait for the disk.

        Its data need not outlive the machine; a process that is killed loses nothing by it.
        """
        if self.log is not None:
            self._run(f"ALTER SYSTEM SET log_line_prefix = '{LINE_PREFIX}'")
            self._run("ALTER SYSTEM SET fsync = off")
            self._run("SELECT pg_reload_conf()")

    def read_deadlocks(self, name: str) -> list[str]:
        """Return what our own server wrote of deadlocks in the database; of another server we know nothing."""
        return find_deadlocks(self.log.read_text(), database=name) if self.log else []

    def stop(self) -> None:
        """Let our own server go; the last to leave stops it."""
        if self.keeper is not None:
            self.keeper.communicate(timeout=30)

    def url_of(self, name: str) -> str:
        """Return the address of a database of this server."""
        return urlunsplit(urlsplit(self.admin_url)._replace(path=f"/{name}"))

    def _run(self, statement: str) -> None:
        with psycopg.connect(self.admin_url, autocommit=True) as connection:
            connection.execute(statement)

    def make_database(self, *, like: str = "") -> str:
        """Return the name of a fresh, migrated database, or of a copy of one that everybody has left."""
        name = f"race_{secrets.token_hex(8)}"
        self._run(f'CREATE DATABASE "{name}" TEMPLATE "{like or TEMPLATE}"')
        return name

    def drop_database(self, name: str) -> None:
        """Drop the database; the workers have left it."""
        self._run(f'DROP DATABASE "{name}" WITH (FORCE)')


class Worker:
    """One process that carries out one job at a time."""

    def __init__(self, url: str, *, folder: Path) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.races.worker"],
            cwd=ROOT,
            env=environment(url, data_dir=folder),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def tell(self, message: dict[str, Any]) -> None:
        """Send one message."""
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(message) + "\n")
        self.process.stdin.flush()

    def hear(self) -> Any:
        """Return the next answer."""
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line:
            raise JobFailed(f"a worker died with {self.process.wait()}")
        return json.loads(line)

    def stop(self) -> None:
        """Let the process end by itself, and take its pipes away."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.close()
        self.process.wait(timeout=20)
        self.process.stdout.close()


class Crew:
    """Worker processes that share one database, a fresh one whenever `open_database` is called."""

    def __init__(self, server: SqliteServer | PostgresServer, *, size: int, folder: Path) -> None:
        self.server = server
        self.vendor = server.vendor
        self.database = ""
        self.workers = [Worker(server.url, folder=folder) for _number in range(size)]
        for worker in self.workers:
            assert worker.hear() == "up"

    def open_database(self, *, like: str = "") -> str:
        """Give every worker the same fresh database, or a copy of one that all have left; return its name."""
        self.database = name = self.server.make_database(like=like)
        for worker in self.workers:
            worker.tell({"database": name})
            assert worker.hear() == "open"
        return name

    def close_database(self, name: str) -> None:
        """Let every worker leave the database, then delete it."""
        self.leave_database()
        self.server.drop_database(name)

    def leave_database(self) -> None:
        """Let every worker leave the database that it has."""
        for worker in self.workers:
            worker.tell({"database": None})
            assert worker.hear() == "open"

    def race(self, *jobs: tuple[str, dict[str, Any]]) -> list[Any]:
        """Begin the jobs at one moment, one in each worker; return their values in order."""
        chosen = self.workers[: len(jobs)]
        assert len(chosen) == len(jobs), "more jobs than workers"
        for worker, (function, arguments) in zip(chosen, jobs, strict=True):
            worker.tell({"function": function, "arguments": arguments})
        for worker in chosen:
            assert worker.hear() == "ready"
        for worker in chosen:
            worker.tell({"go": True})
        answers = [worker.hear() for worker in chosen]
        failures = [answer["error"] for answer in answers if "error" in answer]
        if failures:
            raise JobFailed("\n".join(failures))
        return [answer["value"] for answer in answers]

    def do(self, function: str, **arguments: Any) -> Any:
        """Run one job alone and return its value."""
        return self.race((function, arguments))[0]

    def everywhere(self, function: str, **arguments: Any) -> list[Any]:
        """Run the same job in every worker."""
        return self.race(*((function, arguments) for _worker in self.workers))

    def stop(self) -> None:
        """End the processes, and our own server with them."""
        for worker in self.workers:
            worker.stop()
        self.server.stop()


def make_folder(run_id: str) -> Path:
    """
    Return the folder that the processes of one run share.

    Not below pytest's own: PostgreSQL runs as its own user when we are root, and
    must be able to walk there.
    """
    folder = Path(tempfile.gettempdir()) / f"duologue-races-{run_id}"
    folder.mkdir(mode=0o755, exist_ok=True)
    return folder
