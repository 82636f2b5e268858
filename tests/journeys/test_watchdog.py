"""The worker under its watchdog: killed or stopped, it comes back by itself."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.journeys.site import REPOSITORY, Site, wait_until

pytestmark = pytest.mark.race


@pytest.fixture(scope="module")
def idle_site(prepared: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A database where nothing happens."""
    site = Site(tmp_path_factory.mktemp("idle"))
    site.take_over(prepared)
    yield site
    site.end()


@pytest.fixture
def watchdog(idle_site: Site, request: pytest.FixtureRequest) -> Iterator[subprocess.Popen[bytes]]:
    """`manage.py worker` with the arguments of the test, asked to stop at its end."""
    with idle_site.log.open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "manage.py", "worker", "--every", "0.5", *getattr(request, "param", [])],
            cwd=REPOSITORY,
            env=idle_site.environment,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    yield process
    process.send_signal(signal.SIGTERM)
    process.wait(60)


def family(pid: int) -> list[int]:
    """Return the running descendants of a process."""
    told = subprocess.run(
        ["ps", "-eo", "pid=,ppid=,stat="], capture_output=True, text=True, check=True
    ).stdout
    rows = [line.split() for line in told.splitlines()]
    running = [(int(child), int(parent)) for child, parent, state in rows if state[0] not in "ZX"]
    found = {pid}
    while more := {child for child, parent in running if parent in found} - found:
        found |= more
    return sorted(found - {pid})


def beats(site: Site) -> bool:
    """Return whether the cluster carries out a heartbeat that is queued now."""
    site.run_periodic("heartbeat")
    return True


def signal_all(pids: list[int], number: signal.Signals) -> None:
    for pid in pids:
        os.kill(pid, number)


def test_worker_that_is_killed_comes_back(idle_site, watchdog):
    assert beats(idle_site)
    before = family(watchdog.pid)

    signal_all(before, signal.SIGKILL)

    assert beats(idle_site)
    assert not set(before) & set(family(watchdog.pid))


@pytest.mark.long
@pytest.mark.parametrize("watchdog", [["--stale-after", "90"]], indirect=True)
def test_worker_that_hangs_is_restarted(idle_site, watchdog):
    assert beats(idle_site)
    before = family(watchdog.pid)

    signal_all(before, signal.SIGSTOP)

    wait_until(lambda: set(family(watchdog.pid)) - set(before), within_s=150, what="a new cluster")
    assert beats(idle_site)
    assert not Path(f"/proc/{before[0]}").exists()
