"""
Measuring a hostile file in a process of its own.

Whatever the file does to the decoder, the caller gets a MeasureResult: the
figures, or the code of a refusal. Nothing is raised for a bad file, a killed
child or an answer that is no answer, so that no sample is left waiting.
docs/decisions/0004-decoding-in-a-sandbox.md says what is held off and how.
"""

import contextlib
import json
import os
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import IO, Any

import numpy as np

from recordings.audio.confinement import ProcessLimits
from recordings.audio.fingerprint import Words, read_text
from recordings.audio.refusals import RefusalCode
from recordings.audio.report import Report

CODE_ROOT = Path(__file__).resolve().parents[1]
WORKER = "recordings.audio.worker"
DEFAULT_WALL_S = 90.0
FOLDER_PREFIX = "duologue-measuring-"
SWEPT_PREFIXES = (FOLDER_PREFIX, "duologue-copy-")  # the copies of local_copies too
LEFT_AFTER = timedelta(hours=1)  # far beyond the wall clock of any child
# The answer for three hours of sound is under 100 KB; more is no answer of ours.
MOST_ANSWER_BYTES = 1_000_000
PREVIEW_NAMES = frozenset({"preview.mp3", "preview.m4a"})
SYSTEM_PATHS = ("/usr", "/lib", "/lib64", "/bin", "/etc/ld.so.cache")


@dataclass(frozen=True, kw_only=True)
class MeasureResult:
    """
    Either a report with its peaks and fingerprint (and preview), or a refusal code with a detail for staff.

    `isolation` says what held the child: "bubblewrap" (no network, no files
    but its own), "no_network", "limits_only", or "" when it did not answer.
    """

    report: Report | None = None
    peaks: list[list[int]] = field(default_factory=list)
    fingerprint: Words = field(default_factory=lambda: np.empty(0, dtype=np.uint16), compare=False)
    preview_path: Path | None = None
    refusal_code: RefusalCode | None = None
    detail: str = ""
    isolation: str = ""


@dataclass(frozen=True, kw_only=True)
class Ending:
    """How a child ended: its exit code (negative or above 128: a signal), and what it printed."""

    return_code: int
    is_timed_out: bool
    answer: bytes
    last_words: str


def measure_file(
    path: Path,
    *,
    output_directory: Path,
    max_duration_s: float,
    listen_s: float | None = None,
    with_preview: bool = True,
    columns: int = 1_500,
    limits: ProcessLimits | None = None,
    wall_s: float = DEFAULT_WALL_S,
    use_bubblewrap: bool | None = None,
) -> MeasureResult:
    """
    Measure the file in a child process and write its preview into the directory.

    Longer than `max_duration_s` (and a second) is refused as `too_long`
    whatever the whole length is; longer than `listen_s` it is neither listened
    to by the models nor given a preview (audio.report.Limits). The directory must exist, belong to the
    caller alone and be empty. Bubblewrap is used where it works, unless told.
    Rules: R-5, R-6.
    """
    wrapped = has_bubblewrap() if use_bubblewrap is None else use_bubblewrap
    places = ("/input", "/output") if wrapped else (str(path.resolve()), str(output_directory.resolve()))
    command = _worker_command(*places, limits=limits or ProcessLimits())
    command += ["--max-duration-s", str(max_duration_s), "--columns", str(columns)]
    if listen_s is not None:
        command += ["--listen-s", str(listen_s)]
    if with_preview:
        command.append("--preview")
    if wrapped:
        command = wrap_command(command, path=path, output_directory=output_directory)
    else:
        command += ["--parent-pid", str(os.getpid())]
    result = read_ending(run_child(command, wall_s=wall_s), output_directory=output_directory)
    if wrapped and result.isolation:
        result = MeasureResult(**{**vars(result), "isolation": "bubblewrap"})
    return result


@contextmanager
def measuring_folder() -> Iterator[Path]:
    """Make an empty folder of our own for the length of the with block; what a killed worker leaves is swept."""
    with tempfile.TemporaryDirectory(prefix=FOLDER_PREFIX) as folder:
        yield Path(folder)


def sweep_folders(*, now: datetime) -> int:
    """Remove the measuring folders that a killed worker left behind over an hour ago; return how many."""
    swept = 0
    for folder in Path(tempfile.gettempdir()).iterdir():
        if not folder.name.startswith(SWEPT_PREFIXES):
            continue
        with contextlib.suppress(OSError):
            status = folder.lstat()
            is_ours = stat.S_ISDIR(status.st_mode) and status.st_uid == os.getuid()
            if is_ours and status.st_mtime < (now - LEFT_AFTER).timestamp():
                shutil.rmtree(folder)
                swept += 1
    return swept


def run_child(command: Sequence[str], *, wall_s: float) -> Ending:
    """Run the command with a clean environment in a process group of its own; kill the group when time is up."""
    with tempfile.TemporaryFile() as answer, tempfile.TemporaryFile() as words:
        child = subprocess.Popen(
            list(command),
            stdin=subprocess.DEVNULL,
            stdout=answer,
            stderr=words,
            env=_clean_environment(),
            cwd="/",
            start_new_session=True,
        )
        is_timed_out = False
        try:
            child.wait(timeout=wall_s)
        except subprocess.TimeoutExpired:
            is_timed_out = True
        finally:
            _kill_group(child)
        return Ending(
            return_code=child.returncode,
            is_timed_out=is_timed_out,
            answer=_read_start(answer),
            last_words=_read_last_line(words),
        )


def read_ending(ending: Ending, *, output_directory: Path) -> MeasureResult:
    """Turn how the child ended into a result; whatever is not a whole, plausible answer is `decode_crashed`."""
    if ending.is_timed_out or _signal_of(ending.return_code) == signal.SIGXCPU:
        return MeasureResult(refusal_code=RefusalCode.DECODE_TIMEOUT, detail="out of time")
    if ending.return_code != 0:
        detail = f"exit {ending.return_code}: {ending.last_words}"
        return MeasureResult(refusal_code=RefusalCode.DECODE_CRASHED, detail=detail)
    try:
        return _read_answer(json.loads(ending.answer), output_directory=output_directory)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        detail = f"no answer: {type(error).__name__}"
        return MeasureResult(refusal_code=RefusalCode.DECODE_CRASHED, detail=detail)


def wrap_command(command: Sequence[str], *, path: Path, output_directory: Path) -> list[str]:
    """
    Put bubblewrap before the command: no network, no processes, no files but what it needs.

    It sees the interpreter and its packages, the pure audio package, the one
    input (read-only, as /input) and the output directory (as /output).
    """
    wrapped = ["bwrap", "--unshare-all", "--die-with-parent", "--cap-drop", "ALL"]
    wrapped += ["--tmpfs", "/tmp", "--dev", "/dev"]  # noqa: S108 its own, empty
    for system_path in SYSTEM_PATHS:
        wrapped += ["--ro-bind-try", system_path, system_path]
    for prefix in dict.fromkeys((sys.base_prefix, sys.prefix)):
        wrapped += ["--ro-bind", prefix, prefix]
    for code in ("recordings/__init__.py", "recordings/audio"):
        wrapped += ["--ro-bind", str(CODE_ROOT / code), str(CODE_ROOT / code)]
    wrapped += ["--ro-bind", str(path.resolve()), "/input"]
    wrapped += ["--bind", str(output_directory.resolve()), "/output", "--chdir", "/output"]
    return [*wrapped, *command]


def _worker_command(source: str, target: str, *, limits: ProcessLimits) -> list[str]:
    """Return the command of the worker: no path of the caller's, no user's packages, no bytecode written."""
    command = [sys.executable, "-P", "-s", "-B", "-m", WORKER, source, target]
    command += ["--memory-mb", str(limits.memory_mb), "--cpu-s", str(limits.cpu_s)]
    return [*command, "--file-mb", str(limits.file_mb), "--open-files", str(limits.open_files)]


@cache
def has_bubblewrap() -> bool:
    """Say whether bubblewrap is here and can run our interpreter with its packages; asked once a process."""
    if shutil.which("bwrap") is None:
        return False
    with tempfile.TemporaryDirectory() as directory:
        command = [sys.executable, "-P", "-s", "-B", "-m", WORKER, "--help"]
        wrapped = wrap_command(command, path=Path(__file__), output_directory=Path(directory))
        ending = run_child(wrapped, wall_s=20)
    return ending.return_code == 0 and not ending.is_timed_out


def _read_answer(answer: dict[str, Any], *, output_directory: Path) -> MeasureResult:
    isolation = str(answer["isolation"])
    if "refusal" in answer:
        code, detail = RefusalCode(answer["refusal"]), str(answer["detail"])[:200]
        return MeasureResult(refusal_code=code, detail=detail, isolation=isolation)
    peaks = [[int(low), int(high)] for low, high in answer["peaks"]]
    if any(not -128 <= step <= 127 for column in peaks for step in column):
        raise ValueError("peaks out of range")
    return MeasureResult(
        report=Report.from_dict(answer["report"]),
        peaks=peaks,
        fingerprint=read_text(answer["fingerprint"]),
        preview_path=_find_preview(answer["preview"], output_directory=output_directory),
        isolation=isolation,
    )


def _find_preview(name: str | None, *, output_directory: Path) -> Path | None:
    """Return the preview's path; a link in its place would make us publish another file."""
    if name is None:
        return None
    path = output_directory / name
    if name not in PREVIEW_NAMES or path.is_symlink() or not path.is_file():
        raise ValueError("no preview")
    return path


def _clean_environment() -> dict[str, str]:
    """Return all that the child learns of ours: where the code is, and that it has one core."""
    return {
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "LANG": "C.UTF-8",
        "PYTHONPATH": str(CODE_ROOT),
        "OPENBLAS_NUM_THREADS": "1",
        "OMP_NUM_THREADS": "1",
    }


def _kill_group(child: subprocess.Popen[bytes]) -> None:
    """Kill the child and whatever it started, and collect it."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(child.pid, signal.SIGKILL)
    child.wait()


def _signal_of(return_code: int) -> int:
    """Return the signal that ended the child; bubblewrap reports its own child's as 128 and the signal."""
    return -return_code if return_code < 0 else return_code - 128


def _read_start(file: IO[bytes]) -> bytes:
    file.seek(0)
    return file.read(MOST_ANSWER_BYTES)


def _read_last_line(file: IO[bytes]) -> str:
    size = file.seek(0, os.SEEK_END)
    file.seek(max(0, size - 2_000))
    lines = file.read().decode(errors="replace").strip().splitlines()
    return lines[-1][:200] if lines else ""
