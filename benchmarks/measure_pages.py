"""The part of `bench_pages` that runs inside Django: fill one database, ask for every page, print JSON lines."""

import json
import statistics
import time
from typing import Any

from allauth.account.authentication import AUTHENTICATION_METHODS_SESSION_KEY
from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from benchmarks.crowd import Crowd, gather_crowd
from benchmarks.crowd_board import fill_board
from benchmarks.crowd_studio import fill_studios
from benchmarks.pages import BOARD_PAGES, PAGES, Page

WARM_UPS, RUNS = 3, 21
# Of 100,000 people half look for a partner at once: more than any day will see.
LARGEST_BOARD = 50_000


def measure_crowd(participants: int, *, only: str = "") -> None:
    """Fill the empty database that the environment names and print one JSON object a page."""
    settings.ALLOWED_HOSTS = ["testserver"]
    settings.WHITENOISE_AUTOREFRESH = True
    crowd = make_crowd(participants)
    _print_pages(PAGES, crowd, only=only)
    fill_board(crowd, min(participants, LARGEST_BOARD), now=timezone.now())
    _print_pages(BOARD_PAGES, crowd, only=only)


def _print_pages(pages: list[Page], crowd: Crowd, *, only: str) -> None:
    for page in pages:
        if only in page.label:
            result = {"database": connection.vendor, **measure_page(page, crowd)}
            print(json.dumps(result), flush=True)  # noqa: T201


def make_crowd(participants: int) -> Crowd:
    """Return the crowd that was written into the migrated or empty database, with fresh statistics of its tables."""
    for command in ("migrate", "createcachetable", "publish_notices"):
        call_command(command, verbosity=0)
    now = timezone.now()
    crowd = gather_crowd(participants, now=now)
    fill_studios(crowd, now=now)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return crowd


def measure_page(page: Page, crowd: Crowd) -> dict[str, Any]:
    """Return the median CPU ms, the queries and the size of one page, asked for as its role does."""
    client, address = browser_of(page.visitor(crowd)), page.address(crowd)
    times = []
    for _number in range(WARM_UPS + RUNS):
        started = time.process_time()
        answer = client.get(address)
        times.append(time.process_time() - started)
        if answer.status_code != 200:
            raise SystemExit(f"{address} answered {answer.status_code}")
    with CaptureQueriesContext(connection) as queries:
        client.get(address)
    return {
        "role": str(page.role),
        "page": page.label,
        "cpu_ms": round(statistics.median(times[WARM_UPS:]) * 1_000, 1),
        "queries": len(queries),
        "kb": round(len(answer.content) / 1_024),
    }


def browser_of(person: User) -> Client:
    """Return a browser with the person signed in, the second factor shown."""
    client = Client()
    client.force_login(person)
    session = client.session
    session[AUTHENTICATION_METHODS_SESSION_KEY] = [
        {"method": "mfa", "type": "totp", "at": time.time(), "reauthenticated": True}
    ]
    session["account_authentication_methods_user"] = str(person.pk)
    session.save()
    return client
