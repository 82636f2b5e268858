import errno
import os
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.core.files.storage import default_storage
from django.db import DatabaseError, IntegrityError, transaction
from django_q.models import OrmQ

from recordings import resumable
from recordings.appending import ResumeRefused, append_stream, find_offset
from recordings.models import Sample, Upload
from recordings.parts import make_part, part_path
from recordings.resumable import IDLE_AFTER, create_upload, end_upload, submit_upload, sweep_uploads
from recordings.tries import SampleRefused
from recordings.uploads import UploadRefused
from tests.factories import make_newcomer
from tests.recordings.makers import make_sample

DAY = timedelta(hours=24)


def begin(person, *, project, now, length=10):
    return create_upload(person, project=project, length_bytes=length, metadata="", now=now)


def arrived(person, *, project, now, content=b"0123456789"):
    upload = begin(person, project=project, now=now, length=len(content))
    append_stream(upload, [content], offset=0, now=now)
    return upload


def refusal_of(call, *args, **kwargs):
    with pytest.raises((ResumeRefused, SampleRefused, UploadRefused)) as refusal:
        call(*args, **kwargs)
    return refusal.value.code


def parts(settings):
    return sorted(path.name for path in Path(settings.UPLOADS_DIR).iterdir())


def stored_originals():
    root = Path(default_storage.location)
    return sorted(path for path in root.rglob("original") if path.is_file())


# --- begun ---


def test_upload_begins_with_an_empty_part_and_lives_a_day(lin, project, now):
    upload = begin(lin, project=project, now=now)

    assert (upload.offset_bytes, upload.length_bytes, upload.expires_at) == (0, 10, now + DAY)
    assert part_path(upload.key).read_bytes() == b""
    assert part_path(upload.key).stat().st_mode & 0o777 == 0o600


def test_upload_of_more_than_the_limit_is_refused(lin, project, now, settings):
    settings.MAX_UPLOAD_BYTES = 10
    begin(lin, project=project, now=now, length=10)

    assert refusal_of(begin, lin, project=project, now=now, length=11) == "too_large"


def test_upload_of_somebody_who_may_send_no_sample_is_refused(lin, project, now):
    make_sample(lin, project=project)

    assert refusal_of(begin, lin, project=project, now=now) == "running"
    assert refusal_of(begin, make_newcomer(), project=project, now=now) == "profile"
    assert not Upload.objects.exists()


def test_person_has_so_many_uploads_under_way_and_no_more(lin, mei, project, now, settings):
    settings.MAX_OPEN_UPLOADS = 2
    for _number in range(2):
        begin(lin, project=project, now=now)

    assert refusal_of(begin, lin, project=project, now=now) == "too_many"
    assert begin(mei, project=project, now=now).offset_bytes == 0


def test_person_has_so_many_bytes_under_way_and_no_more(lin, project, now, settings):
    settings.MAX_PERSON_UPLOAD_BYTES = 20
    begin(lin, project=project, now=now)
    begin(lin, project=project, now=now)

    assert refusal_of(begin, lin, project=project, now=now, length=1) == "too_many"


def test_idle_uploads_make_room_the_oldest_first(lin, project, now, settings):
    settings.MAX_OPEN_UPLOADS = 2
    first = begin(lin, project=project, now=now)
    second = begin(lin, project=project, now=now + timedelta(seconds=1))

    just_before = now + IDLE_AFTER - timedelta(seconds=1)
    assert refusal_of(begin, lin, project=project, now=just_before) == "too_many"
    third = begin(lin, project=project, now=now + IDLE_AFTER)

    assert set(Upload.objects.all()) == {second, third}
    assert first.key not in {name.removesuffix(".part") for name in parts(settings)}


def test_all_uploads_together_have_a_limit(lin, mei, project, now, settings):
    settings.MAX_ALL_UPLOAD_BYTES = 20
    begin(lin, project=project, now=now)
    begin(mei, project=project, now=now)

    assert refusal_of(begin, mei, project=project, now=now, length=1) == "full"


def test_upload_that_would_fill_the_disk_is_refused(lin, project, now, settings, monkeypatch):
    settings.KEEP_FREE_BYTES = 100
    monkeypatch.setattr(resumable.shutil, "disk_usage", lambda path: SimpleNamespace(free=125))
    upload = begin(lin, project=project, now=now)
    append_stream(upload, [b"01234"], offset=0, now=now)

    assert begin(lin, project=project, now=now, length=20)  # 125 − 5 still to come − 20
    assert refusal_of(begin, lin, project=project, now=now, length=1) == "full"


def test_upload_that_the_disk_refuses_leaves_no_row(lin, project, now, monkeypatch):
    def full(key):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(resumable, "make_part", full)

    assert refusal_of(begin, lin, project=project, now=now) == "storage"
    assert not Upload.objects.exists()


# --- a sample ---


def test_sample_is_made_of_a_whole_upload(lin, project, now, settings):
    upload = arrived(lin, project=project, now=now)

    sample = submit_upload(upload, now=now)

    assert Path(sample.original.path).read_bytes() == b"0123456789"
    assert (sample.person, sample.project, sample.status, sample.original_bytes) == (
        lin,
        project,
        "measuring",
        10,
    )
    assert [row.task["args"] for row in OrmQ.objects.all()] == [(sample.pk,)]
    assert parts(settings) == []


def test_second_window_gets_the_same_sample(lin, project, now):
    upload = arrived(lin, project=project, now=now)
    other_window = Upload.objects.select_related("sample", "person", "project").get()

    sample = submit_upload(upload, now=now)

    assert submit_upload(other_window, now=now) == sample
    assert submit_upload(Upload.objects.get(), now=now) == sample
    assert Sample.objects.count() == len(stored_originals()) == 1


def test_window_that_copies_while_another_finishes_gets_the_same_sample(lin, project, now, monkeypatch):
    upload = arrived(lin, project=project, now=now)
    other_window = Upload.objects.select_related("sample", "person", "project").get()
    store, made = resumable.store_file, []

    def meanwhile(file, *, name):
        stored = store(file, name=name)
        monkeypatch.setattr(resumable, "store_file", store)
        made.append(submit_upload(other_window, now=now))
        return stored

    monkeypatch.setattr(resumable, "store_file", meanwhile)

    assert [submit_upload(upload, now=now)] == made
    assert Sample.objects.count() == len(stored_originals()) == 1


def test_sample_is_not_made_of_what_has_not_arrived(lin, project, now):
    upload = begin(lin, project=project, now=now)
    append_stream(upload, [b"012345678"], offset=0, now=now)

    assert refusal_of(submit_upload, upload, now=now) == "unfinished"
    append_stream(upload, [b"9"], offset=9, now=now)
    assert submit_upload(upload, now=now).original_bytes == 10


def test_sample_is_not_made_of_nothing(lin, project, now):
    assert refusal_of(submit_upload, begin(lin, project=project, now=now, length=0), now=now) == "empty"


def test_upload_is_kept_when_its_sample_is_refused(lin, project, now):
    upload = arrived(lin, project=project, now=now)
    make_sample(lin, project=project)

    assert refusal_of(submit_upload, upload, now=now) == "running"
    assert stored_originals() == []
    assert find_offset(upload) == 10


def test_upload_is_kept_when_storage_is_full(lin, project, now, monkeypatch):
    def full(name, content, max_length=None):
        raise OSError(errno.ENOSPC, "No space left on device")

    upload = arrived(lin, project=project, now=now)
    with monkeypatch.context() as broken:
        broken.setattr(default_storage, "save", full)
        assert refusal_of(submit_upload, upload, now=now) == "storage"

    assert submit_upload(upload, now=now).original_bytes == 10


def test_upload_whose_bytes_are_lost_is_gone(lin, project, now):
    upload = arrived(lin, project=project, now=now)
    part_path(upload.key).unlink()

    assert refusal_of(submit_upload, upload, now=now) == "gone"


def test_upload_that_was_ended_while_it_was_copied_is_gone(lin, project, now, monkeypatch):
    upload = arrived(lin, project=project, now=now)
    store = resumable.store_file

    def meanwhile(file, *, name):
        stored = store(file, name=name)
        end_upload(upload)
        return stored

    monkeypatch.setattr(resumable, "store_file", meanwhile)

    assert refusal_of(submit_upload, upload, now=now) == "gone"
    assert stored_originals() == []


def test_sample_that_the_database_refuses_leaves_the_upload(lin, project, now, monkeypatch):
    def fail(*args, **kwargs):
        raise DatabaseError

    upload = arrived(lin, project=project, now=now)
    monkeypatch.setattr(resumable, "enter_sample", fail)

    with pytest.raises(DatabaseError):
        submit_upload(upload, now=now)
    assert stored_originals() == []
    assert find_offset(upload) == 10


# --- ended ---


def test_ended_upload_leaves_nothing(lin, project, now, settings):
    end_upload(arrived(lin, project=project, now=now))

    assert (Upload.objects.count(), parts(settings)) == (0, [])


def test_sample_stays_when_its_upload_ends(lin, project, now):
    upload = arrived(lin, project=project, now=now)
    sample = submit_upload(upload, now=now)

    end_upload(upload)

    assert Path(sample.original.path).exists()


def test_sweep_ends_what_has_had_its_time(lin, mei, project, now, settings):
    old = begin(lin, project=project, now=now)
    young = begin(mei, project=project, now=now + timedelta(seconds=1))

    assert sweep_uploads(now=now + DAY - timedelta(seconds=1)) == 0
    assert sweep_uploads(now=now + DAY) == 1
    assert sweep_uploads(now=now + DAY) == 0

    assert not Upload.objects.filter(pk=old.pk).exists()
    assert parts(settings) == [f"{young.key}.part"]


def test_bytes_prolong_the_life_of_an_upload(lin, project, now):
    upload = begin(lin, project=project, now=now)
    later = now + timedelta(hours=23)

    append_stream(upload, [b"0"], offset=0, now=later)

    assert sweep_uploads(now=now + DAY) == 0
    assert sweep_uploads(now=later + DAY) == 1


def test_sweep_removes_part_files_without_a_row_after_an_hour(lin, project, now, settings):
    upload = begin(lin, project=project, now=now)
    for key, age_s in (("a" * 32, 3601), ("b" * 32, 3599), (upload.key, 7200)):
        if key != upload.key:
            make_part(key)
        at = now.timestamp() - age_s
        os.utime(part_path(key), (at, at))

    assert sweep_uploads(now=now) == 1
    assert parts(settings) == sorted([f"{upload.key}.part", f"{'b' * 32}.part"])


def test_sweep_needs_no_folder(db, now):
    assert sweep_uploads(now=now) == 0


# --- what the database says ---


def test_database_lets_no_upload_hold_more_than_its_length(lin, project, now):
    upload = begin(lin, project=project, now=now)

    with pytest.raises(IntegrityError, match="an_upload_holds_no_more_than_its_length"), transaction.atomic():
        Upload.objects.filter(pk=upload.pk).update(offset_bytes=11)


def test_database_lets_no_sample_be_made_of_half_an_upload(lin, project, now):
    upload = begin(lin, project=project, now=now)

    with pytest.raises(IntegrityError, match="a_sample_is_made_of_a_whole_upload"), transaction.atomic():
        Upload.objects.filter(pk=upload.pk).update(sample=make_sample(lin, project=project))
