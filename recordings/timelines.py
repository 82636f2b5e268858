"""The timeline of a session as boxes on a line: pure, from its state. The pages draw it as SVG."""

from dataclasses import dataclass
from datetime import datetime

from recordings.progress import Progress
from recordings.sessions import milliseconds_between

# Half of one thousandth of the width would not be seen.
LEAST_WIDTH = 1.0
WIDTH = 1000.0


@dataclass(frozen=True)
class Box:
    """A stretch on the line from 0 to 1000; `kind` is talk, break, a or b (who opened), or dropped."""

    kind: str
    x: float
    width: float
    number: int


def draw_timeline(progress: Progress, *, opened_at: datetime) -> list[Box]:
    """Return the talk by topics, the breaks and the takes, from the opening to the last thing that is known."""
    rows = [(span.kind, span.from_at, span.to_at, span.number) for span in progress.spans]
    rows += [
        (take.opener.lower() if take.is_kept else "dropped", take.started_at, take.ended_at, take.number)
        for take in progress.takes
    ]
    last = max([progress.closed_at or opened_at, *(row[2] for row in rows)])
    whole_ms = milliseconds_between(opened_at, last) or 1
    return [
        Box(
            kind=kind,
            x=round(WIDTH * milliseconds_between(opened_at, from_at) / whole_ms, 2),
            width=max(LEAST_WIDTH, round(WIDTH * milliseconds_between(from_at, to_at) / whole_ms, 2)),
            number=number,
        )
        for kind, from_at, to_at, number in rows
    ]
