import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from recordings.audio.synthesis import make_conversation
from tests.recordings.audio.makers import make_file

ORDER = [
    "duration_s",
    "sample_rate_hz",
    "channels",
    "codec",
    "clipped_share",
    "loudness_lufs",
    "peak_dbfs",
    "snr_db",
    "bandwidth_hz",
    "speech_share",
    "verdict",
    "reasons",
]
KEYS = set(ORDER)
MORE_KEYS = {
    "container",
    "declared_duration_ms",
    "is_lossless",
    "band_drop_db",
    "quality_mos",
    "dominant_share",
    "longest_silence_ms",
    "speech_method",
    "quality_method",
    "voices_method",
}


def analyze(*paths, as_json=True):
    output = StringIO()
    call_command("analyze_audio", *map(str, paths), json=as_json, stdout=output)
    return [json.loads(line) for line in output.getvalue().splitlines()] if as_json else output.getvalue()


def test_analyze_audio_prints_the_figures_of_a_good_sample(tmp_path):
    talk = make_conversation(seconds=120, seed=9).mix()
    (figures,) = analyze(make_file(tmp_path, signal=talk))
    assert list(figures)[:12] == ORDER
    assert set(figures) == KEYS | MORE_KEYS
    assert (figures["duration_s"], figures["codec"], figures["channels"]) == (120.0, "pcm_s16le", 1)
    assert (figures["verdict"], figures["reasons"]) == ("mark", ["doubtful_quality"])


def test_analyze_audio_refuses_with_a_reason_and_goes_on(tmp_path):
    text = tmp_path / "text.m4a"
    text.write_text("no sound")
    first, second = analyze(text, make_file(tmp_path))
    assert set(first) == set(second) == KEYS | MORE_KEYS
    assert (first["verdict"], first["reasons"], first["duration_s"]) == ("refuse", ["not_audio"], None)
    assert (second["verdict"], second["reasons"], second["duration_s"]) == ("refuse", ["too_short"], 4.0)


def test_analyze_audio_marks_what_is_doubtful(tmp_path):
    talk = make_conversation(seconds=120, seed=9).mix() * 0.2
    (figures,) = analyze(make_file(tmp_path, signal=talk))
    assert (figures["verdict"], figures["reasons"]) == ("mark", ["quiet", "doubtful_quality"])


def test_analyze_audio_reads_well_without_json(tmp_path):
    path = make_file(tmp_path)
    printed = analyze(path, as_json=False)
    assert printed.startswith(f"{path}\n  duration_s: 4.0\n")
    assert "  reasons: ['too_short']\n" in printed


def test_analyze_audio_of_a_missing_file_exits_with_2(tmp_path):
    with pytest.raises(CommandError, match="No such file") as refusal:
        analyze(tmp_path / "gone.m4a")
    assert refusal.value.returncode == 2
