"""What the tests of recordings share."""

import hashlib

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.urls import reverse

from recordings.models import Sample
from scheduling.models import Project
from tests.object_stores import BUCKET, free_port, run_ministack, run_nanio, storages_at
from tests.recordings.makers import make_sample, sound_file

CONTENT = bytes(range(250)) * 40


@pytest.fixture
def project(db) -> Project:
    return Project.objects.create(name="普通话对话", slug="mandarin")


# --- files in an object store ---


@pytest.fixture(scope="session")
def nanio(tmp_path_factory):
    """The store that looks at the secret of each request."""
    with run_nanio(tmp_path_factory.mktemp("nanio") / "data") as server:
        yield server


@pytest.fixture(scope="session")
def ministack(tmp_path_factory):
    """The store that knows CORS and the life of links."""
    with run_ministack(tmp_path_factory.mktemp("ministack") / "data") as server:
        yield server


@pytest.fixture
def store(nanio, settings):
    """Files lie in a bucket that is empty when the test begins."""
    settings.STORAGES = storages_at(nanio.endpoint)
    for key in nanio.list_keys():
        nanio.client().delete_object(Bucket=BUCKET, Key=key)
    return nanio


@pytest.fixture
def send_store_away(settings):
    """Return a function after which nobody answers at the store's address, and one that brings it back."""
    before = settings.STORAGES

    def away():
        settings.STORAGES = storages_at(f"http://127.0.0.1:{free_port()}")

    def back():
        settings.STORAGES = before

    return away, back


@pytest.fixture
def kept(store, lin, project):
    """A sample whose original is in the store."""
    sample = make_sample(lin, project=project)
    sample.original_bytes, sample.original_sha256 = len(CONTENT), hashlib.sha256(CONTENT).hexdigest()
    sample.save()
    default_storage.save(str(sample.original), ContentFile(CONTENT))
    return sample


@pytest.fixture
def sent(store, client_for, lin, project, clock):
    """A sample that came through the page and waits for the worker, and its person's browser."""
    browser = client_for(lin)
    browser.cookies["django_language"] = "en"
    assert (
        browser.post(
            reverse("recordings:sample_new"), {"file": sound_file(), "form_key": "k" * 32}
        ).status_code
        == 302
    )
    return Sample.objects.get(), browser
