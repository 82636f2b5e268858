"""The pages of lead reviewers: who reviews, who knows whom, gold samples; and what a reviewer sets for themselves."""

import pytest
from django.urls import reverse

from recordings.assignments import assign_reviewers
from recordings.conflicts import record_conflict
from recordings.gold import set_gold
from recordings.models import Conflict, GoldSample, PlayEvent, Reviewing, SamplePlay, SampleStatus
from recordings.queue import hold_place, reserve_next
from recordings.reviewers import profile_of, set_reviewer
from tests.factories import make_person, make_staff
from tests.recordings.makers import hear, make_sample, vote
from tests.recordings.test_review_pages import QUEUE, page, send, words

PLAYER = reverse("recordings:review_player")
REVIEWERS = reverse("recordings:reviewer_list")
CONFLICTS = reverse("recordings:conflict_list")
GOLD = reverse("recordings:gold_list")


@pytest.fixture
def english(client_for):
    def make(person):
        client = client_for(person)
        client.cookies["django_language"] = "en"
        return client

    return make


@pytest.fixture
def sample(lin, project, clock):
    return make_sample(lin, project=project)


@pytest.fixture
def decided(mei, project, clock):
    return make_sample(mei, project=project, status=SampleStatus.APPROVED)


def known_url(sample):
    return reverse("recordings:review_known", args=[sample.key])


def gold_url(sample):
    return reverse("recordings:gold_edit", args=[sample.key])


def retire_url(sample):
    return reverse("recordings:gold_retire", args=[sample.key])


def sound_url(sample):
    return reverse("recordings:sample_preview", args=[sample.key])


def edit_url(person):
    return reverse("recordings:reviewer_edit", args=[person.pk])


# --- "I know this voice" ---


def test_known_voice_leads_back_to_the_queue_without_a_name(english, sample, lin, rui, clock):
    reserve_next(rui, now=clock.at)
    client = english(rui)
    assert "I know this voice" in words(client.get(page(sample)))

    response = client.post(known_url(sample), follow=True)

    assert response.redirect_chain == [(QUEUE, 302)]
    assert "You get no sample of this person again." in words(response)
    assert lin.pseudonym not in words(response)
    assert Conflict.objects.values_list("staff", "person").get() == (rui.pk, lin.pk)


def test_known_voice_after_the_vote_is_explained(english, sample, rui, clock):
    vote(sample, by=rui, verdict="approve", now=clock.at)

    response = english(rui).post(known_url(sample), follow=True)

    assert "Take the vote back first." in words(response)
    assert not Conflict.objects.exists()


def test_known_voice_is_for_who_has_the_sample(client_for, sample, rui, lin, clock):
    assert client_for(rui).post(known_url(sample)).status_code == 404
    assert client_for(lin).post(known_url(sample)).status_code == 403
    assert client_for(rui).get(known_url(sample)).status_code == 405


# --- the player ---


def test_player_keeps_the_speed_of_the_person(client_for, sample, rui, clock):
    reserve_next(rui, now=clock.at)
    client = client_for(rui)

    assert client.post(PLAYER, {"speed": "1.75"}).status_code == 204

    assert 'data-speed="1.75"' in words(client.get(page(sample)))
    assert profile_of(rui).plays_at_once is True


def test_player_waits_for_who_wants_that(client_for, sample, rui, clock):
    reserve_next(rui, now=clock.at)
    client = client_for(rui)
    assert "data-plays-at-once" in words(client.get(page(sample)))

    response = client.post(PLAYER, {"plays_at_once": "false", "back": "1"})

    assert response.headers["Location"] == QUEUE
    assert "data-plays-at-once" not in words(client.get(page(sample)))


@pytest.mark.parametrize("speed", ["3", "fast", "nan"])
def test_player_refuses_a_speed_it_has_not(client_for, rui, speed):
    assert client_for(rui).post(PLAYER, {"speed": speed}).status_code == 422


def test_player_is_for_reviewers_by_post(client_for, rui, lin):
    assert client_for(lin).post(PLAYER, {}).status_code == 403
    assert client_for(rui).get(PLAYER).status_code == 405


def test_refused_vote_does_not_start_the_sound_again(client_for, sample, rui, clock):
    reserve_next(rui, now=clock.at)

    response = send(client_for(rui), page(sample), verdict="approve")

    assert response.status_code == 422
    assert "data-plays-at-once" not in words(response)


# --- fetched ahead ---


def test_assigned_sound_is_fetched_ahead_without_a_play(client_for, sample, rui, clock):
    assign_reviewers(sample, now=clock.at)

    response = client_for(rui).get(sound_url(sample), headers={"Duologue-Ahead": "1"})

    assert (response.status_code, response.headers["Cache-Control"]) == (200, "private, max-age=900")
    assert len(b"".join(response)) == 100_000
    assert not SamplePlay.objects.exists()
    assert PlayEvent.objects.values_list("listener", "purpose").get() == (rui.pk, "ahead")
    assert Reviewing.objects.get().opened_at is None


def test_nothing_else_is_fetched_ahead(client_for, sample, rui, tao, lead, lin, clock):
    assign_reviewers(sample, now=clock.at)
    reserve_next(rui, now=clock.at)

    for person in (rui, lin, lead):
        response = client_for(person).get(sound_url(sample), headers={"Duologue-Ahead": "1"})
        assert response.status_code == 404


def test_sound_of_a_lapsed_place_is_fetched_ahead_until_somebody_takes_it(
    client_for, sample, rui, tao, lead, clock
):
    assign_reviewers(sample, now=clock.at)
    client, ahead = client_for(rui), {"Duologue-Ahead": "1"}
    clock.advance(days=3)
    sent = client.get(sound_url(sample), headers=ahead)
    sent.close()
    assert sent.status_code == 200

    reserve_next(lead, now=clock.at)
    Reviewing.objects.filter(sample=sample).exclude(reviewer=lead).update(lost_at=clock.at)

    assert client.get(sound_url(sample), headers=ahead).status_code == 404


def test_queue_names_the_two_sounds_that_come_first(client_for, rui, project, clock):
    samples = [make_sample(make_person(f"人{n}"), project=project) for n in range(3)]
    for sample in samples:
        assign_reviewers(sample, now=clock.at)

    shown = words(client_for(rui).get(QUEUE))

    assert [sound_url(sample) + " " in shown for sample in samples] == [True, True, False]


def test_page_names_the_next_two_sounds(client_for, rui, project, clock):
    samples = [make_sample(make_person(f"人{n}"), project=project) for n in range(4)]
    for sample in samples:
        assign_reviewers(sample, now=clock.at)

    shown = words(client_for(rui).post(QUEUE, follow=True))

    assert [sound_url(sample) + " " in shown for sample in samples] == [False, True, True, False]


# --- gold, told to the reviewer ---


def test_queue_tells_what_a_gold_sample_was_about(english, sample, decided, rui, lead, project, clock):
    project.gold_every = 1
    project.save()
    set_gold(decided, expected="approve", reasons=[], explanation="Two friends.", by=lead, now=clock.at)
    client = english(rui)
    assert client.post(QUEUE).headers["Location"] == page(decided)
    clock.move_to(hear(decided, by=rui, now=clock.at))
    send(client, page(decided), verdict="reject", reasons=["noise"])
    assert "Two friends." not in words(client.get(QUEUE))

    clock.advance(seconds=8)

    shown = words(client.get(QUEUE))
    assert "Two friends." in shown
    assert "You differed" in shown
    assert "You: Reject · expected: Approve" in shown


def test_gold_page_is_like_any_other(english, sample, decided, rui, tao, lead, clock):
    set_gold(decided, expected="approve", reasons=[], explanation="Two friends.", by=lead, now=clock.at)
    hold_place(decided, reviewer=rui, now=clock.at, is_gold=True)
    hold_place(sample, reviewer=tao, now=clock.at)

    gold, other = (words(english(person).get(page(each))) for person, each in ((rui, decided), (tao, sample)))

    assert "gold" not in gold.lower().replace("data-gold", "")
    assert len(gold) == len(other)


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
    with django_assert_num_queries(6):
        client.get(CONFLICTS)
    for reviewer in (tao, yan):
        record_conflict(reviewer, lin, source="staff", note="", by=mara, now=clock.at)
    with django_assert_num_queries(6):
        client.get(CONFLICTS)


# --- gold samples ---


def test_lead_makes_a_sample_gold_changes_and_retires_it(english, decided, lead, clock):
    client = english(lead)
    assert decided.key[:8] in words(client.get(GOLD))
    send(client, gold_url(decided), expected="reject", reasons=["echo"], explanation="A bathroom.")
    assert GoldSample.objects.values_list("expected", "reasons").get() == ("reject", ["echo"])
    assert "A bathroom." in words(client.get(gold_url(decided)))

    send(client, gold_url(decided), expected="approve", explanation="Lively.", form_key="c" * 32)
    assert client.post(retire_url(decided)).headers["Location"] == GOLD

    gold = GoldSample.objects.get()
    assert (gold.expected, gold.reasons, gold.retired_at) == ("approve", [], clock.at)
    response = client.get(sound_url(decided))
    assert (response.status_code, len(b"".join(response))) == (200, 100_000)
    response.close()


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ({"explanation": "Lively."}, "Choose the expected verdict."),
        ({"expected": "approve"}, "Write why, in a sentence or two."),
        ({"expected": "reject", "explanation": "A fan."}, "Choose at least one reason for the rejection."),
    ],
)
def test_gold_sample_without_words_is_explained(english, decided, lead, told, said):
    response = send(english(lead), gold_url(decided), **told)

    assert response.status_code == 422
    assert said in words(response)


def test_sample_in_review_is_not_offered_as_gold(client_for, sample, lead):
    assert client_for(lead).get(gold_url(sample)).status_code == 404
    assert client_for(lead).post(retire_url(sample)).status_code == 404


def test_gold_list_costs_the_same_for_one_and_three(
    client_for, lead, project, clock, django_assert_num_queries
):
    client = client_for(lead)
    client.get(GOLD)
    make_gold("一", lead, project=project, now=clock.at)
    with django_assert_num_queries(6):
        client.get(GOLD)
    for name in ("二", "三"):
        make_gold(name, lead, project=project, now=clock.at)
    with django_assert_num_queries(6):
        client.get(GOLD)


def make_gold(name, lead, *, project, now):
    sample = make_sample(make_person(name), project=project, status=SampleStatus.APPROVED)
    set_gold(sample, expected="approve", reasons=[], explanation="Lively.", by=lead, now=now)


@pytest.mark.parametrize("address", [REVIEWERS, CONFLICTS, GOLD])
def test_desks_of_leads_are_closed_to_reviewers_and_participants(client_for, rui, lin, address):
    assert client_for(rui).get(address).status_code == 403
    assert client_for(lin).get(address).status_code == 403


def test_gold_samples_are_for_leads_alone(client_for, decided, mara, lead, clock):
    set_gold(decided, expected="approve", reasons=[], explanation="Lively.", by=lead, now=clock.at)

    assert client_for(mara).get(GOLD).status_code == 403
    assert client_for(mara).get(gold_url(decided)).status_code == 403
    assert client_for(mara).post(retire_url(decided)).status_code == 403
    assert client_for(lead).get(retire_url(decided)).status_code == 405
