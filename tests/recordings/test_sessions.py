"""The reducer: which state a log of events gives. Pure, no database."""

from dataclasses import asdict
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from recordings.models import SessionEventKind
from recordings.progress import Event, Progress, Script
from recordings.sessions import _HANDLERS, closer_of, events_that_count, reduce_events

START = datetime(2026, 3, 9, 9, 0, tzinfo=ZoneInfo("Asia/Shanghai"))
ODD = Script(60)
SMALL = Script(4, {1: 3, 2: 4, 3: 3, 4: 3})


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def log(*rows: tuple) -> list[Event]:
    """Make events from (seconds, kind, payload) in the order the server got them; the id is the client's id too."""
    return [
        Event(number, f"e{number}", row[1], at(row[0]), row[2] if len(row) > 2 else {})
        for number, row in enumerate(rows, start=1)
    ]


def state(*rows: tuple, script: Script = ODD, now: datetime | None = None) -> Progress:
    return reduce_events(log(*rows), script=script, now=now)


def takes(progress: Progress) -> list[tuple]:
    return [
        (take.number, take.take_number, take.opener, take.is_kept, take.retake_reason)
        for take in progress.takes
    ]


def done(seconds: float, number: int) -> tuple:
    return (seconds, "dialogue_done", {"number": number})


def test_reducer_knows_every_kind_of_event():
    assert set(_HANDLERS) == set(SessionEventKind.values)


def test_talk_counts_only_while_it_runs():
    progress = state((0, "talk_started"), (600, "talk_paused"), (700, "talk_started"), (760, "talk_paused"))
    assert (progress.phase, progress.free_talk_ms, progress.is_talking) == ("talk", 660_000, False)


def test_talk_that_runs_is_read_at_the_given_moment():
    progress = state((0, "talk_started"), now=at(90.5))
    assert (progress.free_talk_ms, progress.topic_ms, progress.is_talking) == (90_500, 90_500, True)


def test_talk_started_twice_counts_once():
    progress = state((0, "talk_started"), (10, "talk_started"), (30, "talk_paused"), (40, "talk_paused"))
    assert progress.free_talk_ms == 30_000


def test_topic_is_timed_while_the_talk_runs():
    progress = state(
        (0, "talk_started", {"topic": "猫"}),
        (300, "topic_started", {"topic": "狗"}),
        (360, "talk_paused"),
        (900, "talk_started"),
        (960, "talk_paused"),
    )
    assert [(topic.topic, topic.ms) for topic in progress.topics] == [("猫", 300_000), ("狗", 120_000)]


def test_break_stops_the_talk_until_somebody_starts_it():
    progress = state((0, "talk_started"), (60, "break_started"), (360, "break_ended"), now=at(400))
    assert (progress.free_talk_ms, progress.break_ms, progress.break_count) == (60_000, 300_000, 1)
    assert (progress.is_talking, progress.is_on_break) == (False, False)


def test_break_that_lasts_is_read_at_the_given_moment():
    progress = state((0, "break_started"), now=at(30))
    assert (progress.is_on_break, progress.break_ms) == (True, 30_000)


def test_dialogues_stop_the_talk_and_talk_can_come_again():
    progress = state(
        (0, "talk_started"),
        (100, "dialogue_started", {"number": 1}),
        done(110, 1),
        (120, "talk_started"),
        (150, "talk_paused"),
    )
    assert (progress.phase, progress.free_talk_ms, progress.done) == ("talk", 130_000, {1})
    assert progress.take_since is None


def test_openers_alternate_when_the_closer_is_the_opener():
    """Three lines: A opens and closes, so B begins the next. Rule: R-30."""
    progress = state((0, "dialogue_started", {"number": 1}), done(10, 1), done(20, 2), done(30, 3))
    assert [take.opener for take in progress.takes] == ["A", "B", "A"]
    assert (progress.dialogue, progress.opener) == (4, "B")


def test_opener_is_never_who_closed_the_dialogue_before():
    """Four lines: A opens and B closes, so A begins the next. Rule: R-30."""
    progress = state(
        (0, "dialogue_started", {"number": 1}),
        done(10, 1),
        done(20, 2),
        done(30, 3),
        done(40, 4),
        script=SMALL,
    )
    assert [take.opener for take in progress.takes] == ["A", "B", "B", "A"]
    assert (progress.dialogue, progress.take_since, progress.phase) == (None, None, "dialogues")


def test_closer_is_the_opener_after_an_odd_number_of_lines():
    assert [closer_of("A", line_count=n) for n in (1, 2, 3, 4)] == ["A", "B", "A", "B"]


def test_retake_keeps_the_opener_and_the_old_take():
    """Rule: R-30, R-31."""
    progress = state(
        (0, "dialogue_started", {"number": 1}),
        done(10, 1),
        (15, "dialogue_retaken", {"number": 2, "reason": "noise"}),
        (25, "dialogue_retaken", {"number": 2, "reason": "flat"}),
        done(35, 2),
    )
    assert takes(progress) == [
        (1, 1, "A", True, ""),
        (2, 1, "B", False, "noise"),
        (2, 2, "B", False, "flat"),
        (2, 3, "B", True, ""),
    ]
    assert (progress.dialogue, progress.opener, progress.retake_count) == (3, "A", 2)


def test_retake_of_a_finished_dialogue_drops_its_take_and_comes_back_after():
    progress = state(
        (0, "dialogue_started", {"number": 1}),
        done(10, 1),
        done(20, 2),
        (22, "dialogue_retaken", {"number": 1, "reason": "unclear"}),
        done(30, 1),
    )
    assert takes(progress) == [(1, 1, "A", False, "unclear"), (2, 1, "B", True, ""), (1, 2, "A", True, "")]
    assert (progress.dialogue, progress.opener, progress.done) == (3, "A", {1, 2})


def test_retake_that_is_not_finished_leaves_the_dialogue_undone():
    progress = state(
        (0, "dialogue_started", {"number": 1}),
        done(10, 1),
        (12, "dialogue_retaken", {"number": 1, "reason": "noise"}),
        (15, "completed"),
    )
    assert (progress.done, progress.retake_count) == (frozenset(), 1)


def test_dialogue_done_by_two_consoles_counts_once():
    progress = state((0, "dialogue_started", {"number": 1}), done(10, 1), done(10.2, 1))
    assert (len(progress.takes), progress.dialogue) == (1, 2)


def test_opener_can_be_chosen_before_the_first_take_and_not_after():
    progress = state((0, "dialogue_started", {"number": 1, "opener": "B"}), done(10, 1))
    assert (progress.takes[0].opener, progress.opener) == ("B", "A")
    again = state(
        (0, "dialogue_started", {"number": 1}),
        done(10, 1),
        (12, "dialogue_started", {"number": 1, "opener": "B"}),
    )
    assert again.opener == "A"


def test_skipped_dialogue_is_offered_at_the_end():
    progress = state(
        (0, "dialogue_started", {"number": 2}), done(5, 2), done(9, 3), done(12, 4), script=SMALL
    )
    assert (progress.dialogue, progress.done) == (1, {2, 3, 4})


def test_break_in_a_dialogue_begins_its_take_anew():
    progress = state(
        (0, "dialogue_started", {"number": 1}), (5, "break_started"), (65, "break_ended"), done(75, 1)
    )
    assert (progress.takes[0].started_at, progress.takes[0].ended_at) == (at(65), at(75))


def test_dialogue_that_nobody_started_begins_with_the_event_before():
    progress = state((0, "talk_started"), (50, "talk_paused"), done(60, 1))
    assert (progress.takes[0].started_at, progress.phase, progress.dialogue) == (at(50), "dialogues", 2)


def test_taken_back_event_does_not_count():
    progress = state((0, "dialogue_started", {"number": 1}), done(10, 1), (12, "undone", {"event": "e2"}))
    assert (progress.dialogue, progress.takes, progress.take_since) == (1, [], at(0))
    assert (progress.undoable_id, progress.undoable_kind) == ("e1", "dialogue_started")


def test_door_and_end_are_never_taken_back():
    progress = state((0, "checked_in"), (5, "completed"), (6, "undone", {"event": "e2"}))
    assert (progress.phase, progress.closed_at, progress.undoable_id) == ("closed", at(5), "")


def test_nothing_counts_after_the_end():
    progress = state((0, "talk_started"), (10, "completed"), (20, "talk_started"), now=at(99))
    assert (progress.free_talk_ms, progress.is_talking) == (10_000, False)


def test_remarks_and_slates_are_kept():
    progress = state((0, "slate"), (1, "note", {"text": "空调"}), (2, "incident", {"text": "停电"}))
    assert progress.slates == [at(0)]
    assert [(remark.kind, remark.text) for remark in progress.remarks] == [
        ("note", "空调"),
        ("incident", "停电"),
    ]


def test_dialogue_of_no_known_number_is_ignored():
    rows = [(0, "dialogue_started", {"number": number}) for number in (0, 61, True, "7", None)]
    assert state(*rows, (1, "dialogue_done", {})).phase == "waiting"


def test_unknown_kind_is_ignored():
    assert state((0, "telepathy")).phase == "waiting"


def test_events_count_in_the_order_of_the_operators_clock_then_of_the_server():
    late_first = [
        Event(2, "b", "talk_paused", at(10)),
        Event(1, "a", "talk_started", at(0)),
        Event(3, "c", "note", at(10), {"text": "x"}),
    ]
    assert [event.client_id for event in events_that_count(late_first)] == ["a", "b", "c"]


KINDS = st.sampled_from(
    [
        "talk_started",
        "talk_paused",
        "topic_started",
        "dialogue_started",
        "dialogue_done",
        "dialogue_retaken",
        "break_started",
        "break_ended",
        "note",
        "undone",
    ]
)
PAYLOADS = st.fixed_dictionaries(
    {
        "number": st.integers(0, 5),
        "opener": st.sampled_from(["A", "B"]),
        "reason": st.sampled_from(["noise", ""]),
    },
    optional={"event": st.integers(1, 30).map(lambda number: f"e{number}"), "text": st.just("…")},
)


@st.composite
def logs(draw) -> list[Event]:
    rows = draw(st.lists(st.tuples(st.integers(0, 600), KINDS, PAYLOADS), max_size=30))
    return log(*rows)


@given(logs(), st.randoms(use_true_random=False))
def test_state_does_not_depend_on_the_order_of_arrival(events, random):
    shuffled = list(events)
    random.shuffle(shuffled)
    assert asdict(reduce_events(shuffled, script=SMALL)) == asdict(reduce_events(events, script=SMALL))


@given(logs(), st.data())
def test_events_sent_again_count_once(events, data):
    again = data.draw(st.lists(st.sampled_from(events), max_size=20)) if events else []
    copies = [Event(1000 + n, e.client_id, e.kind, e.at, e.payload) for n, e in enumerate(again)]
    assert asdict(reduce_events(events + copies, script=SMALL)) == asdict(reduce_events(events, script=SMALL))


@settings(max_examples=200)
@given(logs())
def test_every_prefix_of_a_log_gives_a_legal_state(events):
    for length in range(len(events) + 1):
        assert_is_legal(reduce_events(events[:length], script=SMALL, now=at(700)))


def assert_is_legal(progress: Progress) -> None:
    assert 0 <= progress.free_talk_ms + progress.break_ms <= 700_000
    assert progress.free_talk_ms == sum(topic.ms for topic in progress.topics)
    assert not (progress.is_talking and progress.is_on_break)
    assert not (progress.is_talking and progress.take_since)
    assert progress.opener in ("A", "B")
    assert progress.dialogue is None or 1 <= progress.dialogue <= 4
    by_number: dict[int, list] = {}
    for take in progress.takes:
        by_number.setdefault(take.number, []).append(take)
        assert take.started_at <= take.ended_at
        assert take.is_kept or take.retake_reason
    for several in by_number.values():
        assert [take.take_number for take in several] == list(range(1, len(several) + 1))
        assert {take.opener for take in several} == {several[0].opener}
        assert sum(take.is_kept for take in several) <= 1
        assert not any(take.is_kept for take in several[:-1])
