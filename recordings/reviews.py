"""Votes on samples, from the first blind one to the lead reviewer's last word. Rules: R-7 to R-12."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Count, F
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop, ngettext_lazy

from accounts.models import User
from recordings.assignments import close_places, is_known_to
from recordings.listening import heard_seconds, seconds_for_approval, seconds_for_rejection
from recordings.models import CrossReview, CrossVerdict, Review, Reviewing, Sample, SampleStatus, Verdict
from recordings.queue import hold_place, is_open_to_votes
from recordings.reasons import OTHER, REASONS
from recordings.reviewers import may_review
from recordings.samples import approve_sample, move_sample
from recordings.verdicts import Ruling, rule_on


class ReviewRefused(ValidationError):
    """A vote that cannot be taken: the message says why and what to do."""


@transaction.atomic
def cast_vote(
    sample: Sample, *, reviewer: User, verdict: str, reasons: Iterable[str], note: str, now: datetime
) -> Review:
    """
    Write the reviewer's vote; from `vote_undo_s` later it stands.

    A vote on a gold sample is taken by the same guards, and decides nothing.
    Raise ReviewRefused: "own_sample", "removed", "voted", "closed", "known", "same_person",
    "not_reserved", "lapsed", "reasons_needed", "reasons_with_approval", "note_needed", "unknown_reason" or
    "not_heard". Keys and buttons both end here. Locks the sample. Rules: R-7, R-11, R-12.
    """
    verdict = Verdict(verdict).value
    sample = _lock_sample(sample)
    codes = _check_words(verdict, reasons=reasons, note=note)
    place = _check_place(sample, reviewer=reviewer, now=now)
    heard = len(heard_seconds(sample, listener=reviewer))
    check_heard(sample, heard=heard, is_approval=verdict == Verdict.APPROVE)
    place.delete()
    return Review.objects.create(
        sample=sample,
        reviewer=reviewer,
        verdict=verdict,
        reasons=codes,
        note=note.strip(),
        heard_ms=min(heard * 1000, sample.duration_ms or 0),
        voted_at=now,
        stands_at=now + timedelta(seconds=sample.project.vote_undo_s),
        is_gold=place.is_gold,
    )


@transaction.atomic
def undo_vote(review: Review, *, by: User, now: datetime) -> None:
    """
    Take the vote back and give the reviewer their place again.

    Raise ReviewRefused: "undone" when it was taken back before, "stands" from
    the moment it stands. Locks the sample. Rule: R-12.
    """
    if review.reviewer_id != by.pk:
        raise ValueError("only the reviewer takes a vote back")
    sample = _lock_sample(review.sample)
    review.refresh_from_db()
    if review.undone_at is not None:
        raise ReviewRefused(_("This vote was taken back already."), code="undone")
    if now >= review.stands_at:
        raise ReviewRefused(_("The time to take this vote back is over: it stands."), code="stands")
    review.undone_at = now
    review.save(update_fields=["undone_at"])
    if review.is_gold or sample.status == SampleStatus.IN_REVIEW:
        hold_place(sample, reviewer=by, now=now, is_gold=review.is_gold)


def settle_votes(*, now: datetime) -> int:
    """Decide the samples whose standing votes are enough; return how many. Run each minute and by the pages."""
    # The votes alone are grouped: with whole rows the database carries each sample's outline through it.
    enough = (
        Review.objects.standing(now=now)
        .filter(sample__status=SampleStatus.IN_REVIEW)
        .order_by()
        .values("sample")
        .annotate(standing=Count("pk"))
        .filter(standing__gte=F("sample__project__votes_to_decide"))
    )
    samples = Sample.objects.filter(pk__in=enough.values("sample")).order_by("sent_at", "pk")
    return sum(_settle(sample, now=now) for sample in samples)


def settle_sample(sample: Sample, *, now: datetime) -> bool:
    """
    Move the sample on if the votes that stand decide it; return whether they did.

    Two approvals approve and grant the qualification; two rejections, or three
    votes without two alike, ask for a cross review. Locks the sample, but only when
    there are votes enough: a page may ask as often as it likes. Rules: R-9, R-10, R-15.
    """
    if sample.status != SampleStatus.IN_REVIEW:
        return False
    if sample.reviews.standing(now=now).count() < sample.project.votes_to_decide:
        return False
    return _settle(sample, now=now)


@transaction.atomic
def _settle(sample: Sample, *, now: datetime) -> bool:
    sample = _lock_sample(sample)
    if sample.status != SampleStatus.IN_REVIEW:
        return False
    verdicts = sorted(sample.reviews.standing(now=now).values_list("verdict", flat=True))
    ruling = rule_on(verdicts, project=sample.project)
    if ruling == Ruling.APPROVED:
        approve_sample(sample, by=None, now=now, reason=", ".join(verdicts))
    elif ruling == Ruling.CROSS_REVIEW:
        move_sample(sample, SampleStatus.CROSS_REVIEW, by=None, now=now, reason=", ".join(verdicts))
    if ruling != Ruling.OPEN:
        close_places(sample, now=now)
    return ruling != Ruling.OPEN


@transaction.atomic
def cross_review(
    sample: Sample, *, lead: User, verdict: str, reasons: Iterable[str], explanation: str, now: datetime
) -> CrossReview:
    """
    Write the lead reviewer's last word: confirm the rejection with reasons, or overturn it in words.

    Raise ReviewRefused: "own_sample", "closed", "known", "voted", "reasons_needed",
    "reasons_with_approval", "unknown_reason", "explanation_needed" or "not_heard".
    Locks the sample. Rules: R-10, R-11, R-12.
    """
    verdict = CrossVerdict(verdict).value
    is_approval = verdict == CrossVerdict.OVERTURN
    sample = _lock_sample(sample)
    _check_lead(sample, lead=lead)
    codes = _check_codes(reasons, is_approval=is_approval, is_rejection=not is_approval)
    if not explanation.strip() and (is_approval or OTHER in codes):
        raise ReviewRefused(_("Write why, in a sentence or two."), code="explanation_needed")
    check_heard(sample, heard=len(heard_seconds(sample, listener=lead)), is_approval=is_approval)
    review = CrossReview.objects.create(
        sample=sample, lead=lead, verdict=verdict, reasons=codes, explanation=explanation.strip(), at=now
    )
    if is_approval:
        approve_sample(sample, by=lead, now=now, reason=gettext_noop("cross review"))
    else:
        reason = ", ".join(codes)
        move_sample(sample, SampleStatus.REJECTED, by=lead, now=now, reason=reason, decided_at=now)
    return review


def check_heard(sample: Sample, *, heard: int, is_approval: bool) -> None:
    """
    Raise ReviewRefused(code="not_heard") unless enough seconds were heard for the vote. Rule: R-12.

    "Unsure" takes one of three places, so it needs as much as a rejection.
    """
    needed = seconds_for_approval(sample) if is_approval else seconds_for_rejection(sample)
    if heard < needed:
        missing = needed - heard
        raise ReviewRefused(
            ngettext_lazy(
                "Listen %(missing)d second more before you vote.",
                "Listen %(missing)d seconds more before you vote.",
                "missing",
            ),
            code="not_heard",
            params={"missing": missing},
        )


def _lock_sample(sample: Sample) -> Sample:
    """Return the sample as it is now, locked until the transaction ends."""
    samples = Sample.objects.select_for_update(of=("self",)).select_related("project", "person")
    # The outline is for the player: to read it takes longer than the lock.
    return samples.defer("peaks", "regions", "voices").get(pk=sample.pk)


def _check_words(verdict: str, *, reasons: Iterable[str], note: str) -> list[str]:
    codes = _check_codes(
        reasons, is_approval=verdict == Verdict.APPROVE, is_rejection=verdict == Verdict.REJECT
    )
    if OTHER in codes and not note.strip():
        raise ReviewRefused(_("Write in the note what the other reason is."), code="note_needed")
    return codes


def _check_codes(reasons: Iterable[str], *, is_approval: bool, is_rejection: bool) -> list[str]:
    """Return the reason codes in the order of the list, each once; refuse what does not fit. Rule: R-11."""
    chosen = set(reasons)
    if not chosen <= REASONS.keys():
        raise ReviewRefused(_("One of the reasons does not exist."), code="unknown_reason")
    if is_rejection and not chosen:
        raise ReviewRefused(_("Choose at least one reason for the rejection."), code="reasons_needed")
    if is_approval and chosen:
        raise ReviewRefused(
            _("You have marked reasons. Clear them to approve, or reject."), code="reasons_with_approval"
        )
    return [code for code in REASONS if code in chosen]


def _check_place(sample: Sample, *, reviewer: User, now: datetime) -> Reviewing:
    """Return the reviewer's place, or refuse who may not vote on this sample now. Rule: R-7."""
    place = Reviewing.objects.filter(sample=sample, reviewer=reviewer).first()
    if sample.person_id == reviewer.pk:
        raise ReviewRefused(_("This is your own sample. Somebody else reviews it."), code="own_sample")
    if not may_review(reviewer):
        raise ReviewRefused(_("You review no samples at present. Ask a lead reviewer."), code="removed")
    if Review.objects.filter(sample=sample, reviewer=reviewer, undone_at=None).exists():
        raise ReviewRefused(_("You have voted on this sample already."), code="voted")
    if not is_open_to_votes(sample, place=place):
        raise ReviewRefused(_("This sample was decided meanwhile. Take the next one."), code="closed")
    if is_known_to(reviewer, sample=sample):
        raise ReviewRefused(_("You know this voice. Somebody else reviews this sample."), code="known")
    heard_before = Review.objects.votes().filter(reviewer=reviewer, sample__person=sample.person_id)
    if not (place and place.is_gold) and heard_before.exists():
        raise ReviewRefused(
            _("You have voted on this person before. Somebody else reviews this sample."), code="same_person"
        )
    if place is None or place.opened_at is None:
        raise ReviewRefused(_("You have no place on this sample. Take the next one."), code="not_reserved")
    if place.lost_at is not None or place.expires_at <= now:
        raise ReviewRefused(_("Your place on this sample has lapsed. Take the next one."), code="lapsed")
    return place


def _check_lead(sample: Sample, *, lead: User) -> None:
    """Refuse a lead reviewer who took part, and a sample that needs no cross review. Rule: R-10."""
    if sample.person_id == lead.pk:
        raise ReviewRefused(_("This is your own sample. Somebody else reviews it."), code="own_sample")
    if sample.status != SampleStatus.CROSS_REVIEW:
        raise ReviewRefused(_("This sample was decided meanwhile."), code="closed")
    if is_known_to(lead, sample=sample):
        raise ReviewRefused(_("You know this voice: another lead reviewer decides."), code="known")
    if Review.objects.votes().filter(sample=sample, reviewer=lead).exists():
        raise ReviewRefused(_("You have voted on this sample: another lead reviewer decides."), code="voted")
