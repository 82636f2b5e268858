"""The pages of the cross review: what waits for a lead reviewer, and their last word."""

from datetime import timedelta

import pytest

from recordings.models import Conflict, CrossReview, SamplePlay, SampleStatus
from tests.factories import make_person, make_staff
from tests.recordings.desk_makers import (
    CROSS_LIST,
    cross,
    cross_known_url,
    heard_url,
    send,
    sound_url,
    words,
)
from tests.recordings.makers import hear, make_sample, reject


def test_lead_sees_votes_and_reasons_but_no_names(english, disputed, lin, rui, tao, lead):
    shown = words(english(lead).get(cross(disputed)))

    assert "<strong>Reject</strong> · Echo" in shown
    assert "<strong>Reject</strong> · Not lively" in shown
    assert "嗡嗡响" in shown
    secrets = [lin.phone, lin.pseudonym, lin.profile.name, rui.pseudonym, tao.pseudonym, rui.profile.name]
    assert [secret for secret in secrets if secret in shown] == []


def test_cross_list_shows_what_waits(english, disputed, lead):
    response = english(lead).get(CROSS_LIST)

    assert [(row["sample"], row["votes"], row["is_mine"]) for row in response.context["rows"]] == [
        (disputed, ["Reject", "Reject"], False)
    ]


def test_cross_list_says_so_when_it_is_empty(english, lead, project):
    assert "Nothing is disputed" in words(english(lead).get(CROSS_LIST))


def test_cross_review_is_for_leads(client_for, disputed, rui, mara):
    for person in (rui, mara):
        assert client_for(person).get(CROSS_LIST).status_code == 403
        assert client_for(person).get(cross(disputed)).status_code == 403


def test_cross_review_starts_the_clock_of_listening_when_it_is_opened(client_for, disputed, lead, clock):
    SamplePlay.objects.filter(listener=lead).delete()
    client_for(lead).get(cross(disputed))
    clock.at += timedelta(seconds=8)

    heard = ",".join(str(second) for second in range(30))
    answer = client_for(lead).post(heard_url(disputed) + "?cross", {"seconds": heard})

    assert answer.json() == {"heard": 20}


def test_cross_review_of_a_sample_in_review_does_not_exist(client_for, sample, lead):
    assert client_for(lead).get(cross(sample)).status_code == 404


def test_lead_confirms_with_reasons(client_for, disputed, lead, clock):
    clock.move_to(hear(disputed, by=lead, now=clock.at))

    response = send(client_for(lead), cross(disputed), verdict="confirm", reasons=["echo"])

    assert response.headers["Location"] == CROSS_LIST
    disputed.refresh_from_db()
    assert disputed.status == SampleStatus.REJECTED


def test_lead_overturns_in_words(client_for, disputed, lead, clock):
    clock.move_to(hear(disputed, by=lead, now=clock.at))

    send(client_for(lead), cross(disputed), verdict="overturn", explanation="很生动，只是有点回声。")

    assert CrossReview.objects.values_list("verdict", "explanation").get() == (
        "overturn",
        "很生动，只是有点回声。",
    )
    disputed.refresh_from_db()
    assert disputed.status == SampleStatus.APPROVED


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"verdict": "confirm"}, "Choose at least one reason for the rejection."),
        ({"verdict": "overturn", "explanation": " "}, "Write why, in a sentence or two."),
        ({"verdict": "approve"}, "Choose: confirm the rejection, or approve the sample."),
    ],
)
def test_last_word_that_cannot_be_taken_is_explained(english, disputed, lead, clock, fields, said):
    clock.move_to(hear(disputed, by=lead, now=clock.at))

    response = send(english(lead), cross(disputed), **fields)

    assert response.status_code == 422
    assert said in words(response)
    assert not CrossReview.objects.exists()


def test_last_word_is_spoken_once(english, disputed, lead, clock):
    clock.move_to(hear(disputed, by=lead, now=clock.at))
    client = english(lead)
    send(client, cross(disputed), verdict="confirm", reasons=["echo"])

    response = send(client, cross(disputed), verdict="overturn", explanation="Fine.", form_key="x" * 32)

    assert response.status_code == 409
    assert "This sample was decided meanwhile." in words(response)


def test_cross_list_asks_the_same_number_of_questions_for_one_and_three(
    client_for, lead, project, django_assert_num_queries
):
    client = client_for(lead)
    make_sample(make_person("一"), project=project, status=SampleStatus.CROSS_REVIEW)
    client.get(CROSS_LIST)
    with django_assert_num_queries(7):
        client.get(CROSS_LIST)
    for name in ("二", "三"):
        make_sample(make_person(name), project=project, status=SampleStatus.CROSS_REVIEW)
    with django_assert_num_queries(7):
        client.get(CROSS_LIST)


# --- "I know this voice" ---


def test_lead_who_knows_the_voice_loses_the_case_without_a_name(english, disputed, lin, lead):
    make_staff("lead_reviewer")
    client = english(lead)
    assert "I know this voice" in words(client.get(cross(disputed)))

    response = client.post(cross_known_url(disputed), follow=True)

    assert response.redirect_chain == [(CROSS_LIST, 302)]
    assert "Another lead reviewer decides. You get no sample of this person again." in words(response)
    assert "You know this voice: for another lead" in words(response)
    assert lin.pseudonym not in words(response)
    shown = words(client.get(cross(disputed)))
    assert "You know this voice: another lead reviewer decides." in shown
    assert "嗡嗡响" not in shown
    assert client.get(sound_url(disputed)).status_code == 404


def test_lead_is_told_when_no_other_is_left(english, disputed, lead):
    response = english(lead).post(cross_known_url(disputed), follow=True)

    assert "No other lead reviewer is left for this sample" in words(response)


def test_case_that_was_decided_meanwhile_is_not_handed_on(english, disputed, lead, clock):
    reject(disputed, lead=lead, now=clock.at)

    response = english(lead).post(cross_known_url(disputed), follow=True)

    assert "This sample was decided meanwhile." in words(response)
    assert not Conflict.objects.exists()


def test_handing_a_case_on_is_for_leads_by_post(client_for, disputed, rui, mara, lead):
    for person in (rui, mara):
        assert client_for(person).post(cross_known_url(disputed)).status_code == 403
    assert client_for(lead).get(cross_known_url(disputed)).status_code == 405


def test_key_sheet_of_the_cross_review_names_no_key_that_it_has_not(english, disputed, lead):
    shown = words(english(lead).get(cross(disputed)))

    assert "<kbd>K</kbd>" in shown
    assert "<kbd>U</kbd>" not in shown
    assert "<kbd>S</kbd>" not in shown
