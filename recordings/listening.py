"""How much of a sample somebody has heard, counted by the server. Rule: R-12."""

import math
from collections.abc import Iterable
from datetime import datetime

from django.conf import settings
from django.db import transaction

from accounts.models import User
from recordings.models import PlayEvent, PlayPurpose, Sample, SamplePlay

# The player goes up to 2.5 ×: in one second of the clock nobody hears more of the sound.
MAX_SPEED = 2.5


def open_sample(sample: Sample, *, listener: User, now: datetime) -> SamplePlay:
    """Log that somebody opened the sample, and return what they have heard of it so far."""
    play, _created = SamplePlay.objects.get_or_create(
        sample=sample, listener=listener, defaults={"opened_at": now, "updated_at": now}
    )
    return play


def log_play(sample: Sample, *, listener: User, purpose: PlayPurpose, now: datetime) -> None:
    """
    Log that the sound was sent to somebody, once for all requests of a minute of the clock.

    A Range request comes every few seconds while somebody listens: most of them
    read one row of an index and write nothing. Sound that is fetched ahead is
    logged too, and does not start the clock of what may have been heard. Rule: R-8.
    """
    minute_at = now.replace(second=0, microsecond=0)
    if PlayEvent.objects.filter(sample=sample, listener=listener, minute_at=minute_at).exists():
        return
    event = PlayEvent(
        sample=sample,
        listener=listener,
        minute_at=minute_at,
        purpose=purpose,
        delivery=settings.SOUND_DELIVERY,
    )
    PlayEvent.objects.bulk_create([event], ignore_conflicts=True)  # two requests may come at once


@transaction.atomic
def record_listening(sample: Sample, *, listener: User, seconds: Iterable[int], now: datetime) -> SamplePlay:
    """
    Add the whole seconds of the sound that the listener's player reports as played.

    Seconds outside the sound are dropped, and so are more than the clock allows
    since the sample was opened at MAX_SPEED: a player cannot claim what nobody
    had time to hear. Locks the play's row. Rule: R-12.
    """
    open_sample(sample, listener=listener, now=now)
    play = SamplePlay.objects.select_for_update().get(sample=sample, listener=listener)
    heard = set(play.heard_seconds)
    new = sorted({second for second in seconds if 0 <= second < whole_seconds(sample)} - heard)
    allowed = math.floor((now - play.opened_at).total_seconds() * MAX_SPEED) - len(heard)
    heard.update(new[: max(0, allowed)])
    play.heard_seconds = sorted(heard)
    play.updated_at = now
    play.save(update_fields=["heard_seconds", "updated_at"])
    return play


def heard_seconds(sample: Sample, *, listener: User) -> list[int]:
    """Return the seconds of the sample that the listener has heard."""
    rows = SamplePlay.objects.filter(sample=sample, listener=listener).values_list("heard_seconds", flat=True)
    return list(rows.first() or [])


def whole_seconds(sample: Sample) -> int:
    """Return how many seconds the sample has, the last one perhaps begun only."""
    return math.ceil((sample.duration_ms or 0) / 1000)


def seconds_for_approval(sample: Sample) -> int:
    """Return how many seconds must be heard before an approval. Rule: R-12."""
    return math.ceil(whole_seconds(sample) * sample.project.approval_heard_percent / 100)


def seconds_for_rejection(sample: Sample) -> int:
    """Return how many seconds must be heard before a rejection or an "unsure". Rule: R-12."""
    return min(sample.project.rejection_heard_s, whole_seconds(sample))
