"""The part of `bench_pages` that runs inside Django: fill one database, ask for every page, print JSON lines."""

import json
import pickle
import statistics
import time
from dataclasses import replace
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
from benchmarks.crowd_desk import fill_desks
from benchmarks.crowd_lists import fill_lists, invite_looker
from benchmarks.crowd_studio import fill_studios
from benchmarks.pages import BOARD_PAGES, PAGES, Page
from benchmarks.pages_lists import ADMIN_LISTS, LIST_PAGES, LOOKER_PAGES
from config.frames import in_one_piece

WARM_UPS, RUNS = 3, 21
# Of 100,000 people half look for a partner at once: more than any day will see.
LARGEST_BOARD = 50_000
# In the folder of the data, so that `--keep` finds it again.
KEPT = "crowd.pickle"


def measure_crowd(participants: int, *, only: str = "") -> None:
    """Fill the empty database that the environment names and print one JSON object a page."""
    settings.ALLOWED_HOSTS = ["testserver"]
    settings.WHITENOISE_AUTOREFRESH = True
    crowd = _find_crowd() or _keep_crowd(make_full_crowd(participants))
    _print_pages([*PAGES, *LIST_PAGES, *ADMIN_LISTS, *BOARD_PAGES, *LOOKER_PAGES], crowd, only=only)


def _find_crowd() -> Crowd | None:
    """Return the crowd that an earlier run has left beside its database, if that is kept."""
    call_command("migrate", verbosity=0)
    kept = settings.DATA_DIR / KEPT
    return pickle.loads(kept.read_bytes()) if kept.exists() else None  # noqa: S301  # written below


def _keep_crowd(crowd: Crowd) -> Crowd:
    """Leave beside the database who and what the pages are asked for; return that."""
    few = replace(crowd, people=crowd.people[:10], approved=crowd.approved[:10], pairs=crowd.pairs[:10])
    (settings.DATA_DIR / KEPT).write_bytes(pickle.dumps(few))
    return few


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


def make_full_crowd(participants: int) -> Crowd:
    """Return a crowd whose every list is filled, the partner board last."""
    crowd, now = make_crowd(participants), timezone.now()
    fill_desks(crowd, now=now)
    fill_lists(crowd, now=now)
    fill_board(crowd, min(participants, LARGEST_BOARD), now=now)
    invite_looker(crowd, now=now)
    return crowd


def measure_page(page: Page, crowd: Crowd) -> dict[str, Any]:
    """Return the median CPU ms, the queries and the size of one page, asked for as its role does."""
    client, address = browser_of(page.visitor(crowd)), page.address(crowd)
    get, times = in_one_piece(client.get), []  # as the served application is
    for _number in range(WARM_UPS + RUNS):
        started = time.process_time()
        answer = get(address)
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
