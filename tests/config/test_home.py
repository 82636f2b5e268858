"""The home page: the next step of a participant, what waits for staff, the offer to visitors."""

from datetime import timedelta

import pytest
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.access import Role
from config.desk_home import desk_stats
from config.home import journey_steps, next_step, read_journey, read_offer
from payments.earnings import create_payments_due
from recordings.models import SampleStatus
from scheduling import seats, waiting
from scheduling.models import BookingStatus, Project
from tests.factories import (
    NOW,
    THURSDAY_MORNING,
    make_booking,
    make_newcomer,
    make_pair,
    make_person,
    make_project,
    make_qualified,
    make_slot,
    make_staff,
)
from tests.recordings.makers import make_sample

pytestmark = pytest.mark.django_db


def step_of(person):
    return next_step(read_journey(person, now=NOW))


def test_next_step_of_a_newcomer_is_the_profile():
    assert step_of(make_newcomer()).url == reverse("accounts:profile")


def test_next_step_after_the_profile_is_consent():
    assert step_of(make_person(scopes=())).url == reverse("accounts:consents")


def test_next_step_after_consent_is_the_sample(lin):
    assert step_of(lin).url == reverse("recordings:sample_new")


def test_journey_steps_name_one_current_step(lin):
    states = [step["state"] for step in journey_steps(read_journey(lin, now=NOW))]

    assert states == ["done", "done", "current", "todo", "todo"]


def test_home_shows_a_visitor_the_offer_of_the_open_project(client):
    Project.objects.create(name="Old", slug="old", rate_fen=10000)
    Project.objects.create(name="New", slug="new", rate_fen=25050)
    Project.objects.create(name="Closed", slug="closed", rate_fen=99900, is_open=False)

    answer = client.get(reverse("home"))

    assert answer.status_code == 200
    assert answer.context["offer"].pay_yuan == "250.5"


def test_read_offer_without_a_project_is_the_rules_defaults():
    offer = read_offer(language="en")

    assert (offer.pay_yuan, offer.hours, offer.free_talk_minutes, offer.dialogue_count, offer.cities) == (
        "300",
        "3",
        80,
        60,
        [],
    )


@pytest.mark.parametrize(
    ("role", "count"),
    [(Role.REVIEWER, 1), (Role.LEAD_REVIEWER, 2), (Role.OPERATOR, 2), (Role.MANAGER, 6), (Role.FINANCE, 4)],
)
def test_desk_shows_what_waits_for_the_role(role, count):
    person = make_staff(role)

    stats = desk_stats(person, roles=frozenset({role}), now=NOW)

    assert [stat.value for stat in stats] == [0] * count


def test_desk_of_managers_leads_to_the_week_of_the_oldest_session_without_an_ending(mara):
    booking = make_booking()

    def unended(at):
        return next(
            (stat.value, stat.url)
            for stat in desk_stats(mara, roles=frozenset({Role.MANAGER}), now=at)
            if stat.label == "Sessions without an ending"
        )

    week = f"{reverse('scheduling:calendar')}?day"
    assert unended(booking.slot.ends_at - timedelta(seconds=1))[0] == 0
    assert unended(booking.slot.ends_at + timedelta(days=9)) == (1, f"{week}=2026-03-05")


def test_desk_of_managers_tells_of_a_disputed_sample_that_no_lead_may_decide(mara, lin):
    make_sample(lin, project=make_project(), status=SampleStatus.CROSS_REVIEW)

    def leaderless():
        stats = desk_stats(mara, roles=frozenset({Role.MANAGER}), now=NOW)
        return [stat.value for stat in stats if stat.url == reverse("recordings:reviewer_list")]

    assert leaderless() == [1]
    make_staff(Role.LEAD_REVIEWER)
    assert leaderless() == []


def test_desk_of_two_roles_shows_both():
    person = make_staff(Role.MANAGER, Role.FINANCE)

    assert len(desk_stats(person, roles=frozenset({Role.MANAGER, Role.FINANCE}), now=NOW)) == 10


def test_home_of_a_participant_works(client_for, lin):
    answer = client_for(lin).get(reverse("home"))

    assert answer.status_code == 200
    assert answer.templates[0].name == "home_participant.html"


def test_home_shows_the_way_to_the_first_session_until_one_is_earned(client_for, lin, mei):
    browser, words = client_for(lin), "Your way to the first session"
    make_booking(one=lin, other=mei, status=BookingStatus.COMPLETED)
    assert words in browser.get(reverse("home")).content.decode()

    create_payments_due(now=NOW)

    assert words not in browser.get(reverse("home")).content.decode()


def test_home_of_staff_works(client_for, mara):
    answer = client_for(mara).get(reverse("home"))

    assert answer.status_code == 200
    assert answer.templates[0].name == "home_desk.html"


def test_home_refuses_a_post(client_for, lin):
    assert client_for(lin).post(reverse("home")).status_code == 405


def test_next_step_of_a_pair_is_a_time_then_the_session(lin, mei):
    project = make_project()
    pair = make_pair(lin, mei, project=project)
    assert step_of(lin).url == reverse("scheduling:slot_list")

    booking = make_booking(pair=pair, one=mei, status=BookingStatus.AWAITING_PARTNER)
    detail = reverse("scheduling:booking_detail", args=[booking.pk])

    assert (step_of(lin).url, step_of(lin).icon) == (detail, "calendar")
    assert (step_of(mei).url, step_of(mei).icon) == (detail, "mic")


def test_next_step_of_who_took_a_slot_alone_is_the_seat_with_its_time(client_for, lin):
    project = make_project()
    make_qualified(lin, project=project)
    seat = seats.take_seat(make_slot(project=project).pk, person=lin, now=NOW)

    journey = read_journey(lin, now=NOW)
    assert (next_step(journey).url, journey.answer_until) == (
        reverse("scheduling:seat_list"),
        seat.expires_at,
    )
    page = client_for(lin).get(reverse("scheduling:booking_list")).content.decode()
    assert reverse("scheduling:seat_withdraw", args=[seat.pk]) in page


@pytest.mark.parametrize(
    ("language", "words"), [("en", "You wait for one slot."), ("zh-hans", "你在 1 个时段的候补名单上")]
)
def test_home_tells_of_places_on_waiting_lists(client_for, lin, mei, language, words):
    project = make_project()
    pair, slot = make_pair(lin, mei, project=project), make_slot(project=project)
    browser = client_for(lin)
    browser.cookies[settings.LANGUAGE_COOKIE_NAME] = language
    assert words not in browser.get("/").content.decode()
    make_booking(slot=slot)
    waiting.join_line(slot.pk, pair=pair, by=lin, now=NOW)

    page = browser.get("/").content.decode()

    assert words in page
    assert f"{reverse('scheduling:booking_list')}#waiting" in page


def test_read_journey_costs_the_same_with_one_and_two_bookings(lin, mei, django_assert_num_queries):
    project = make_project()
    pair = make_pair(lin, mei, project=project)
    make_booking(pair=pair)
    with CaptureQueriesContext(connection) as queries:
        read_journey(lin, now=NOW)
    make_booking(pair=pair, slot=make_slot(project=project, starts_at=THURSDAY_MORNING + timedelta(days=1)))

    with django_assert_num_queries(len(queries)):
        assert read_journey(lin, now=NOW).pairs == 1
