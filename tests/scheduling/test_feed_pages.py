"""The private calendar of a member of staff: its page, and what calendars read there."""

import hashlib
import logging
from datetime import timedelta

import pytest
from django.contrib.auth.models import Group
from django.db import IntegrityError, connection
from django.test import Client
from django.urls import reverse

from config.quiet_logs import HideSecrets
from scheduling import feeds
from scheduling.models import CalendarFeed
from tests.factories import NOW, THURSDAY_MORNING, make_project, make_shift, make_slot

pytestmark = pytest.mark.django_db
PAGE, RENEW, REVOKE = (reverse(f"scheduling:feed_{name}") for name in ("page", "renew", "revoke"))


def address(token):
    return reverse("scheduling:feed", args=[token])


@pytest.fixture
def browser(client_for, oskar, clock):
    client = client_for(oskar)
    client.cookies["django_language"] = "en"
    return client


def test_staff_make_renew_and_revoke_their_address(browser, oskar):
    assert "Make my address" in browser.get(PAGE).content.decode()
    assert browser.post(RENEW).status_code == 302
    first = feeds.token_of(oskar)
    page = browser.get(PAGE)
    assert first in page.content.decode()
    # With "no-referrer" a browser would send its forms without an origin, which the CSRF check refuses.
    assert (page["Cache-Control"], page["Referrer-Policy"]) == ("no-store", "same-origin")
    assert Client().get(address(first)).status_code == 200

    browser.post(RENEW)
    second = feeds.token_of(oskar)
    assert Client().get(address(first)).status_code == 404
    assert Client().get(address(second)).status_code == 200

    browser.post(REVOKE)
    assert Client().get(address(second)).status_code == 404
    assert "Make my address" in browser.get(PAGE).content.decode()
    assert [feed.sealed_token for feed in CalendarFeed.objects.all()] == ["", ""]


def test_secret_is_long_and_stands_nowhere_in_the_clear(oskar):
    token = feeds.renew_feed(oskar, now=NOW)

    with connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM {CalendarFeed._meta.db_table}")
        row = dict(zip([column[0] for column in cursor.description], cursor.fetchone(), strict=True))
    # 256 bits are 43 letters of base64.
    assert len(token) == 43
    assert [name for name, value in row.items() if token in str(value)] == []
    assert row["token_sha256"] == hashlib.sha256(token.encode()).hexdigest()
    assert row["sealed_token"]
    assert feeds.token_of(oskar) == token
    assert feeds.find_reader(token) == oskar
    assert feeds.find_reader(row["token_sha256"]) is feeds.find_reader("") is None
    assert feeds.renew_feed(oskar, now=NOW) != token


@pytest.mark.parametrize(
    ("site", "scheme"), [("https://duo.example.org", "webcals"), ("http://127.0.0.1:8000", "webcal")]
)
def test_calendars_subscribe_by_tls_where_the_site_has_it(browser, oskar, settings, site, scheme):
    settings.SITE_URL = site
    token = feeds.renew_feed(oskar, now=NOW)

    page = browser.get(PAGE).content.decode()

    rest = f"{site.partition(':')[2]}{address(token)}"
    assert f'href="{scheme}:{rest}"' in page
    assert f"{site}{address(token)}" in page


def test_database_keeps_one_open_address_a_person(oskar):
    feeds.renew_feed(oskar, now=NOW)

    with pytest.raises(IntegrityError):
        CalendarFeed.objects.create(person=oskar, token_sha256="x", made_at=NOW)


def test_feed_answers_nothing_new_to_who_has_it(browser, mara, oskar):
    slot = make_slot(project=make_project(), staff=0)
    make_shift(slot, person=oskar, by=mara)
    url = address(feeds.renew_feed(oskar, now=NOW))

    first = Client().get(url)
    again = Client().get(url, headers={"If-None-Match": first["ETag"]})
    make_shift(
        make_slot(project=slot.project, starts_at=THURSDAY_MORNING + timedelta(days=1)), person=oskar, by=mara
    )
    changed = Client().get(url, headers={"If-None-Match": first["ETag"]})

    assert (first.status_code, again.status_code, changed.status_code) == (200, 304, 200)
    assert again.content == b""
    assert first["Content-Type"] == "text/calendar; charset=utf-8"
    assert first["Cache-Control"] == "private, max-age=300"
    assert (first["Referrer-Policy"], first["X-Robots-Tag"]) == ("no-referrer", "noindex")


def test_feed_costs_the_same_for_one_and_three_shifts(clock, mara, oskar, django_assert_num_queries):
    project = make_project()
    url = address(feeds.renew_feed(oskar, now=NOW))
    for day in range(3):
        slot = make_slot(project=project, starts_at=THURSDAY_MORNING + timedelta(days=day), staff=0)
        make_shift(slot, person=oskar, by=mara)
        with django_assert_num_queries(3):
            assert Client().get(url).status_code == 200


def test_feed_ends_with_the_role_and_the_account(oskar):
    url = address(feeds.renew_feed(oskar, now=NOW))
    oskar.groups.remove(Group.objects.get(name="operator"))
    assert Client().get(url).status_code == 404

    oskar.groups.add(Group.objects.get(name="operator"))
    assert Client().get(url).status_code == 200
    type(oskar).objects.filter(pk=oskar.pk).update(is_active=False)

    assert Client().get(url).status_code == 404


@pytest.mark.parametrize("page", [PAGE, RENEW, REVOKE])
def test_pages_are_for_staff_who_have_shifts(client_for, lin, mara, page):
    assert Client().post(RENEW).status_code == 302
    for person in (lin, mara):
        assert client_for(person).get(page).status_code == 403
        assert client_for(person).post(page).status_code == 403


def test_pages_refuse_other_methods(browser, oskar):
    assert browser.post(PAGE).status_code == 405
    assert browser.get(RENEW).status_code == 405
    assert browser.get(REVOKE).status_code == 405
    assert browser.post(address("x")).status_code == 405


@pytest.mark.parametrize(
    ("line", "arguments"),
    [
        ("Not Found: %s", ("/booking/feed/s3cret-_token/shifts.ics",)),
        ('"GET /account/news/confirm/s3cret:token/ HTTP/1.1" 404', ()),
    ],
)
def test_log_lines_hide_the_secret(line, arguments):
    record = logging.LogRecord("django.request", logging.WARNING, "x", 1, line, arguments, None)

    assert HideSecrets().filter(record)

    assert "s3cret" not in record.getMessage()
    assert "…/" in record.getMessage()


def test_line_without_a_secret_is_left_as_it_is():
    record = logging.LogRecord("a", logging.INFO, "x", 1, "%d done", (3,), None)
    HideSecrets().filter(record)

    assert (record.msg, record.args) == ("%d done", (3,))
