"""Proposals: whom the board offers to one person, in which order, and the words that say why."""

from datetime import timedelta

import pytest
from django.core.cache import caches
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils.translation import override

from accounts.models import Sex
from scheduling import blocks, pairs, proposals, quotas
from scheduling.models import ProjectQuota, SexPairing
from tests.factories import NOW, make_board_entry, make_city, make_pair, make_person, make_project

pytestmark = pytest.mark.django_db


@pytest.fixture
def project(db):
    return make_project()


def suggested(own, *, now=NOW):
    return [found.entry.person for found in proposals.suggest(own, now=now)]


def test_proposal_is_explained_in_both_languages(lin, mei, project, now):
    make_board_entry(mei, project=project, part="3_evening", now=now)
    own = make_board_entry(lin, project=project, now=now)

    with override("en"):
        (english,) = proposals.suggest(own, now=now)
        assert english.why == "both free on 3 evenings, same city, new on the board today"
    with override("zh-hans"):
        (chinese,) = proposals.suggest(own, now=now)
        assert chinese.why == "两人有 3 个晚上都有空，同城，今天刚上广场"


def test_explanation_tells_waiting_mixed_times_and_a_kind_that_is_lacking(lin, mei, project, now):
    ProjectQuota.objects.create(project=project, sexes=SexPairing.WOMEN, wanted_pairs=3)
    make_board_entry(mei, project=project, now=now - timedelta(days=1))
    own = make_board_entry(lin, project=project, now=now)

    with override("en"):
        (found,) = proposals.suggest(own, now=now)

    assert found.why == ("both free at 9 times, same city, a pair that the project looks for, waits 1 day")


def test_three_are_proposed_of_one_city_with_common_times(lin, project):
    own = make_board_entry(lin, project=project, part="3_evening")
    shanghai = make_city(name="Shanghai", name_zh="上海")
    make_board_entry(make_person(), project=project, city=shanghai)
    make_board_entry(make_person(), project=project, part="1_morning")
    fitting = [make_person() for _number in range(4)]
    for person in fitting:
        make_board_entry(person, project=project)

    assert suggested(own) == fitting[:3]


@pytest.mark.parametrize("apart", ["blocked", "paired before"])
def test_who_must_stay_apart_is_not_proposed(lin, mei, project, now, apart):
    if apart == "blocked":
        blocks.block_person(mei, blocked=lin, now=now)
    else:
        pairs.end_pair(make_pair(lin, mei, project=project), by=lin, now=now)
    make_board_entry(mei, project=project)

    assert suggested(make_board_entry(lin, project=project)) == []


def test_times_that_are_past_bring_nobody_together(lin, mei, project, now):
    own = make_board_entry(lin, project=project)
    make_board_entry(mei, project=project)

    assert suggested(own, now=now + timedelta(days=5)) == [mei]
    assert suggested(own, now=now + timedelta(days=6)) == []


def test_lacking_kind_of_pair_comes_first(lin, mei, stranger, project):
    ProjectQuota.objects.create(project=project, sexes=SexPairing.MIXED, wanted_pairs=3)
    make_board_entry(mei, project=project)
    make_board_entry(stranger, project=project)

    assert suggested(make_board_entry(lin, project=project)) == [stranger, mei]


def test_number_of_queries_does_not_grow_with_the_people(lin, project):
    ProjectQuota.objects.create(project=project, wanted_pairs=3)
    own = make_board_entry(lin, project=project)
    counts = []
    for more in (1, 2):
        for _number in range(more):
            make_board_entry(make_person(), project=project)
        caches["process"].clear()
        with CaptureQueriesContext(connection) as queries:
            assert len(suggested(own)) == (1 if more == 1 else 3)
        counts.append(len(queries))

    assert counts[0] == counts[1]


def made(project, now, **kind):
    row = ProjectQuota.objects.create(project=project, wanted_pairs=9, **kind)
    counted = {quota.pk: plain.made for quota, plain in quotas.read_quotas(project, today=now.date())}
    return counted[row.pk]


def test_quota_counts_the_living_pairs_of_its_kind(lin, mei, stranger, project, now):
    make_pair(lin, mei, project=project)
    over = make_pair(lin, stranger, project=project)
    make_pair(mei, stranger, project=project)
    pairs.end_pair(over, by=lin, now=now)

    assert made(project, now, sexes=SexPairing.ANY) == 2
    assert made(project, now, sexes=SexPairing.WOMEN) == 1
    assert made(project, now, sexes=SexPairing.MIXED) == 1
    assert made(project, now, sexes=SexPairing.MEN) == 0
    assert made(project, now, dialect="四川话") == 2
    assert made(project, now, dialect="粤语") == 0


@pytest.mark.parametrize(("youngest", "oldest", "count"), [(30, 30, 1), (31, 40, 0), (18, 29, 0)])
def test_quota_counts_ages_as_the_planner_does(project, now, youngest, oldest, count):
    birthday = now.date().replace(year=now.year - 30)
    almost_31 = now.date().replace(year=now.year - 31) + timedelta(days=1)
    make_pair(make_person(birth_on=birthday), make_person(birth_on=almost_31, sex=Sex.MALE), project=project)

    assert made(project, now, min_age_years=youngest, max_age_years=oldest) == count


def test_quotas_are_kept_for_who_is_proposed(lin, mei, project, now):
    ProjectQuota.objects.create(project=project, wanted_pairs=9)
    today = now.date()
    assert [quota.made for quota in quotas.kept_quotas(project, today=today)] == [0]
    make_pair(lin, mei, project=project)

    assert [quota.made for quota in quotas.kept_quotas(project, today=today)] == [0]
    caches["process"].clear()
    assert [quota.made for quota in quotas.kept_quotas(project, today=today)] == [1]
