"""
The cast and the tools of all tests.

lin and mei take part; rui, tao and yan review; lead decides what they leave
open; oskar runs sessions; mara manages; fang and fei pay; ada administers.
The stranger takes part too and has nothing to do with anybody's things.
"""

import gc
import time
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from allauth.account.authentication import AUTHENTICATION_METHODS_SESSION_KEY
from django.core.cache import caches
from django.test import Client
from django.utils import translation
from django.utils.module_loading import import_string
from django_q.models import OrmQ
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings

from accounts import sms
from accounts.access import Role
from accounts.models import Sex, User
from tests.factories import NOW, make_person, make_staff

# How long an example takes tells of the machine, not of the rule.
hypothesis_settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
hypothesis_settings.load_profile("untimed")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the files of heavy tests: where two processes share the work, neither waits for one at the end."""
    heavy = {item.path for item in items if item.get_closest_marker("heavy")}
    items.sort(key=lambda item: item.path not in heavy)


def pytest_collection_finish() -> None:
    """Spare the collector what stays until the end, modules and tests: it is a fourteenth of the time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 50, 100)


@pytest.fixture(autouse=True)
def _outside_world(settings, tmp_path: Path) -> Iterator[None]:
    """Keep messages and files of a test to itself."""
    settings.SMS_BACKEND = "accounts.sms.MemoryBackend"
    settings.MEDIA_ROOT = tmp_path / "media"
    settings.UPLOADS_DIR = tmp_path / "uploads"
    settings.KEEP_FREE_BYTES = 0  # what the machine of the tests has free is its own affair
    settings.WHITENOISE_AUTOREFRESH = True  # no collected files are needed
    caches["process"].clear()
    sms.MemoryBackend.sent.clear()
    translation.deactivate()  # a request before left its language
    yield
    sms.MemoryBackend.sent.clear()


@pytest.fixture
def now() -> datetime:
    return NOW


class Clock:
    """The time that views and tasks read. It stands still until a test moves it."""

    def __init__(self, at: datetime) -> None:
        self.at = at

    def __call__(self) -> datetime:
        return self.at

    def advance(self, **span: float) -> datetime:
        self.at += timedelta(**span)
        return self.at

    def move_to(self, at: datetime) -> None:
        self.at = at


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch, now: datetime) -> Clock:
    """Set the time of the whole process to `now`; the test moves it on."""
    clock = Clock(now)
    monkeypatch.setattr("django.utils.timezone.now", clock)
    return clock


@pytest.fixture
def run_tasks(db, clock) -> Callable[[], int]:
    """Return a function that runs what waits in the queue, in order, at the test's time, and counts it."""

    def run() -> int:
        done = 0
        for row in OrmQ.objects.order_by("pk"):
            task = row.task
            function = task["func"]
            (import_string(function) if isinstance(function, str) else function)(
                *task["args"], **task["kwargs"]
            )
            row.delete()
            done += 1
        return done

    return run


@pytest.fixture
def outbox(run_tasks) -> Callable[[], list[sms.Message]]:
    """Return a function that runs the queue and returns the messages sent so far."""

    def read() -> list[sms.Message]:
        run_tasks()
        return list(sms.MemoryBackend.sent)

    return read


def sign_in(client: Client, person: User, *, second_factor: bool = True) -> Client:
    """Sign the person in on this client; staff with the second factor shown, unless told otherwise."""
    client.force_login(person)
    if second_factor:
        session = client.session
        session[AUTHENTICATION_METHODS_SESSION_KEY] = [
            {"method": "mfa", "type": "totp", "at": time.time(), "reauthenticated": True}
        ]
        session["account_authentication_methods_user"] = str(person.pk)
        session.save()
    return client


@pytest.fixture
def client_for(db) -> Callable[..., Client]:
    """Return a function that makes a browser with a person signed in."""

    def make(person: User, *, second_factor: bool = True) -> Client:
        return sign_in(Client(), person, second_factor=second_factor)

    return make


@pytest.fixture
def lin(db) -> User:
    return make_person("林小雨")


@pytest.fixture
def mei(db) -> User:
    return make_person("梅朵", birth_on=date(1995, 11, 2))


@pytest.fixture
def stranger(db) -> User:
    return make_person("陌生人", sex=Sex.MALE)


@pytest.fixture
def rui(db) -> User:
    return make_staff(Role.REVIEWER, name="芮")


@pytest.fixture
def tao(db) -> User:
    return make_staff(Role.REVIEWER, name="陶")


@pytest.fixture
def yan(db) -> User:
    return make_staff(Role.REVIEWER, name="严")


@pytest.fixture
def lead(db) -> User:
    return make_staff(Role.LEAD_REVIEWER, name="雷")


@pytest.fixture
def oskar(db) -> User:
    return make_staff(Role.OPERATOR, name="欧")


@pytest.fixture
def mara(db) -> User:
    return make_staff(Role.MANAGER, name="马")


@pytest.fixture
def fang(db) -> User:
    return make_staff(Role.FINANCE, name="方")


@pytest.fixture
def fei(db) -> User:
    return make_staff(Role.FINANCE, name="费")


@pytest.fixture
def ada(db) -> User:
    return make_staff(Role.ADMINISTRATOR, name="安达")
