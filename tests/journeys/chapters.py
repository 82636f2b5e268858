"""The chapters of the story: each is told once for all journeys, and each goes on where the one before ended."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

from tests.journeys import finance, participants, reviewers, studio
from tests.journeys.looking import PHONE
from tests.journeys.people import Visitor, enrol
from tests.journeys.site import Site
from tests.journeys.voices import make_session_track, make_talk

Come = Callable[..., Visitor]
Desk = Callable[[str], Visitor]


@dataclass(frozen=True)
class Two:
    """The two who take part, and the addresses of their samples."""

    lin: Visitor
    mei: Visitor
    samples: dict[str, str]


@pytest.fixture(scope="session")
def two(come: Come, staff: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Two:
    """Two people who have joined and sent real sound in two formats; 梅朵's came first."""
    folder: Path = tmp_path_factory.mktemp("sound")
    lin = come("Lin", "+8613800138001", viewport=PHONE)
    mei = come("Mei", "+8613800138002", viewport=PHONE)
    participants.join(lin, participants.LIN, looking=True)
    participants.join(mei, participants.MEI)
    sent = participants.send_sample(mei, make_talk(folder / "梅.mp4", seconds=61, seed=1), looking=True)
    other = participants.send_sample(lin, make_talk(folder / "林.m4a", seconds=62, seed=2))
    return Two(lin=lin, mei=mei, samples={"mei": sent, "lin": other})


@pytest.fixture(scope="session")
def desk(come: Come, staff: dict[str, str]) -> Desk:
    """Return a function that gives a member of staff, with an authenticator app set up on the first day."""

    @cache
    def at_desk(name: str) -> Visitor:
        person = come(name, staff[name])
        enrol(person, looking=name == "rui")
        return person

    return at_desk


@pytest.fixture(scope="session")
def qualified(two: Two, desk: Desk) -> Two:
    """Both approved: 梅朵 by a lead who overturns two rejections, 林小雨 by two of three."""
    rui, tao, yan, lead = (desk(name) for name in ("rui", "tao", "yan", "lead"))
    _reject_two_of_three(rui, tao, yan)
    for reviewer in (rui, tao):
        reviewers.play_fast(reviewer)
    reviewers.open_cross_review(lead)
    lead.look("cross-review")
    reviewers.play_fast(lead)
    for reviewer in (rui, tao, lead):
        reviewers.wait_heard(reviewer, for_approval=True)
    reviewers.overturn(lead, explanation="两人谈得生动，背景声音可以接受。")
    for reviewer in (rui, tao):
        reviewers.vote(reviewer, "Approve")
    participants.read_decision(two.mei, two.samples["mei"], looking=True)
    participants.read_decision(two.lin, two.samples["lin"])
    return two


def _reject_two_of_three(rui: Visitor, tao: Visitor, yan: Visitor) -> None:
    """Let the three take the oldest sample at once and two of them reject it, one after an undo."""
    three = (rui, tao, yan)
    for reviewer in three:
        reviewers.take_next(reviewer)
    assert len({reviewer.page.url for reviewer in three}) == 1
    shown = rui.page.locator("body").inner_text()
    assert participants.LIN.name not in shown
    assert participants.MEI.name not in shown
    rui.look("review-sample")
    reviewers.approve_too_early(rui)
    for reviewer in three:
        reviewers.play_fast(reviewer)
    for reviewer in three:
        reviewers.wait_heard(reviewer, for_approval=False)
    reviewers.vote(yan, "Unsure")
    reviewers.reject(rui)
    reviewers.undo(rui)
    reviewers.reject(rui)
    reviewers.reject(tao)


@pytest.fixture(scope="session")
def pair(qualified: Two) -> Two:
    """The two as a pair, by code."""
    participants.pair_up(qualified.lin, qualified.mei)
    return qualified


@pytest.fixture(scope="session")
def booked(pair: Two) -> str:
    """The address of the session that one booked and the other accepted."""
    return participants.book(pair.lin, pair.mei)


@pytest.fixture(scope="session")
def recorded(booked: str, desk: Desk, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The address of the session as the studio sees it, recorded and closed short."""
    folder, oskar = tmp_path_factory.mktemp("tracks"), desk("oskar")
    studio.check_in(oskar)
    studio.talk(oskar)
    studio.read_dialogues(oskar, count=3)
    tracks = {
        speaker: make_session_track(folder / f"{speaker}.wav", seed=seed) for seed, speaker in enumerate("AB")
    }
    studio.attach(oskar, tracks)
    return studio.finish_short(oskar, reason="今天只试录几段。")


@pytest.fixture(scope="session")
def paid(recorded: str, pair: Two, site: Site, desk: Desk) -> str:
    """The address of the batch that paid both, one of them less a deduction."""
    participants.enter_account(pair.lin, holder="林小雨", looking=True)
    participants.enter_account(pair.mei, holder="梅朵")
    site.run_periodic("create payments")
    fang, fei = desk("fang"), desk("fei")
    finance.propose_deduction(fang)
    finance.decide_deduction(fei)
    finance.approve_payments(fei)
    batch = finance.make_batch(fang)
    finance.approve_batch(fei, batch)
    content = finance.download(fei)
    finance.submit(fei)
    finance.read_results(fei, finance.numbers_in(content))
    return batch
