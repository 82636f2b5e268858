""" "I know this voice", the settings of the player, and what is fetched ahead."""

import pytest
from django.urls import reverse

from recordings.assignments import assign_reviewers
from recordings.models import (
    Conflict,
    PlayEvent,
    Reviewing,
    SamplePlay,
)
from recordings.queue import reserve_next
from recordings.reviewers import profile_of
from tests.factories import make_person
from tests.recordings.desk_makers import (
    QUEUE,
    known_url,
    page,
    send,
    sound_url,
    words,
)
from tests.recordings.makers import make_sample, vote

PLAYER = reverse("recordings:review_player")


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
