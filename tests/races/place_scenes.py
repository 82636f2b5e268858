"""Booths, studios and projects in the race tests: somebody closes one while a pair is at one of its slots."""

import time
from pathlib import Path
from typing import Any

from django.apps import apps
from django.db import transaction

from scheduling import places
from tests.factories import NOW, make_pair, make_person, make_project, make_slot
from tests.races.scenes import press, stay_at_it, wait_for


def make_place(*, slug: str) -> dict[str, Any]:
    """Prepare a slot with two pairs that can book it; return their keys, and those of all that its place is."""
    with transaction.atomic():
        project = make_project(slug=slug)
        slot = make_slot(project=project)
        pairs = [make_pair(make_person(), make_person(), project=project).pk for _number in range(2)]
    places_of_it = {"booth": slot.booth_id, "studio": slot.booth.studio_id, "project": project.pk}
    return {"slot": slot.pk, "pairs": pairs, "places": places_of_it}


def hold_at_length(*, pair: int, slot: int, flag: str) -> float:
    """Hold the slot, raise the flag, stay until somebody waits for it or is done; return when that was (s)."""
    with transaction.atomic():
        assert press(pair=pair, slot=slot) == "held"
        Path(flag).touch()
        stay_at_it(Path(flag).with_suffix(".done"))
        return time.monotonic()


def close_under_way(*, kind: str, pk: int, flag: str, by_rule: bool) -> float:
    """Close the place once the flag is up, by the rule or as any form writes a row; return when that was over (s)."""
    wait_for(Path(flag))
    place = apps.get_model("scheduling", kind).objects.get(pk=pk)
    if by_rule:
        places.close_place(place, now=NOW)
    else:
        place.is_open = False
        place.save()
    over_s = time.monotonic()
    Path(flag).with_suffix(".done").touch()
    return over_s
