"""What breaks with one keeps nobody else waiting, in one place alone. See docs/decisions/0016."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from accounts.apart import do_apart

ROOT = Path(__file__).resolve().parent.parent.parent
BROAD = {"Exception", "BaseException"}


def broad_handlers(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ExceptHandler):
            names = (
                {name.id for name in ast.walk(node.type) if isinstance(name, ast.Name)}
                if node.type
                else BROAD
            )
            if names & BROAD:
                yield str(path.relative_to(ROOT))


def test_work_is_done_and_its_result_returned():
    assert do_apart(lambda: 7, what="sample 7") == 7


@pytest.mark.django_db
def test_what_broke_is_logged_without_what_was_said(caplog, lin):
    def break_down():
        raise ZeroDivisionError(f"told of {lin.phone}")

    assert do_apart(break_down, what="sample 7") is None
    assert "sample 7 broke: ZeroDivisionError" in caplog.text
    assert "in break_down" in caplog.text
    assert lin.phone not in caplog.text


def test_end_of_the_process_is_not_held_back():
    def end():
        raise SystemExit

    with pytest.raises(SystemExit):
        do_apart(end, what="sample 7")


def test_no_other_place_of_the_product_catches_everything():
    apps = ("accounts", "scheduling", "recordings", "payments", "config")
    found = [place for app in apps for path in (ROOT / app).rglob("*.py") for place in broad_handlers(path)]

    assert found == ["accounts/apart.py"]
