"""The settings of an object store: whole and well-formed, or refused in words that tell no key."""

import ast
import os
import subprocess
import sys
from dataclasses import replace

import pytest
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from config.checks import check_object_store
from config.object_store import read_delivery, read_object_store, storage_of
from tests.config.test_settings import start

GIVEN = {
    "DUOLOGUE_S3_BUCKET": "voices",
    "DUOLOGUE_S3_ENDPOINT": "https://s3.example.org",
    "DUOLOGUE_S3_KEY_ID": "key-id",
    "DUOLOGUE_S3_SECRET_KEY": "the-secret",
}
DEFAULTS = {
    "DUOLOGUE_S3_PUBLIC_ENDPOINT": "",
    "DUOLOGUE_S3_REGION": "",
    "DUOLOGUE_S3_ADDRESSING": "",
    "DUOLOGUE_S3_LINK_SECONDS": 60,
    "DUOLOGUE_SOUND_DELIVERY": "django",
}
NOTHING = dict.fromkeys(GIVEN, "") | DEFAULTS


def store_of(**changes):
    return read_object_store((NOTHING | GIVEN | changes).__getitem__)


def refusal_of(**changes):
    with pytest.raises(ImproperlyConfigured) as refusal:
        store_of(**changes)
    assert "the-secret" not in str(refusal.value)
    return str(refusal.value)


def test_without_settings_the_files_lie_on_the_disk():
    assert read_object_store(NOTHING.__getitem__) is None
    assert storage_of(None) == {"BACKEND": "django.core.files.storage.FileSystemStorage"}


@pytest.mark.parametrize("missing", GIVEN)
def test_store_that_is_named_in_part_is_refused_with_what_is_missing(missing):
    assert f"so {missing} must be set too" in refusal_of(**{missing: ""})


@pytest.mark.parametrize(
    "extra", ["DUOLOGUE_S3_REGION", "DUOLOGUE_S3_PUBLIC_ENDPOINT", "DUOLOGUE_S3_ADDRESSING"]
)
def test_setting_of_a_store_without_a_store_is_refused(extra):
    with pytest.raises(ImproperlyConfigured, match=f"{extra} is set, so DUOLOGUE_S3_BUCKET"):
        read_object_store((NOTHING | {extra: "x"}).__getitem__)


@pytest.mark.parametrize(
    "endpoint",
    [
        "s3.example.org",
        "ftp://s3.example.org",
        "https://",
        "https://s3.example.org/bucket",
        "https://s3.example.org?x=1",
        "https://key:secret@s3.example.org",
        "https://s3.example.org; script-src *",
        "https://s3.example.org:port",
    ],
)
@pytest.mark.parametrize("name", ["DUOLOGUE_S3_ENDPOINT", "DUOLOGUE_S3_PUBLIC_ENDPOINT"])
def test_endpoint_is_an_origin_and_nothing_more(name, endpoint):
    assert (
        refusal_of(**{name: endpoint}) == f"{name} must be https://host or https://host:port, without a path."
    )


@pytest.mark.parametrize("bucket", ["no", "-voices", "Voices", "voices/a", "v" * 64])
def test_bucket_has_a_buckets_name(bucket):
    assert "DUOLOGUE_S3_BUCKET must be the name of a bucket" in refusal_of(DUOLOGUE_S3_BUCKET=bucket)


def test_addressing_is_one_of_two():
    assert refusal_of(DUOLOGUE_S3_ADDRESSING="host") == "DUOLOGUE_S3_ADDRESSING must be path or virtual."


def test_links_live_between_five_seconds_and_fifteen_minutes():
    assert [store_of(DUOLOGUE_S3_LINK_SECONDS=seconds).link_seconds for seconds in (5, 900)] == [5, 900]
    for seconds in (4, 901):
        assert "between 5 and 900" in refusal_of(DUOLOGUE_S3_LINK_SECONDS=seconds)


def test_store_fills_in_what_is_usual():
    store = store_of(DUOLOGUE_S3_ENDPOINT="https://s3.example.org/")

    assert (store.endpoint, store.public_endpoint) == ("https://s3.example.org",) * 2
    assert (store.region, store.addressing, store.link_seconds) == ("us-east-1", "path", 60)
    assert "the-secret" not in repr(store)


def test_browsers_load_from_the_public_address():
    inner = store_of(DUOLOGUE_S3_PUBLIC_ENDPOINT="https://files.example.org:8443")

    assert inner.browser_origin == "https://files.example.org:8443"
    assert replace(inner, addressing="virtual").browser_origin == "https://voices.files.example.org:8443"


def test_files_in_the_store_are_private_and_never_overwritten():
    options = storage_of(store_of())["OPTIONS"]

    assert (options["default_acl"], options["file_overwrite"], options["querystring_auth"]) == (
        None,
        False,
        True,
    )
    assert options["client_config"].signature_version == "s3v4"
    assert options["client_config"].request_checksum_calculation == "when_required"


@pytest.mark.parametrize(
    ("delivery", "has_store", "words"),
    [
        ("ftp", False, "must be one of django, accel, presigned"),
        ("presigned", False, "needs the files in an object store"),
        ("accel", True, "needs the files on a disk"),
    ],
)
def test_delivery_that_cannot_be_is_refused(delivery, has_store, words):
    read = {"DUOLOGUE_SOUND_DELIVERY": delivery}.__getitem__
    with pytest.raises(ImproperlyConfigured, match=words):
        read_delivery(read, object_store=store_of() if has_store else None)


@pytest.mark.parametrize(
    ("delivery", "has_store"), [("django", False), ("django", True), ("accel", False), ("presigned", True)]
)
def test_delivery_that_can_be_is_taken(delivery, has_store):
    read = {"DUOLOGUE_SOUND_DELIVERY": delivery}.__getitem__
    assert read_delivery(read, object_store=store_of() if has_store else None) == delivery


def test_product_starts_with_a_store_and_tells_browsers_of_it(tmp_path):
    policy = "from config import settings; print(settings.CONTENT_SECURITY_POLICY['DIRECTIVES'])"
    environment = {**os.environ, "DUOLOGUE_DATA_DIR": str(tmp_path), **GIVEN}

    def policy_of(delivery):
        told = subprocess.check_output(
            [sys.executable, "-c", policy],
            cwd=settings.BASE_DIR,
            env=environment | {"DUOLOGUE_SOUND_DELIVERY": delivery},
            text=True,
        )
        return ast.literal_eval(told)

    store = "https://s3.example.org"
    linked, sent = policy_of("presigned"), policy_of("django")
    assert [name for name, sources in linked.items() if store in sources] == ["media-src", "connect-src"]
    assert [name for name, sources in sent.items() if store in sources] == []


def test_product_does_not_start_with_half_a_store(tmp_path):
    finished = start(tmp_path, DUOLOGUE_S3_BUCKET="voices")

    assert finished.returncode != 0
    assert "DUOLOGUE_S3_BUCKET is set, so DUOLOGUE_S3_ENDPOINT" in finished.stderr


# --- the system check ---


def checked(settings, *, delivery="presigned", is_https=True, **changes):
    settings.OBJECT_STORE = store_of(**changes)
    settings.SOUND_DELIVERY = delivery
    settings.SESSION_COOKIE_SECURE = is_https
    return [message.id for message in check_object_store(None)]


def test_check_finds_nothing_with_tls_or_without_a_store(settings):
    assert checked(settings) == []
    settings.OBJECT_STORE = None
    assert check_object_store(None) == []


def test_check_refuses_links_that_browsers_block(settings):
    plain = {"DUOLOGUE_S3_PUBLIC_ENDPOINT": "http://files.example.org"}

    assert checked(settings, **plain) == ["config.E001"]
    assert checked(settings, is_https=False, **plain) == []
    assert checked(settings, delivery="django", **plain) == []


def test_check_warns_of_voices_in_the_clear(settings):
    public = {"DUOLOGUE_S3_PUBLIC_ENDPOINT": "https://files.example.org"}

    assert checked(settings, DUOLOGUE_S3_ENDPOINT="http://10.0.0.7:9000", **public) == ["config.W001"]
    assert checked(settings, DUOLOGUE_S3_ENDPOINT="http://127.0.0.1:9000", **public) == []
