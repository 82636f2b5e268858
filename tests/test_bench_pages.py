"""The crowd of the benchmarks is one that the rules could have made, and every measured page answers."""

import pytest
from django.core.management import call_command
from django.utils import timezone

from benchmarks.crowd import gather_crowd
from benchmarks.crowd_studio import fill_studios
from benchmarks.measure_pages import browser_of
from benchmarks.pages import PAGES


@pytest.mark.django_db
def test_crowd_is_whole_and_every_page_answers_it(capsys):
    call_command("publish_notices", verbosity=0)
    now = timezone.now()
    crowd = gather_crowd(300, now=now)
    fill_studios(crowd, now=now)

    call_command("check_invariants")
    answers = {page.label: browser_of(page.visitor(crowd)).get(page.address(crowd)) for page in PAGES}

    assert ": whole" in capsys.readouterr().out
    assert {label: answer.status_code for label, answer in answers.items() if answer.status_code != 200} == {}
