import errno
import hashlib

import pytest

from accounts.consents import withdraw_consent
from accounts.models import Scope
from recordings import appending, parts
from recordings.appending import (
    CHECKPOINT_BYTES,
    ResumeRefused,
    append_checked,
    append_stream,
    check_writable,
    find_offset,
)
from recordings.models import Upload
from recordings.parts import part_path
from recordings.resumable import create_upload, end_upload
from recordings.tus import Checksum

MB = 1024 * 1024


class Killed(BaseException):
    """The process ended here."""


@pytest.fixture
def upload(lin, project, now):
    return create_upload(lin, project=project, length_bytes=4 * MB, metadata="", now=now)


def refusal_of(call, *args, **kwargs):
    with pytest.raises(ResumeRefused) as refusal:
        call(*args, **kwargs)
    return refusal.value.code


def content_of(upload):
    return part_path(upload.key).read_bytes()


def row_of(upload):
    return Upload.objects.get(pk=upload.pk)


def sha1_of(data):
    return Checksum("sha1", hashlib.sha1(data, usedforsecurity=False).digest())


def killed_after(*pieces):
    yield from pieces
    raise Killed


def test_pieces_are_written_where_the_upload_stands(upload, now):
    assert append_stream(upload, [b"ab", b"c"], offset=0, now=now) == 3
    assert append_stream(upload, iter([b"de"]), offset=3, now=now) == 5
    assert (content_of(upload), row_of(upload).offset_bytes, upload.offset_bytes) == (b"abcde", 5, 5)


def test_no_pieces_move_nothing(upload, now):
    assert append_stream(upload, [], offset=0, now=now) == 0
    assert content_of(upload) == b""


def test_process_that_dies_leaves_what_the_last_step_wrote(upload, now):
    with pytest.raises(Killed):
        append_stream(upload, killed_after(bytes(CHECKPOINT_BYTES), b"lost"), offset=0, now=now)

    assert find_offset(row_of(upload)) == CHECKPOINT_BYTES
    assert len(content_of(upload)) == CHECKPOINT_BYTES


def test_slow_bytes_count_after_two_seconds(upload, now, monkeypatch):
    seconds = iter(range(0, 100, 2))
    monkeypatch.setattr(appending.time, "monotonic", lambda: next(seconds))

    with pytest.raises(Killed):
        append_stream(upload, killed_after(b"a", b"b"), offset=0, now=now)

    assert find_offset(row_of(upload)) == 2


def test_bytes_that_no_row_knows_are_not_believed(upload, now):
    append_stream(upload, [b"abc"], offset=0, now=now)
    with part_path(upload.key).open("ab") as part:
        part.write(b"zeros that a crash left")

    assert find_offset(row_of(upload)) == 3
    assert append_stream(upload, [b"de"], offset=3, now=now) == 5
    assert content_of(upload) == b"abcde"


def test_disk_that_lost_bytes_is_believed(upload, now):
    append_stream(upload, [b"abcde"], offset=0, now=now)
    with part_path(upload.key).open("r+b") as part:
        part.truncate(2)

    assert find_offset(row_of(upload)) == 2
    assert refusal_of(append_stream, row_of(upload), [b"x"], offset=5, now=now) == "offset"
    assert append_stream(row_of(upload), [b"cd"], offset=2, now=now) == 4
    assert (content_of(upload), row_of(upload).offset_bytes) == (b"abcd", 4)


def test_second_writer_at_the_same_place_is_refused(upload, now):
    other = row_of(upload)
    append_stream(upload, [b"abc"], offset=0, now=now)

    assert refusal_of(append_stream, other, [b"xyz"], offset=0, now=now) == "offset"
    assert content_of(upload) == b"abc"


def test_writer_who_is_overtaken_between_two_steps_is_refused(upload, now):
    other = row_of(upload)

    def overtaken():
        yield bytes(CHECKPOINT_BYTES)
        append_stream(other, [b"the other's"], offset=CHECKPOINT_BYTES, now=now)
        yield b"late"

    assert refusal_of(append_stream, upload, overtaken(), offset=0, now=now) == "offset"
    assert content_of(upload) == bytes(CHECKPOINT_BYTES) + b"the other's"


def test_writing_to_an_ended_upload_is_refused(upload, now):
    def ended():
        yield bytes(CHECKPOINT_BYTES)
        end_upload(upload)
        yield b"late"

    assert refusal_of(append_stream, upload, ended(), offset=0, now=now) == "gone"
    assert not part_path(upload.key).exists()


def test_writing_to_an_upload_without_its_file_is_refused(upload, now):
    part_path(upload.key).unlink()

    assert refusal_of(append_stream, upload, [b"a"], offset=0, now=now) == "gone"
    assert refusal_of(check_writable, upload, offset=0, size=1) == "gone"


def test_row_that_vanished_while_the_lock_was_waited_for_is_gone(upload, now):
    Upload.objects.all().delete()

    assert refusal_of(append_stream, upload, [b"a"], offset=0, now=now) == "gone"


def test_byte_past_the_end_is_refused(upload, now):
    upload.length_bytes = 3
    upload.save()
    check_writable(upload, offset=0, size=3)

    assert refusal_of(check_writable, upload, offset=0, size=4) == "too_long"
    assert refusal_of(append_stream, upload, [b"abcd"], offset=0, now=now) == "too_long"
    assert (
        refusal_of(append_checked, upload, [b"ab", b"cd"], offset=0, checksum=sha1_of(b"abcd"), now=now)
        == "too_long"
    )
    assert append_stream(upload, [b"abc"], offset=0, now=now) == 3


def test_place_that_is_not_the_uploads_is_refused(upload):
    assert refusal_of(check_writable, upload, offset=1, size=1) == "offset"


def test_full_disk_keeps_what_was_there_and_goes_on_later(upload, now, monkeypatch):
    append_stream(upload, [b"abc"], offset=0, now=now)

    def full(descriptor):
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as broken:
        broken.setattr(parts.os, "fsync", full)
        assert refusal_of(append_stream, upload, [b"def"], offset=3, now=now) == "storage"
    assert (content_of(upload), row_of(upload).offset_bytes) == (b"abc", 3)

    assert append_stream(upload, [b"def"], offset=3, now=now) == 6
    assert content_of(upload) == b"abcdef"


def test_checked_bytes_are_taken_as_one(upload, now):
    data = bytes(range(256)) * 8192  # 2 MB: more than is held in memory

    assert append_checked(upload, [data[:MB], data[MB:]], offset=0, checksum=sha1_of(data), now=now) == len(
        data
    )
    assert content_of(upload) == data


def test_checked_bytes_that_are_others_leave_nothing(upload, now):
    assert (
        refusal_of(append_checked, upload, [b"abc"], offset=0, checksum=sha1_of(b"abd"), now=now)
        == "checksum"
    )
    assert (content_of(upload), row_of(upload).offset_bytes) == (b"", 0)


def test_checked_bytes_that_are_cut_leave_nothing(upload, now):
    data = bytes(3 * MB)

    assert (
        refusal_of(append_checked, upload, [data[:MB]], offset=0, checksum=sha1_of(data), now=now)
        == "checksum"
    )
    assert content_of(upload) == b""


def test_full_disk_while_checked_bytes_wait_is_a_refusal(upload, now, settings):
    data = bytes(2 * MB)
    settings.UPLOADS_DIR.rename(settings.UPLOADS_DIR.with_name("moved"))
    settings.UPLOADS_DIR.write_text("no folder")

    assert refusal_of(append_checked, upload, [data], offset=0, checksum=sha1_of(data), now=now) == "storage"


def test_a_withdrawn_consent_takes_no_further_byte(upload, lin, now):
    check_writable(upload, offset=0, size=1)
    withdraw_consent(lin, scope=Scope.RECORD, now=now)

    assert refusal_of(check_writable, upload, offset=0, size=1) == "consent"
