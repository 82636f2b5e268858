"""The console in the browser computes the same state as the server, whatever happened. Rule: R-32."""

import random
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from django.conf import settings

from recordings.progress import Event, Progress, Script
from recordings.sessions import reduce_events

pytestmark = pytest.mark.browser

START = datetime(2026, 3, 9, 1, 0)  # noqa: DTZ001 — only differences count
KINDS = [
    *["talk_started", "talk_paused", "topic_started", "dialogue_started"],
    *["dialogue_done", "dialogue_done", "dialogue_done", "dialogue_retaken"],
    *["break_started", "break_ended", "note", "slate", "undone", "completed", "telepathy"],
]
LOGS = 300
SEED = 20260309
SCRIPT = Script(5, {1: 3, 2: 4, 3: 3, 4: 4, 5: 3})
REDUCE = """async ([source, logs, script, nowMs]) => {
  const state = await import("data:text/javascript," + encodeURIComponent(source));
  return logs.map((log) => state.reduceEvents(log, script, nowMs));
}"""


def make_log(chance: random.Random) -> list[Event]:
    """Return a log in which anything may follow anything, some of it sent twice and out of order."""
    events = []
    for number in range(1, chance.randint(1, 40)):
        payload = {"number": chance.randint(0, 6), "topic": chance.choice("甲乙丙")}
        payload |= {"reason": chance.choice(["noise", "flat"]), "event": f"e{chance.randint(1, 40)}"}
        payload |= {"opener": chance.choice("AB")} if chance.random() < 0.3 else {}
        kind = chance.choice(KINDS) if chance.random() < 0.97 else "abandoned"
        at = START + timedelta(seconds=chance.randint(0, 900))
        events.append(Event(number, f"e{chance.randint(1, number)}", kind, at, payload))
    chance.shuffle(events)
    return events


def to_ms(at: datetime | None) -> int | None:
    return None if at is None else (at - START) // timedelta(milliseconds=1)


def for_browser(events: list[Event]) -> list[dict]:
    return [
        {"id": e.id, "client_id": e.client_id, "kind": e.kind, "at": to_ms(e.at), "payload": e.payload}
        for e in events
    ]


def as_browser_says(progress: Progress) -> dict:
    return {
        "phase": progress.phase,
        "freeTalkMs": progress.free_talk_ms,
        "talkSince": to_ms(progress.talk_since),
        "topics": [{"topic": topic.topic, "ms": topic.ms} for topic in progress.topics],
        "dialogue": progress.dialogue,
        "opener": progress.opener,
        "takeSince": to_ms(progress.take_since),
        "takes": [
            {
                "number": take.number,
                "takeNumber": take.take_number,
                "opener": take.opener,
                "startedAt": to_ms(take.started_at),
                "endedAt": to_ms(take.ended_at),
                "isKept": take.is_kept,
                "retakeReason": take.retake_reason,
            }
            for take in progress.takes
        ],
        "breakMs": progress.break_ms,
        "breakSince": to_ms(progress.break_since),
        "breakCount": progress.break_count,
        "closedAt": to_ms(progress.closed_at),
        "lastAt": to_ms(progress.last_at),
        "undoableId": progress.undoable_id,
        "undoableKind": progress.undoable_kind,
    }


def test_session_state_is_the_same_in_the_browser_and_on_the_server(browser):
    chance = random.Random(SEED)
    logs = [make_log(chance) for _number in range(LOGS)]
    now = START + timedelta(seconds=1000)
    source = (Path(settings.BASE_DIR) / "static/js/session_state.js").read_text()
    script = {"dialogueCount": SCRIPT.dialogue_count, "lineCounts": dict(SCRIPT.line_counts)}
    page = browser.new_page()
    answers = page.evaluate(REDUCE, [source, [for_browser(log) for log in logs], script, to_ms(now)])
    page.close()
    for log, answer in zip(logs, answers, strict=True):
        answer.pop("script")
        assert answer == as_browser_says(reduce_events(log, script=SCRIPT, now=now)), log
