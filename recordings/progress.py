"""What is known of a session at a moment: plain values, no database and no clock."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

A, B = "A", "B"
OTHER = {A: B, B: A}

WAITING, TALK, DIALOGUES, CLOSED = "waiting", "talk", "dialogues", "closed"


@dataclass(frozen=True)
class Event:
    """One thing that happened: `at` is the operator's clock, `id` the order in which the server got it."""

    id: int
    client_id: str
    kind: str
    at: datetime
    payload: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Script:
    """How many dialogues there are, and how many lines each has (an unknown one counts as odd). Rule: R-30."""

    dialogue_count: int
    line_counts: Mapping[int, int] = field(default_factory=dict)


@dataclass
class TopicTime:
    """A topic of the free conversation and how long it was talked about."""

    topic: str
    started_at: datetime
    ms: int = 0


@dataclass(frozen=True)
class Span:
    """A stretch of time in which one thing ran: `kind` is "talk" (of the topic `number`, from 1) or "break"."""

    kind: str
    from_at: datetime
    to_at: datetime
    number: int = 0


@dataclass
class TakeTime:
    """One finished recording of one dialogue."""

    number: int
    take_number: int
    opener: str
    started_at: datetime
    ended_at: datetime
    is_kept: bool = True
    retake_reason: str = ""


@dataclass(frozen=True)
class Remark:
    """A note or an incident."""

    kind: str
    at: datetime
    text: str


@dataclass
class Progress:
    """Where a session stands. `talk_since` and `break_since` are set while they run; `dialogue` is the current one."""

    script: Script
    phase: str = WAITING
    free_talk_ms: int = 0
    talk_since: datetime | None = None
    topics: list[TopicTime] = field(default_factory=list)
    dialogue: int | None = None
    opener: str = A
    take_since: datetime | None = None
    takes: list[TakeTime] = field(default_factory=list)
    break_ms: int = 0
    break_since: datetime | None = None
    break_count: int = 0
    remarks: list[Remark] = field(default_factory=list)
    spans: list[Span] = field(default_factory=list)
    slates: list[datetime] = field(default_factory=list)
    closed_at: datetime | None = None
    last_at: datetime | None = None
    undoable_id: str = ""
    undoable_kind: str = ""

    @property
    def is_talking(self) -> bool:
        return self.talk_since is not None

    @property
    def is_on_break(self) -> bool:
        return self.break_since is not None

    @property
    def topic_ms(self) -> int:
        return self.topics[-1].ms if self.topics else 0

    @property
    def done(self) -> frozenset[int]:
        """Return the numbers of the dialogues that have a take to keep."""
        return frozenset(take.number for take in self.takes if take.is_kept)

    @property
    def retake_count(self) -> int:
        return sum(not take.is_kept for take in self.takes)
