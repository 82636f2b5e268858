import pytest

from recordings.verdicts import Ruling, rule_on


@pytest.mark.parametrize(
    ("votes", "ruling"),
    [
        ("", Ruling.OPEN),
        ("a", Ruling.OPEN),
        ("aa", Ruling.APPROVED),
        ("ar", Ruling.OPEN),
        ("ara", Ruling.APPROVED),
        ("aua", Ruling.APPROVED),
        ("r", Ruling.OPEN),
        ("rr", Ruling.CROSS_REVIEW),
        ("rar", Ruling.CROSS_REVIEW),
        ("uu", Ruling.OPEN),
        ("uuu", Ruling.CROSS_REVIEW),
        ("aur", Ruling.CROSS_REVIEW),
        ("uua", Ruling.CROSS_REVIEW),
        ("aaa", Ruling.APPROVED),
    ],
)
def test_votes_of_three_decide(votes, ruling):
    verdicts = [{"a": "approve", "r": "reject", "u": "unsure"}[vote] for vote in votes]

    assert rule_on(verdicts, places=3, needed=2) == ruling


@pytest.mark.parametrize(
    ("votes", "ruling"), [("aa", Ruling.OPEN), ("aaa", Ruling.APPROVED), ("aarru", Ruling.CROSS_REVIEW)]
)
def test_votes_of_five_decide_with_three(votes, ruling):
    verdicts = [{"a": "approve", "r": "reject", "u": "unsure"}[vote] for vote in votes]

    assert rule_on(verdicts, places=5, needed=3) == ruling
