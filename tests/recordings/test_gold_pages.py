"""Gold samples: chosen by leads, told to the reviewer afterwards."""

import pytest
from django.urls import reverse

from recordings.gold import set_gold
from recordings.models import (
    GoldSample,
    SampleStatus,
)
from recordings.queue import hold_place
from tests.factories import make_person
from tests.recordings.desk_makers import (
    QUEUE,
    page,
    send,
    sound_url,
    words,
)
from tests.recordings.makers import hear, make_sample

GOLD = reverse("recordings:gold_list")


def gold_url(sample):
    return reverse("recordings:gold_edit", args=[sample.key])


def retire_url(sample):
    return reverse("recordings:gold_retire", args=[sample.key])


# --- told to the reviewer ---


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


# --- chosen by leads ---


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
    with django_assert_num_queries(5):
        client.get(GOLD)
    for name in ("二", "三"):
        make_gold(name, lead, project=project, now=clock.at)
    with django_assert_num_queries(5):
        client.get(GOLD)


def make_gold(name, lead, *, project, now):
    sample = make_sample(make_person(name), project=project, status=SampleStatus.APPROVED)
    set_gold(sample, expected="approve", reasons=[], explanation="Lively.", by=lead, now=now)


def test_gold_samples_are_for_leads_alone(client_for, decided, mara, lead, clock):
    set_gold(decided, expected="approve", reasons=[], explanation="Lively.", by=lead, now=clock.at)

    assert client_for(mara).get(GOLD).status_code == 403
    assert client_for(mara).get(gold_url(decided)).status_code == 403
    assert client_for(mara).post(retire_url(decided)).status_code == 403
    assert client_for(lead).get(retire_url(decided)).status_code == 405
