"""Samples and audio files in an object store: measured and played, and not lost while the store is away."""

from datetime import timedelta

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.urls import reverse
from django.utils import timezone
from django_q.models import OrmQ, Success

from config.health import can_write_files, check_files
from config.tasks import try_files
from recordings.assets import measure_asset
from recordings.audio.report import Limits, measure
from recordings.models import Asset, Sample
from recordings.samples import LOST_AFTER, measure_sample, requeue_stuck_samples
from tests.factories import make_booking
from tests.object_stores import BUCKET, storages_at
from tests.recordings.makers import sound_bytes, sound_file
from tests.recordings.session_makers import make_asset, make_session, make_wav

CONTENT = bytes(range(250)) * 40
NEW = reverse("recordings:sample_new")


def sound_of(sample):
    return reverse("recordings:sample_preview", args=[sample.key])


def test_sample_is_sent_measured_and_played_with_all_files_in_the_store(sent, store, run_tasks):
    sample, browser = sent
    run_tasks()
    sample.refresh_from_db()

    assert sample.status == "in_review"
    assert sorted(store.list_keys()) == [sample.original.name, sample.preview.name]
    response = browser.get(sound_of(sample), headers={"Range": "bytes=1000-1999"})
    whole = store.client().get_object(Bucket=BUCKET, Key=sample.preview.name)["Body"].read()
    assert (response.status_code, response.headers["Content-Range"]) == (206, f"bytes 1000-1999/{len(whole)}")
    assert b"".join(response.streaming_content) == whole[1000:2000]
    assert b"".join(browser.get(sound_of(sample)).streaming_content) == whole


def test_sample_waits_uncounted_while_the_store_is_away(sent, send_store_away, run_tasks, clock):
    sample, _browser = sent
    away, back = send_store_away
    away()
    for _time in range(5):
        measure_sample(sample.pk, now=clock.at)
    sample.refresh_from_db()
    assert (sample.status, sample.measure_attempts) == ("measuring", 0)

    back()
    OrmQ.objects.all().delete()
    assert requeue_stuck_samples(now=clock.advance(minutes=5)) == 1
    run_tasks()
    sample.refresh_from_db()
    assert sample.status == "in_review"


def test_sample_waits_uncounted_while_the_secret_is_wrong(sent, store, settings, clock):
    settings.STORAGES = storages_at(store.endpoint, secret_key="wrong")

    measure_sample(sent[0].pk, now=clock.at)

    assert Sample.objects.values_list("status", "measure_attempts").get() == ("measuring", 0)


def test_sample_that_is_gone_is_refused_after_a_day_and_is_no_try(sent, clock):
    sample, browser = sent
    default_storage.delete(sample.original.name)

    measure_sample(sample.pk, now=sample.sent_at + LOST_AFTER - timedelta(seconds=1))
    assert Sample.objects.values_list("status", "measure_attempts").get() == ("measuring", 0)

    clock.move_to(sample.sent_at + LOST_AFTER)
    measure_sample(sample.pk, now=clock.at)
    sample.refresh_from_db()
    assert (sample.status, sample.refusal) == ("refused", "file_lost")
    page = browser.get(reverse("recordings:sample_detail", args=[sample.key])).content.decode()
    assert "Your file was lost on our side. We are sorry." in page
    assert "You may send a new one now." in page


@pytest.fixture
def attached(db, store, clock):
    """An audio file of a session in the store."""
    session = make_session(make_booking())
    return make_asset(session, speaker="A", by=session.opened_by, now=clock.at, content=make_wav())


def test_audio_file_is_measured_from_the_store(attached, run_tasks):
    run_tasks()

    assert Asset.objects.values_list("status", "duration_ms").get() == ("usable", 1000)


def test_audio_file_waits_uncounted_while_the_store_is_away(attached, send_store_away, clock):
    send_store_away[0]()

    measure_asset(attached.pk, now=clock.at)

    assert Asset.objects.values_list("status", "measure_attempts").get() == ("measuring", 0)


def test_audio_file_that_is_gone_is_told_after_a_day_and_can_be_attached_again(attached, clock):
    default_storage.delete(attached.file.name)

    measure_asset(attached.pk, now=attached.added_at + LOST_AFTER - timedelta(seconds=1))
    assert Asset.objects.values_list("status", "measure_attempts").get() == ("measuring", 0)

    measure_asset(attached.pk, now=attached.added_at + LOST_AFTER)
    attached.refresh_from_db()
    assert (attached.status, attached.problem) == ("unusable", "file_lost")
    again = make_asset(attached.session, speaker="A", by=attached.added_by, now=clock.at, content=make_wav())
    assert (again.status, again.file_sha256) == ("measuring", attached.file_sha256)


def test_preview_in_the_store_is_the_derived_sound(sent, run_tasks, tmp_path):
    run_tasks()
    sample = Sample.objects.get()
    path = tmp_path / "preview.mp3"
    path.write_bytes(default_storage.open(sample.preview.name).read())

    report = measure(path, limits=Limits(max_duration_s=200))
    assert (report.codec, report.channels) == ("mp3", 1)
    assert path.read_bytes() != sound_bytes()


# --- pages while the store is away ---


def test_page_says_kindly_that_nothing_can_be_stored_now(
    store, send_store_away, client_for, lin, project, clock
):
    send_store_away[0]()
    browser = client_for(lin)
    browser.cookies["django_language"] = "en"

    response = browser.post(NEW, {"file": sound_file(), "form_key": "k" * 32})

    assert response.status_code == 503
    assert "Nothing is lost: try again in a few minutes." in response.content.decode()
    assert not Sample.objects.exists()


def test_operator_is_told_that_nothing_can_be_stored_now(store, send_store_away, client_for, clock):
    session = make_session(make_booking())
    send_store_away[0]()

    response = client_for(session.opened_by).post(
        reverse("recordings:asset_add", args=[session.key]),
        {"speaker": "A", "file": ContentFile(make_wav(), name="a.wav")},
        headers={"Accept": "application/json"},
    )

    assert (response.status_code, Asset.objects.count()) == (503, 0)


def test_sound_is_answered_503_while_the_store_is_away_and_404_when_gone(
    kept, send_store_away, client_for, lin
):
    browser = client_for(lin)
    away, back = send_store_away
    away()
    response = browser.get(sound_of(kept))
    assert (response.status_code, response.headers["Retry-After"]) == (503, "60")

    back()
    default_storage.delete(kept.preview.name)
    assert browser.get(sound_of(kept)).status_code == 404


def test_health_tells_what_the_worker_found_and_asks_no_store(store, send_store_away, db):
    now = timezone.now()
    assert (check_files(now).is_ok, check_files(now).words) == (False, "not tried within the last minutes")

    assert (try_files(), store.list_keys()) == (True, [])
    note_try(now, is_ok=True)
    send_store_away[0]()
    assert check_files(now).is_ok
    assert check_files(now + timedelta(minutes=3)).is_ok
    assert not check_files(now + timedelta(minutes=3, seconds=1)).is_ok

    assert try_files() is can_write_files() is False
    note_try(now + timedelta(minutes=1), is_ok=False)
    assert (check_files(now).is_ok, check_files(now).words) == (False, "cannot be written")


def note_try(at, *, is_ok):
    Success.objects.create(
        id=at.isoformat()[:32],
        name="t",
        func="config.tasks.try_files",
        started=at,
        stopped=at,
        success=True,
        result=is_ok,
    )
