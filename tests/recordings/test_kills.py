"""Processes really killed in the middle of measuring, and what they leave behind."""

import os
import resource
import signal
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from recordings.audio.refusals import RefusalCode
from recordings.models import Sample, SampleStatus
from recordings.samples import measure_sample, requeue_stuck_samples, submit_sample
from recordings.sandbox import (
    FOLDER_PREFIX,
    has_bubblewrap,
    measuring_folder,
    read_ending,
    run_child,
    sweep_folders,
)
from tests.processes import is_running, wait_until
from tests.recordings.audio.makers import make_file, talk
from tests.recordings.makers import sound_file

ROOT = Path(__file__).resolve().parents[2]
WRAPPERS = [False, True] if has_bubblewrap() else [False]


def children_of(pid):
    """Return the ids of all processes below this one."""
    table = subprocess.run(["ps", "-eo", "pid=,ppid="], capture_output=True, text=True, check=True).stdout
    below, known = [], {pid}
    for child, parent in sorted((int(a), int(b)) for a, b in map(str.split, table.splitlines())):
        if parent in known:
            below.append(child)
            known.add(child)
    return below


@pytest.mark.parametrize("use_bubblewrap", WRAPPERS)
def test_a_worker_that_is_killed_leaves_no_decoder_behind(tmp_path, use_bubblewrap):
    path = make_file(tmp_path, encoding="webm", signal=talk(150.0).mix())
    code = (
        "import pathlib\nfrom recordings.sandbox import measure_file, measuring_folder\n"
        f"with measuring_folder() as folder:\n    while True: measure_file(pathlib.Path({str(path)!r}),\n"
        f"        output_directory=folder, max_duration_s=185, use_bubblewrap={use_bubblewrap})\n"
    )
    worker = subprocess.Popen(
        [sys.executable, "-c", code], cwd=ROOT, env=os.environ | {"TMPDIR": str(tmp_path)}
    )
    enough = 3 if use_bubblewrap else 1
    assert wait_until(lambda: len(children_of(worker.pid)) >= enough, within_s=30)
    children = children_of(worker.pid)

    worker.kill()
    worker.wait()

    assert wait_until(lambda: not any(map(is_running, children)), within_s=5)
    assert len(list(tmp_path.glob(f"{FOLDER_PREFIX}*"))) == 1


def test_a_child_whose_parent_is_gone_already_ends_at_once(tmp_path):
    output = tmp_path / "output"
    output.mkdir()
    command = [sys.executable, "-P", "-m", "recordings.audio.worker", str(make_file(tmp_path)), str(output)]

    ending = run_child([*command, "--max-duration-s", "9", "--parent-pid", "1"], wall_s=20)

    assert ending.return_code == -signal.SIGKILL
    assert read_ending(ending, output_directory=output).refusal_code == RefusalCode.DECODE_CRASHED


@pytest.mark.parametrize(
    ("number", "refusal"),
    [(signal.SIGKILL, RefusalCode.DECODE_CRASHED), (signal.SIGSTOP, RefusalCode.DECODE_TIMEOUT)],
)
def test_a_child_that_is_killed_or_stopped_is_a_refusal(tmp_path, number, refusal):
    code = f"import os; os.kill(os.getpid(), {int(number)})"

    ending = run_child([sys.executable, "-c", code], wall_s=2)

    assert read_ending(ending, output_directory=tmp_path).refusal_code == refusal


@contextmanager
def full_disk(*, after_bytes):
    """Let no file of this process grow any further; a child sets its own limit."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (after_bytes, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_disk_that_is_full_when_the_preview_comes_costs_no_attempt(lin, project, now):
    sample = submit_sample(lin, project=project, file=sound_file(seconds=120), now=now)

    with full_disk(after_bytes=20_000):
        measure_sample(sample.pk, now=now)

    sample.refresh_from_db()
    assert (sample.status, sample.measure_attempts, sample.preview.name) == ("measuring", 0, "")
    later = now + timedelta(minutes=6)
    assert requeue_stuck_samples(now=later) == 1
    measure_sample(sample.pk, now=later)
    assert Sample.objects.get().status == SampleStatus.IN_REVIEW


# --- what is left behind ---


@pytest.fixture
def temporary(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def left(folder, *, at: datetime):
    folder.mkdir()
    (folder / "preview.mp3").write_bytes(b"half")
    os.utime(folder, (at.timestamp(), at.timestamp()))
    return folder


def test_sweep_takes_what_was_left_an_hour_ago(temporary, now):
    left(temporary / f"{FOLDER_PREFIX}old", at=now - timedelta(hours=1, seconds=1))
    left(temporary / "duologue-copy-old", at=now - timedelta(hours=2))
    young = left(temporary / f"{FOLDER_PREFIX}young", at=now - timedelta(hours=1))
    other = left(temporary / "somebody-elses", at=now - timedelta(days=9))
    link = temporary / f"{FOLDER_PREFIX}link"
    link.symlink_to(other)
    os.utime(link, (0, 0), follow_symlinks=False)

    assert sweep_folders(now=now) == 2
    assert sorted(temporary.iterdir()) == sorted([young, other, link])
    assert (other / "preview.mp3").exists()
    assert sweep_folders(now=now) == 0


def test_a_measuring_folder_is_gone_after_its_use(temporary):
    with measuring_folder() as folder:
        (folder / "preview.mp3").write_bytes(b"whole")
        assert folder.parent == temporary

    assert list(temporary.iterdir()) == []
