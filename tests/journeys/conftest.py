"""
A real browser, a real site, real people.

Without Chromium the browser journeys are not run, and that is said loudly;
where CI=true it is a failure.
"""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Playwright, expect, sync_playwright
from xdist.scheduler import LoadScopeScheduling

from tests.journeys.browsers import ARGUMENTS, find_chromium
from tests.journeys.chapters import booked, desk, paid, pair, qualified, recorded, two
from tests.journeys.looking import DESK, PHONE, SHOTS
from tests.journeys.people import Visitor, meet, sign_in
from tests.journeys.site import Site
from tests.races.harness import one_at_a_time

__all__ = ["booked", "desk", "paid", "pair", "qualified", "recorded", "two"]  # the story, for every journey

# Two sites and two browsers share the cores: what comes by itself may take longer than the usual five seconds.
expect.set_options(timeout=20_000)

left_out = pytest.StashKey[int]()
LEFT_OUT = "journeys_left_out"
CHAPTERS = set(__all__) - {"desk"}
# The modules that need the story: one process runs them all, or it would be told twice.
STORY = {"test_story.py", "test_surfaces.py"}


class OneStory(LoadScopeScheduling):
    """Gives each process whole modules, and those of the story to one."""

    def _split_scope(self, nodeid: str) -> str:
        module = nodeid.partition("::")[0]
        return "story" if Path(module).name in STORY else module


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> LoadScopeScheduling | None:
    return OneStory(config, log) if config.getvalue("dist") == "loadfile" else None


def pytest_itemcollected(item: pytest.Item) -> None:
    """Refuse a test that needs the story elsewhere than in its modules."""
    fixtures = item.fixturenames if isinstance(item, pytest.Function) else []
    assert item.path.name in STORY or not CHAPTERS.intersection(fixtures), f"{item.nodeid} needs the story"


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave the browser journeys out when there is no browser."""
    needing = [item for item in items if item.get_closest_marker("browser")]
    if needing and not find_chromium():
        config.hook.pytest_deselected(items=needing)
        items[:] = [item for item in items if item not in needing]
        config.stash[left_out] = len(needing)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Take what a process that ran journeys says of those that it left out."""
    if count := getattr(node, "workeroutput", {}).get(LEFT_OUT, 0):
        node.config.stash[left_out] = count


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput[LEFT_OUT] = session.config.stash.get(left_out, 0)
    elif session.config.stash.get(left_out, 0):
        if os.environ.get("CI") == "true":
            session.exitstatus = pytest.ExitCode.TESTS_FAILED
        elif exitstatus == pytest.ExitCode.NO_TESTS_COLLECTED:
            session.exitstatus = pytest.ExitCode.OK


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    if count := config.stash.get(left_out, 0):
        terminalreporter.write_sep("!", "NO CHROMIUM", red=True, bold=True)
        terminalreporter.write_line(
            f"{count} browser journeys were NOT run: the pages are untested in a browser.\n"
            "Install Chromium (Debian: apt-get install chromium-headless-shell; elsewhere: playwright\n"
            "install chromium) or name the program in CHROMIUM. Where CI=true this is a failure.",
            red=True,
        )


@pytest.fixture(scope="session")
def prepared(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """The data of a prepared site that nobody serves: made once for all processes of a run, copied for each site."""
    folder = tmp_path_factory.getbasetemp()
    if worker_id != "master":
        folder = folder.parent
    data_dir = folder / "prepared-site"
    with one_at_a_time(folder / "prepared-site.lock"):
        if not data_dir.exists():
            draft = Site(folder / "prepared-draft")
            draft.prepare()
            draft.data_dir.rename(data_dir)
    return data_dir


@pytest.fixture(scope="session")
def site(prepared: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A site with staff and slots, served until the last journey is over."""
    site = Site(tmp_path_factory.mktemp("site"))
    site.take_over(prepared)
    try:
        site.serve()
        yield site
    finally:
        site.end()


@pytest.fixture(scope="session")
def staff(site: Site) -> dict[str, str]:
    """The telephone numbers of the staff, by name."""
    return dict(site.stage("open_studio")["phones"])


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as playwright:
        yield playwright


@pytest.fixture(scope="session")
def browser(playwright: Playwright) -> Iterator[Browser]:
    if SHOTS:
        Path(SHOTS).mkdir(parents=True, exist_ok=True)
    browser = playwright.chromium.launch(executable_path=find_chromium(), args=ARGUMENTS)
    yield browser
    browser.close()


@pytest.fixture(scope="session")
def visitors() -> list[Visitor]:
    """Everybody who has come so far."""
    return []


@pytest.fixture(scope="session")
def come(browser: Browser, site: Site, visitors: list[Visitor]) -> Callable[..., Visitor]:
    """Return a function that lets somebody open a browser."""

    def visit(name: str, phone: str, *, viewport: dict[str, int] = DESK) -> Visitor:
        visitor = meet(browser, site, name=name, phone=phone, viewport=viewport)
        visitors.append(visitor)
        return visitor

    return visit


@pytest.fixture(scope="session")
def stranger(come: Callable[..., Visitor], site: Site, staff: dict[str, str]) -> Visitor:
    """Somebody who takes part and has nothing to do with anybody's things."""
    visitor = come("stranger", site.stage("bring_stranger")["phone"], viewport=PHONE)
    sign_in(visitor)
    return visitor


@pytest.fixture(autouse=True)
def _no_faults(request: pytest.FixtureRequest) -> Iterator[None]:
    """Fail the journey in which a browser's console said that something is wrong."""
    yield
    if "visitors" in request.fixturenames:
        everybody: list[Visitor] = request.getfixturevalue("visitors")
        faults = [fault for visitor in everybody for fault in visitor.faults]
        for visitor in everybody:
            visitor.faults.clear()
        assert not faults, "\n".join(faults)
