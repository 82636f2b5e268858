"""Audio files of a session: attached, measured, refused."""

from datetime import timedelta
from hashlib import sha256
from pathlib import Path

import pytest
from django.core.files.base import ContentFile

from recordings.assets import AssetRefused, attach_asset, measure_asset, requeue_stuck_assets
from recordings.audio.refusals import RefusalCode
from recordings.models import Asset, AssetProblem, RecordingSession
from recordings.runs import abandon_session
from recordings.samples import MAX_MEASURE_ATTEMPTS
from tests.factories import make_booking
from tests.recordings.session_makers import make_asset, make_session, make_wav


@pytest.fixture
def session(db) -> RecordingSession:
    return make_session(make_booking())


@pytest.fixture
def operator(session):
    return session.opened_by


def refusal_code(session: RecordingSession, *, speaker: str = "A", content: bytes = b"sound") -> str:
    with pytest.raises(AssetRefused) as refusal:
        make_asset(session, speaker=speaker, by=session.opened_by, now=session.opened_at, content=content)
    return refusal.value.code


def stored_files(settings) -> list[Path]:
    return [path for path in Path(settings.MEDIA_ROOT).rglob("*") if path.is_file()]


def test_asset_is_stored_untouched_under_a_name_of_ours(session, operator, settings):
    content = make_wav()
    asset = attach_asset(
        session,
        speaker="A",
        file=ContentFile(content, name="林小雨 13800138000.wav"),
        by=operator,
        now=session.opened_at,
    )
    assert (asset.status, asset.file_bytes, asset.file_sha256) == (
        "measuring",
        len(content),
        sha256(content).hexdigest(),
    )
    assert asset.file.name == f"sessions/{session.key[:2]}/{session.key}/{asset.key}"
    assert [path.read_bytes() for path in stored_files(settings)] == [content]


def test_asset_is_measured_by_the_worker(session, operator, run_tasks):
    asset = make_asset(session, speaker="A", by=operator, now=session.opened_at)
    assert run_tasks() == 1
    asset.refresh_from_db()
    assert (asset.status, asset.duration_ms, asset.sample_rate_hz, asset.channels, asset.problem) == (
        "usable",
        1000,
        48_000,
        1,
        "",
    )
    assert asset.peak_dbfs == pytest.approx(-29.8, abs=0.3)


def test_file_that_is_no_sound_says_so(session, operator, run_tasks):
    asset = make_asset(
        session, speaker="B", by=operator, now=session.opened_at, content=b"#EXTM3U\nfile.wav\n"
    )
    run_tasks()
    asset.refresh_from_db()
    assert (asset.status, asset.problem) == ("unusable", "not_audio")


def test_measuring_twice_changes_nothing(session, operator, run_tasks, now):
    asset = make_asset(session, speaker="A", by=operator, now=session.opened_at)
    run_tasks()
    Asset.objects.update(duration_ms=7)
    measure_asset(asset.pk, now=now)
    asset.refresh_from_db()
    assert asset.duration_ms == 7


def test_same_file_twice_is_refused_and_kept_once(session, operator, settings):
    content = make_wav()
    make_asset(session, speaker="A", by=operator, now=session.opened_at, content=content)
    assert refusal_code(session, speaker="B", content=content) == "same_file"
    assert (Asset.objects.count(), len(stored_files(settings))) == (1, 1)


def test_empty_file_is_refused(session):
    assert refusal_code(session, content=b"") == "empty"


def test_file_over_the_limit_is_refused(session, settings):
    settings.MAX_ASSET_BYTES = 5
    assert refusal_code(session, content=b"123456") == "too_large"
    make_asset(session, speaker="A", by=session.opened_by, now=session.opened_at, content=b"12345")


def test_file_of_nobody_is_refused(session):
    assert refusal_code(session, speaker="C") == "speaker"


def test_session_that_was_broken_off_takes_no_files(session, operator):
    session = abandon_session(session, by=operator, reason="停电", fault="nobody", now=session.opened_at)
    assert refusal_code(session) == "abandoned"


def test_files_that_a_killed_worker_left_are_queued_again(session, operator, run_tasks, now):
    asset = make_asset(session, speaker="A", by=operator, now=now)
    run_tasks()
    Asset.objects.update(status="measuring")
    assert requeue_stuck_assets(now=now + timedelta(minutes=9)) == 0
    assert requeue_stuck_assets(now=now + timedelta(minutes=10)) == 1
    assert requeue_stuck_assets(now=now + timedelta(minutes=11)) == 0
    run_tasks()
    asset.refresh_from_db()
    assert asset.status == "usable"


def test_file_that_kills_each_worker_is_given_up(session, operator, now):
    asset = make_asset(session, speaker="A", by=operator, now=now)
    Asset.objects.update(measure_attempts=MAX_MEASURE_ATTEMPTS)
    measure_asset(asset.pk, now=now)
    asset.refresh_from_db()
    assert (asset.status, asset.problem, asset.measure_attempts) == (
        "unusable",
        "gave_up",
        MAX_MEASURE_ATTEMPTS,
    )
    assert requeue_stuck_assets(now=now + timedelta(days=1)) == 0


def test_last_attempt_still_measures(session, operator, now):
    asset = make_asset(session, speaker="A", by=operator, now=now)
    Asset.objects.update(measure_attempts=MAX_MEASURE_ATTEMPTS - 1)
    measure_asset(asset.pk, now=now)
    asset.refresh_from_db()
    assert (asset.status, asset.measure_attempts) == ("usable", MAX_MEASURE_ATTEMPTS)


def test_every_refusal_of_the_decoder_has_words_for_the_page():
    assert set(AssetProblem.values) - {"gave_up", "file_lost"} == {str(code) for code in RefusalCode}
