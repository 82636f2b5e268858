"""Real S3-compatible servers for the tests: each a process of its own on the loopback interface, ended by its id."""

import contextlib
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from threading import Event
from typing import Any

import boto3
from botocore.config import Config

from config.object_store import ObjectStore, storage_of

# The one key that ministack knows without being told.
KEY_ID, SECRET_KEY = "test", "test"
BUCKET = "voices"
PATIENCE_S = 30.0


@dataclass(frozen=True)
class Server:
    """An object store that runs."""

    endpoint: str
    process: subprocess.Popen[bytes]

    def client(self, *, key_id: str = KEY_ID, secret_key: str = SECRET_KEY) -> Any:
        return boto3.client(
            "s3",
            endpoint_url=self.endpoint,
            region_name="us-east-1",
            aws_access_key_id=key_id,
            aws_secret_access_key=secret_key,
            config=Config(
                s3={"addressing_style": "path"},
                signature_version="s3v4",
                request_checksum_calculation="when_required",
                response_checksum_validation="when_required",
            ),
        )

    def list_keys(self) -> list[str]:
        """Return the keys of everything in the bucket."""
        listed = self.client().list_objects_v2(Bucket=BUCKET)
        return [entry["Key"] for entry in listed.get("Contents", [])]


def store_at(endpoint: str, *, bucket: str = BUCKET, secret_key: str = SECRET_KEY) -> ObjectStore:
    """Return the settings of a bucket."""
    return ObjectStore(
        bucket=bucket,
        endpoint=endpoint,
        public_endpoint=endpoint,
        region="us-east-1",
        key_id=KEY_ID,
        secret_key=secret_key,
        addressing="path",
        link_seconds=60,
    )


def storages_at(endpoint: str, **changes: str) -> dict[str, Any]:
    """Return the setting STORAGES with the files in a bucket."""
    return {
        "default": storage_of(store_at(endpoint, **changes)),
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextlib.contextmanager
def run_nanio(directory: Path) -> Iterator[Server]:
    """Run the server that refuses a wrong secret."""
    port = free_port()
    command = [sys.executable, "-m", "nanio", "serve", "--host", "127.0.0.1", "--port", str(port)]
    names = {"NANIO_ACCESS_KEY": KEY_ID, "NANIO_SECRET_KEY": SECRET_KEY}
    with _run([*command, "--data-dir", str(directory)], directory, port=port, **names) as server:
        yield server


@contextlib.contextmanager
def run_ministack(directory: Path) -> Iterator[Server]:
    """Run the server that knows CORS and looks at the life of links, but not at the secret in a header."""
    port = free_port()
    # It would be many services at once, some on ports and interfaces of their own.
    names = {"SERVICES": "s3", "IOT_MTLS_ENABLED": "0", "SFTP_ENABLED": "0", "HOME": str(directory)}
    names |= {"GATEWAY_PORT": str(port), "BIND_HOST": "127.0.0.1"}
    with _run([sys.executable, "-m", "ministack"], directory, port=port, **names) as server:
        yield server


@contextlib.contextmanager
def _run(command: list[str], directory: Path, *, port: int, **names: str) -> Iterator[Server]:
    directory.mkdir(parents=True, exist_ok=True)
    log_path = directory.with_suffix(".log")
    kept = {name: os.environ[name] for name in ("PATH", "LANG", "HOME") if name in os.environ}
    with log_path.open("wb") as log:
        process = subprocess.Popen(command, env=kept | names, cwd=directory, stdout=log, stderr=log)
    server = Server(f"http://127.0.0.1:{port}", process)
    try:
        _wait_for(port, process=process, log_path=log_path)
        server.client().create_bucket(Bucket=BUCKET)
        yield server
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait_for(port: int, *, process: subprocess.Popen[bytes], log_path: Path) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while True:
        assert process.poll() is None, f"the server ended:\n{log_path.read_text(errors='replace')}"
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        assert time.monotonic() < deadline, f"no answer:\n{log_path.read_text(errors='replace')}"
        Event().wait(0.05)
