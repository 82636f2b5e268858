from datetime import timedelta

import pytest
from django.contrib import admin
from django.urls import reverse
from django.utils.translation import override

from recordings import reviews
from recordings.models import CrossReview, PromptSet, Sample, SampleEvent, SampleStatus
from recordings.prompts import load_demo_prompts
from recordings.reasons import REFUSALS
from recordings.samples import move_sample
from tests.recordings.makers import hear, make_sample, vote

MODELS = [model for model in admin.site._registry if model._meta.app_label == "recordings"]


def changelist(model):
    return reverse(f"admin:recordings_{model._meta.model_name}_changelist")


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_every_list_opens_and_can_be_searched(client_for, ada, model):
    client = client_for(ada)

    assert client.get(changelist(model)).status_code == 200
    assert client.get(changelist(model), {"q": "小雨"}).status_code == 200
    assert admin.site._registry[model].search_fields


def test_sample_is_shown_with_its_log_and_votes_and_cannot_be_changed(
    client_for, ada, lin, rui, project, clock
):
    sample = make_sample(lin, project=project)
    vote(sample, by=rui, verdict="approve", now=clock.at)
    url = reverse("admin:recordings_sample_change", args=[sample.pk])
    client = client_for(ada)

    page = client.get(url).content.decode()
    answer = client.post(url, {"status": SampleStatus.APPROVED})

    assert sample.key in page
    assert sample.original.name not in page
    assert answer.status_code == 403
    assert Sample.objects.get().status == SampleStatus.IN_REVIEW


def test_states_reasons_and_refusals_are_told_in_words(client_for, ada, lin, lead, project, rui, tao, clock):
    disputed = make_sample(lin, project=project)
    for reviewer in (rui, tao):
        vote(disputed, by=reviewer, verdict="reject", now=clock.at)
    reviews.settle_votes(now=clock.at + timedelta(minutes=1))
    hear(disputed, by=lead, now=clock.at)
    later = clock.at + timedelta(minutes=3)
    reviews.cross_review(
        disputed, lead=lead, verdict="confirm", reasons=["not_lively"], explanation="", now=later
    )
    noisy = make_sample(rui, project=project, status=SampleStatus.MEASURING)
    move_sample(noisy, SampleStatus.REFUSED, by=None, now=later, refusal="noisy", decided_at=later)
    client = client_for(ada)

    def page(address):
        return client.get(address, headers={"Accept-Language": "zh-hans"}).content.decode()

    assert "不够生动" in page(changelist(CrossReview))
    events = page(changelist(SampleEvent))
    assert ("审听中" in events, "复审中" in events, "不通过 · 不通过" in events) == (True, True, True)
    with override("zh-hans"):
        assert str(REFUSALS["noisy"].words) in page(changelist(Sample))
    change = page(reverse("admin:recordings_sample_change", args=[disputed.pk]))
    assert ("噪声" in change, "[&quot;noise&quot;]" in change) == (True, False)


def test_samples_are_neither_added_nor_deleted_by_hand(client_for, ada, lin, project):
    sample = make_sample(lin, project=project)
    client = client_for(ada)

    assert client.get(reverse("admin:recordings_sample_add")).status_code == 403
    assert client.post(reverse("admin:recordings_sample_delete", args=[sample.pk])).status_code == 403


def test_admin_is_for_administrators(client_for, rui, lin):
    assert client_for(rui).get(changelist(Sample)).status_code in {302, 403}
    assert client_for(lin).get(changelist(Sample)).status_code in {302, 403}


def test_prompt_sets_and_dialogues_are_neither_added_changed_nor_deleted_by_hand(client_for, ada, project):
    prompt_set = load_demo_prompts(project)
    client = client_for(ada)
    dialogue = prompt_set.dialogues.first()

    for model, row in (("promptset", prompt_set), ("dialogue", dialogue)):
        change = reverse(f"admin:recordings_{model}_change", args=[row.pk])
        assert client.get(change).status_code == 200
        assert client.post(change, {"name": "Changed", "situation": "Changed"}).status_code == 403
        assert client.post(reverse(f"admin:recordings_{model}_add")).status_code == 403
        assert client.post(reverse(f"admin:recordings_{model}_delete", args=[row.pk])).status_code == 403
    assert PromptSet.objects.get().name == prompt_set.name
