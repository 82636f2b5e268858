"""
accounts ← scheduling ← recordings ← payments, and config on top.

A later app uses earlier ones, never the reverse. Imports are walked (those
inside functions too), and every string that names something of an app:
"payments.Payment", reverse("payments:…"), async_task("payments.…"), {% url %}.

A link from one page to another is the one thing that may point forward, in
templates alone: a page of bookings leads to the statement of pay. It names an
address and uses nothing of the later app.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
ORDER = ["accounts", "scheduling", "recordings", "payments", "config"]
# "app.Model", "app.module.function", "app:page": what Django and the queue look up by name.
NAMED = re.compile(rf"^({'|'.join(ORDER)})[.:][A-Za-z_]\w*")


def sources(app: str) -> list[Path]:
    return sorted((ROOT / app).rglob("*.py"))


def uses(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Yield the line and the app of everything that the module takes from an app of ours."""
    for node in ast.walk(tree):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names = [node.module]
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and NAMED.match(node.value):
            names = [re.split("[.:]", node.value)[0]]
        yield from ((node.lineno, name.split(".")[0]) for name in names if name.split(".")[0] in ORDER)


def forward_uses(source: str, app: str) -> list[str]:
    rank = ORDER.index(app)
    found = uses(ast.parse(source))
    return [f"line {line}: {app} uses {other}" for line, other in sorted(found) if ORDER.index(other) > rank]


@pytest.mark.parametrize("app", ORDER[:-1])
def test_app_uses_only_itself_and_earlier_apps(app):
    wrong = [
        f"{path.relative_to(ROOT)} {use}"
        for path in sources(app)
        for use in forward_uses(path.read_text(encoding="utf-8"), app)
    ]
    assert wrong == []


@pytest.mark.parametrize("app", ORDER)
def test_app_has_no_imports_inside_functions(app):
    wrong = []
    for path in sources(app):
        for function in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
                inner = [node for node in ast.walk(function) if isinstance(node, ast.Import | ast.ImportFrom)]
                wrong += [f"{path.relative_to(ROOT)} line {node.lineno}" for node in inner]
    assert wrong == []


@pytest.mark.parametrize("app", ORDER[:-1])
def test_app_connects_no_signals(app):
    wrong = [
        str(path.relative_to(ROOT))
        for path in sources(app)
        if re.search(r"@receiver\(|\.connect\(\w+,", path.read_text(encoding="utf-8"))
    ]
    assert wrong == []


@pytest.mark.parametrize("app", ORDER[:-1])
def test_templates_include_and_extend_only_their_own_and_shared_parts(app):
    """A link may lead anywhere; a part of a page comes from the app itself or from an earlier one."""
    later = ORDER[ORDER.index(app) + 1 :]
    part = re.compile(rf"{{%\s*(?:include|extends)\s+[\"'](?:{'|'.join(later)})/")
    folder = ROOT / "templates" / app
    wrong = [
        str(path.relative_to(ROOT))
        for path in sorted(folder.rglob("*.html"))
        if part.search(path.read_text(encoding="utf-8"))
    ]
    assert wrong == []


@pytest.mark.parametrize(
    "source",
    [
        "import payments",
        "from payments.models import Payment",
        "def late():\n    from payments import earnings",
        "field = ForeignKey('payments.Payment')",
        "url = reverse('payments:statement')",
        "async_task('payments.tasks.create_payments_due')",
        "import config.views",
    ],
)
def test_walker_sees_every_kind_of_forward_use(source):
    assert len(forward_uses(source, "scheduling")) == 1


@pytest.mark.parametrize(
    "source",
    [
        "from accounts.models import User",
        "url = reverse('accounts:profile')",
        "words = 'payments are made on Fridays'",
        "from django.db import models",
        "from .models import Payment",
    ],
)
def test_walker_lets_everything_else_be(source):
    assert forward_uses(source, "scheduling") == []
