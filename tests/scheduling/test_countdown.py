"""The countdown: public, named by nobody, and free to serve."""

from datetime import timedelta

import pytest
from django.db import connection
from django.urls import reverse

from scheduling import draws, releases
from scheduling.countdown import LANGUAGES, PATH
from scheduling.draw import commit, lot_of
from scheduling.models import Release, Slot
from scheduling.retries import Busy
from tests.factories import (
    NOW,
    make_pair,
    make_project,
    make_release,
    make_slot,
    make_ticket,
)

pytestmark = pytest.mark.django_db
MOMENT = NOW + timedelta(hours=2)


@pytest.fixture(autouse=True)
def _clock(clock):
    """Views read the test's time."""


@pytest.fixture
def slot() -> Slot:
    return make_slot(project=make_project())


@pytest.fixture
def release(slot) -> Release:
    return make_release(project=slot.project, slots=[slot], name="March slots")


def address(release: Release, language: str = "en") -> str:
    return reverse("scheduling:countdown", args=[release.pk, language])


def test_middleware_knows_the_address_of_the_page(release):
    assert all(PATH.fullmatch(address(release, language)) for language in LANGUAGES)


def test_page_is_public_kept_and_asks_no_database_the_second_time(client, release, django_assert_num_queries):
    with django_assert_num_queries(1):
        first = client.get(address(release))
    with django_assert_num_queries(0):
        again = client.get(address(release))

    assert first.status_code == 200
    assert again.content == first.content
    assert first["Cache-Control"] == "public, max-age=10"
    assert first["Content-Security-Policy"]
    assert first["X-Frame-Options"] == "DENY"
    assert not first.cookies
    assert "Vary" not in first or "Cookie" not in first["Vary"]


def test_signed_in_people_cost_no_session_either(client_for, release, lin, django_assert_num_queries):
    browser = client_for(lin)
    first = browser.get(address(release))

    with django_assert_num_queries(0):
        again = browser.get(address(release))
    assert lin.pseudonym not in again.text
    assert again.content == first.content


def test_same_page_is_not_sent_twice(client, release):
    etag = client.get(address(release))["ETag"]
    again = client.get(address(release), headers={"if-none-match": etag})

    assert (again.status_code, again.content) == (304, b"")


def test_page_speaks_the_language_of_its_address(client, release):
    english, chinese = (client.get(address(release, language)) for language in LANGUAGES)

    assert "1 slot opens on Mon 2 Mar 2026, 12:00" in english.text
    assert "2026年3月2日 周一 12:00 放出 1 个时段" in chinese.text
    assert (english["Content-Language"], chinese["Content-Language"]) == ("en", "zh-hans")


def test_page_is_never_kept_over_the_moment(client, release, clock):
    clock.move_to(MOMENT - timedelta(seconds=4))
    assert client.get(address(release))["Cache-Control"] == "public, max-age=4"

    clock.move_to(MOMENT)
    assert "The draw is over" in client.get(address(release)).text


def test_changed_moment_is_seen_after_ten_seconds(client, release, mara, clock):
    client.get(address(release))
    releases.change_release(release, opens_at=MOMENT + timedelta(hours=1), by=mara, now=NOW)

    clock.advance(seconds=9)
    assert "12:00" in client.get(address(release)).text
    clock.advance(seconds=1)
    assert "13:00" in client.get(address(release)).text


def test_page_after_the_moment_begins_the_draw_and_tells_of_it(
    client, release, slot, lin, mei, clock, run_tasks
):
    make_ticket(release, pair=make_pair(lin, mei, project=release.project), slots=[slot])
    clock.move_to(MOMENT)

    running = client.get(address(release))
    assert "The draw is running" in running.text
    assert running["Cache-Control"] == "public, max-age=2"
    run_tasks()
    clock.advance(seconds=2)
    over = client.get(address(release)).text
    assert "The draw is over" in over
    assert Release.objects.get().seed in over


def test_head_tells_whether_the_draw_is_over(client, release, slot, lin, mei, clock, run_tasks):
    make_ticket(release, pair=make_pair(lin, mei, project=release.project), slots=[slot])
    clock.move_to(MOMENT)
    assert client.head(address(release))["X-Release-Status"] == "drawing"

    run_tasks()
    clock.advance(seconds=2)
    assert client.head(address(release))["X-Release-Status"] == "open"


def test_page_is_served_while_the_database_is_too_busy_to_begin_the_draw(client, release, clock):
    def refuse(execute, sql, params, many, context):
        if sql.startswith("UPDATE") or "FOR NO KEY UPDATE" in sql:
            raise Busy
        return execute(sql, params, many, context)

    clock.move_to(MOMENT)
    with connection.execute_wrapper(refuse):
        busy = client.get(address(release))
    assert (busy.status_code, busy["Cache-Control"]) == (200, "public, max-age=1")
    assert client.get(address(release))["X-Release-Status"] == "open"


def test_closed_slot_is_not_counted(client, release):
    Slot.objects.update(status="closed")

    assert "0 slots open on" in client.get(address(release)).text


def test_seed_is_not_on_the_page_before(client, release):
    text = client.get(address(release)).text

    assert release.seed_sha256 in text
    assert release.seed not in text


@pytest.mark.parametrize("language", ["en", "zh-hans", "fr"])
def test_unknown_release_or_language_is_not_found(client, release, language):
    number = release.pk if language == "fr" else release.pk + 1

    assert client.get(f"/booking/opens/{number}/{language}/").status_code == 404


def test_form_to_the_countdown_is_refused(client, release):
    assert client.post(address(release)).status_code in {403, 405}


def test_door_leads_to_the_language_of_the_browser(client, release):
    door = reverse("scheduling:countdown_door", args=[release.pk])

    assert client.get(door, headers={"accept-language": "en"}).url == address(release, "en")
    assert client.get(door, headers={"accept-language": "zh-CN"}).url == address(release, "zh-hans")


def test_draw_file_lets_anybody_work_the_draw_out_again(client, release, slot, lin, mei, clock):
    file = reverse("scheduling:draw_file", args=[release.pk])
    ticket = make_ticket(release, pair=make_pair(lin, mei, project=release.project), slots=[slot])
    assert client.get(file).status_code == 404

    draws.draw_release(release, now=MOMENT)
    response = client.get(file)
    seed = Release.objects.get().seed
    assert response.text.splitlines() == [
        "place,ticket,first choice,lot,wishes (slots),outcome,slot",
        f"1,{ticket.number},0,{lot_of(1, seed=seed)},{slot.pk},won,{slot.pk}",
    ]
    assert commit(seed) == release.seed_sha256
