import errno
import hashlib
import io
import zipfile
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.files.base import ContentFile, File
from django.core.files.storage import default_storage
from django_q.models import OrmQ

from recordings import samples
from recordings.models import Sample, SampleStatus
from recordings.samples import (
    MAX_MEASURE_ATTEMPTS,
    SampleMoved,
    measure_sample,
    move_sample,
    requeue_stuck_samples,
    submit_sample,
)
from recordings.tries import SampleRefused
from recordings.uploads import UploadRefused, store_file
from tests.recordings.makers import make_sample, sound_bytes, sound_file


class FullDisk(io.BytesIO):
    """A file that is half copied when the disk says no."""

    def read(self, size=-1):
        if self.tell():
            raise OSError(errno.ENOSPC, "No space left on device")
        return super().read(1)


def send(person, content, *, project, now):
    file = content if hasattr(content, "chunks") else ContentFile(content, name="talk.m4a")
    return submit_sample(person, project=project, file=file, now=now)


def measured(sample, *, now):
    measure_sample(sample.pk, now=now)
    sample.refresh_from_db()
    return sample


def original_of(sample):
    return Path(sample.original.path).read_bytes()


def stored_files():
    root = Path(default_storage.location)
    return sorted(path for path in root.rglob("*") if path.is_file())


def events_of(sample):
    return list(sample.events.order_by("pk").values_list("old", "new", "by"))


def zip_bytes():
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("talk.wav", b"RIFF")
    return buffer.getvalue()


def test_submit_keeps_the_original_untouched_under_a_random_name(lin, project, now):
    content = sound_bytes()

    sample = send(lin, sound_file(name="林小雨 13800138000.amr"), project=project, now=now)

    assert original_of(sample) == content
    assert sample.original_sha256 == hashlib.sha256(content).hexdigest()
    assert sample.original_bytes == len(content)
    assert sample.original.name == f"samples/{sample.key[:2]}/{sample.key}/original"
    assert events_of(sample) == [("", "measuring", lin.pk)]


def test_submit_queues_the_measuring(lin, project, now):
    sample = send(lin, b"anything", project=project, now=now)

    assert [(row.func(), row.task["args"]) for row in OrmQ.objects.all()] == [
        ("recordings.tasks.measure_sample", (sample.pk,))
    ]


def test_submit_refuses_an_empty_file(lin, project, now):
    with pytest.raises(SampleRefused) as refusal:
        send(lin, b"", project=project, now=now)

    assert refusal.value.code == "empty"


def test_submit_refuses_more_than_the_limit(lin, project, now, settings):
    settings.MAX_UPLOAD_BYTES = 10
    send(lin, b"0123456789", project=project, now=now)

    with pytest.raises(SampleRefused) as refusal:
        samples.check_size(11)

    assert refusal.value.code == "too_large"


def test_submit_refuses_a_second_running_sample_and_keeps_nothing_of_it(lin, project, now):
    send(lin, b"first", project=project, now=now)

    with pytest.raises(SampleRefused) as refusal:
        send(lin, b"second", project=project, now=now)

    assert refusal.value.code == "running"
    assert Sample.objects.count() == 1
    assert len(stored_files()) == 1


class SlowFile(ContentFile):
    """A file during whose copying something else happens."""

    def __init__(self, content, *, meanwhile):
        super().__init__(content, name="talk.m4a")
        self.meanwhile = meanwhile

    def read(self, *sizes):
        if self.meanwhile:
            meanwhile, self.meanwhile = self.meanwhile, None
            meanwhile()
        return self.file.read(*sizes)


def test_submit_that_loses_the_race_leaves_no_file(lin, project, now):
    file = SlowFile(b"mine", meanwhile=lambda: send(lin, b"from the other window", project=project, now=now))

    with pytest.raises(SampleRefused) as refusal:
        send(lin, file, project=project, now=now)

    assert refusal.value.code == "running"
    assert [original_of(sample) for sample in Sample.objects.all()] == [b"from the other window"]
    assert len(stored_files()) == 1
    assert OrmQ.objects.count() == 1


def test_measure_puts_a_good_sample_into_review(lin, project, now):
    sample = measured(send(lin, sound_file(), project=project, now=now), now=now)

    assert sample.status == SampleStatus.IN_REVIEW
    assert sample.duration_ms == pytest.approx(150_000, abs=200)
    assert (sample.codec, sample.channels, sample.sample_rate_hz) == ("amrnb", 1, 8_000)
    assert sample.peaks
    assert sample.preview.name.startswith(f"samples/{sample.key[:2]}/{sample.key}/preview.")
    assert sample.measured_at == now
    assert events_of(sample)[1:] == [("measuring", "in_review", None)]


def test_measure_twice_changes_nothing(lin, project, now):
    sample = measured(send(lin, sound_file(), project=project, now=now), now=now)
    before = Sample.objects.values().get()

    measure_sample(sample.pk, now=now + timedelta(hours=1))

    assert Sample.objects.values().get() == before
    assert len(stored_files()) == 2


@pytest.mark.parametrize(("seconds", "refusal"), [(110, "too_short"), (190, "too_long")])
def test_measure_refuses_the_wrong_length(lin, project, now, seconds, refusal):
    sample = measured(send(lin, sound_file(seconds=seconds), project=project, now=now), now=now)

    assert (sample.status, sample.refusal) == (SampleStatus.REFUSED, refusal)
    assert sample.duration_ms == pytest.approx(seconds * 1000, abs=200)


@pytest.mark.parametrize(
    ("content", "refusal"),
    [
        (b"Dear reviewers, please let me in.\n" * 40, "not_audio"),
        (b"#EXTM3U\n#EXTINF:10,\nfile:///etc/passwd\n", "not_audio"),
        (b"ffconcat version 1.0\nfile /etc/passwd\n", "not_audio"),
        (zip_bytes(), "not_audio"),
        (
            b"\x00\x00\x00\x20ftypM4A \x00\x00\x00\x00M4A mp42isom\x00\x00\x00\x00" + b"\x5a" * 4_000,
            "unplayable",
        ),
        (b"RIFF\x24\x00\x00\x00WAVEfmt \x10\x00\x00\x00\x01\x00\x01\x00" + b"\x00" * 200, "bad_format"),
    ],
    ids=["text", "playlist", "ffconcat", "zip", "garbage", "0 Hz"],
)
def test_measure_refuses_what_is_no_sound(lin, project, now, content, refusal):
    sample = measured(send(lin, content, project=project, now=now), now=now)

    assert (sample.status, sample.refusal) == (SampleStatus.REFUSED, refusal)
    assert original_of(sample) == content
    assert not sample.preview


def test_measure_refuses_a_truncated_file(lin, project, now):
    whole = sound_bytes(encoding="wav")

    sample = measured(send(lin, whole[: len(whole) // 2], project=project, now=now), now=now)

    assert (sample.status, sample.refusal) == (SampleStatus.REFUSED, "truncated")


def test_measure_stops_at_a_file_of_ten_hours(lin, project, now):
    # AMR of silence: a frame of 20 ms is one header and 31 bytes at 12.2 kbit/s; ten hours would be 58 MB.
    frame = b"\x3c" + bytes(31)
    sample = send(lin, b"#!AMR\n" + frame * 50 * 800, project=project, now=now)

    sample = measured(sample, now=now)

    assert (sample.status, sample.refusal, sample.duration_ms) == (SampleStatus.REFUSED, "too_long", None)


def test_measure_refuses_another_persons_bytes(lin, mei, project, now):
    first = measured(send(lin, sound_file(), project=project, now=now), now=now)
    second = measured(send(mei, sound_file(), project=project, now=now), now=now)

    assert first.status == SampleStatus.IN_REVIEW
    assert (second.status, second.refusal) == (SampleStatus.REFUSED, "duplicate")


def test_measure_refuses_another_persons_sound_in_other_bytes(lin, mei, project, now):
    content = sound_bytes(encoding="wav", seconds=120)
    measured(send(lin, content, project=project, now=now), now=now)

    copy = measured(send(mei, content + b"junk" * 8, project=project, now=now), now=now)

    assert (copy.status, copy.refusal) == (SampleStatus.REFUSED, "duplicate")


def test_measure_knows_the_earlier_bytes_while_they_are_measured(lin, mei, project, now):
    first = send(lin, sound_file(), project=project, now=now)
    second = measured(send(mei, sound_file(), project=project, now=now), now=now)
    first = measured(first, now=now)

    assert (first.status, second.refusal) == (SampleStatus.IN_REVIEW, "duplicate")


def test_measure_refuses_the_third_try_after_workers_died(lin, project, now):
    sample = send(lin, sound_file(), project=project, now=now)
    Sample.objects.filter(pk=sample.pk).update(measure_attempts=MAX_MEASURE_ATTEMPTS)

    sample = measured(sample, now=now)

    assert (sample.status, sample.refusal) == (SampleStatus.REFUSED, "unplayable")


def test_requeue_takes_only_what_waits_too_long(lin, mei, project, now):
    stuck = send(lin, b"lin", project=project, now=now)
    fresh = send(mei, b"mei", project=project, now=now + timedelta(seconds=1))
    OrmQ.objects.all().delete()
    later = now + timedelta(minutes=5)

    assert requeue_stuck_samples(now=later) == 1
    assert [row.task["args"] for row in OrmQ.objects.all()] == [(stuck.pk,)]
    assert requeue_stuck_samples(now=later) == 0
    assert requeue_stuck_samples(now=later + timedelta(seconds=1)) == 1
    fresh.refresh_from_db()
    assert fresh.queued_at == later + timedelta(seconds=1)


def test_move_refuses_what_the_table_does_not_have(lin, project, now):
    sample = make_sample(lin, project=project)

    with pytest.raises(ValueError, match="does not go from in_review to rejected"):
        move_sample(sample, SampleStatus.REJECTED, by=None, now=now)


def test_move_refuses_a_sample_that_somebody_else_moved(lin, project, now):
    sample = make_sample(lin, project=project)
    stale = Sample.objects.get(pk=sample.pk)
    move_sample(sample, SampleStatus.CROSS_REVIEW, by=None, now=now)

    with pytest.raises(SampleMoved) as refusal:
        move_sample(stale, SampleStatus.APPROVED, by=None, now=now)

    assert refusal.value.code == "moved"
    assert events_of(sample) == [("measuring", "in_review", None), ("in_review", "cross_review", None)]


def test_file_that_the_disk_cannot_take_leaves_nothing():
    with pytest.raises(UploadRefused) as refused:
        store_file(File(FullDisk(b"sound"), name="talk.m4a"), name="samples/ab/original")

    assert refused.value.code == "storage"
    assert not default_storage.exists("samples/ab/original")
