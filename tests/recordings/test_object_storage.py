"""Files in a real S3-compatible server: kept as they were, read by parts, refused without the right secret."""

import hashlib
import io

import pytest
from django.core.files.base import ContentFile, File
from django.core.files.storage import default_storage
from django.urls import reverse

from recordings.object_storage import StorageFailed
from recordings.uploads import UploadRefused, discard_file, store_file
from tests.object_stores import storages_at

CONTENT = bytes(range(250)) * 40
NEW = reverse("recordings:sample_new")


class Watched:
    """The client, with the ranges that were asked for."""

    def __init__(self, client):
        self.client = client
        self.ranges = []

    def get_object(self, **call):
        self.ranges.append(call["Range"])
        return self.client.get_object(**call)


def test_file_is_kept_as_it_was_and_hashed_on_the_way(store):
    stored = store_file(File(io.BytesIO(CONTENT), name="林小雨.m4a"), name="samples/ab/original")

    assert stored == ("samples/ab/original", len(CONTENT), hashlib.sha256(CONTENT).hexdigest())
    with default_storage.open(stored.name) as file:
        assert (file.size, file.read()) == (len(CONTENT), CONTENT)


def test_file_of_several_parts_is_hashed_once(store):
    content = b"0123456789abcdef" * (20 * 1024 * 1024 // 16)

    stored = store_file(ContentFile(content), name="sessions/ab/long")

    assert stored == ("sessions/ab/long", len(content), hashlib.sha256(content).hexdigest())
    assert default_storage.size(stored.name) == len(content)


def test_file_is_never_overwritten(store):
    first = store_file(ContentFile(b"first"), name="samples/ab/original")
    second = store_file(ContentFile(b"second"), name="samples/ab/original")

    assert first.name != second.name
    assert default_storage.open(first.name).read() == b"first"


def test_part_is_read_without_the_rest(store):
    default_storage.save("a", ContentFile(CONTENT))
    file = default_storage.open("a")
    watched = file.file._client = Watched(file.file._client)

    file.seek(100)

    assert (file.read(4), file.tell()) == (CONTENT[100:104], 104)
    assert (file.seek(-2, io.SEEK_END), file.read(10), file.read(10)) == (9_998, CONTENT[-2:], b"")
    assert watched.ranges == ["bytes=100-103", "bytes=9998-9999"]


def test_file_that_is_not_there_and_a_bucket_that_is_not_are_told_apart(store, settings):
    with pytest.raises(FileNotFoundError):
        default_storage.open("a")
    assert not default_storage.exists("a")

    settings.STORAGES = storages_at(store.endpoint, bucket="another")
    with pytest.raises(StorageFailed, match="HeadBucket 404"):
        default_storage.open("a")


def test_wrong_secret_is_refused_by_the_store_and_told_to_nobody(store, settings):
    default_storage.save("a", ContentFile(CONTENT))
    settings.STORAGES = storages_at(store.endpoint, secret_key="wrong-secret")

    for call in (
        lambda: default_storage.open("a"),
        lambda: default_storage.save("b", ContentFile(b"b")),
        lambda: default_storage.delete("a"),
        lambda: default_storage.exists("a"),
    ):
        with pytest.raises(
            StorageFailed, match=r"the object store refused: \w+ (403|SignatureDoesNotMatch)"
        ) as failure:
            call()
        assert "wrong-secret" not in str(failure.value)
    assert store.list_keys() == ["a"]


def test_file_is_opened_for_reading_alone(store):
    with pytest.raises(ValueError, match="read as bytes"):
        default_storage.open("a", "wb")


def test_storage_away_refuses_an_upload_with_words(store, send_store_away, caplog):
    away, _back = send_store_away
    away()

    with pytest.raises(UploadRefused) as refusal:
        store_file(ContentFile(b"sound"), name="samples/ab/original")

    assert refusal.value.code == "storage"
    discard_file("samples/ab/original")
    assert "stays in the storage without a row" in caplog.text
