"""What reviewers see of a sample: figures of the sound, and nothing of the person. Rule: R-8."""

from datetime import datetime
from typing import Any

from accounts.models import User
from recordings.assignments import is_known_to
from recordings.listening import (
    heard_seconds,
    open_sample,
    seconds_for_approval,
    seconds_for_rejection,
    whole_seconds,
)
from recordings.models import Review, Reviewing, Sample, SampleStatus
from recordings.queue import fetched_ahead, is_open_to_votes
from recordings.reasons import MARKS, REASONS, minutes_and_seconds, reasons_of
from recordings.reviewers import profile_of

KEYS = "123456789"


def review_page(sample: Sample, *, reviewer: User, now: datetime) -> dict[str, Any]:
    """Return what a reviewer's page of a sample shows. Opening it is logged."""
    open_sample(sample, listener=reviewer, now=now)
    vote = Review.objects.filter(sample=sample, reviewer=reviewer, undone_at=None).first()
    running = Reviewing.objects.running(now=now).exclude(opened_at=None)
    place = running.filter(sample=sample, reviewer=reviewer).first()
    return {
        "sample": sample,
        "sound": describe_sound(sample, listener=reviewer),
        "player": player_of(reviewer),
        "ahead": fetched_ahead(reviewer),
        "reasons": keyed_reasons(),
        "vote": vote,
        "place": place,
        "may_vote": vote is None and place is not None and is_open_to_votes(sample, place=place),
    }


def cross_review_page(sample: Sample, *, lead: User, now: datetime) -> dict[str, Any]:
    """
    Return what a lead reviewer's page of a disputed sample shows: votes and reasons, no names. Rule: R-10.

    Opening it starts the clock of what may have been heard. Rule: R-12.
    """
    open_sample(sample, listener=lead, now=now)
    votes = list(sample.reviews.votes().order_by("voted_at", "pk"))
    has_voted = any(vote.reviewer_id == lead.pk for vote in votes)
    is_known = is_known_to(lead, sample=sample)
    return {
        "sample": sample,
        "sound": describe_sound(sample, listener=lead),
        "player": player_of(lead),
        "reasons": keyed_reasons(),
        "votes": [{"vote": vote, "reasons": reasons_of(vote.reasons)} for vote in votes],
        "matches": sample.matches.select_related("earlier").order_by("error_rate", "pk"),
        "has_voted": has_voted,
        "is_known": is_known,
        "may_decide": sample.status == SampleStatus.CROSS_REVIEW and not has_voted and not is_known,
    }


def player_of(listener: User) -> dict[str, Any]:
    """Return how the listener's player is set."""
    profile = profile_of(listener)
    return {"speed": profile.playback_speed, "plays_at_once": profile.plays_at_once}


def describe_sound(sample: Sample, *, listener: User) -> dict[str, Any]:
    """Return the figures of the sound and how much of it the listener has heard."""
    heard = heard_seconds(sample, listener=listener)
    return {
        "seconds": whole_seconds(sample),
        "length": minutes_and_seconds(whole_seconds(sample)),
        "peaks": sample.peaks,
        "regions": [_region(region) for region in sample.regions],
        "voices": [[int(s["voice"] == "b"), s["from_ms"], s["to_ms"]] for s in sample.voices],
        "balance": _balance(sample),
        "heard": heard,
        "heard_count": len(heard),
        "needed": seconds_for_approval(sample),
        "needed_to_reject": seconds_for_rejection(sample),
        "speech_percent": round((sample.speech_share or 0) * 100),
        "clipped_percent": (sample.clipped_share or 0) * 100,
        "bandwidth_khz": sample.bandwidth_hz and sample.bandwidth_hz / 1000,
        "marks": [MARKS[mark] for mark in sample.marks],
    }


def keyed_reasons() -> list[dict[str, Any]]:
    """Return the reasons with their keys: 1 to 9 for the first nine."""
    keys = KEYS.ljust(len(REASONS))
    return [
        {"reason": reason, "key": key.strip()} for reason, key in zip(REASONS.values(), keys, strict=True)
    ]


def _balance(sample: Sample) -> dict[str, int] | None:
    """Return the whole per cents of the two voices, A being the one that speaks more; None when it is not known."""
    if sample.dominant_share is None:
        return None
    share_a = round(sample.dominant_share * 100)
    return {"share_a": share_a, "share_b": 100 - share_a}


def _region(region: dict[str, Any]) -> dict[str, Any]:
    return {
        **region,
        "at": minutes_and_seconds(region["from_ms"] // 1000),
        "from_s": region["from_ms"] / 1000,
    }
