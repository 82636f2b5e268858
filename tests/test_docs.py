"""What the code has and the documents say is the same: settings, commands, periodic tasks, pages, rules, links."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.management import get_commands
from django.urls import URLPattern, URLResolver, get_resolver

from config import settings as our_settings
from config.periodic import PERIODIC

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs"
OUR_APPS = ("accounts", "scheduling", "recordings", "payments", "config")
DOCUMENTS = sorted([*ROOT.glob("*.md"), *DOCS.rglob("*.md")])
OPERATIONS = (DOCS / "operations.md").read_text(encoding="utf-8")
PAGES = (DOCS / "pages.md").read_text(encoding="utf-8")
RULES = (DOCS / "rules.md").read_text(encoding="utf-8")
UNDER_DEBUG = "under DEBUG"
# Words that a page's "who" may be made of.
WHO = {
    "everybody",
    UNDER_DEBUG,
    "signed in",
    "staff",
    "participant",
    "reviewer",
    "lead reviewer",
    "operator",
    "manager",
    "finance",
    "administrator",
}
# Folders whose files a document may name: the rest (`/pay/`, `a/b`) are no paths of the tree.
FOLDERS = "|".join([*OUR_APPS, "templates", "static", "locale", "docs", "tests", "benchmarks", r"\.ci"])
FILE_NAME = re.compile(rf"(?<![\w/.])(?:{FOLDERS})/[\w./-]*\.(?:py|md|html|css|js|json|svg|png|po|txt)\b")


def rows(text: str, *, heading: str = "") -> list[list[str]]:
    """Return the cells of every table row of the text, or of one section, without the head of the table."""
    if heading:
        text = re.split(r"^## ", text.split(f"## {heading}\n", 1)[1], maxsplit=1, flags=re.M)[0]
    lines = [line for line in text.splitlines() if line.startswith("| ") and not line.startswith("| ---")]
    return [cells for line in lines if "`" in (cells := [c.strip() for c in line.strip("|").split(" | ")])[0]]


def named(text: str, *, heading: str) -> set[str]:
    """Return what stands in backticks in the first cells of a section's table."""
    return {re.findall(r"`([^`]+)`", cells[0])[0] for cells in rows(text, heading=heading)}


def pages(resolver: URLResolver, *, namespace: str = "", address: str = "/") -> Iterator[tuple[str, str]]:
    """Yield the name and the address of every named page, save the administration's."""
    for entry in resolver.url_patterns:
        here = address + str(entry.pattern)
        if isinstance(entry, URLPattern):
            if entry.name:
                yield namespace + entry.name, here
        elif entry.namespace != "admin":
            inner = f"{namespace}{entry.namespace}:" if entry.namespace else namespace
            yield from pages(entry, namespace=inner, address=here)


def test_settings_are_those_of_the_operations_page():
    assert named(OPERATIONS, heading="Settings") == set(our_settings.env.scheme) | {"DATABASE_URL"}


def test_commands_are_those_of_the_operations_page():
    ours = {name for name, app in get_commands().items() if app in OUR_APPS}
    documented = {command.split()[1] for command in named(OPERATIONS, heading="Commands")}

    assert ours <= documented
    assert documented <= set(get_commands())


def test_periodic_tasks_are_those_of_the_operations_page():
    documented = {
        (cells[0].strip("`"), cells[1].strip("`")) for cells in rows(OPERATIONS, heading="Periodic tasks")
    }

    assert documented == {(task.func, task.cron) for task in PERIODIC}


def test_pages_are_those_of_the_pages_page():
    documented = {
        (cells[0].strip("`"), cells[1].strip("`")) for cells in rows(PAGES) if UNDER_DEBUG not in cells[2]
    }

    assert documented == set(pages(get_resolver()))


def test_pages_say_who_and_what_for():
    for name, _address, who, what in rows(PAGES):
        assert set(who.split(", ")) <= WHO, name
        assert len(what) > 10, name


def test_rules_that_code_names_exist():
    written = set(re.findall(r"^- \*\*R-(\d+)\*\*", RULES, flags=re.M))
    sources = [path for app in OUR_APPS for path in (ROOT / app).rglob("*.py")]
    named_in_code = {
        (number, path.relative_to(ROOT).as_posix())
        for path in [*sources, *(ROOT / "templates").rglob("*.html")]
        for number in re.findall(r"\bR-(\d+)\b", path.read_text(encoding="utf-8"))
    }

    assert {(number, path) for number, path in named_in_code if number not in written} == set()


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_links_and_files_of_a_document_exist(document):
    text = document.read_text(encoding="utf-8")
    links = re.findall(r"\]\(([^)\s#]+)(?:#[^)]*)?\)", text)
    local = [link for link in links if not re.match(r"[a-z]+:", link)]
    prose = re.sub(r"```.*?```", "", text, flags=re.S)

    assert [link for link in local if not (document.parent / link).exists()] == []
    assert [name for name in FILE_NAME.findall(prose) if not (ROOT / name).exists()] == []


def test_races_are_where_make_looks_for_them():
    places = re.search(r"^RACES := (.*)$", (ROOT / "Makefile").read_text(), re.MULTILINE)[1].split()
    marked = [
        path for path in (ROOT / "tests").rglob("test_*.py") if re.search(r"\bmark\.race\b", path.read_text())
    ]

    assert [path for path in marked if not any(path.is_relative_to(ROOT / place) for place in places)] == []
