"""The demo's reviews: each sample heard and voted on by the rules, at the time of its story."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from accounts.models import User
from config.demo.crowd import Walker
from recordings.listening import record_listening, whole_seconds
from recordings.models import CrossVerdict, Sample, SampleStatus, Verdict
from recordings.queue import hold_place
from recordings.reviews import cast_vote, cross_review, settle_sample

APPROVE, REJECT, UNSURE = Verdict.APPROVE.value, Verdict.REJECT.value, Verdict.UNSURE.value
REASONS = ("noise", "not_lively", "reading_aloud", "nothing_to_say")
# Which votes a fate's samples get, in turn.
VOTES: dict[str, tuple[tuple[str, ...], ...]] = {
    "rejected": ((REJECT, REJECT), (REJECT, APPROVE, REJECT)),
    "cross_review": ((REJECT, REJECT), (APPROVE, REJECT, UNSURE)),
    "in_review": ((), (APPROVE,), (), (REJECT,), (APPROVE, REJECT)),
    "qualified": ((APPROVE, APPROVE), (APPROVE, APPROVE), (APPROVE, REJECT, APPROVE)),
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
        at = sample.sent_at + timedelta(hours=2)
        for turn, verdict in enumerate(ways[index % len(ways)]):
            reviewer = reviewers[(index + turn) % len(reviewers)]
            at = _vote(sample, reviewer=reviewer, verdict=verdict, index=index, at=at)
        settle_sample(sample, now=at + timedelta(minutes=1))
        if walker.fate == "rejected":
            _decide(sample, lead=lead, reason=REASONS[index % len(REASONS)], at=at + timedelta(hours=5))


def _listen(sample: Sample, *, listener: User, at: datetime) -> datetime:
    """Hear all of the sample from `at` on; return when that is done."""
    record_listening(sample, listener=listener, seconds=[], now=at)
    done_at = at + timedelta(seconds=whole_seconds(sample) + 2)
    record_listening(sample, listener=listener, seconds=range(whole_seconds(sample)), now=done_at)
    return done_at


def _vote(sample: Sample, *, reviewer: User, verdict: str, index: int, at: datetime) -> datetime:
    hold_place(sample, reviewer=reviewer, now=at)
    done_at = _listen(sample, listener=reviewer, at=at)
    reasons = [REASONS[index % len(REASONS)]] if verdict == REJECT else []
    cast_vote(sample, reviewer=reviewer, verdict=verdict, reasons=reasons, note="", now=done_at)
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
