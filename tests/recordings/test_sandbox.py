import socket
import sys
import textwrap
from pathlib import Path

import pytest

from recordings.audio.confinement import ProcessLimits
from recordings.audio.refusals import MACHINE_REFUSALS, RefusalCode
from recordings.sandbox import (
    Ending,
    MeasureResult,
    has_bubblewrap,
    measure_file,
    read_ending,
    run_child,
    wrap_command,
)
from tests.processes import is_running, wait_until
from tests.recordings.audio.makers import (
    make_file,
    make_playlists,
    make_ten_hours,
    make_wav_bytes,
    make_zip_bytes,
    talk,
)

# Both forms where both work; the plain one works everywhere.
WRAPPERS = [False, True] if has_bubblewrap() else [False]
CONFINE = """
from recordings.audio.confinement import ProcessLimits, confine
confine(ProcessLimits(cpu_s=1, file_mb=1))
"""


@pytest.fixture
def output(tmp_path):
    path = tmp_path / "output"
    path.mkdir()
    return path


def run_python(code: str, *, wall_s: float = 20) -> Ending:
    """Run code of ours in the same kind of child, after it confined itself, with a second of CPU at most."""
    return run_child([sys.executable, "-P", "-c", CONFINE + textwrap.dedent(code)], wall_s=wall_s)


@pytest.mark.parametrize("use_bubblewrap", WRAPPERS)
def test_measure_file_gives_report_peaks_and_preview(tmp_path, output, use_bubblewrap):
    path = make_file(tmp_path, encoding="m4a")
    before = path.read_bytes()
    result = measure_file(path, output_directory=output, max_duration_s=185, use_bubblewrap=use_bubblewrap)
    assert (result.refusal_code, result.detail) == (None, "")
    assert result.report
    assert result.report.codec == "aac"
    assert result.report.duration_ms == pytest.approx(4_000, abs=150)
    assert len(result.peaks) == pytest.approx(400, abs=15)
    assert result.preview_path == output / "preview.mp3"
    assert [entry.name for entry in output.iterdir()] == ["preview.mp3"]
    assert path.read_bytes() == before
    assert result.isolation in ({"bubblewrap"} if use_bubblewrap else {"no_network", "limits_only"})


def test_measure_file_leaves_the_preview_when_not_asked(tmp_path, output):
    result = measure_file(
        make_file(tmp_path), output_directory=output, max_duration_s=9, with_preview=False, columns=50
    )
    assert (result.preview_path, len(result.peaks), list(output.iterdir())) == (None, 50, [])


BAD_FILES = {
    "text.m4a": (b"This is a letter, not a sample.\n" * 100, {RefusalCode.NOT_AUDIO}),
    "empty.m4a": (b"", {RefusalCode.EMPTY}),
    "archive.mp3": (make_zip_bytes(), {RefusalCode.NOT_AUDIO}),
    "no_rate.wav": (make_wav_bytes(rate=0), {RefusalCode.BAD_FORMAT}),
    "cut.wav": (make_wav_bytes(size=4_000_000), {RefusalCode.TRUNCATED}),
}


@pytest.mark.parametrize("name", BAD_FILES)
def test_measure_file_refuses_bad_files_with_their_code(tmp_path, output, name):
    content, codes = BAD_FILES[name]
    path = tmp_path / name
    path.write_bytes(content)
    result = measure_file(path, output_directory=output, max_duration_s=185)
    assert result.refusal_code in codes
    assert (result.report, result.peaks, result.preview_path, list(output.iterdir())) == (None, [], None, [])


def test_measure_file_refuses_a_file_that_was_cut(tmp_path, output):
    path = make_file(tmp_path, encoding="m4a")
    path.write_bytes(path.read_bytes()[:9_000])
    assert (
        measure_file(path, output_directory=output, max_duration_s=185).refusal_code == RefusalCode.UNPLAYABLE
    )


@pytest.mark.parametrize("kind", ["amr", "wav"])
def test_measure_file_refuses_ten_hours_for_the_price_of_three_minutes(tmp_path, output, kind):
    path = make_ten_hours(tmp_path, kind=kind)
    limits = ProcessLimits(cpu_s=10)
    result = measure_file(path, output_directory=output, max_duration_s=185, limits=limits)
    assert result.refusal_code == RefusalCode.TOO_LONG


@pytest.mark.parametrize("use_bubblewrap", WRAPPERS)
def test_measure_file_reads_no_file_that_a_playlist_names(tmp_path, output, use_bubblewrap):
    target = make_file(tmp_path, encoding="m4a", name="secret.m4a")
    path = tmp_path / "playlist.m4a"
    path.write_bytes(make_playlists(target)["ffconcat"])
    result = measure_file(path, output_directory=output, max_duration_s=185, use_bubblewrap=use_bubblewrap)
    assert result.refusal_code == RefusalCode.NOT_AUDIO


@pytest.mark.parametrize("use_bubblewrap", WRAPPERS)
def test_measure_file_ends_when_its_time_is_up(tmp_path, output, use_bubblewrap):
    path = make_file(tmp_path, encoding="webm", signal=talk(150.0).mix())
    result = measure_file(
        path, output_directory=output, max_duration_s=185, wall_s=0.1, use_bubblewrap=use_bubblewrap
    )
    assert result.refusal_code == RefusalCode.DECODE_TIMEOUT


@pytest.mark.parametrize(
    "limits", [ProcessLimits(memory_mb=1), ProcessLimits(file_mb=0), ProcessLimits(open_files=3)]
)
@pytest.mark.parametrize("use_bubblewrap", WRAPPERS)
def test_measure_file_short_of_anything_is_a_refusal_of_the_machine(tmp_path, output, limits, use_bubblewrap):
    result = measure_file(
        make_file(tmp_path),
        output_directory=output,
        max_duration_s=9,
        limits=limits,
        use_bubblewrap=use_bubblewrap,
    )
    assert result.refusal_code in MACHINE_REFUSALS
    assert result.report is None


@pytest.mark.parametrize("use_bubblewrap", WRAPPERS)
def test_measure_file_of_a_vanished_file_is_a_refusal(tmp_path, output, use_bubblewrap):
    result = measure_file(
        tmp_path / "gone", output_directory=output, max_duration_s=9, use_bubblewrap=use_bubblewrap
    )
    assert result.refusal_code == RefusalCode.DECODE_CRASHED


@pytest.mark.parametrize(
    ("code", "refusal"),
    [
        ("while True: pass", RefusalCode.DECODE_TIMEOUT),
        ("hoard = bytearray(2 * 10**9)", RefusalCode.DECODE_CRASHED),
        ("import os; os.abort()", RefusalCode.DECODE_CRASHED),
        ("import os, signal; os.kill(os.getpid(), signal.SIGSEGV)", RefusalCode.DECODE_CRASHED),
        ("raise RuntimeError('decoder')", RefusalCode.DECODE_CRASHED),
        ("print('{\"report\": ')", RefusalCode.DECODE_CRASHED),
        ("print('[]')", RefusalCode.DECODE_CRASHED),
        ("print('[' * 100_000)", RefusalCode.DECODE_CRASHED),
        ('print(\'{"refusal": "unheard_of", "detail": "", "isolation": ""}\')', RefusalCode.DECODE_CRASHED),
        ("pass", RefusalCode.DECODE_CRASHED),
    ],
)
def test_a_child_that_spins_hoards_dies_or_babbles_is_a_refusal(output, code, refusal):
    result = read_ending(run_python(code), output_directory=output)
    assert (result.refusal_code, result.report) == (refusal, None)


def test_a_wrapped_child_that_spins_is_a_refusal(tmp_path, output):
    for wrapper in WRAPPERS[1:]:
        assert wrapper
        spinning = [sys.executable, "-P", "-c", CONFINE + "while True: pass"]
        command = wrap_command(spinning, path=make_file(tmp_path), output_directory=output)
        result = read_ending(run_child(command, wall_s=20), output_directory=output)
        assert result.refusal_code == RefusalCode.DECODE_TIMEOUT


def test_a_child_cannot_write_more_than_its_share(output):
    ending = run_python(
        f"""
        import signal
        signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
        open({str(output / "flood")!r}, "wb").write(bytes(3 * 2**20))
        """
    )
    assert ending.return_code != 0
    assert (output / "flood").stat().st_size <= 2**20


def test_a_child_that_floods_its_answer_is_cut(output):
    ending = run_python("import sys; sys.stdout.write('x' * 10_000_000)")
    assert len(ending.answer) <= 1_000_000
    assert read_ending(ending, output_directory=output).refusal_code == RefusalCode.DECODE_CRASHED


def test_a_grandchild_dies_with_the_group(tmp_path):
    note = tmp_path / "pid"
    ending = run_python(
        f"""
        import pathlib, subprocess, sys
        sleeper = subprocess.Popen([sys.executable, "-c", "import signal; signal.pause()"])
        pathlib.Path({str(note)!r}).write_text(str(sleeper.pid))
        sleeper.wait()
        """,
        wall_s=2,
    )
    assert ending.is_timed_out
    grandchild = int(note.read_text())
    assert wait_until(lambda: not is_running(grandchild))


def test_a_child_learns_nothing_of_our_environment(monkeypatch):
    monkeypatch.setenv("DUOLOGUE_SECRET", "never told")
    ending = run_python("import os; print(sorted(os.environ))")
    assert b"SECRET" not in ending.answer
    assert b"DJANGO" not in ending.answer


def test_a_child_has_no_network_where_the_system_allows():
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        ending = run_child(
            [
                sys.executable,
                "-P",
                "-c",
                "import socket\n"
                "from recordings.audio.confinement import ProcessLimits, confine\n"
                "print(confine(ProcessLimits()))\n"
                f"try: socket.create_connection(('127.0.0.1', {port}), 2); print('connected')\n"
                "except OSError: print('cut off')\n",
            ],
            wall_s=20,
        )
    assert ending.answer.decode().split("\n")[:2] in (["no_network", "cut off"], ["limits_only", "connected"])


def test_a_wrapped_child_sees_no_file_of_ours(tmp_path, output):
    secret = tmp_path / "secret"
    secret.write_text("never read")
    looked_for = [str(secret), "/etc/passwd", str(Path(__file__).parents[2] / "manage.py"), "/proc/1/environ"]
    code = f"import os; print([p for p in {looked_for} if os.path.exists(p)], sorted(os.listdir('/output')))"
    for wrapper in WRAPPERS[1:]:
        assert wrapper
        command = wrap_command(
            [sys.executable, "-c", code], path=make_file(tmp_path), output_directory=output
        )
        assert run_child(command, wall_s=20).answer == b"[] []\n"


ANSWER = '{"refusal": "too_long", "detail": "%s", "isolation": "no_network"}'


def test_read_ending_believes_a_whole_answer(output):
    ending = Ending(return_code=0, is_timed_out=False, answer=(ANSWER % "x").encode(), last_words="")
    assert read_ending(ending, output_directory=output) == MeasureResult(
        refusal_code=RefusalCode.TOO_LONG, detail="x", isolation="no_network"
    )


@pytest.mark.parametrize("name", ["preview.mp3", "../secret", "other.mp3"])
def test_read_ending_publishes_no_other_file_as_preview(tmp_path, output, name):
    (tmp_path / "secret").write_text("never published")
    (output / "preview.mp3").symlink_to(tmp_path / "secret")
    answer = run_worker_answer(tmp_path, preview=name)
    ending = Ending(return_code=0, is_timed_out=False, answer=answer, last_words="")
    assert read_ending(ending, output_directory=output).refusal_code == RefusalCode.DECODE_CRASHED


def run_worker_answer(directory: Path, *, preview: str) -> bytes:
    """Return a true answer of the worker in which the name of the preview was exchanged."""
    ending = run_child(
        [
            *(sys.executable, "-P", "-m", "recordings.audio.worker"),
            *(str(make_file(directory)), str(directory), "--max-duration-s", "9"),
        ],
        wall_s=20,
    )
    return ending.answer.replace(b'"preview":null', f'"preview":"{preview}"'.encode())
