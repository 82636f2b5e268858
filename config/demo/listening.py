"""The demo's reviews: each sample heard and voted on by the rules, at the time of its story."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from accounts.models import User
from config.demo.crowd import Walker
from recordings.listening import record_listening, whole_seconds
from recordings.models import CrossVerdict, Sample, SampleStatus, Verdict
from recordings.queue import hold_place
from recordings.reviews import cast_vote, cross_review, settle_sample, undo_vote

APPROVE, REJECT, UNSURE = Verdict.APPROVE.value, Verdict.REJECT.value, Verdict.UNSURE.value
# The first are given most often.
REASONS = ("noise", "not_lively", "noise", "reading_aloud", "noise", "echo", "not_lively", "nothing_to_say")
# How fast each of the reviewers listens, in turn, and how many hours a sample waits for the first of them.
PACES = (1.0, 1.25, 1.5)
WAITS_H = (1, 3, 2, 8, 5, 26, 4, 13)
TAKES_BACK_EVERY = 9
# Which votes a fate's samples get, in turn.
VOTES: dict[str, tuple[tuple[str, ...], ...]] = {
    "rejected": ((REJECT, REJECT), (REJECT, REJECT), (REJECT, UNSURE, REJECT)),
    "cross_review": ((REJECT, REJECT), (APPROVE, REJECT, UNSURE)),
    "in_review": ((), (APPROVE,), (), (REJECT,), (APPROVE, REJECT)),
    "qualified": ((APPROVE, APPROVE),) * 6 + ((APPROVE, REJECT, APPROVE), (UNSURE, APPROVE, APPROVE)),
}


def review_samples(
    walkers: Sequence[Walker], *, samples: dict[int, Sample], reviewers: Sequence[User], lead: User
) -> None:
    """Let the reviewers hear and vote, and the lead decide those that are to be rejected."""
    for index, walker in enumerate(walkers):
        sample = samples[walker.person.pk]
        if sample.status != SampleStatus.IN_REVIEW:
            continue
        ways = VOTES.get(walker.fate, VOTES["qualified"])
        at = sample.sent_at + timedelta(
            hours=1 if walker.fate == "in_review" else WAITS_H[index % len(WAITS_H)]
        )
        for turn, verdict in enumerate(ways[index % len(ways)]):
            number = (index + turn) % len(reviewers)
            pace = PACES[number % len(PACES)]
            reason = REASONS[(index + turn) % len(REASONS)]
            at = vote_on(sample, reviewer=reviewers[number], verdict=verdict, reason=reason, at=at, pace=pace)
        settle_sample(sample, now=at + timedelta(minutes=1))
        if walker.fate == "rejected":
            _decide(sample, lead=lead, reason=REASONS[index % len(REASONS)], at=at + timedelta(hours=5))


def _listen(sample: Sample, *, listener: User, at: datetime, pace: float = 1.0) -> datetime:
    """Hear all of the sample from `at` on, so many times as fast as it sounds; return when that is done."""
    record_listening(sample, listener=listener, seconds=[], now=at)
    done_at = at + timedelta(seconds=whole_seconds(sample) / pace + 2 + sample.pk % 11)
    record_listening(sample, listener=listener, seconds=range(whole_seconds(sample)), now=done_at)
    return done_at


def vote_on(
    sample: Sample,
    *,
    reviewer: User,
    verdict: str,
    reason: str,
    at: datetime,
    pace: float = 1.0,
    is_gold: bool = False,
) -> datetime:
    """Let the reviewer hear and vote; some take the vote back at once and cast it again. Return when they go on."""
    hold_place(sample, reviewer=reviewer, now=at, is_gold=is_gold)
    done_at = _listen(sample, listener=reviewer, at=at, pace=pace)
    reasons = [reason] if verdict == REJECT else []
    vote = cast_vote(sample, reviewer=reviewer, verdict=verdict, reasons=reasons, note="", now=done_at)
    if (sample.pk + reviewer.pk) % TAKES_BACK_EVERY == 0:
        again_at = done_at + timedelta(seconds=4)
        undo_vote(vote, by=reviewer, now=again_at)
        cast_vote(sample, reviewer=reviewer, verdict=verdict, reasons=reasons, note="", now=again_at)
    return done_at + timedelta(minutes=7)


def _decide(sample: Sample, *, lead: User, reason: str, at: datetime) -> None:
    """Confirm the rejection in cross review. Rule: R-10."""
    sample.refresh_from_db()
    if sample.status != SampleStatus.CROSS_REVIEW:
        return
    done_at = _listen(sample, listener=lead, at=at)
    words = "声音条件不错，但内容太少，请换一个想聊的话题再试。"
    verdict = CrossVerdict.CONFIRM.value
    cross_review(sample, lead=lead, verdict=verdict, reasons=[reason], explanation=words, now=done_at)
