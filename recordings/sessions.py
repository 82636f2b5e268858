"""
The state of a session, computed from its events.

Pure: no database and no clock. `static/js/session_state.js` computes the same in
the browser while the network is away; a test compares the two.
Rules: R-27, R-30, R-31, R-32.
"""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

from recordings.progress import (
    CLOSED,
    DIALOGUES,
    OTHER,
    TALK,
    A,
    Event,
    Progress,
    Remark,
    Script,
    Span,
    TakeTime,
    TopicTime,
)

# What happened at the door and at the end is no slip of the finger: it is not taken back.
NEVER_UNDONE = frozenset({"checked_in", "completed", "abandoned", "undone"})

ONE_MS = timedelta(milliseconds=1)


def reduce_events(events: Iterable[Event], *, script: Script, now: datetime | None = None) -> Progress:
    """
    Return the state after these events, in whatever order they are given.

    They count by (operator's clock, id); one client id counts once; one that was
    taken back does not count. With `now`, running clocks are read at that moment.
    Any events give a legal state: what makes no sense where it stands is ignored.
    Rules: R-27, R-30, R-31, R-32.
    """
    progress = Progress(script=script)
    for event in events_that_count(events):
        if progress.closed_at is None:
            _HANDLERS.get(event.kind, _ignore)(progress, event)
            progress.last_at = event.at
            if event.kind not in NEVER_UNDONE:
                progress.undoable_id, progress.undoable_kind = event.client_id, event.kind
    if now is not None and progress.closed_at is None:
        _read_clocks(progress, max(now, progress.last_at or now))
    return progress


def events_that_count(events: Iterable[Event]) -> list[Event]:
    """Return the events in their order, each client id once, without those that were taken back. Rule: R-32."""
    first: dict[str, Event] = {}
    for event in sorted(events, key=lambda event: event.id):
        first.setdefault(event.client_id, event)
    undone = {str(event.payload.get("event")) for event in first.values() if event.kind == "undone"}
    counting = [
        event for event in first.values() if event.client_id not in undone or event.kind in NEVER_UNDONE
    ]
    return sorted(counting, key=lambda event: (event.at, event.id))


def closer_of(opener: str, *, line_count: int) -> str:
    """Return who speaks the last line when the speakers take turns."""
    return opener if line_count % 2 else OTHER[opener]


def opener_of(number: int, progress: Progress) -> str:
    """
    Return who begins a dialogue.

    A retake keeps its opener. Else whoever closed the dialogue before does not
    begin; the very first is begun by A. Rule: R-30.
    """
    for take in reversed(progress.takes):
        if take.number == number:
            return take.opener
    before = [take for take in progress.takes if take.number == number - 1] or progress.takes
    if not before:
        return A
    lines = progress.script.line_counts.get(before[-1].number, 1)
    return OTHER[closer_of(before[-1].opener, line_count=lines)]


def milliseconds_between(start: datetime, end: datetime) -> int:
    """Return the whole milliseconds from `start` to `end`, never less than none."""
    return max(0, (end - start) // ONE_MS)


def _ignore(progress: Progress, event: Event) -> None:
    """Leave the state as it is."""


def _read_clocks(progress: Progress, at: datetime) -> None:
    """Add what ran until `at`; the clocks go on running."""
    if progress.talk_since is not None:
        ms = milliseconds_between(progress.talk_since, at)
        progress.free_talk_ms += ms
        progress.topics[-1].ms += ms
        progress.spans.append(Span("talk", progress.talk_since, at, len(progress.topics)))
        progress.talk_since = at
    if progress.break_since is not None:
        progress.break_ms += milliseconds_between(progress.break_since, at)
        progress.spans.append(Span("break", progress.break_since, at))
        progress.break_since = at


def _stop_clocks(progress: Progress, at: datetime) -> None:
    _read_clocks(progress, at)
    progress.talk_since = progress.break_since = None


def _start_talk(progress: Progress, event: Event) -> None:
    if progress.is_talking:
        return
    _stop_clocks(progress, event.at)
    progress.phase, progress.take_since = TALK, None
    if not progress.topics:
        progress.topics.append(TopicTime(str(event.payload.get("topic", "")), event.at))
    progress.talk_since = event.at


def _pause_talk(progress: Progress, event: Event) -> None:
    if progress.is_talking:
        _stop_clocks(progress, event.at)


def _start_topic(progress: Progress, event: Event) -> None:
    _read_clocks(progress, event.at)
    progress.topics.append(TopicTime(str(event.payload.get("topic", "")), event.at))


def _start_dialogue(progress: Progress, event: Event) -> None:
    number = _number(progress, event)
    if number is None:
        return
    _stop_clocks(progress, event.at)
    has_take = any(take.number == number for take in progress.takes)
    wished = event.payload.get("opener")
    progress.phase, progress.dialogue, progress.take_since = DIALOGUES, number, event.at
    progress.opener = wished if wished in OTHER and not has_take else opener_of(number, progress)


def _finish_dialogue(progress: Progress, event: Event) -> None:
    number = _number(progress, event)
    if number is None or number in progress.done:
        return
    _record_take(progress, number=number, at=event.at)
    _go_to(progress, _next_after(number, progress), at=event.at)


def _retake_dialogue(progress: Progress, event: Event) -> None:
    """Drop the running or the kept take of the dialogue, and record it again. Rule: R-31."""
    number = _number(progress, event)
    reason = str(event.payload.get("reason", "")) or "other"
    if number is None or (number not in progress.done and number != progress.dialogue):
        return
    if number in progress.done:
        kept = next(take for take in progress.takes if take.number == number and take.is_kept)
    else:
        kept = _record_take(progress, number=number, at=event.at)
    kept.is_kept, kept.retake_reason = False, reason
    _go_to(progress, number, at=event.at)


def _record_take(progress: Progress, *, number: int, at: datetime) -> TakeTime:
    """Write a take that ends at `at`; one whose start nobody marked begins with the last event before it."""
    is_current = number == progress.dialogue and progress.take_since is not None
    since = progress.take_since if is_current else progress.last_at
    take = TakeTime(
        number=number,
        take_number=1 + sum(take.number == number for take in progress.takes),
        opener=progress.opener if number == progress.dialogue else opener_of(number, progress),
        started_at=since or at,
        ended_at=at,
    )
    progress.takes.append(take)
    return take


def _go_to(progress: Progress, number: int | None, *, at: datetime) -> None:
    """Begin the next take at once; without a number all dialogues are done."""
    _stop_clocks(progress, at)
    progress.phase, progress.dialogue = DIALOGUES, number
    progress.take_since = at if number else None
    if number:
        progress.opener = opener_of(number, progress)


def _next_after(number: int, progress: Progress) -> int | None:
    """Return the next dialogue without a take to keep: the first after `number`, else the first of all."""
    done = progress.done
    open_numbers = [n for n in range(1, progress.script.dialogue_count + 1) if n not in done]
    later = [n for n in open_numbers if n > number]
    return next(iter(later or open_numbers), None)


def _number(progress: Progress, event: Event) -> int | None:
    """Return the dialogue that the event names, when there is one of that number."""
    number = event.payload.get("number")
    if not isinstance(number, int) or isinstance(number, bool):
        return None
    return number if 1 <= number <= progress.script.dialogue_count else None


def _start_break(progress: Progress, event: Event) -> None:
    if not progress.is_on_break:
        _stop_clocks(progress, event.at)
        progress.break_since, progress.take_since = event.at, None
        progress.break_count += 1


def _end_break(progress: Progress, event: Event) -> None:
    """Go on; a dialogue that the break cut is begun anew, a conversation when somebody starts it."""
    if progress.is_on_break:
        _stop_clocks(progress, event.at)
        if progress.phase == DIALOGUES and progress.dialogue:
            progress.take_since = event.at


def _add_remark(progress: Progress, event: Event) -> None:
    progress.remarks.append(Remark(event.kind, event.at, str(event.payload.get("text", ""))))


def _add_slate(progress: Progress, event: Event) -> None:
    progress.slates.append(event.at)


def _close(progress: Progress, event: Event) -> None:
    _stop_clocks(progress, event.at)
    progress.phase, progress.closed_at, progress.take_since = CLOSED, event.at, None


_HANDLERS: dict[str, Callable[[Progress, Event], None]] = {
    "checked_in": _ignore,
    "slate": _add_slate,
    "talk_started": _start_talk,
    "talk_paused": _pause_talk,
    "topic_started": _start_topic,
    "dialogue_started": _start_dialogue,
    "dialogue_done": _finish_dialogue,
    "dialogue_retaken": _retake_dialogue,
    "note": _add_remark,
    "incident": _add_remark,
    "break_started": _start_break,
    "break_ended": _end_break,
    "undone": _ignore,
    "completed": _close,
    "abandoned": _close,
}
