"""The crowd of the benchmarks is one that the rules could have made; every measured page answers it, and cheaply."""

import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from benchmarks.crowd import Crowd, gather_crowd
from benchmarks.crowd_board import fill_board
from benchmarks.crowd_desk import fill_desks
from benchmarks.crowd_lists import fill_lists, invite_looker
from benchmarks.crowd_studio import fill_studios
from benchmarks.measure_pages import browser_of
from benchmarks.pages import BOARD_PAGES, PAGES, Page
from benchmarks.pages_lists import ADMIN_LISTS, LIST_PAGES, LOOKER_PAGES


def costly_queries(page: Page, crowd: Crowd) -> list[str]:
    """
    Ask for the page; return those of its queries that a large table would make slow.

    Grouping by whole samples carries their outlines of 10 KB through the sorter; a time
    that is made a day or a month in the database is made so for every row.
    """
    browser, address = browser_of(page.visitor(crowd)), page.address(crowd)
    with CaptureQueriesContext(connection) as queries:
        answer = browser.get(address)
    assert answer.status_code == 200, page.label
    statements = [query["sql"] for query in queries]
    return [
        f"{page.label}: {sql}"
        for sql in statements
        if '"peaks"' in sql.partition("GROUP BY")[2]
        or ("django_datetime_" in sql and '"person_id" = ' not in sql)  # one person has few rows
    ]


@pytest.mark.heavy
@pytest.mark.more
@pytest.mark.django_db
def test_crowd_is_whole_and_every_page_answers_it_cheaply(capsys):
    call_command("publish_notices", verbosity=0)
    now = timezone.now()
    crowd = gather_crowd(300, now=now)
    fill_studios(crowd, now=now)
    fill_desks(crowd, now=now)
    fill_lists(crowd, now=now)
    fill_board(crowd, 40, now=now)
    invite_looker(crowd, now=now)

    call_command("check_invariants")

    assert ": whole" in capsys.readouterr().out
    pages = [*PAGES, *LIST_PAGES, *ADMIN_LISTS, *BOARD_PAGES, *LOOKER_PAGES]
    assert [query for page in pages for query in costly_queries(page, crowd)] == []
