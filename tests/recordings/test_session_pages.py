"""The pages of the studio: who gets in, what they show, what they answer to bad input."""

import json
import uuid
from datetime import timedelta

import pytest
from django.contrib.auth.models import Group
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from recordings.access import bookings_at_door_of
from recordings.models import Asset, RecordingSession, RetakeReason
from recordings.prompts import load_demo_prompts
from scheduling.form_keys import make_form_key
from scheduling.models import Attendance, Booking, StudioStaff
from tests.factories import (
    THURSDAY_MORNING,
    make_booking,
    make_person,
    make_project,
    make_shift,
    make_slot,
    make_staff,
    withdraw_consent,
)
from tests.recordings.session_makers import make_asset, make_log, make_session, make_wav

MINE = ["session_console", "session_detail", "session_finish"]


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


# --- the console ---


def test_console_shows_where_the_session_stands(session, browser, oskar, clock):
    make_log(session, by=oskar, now=clock.at, talk_minutes=1.5, dialogues=1)
    clock.advance(minutes=5)
    context = browser.get(url("session_console", session.key)).context
    dials = context["dials"]
    assert (dials.free_talk, dials.free_talk_of, dials.dialogues_done, dials.dialogues_of, dials.opener) == (
        "01:30",
        "02:00",
        1,
        3,
        "B",
    )
    assert context["number"] == 2


def test_console_warns_of_a_long_topic_in_a_word(session, browser, clock):
    """Rule: R-28."""
    post(browser, session, "talk_started")
    kinds = []
    for seconds in (479, 480, 569, 570):
        clock.move_to(session.opened_at + timedelta(seconds=seconds))
        kinds.append(browser.get(url("session_console", session.key)).context["dials"].topic_kind)
    assert kinds == ["", "warn", "warn", "bad"]


def test_console_takes_as_many_queries_for_a_long_log(
    session, browser, oskar, clock, django_assert_max_num_queries
):
    make_log(session, by=oskar, now=clock.at, talk_minutes=1, dialogues=3, retake_of=2)
    clock.advance(minutes=5)
    with django_assert_max_num_queries(11):
        browser.get(url("session_console", session.key))


def post(client, session, press: str, **fields):
    form = {"client_id": str(uuid.uuid4()), "press": press, **fields}
    return client.post(url("session_press", session.key), form, follow=True)


def kinds_of(session) -> list[tuple]:
    return [(event.kind, event.payload) for event in session.events.exclude(kind="checked_in")]


def test_console_works_without_javascript(session, browser, clock):
    post(browser, session, "talk_started", topic="家乡")
    clock.advance(seconds=90)
    post(browser, session, "topic_started|租房", topic="别的")
    clock.advance(seconds=30)
    post(browser, session, "dialogue_started", number="1")
    clock.advance(seconds=10)
    post(browser, session, "dialogue_retaken|noise", retake="1")
    clock.advance(seconds=10)
    answer = post(browser, session, "dialogue_done", number="1")
    post(browser, session, "note", text="空调响")
    assert answer.context["dials"].free_talk == "02:00"
    assert answer.context["number"] == 2
    assert kinds_of(session) == [
        ("talk_started", {"topic": "家乡"}),
        ("topic_started", {"topic": "租房"}),
        ("dialogue_started", {"number": 1}),
        ("dialogue_retaken", {"number": 1, "reason": "noise"}),
        ("dialogue_done", {"number": 1}),
        ("note", {"text": "空调响"}),
    ]


def test_press_that_makes_no_sense_says_so(session, browser):
    for press in ("", "completed", "dialogue_done", "note"):
        answer = post(browser, session, press)
        assert [message.level_tag for message in answer.context["messages"]] == ["error"]
    assert kinds_of(session) == []


def test_form_of_one_press_sent_twice_counts_once(session, browser):
    same = {"client_id": str(uuid.uuid4())}
    post(browser, session, "slate", **same)
    post(browser, session, "slate", **same)
    assert kinds_of(session) == [("slate", {})]


def send(client, session, *rows, after: int = 0, **changes):
    body = {"after": after, "events": list(rows)} | changes
    return client.post(url("session_events", session.key), json.dumps(body), content_type="application/json")


def make_row(session, kind: str = "slate", *, seconds: float = 0, **changes) -> dict:
    at = (session.opened_at + timedelta(seconds=seconds)).isoformat()
    return {"client_id": str(uuid.uuid4()), "kind": kind, "at": at, "payload": {}} | changes


def test_batch_is_taken_once_and_answered_with_what_is_new(session, browser, clock):
    """Rule: R-32: ten minutes without network, sent twice."""
    rows = [make_row(session, "talk_started"), make_row(session, "talk_paused", seconds=60)]
    clock.advance(minutes=10)
    first, second = send(browser, session, *rows).json(), send(browser, session, *rows).json()
    assert [event["client_id"] for event in first["events"][1:]] == [row["client_id"] for row in rows]
    assert first == second
    assert (first["status"], first["now"]) == ("open", int(clock.at.timestamp() * 1000))
    assert send(browser, session, after=first["events"][-1]["id"]).json()["events"] == []


def test_batch_names_the_event_that_is_refused(session, browser):
    bad = make_row(session, "telepathy")
    answer = send(browser, session, make_row(session), bad)
    assert (answer.status_code, answer.json()["code"], answer.json()["client_id"]) == (
        422,
        "kind",
        bad["client_id"],
    )
    assert kinds_of(session) == []


def test_batch_from_a_clock_that_is_ahead_is_refused(session, browser):
    answer = send(browser, session, make_row(session, seconds=121))
    assert (answer.status_code, answer.json()["code"]) == (422, "clock_ahead")


@pytest.mark.parametrize(
    "body",
    [
        "",
        "[",
        "[]",
        "7",
        "{}",
        '{"events": []}',
        '{"events": [], "after": "x"}',
        '{"events": [], "after": 1e999}',
    ],
)
def test_batch_that_is_none_is_malformed(session, browser, body):
    answer = browser.post(url("session_events", session.key), body, content_type="application/json")
    assert (answer.status_code, answer.json()["code"]) == (400, "malformed")


def test_batch_for_a_closed_session_is_refused(session, browser, clock):
    browser.post(url("session_finish", session.key), {"short_reason": "试录"})
    answer = send(browser, session, make_row(session))
    assert (answer.status_code, answer.json()["code"]) == (409, "closed")


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


# --- prompts ---


def make_file(content: object) -> SimpleUploadedFile:
    body = content if isinstance(content, bytes) else json.dumps(content).encode()
    return SimpleUploadedFile("p.json", body)


CONTENT = {
    "name": "新",
    "topics": ["家乡"],
    "dialogues": [{"situation": "问路", "prompt_words": ["左"], "lines": [{"text": "往左拐"}]}],
}


def test_prompts_are_shown_to_operators_and_changed_by_managers(booking, browser, client_for, mara):
    prompts = booking.project.prompt_sets.get()
    assert browser.get(url("prompt_list")).status_code == 200
    assert browser.get(url("prompt_set", prompts.pk)).status_code == 200
    assert browser.get(url("prompt_set", 99)).status_code == 404
    assert browser.post(url("prompt_use", prompts.pk), {"use": "no"}).status_code == 403
    assert browser.post(url("prompt_add"), {}).status_code == 403
    assert client_for(mara).get(url("prompt_add")).status_code == 405


def test_manager_adds_a_prompt_set_from_a_file(booking, client_for, mara):
    client = client_for(mara)
    form = {"project": booking.project_id, "file": make_file(CONTENT)}
    answer = client.post(url("prompt_add"), form)
    added = booking.project.prompt_sets.get(name="新")
    assert answer.url == url("prompt_set", added.pk)
    client.post(url("prompt_use", added.pk), {"use": "no"})
    added.refresh_from_db()
    assert added.is_active is False


def test_last_prompt_set_stays_in_use(booking, client_for, mara):
    prompts = booking.project.prompt_sets.get()
    answer = client_for(mara).post(url("prompt_use", prompts.pk), {"use": "no"}, follow=True)
    assert [message.level_tag for message in answer.context["messages"]] == ["error"]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"\xff\xfe", "not_json"),
        (b"[" * 100_000, "not_json"),
        ({}, "shape"),
        (b" " * 1024 * 1025, "too_large"),
    ],
)
def test_file_that_holds_no_prompts_is_refused(booking, client_for, mara, content, code):
    form = {"project": booking.project_id, "file": make_file(content)}
    answer = client_for(mara).post(url("prompt_add"), form)
    assert answer.status_code == 422
    assert answer.context["form"].errors.as_data()["file"][0].code == code


def test_prompt_list_takes_as_many_queries_for_three_as_for_one(booking, browser, django_assert_num_queries):
    browser.get(url("prompt_list"))
    with django_assert_num_queries(4):
        browser.get(url("prompt_list"))
    for number in (1, 2):
        booking.project.prompt_sets.create(name=f"{number}", topics=["家乡"])
    with django_assert_num_queries(4):
        browser.get(url("prompt_list"))
