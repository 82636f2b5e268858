"""Pure: what the votes on a sample come to. Everything that decides a sample asks here and nowhere else."""

from collections.abc import Iterable
from enum import StrEnum

from recordings.models import Verdict
from scheduling.models import Project


class Ruling(StrEnum):
    """Where a sample stands by its votes."""

    OPEN = "open"
    APPROVED = "approved"
    CROSS_REVIEW = "cross_review"


def rule_on(verdicts: Iterable[str], *, project: Project) -> Ruling:
    """
    Return what these votes decide on a sample of the project.

    `votes_to_decide` equal approvals approve; as many rejections do not reject but send
    the sample to cross review, and so do `reviewers_per_sample` votes that decided nothing.
    "Unsure" takes a place and decides nothing. Rules: R-9, R-10.
    """
    votes = list(verdicts)
    places, needed = project.reviewers_per_sample, project.votes_to_decide
    if votes.count(Verdict.APPROVE) >= needed:
        return Ruling.APPROVED
    if votes.count(Verdict.REJECT) >= needed or len(votes) >= places:
        return Ruling.CROSS_REVIEW
    return Ruling.OPEN
