"""The pages of reviewers: what waits, listening, voting, undoing; and nothing of the person."""

from datetime import timedelta

import pytest
from django.test import Client

from recordings.listening import heard_seconds
from recordings.models import (
    Review,
    Reviewing,
    SampleStatus,
)
from recordings.queue import hold_place, reserve_next
from recordings.reviews import settle_votes
from tests.factories import make_person, make_staff
from tests.recordings.desk_makers import (
    CROSS_LIST,
    QUEUE,
    heard_url,
    page,
    send,
    undo_url,
    words,
)
from tests.recordings.makers import make_sample, vote

# --- the desk ---


def test_desk_shows_what_waits_and_what_was_done(english, sample, mei, rui, project, clock):
    make_sample(mei, project=project, sent_at=clock.at - timedelta(hours=30))
    vote(sample, by=rui, verdict="approve", now=clock.at)

    response = english(rui).get(QUEUE)

    assert tuple(response.context["queue"]) == (1, clock.at - timedelta(hours=30), 1, None)
    assert "Start listening" in words(response)
    assert "Your last vote: <strong>Approve</strong>" in words(response)


def test_desk_without_samples_says_what_comes(english, rui, project):
    assert "Nothing waits for you" in words(english(rui).get(QUEUE))


def test_desk_leads_to_the_oldest_sample(client_for, sample, rui):
    response = client_for(rui).post(QUEUE)

    assert response.headers["Location"] == page(sample)
    assert Reviewing.objects.get().reviewer == rui


def test_desk_settles_the_votes_by_itself(client_for, sample, rui, tao, yan, clock):
    for reviewer in (rui, tao):
        vote(sample, by=reviewer, verdict="approve", now=clock.at)
    clock.advance(seconds=8)

    client_for(yan).get(QUEUE)

    sample.refresh_from_db()
    assert sample.status == SampleStatus.APPROVED


def test_desk_is_for_reviewers(client_for, lin, mara, project):
    assert client_for(lin).get(QUEUE).status_code == 403
    assert client_for(mara).get(QUEUE).status_code == 403
    assert Client().get(QUEUE).status_code == 302


def test_desk_asks_the_same_number_of_questions_for_one_and_three(
    client_for, sample, rui, project, django_assert_num_queries
):
    client = client_for(rui)
    client.get(QUEUE)
    with django_assert_num_queries(13):
        client.get(QUEUE)
    for name in ("二", "三"):
        make_sample(make_person(name), project=project)
    with django_assert_num_queries(13):
        client.get(QUEUE)


# --- blind ---


def test_reviewer_sees_the_figures_and_nothing_of_the_person(english, sample, lin, rui, tao, clock):
    vote(sample, by=tao, verdict="reject", now=clock.at, reasons=["echo"], note="像在浴室里")
    reserve_next(rui, now=clock.at)

    shown = words(english(rui).get(page(sample)))

    assert "-21.4 LUFS" in shown
    assert "2:30" in shown
    secrets = [
        lin.phone,
        lin.phone[3:],
        lin.pseudonym,
        lin.profile.name,
        lin.profile.city,
        lin.profile.dialect,
        str(lin.profile.birth_on),
        tao.pseudonym,
        tao.profile.name,
        "像在浴室里",
        "You voted",
        'value="echo" checked',
    ]
    assert [secret for secret in secrets if secret in shown] == []


# --- voting ---


def test_vote_is_taken_and_the_next_sample_follows(client_for, listened, mei, rui, project, clock):
    following = make_sample(mei, project=project)

    response = send(client_for(rui), page(listened), verdict="approve")

    assert response.headers["Location"] == page(following)
    assert Review.objects.get().verdict == "approve"


def test_last_vote_leads_back_to_the_desk(client_for, listened, rui):
    response = send(
        client_for(rui), page(listened), verdict="reject", reasons=["noise", "echo"], note=" 风扇 "
    )

    assert response.headers["Location"] == QUEUE
    assert Review.objects.values_list("verdict", "reasons", "note").get() == (
        "reject",
        ["noise", "echo"],
        "风扇",
    )


def test_vote_sent_twice_counts_once(client_for, listened, rui):
    first = send(client_for(rui), page(listened), verdict="approve")
    second = send(client_for(rui), page(listened), verdict="approve")

    assert first.headers["Location"] == second.headers["Location"]
    assert Review.objects.count() == 1


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"verdict": "reject"}, "Choose at least one reason for the rejection."),
        ({"verdict": "reject", "reasons": ["rude"]}, "One of the reasons does not exist."),
        ({"verdict": "reject", "reasons": ["other"]}, "Write in the note what the other reason is."),
        ({"verdict": "approve", "reasons": ["noise"]}, "You have marked reasons."),
        ({"verdict": "maybe"}, "Choose: approve, reject or unsure."),
        ({}, "Choose: approve, reject or unsure."),
    ],
)
def test_vote_that_cannot_be_taken_is_explained(english, listened, rui, fields, said):
    response = send(english(rui), page(listened), **fields)

    assert response.status_code == 422
    assert said in words(response)
    assert not Review.objects.exists()


def test_vote_before_listening_is_refused_with_the_missing_seconds(english, sample, rui, clock):
    reserve_next(rui, now=clock.at)

    response = send(english(rui), page(sample), verdict="approve")

    assert response.status_code == 422
    assert "Listen 135 seconds more before you vote." in words(response)


def test_marked_reasons_and_note_survive_a_refusal(english, sample, rui, clock):
    reserve_next(rui, now=clock.at)

    shown = words(send(english(rui), page(sample), verdict="reject", reasons=["echo"], note="浴室"))

    assert 'value="echo" data-key="2" checked' in shown
    assert "浴室" in shown


def test_vote_on_a_lapsed_place_is_refused(english, listened, rui, clock):
    clock.advance(minutes=15)

    response = send(english(rui), page(listened), verdict="approve")

    assert response.status_code == 409
    assert "Your place on this sample has lapsed." in words(response)


def test_vote_after_closing_is_refused(english, listened, rui, tao, yan, clock):
    for reviewer in (tao, yan):
        vote(listened, by=reviewer, verdict="approve", now=clock.at)
    clock.advance(seconds=8)
    settle_votes(now=clock.at)

    response = send(english(rui), page(listened), verdict="reject", reasons=["noise"])

    assert response.status_code == 409
    assert "This sample was decided meanwhile." in words(response)


def test_second_vote_is_refused(english, listened, rui):
    client = english(rui)
    send(client, page(listened), verdict="approve")

    response = send(client, page(listened), verdict="reject", reasons=["noise"], form_key="x" * 32)

    assert response.status_code == 409
    assert "You have voted on this sample already." in words(response)


def test_sample_without_a_place_does_not_exist(client_for, sample, rui, project):
    client = client_for(rui)
    assert client.get(page(sample)).status_code == 404
    assert send(client, page(sample), verdict="approve").status_code == 404

    own = make_sample(rui, project=project)
    hold_place(own, reviewer=rui, now=own.sent_at)
    assert client.get(page(own)).status_code == 404


def test_review_pages_are_for_reviewers(client_for, sample, lin, oskar):
    for person in (lin, oskar):
        assert client_for(person).get(page(sample)).status_code == 403
        assert client_for(person).post(heard_url(sample)).status_code == 403
        assert client_for(person).post(undo_url(sample)).status_code == 403


def test_review_pages_refuse_other_methods(client_for, sample, rui, lead):
    client = client_for(rui)
    assert client.get(heard_url(sample)).status_code == 405
    assert client.get(undo_url(sample)).status_code == 405
    assert client.put(page(sample)).status_code == 405
    assert client_for(lead).post(CROSS_LIST).status_code == 405


# --- listening ---


def test_heard_seconds_are_reported_within_the_clock(client_for, sample, rui, clock):
    reserve_next(rui, now=clock.at)
    clock.advance(seconds=4)

    response = client_for(rui).post(heard_url(sample), {"seconds": ",".join(map(str, range(150)))})

    assert response.json() == {"heard": 10}
    assert heard_seconds(sample, listener=rui) == list(range(10))


@pytest.mark.parametrize("seconds", ["", "a", "1,,2", "-1", "1.5", "9" * 7, "٣"])
def test_heard_refuses_what_is_no_seconds(client_for, sample, rui, clock, seconds):
    reserve_next(rui, now=clock.at)

    response = client_for(rui).post(heard_url(sample), {"seconds": seconds})

    assert response.status_code == 422
    assert heard_seconds(sample, listener=rui) == []


def test_heard_is_for_those_with_a_place(client_for, sample, rui, disputed, lead):
    assert client_for(make_staff()).post(heard_url(sample), {"seconds": "1"}).status_code == 404
    assert client_for(lead).post(heard_url(disputed), {"seconds": "1"}).status_code == 404
    assert client_for(lead).post(heard_url(disputed) + "?cross", {"seconds": "1"}).status_code == 200


# --- undoing ---


def test_undo_leads_back_to_the_sample(client_for, listened, rui, clock):
    client = client_for(rui)
    send(client, page(listened), verdict="approve")
    clock.advance(seconds=7)

    response = client.post(undo_url(listened))

    assert response.headers["Location"] == page(listened)
    assert client.get(page(listened)).context["may_vote"] is True


def test_undo_after_eight_seconds_is_refused(english, listened, rui, clock):
    client = english(rui)
    send(client, page(listened), verdict="approve")
    clock.advance(seconds=8)

    response = client.post(undo_url(listened), follow=True)

    assert "The time to take this vote back is over: it stands." in words(response)
    assert Review.objects.get().undone_at is None


def test_somebody_elses_vote_does_not_exist(client_for, listened, rui, tao):
    send(client_for(rui), page(listened), verdict="approve")

    assert client_for(tao).post(undo_url(listened)).status_code == 404
