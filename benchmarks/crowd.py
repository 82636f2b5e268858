"""
A crowd for the benchmarks: people at every stage, written straight into the tables.

This is the one place that goes around the rules, for speed: the demo and the tests
go through them. `check_invariants` finds nothing broken in what is written here
(tests/test_bench_pages.py), so a page meets what it would meet in real use. The
studio's weeks are in `benchmarks/crowd_studio.py`, their money goes through the rules.
"""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from django.contrib.auth.models import Group
from django.db import transaction

from accounts.access import Role
from accounts.consents import current_notices, hash_row
from accounts.fields import keyed_hash
from accounts.models import ConsentAct, ConsentNotice, ConsentRecord, Profile, Scope, Sex, User
from accounts.people import register_staff
from accounts.regions import Region
from payments.models import PayeeAccount, PayeeAccountKind
from recordings.models import (
    CrossReview,
    CrossVerdict,
    Review,
    Sample,
    SampleEvent,
    SamplePlay,
    SampleStatus,
    Verdict,
)
from recordings.prompts import load_demo_prompts
from scheduling.models import Pair, Project, Qualification, QualificationEvent

CHUNK = 2_000  # rows of one INSERT; a chunk's objects are all that is in memory
CITIES = ("北京", "上海", "杭州", "重庆", "南京", "成都", "天津")
REVIEWERS = 12
# Where a hundred people stand, in order: (how many, the sample's status; None for no sample).
STAGES: tuple[tuple[int, str | None], ...] = (
    (20, None),
    (1, SampleStatus.MEASURING),
    (5, SampleStatus.REFUSED),
    (8, SampleStatus.IN_REVIEW),
    (2, SampleStatus.CROSS_REVIEW),
    (12, SampleStatus.REJECTED),
    (52, SampleStatus.APPROVED),
)
STAGE_OF = [status for count, status in STAGES for _number in range(count)]
WITHOUT_PROFILE = 10  # the first of a hundred have only proved a number
# The outline of a real sample has 1,500 columns; only samples that somebody will look at get it.
PEAKS = [[-(i % 90), i % 90] for i in range(1_500)]
WAITS = {SampleStatus.IN_REVIEW, SampleStatus.CROSS_REVIEW}


@dataclass
class Crowd:
    """Who and what the pages are asked for."""

    project: Project
    notices: dict[str, ConsentNotice]
    staff: dict[str, list[User]]
    people: list[User] = field(default_factory=list)
    approved: list[User] = field(default_factory=list)
    pairs: list[Pair] = field(default_factory=list)
    missed: set[int] = field(default_factory=set)  # who did not come once
    looker: User | None = None

    @property
    def busy(self) -> User:
        """The participant with a partner, sessions behind and ahead, and pay."""
        return self.pairs[0].person_a


@transaction.atomic
def gather_crowd(size: int, *, now: datetime) -> Crowd:
    """Return `size` participants at every stage, from a proved number to a partner and an account, and the staff."""
    project = Project.objects.create(slug="duo", name="Duo")
    load_demo_prompts(project)
    crowd = Crowd(project=project, notices=current_notices("zh-hans"), staff=hire_staff(now=now))
    for start in range(0, size, CHUNK):
        people = write_people(range(start, min(start + CHUNK, size)), now=now)
        write_consents([p for i, p in enumerate(people, start) if i % 100 >= WITHOUT_PROFILE], crowd, now=now)
        _write_samples(list(enumerate(people, start)), crowd, now=now)
        crowd.people += people
    crowd.approved = [p for i, p in enumerate(crowd.people) if STAGE_OF[i % 100] == SampleStatus.APPROVED]
    _write_pairs(crowd, now=now)
    return crowd


def hire_staff(*, now: datetime) -> dict[str, list[User]]:
    """Return the staff of a crowd, by role."""
    numbers = {
        Role.REVIEWER: REVIEWERS,
        Role.LEAD_REVIEWER: 2,
        Role.OPERATOR: 28,
        Role.MANAGER: 1,
        Role.FINANCE: 2,
        Role.ADMINISTRATOR: 1,
    }
    phones = iter(range(sum(numbers.values())))
    return {
        role.value: [
            register_staff(
                f"+861390000{next(phones):04d}", name=f"职员{i}", roles=(role,), language="en", now=now
            )
            for i in range(number)
        ]
        for role, number in numbers.items()
    }


def hire_operators(crowd: Crowd, number: int, *, now: datetime) -> list[User]:
    """Return further operators of the crowd."""
    found = crowd.staff[Role.OPERATOR.value]
    hired = [
        register_staff(
            f"+861391{len(found) + i:06d}",
            name=f"棚务{len(found) + i}",
            roles=(Role.OPERATOR,),
            language="en",
            now=now,
        )
        for i in range(number)
    ]
    found.extend(hired)
    return hired


def _joined_at(index: int, *, now: datetime) -> datetime:
    return now - timedelta(days=20 + index % 300, minutes=index % 1_440)


def write_people(indexes: range, *, now: datetime) -> list[User]:
    """Return new participants of these numbers; of a hundred the first ten have no profile."""
    people = User.objects.bulk_create(
        User(
            phone=f"+86138{i:08d}",
            password="!no-password-is-ever-used",  # noqa: S106
            joined_at=_joined_at(i, now=now),
            phone_verified_at=_joined_at(i, now=now),
        )
        for i in indexes
    )
    group, _created = Group.objects.get_or_create(name=Role.PARTICIPANT.value)
    membership = User.groups.through
    membership.objects.bulk_create(membership(user_id=p.pk, group_id=group.pk) for p in people)
    told = [(i, p) for i, p in zip(indexes, people, strict=True) if i % 100 >= WITHOUT_PROFILE]
    Profile.objects.bulk_create(
        Profile(
            user=person,
            name=f"林{i}",
            birth_on=date(1970 + i % 36, 1 + i % 12, 1 + i % 28),
            sex=Sex.values[i % 2],
            region_raised=Region.values[i % len(Region.values)],
            dialect="四川话",
            city=CITIES[i % len(CITIES)],
        )
        for i, person in told
    )
    return people


def write_consents(people: Iterable[User], crowd: Crowd, *, now: datetime) -> None:
    """Let each grant what the project asks for, chained as `accounts.consents` chains it."""
    rows = []
    for person in people:
        previous = ""
        for scope in (Scope.RECORD, Scope.SHARE):
            notice = crowd.notices[scope]
            row = ConsentRecord(
                person=person,
                scope=scope,
                act=ConsentAct.GRANT,
                notice=notice,
                text_sha256=notice.text_sha256,
                at=person.joined_at,
                previous_hash=previous,
            )
            row.row_hash = previous = hash_row(row)
            rows.append(row)
    ConsentRecord.objects.bulk_create(rows, batch_size=CHUNK)


def _write_samples(people: list[tuple[int, User]], crowd: Crowd, *, now: datetime) -> None:
    """Give everybody the sample of their stage; each tenth of the approved had one rejected before."""
    samples = []
    for i, person in people:
        status = STAGE_OF[i % 100]
        if status is None:
            continue
        sent_at = now - timedelta(hours=1 + i % 72) if status in WAITS else person.joined_at
        samples.append(_make_sample(i, person, crowd, status=status, sent_at=sent_at))
        if status == SampleStatus.APPROVED and i % 10 == 0:
            before = sent_at - timedelta(days=9)
            samples.append(_make_sample(i, person, crowd, status=SampleStatus.REJECTED, sent_at=before))
    Sample.objects.bulk_create(samples, batch_size=500)
    SampleEvent.objects.bulk_create(
        (event for sample in samples for event in _events_of(sample)), batch_size=CHUNK
    )
    _write_reviews(samples, crowd)
    _write_qualifications([s for s in samples if s.status == SampleStatus.APPROVED])


def _make_sample(i: int, person: User, crowd: Crowd, *, status: str, sent_at: datetime) -> Sample:
    key = uuid.uuid4().hex
    is_measured = status != SampleStatus.MEASURING
    is_decided = status in {SampleStatus.APPROVED, SampleStatus.REJECTED, SampleStatus.REFUSED}
    return Sample(
        project=crowd.project,
        person=person,
        key=key,
        status=status,
        original=f"samples/{key[:2]}/{key}/original",
        original_bytes=2_400_000,
        original_sha256=uuid.uuid4().hex * 2,
        sent_at=sent_at,
        queued_at=sent_at,
        measured_at=sent_at + timedelta(minutes=1) if is_measured else None,
        duration_ms=150_000 if is_measured else None,
        sample_rate_hz=48_000,
        channels=1,
        codec="aac",
        loudness_lufs=-20.0,
        peak_dbfs=-2.0,
        clipped_share=0.0,
        speech_share=0.8,
        pcm_sha256=uuid.uuid4().hex * 2,
        peaks=PEAKS if status in WAITS or i % 100 == 48 else PEAKS[:60],
        preview=f"samples/{key[:2]}/{key}/preview.m4a",
        refusal="too_short" if status == SampleStatus.REFUSED else "",
        decided_at=sent_at + timedelta(days=1) if is_decided else None,
    )


def _events_of(sample: Sample) -> Iterable[SampleEvent]:
    steps = [SampleStatus.MEASURING.value]
    if sample.status not in {SampleStatus.MEASURING, SampleStatus.REFUSED}:
        steps.append(SampleStatus.IN_REVIEW.value)
    if sample.status in {SampleStatus.CROSS_REVIEW, SampleStatus.REJECTED}:
        steps.append(SampleStatus.CROSS_REVIEW.value)
    if sample.status != steps[-1]:
        steps.append(sample.status)
    for old, new in zip(["", *steps], steps, strict=False):
        yield SampleEvent(sample=sample, old=old, new=new, at=sample.sent_at)


def _write_reviews(samples: Iterable[Sample], crowd: Crowd) -> None:
    """Two equal votes on what is decided or in cross review, none or one on what is in review."""
    reviews, crosses = [], []
    reviewers, lead = crowd.staff[Role.REVIEWER], crowd.staff[Role.LEAD_REVIEWER][0]
    for i, sample in enumerate(samples):
        # Who voted on somebody's rejected sample never votes on their next one.
        first = sample.person_id + (REVIEWERS // 2 if sample.status == SampleStatus.REJECTED else 0)
        verdict = Verdict.APPROVE if sample.status == SampleStatus.APPROVED else Verdict.REJECT
        votes = {SampleStatus.IN_REVIEW: i % 2, SampleStatus.MEASURING: 0, SampleStatus.REFUSED: 0}
        reviews += [
            Review(
                sample=sample,
                reviewer=reviewers[(first + vote) % len(reviewers)],
                verdict=verdict,
                reasons=["noise"] if verdict == Verdict.REJECT else [],
                heard_ms=140_000,
                voted_at=sample.sent_at + timedelta(minutes=30),
                stands_at=sample.sent_at + timedelta(minutes=31),
            )
            for vote in range(votes.get(SampleStatus(sample.status), 2))
        ]
        if sample.status == SampleStatus.REJECTED:
            at = sample.decided_at or sample.sent_at
            crosses.append(
                CrossReview(sample=sample, lead=lead, verdict=CrossVerdict.CONFIRM, reasons=["noise"], at=at)
            )
    Review.objects.bulk_create(reviews, batch_size=CHUNK)
    SamplePlay.objects.bulk_create(
        (
            SamplePlay(
                sample=review.sample,
                listener=review.reviewer,
                heard_seconds=list(range(140)),
                opened_at=review.voted_at - timedelta(seconds=120 + review.sample_id % 60),
                updated_at=review.voted_at,
            )
            for review in reviews
        ),
        batch_size=CHUNK,
    )
    CrossReview.objects.bulk_create(crosses, batch_size=CHUNK)


def _write_qualifications(samples: Iterable[Sample]) -> None:
    rows = Qualification.objects.bulk_create(
        Qualification(project=s.project, person=s.person, granted_at=s.decided_at or s.sent_at)
        for s in samples
    )
    QualificationEvent.objects.bulk_create(
        QualificationEvent(qualification=row, new=row.status, at=row.granted_at) for row in rows
    )


def _write_pairs(crowd: Crowd, *, now: datetime) -> None:
    """Bring four fifths of the approved together, two by two, each with an account to be paid to."""
    paired = crowd.approved[: len(crowd.approved) * 4 // 5 // 2 * 2]
    crowd.pairs = Pair.objects.bulk_create(
        [
            Pair(project=crowd.project, person_a=a, person_b=b, made_at=now - timedelta(days=12))
            for a, b in zip(paired[::2], paired[1::2], strict=True)
        ],
        batch_size=CHUNK,
    )
    PayeeAccount.objects.bulk_create(
        [
            PayeeAccount(
                person=person,
                kind=PayeeAccountKind.ALIPAY,
                holder_name="林",
                number=person.phone,
                number_hash=keyed_hash(f"payee|alipay|{person.phone}"),
                updated_at=now,
            )
            for person in paired
        ],
        batch_size=CHUNK,
    )
