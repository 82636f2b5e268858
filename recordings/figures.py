"""
How the reviewing goes: agreement, reviewers, reasons, the age of the queue. Grouped queries, kept for a minute.

Votes are chosen by `recordings.votes`, as the lists behind the numbers choose them.
"""

from collections import Counter, defaultdict
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from statistics import median
from typing import Any

import numpy as np
from django.core.cache import cache
from django.db.models import Count, F, OuterRef, Q, QuerySet, Subquery
from django.utils import timezone

from accounts.models import User
from recordings.agreement import Agreement, measure_agreement, tally_votes
from recordings.models import Review, Sample, SamplePlay, SampleStatus, Verdict
from recordings.sample_lists import AGES
from recordings.votes import (
    GOLD_RIGHT,
    LIKE_OUTCOME,
    UNLIKE_OUTCOME,
    Span,
    choose_votes,
    midnight,
    second_votes,
)
from scheduling.models import Project
from scheduling.timetable import week_start

# 77 ms with 10,000 people and 90 days, and linear in the votes. A figure of the last minute is as good.
KEPT_S = 60
DAYS = (7, 30, 90)
# A week is told day by day, a longer time week by week.
MOST_SINGLE_DAYS = 7
SLOW_PERCENT = 90


@dataclass(frozen=True)
class Period:
    """Whole local days up to today, perhaps of one project."""

    days: int
    from_on: date
    to_on: date
    project_id: int | None = None

    @property
    def span(self) -> Span:
        """The moments of the days."""
        return Span(midnight(self.from_on), midnight(self.to_on + timedelta(days=1)))

    @property
    def steps(self) -> list[date]:
        """The first days of what the charts tell step by step: of days, or of weeks."""
        if self.days <= MOST_SINGLE_DAYS:
            return [self.from_on + timedelta(days=i) for i in range(self.days)]
        first = week_start(self.from_on)
        return [first + timedelta(days=i) for i in range(0, (self.to_on - first).days + 1, 7)]

    def step_of(self, at: datetime) -> date:
        """Return the step in which a moment lies."""
        on = timezone.localtime(at).date()
        return on if self.days <= MOST_SINGLE_DAYS else week_start(on)


@dataclass(frozen=True)
class ReviewerFigures:
    """One reviewer's period. Counts of votes; `took_s` and `speed` (of the sound) are medians from opening to vote."""

    reviewer_id: int
    approve: int = 0
    reject: int = 0
    unsure: int = 0
    undone: int = 0
    alike: int = 0
    unlike: int = 0
    gold: int = 0
    gold_right: int = 0
    took_s: float | None = None
    speed: float | None = None

    @property
    def votes(self) -> int:
        """How many votes stand, gold samples aside."""
        return self.approve + self.reject + self.unsure

    @property
    def compared(self) -> int:
        """How many votes for or against were cast on samples that people have decided since."""
        return self.alike + self.unlike


@dataclass(frozen=True)
class Step:
    """What was decided in a week, or on a day: counts by outcome, and hours from sending to people's decision."""

    on: date
    approved: int = 0
    rejected: int = 0
    refused: int = 0
    median_h: float | None = None
    slow_h: float | None = None


@dataclass(frozen=True)
class Figures:
    """All that the page shows."""

    counted_at: datetime
    agreement: Agreement
    reviewers: list[ReviewerFigures]
    reasons: dict[str, int]
    refusals: dict[str, int]
    steps: list[Step]
    ages: dict[str, dict[str, int]]


def make_period(*, days: int, project: Project | None, now: datetime) -> Period:
    """Return the last days, today included; any other number than those of DAYS is 30."""
    days = days if days in DAYS else 30
    today = timezone.localtime(now).date()
    return Period(days, today - timedelta(days=days - 1), today, project.pk if project else None)


def read_figures(period: Period, *, now: datetime) -> Figures:
    """Return the figures, counted at most a minute ago."""
    key = f"review-figures:{period.project_id or 'all'}:{period.days}:{period.to_on}"
    kept: Figures | None = cache.get(key)
    if kept is None:
        kept = count_figures(period, now=now)
        cache.set(key, kept, KEPT_S)
    return kept


def count_figures(period: Period, *, now: datetime) -> Figures:
    """Return the figures of the period, and the age of the queue now (six queries)."""
    steps, refusals = _count_decisions(period)
    return Figures(
        counted_at=now,
        agreement=_measure_first_two(period),
        reviewers=count_reviewers(period),
        reasons=_count_reasons(period),
        refusals=refusals,
        steps=steps,
        ages=count_ages(project_id=period.project_id, now=now),
    )


def count_reviewers(period: Period, *, reviewer: User | None = None) -> list[ReviewerFigures]:
    """Return the figures of each who voted in the period, the busiest first (two queries); or of one."""
    # A vote on a gold sample that was taken back tells nothing.
    told = Review.objects.exclude(undone_at__isnull=False, is_gold=True)
    votes = _of(told, period, "sample__project").filter(period.span.on("voted_at"))
    if reviewer is not None:
        votes = votes.filter(reviewer=reviewer)
    stands = Q(undone_at=None, is_gold=False)
    gold = Q(undone_at=None, is_gold=True)
    counted = (
        votes.order_by()
        .values("reviewer_id")
        .annotate(
            **{verdict: Count("pk", filter=stands & Q(verdict=verdict)) for verdict in Verdict.values},
            undone=Count("sample", filter=Q(undone_at__isnull=False, is_gold=False), distinct=True),
            alike=Count("pk", filter=stands & LIKE_OUTCOME),
            unlike=Count("pk", filter=stands & UNLIKE_OUTCOME),
            gold=Count("pk", filter=gold),
            gold_right=Count("pk", filter=gold & GOLD_RIGHT),
        )
    )
    paces = _measure_pace(votes.filter(stands))
    rows = [replace(ReviewerFigures(**row), **paces.get(row["reviewer_id"], {})) for row in counted]
    return sorted(rows, key=lambda row: (-row.votes, row.reviewer_id))


def _measure_pace(votes: QuerySet[Any]) -> dict[int, dict[str, Any]]:
    """Return each reviewer's median seconds from opening to vote, and the median speed through the sound."""
    plays = SamplePlay.objects.filter(sample=OuterRef("sample"), listener=OuterRef("reviewer"))
    opened = votes.annotate(
        opened_at=Subquery(plays.values("opened_at")[:1]), length_ms=F("sample__duration_ms")
    )
    paces: dict[int, list[tuple[float, float]]] = defaultdict(list)
    rows = opened.order_by().values_list("reviewer_id", "opened_at", "voted_at", "length_ms")
    for reviewer_id, opened_at, voted_at, length_ms in rows.iterator():
        if opened_at is not None and voted_at > opened_at and length_ms:
            took_s = (voted_at - opened_at).total_seconds()
            paces[reviewer_id].append((took_s, length_ms / 1000 / took_s))
    return {
        reviewer_id: {"took_s": median(took for took, _x in each), "speed": median(x for _took, x in each)}
        for reviewer_id, each in paces.items()
    }


def _measure_first_two(period: Period) -> Agreement:
    """Return the agreement of the first two votes on the samples whose second vote lies in the period."""
    seconds = _of(second_votes(), period, "sample__project").filter(period.span.on("voted_at"))
    pairs = seconds.order_by().values_list("first", "verdict").annotate(count=Count("pk"))
    tally: Counter[tuple[int, ...]] = Counter()
    for first, second, count in pairs:
        (pattern,) = tally_votes([(first, second)], categories=Verdict.values)
        tally[pattern] += count
    return measure_agreement(tally)


def _count_reasons(period: Period) -> dict[str, int]:
    """Return for how many samples each reason was given, the most frequent first."""
    votes = _of(choose_votes(span=period.span), period, "sample__project").exclude(reasons=[])
    samples: dict[str, set[int]] = defaultdict(set)
    for sample_id, codes in votes.order_by().values_list("sample_id", "reasons").iterator():
        for code in codes:
            samples[code].add(sample_id)
    counts = Counter({code: len(found) for code, found in samples.items()})
    return dict(counts.most_common())


def _count_decisions(period: Period) -> tuple[list[Step], dict[str, int]]:
    """Return what was decided step by step, and how often the machine refused for which reason (one query)."""
    decided = [SampleStatus.APPROVED, SampleStatus.REJECTED, SampleStatus.REFUSED]
    samples = _of(Sample.objects.all(), period, "project").filter(
        period.span.on("decided_at"), status__in=decided
    )
    outcomes: dict[date, Counter[str]] = defaultdict(Counter)
    hours: dict[date, list[float]] = defaultdict(list)
    refusals: Counter[str] = Counter()
    rows = samples.order_by().values_list("status", "refusal", "sent_at", "decided_at")
    for status, refusal, sent_at, decided_at in rows.iterator():
        step = period.step_of(decided_at)
        outcomes[step][status] += 1
        if status == SampleStatus.REFUSED:
            refusals[refusal] += 1
        else:
            hours[step].append((decided_at - sent_at).total_seconds() / 3600)
    steps = [_make_step(on, outcomes[on], hours[on]) for on in period.steps]
    return steps, dict(refusals.most_common())


def _make_step(on: date, outcomes: Counter[str], hours: list[float]) -> Step:
    middle, slow = np.percentile(hours, (50, SLOW_PERCENT)) if hours else (None, None)
    return Step(
        on,
        approved=outcomes[SampleStatus.APPROVED],
        rejected=outcomes[SampleStatus.REJECTED],
        refused=outcomes[SampleStatus.REFUSED],
        median_h=None if middle is None else float(middle),
        slow_h=None if slow is None else float(slow),
    )


def count_ages(*, project_id: int | None, now: datetime) -> dict[str, dict[str, int]]:
    """Return how many samples wait for how long, by state and by the keys of AGES (one query)."""
    waiting = Sample.objects.filter(status__in=[SampleStatus.IN_REVIEW, SampleStatus.CROSS_REVIEW])
    if project_id:
        waiting = waiting.filter(project=project_id)
    ages = {f"age_{age.key}": Count("pk", filter=age.condition(now=now)) for age in AGES}
    found: QuerySet[Any, Any] = waiting.order_by().values("status").annotate(**ages)
    return {row["status"]: {age.key: row[f"age_{age.key}"] for age in AGES} for row in found}


def _of(rows: QuerySet[Any], period: Period, project: str) -> QuerySet[Any]:
    """Return the rows of the period's project, all when it has none."""
    return rows.filter(**{project: period.project_id}) if period.project_id else rows
