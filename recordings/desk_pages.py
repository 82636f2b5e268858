"""What the pages of lead reviewers show: reviewers and their load, relations, gold samples."""

from datetime import datetime
from typing import Any

from django.db.models import Count, Q, QuerySet

from accounts.models import User
from recordings.assignments import count_short_samples
from recordings.conflicts import samples_without_lead
from recordings.desk_forms import name_of
from recordings.gold import GOLD_STATUSES
from recordings.models import Conflict, GoldSample, ReviewerProfile, Sample
from recordings.review_pages import describe_sound, keyed_reasons
from recordings.reviewers import reviewers_with_load
from recordings.standing import badge_kind
from scheduling.models import SpokenLanguage


def reviewers_page(*, now: datetime) -> dict[str, Any]:
    """Return the reviewers with their load, those who are paused, and which samples lack reviewers or leads."""
    at_work = reviewers_with_load(now=now)
    paused = User.objects.filter(is_active=True, reviewer_profile__is_active=False)
    paused = paused.select_related("reviewer_profile", "profile").order_by("pk")
    short = count_short_samples()
    return {
        "rows": [*(_row(person) for person in at_work), *(_row(person) for person in paused)],
        "short": [
            {"language": SpokenLanguage(language).label, "count": short[language]}
            for language in sorted(short)
        ],
        "without_lead": samples_without_lead().count(),
    }


def _row(person: User) -> dict[str, Any]:
    profile = getattr(person, "reviewer_profile", None) or ReviewerProfile(person=person)
    return {
        "person": person,
        "name": name_of(person),
        "profile": profile,
        "languages": [SpokenLanguage(language).label for language in profile.languages],
        "load": getattr(person, "load", 0),
        "week": getattr(person, "week", 0),
    }


def conflict_rows() -> QuerySet[Conflict]:
    """Return the relations, the newest first."""
    return Conflict.objects.select_related("staff__profile", "person", "by__profile").order_by("-pk")


def gold_rows(lead: User) -> list[dict[str, Any]]:
    """Return the gold samples with how many votes on them agreed; not those of the lead's own voice."""
    cast = Q(sample__reviews__is_gold=True, sample__reviews__undone_at=None)
    golds = (
        GoldSample.objects.exclude(sample__person=lead)
        .values("pk")
        .annotate(
            votes=Count("sample__reviews", filter=cast),
            approvals=Count("sample__reviews", filter=cast & Q(sample__reviews__verdict="approve")),
            rejections=Count("sample__reviews", filter=cast & Q(sample__reviews__verdict="reject")),
        )
    )
    counted = {row["pk"]: row for row in golds}
    rows = GoldSample.objects.filter(pk__in=counted).select_related("sample", "set_by__profile")
    rows = rows.defer("sample__peaks", "sample__regions").order_by("-set_at", "-pk")
    return [
        {
            "gold": gold,
            "votes": counted[gold.pk]["votes"],
            "agreed": counted[gold.pk]["approvals" if gold.expected == "approve" else "rejections"],
        }
        for gold in rows
    ]


def decided_samples(lead: User) -> QuerySet[Sample]:
    """Return the decided samples of others that are not gold, the latest decision first."""
    decided = Sample.objects.filter(status__in=GOLD_STATUSES, gold=None).exclude(person=lead)
    return decided.defer("peaks", "regions").order_by("-decided_at", "-pk")


def gold_page(sample: Sample, *, lead: User) -> dict[str, Any]:
    """Return what the page of a gold sample shows: the sound, and what was said of it so far."""
    gold = getattr(sample, "gold", None)
    told = {} if gold is None else {"expected": gold.expected, "explanation": gold.explanation}
    return {
        "sample": sample,
        "gold": gold,
        "kind": badge_kind(sample.status),
        "sound": describe_sound(sample, listener=lead),
        "reasons": keyed_reasons(),
        "chosen": gold.reasons if gold else [],
        "told": told,
    }
