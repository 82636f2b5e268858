"""The pages of the studio: who gets in, what they show, what they answer to bad input."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import Group
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from recordings.access import bookings_at_door_of
from recordings.models import Asset, RecordingSession, RetakeReason
from scheduling.form_keys import make_form_key
from scheduling.models import Attendance, Booking, StudioStaff
from tests.factories import (
    THURSDAY_MORNING,
    make_booking,
    make_person,
    make_slot,
    make_staff,
    withdraw_consent,
)
from tests.recordings.session_makers import make_asset, make_log, make_wav

MINE = ["session_console", "session_detail", "session_finish"]


@pytest.fixture
def other_operator(db):
    """Somebody who runs sessions in another studio."""
    return make_staff("operator", name="外")


def url(name: str, *args) -> str:
    return reverse(f"recordings:{name}", args=args)


def check_in_form(**changes) -> dict:
    seen = {"identity_seen_a": "on", "identity_seen_b": "on", "microphones_checked": "on"}
    return {"outcome_a": "attended", "outcome_b": "attended", "form_key": make_form_key(), **seen, **changes}


# --- who gets in ---


@pytest.mark.parametrize("name", MINE)
def test_session_page_is_shown_to_its_operator_and_to_managers(name, session, browser, client_for, mara):
    assert browser.get(url(name, session.key)).status_code == 200
    assert client_for(mara).get(url(name, session.key)).status_code == 200


@pytest.mark.parametrize("name", [*MINE, "session_press", "session_events", "session_abandon", "asset_add"])
def test_session_of_another_studio_does_not_exist(name, session, client_for, other_operator):
    client = client_for(other_operator)
    method = client.get if name in MINE else client.post
    assert method(url(name, session.key)).status_code == 404


@pytest.mark.parametrize("name", [*MINE, "session_press", "session_events", "session_abandon", "asset_add"])
def test_participant_gets_none_of_the_console(name, session, client_for, lin):
    client = client_for(lin)
    method = client.get if name in MINE else client.post
    assert method(url(name, session.key)).status_code == 403


def test_participant_gets_no_list_and_no_door(booking, client_for, lin):
    client = client_for(lin)
    pages = [url("session_list"), url("prompt_list"), url("session_check_in", booking.pk)]
    assert [client.get(page).status_code for page in pages] == [403, 403, 403]


def test_door_of_another_studio_does_not_exist(booking, client_for, other_operator):
    assert client_for(other_operator).get(url("session_check_in", booking.pk)).status_code == 404


def test_visitor_is_sent_to_sign_in(session, client):
    answer = client.get(url("session_console", session.key))
    assert answer.status_code == 302
    assert reverse("accounts:sign_in") in answer.url


@pytest.mark.parametrize("name", ["session_press", "session_events", "session_abandon", "asset_add"])
def test_what_changes_something_is_posted(name, session, browser):
    assert browser.get(url(name, session.key)).status_code == 405


@pytest.mark.parametrize("name", ["session_console", "session_detail"])
def test_what_shows_something_is_not_posted(name, session, browser):
    assert browser.post(url(name, session.key)).status_code == 405


def test_session_that_does_not_exist_is_not_found(browser, booking):
    assert browser.get(url("session_detail", "7" * 32)).status_code == 404


# --- the list ---


def listed(client, query: str = "") -> list[int]:
    return [booking.pk for booking, _kind in client.get(url("session_list") + query).context["rows"]]


def test_list_shows_the_bookings_of_my_studios(booking, browser, client_for, mara, clock):
    other_slot = make_slot(
        project=booking.project, starts_at=THURSDAY_MORNING + timedelta(days=4), now=clock.at
    )
    other = make_booking(one=make_person(), other=make_person(), slot=other_slot, now=clock.at)
    assert listed(browser) == [booking.pk]
    assert listed(client_for(mara)) == [booking.pk, other.pk]


def test_list_shows_one_day_and_the_past(booking, browser, clock):
    day = booking.slot.starts_at.date().isoformat()
    clock.advance(days=2)
    assert listed(browser) == []
    assert listed(browser, "?past=1") == [booking.pk]
    assert listed(browser, f"?day={day}") == [booking.pk]
    assert listed(browser, "?day=2026-01-01") == []


def test_list_answers_a_day_that_is_none(booking, browser):
    assert browser.get(url("session_list") + "?day=gestern").status_code == 422


def test_list_takes_as_many_queries_for_three_as_for_one(
    booking, browser, oskar, mara, django_assert_num_queries, clock
):
    browser.get(url("session_list"))
    with django_assert_num_queries(4):
        browser.get(url("session_list"))
    clock.move_to(THURSDAY_MORNING - timedelta(days=3))
    for day in (1, 2):
        slot = make_slot(
            project=booking.project,
            booth=booking.slot.booth,
            starts_at=THURSDAY_MORNING + timedelta(days=day),
            now=clock.at,
        )
        make_booking(one=make_person(), other=make_person(), slot=slot, now=clock.at)
    clock.move_to(THURSDAY_MORNING)
    with django_assert_num_queries(4):
        assert len(listed(browser)) == 3


# --- the door ---


def test_door_shows_names_and_four_digits_and_no_more(booking, browser, lin, mei):
    page = browser.get(url("session_check_in", booking.pk)).content.decode()
    for person in (lin, mei):
        assert person.profile.name in page
        assert person.phone[-4:] in page
        assert person.phone[-8:] not in page


def test_check_in_opens_the_session(booking, browser):
    answer = browser.post(url("session_check_in", booking.pk), check_in_form())
    session = RecordingSession.objects.get()
    assert (answer.status_code, answer.url) == (302, url("session_console", session.key))
    again = browser.get(url("session_check_in", booking.pk))
    assert again.url == url("session_console", session.key)


def test_check_in_sent_twice_opens_one_session(booking, browser):
    form = check_in_form()
    first = browser.post(url("session_check_in", booking.pk), form)
    second = browser.post(url("session_check_in", booking.pk), form)
    assert (first.url, RecordingSession.objects.count()) == (second.url, 1)


def test_check_in_of_one_lets_the_booking_fail(booking, browser, clock):
    clock.advance(minutes=30)
    form = check_in_form(outcome_b="no_show", identity_seen_b="", microphones_checked="")
    answer = browser.post(url("session_check_in", booking.pk), form)
    booking.refresh_from_db()
    assert (answer.url, booking.status) == (url("session_list"), "failed")
    assert sorted(Attendance.objects.values_list("outcome", flat=True)) == ["no_show", "turned_away"]


@pytest.mark.parametrize("field", ["identity_seen_a", "identity_seen_b", "microphones_checked"])
def test_check_in_asks_for_every_check(booking, browser, field):
    answer = browser.post(url("session_check_in", booking.pk), check_in_form(**{field: ""}))
    assert answer.status_code == 422
    assert answer.context["form"].errors.as_data()[field][0].code == "unchecked"


def test_check_in_takes_a_corrected_time_of_arrival(booking, browser, clock):
    clock.advance(minutes=40)
    browser.post(url("session_check_in", booking.pk), check_in_form(arrived_a="09:05"))
    rows = booking.attendances.order_by("person_id").values_list("outcome", flat=True)
    assert sorted(rows) == ["attended", "late"]


@pytest.mark.parametrize("role", ["operator", "manager"])
def test_speaker_never_runs_their_own_session(booking, lin, role):
    Group.objects.get(name=role).user_set.add(lin)
    StudioStaff.objects.get_or_create(studio=booking.slot.booth.studio, person=lin)
    assert not list(bookings_at_door_of(lin))


def test_check_in_refuses_what_is_no_outcome(booking, browser):
    answer = browser.post(url("session_check_in", booking.pk), check_in_form(outcome_a="asleep"))
    assert (answer.status_code, RecordingSession.objects.count()) == (422, 0)


def test_check_in_names_the_consent_that_is_missing(booking, browser, lin, clock):
    withdraw_consent(lin, scope="share", now=clock.at)
    answer = browser.post(url("session_check_in", booking.pk), check_in_form())
    assert answer.status_code == 422
    assert answer.context["form"].non_field_errors().as_data()[0].code == "consent"
    assert Attendance.objects.count() == 0


def test_door_of_a_booking_that_failed_has_no_form(booking, browser):
    Booking.objects.update(status="failed")
    answer = browser.get(url("session_check_in", booking.pk))
    assert (answer.status_code, answer.context["can_check_in"]) == (200, False)


def test_manager_stands_in_at_the_door_with_a_reason(booking, client_for, mara):
    client = client_for(mara)
    answer = client.post(url("session_check_in", booking.pk), check_in_form())
    assert answer.context["form"].non_field_errors().as_data()[0].code == "not_rostered"
    answer = client.post(url("session_check_in", booking.pk), check_in_form(reason="Oskar 生病"))
    assert answer.status_code == 302


# --- the end ---


def test_end_lists_what_is_short_and_wants_a_reason(session, browser):
    """Rule: R-34."""
    page = browser.get(url("session_finish", session.key))
    assert len(page.context["shortfall"]) == 4
    answer = browser.post(url("session_finish", session.key), {"short_reason": " "})
    assert answer.status_code == 422
    assert answer.context["form"].errors.as_data()["short_reason"][0].code == "short"
    answer = browser.post(url("session_finish", session.key), {"short_reason": "只试一下"})
    session.refresh_from_db()
    assert (answer.url, session.status) == (url("session_detail", session.key), "completed")
    for name in ("session_finish", "session_console"):
        assert browser.get(url(name, session.key)).url == url("session_detail", session.key)


def test_complete_session_needs_no_reason(session, browser, oskar, clock):
    make_log(session, by=oskar, now=clock.at, talk_minutes=2, dialogues=3)
    make_asset(session, speaker="AB", by=oskar, now=clock.at)
    clock.advance(minutes=10)
    browser.post(url("session_finish", session.key), {})
    session.refresh_from_db()
    assert (session.status, session.shortfall) == ("completed", [])
    assert browser.get(url("session_detail", session.key)).status_code == 200


def test_session_is_broken_off_with_a_reason(session, browser):
    assert browser.post(url("session_abandon", session.key), {"reason": "停电"}).status_code == 422
    browser.post(url("session_abandon", session.key), {"reason": "停电", "fault": "studio"})
    session.refresh_from_db()
    assert (session.status, session.booking.status) == ("abandoned", "failed")
    answer = browser.post(url("session_abandon", session.key), {"reason": "再来", "fault": "studio"})
    assert answer.context["abandon_form"].non_field_errors().as_data()[0].code == "closed"


# --- files ---


def test_file_is_attached_by_a_form(session, browser):
    file = SimpleUploadedFile("a.wav", make_wav())
    answer = browser.post(url("asset_add", session.key), {"speaker": "A", "file": file})
    assert (answer.url, Asset.objects.get().speaker) == (url("session_finish", session.key), "A")


def test_file_is_attached_by_a_script(session, browser):
    accept = {"Accept": "application/json"}
    for expected, problems in ((201, 0), (422, 1)):
        form = {"speaker": "A", "file": SimpleUploadedFile("a.wav", make_wav())}
        answer = browser.post(url("asset_add", session.key), form, headers=accept)
        assert (answer.status_code, len(answer.json()["problems"])) == (expected, problems)


@pytest.mark.parametrize("form", [{}, {"speaker": "C"}, {"speaker": "A"}])
def test_file_form_that_is_not_complete_is_refused(session, browser, form):
    answer = browser.post(url("asset_add", session.key), form, follow=True)
    assert {message.level_tag for message in answer.context["messages"]} == {"error"}
    assert Asset.objects.count() == 0


def test_detail_takes_as_many_queries_for_three_files_as_for_one(
    session, browser, oskar, clock, django_assert_num_queries
):
    make_asset(session, speaker="A", by=oskar, now=clock.at)
    make_log(session, by=oskar, now=clock.at, dialogues=3, retake_of=2)
    clock.advance(minutes=10)
    browser.get(url("session_detail", session.key))
    with django_assert_num_queries(8):
        browser.get(url("session_detail", session.key))
    for number in (1, 2):
        make_asset(session, speaker="B", by=oskar, now=clock.at, content=make_wav(value=number))
    with django_assert_num_queries(8):
        browser.get(url("session_detail", session.key))


def test_detail_says_in_words_why_a_dialogue_was_recorded_again(session, browser, oskar, clock):
    make_log(session, by=oskar, now=clock.at, dialogues=3, retake_of=2)
    clock.advance(minutes=10)
    (words,) = [
        words for event, words in browser.get(url("session_detail", session.key)).context["log"] if words
    ]
    assert words in RetakeReason.labels


def test_operator_who_left_the_studio_sees_nothing_more(session, browser, oskar):
    StudioStaff.objects.filter(person=oskar).delete()
    assert browser.get(url("session_detail", session.key)).status_code == 404
