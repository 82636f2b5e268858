"""A rush on few slots. First the negative control: without the guard the same storm must oversell."""

import random
from collections import Counter

import pytest

from tests.races.harness import Crew

pytestmark = pytest.mark.race


def make_clients(scene: dict[str, list[int]], *, count: int, seed: int) -> list[list[list[list[int]]]]:
    """Return clients for four workers: each with a pair and three slots, the first slots wanted most."""
    chance = random.Random(seed)
    weights = [1 / (rank + 2) for rank in range(len(scene["slots"]))]
    clients = []
    for _number in range(count):
        pair = chance.choice(scene["pairs"])
        clients.append([[pair, slot] for slot in chance.choices(scene["slots"], weights, k=3)])
    return [clients[number::4] for number in range(4)]


def run_storm(crew: Crew, scene: dict[str, list[int]], *, clients: int, seed: int = 7) -> Counter[str]:
    shares = make_clients(scene, count=clients, seed=seed)
    answers: Counter[str] = Counter()
    for counted in crew.race(*(("storm", {"clients": share}) for share in shares)):
        answers.update(counted)
    return answers


def test_storm_without_the_guard_oversells(crew: Crew):
    scene = crew.do("make_storm", people=30, pairs=60, days=2)
    crew.do("drop_belts")
    crew.everywhere("take_guard_off")
    try:
        # Everybody presses the same slots in the same order: if this does not oversell, no storm would.
        tries = [[[pair, slot]] for slot in scene["slots"] for pair in scene["pairs"][:4]]
        crew.race(*(("storm", {"clients": tries}) for _worker in crew.workers))
    finally:
        crew.everywhere("put_guard_on")

    left = crew.do("look")

    assert left["live"] > left["slots"]
    assert any("at one time" in line for line in left["broken"])


def test_storm_sells_every_slot_once(crew: Crew):
    scene = crew.do("make_storm", people=30, pairs=60, days=2)

    answers = run_storm(crew, scene, clients=240)

    assert crew.do("look") == {"live": 12, "slots": 12, "broken": [], "deadlocks": 0}
    assert answers["held"] == 12
    assert set(answers) == {"held", "taken"}


@pytest.mark.long
def test_long_storm_sells_every_slot_once(crew: Crew):
    scene = crew.do("make_storm", people=120, pairs=360, days=10)

    answers = run_storm(crew, scene, clients=4000)

    assert crew.do("look") == {"live": 60, "slots": 60, "broken": [], "deadlocks": 0}
    assert answers["held"] == 60
    assert set(answers) == {"held", "taken"}


def test_forms_sent_again_count_once(crew: Crew):
    """One press in five comes twice, with the same key, from another process."""
    scene = crew.do("make_storm", people=30, pairs=60, days=1)
    browsers = crew.do("make_browsers", pairs=scene["pairs"])
    chance = random.Random(11)
    presses: list[list[list[object]]] = [[], [], [], []]
    for number in range(80):
        pair = chance.choice(scene["pairs"])
        press = [
            pair,
            browsers[str(pair)],
            chance.choice(scene["slots"]),
            f"key-of-the-form-number-{number:04}",
        ]
        presses[number % 4].append(press)
        if number % 5 == 0:
            presses[(number + 1) % 4].append(press)

    answers: Counter[str] = Counter()
    for counted in crew.race(*(("send_forms", {"presses": share}) for share in presses)):
        answers.update(counted)

    assert crew.do("look") == {"live": 6, "slots": 6, "broken": [], "deadlocks": 0}
    assert set(answers) <= {"302", "409"}
    assert crew.do("count_form_keys") == {"kept": 6, "running": 0}
    assert crew.do("statuses") == {"held": 6}
