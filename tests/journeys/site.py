"""The product as it runs in earnest: prepared, staged and served by processes of its own, ended by their ids."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

REPOSITORY = Path(__file__).resolve().parents[2]
# On two shared cores a child that imports Django takes a second or two; a minute is a breakdown.
PATIENCE_S = 60

Found = TypeVar("Found")


def wait_until(condition: Callable[[], Found], *, within_s: float = PATIENCE_S, what: str) -> Found:
    """Return the first true answer of `condition`; fail with `what` when there is none in time."""
    deadline = time.monotonic() + within_s
    between = threading.Event()
    while not (found := condition()):
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {within_s:.0f} s in vain for {what}")
        between.wait(0.2)
    return found


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Site:
    """A data folder of its own and the processes over it."""

    data_dir: Path
    port: int = field(default_factory=free_port)
    settings: dict[str, str] = field(default_factory=dict)
    server: subprocess.Popen[bytes] | None = None
    stagehand: subprocess.Popen[str] | None = None
    read_codes: dict[str, int] = field(default_factory=dict)
    # How long a command may take (s); to fill a large database takes minutes.
    patience_s: float = 2 * PATIENCE_S

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def environment(self) -> dict[str, str]:
        """The environment of a small deployment: nothing of the tests' own settings, no debugging."""
        kept = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("DUOLOGUE_", "DJANGO_", "PYTEST_")) and name != "DATABASE_URL"
        }
        return kept | {
            "DUOLOGUE_DEBUG": "0",
            "DUOLOGUE_DATA_DIR": str(self.data_dir),
            "DUOLOGUE_SMS_BACKEND": "accounts.sms.FileBackend",
            # Each browser says its own address, as a proxy would, so that the limits per address stay in force.
            "DUOLOGUE_TRUSTED_PROXIES": "1",
            **self.settings,
        }

    def run(self, *arguments: str) -> str:
        """Run `python <arguments>` to its end in the site's environment and return what it printed."""
        child = subprocess.run(
            [sys.executable, *arguments],
            cwd=REPOSITORY,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=self.patience_s,
            check=False,
        )
        assert child.returncode == 0, f"{arguments} ended with {child.returncode}:\n{child.stderr}"
        return child.stdout

    def stage(self, scene: str, **facts: Any) -> dict[str, Any]:
        """Let `stage.py` bring about a scene through the rule functions; return what it tells."""
        hand = self.stagehand = self.stagehand or self._call_stagehand()
        assert hand.stdin is not None
        assert hand.stdout is not None
        hand.stdin.write(json.dumps([scene, facts]) + "\n")
        hand.stdin.flush()
        told = json.loads(hand.stdout.readline() or '{"error": "the stage ended"}')
        assert "error" not in told, f"{scene} failed:\n{told['error']}"
        return dict(told["told"])

    def _call_stagehand(self) -> subprocess.Popen[str]:
        """Start the process that brings the scenes about, one after another; it ends when its input does."""
        return subprocess.Popen(
            [sys.executable, "-m", "tests.journeys.stage"],
            cwd=REPOSITORY,
            env=self.environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def dismiss_stagehand(self) -> None:
        """Let the process of the scenes end; the next scene calls another."""
        if self.stagehand is not None:
            self.stagehand.communicate(timeout=PATIENCE_S)
            self.stagehand = None

    def run_periodic(self, name: str) -> None:
        """Let the worker run a periodic task now, and wait until it is done."""
        task = self.stage("run_periodic", name=name)["task"]
        wait_until(lambda: self.stage("is_done", task=task)["done"], what=f"the task {name}")

    def prepare(self) -> None:
        self.run("manage.py", "prepare")
        self.run("manage.py", "collectstatic", "--noinput", "--verbosity", "0")

    def take_over(self, data_dir: Path) -> None:
        """Begin with a copy of the data of a prepared site that nobody serves."""
        shutil.copytree(data_dir, self.data_dir, dirs_exist_ok=True)

    def serve(self) -> None:
        """Start the web server and the worker, and wait until a page is answered; end them when none comes."""
        assert self.server is None or self.server.poll() is not None, "it is served already: end it first"
        with self.log.open("ab") as log:
            self.server = subprocess.Popen(
                [sys.executable, "manage.py", "serve", "--port", str(self.port)],
                cwd=REPOSITORY,
                env=self.environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        try:
            wait_until(self._answers, what=f"the first page; the server said:\n{self.log_tail()}")
        except BaseException:
            self.end()
            raise

    @property
    def log(self) -> Path:
        return self.data_dir / "serve.log"

    def log_tail(self) -> str:
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-40:]) if self.log.exists() else ""

    def _answers(self) -> bool:
        assert self.server is None or self.server.poll() is None, f"the server ended:\n{self.log_tail()}"
        try:
            with urllib.request.urlopen(f"{self.url}/account/sign-in/", timeout=5) as answer:
                return answer.status == 200
        except (urllib.error.URLError, TimeoutError):
            return False

    def end(self) -> None:
        """Ask the server to stop, as an administrator would; kill it when it does not listen."""
        self.dismiss_stagehand()
        if self.server is None:
            return
        self.server.send_signal(signal.SIGTERM)
        try:
            self.server.wait(PATIENCE_S)
        except subprocess.TimeoutExpired:
            self.server.kill()
            self.server.wait()
            raise

    def code_for(self, phone: str) -> str:
        """Return the newest code that was sent to the number, once the worker has sent it."""
        return wait_until(lambda: self._unread_code(phone), what=f"a code for {phone}")

    def _unread_code(self, phone: str) -> str:
        box = self.data_dir / "sms.jsonl"
        lines = box.read_text(encoding="utf-8").splitlines() if box.exists() else []
        said = [told for told in map(json.loads, lines) if told["to"] == phone]
        codes = [told["params"]["code"] for told in said if told["template"] == "code"]
        if len(codes) <= self.read_codes.get(phone, 0):
            return ""
        self.read_codes[phone] = len(codes)
        return str(codes[-1])
