"""A running session: the door, the log, the end."""

from datetime import timedelta

import pytest

from recordings.doors import DoorChecks, SessionRefused
from recordings.events import EventRefused, NewEvent
from recordings.invariants import broken_sessions
from recordings.logs import progress_of
from recordings.models import RecordingSession, SessionEvent, Take
from recordings.prompts import load_demo_prompts
from recordings.runs import abandon_session, append_events, complete_session, open_session, receive_pair
from recordings.shortfalls import describe_shortfall
from scheduling.attendance import AttendanceRefused, record_attendance
from scheduling.models import Attendance, Booking, BookingEvent
from tests.factories import make_booking, make_project, make_shift, make_slot, withdraw_consent
from tests.recordings.session_makers import make_asset, make_log, make_session

SEEN = DoorChecks(identity_seen_a=True, identity_seen_b=True, microphones_checked=True)


@pytest.fixture
def booking(lin, mei, oskar, mara) -> Booking:
    """Lin and Mei have a confirmed booking; Oskar accompanies it."""
    project = make_project(free_talk_minutes=2, dialogue_count=3)
    slot = make_slot(project=project)
    make_shift(slot, person=oskar, by=mara)
    return make_booking(one=lin, other=mei, slot=slot)


@pytest.fixture
def start(booking):
    return booking.slot.starts_at


@pytest.fixture
def session(booking, oskar, start) -> RecordingSession:
    return make_session(booking, by=oskar, now=start)


def outcomes(booking: Booking, a: str, b: str) -> dict[int, str]:
    return {booking.pair.person_a_id: a, booking.pair.person_b_id: b}


def ends_of(booking: Booking) -> dict[str, str]:
    rows = Attendance.objects.filter(booking=booking).select_related("person__profile")
    return {row.person.profile.name: row.outcome for row in rows}


def refusal_code(function, *args, **kwargs) -> str:
    with pytest.raises((SessionRefused, EventRefused, AttendanceRefused)) as refusal:
        function(*args, **kwargs)
    return refusal.value.code


# --- the door ---


def test_session_opens_when_both_are_here(booking, oskar, start):
    prompts = load_demo_prompts(booking.project)
    both = outcomes(booking, "attended", "attended")
    session = receive_pair(booking, outcomes=both, checks=SEEN, by=oskar, now=start)
    booking.refresh_from_db()
    event = session.events.get()
    assert (session.status, session.opened_by, session.opened_at) == ("open", oskar, start)
    assert (session.prompt_set, booking.status) == (prompts, "checked_in")
    assert ends_of(booking) == {"林小雨": "attended", "梅朵": "attended"}
    assert (event.kind, event.payload) == (
        "checked_in",
        {"identity_seen_a": True, "identity_seen_b": True, "microphones_checked": True},
    )


def test_pair_gets_the_prompt_set_it_had_least_often(booking, oskar, start):
    first = load_demo_prompts(booking.project)
    session = make_session(booking, by=oskar, now=start)
    assert session.prompt_set == first


def test_person_later_than_a_quarter_of_an_hour_is_late(booking, oskar, start):
    """Rule: R-26."""
    later = start + timedelta(minutes=16)
    receive_pair(booking, outcomes=outcomes(booking, "attended", "late"), by=oskar, now=later)
    assert ends_of(booking) == {"林小雨": "late", "梅朵": "late"}


def test_person_came_now_unless_the_operator_says_when(booking, oskar, start):
    """Rule: R-26."""
    now = start + timedelta(minutes=16)
    both = outcomes(booking, "attended", "attended")
    came_at = {booking.pair.person_b_id: start + timedelta(minutes=15)}
    receive_pair(booking, outcomes=both, arrivals=came_at, by=oskar, now=now)
    assert ends_of(booking) == {"林小雨": "late", "梅朵": "attended"}
    arrivals = dict(Attendance.objects.values_list("person", "arrived_at"))
    assert arrivals == {booking.pair.person_a_id: now, **came_at}


@pytest.mark.parametrize("seconds", [-2 * 3600 - 1, 61])
def test_person_never_came_before_the_door_or_after_now(booking, oskar, start, seconds):
    came_at = {booking.pair.person_a_id: start + timedelta(seconds=seconds)}
    both = outcomes(booking, "attended", "attended")
    now = start + timedelta(seconds=60)
    assert (
        refusal_code(receive_pair, booking, outcomes=both, arrivals=came_at, by=oskar, now=now) == "arrival"
    )


def test_nobody_runs_their_own_session(booking, lin, start):
    booking.slot.shifts.filter(pk=booking.slot.shifts.first().pk).update(person=lin)
    both = outcomes(booking, "attended", "attended")
    assert refusal_code(receive_pair, booking, outcomes=both, by=lin, now=start) == "own_session"


def test_person_whose_partner_does_not_come_is_turned_away(booking, oskar, start):
    """Rule: R-26."""
    now = start + timedelta(minutes=30)
    result = receive_pair(booking, outcomes=outcomes(booking, "attended", "no_show"), by=oskar, now=now)
    booking.refresh_from_db()
    assert (result, booking.status, RecordingSession.objects.count()) == (None, "failed", 0)
    assert ends_of(booking) == {"林小雨": "turned_away", "梅朵": "no_show"}
    event = BookingEvent.objects.filter(booking=booking).latest("id")
    assert (event.cause, event.reason) == ("no_show", "")


def test_studio_that_fails_turns_both_away_with_a_reason(booking, oskar, start):
    """Rule: R-26."""
    both = outcomes(booking, "turned_away", "turned_away")
    assert refusal_code(receive_pair, booking, outcomes=both, by=oskar, now=start) == "reason"
    receive_pair(booking, outcomes=both, by=oskar, now=start, reason="停电")
    booking.refresh_from_db()
    assert (booking.status, ends_of(booking)) == ("failed", {"林小雨": "turned_away", "梅朵": "turned_away"})


def test_nobody_is_a_no_show_before_the_start(booking, oskar, start):
    both = outcomes(booking, "attended", "no_show")
    early = start - timedelta(minutes=1)
    assert refusal_code(receive_pair, booking, outcomes=both, by=oskar, now=early) == "too_early"
    assert Attendance.objects.count() == 0


def test_door_opens_two_hours_before_the_start(booking, oskar, start):
    both = outcomes(booking, "attended", "attended")
    early = start - timedelta(hours=2, seconds=1)
    assert refusal_code(receive_pair, booking, outcomes=both, by=oskar, now=early) == "too_early"
    assert receive_pair(booking, outcomes=both, by=oskar, now=start - timedelta(hours=2)).status == "open"


@pytest.mark.parametrize("said", [{}, {1: "attended"}, None])
def test_door_wants_an_outcome_of_each(booking, oskar, start, said):
    wrong = outcomes(booking, "attended", "asleep") if said is None else said
    assert refusal_code(receive_pair, booking, outcomes=wrong, by=oskar, now=start) == "outcomes"


def test_operator_of_another_slot_cannot_open(booking, start, lin):
    other = make_slot(project=booking.project, starts_at=start)
    colleague = other.shifts.first().person
    both = outcomes(booking, "attended", "attended")
    assert refusal_code(receive_pair, booking, outcomes=both, by=colleague, now=start) == "not_rostered"
    assert refusal_code(open_session, booking, by=lin, now=start) == "own_session"


def test_operator_whose_shift_was_withdrawn_cannot_open(booking, oskar, start):
    booking.slot.shifts.filter(person=oskar).update(status="withdrawn")
    assert refusal_code(open_session, booking, by=oskar, now=start) == "not_rostered"


def test_manager_stands_in_with_a_reason(booking, mara, start):
    both = outcomes(booking, "attended", "attended")
    assert refusal_code(receive_pair, booking, outcomes=both, by=mara, now=start) == "not_rostered"
    session = receive_pair(booking, outcomes=both, by=mara, now=start, reason="Oskar 生病")
    assert session.events.get().payload["override_reason"] == "Oskar 生病"


def test_session_opens_only_with_both_attendances(booking, oskar, start):
    assert refusal_code(open_session, booking, by=oskar, now=start) == "not_both_here"
    record_attendance(booking, person=booking.pair.person_a, outcome="attended", by=oskar, now=start)
    assert refusal_code(open_session, booking, by=oskar, now=start) == "not_both_here"


def test_session_opens_only_with_the_consents_in_force(booking, lin, oskar, start):
    """Rule: R-4."""
    withdraw_consent(lin, scope="share", now=start)
    both = outcomes(booking, "attended", "attended")
    assert refusal_code(receive_pair, booking, outcomes=both, by=oskar, now=start) == "consent"
    booking.refresh_from_db()
    assert (booking.status, Attendance.objects.count()) == ("confirmed", 0)


def test_session_opens_only_from_a_confirmed_booking(lin, mei):
    booking = make_booking(one=lin, other=mei, status="awaiting")
    operator, now = booking.slot.shifts.first().person, booking.slot.starts_at
    assert refusal_code(open_session, booking, by=operator, now=now) == "not_confirmed"
    both = outcomes(booking, "attended", "attended")
    assert refusal_code(receive_pair, booking, outcomes=both, by=operator, now=now) == "not_confirmed"


def test_session_opens_once(session, booking, oskar, start):
    assert refusal_code(open_session, booking, by=oskar, now=start) == "already_open"
    assert RecordingSession.objects.count() == 1


# --- the log ---


def test_events_are_appended_with_both_clocks(session, oskar, start):
    event = NewEvent("talk_started", start + timedelta(seconds=3), {"topic": "家乡"})
    later = start + timedelta(minutes=10)
    [row] = append_events(session, [event], by=oskar, now=later)
    assert (row.client_id, row.operator_at, row.received_at, row.by, row.payload) == (
        event.client_id,
        event.at,
        later,
        oskar,
        {"topic": "家乡"},
    )


def test_events_sent_again_are_not_appended_again(session, oskar, start):
    """Rule: R-32."""
    now = start + timedelta(minutes=1)
    first, second = NewEvent("talk_started", start), NewEvent("talk_paused", now)
    append_events(session, [first, first], by=oskar, now=now)
    assert append_events(session, [first, second], by=oskar, now=now)[0].client_id == second.client_id
    assert session.events.filter(kind__startswith="talk").count() == 2
    assert progress_of(session).free_talk_ms == 60_000


def test_batch_with_one_wrong_event_leaves_nothing(session, oskar, start):
    batch = [NewEvent("talk_started", start), NewEvent("dialogue_done", start, {"number": "7"})]
    assert refusal_code(append_events, session, batch, by=oskar, now=start) == "payload"
    assert session.events.count() == 1


@pytest.mark.parametrize(
    ("kind", "payload", "code"),
    [
        ("telepathy", {}, "kind"),
        ("completed", {}, "kind"),
        ("checked_in", {}, "kind"),
        ("talk_started", {"topic": "长" * 121}, "payload"),
        ("talk_started", {"topic": "家\0乡"}, "payload"),
        ("talk_paused", {"number": 1}, "payload"),
        ("note", {"text": "half \ud83d"}, "payload"),
        ("dialogue_started", {"number": 1, "opener": "C"}, "payload"),
        ("dialogue_done", {}, "payload"),
        ("dialogue_done", {"number": True}, "payload"),
        ("dialogue_done", {"number": 0}, "payload"),
        ("dialogue_retaken", {"number": 1, "reason": "bored"}, "payload"),
        ("note", {"text": "  "}, "payload"),
        ("incident", {"text": "x" * 501}, "payload"),
        ("undone", {"event": "7"}, "payload"),
    ],
)
def test_event_that_makes_no_sense_is_refused(session, oskar, start, kind, payload, code):
    assert refusal_code(append_events, session, [NewEvent(kind, start, payload)], by=oskar, now=start) == code


def test_clock_may_be_two_minutes_off(session, oskar, start):
    two = timedelta(minutes=2)
    one_more = timedelta(milliseconds=1)
    ahead, behind = NewEvent("slate", start + two + one_more), NewEvent("slate", start - two - one_more)
    assert refusal_code(append_events, session, [ahead], by=oskar, now=start) == "clock_ahead"
    assert refusal_code(append_events, session, [behind], by=oskar, now=start) == "clock_behind"
    right = [NewEvent("slate", start + two), NewEvent("slate", start - two)]
    assert len(append_events(session, right, by=oskar, now=start)) == 2


# --- the end ---


def test_complete_session_writes_takes_and_figures(session, booking, oskar, start):
    make_log(session, by=oskar, now=start, talk_minutes=2, dialogues=3, retake_of=2)
    make_asset(session, speaker="A", by=oskar, now=start)
    make_asset(session, speaker="B", by=oskar, now=start)
    end = booking.slot.ends_at + timedelta(minutes=20)
    complete_session(session, by=oskar, now=end)
    session.refresh_from_db()
    booking.refresh_from_db()
    assert (
        session.status,
        session.closed_by,
        session.closed_at,
        session.shortfall,
        session.short_reason,
    ) == (
        "completed",
        oskar,
        end,
        [],
        "",
    )
    assert (session.free_talk_ms, session.dialogues_done, session.overrun_ms) == (120_000, 3, 1_200_000)
    assert booking.status == "completed"
    takes = Take.objects.order_by("dialogue_number", "take_number")
    assert list(
        takes.values_list("dialogue_number", "take_number", "opener", "is_kept", "retake_reason")
    ) == [
        (1, 1, "A", True, ""),
        (2, 1, "B", False, "noise"),
        (2, 2, "B", True, ""),
        (3, 1, "A", True, ""),
    ]
    assert broken_sessions() == []


def test_short_session_wants_a_reason(session, oskar, start):
    """Rule: R-34."""
    make_log(session, by=oskar, now=start, talk_minutes=1, dialogues=2)
    make_asset(session, speaker="A", by=oskar, now=start)
    now = start + timedelta(hours=1)
    assert refusal_code(complete_session, session, by=oskar, now=now) == "short"
    assert refusal_code(complete_session, session, by=oskar, now=now, short_reason="  ") == "short"
    complete_session(session, by=oskar, now=now, short_reason="梅朵嗓子哑了")
    session.refresh_from_db()
    assert session.short_reason == "梅朵嗓子哑了"
    assert session.shortfall == [
        {"code": "free_talk", "have": 60_000, "need": 120_000},
        {"code": "dialogues", "have": 2, "need": 3},
        {"code": "audio_b"},
    ]
    assert [describe_shortfall(item) for item in session.shortfall] == [
        "Free conversation: 01:00 of 02:00, 01:00 missing",
        "1 dialogue is missing",
        "No usable audio file of speaker B",
    ]


def test_one_file_of_both_is_audio_of_each(session, oskar, start):
    make_log(session, by=oskar, now=start, talk_minutes=2, dialogues=3)
    make_asset(session, speaker="AB", by=oskar, now=start)
    assert complete_session(session, by=oskar, now=start + timedelta(hours=1)).shortfall == []


def test_unusable_file_is_no_audio(session, oskar, start):
    make_log(session, by=oskar, now=start, talk_minutes=2, dialogues=3)
    asset = make_asset(session, speaker="AB", by=oskar, now=start)
    type(asset).objects.update(status="unusable", problem="truncated")
    now = start + timedelta(hours=1)
    assert refusal_code(complete_session, session, by=oskar, now=now) == "short"


def test_talk_that_still_runs_counts_until_the_end(session, oskar, start):
    append_events(session, [NewEvent("talk_started", start)], by=oskar, now=start)
    end = start + timedelta(minutes=2)
    session = complete_session(session, by=oskar, now=end, short_reason="只聊天")
    assert session.free_talk_ms == 120_000


def test_closed_session_takes_nothing_more(session, oskar, start):
    complete_session(session, by=oskar, now=start, short_reason="试录")
    assert refusal_code(append_events, session, [NewEvent("slate", start)], by=oskar, now=start) == "closed"
    assert refusal_code(complete_session, session, by=oskar, now=start, short_reason="再试") == "closed"
    assert (
        refusal_code(abandon_session, session, by=oskar, now=start, reason="再试", fault="nobody") == "closed"
    )
    assert SessionEvent.objects.filter(session=session, kind="completed").count() == 1


def test_abandoned_session_fails_its_booking_and_keeps_its_takes(session, booking, oskar, start):
    make_log(session, by=oskar, now=start, talk_minutes=1, dialogues=1)
    now = start + timedelta(hours=1)
    assert refusal_code(abandon_session, session, by=oskar, now=now, reason=" ", fault="nobody") == "reason"
    abandon_session(session, by=oskar, now=now, reason="停电", fault="nobody")
    session.refresh_from_db()
    booking.refresh_from_db()
    assert (session.status, session.short_reason, session.dialogues_done) == ("abandoned", "停电", 1)
    assert (booking.status, Take.objects.count(), broken_sessions()) == ("failed", 1, [])


@pytest.mark.parametrize(
    ("fault", "ends"),
    [
        ("studio", {"林小雨": "turned_away", "梅朵": "turned_away"}),
        ("A", {"林小雨": "attended", "梅朵": "turned_away"}),
        ("B", {"林小雨": "turned_away", "梅朵": "attended"}),
        ("nobody", {"林小雨": "attended", "梅朵": "attended"}),
    ],
)
def test_abandoned_session_turns_away_whom_others_failed(session, booking, oskar, start, fault, ends):
    """Rule: R-26."""
    now = start + timedelta(hours=1)
    abandon_session(session, by=oskar, now=now, reason="停电", fault=fault)
    assert ends_of(booking) == ends
    assert {row.arrived_at for row in Attendance.objects.filter(booking=booking)} == {start}
    payload = SessionEvent.objects.get(session=session, kind="abandoned").payload
    assert payload == {"reason": "停电", "fault": fault}


def test_sweep_names_what_is_broken(session, booking, oskar, start):
    make_log(session, by=oskar, now=start, talk_minutes=1, dialogues=1)
    complete_session(session, by=oskar, now=start + timedelta(hours=1), short_reason="试录")
    Take.objects.all().delete()
    Booking.objects.filter(pk=booking.pk).update(status="checked_in")
    assert broken_sessions() == [
        f"session {session.pk} is completed, its booking {booking.pk} is checked_in",
        f"session {session.pk} has 0 kept takes, and says 1",
    ]
