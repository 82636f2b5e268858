"""What the console shows of a session, and the log as the console in the browser reads it. Rules: R-28, R-32."""

from dataclasses import dataclass
from typing import Any

from recordings.events import NewEvent, read_event
from recordings.models import Dialogue, RecordingSession, SessionEvent
from recordings.progress import DIALOGUES, Progress
from recordings.prompts import mark_prompt_words
from recordings.shortfalls import MS_PER_MINUTE, clock_words
from scheduling.models import Project

# Two minutes to bring a topic to its end, half a minute before it is too long.
TOPIC_WARN_BEFORE_MS = 120_000
TOPIC_BAD_BEFORE_MS = 30_000


@dataclass(frozen=True)
class Dials:
    """The three big numbers, and what is to be done next."""

    free_talk: str
    free_talk_of: str
    free_talk_kind: str
    topic: str
    topic_of: str
    topic_kind: str
    dialogues_done: int
    dialogues_of: int
    opener: str


def read_dials(progress: Progress, *, project: Project) -> Dials:
    """Return the numbers of the console in words. Rules: R-27, R-28, R-30."""
    need_ms = project.free_talk_minutes * MS_PER_MINUTE
    return Dials(
        free_talk=clock_words(progress.free_talk_ms),
        free_talk_of=clock_words(need_ms),
        free_talk_kind="ok" if progress.free_talk_ms >= need_ms else "",
        topic=clock_words(progress.topic_ms),
        topic_of=clock_words(project.topic_max_minutes * MS_PER_MINUTE),
        topic_kind=topic_kind(progress.topic_ms, project=project),
        dialogues_done=len(progress.done),
        dialogues_of=project.dialogue_count,
        opener=progress.opener,
    )


def topic_kind(topic_ms: int, *, project: Project) -> str:
    """Return "" for a topic that has time, "warn" two minutes before its limit, "bad" half a minute before. R-28."""
    limit_ms = project.topic_max_minutes * MS_PER_MINUTE
    if topic_ms >= limit_ms - TOPIC_BAD_BEFORE_MS:
        return "bad"
    return "warn" if topic_ms >= limit_ms - TOPIC_WARN_BEFORE_MS else ""


def flags_of(progress: Progress) -> dict[str, bool]:
    """Return which of the page's parts are shown; `static/js/console.js` reckons the same."""
    in_dialogues = progress.phase == DIALOGUES
    return {
        "talking": progress.is_talking,
        "silent": not progress.is_talking,
        "to_start": not progress.is_talking and not in_dialogues,
        "break": progress.is_on_break,
        "no_break": not progress.is_on_break,
        "in_talk": not in_dialogues,
        "in_dialogues": in_dialogues,
        "reading": in_dialogues and progress.dialogue is not None,
        "all_read": in_dialogues and progress.dialogue is None,
        "retakable": bool(retakable(progress)),
        "undoable": bool(progress.undoable_id),
    }


def next_topic(progress: Progress, *, topics: list[str]) -> str:
    """Return the first topic of the set that was not talked about yet, "" when all were."""
    used = {each.topic for each in progress.topics}
    return next((topic for topic in topics if topic not in used), "")


def pages_of(dialogues: list[Dialogue], *, progress: Progress) -> list[dict[str, Any]]:
    """Return each dialogue as the console shows it: its state, and its lines with the prompt words marked."""
    retaken = {take.number for take in progress.takes if not take.is_kept}
    speakers = ("A", "B") if progress.opener == "A" else ("B", "A")
    return [
        {
            "number": dialogue.number,
            "situation": dialogue.situation,
            "prompt_words": dialogue.prompt_words,
            "is_current": dialogue.number == progress.dialogue,
            "is_done": dialogue.number in progress.done,
            "is_retaken": dialogue.number in retaken,
            "lines": [
                {
                    "speaker": speakers[turn % 2],
                    "voice": speakers[turn % 2].lower(),
                    "pieces": mark_prompt_words(line["text"], words=dialogue.prompt_words),
                }
                for turn, line in enumerate(dialogue.lines)
            ],
        }
        for dialogue in dialogues
    ]


def first_dialogue(progress: Progress) -> int:
    """Return the dialogue to begin with, or to come back to after more free conversation."""
    if progress.dialogue is not None:
        return progress.dialogue
    numbers = range(1, progress.script.dialogue_count + 1)
    return next((number for number in numbers if number not in progress.done), 1)


def log_rows(session: RecordingSession, *, after: int = 0) -> list[dict[str, Any]]:
    """Return the session's events that the server got after one, as the console in the browser reads them."""
    return [row_of(event) for event in session.events.filter(pk__gt=after)]


def row_of(event: SessionEvent) -> dict[str, Any]:
    """Return one event: `at` in milliseconds since 1970."""
    return {
        "id": event.pk,
        "client_id": str(event.client_id),
        "kind": event.kind,
        "at": int(event.operator_at.timestamp() * 1000),
        "payload": event.payload,
    }


# Which of the form's fields each kind of event needs: a page without JavaScript sends them all.
_PRESS_FIELDS = {
    "talk_started": {"topic": "topic"},
    "topic_started": {"topic": "topic"},
    "dialogue_started": {"number": "number", "opener": "opener"},
    "dialogue_done": {"number": "number"},
    "dialogue_retaken": {"number": "retake", "reason": "reason"},
    "note": {"text": "text"},
    "incident": {"text": "text"},
    "undone": {"event": "event"},
}
# What stands behind the bar in a button's value: "dialogue_retaken|noise".
_PRESS_DETAILS = {"topic_started": "topic", "dialogue_started": "opener", "dialogue_retaken": "reason"}


def event_of_press(fields: dict[str, str], *, at: str) -> NewEvent:
    """
    Return the event of a button that was sent as a form. Raise EventRefused as `read_event`.

    `fields` are the form's; `at` is the time in ISO 8601: the server's, since a form has no clock.
    """
    kind, _bar, detail = fields.get("press", "").partition("|")
    if detail and kind in _PRESS_DETAILS:
        fields = fields | {_PRESS_DETAILS[kind]: detail}
    names = _PRESS_FIELDS.get(kind, {})
    payload: dict[str, Any] = {name: fields[field] for name, field in names.items() if fields.get(field)}
    if payload.get("number", "").isdecimal():
        payload["number"] = int(payload["number"])
    return read_event({"client_id": fields.get("client_id"), "kind": kind, "at": at, "payload": payload})


def retakable(progress: Progress) -> list[int]:
    """Return the dialogues that can be recorded again at a press: the current one, and the last that was recorded."""
    numbers = [progress.dialogue] if progress.phase == DIALOGUES and progress.dialogue else []
    numbers += [take.number for take in progress.takes[-1:] if take.number not in numbers]
    return numbers
