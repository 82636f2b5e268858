import ast
from pathlib import Path

import pytest
from django.conf import settings

from recordings.verdicts import Ruling, rule_on
from scheduling.models import Project


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

    assert rule_on(verdicts, project=Project()) == ruling


@pytest.mark.parametrize(
    ("votes", "ruling"), [("aa", Ruling.OPEN), ("aaa", Ruling.APPROVED), ("aarru", Ruling.CROSS_REVIEW)]
)
def test_votes_of_five_decide_with_three(votes, ruling):
    verdicts = [{"a": "approve", "r": "reject", "u": "unsure"}[vote] for vote in votes]

    assert rule_on(verdicts, project=Project(reviewers_per_sample=5, votes_to_decide=3)) == ruling


# Where the figure may be named besides the rule: the field, its form, "1 of 2 have listened", and a first sieve
# that only finds samples worth asking the rule about.
MAY_NAME_THE_FIGURE = {
    "recordings/reviews.py",
    "recordings/standing.py",
    "recordings/verdicts.py",
    "scheduling/project_forms.py",
}


def names_in(path):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Attribute):
            yield node.attr
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and "\n" not in node.value:
            yield node.value


def test_nobody_else_decides_by_votes():
    modules = {
        str(path.relative_to(settings.BASE_DIR)): path
        for app in ("accounts", "scheduling", "recordings", "payments", "config")
        for path in (Path(settings.BASE_DIR) / app).rglob("*.py")
        if "migrations" not in path.parts
    }

    naming = {
        name for name, path in modules.items() if any("votes_to_decide" in word for word in names_in(path))
    }

    assert naming == MAY_NAME_THE_FIGURE
