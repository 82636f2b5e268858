"""The console of a session: what it shows, its presses with and without scripts, batches."""

import json
import uuid
from datetime import timedelta

import pytest
from django.urls import reverse

from tests.recordings.session_makers import make_log


def url(name: str, *args) -> str:
    return reverse(f"recordings:{name}", args=args)


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
