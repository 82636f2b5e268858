"""The demo's desk of leads and managers: languages, relations, gold samples, and what is still under way."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from accounts.models import User
from config.demo.crowd import Walker
from config.demo.listening import APPROVE, REJECT, vote_on
from config.demo.voices import send_again
from recordings.appending import append_stream
from recordings.conflicts import declare_known_voice, record_conflict
from recordings.gold import set_gold
from recordings.models import ConflictSource, CrossReview, GoldSample, Sample, SampleStatus
from recordings.queue import hold_place
from recordings.resumable import create_upload
from recordings.reviewers import set_reviewer
from scheduling.models import Project, SpokenLanguage

# What the reviewers hear besides Mandarin, in turn, and how many samples a week they are asked for.
HEARD = ((), (SpokenLanguage.CANTONESE,), (SpokenLanguage.WU, SpokenLanguage.ENGLISH))
WEEKLY_CAPS = (None, 60, 40)
GOLD_OF_EACH = 4
# On so many of them somebody has voted, one of three against what was expected; the others wait to be slipped in.
GOLD_HEARD = 6
EXPLANATIONS = {
    APPROVE: "两人有来有往，话题自然展开，声音清楚。",
    REJECT: "两位审听员和组长意见一致：这段录音不合要求，请对照原因再听一遍。",
}
FILE_BYTES, ARRIVED_BYTES = 2_400_000, 900_000


def set_languages(reviewers: Sequence[User]) -> None:
    """Say what each reviewer hears, and how much they are asked for."""
    for person, others, cap in zip(reviewers, HEARD, WEEKLY_CAPS, strict=True):
        languages = [SpokenLanguage.MANDARIN.value, *(other.value for other in others)]
        set_reviewer(person, languages=languages, is_active=True, weekly_cap=cap)


def fill_desk(
    walkers: Sequence[Walker], *, samples: dict[int, Sample], staff: dict[str, list[User]], now: datetime
) -> None:
    """Bring about what the desk's pages show besides votes; all of it within the last days."""
    reviewers = staff["reviewer"]
    # Not earlier: all samples of six weeks are given out before the first is voted on, and a cap would stop that.
    set_languages(reviewers)
    choose_gold(reviewers, lead=staff["lead_reviewer"][0], now=now)
    people = {fate: [w.person for w in walkers if w.fate == fate] for fate in {w.fate for w in walkers}}
    know_some(people, samples=samples, reviewers=reviewers, manager=staff["manager"][0], now=now)
    again = people["rejected"][1]
    send_again(again, first=samples[again.pk], now=now - timedelta(hours=5))
    leave_unfinished(people["consented"][0], project=samples[again.pk].project, now=now - timedelta(hours=2))


def choose_gold(reviewers: Sequence[User], *, lead: User, now: datetime) -> None:
    """Let the lead make some decided samples gold, and those who have not heard them vote on the first."""
    for expected, status in ((APPROVE, SampleStatus.APPROVED), (REJECT, SampleStatus.REJECTED)):
        decided = Sample.objects.filter(status=status).defer("peaks", "regions").order_by("decided_at", "pk")
        for sample in decided.select_related("person")[:GOLD_OF_EACH]:
            set_gold(
                sample,
                expected=expected,
                reasons=CrossReview.objects.get(sample=sample).reasons if expected == REJECT else [],
                explanation=EXPLANATIONS[expected],
                by=lead,
                now=now - timedelta(days=4),
            )
    for number, gold in enumerate(GoldSample.objects.select_related("sample__project")[:GOLD_HEARD]):
        heard = set(gold.sample.reviews.values_list("reviewer", flat=True))
        reviewer = next((one for one in reviewers if one.pk not in heard), None)
        if reviewer is not None:
            verdict = gold.expected if number % 3 else {APPROVE: REJECT, REJECT: APPROVE}[gold.expected]
            at = now - timedelta(hours=4 + 11 * number)
            vote_on(gold.sample, reviewer=reviewer, verdict=verdict, reason="not_lively", at=at, is_gold=True)


def know_some(
    people: dict[str, list[User]],
    *,
    samples: dict[int, Sample],
    reviewers: Sequence[User],
    manager: User,
    now: datetime,
) -> None:
    """Let the manager write down that a reviewer knows somebody, and another know a voice that waits."""
    record_conflict(
        reviewers[0],
        people["consented"][-1],
        source=ConflictSource.STAFF,
        note="大学同学",
        by=manager,
        now=now - timedelta(days=2),
    )
    unheard = (
        (samples[person.pk], reviewer)
        for person in people["in_review"]
        for reviewer in reversed(reviewers)
        if not samples[person.pk].reviews.filter(reviewer=reviewer).exists()
    )
    sample, knowing = next(unheard)
    at = now - timedelta(hours=1)
    hold_place(sample, reviewer=knowing, now=at)
    declare_known_voice(sample, reviewer=knowing, now=at + timedelta(seconds=20))


def leave_unfinished(person: User, *, project: Project, now: datetime) -> None:
    """Let somebody lose the line in the middle of an upload."""
    upload = create_upload(
        person,
        project=project,
        length_bytes=FILE_BYTES,
        metadata="",
        now=now,
    )
    append_stream(upload, [bytes(ARRIVED_BYTES)], offset=0, now=now + timedelta(minutes=1))
