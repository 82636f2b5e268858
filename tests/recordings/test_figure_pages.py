"""The pages of figures: who may see them, what they say, and that each number leads to just those rows."""

import re
from html import unescape

import pytest
from django.urls import reverse

from recordings.figure_pages import stack
from recordings.models import Sample
from tests.factories import NOW, make_person
from tests.recordings.makers import make_sample
from tests.recordings.test_figures import mark_gold, vote_on_gold
from tests.recordings.test_sample_lists import PAST, judged

FIGURES = reverse("recordings:review_figures")
OWN = reverse("recordings:own_figures")
ENGLISH = {"Accept-Language": "en"}


def words(response) -> str:
    return " ".join(response.content.decode().split())


@pytest.fixture
def manager(client_for, mara, clock):
    clock.move_to(PAST)
    return client_for(mara)


@pytest.fixture
def work(project, lin, mei, stranger, rui, tao, yan, lead):
    """Some of everything: approved, rejected after a split, in review, refused."""
    judged(lin, project, (rui, "approve"), (tao, "approve"))
    judged(mei, project, (rui, "approve"), (tao, "reject"), (yan, "reject"), lead=lead)
    judged(stranger, project, (tao, "unsure"))
    approved = Sample.objects.get(person=lin)
    mark_gold(approved, by=lead, expected="approve")
    vote_on_gold(approved, by=yan, verdict="approve")
    refused = make_sample(make_person("五"), project=project, status="measuring")
    Sample.objects.filter(pk=refused.pk).update(status="refused", refusal="too_short", decided_at=NOW)


@pytest.mark.parametrize(
    ("address", "may"), [(FIGURES, {"lead", "mara"}), (OWN, {"rui", "lead"})], ids=["all", "own"]
)
def test_figures_are_for_their_roles(request, client, client_for, db, address, may):
    for name in ("lin", "rui", "lead", "oskar", "mara", "fang"):
        answer = client_for(request.getfixturevalue(name)).get(address)
        assert answer.status_code == (200 if name in may else 403), name
    assert client_for(request.getfixturevalue("lead")).post(address).status_code == 405
    assert client.get(address).status_code == 302


def test_each_number_leads_to_as_many_rows(manager, work):
    """Every link to the list of samples is followed, and shows as many samples as the number says."""
    page = words(manager.get(FIGURES, headers=ENGLISH))
    links = re.findall(r'<a href="(/recording/samples/\?[^"]*)"[^>]*>(\d+)(?: alike| differ)?</a>', page)

    assert len(links) > 30
    for address, number in links:
        assert manager.get(unescape(address)).context["page_obj"].paginator.count == int(number), address


def test_figures_name_reviewers_and_say_how_they_agree(manager, work):
    page = words(manager.get(FIGURES, headers=ENGLISH))

    assert "Kappa is \u22120.33" in page
    assert "The first two agree on 50%; by chance it would be 62%." in page
    for name in ("芮", "陶", "严"):
        assert f'<th scope="row" class="nowrap">{name}</th>' in page
    assert 'data-y="1"' in page


@pytest.mark.parametrize("choice", ["", "?days=7", "?days=90&project=", "?days=x&project=0"])
def test_figures_without_anything_say_what_to_do(manager, choice):
    page = words(manager.get(FIGURES + choice, headers=ENGLISH))

    for sentence in (
        "No sample has two votes yet.",
        "Nobody has voted",
        "Nothing was decided in these days.",
        "Nothing waits: every sample is decided.",
        "No vote in these days gave a reason.",
        "The machine refused nothing in these days.",
    ):
        assert sentence in page


def test_figures_of_one_vote_alone_give_no_kappa(manager, project, lin, rui, tao):
    judged(lin, project, (rui, "approve"), (tao, "approve"))

    assert "All votes are the same" in words(manager.get(FIGURES, headers=ENGLISH))


def test_figures_are_of_the_days_and_the_project_chosen(manager, work, project):
    chosen = manager.get(FIGURES, {"days": 7, "project": project.pk})

    assert (chosen.context["period"].days, chosen.context["period"].project_id) == (7, project.pk)
    assert f"project={project.pk}" in chosen.content.decode()


def test_figures_ask_as_many_questions_for_one_and_three(
    manager, project, rui, tao, settings, django_assert_max_num_queries
):
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.dummy.DummyCache"}}
    for name in ("一", "二", "三"):
        judged(make_person(name), project, (rui, "approve"), (tao, "reject"))
        with django_assert_max_num_queries(12):
            manager.get(FIGURES)


def test_own_figures_hold_nothing_of_others(client_for, clock, work, rui, tao):
    clock.move_to(PAST)

    page = words(client_for(rui).get(OWN, headers=ENGLISH))

    assert "2 · 100%" in page
    assert "50% · of 2" in page
    assert "陶" not in page
    assert "/recording/samples/" not in page


def test_own_figures_of_nobody_lead_to_the_queue(client_for, lead, clock):
    page = words(client_for(lead).get(OWN, headers=ENGLISH))

    assert "You have not voted in these days" in page
    assert f'href="{reverse("recordings:review_queue")}"' in page


def test_bars_are_shares_of_the_whole():
    assert stack(("a", 3), ("b", 0), ("c", 1)) == [
        {"kind": "a", "from": 0.0, "width": 75.0},
        {"kind": "c", "from": 75.0, "width": 25.0},
    ]
    assert stack(("a", 1), of=4) == [{"kind": "a", "from": 0.0, "width": 25.0}]
    assert stack(("a", 0)) == []
