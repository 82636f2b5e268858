"""What the tests of recordings share. The proxy's tests are left out where there is no nginx, loudly."""

import hashlib
import os
import shutil

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.urls import reverse

from recordings.models import RecordingSession, Sample, SampleStatus
from recordings.prompts import load_demo_prompts
from recordings.queue import reserve_next
from recordings.reviews import settle_votes
from scheduling.models import Booking, Project
from tests.factories import make_booking, make_project, make_shift, make_slot
from tests.object_stores import BUCKET, free_port, run_ministack, run_nanio, storages_at
from tests.recordings.makers import hear, make_sample, sound_file, vote
from tests.recordings.session_makers import make_session

left_out = pytest.StashKey[int]()


def find_nginx() -> str:
    """Return the proxy's program, "" when there is none: Debian keeps it where only root's path leads."""
    return shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin") or ""


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave the proxy's tests out when there is no proxy."""
    needing = [item for item in items if item.get_closest_marker("nginx")]
    if needing and not find_nginx():
        config.hook.pytest_deselected(items=needing)
        items[:] = [item for item in items if item not in needing]
        config.stash[left_out] = len(needing)


def pytest_sessionfinish(session: pytest.Session) -> None:
    if session.config.stash.get(left_out, 0) and os.environ.get("CI") == "true":
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    if count := config.stash.get(left_out, 0):
        terminalreporter.write_sep("!", "NO NGINX", red=True, bold=True)
        terminalreporter.write_line(
            f"{count} tests of the proxy were NOT run: DUOLOGUE_SOUND_DELIVERY=accel is untested.\n"
            "Install nginx (Debian: apt-get install nginx-light). Where CI=true this is a failure.",
            red=True,
        )


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


# --- the desks of reviewers and leads ---


@pytest.fixture
def english(client_for):
    """Return a function that gives somebody's browser, set to English."""

    def make(person):
        client = client_for(person)
        client.cookies["django_language"] = "en"
        return client

    return make


@pytest.fixture
def sample(lin, project, clock):
    """A sample in review."""
    return make_sample(lin, project=project)


@pytest.fixture
def listened(sample, rui, clock):
    """The sample, on which rui has a place and which rui has heard."""
    reserve_next(rui, now=clock.at)
    clock.move_to(hear(sample, by=rui, now=clock.at))
    return sample


@pytest.fixture
def disputed(sample, rui, tao, clock):
    """The sample, which rui and tao have rejected."""
    vote(sample, by=rui, verdict="reject", now=clock.at, reasons=["echo"], note="嗡嗡响")
    vote(sample, by=tao, verdict="reject", now=clock.at, reasons=["not_lively"])
    clock.advance(seconds=8)
    settle_votes(now=clock.at)
    sample.refresh_from_db()
    return sample


@pytest.fixture
def decided(mei, project, clock):
    """A sample that was approved."""
    return make_sample(mei, project=project, status=SampleStatus.APPROVED)


@pytest.fixture
def booking(lin, mei, oskar, mara, clock) -> Booking:
    project = make_project(free_talk_minutes=2, dialogue_count=3)
    load_demo_prompts(project)
    slot = make_slot(project=project)
    make_shift(slot, person=oskar, by=mara)
    booking = make_booking(one=lin, other=mei, slot=slot)
    clock.move_to(slot.starts_at)
    return booking


@pytest.fixture
def session(booking, oskar, clock) -> RecordingSession:
    return make_session(booking, by=oskar, now=clock.at)


@pytest.fixture
def browser(client_for, oskar):
    return client_for(oskar)
