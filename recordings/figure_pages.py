"""What the pages of figures show: each number in words, and the address of the rows behind it."""

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from recordings.agreement import Agreement, Undefined
from recordings.figures import Figures, Period, ReviewerFigures, Step
from recordings.models import SampleStatus
from recordings.reasons import REASONS, REFUSALS
from recordings.sample_lists import AGES, reviewers
from recordings.votes import VoteKind

UNDEFINED: dict[str, str | Promise] = {
    Undefined.NO_ITEMS: _("No sample has two votes yet."),
    Undefined.ONE_CATEGORY: _("All votes are the same, so there is nothing that could agree by chance."),
}
# A kappa on fewer samples than these moves with each of them.
FEW_ITEMS = 30


def figures_page(figures: Figures, *, period: Period) -> dict[str, Any]:
    """Return what the page for leads and managers shows (one query: names)."""
    links = Links(period)
    names = {person.pk: name_of(person) for person in reviewers()}
    waits = sum(sum(ages.values()) for ages in figures.ages.values())
    return {
        "figures": figures,
        "agreement": describe_agreement(figures.agreement, links=links),
        "votes": sum(row.votes for row in figures.reviewers),
        "votes_url": links.votes(),
        "undone": sum(row.undone for row in figures.reviewers),
        "undone_url": links.votes(vote=VoteKind.UNDONE),
        "waiting": waits,
        "waiting_url": links.samples(status="waiting", sort="oldest"),
        "reviewers": [
            describe_reviewer(row, name=names.get(row.reviewer_id, ""), links=links)
            for row in figures.reviewers
        ],
        "steps": [describe_step(step, links=links) for step in figures.steps],
        "has_decisions": any(step.approved or step.rejected or step.refused for step in figures.steps),
        "has_times": any(step.median_h is not None for step in figures.steps),
        "ages": describe_ages(figures.ages, links=links),
        "reasons": bars(
            (REASONS[code].label, count, links.votes(reason=code)) for code, count in figures.reasons.items()
        ),
        "refusals": bars(
            (REFUSALS[code].words, count, links.decided(status=SampleStatus.REFUSED, refusal=code))
            for code, count in figures.refusals.items()
        ),
    }


class Links:
    """Addresses of the list of samples, narrowed as the figures are."""

    def __init__(self, period: Period) -> None:
        self.period = period

    def samples(self, **chosen: object) -> str:
        """Return the list of those samples, whenever they came."""
        if self.period.project_id:
            chosen["project"] = self.period.project_id
        return f"{reverse('recordings:sample_list')}?{urlencode(chosen)}"

    def votes(self, **chosen: object) -> str:
        """Return the list of samples with such votes in the period."""
        return self.samples(**chosen, dated="voted", since=self.period.from_on, until=self.period.to_on)

    def decided(self, *, since: date | None = None, days: int = 0, **chosen: object) -> str:
        """Return the list of samples decided in the period, or in the part of it that `days` from `since` on have."""
        from_on = max(since, self.period.from_on) if since else self.period.from_on
        last = since + timedelta(days=days - 1) if since else self.period.to_on
        return self.samples(**chosen, dated="decided", since=from_on, until=min(last, self.period.to_on))


def name_of(person: User) -> str:
    """Return a member of staff's name, the pseudonym when there is none."""
    return person.profile.name if hasattr(person, "profile") else person.pseudonym


def describe_agreement(agreement: Agreement, *, links: Links) -> dict[str, Any]:
    """Return the agreement in words, and its place on a ruler from 0 to 100."""
    alike = round((agreement.observed or 0) * agreement.items)
    return {
        "kappa": signed(agreement.kappa),
        "low": signed(agreement.low),
        "high": signed(agreement.high),
        "ruler": None if agreement.low is None else _ruler(agreement),
        "undefined": UNDEFINED[agreement.undefined] if agreement.undefined else "",
        "observed": percent(alike, agreement.items),
        "expected": percent(agreement.expected or 0, 1),
        "items": agreement.items,
        "is_few": 0 < agreement.items < FEW_ITEMS,
        "alike": alike,
        "alike_url": links.votes(vote=VoteKind.ALIKE),
        "differ": agreement.items - alike,
        "differ_url": links.votes(vote=VoteKind.DIFFER),
    }


def _ruler(agreement: Agreement) -> dict[str, float]:
    """Return the interval and kappa on a ruler; what is worse than chance lies at its beginning."""
    low, kappa, high = (
        100 * max(0.0, each or 0.0) for each in (agreement.low, agreement.kappa, agreement.high)
    )
    return {"from": round(low, 1), "width": round(high - low, 1), "at": round(kappa, 1)}


def describe_reviewer(row: ReviewerFigures, *, name: str, links: Links) -> dict[str, Any]:
    """Return one reviewer's figures with the addresses of their votes."""

    def url(vote: str = "") -> str:
        return links.votes(reviewer=row.reviewer_id, **({"vote": vote} if vote else {}))

    return {
        "row": row,
        "name": name,
        "url": url(),
        "took": "" if row.took_s is None else f"{row.took_s // 60:.0f}:{row.took_s % 60:02.0f}",
        "speed": "" if row.speed is None else f"{row.speed:.1f}×",
        "shares": [
            {
                "kind": kind,
                "percent": percent(count, row.votes),
                "count": count,
                "url": url(kind),
                "label": label,
            }
            for kind, count, label in (
                ("approve", row.approve, VoteKind.APPROVE.label),
                ("reject", row.reject, VoteKind.REJECT.label),
                ("unsure", row.unsure, VoteKind.UNSURE.label),
            )
        ],
        "bar": stack(("approve", row.approve), ("reject", row.reject), ("unsure", row.unsure)),
        "undone_url": url(VoteKind.UNDONE),
        "alike_percent": percent(row.alike, row.compared),
        "unlike_url": url(VoteKind.AGAINST),
        "gold_url": url(VoteKind.GOLD_RIGHT),
    }


def describe_step(step: Step, *, links: Links) -> dict[str, Any]:
    """Return a week or a day of decisions with the addresses of the samples."""
    days = 1 if links.period.days <= len(links.period.steps) else 7
    counts = (
        ("approved", SampleStatus.APPROVED, step.approved),
        ("rejected", SampleStatus.REJECTED, step.rejected),
        ("refused", SampleStatus.REFUSED, step.refused),
    )
    return {
        "step": step,
        "label": date_format(step.on, "FIRST_DAY_FORMAT") if days == 1 else _week(step.on),
        "short": f"{step.on:%m-%d}",
        "counts": [
            {"count": count, "url": links.decided(since=step.on, days=days, status=status.value)}
            for _key, status, count in counts
        ],
        "median": hours(step.median_h),
        "slow": hours(step.slow_h),
        "url": links.decided(since=step.on, days=days, status="decided"),
    }


def _week(monday: date) -> str:
    return f"{monday:%Y-%m-%d} – {monday + timedelta(days=6):%m-%d}"


def describe_ages(ages: dict[str, dict[str, int]], *, links: Links) -> list[dict[str, Any]]:
    """Return a row for each age with samples in review and in cross review, none left out: gaps tell too."""
    review = ages.get(SampleStatus.IN_REVIEW, {})
    cross = ages.get(SampleStatus.CROSS_REVIEW, {})
    most = max((review.get(age.key, 0) + cross.get(age.key, 0) for age in AGES), default=0)
    return [
        {
            "label": age.label,
            "review": review.get(age.key, 0),
            "review_url": links.samples(status=SampleStatus.IN_REVIEW.value, age=age.key, sort="oldest"),
            "cross": cross.get(age.key, 0),
            "cross_url": links.samples(status=SampleStatus.CROSS_REVIEW.value, age=age.key, sort="oldest"),
            "bar": stack(("wait", review.get(age.key, 0)), ("cross", cross.get(age.key, 0)), of=most),
        }
        for age in AGES
    ]


def bars(rows: Iterable[tuple[str | Promise, int, str]]) -> list[dict[str, Any]]:
    """Return rows of a bar chart: the longest bar is the whole width."""
    known = list(rows)
    most = max((count for _label, count, _url in known), default=0)
    return [
        {"label": label, "count": count, "url": url, "bar": stack(("plain", count), of=most)}
        for label, count, url in known
    ]


def stack(*parts: tuple[str, int], of: int | None = None) -> list[dict[str, Any]]:
    """Return parts of a bar as shares of `of`, their sum by default: kind, where it begins and how long it is."""
    whole = of if of is not None else sum(count for _kind, count in parts)
    laid, at = [], 0.0
    for kind, count in parts:
        width = 100 * count / whole if whole else 0.0
        if width:
            laid.append({"kind": kind, "from": round(at, 2), "width": round(width, 2)})
        at += width
    return laid


def percent(part: float, whole: float) -> str:
    """Return a share in whole per cents, "" of nothing."""
    return f"{100 * part / whole:.0f}%" if whole else ""


def signed(value: float | None) -> str:
    """Return a figure with two digits and a minus sign that is none of a hyphen, "" for none."""
    return "" if value is None else f"{value:.2f}".replace("-", "\u2212")


def hours(value: float | None) -> str:
    """Return hours with one digit, "" for none."""
    return "" if value is None else f"{value:.1f}"
