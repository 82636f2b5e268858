"""The pages of leads and managers: who reviews, and who knows whom."""

import pytest
from django.urls import reverse

from recordings.assignments import assign_reviewers
from recordings.conflicts import hand_case_on, record_conflict
from recordings.models import (
    Conflict,
    Reviewing,
)
from recordings.reviewers import profile_of, set_reviewer
from tests.factories import make_staff
from tests.recordings.desk_makers import (
    words,
)

REVIEWERS = reverse("recordings:reviewer_list")
CONFLICTS = reverse("recordings:conflict_list")


def edit_url(person):
    return reverse("recordings:reviewer_edit", args=[person.pk])


# --- reviewers ---


def test_reviewers_are_shown_with_their_load_and_what_lacks_them(
    english, sample, rui, tao, mara, project, clock
):
    set_reviewer(tao, languages=["yue"], is_active=True, weekly_cap=5)
    set_reviewer(make_staff(name="停"), languages=[], is_active=False, weekly_cap=None)
    assign_reviewers(sample, now=clock.at)

    response = english(mara).get(REVIEWERS)

    rows = [(r["name"], r["languages"], r["load"], r["profile"].is_active) for r in response.context["rows"]]
    assert rows == [("芮", [], 1, True), ("陶", ["Cantonese"], 0, True), ("停", [], 0, False)]
    assert "1 sample in Mandarin lacks a reviewer" in words(response)


def test_disputed_sample_that_no_lead_may_decide_is_shown(english, disputed, lead, mara, clock):
    assert "disputed sample" not in words(english(mara).get(REVIEWERS))

    hand_case_on(disputed, lead=lead, now=clock.at)

    assert "1 disputed sample has no lead reviewer who may decide" in words(english(mara).get(REVIEWERS))


def test_nobody_reviews_yet(english, mara):
    assert "Nobody reviews yet" in words(english(mara).get(REVIEWERS))


def test_reviewer_is_changed(client_for, rui, lead):
    response = client_for(lead).post(edit_url(rui), {"languages": ["yue", "cmn"], "weekly_cap": "40"})

    assert response.headers["Location"] == REVIEWERS
    profile = profile_of(rui)
    assert (profile.languages, profile.is_active, profile.weekly_cap) == (["yue", "cmn"], False, 40)
    assert client_for(lead).get(edit_url(rui)).status_code == 200


@pytest.mark.parametrize("told", [{"languages": ["xx"]}, {"weekly_cap": "0"}, {"weekly_cap": "many"}])
def test_reviewer_is_not_changed_to_nonsense(client_for, rui, mara, told):
    assert client_for(mara).post(edit_url(rui), told).status_code == 422


def test_who_reviews_not_is_no_reviewer(client_for, mara, lin):
    assert client_for(mara).get(edit_url(lin)).status_code == 404
    assert client_for(mara).get(edit_url(mara)).status_code == 404


def test_languages_are_named_in_chinese(client_for, rui, mara):
    set_reviewer(rui, languages=["cmn", "eng"], is_active=True, weekly_cap=None)
    client = client_for(mara)
    client.cookies["django_language"] = "zh-hans"

    assert "普通话 · 英语" in words(client.get(REVIEWERS))


def test_reviewers_cost_the_same_for_one_and_three(client_for, rui, mara, django_assert_num_queries):
    client = client_for(mara)
    client.get(REVIEWERS)
    with django_assert_num_queries(8):
        client.get(REVIEWERS)
    make_staff()
    make_staff()
    with django_assert_num_queries(8):
        client.get(REVIEWERS)


# --- conflicts ---


def test_manager_writes_a_relation_down(english, sample, lin, rui, mara, clock):
    assign_reviewers(sample, now=clock.at)
    told = {"staff": rui.pk, "person": lin.pseudonym.lower(), "note": "姐妹"}

    response = english(mara).post(CONFLICTS, told, follow=True)

    assert "Their places go to somebody else." in words(response)
    assert Conflict.objects.values_list("staff", "person", "note", "by").get() == (
        rui.pk,
        lin.pk,
        "姐妹",
        mara.pk,
    )
    assert not Reviewing.objects.live().exists()
    assert lin.phone not in words(response)


@pytest.mark.parametrize("person", ["S-AAAAAAAA", "林", "+8613812"])
def test_relation_with_nobody_is_refused(english, rui, lin, mara, person):
    response = english(mara).post(CONFLICTS, {"staff": rui.pk, "person": person})

    assert response.status_code == 422
    assert "Nobody has this pseudonym or number." in words(response)


def test_relation_written_twice_is_explained(english, rui, lin, lead, clock):
    record_conflict(rui, lin, source="staff", note="", by=lead, now=clock.at)

    response = english(lead).post(CONFLICTS, {"staff": rui.pk, "person": lin.phone})

    assert response.status_code == 422
    assert "This is written down already." in words(response)


def test_relations_cost_the_same_for_one_and_three(
    client_for, rui, tao, yan, lin, mara, clock, django_assert_num_queries
):
    client = client_for(mara)
    record_conflict(rui, lin, source="staff", note="", by=mara, now=clock.at)
    client.get(CONFLICTS)
    with django_assert_num_queries(5):
        client.get(CONFLICTS)
    for reviewer in (tao, yan):
        record_conflict(reviewer, lin, source="staff", note="", by=mara, now=clock.at)
    with django_assert_num_queries(5):
        client.get(CONFLICTS)


@pytest.mark.parametrize("address", [REVIEWERS, CONFLICTS, reverse("recordings:gold_list")])
def test_desks_of_leads_are_closed_to_reviewers_and_participants(client_for, rui, lin, address):
    assert client_for(rui).get(address).status_code == 403
    assert client_for(lin).get(address).status_code == 403
