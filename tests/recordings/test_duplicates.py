"""The same sound sent again. Lin sends first; mei and the stranger have it too."""

from datetime import timedelta

import numpy as np
import pytest
from django.core.files.base import ContentFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from recordings import queue
from recordings.audio.fingerprint import PHASES, read_words
from recordings.duplicates import (
    Sameness,
    find_candidates,
    judge_sameness,
    keep_fingerprint,
    keep_matches,
    search_alike,
)
from recordings.models import FingerprintKey, Sample, SampleFingerprint, SampleMatch, SampleStatus
from recordings.reasons import MARKS
from recordings.reviews import settle_votes
from recordings.samples import measure_sample, move_sample, submit_sample
from recordings.sandbox import MeasureResult
from tests.factories import make_person, make_project
from tests.recordings.makers import make_sample, reject, sound_bytes, vote

ENGLISH = {"accept-language": "en"}
MATCHES = "80% alike over 64 s"


def random_words(count=1_000, *, seed=1):
    return np.random.default_rng(seed).integers(1, 2**16, count).astype(np.uint16)


def changed(words, *, every=10, bits=0):
    """Return the words with all bits of every tenth turned over (a tenth of all bits), and some more bits."""
    words = words.copy()
    words[::every] ^= 0xFFFF
    words[5 : 5 + bits * 10 : 10] ^= 1
    return words


def known(person, *, project, words, **fields):
    """Return a sample in review whose sound is known."""
    sample = make_sample(person, project=project, **fields)
    keep_fingerprint(sample, words=np.repeat(words, PHASES))
    return sample


def search(sample, words):
    return search_alike(sample, words=np.repeat(words, PHASES))


def judge(sample, words, *, found=None):
    result = MeasureResult(fingerprint=np.repeat(words, PHASES))
    return judge_sameness(sample, result=result, found=found or search(sample, words))


@pytest.fixture
def earlier(lin, project):
    return known(lin, project=project, words=random_words())


@pytest.fixture
def sent(mei, project, earlier):
    return make_sample(mei, project=project, status="measuring", measured_at=None)


def test_judge_refuses_another_persons_sound_up_to_the_limit(earlier, sent):
    at_limit = judge(sent, changed(random_words()))
    past_limit = judge(sent, changed(random_words(), bits=2))

    assert (at_limit.refusal, at_limit.matches) == ("duplicate", [(earlier.pk, False, 0.1, 64.0)])
    assert (past_limit.refusal, past_limit.marks) == ("", ["alike"])
    assert past_limit.matches == [(earlier.pk, False, 0.1001, 64.0)]


def test_judge_marks_up_to_the_other_limit_and_leaves_strangers_alone(earlier, sent, project):
    project.sample_refuse_alike, project.sample_mark_alike = 0.05, 0.1
    project.save()
    sent.project = project

    assert judge(sent, changed(random_words())).marks == ["alike"]
    assert judge(sent, changed(random_words(), bits=2)).matches == []
    assert judge(sent, random_words(seed=2)).matches == []


@pytest.mark.parametrize(("count", "refusal"), [(391, "duplicate"), (390, "")])
def test_judge_asks_for_a_length_in_common(earlier, sent, count, refusal):
    assert judge(sent, random_words()[:count]).refusal == refusal


def test_judge_marks_what_the_person_sent_before(lin, earlier, project):
    again = make_sample(lin, project=make_project(slug="other"), status="measuring", measured_at=None)
    again.project = project

    sameness = judge(again, changed(random_words()))

    assert (sameness.refusal, sameness.marks) == ("", ["sent_before"])
    assert [match.earlier_id for match in sameness.matches] == [earlier.pk]


def test_judge_knows_the_persons_own_sound_of_another_project_and_says_nothing(lin, earlier):
    elsewhere = make_sample(lin, project=make_project(slug="other"), status="measuring", measured_at=None)

    assert judge(elsewhere, random_words()).marks == []


def test_judge_takes_the_same_bytes_without_a_fingerprint(lin, mei, project):
    earlier = make_sample(lin, project=project)
    sent = make_sample(mei, project=project, status="measuring", measured_at=None)
    sent.original_sha256 = earlier.original_sha256

    assert judge(sent, random_words()).matches == [(earlier.pk, False, 0.0, 150.0)]


def test_a_refused_sample_is_no_precedent(earlier, sent):
    Sample.objects.filter(pk=earlier.pk).update(status=SampleStatus.REFUSED, refusal="clipped")

    assert judge(sent, random_words()).refusal == ""


def test_judge_finds_what_came_after_the_search(stranger, project, earlier, sent):
    words = random_words(seed=3)
    found = search(sent, words)
    later = known(stranger, project=project, words=words)

    sameness = judge(sent, words, found=found)

    assert (found.matches, found.newest_id) == ([], earlier.fingerprint.pk)
    assert (sameness.refusal, [match.earlier_id for match in sameness.matches]) == ("duplicate", [later.pk])


def test_judge_looks_once_at_what_the_search_has_seen(earlier, sent):
    found = search(sent, random_words())
    SampleFingerprint.objects.all().delete()

    assert found.newest_id > 0
    assert judge(sent, random_words(), found=found).matches == found.matches


def test_judge_forgets_what_was_refused_after_the_search(earlier, sent):
    found = search(sent, random_words())
    Sample.objects.filter(pk=earlier.pk).update(status=SampleStatus.REFUSED, refusal="clipped")

    assert judge(sent, random_words(), found=found) == Sameness()


def test_candidates_share_two_keys_at_one_distance(earlier, sent):
    fingerprint = SampleFingerprint.objects.get()
    kept = read_words(fingerprint.words)
    first, second = FingerprintKey.objects.order_by("position")[:2]
    both = np.repeat(kept[first.position : second.position + 9], PHASES)
    one = np.repeat(kept[first.position : second.position + 8], PHASES)

    assert find_candidates(both) == {fingerprint.pk: [first.position]}
    assert find_candidates(one) == {}


def test_judge_asks_as_many_queries_for_three_candidates_as_for_one(
    lin, mei, stranger, project, earlier, sent
):
    words = random_words()
    with CaptureQueriesContext(connection) as for_one:
        judge(sent, words)
    known(stranger, project=project, words=words)
    known(mei, project=make_project(slug="other"), words=words)
    with CaptureQueriesContext(connection) as for_three:
        judge(sent, words)

    assert len(for_three) == len(for_one)


def send(person, *, encoding, project, now):
    file = ContentFile(sound_bytes(encoding=encoding, seconds=120), name=f"talk.{encoding}")
    sample = submit_sample(person, project=project, file=file, now=now)
    measure_sample(sample.pk, now=now)
    return Sample.objects.get(pk=sample.pk)


def test_measure_refuses_another_persons_sound_in_another_format(lin, mei, project, now):
    first = send(lin, encoding="m4a", project=project, now=now)
    copy = send(mei, encoding="amr", project=project, now=now)

    assert (copy.status, copy.refusal) == (SampleStatus.REFUSED, "duplicate")
    assert [(match.sample_id, match.earlier_id) for match in SampleMatch.objects.all()] == [
        (copy.pk, first.pk)
    ]
    assert [kept.sample_id for kept in SampleFingerprint.objects.all()] == [first.pk]


def test_measure_marks_the_rejected_sample_that_comes_again(lin, rui, tao, lead, project, now):
    first = send(lin, encoding="m4a", project=project, now=now)
    for reviewer in (rui, tao):
        vote(first, by=reviewer, verdict="reject", now=now)
    settle_votes(now=now + timedelta(minutes=1))
    reject(Sample.objects.get(), lead=lead, now=now + timedelta(hours=1))

    again = send(lin, encoding="amr", project=project, now=now + timedelta(days=8))

    assert (again.status, again.marks[-1]) == (SampleStatus.IN_REVIEW, "sent_before")
    assert all(mark in MARKS for mark in again.marks)


# --- who sees it ---


def cross_url(sample):
    return reverse("recordings:cross_review", args=[sample.key])


@pytest.fixture
def matched(earlier, sent):
    keep_matches(sent, matches=judge(sent, changed(random_words())).matches)
    return sent


def test_managers_see_which_sample_it_is(client_for, mara, lin, matched):
    page = client_for(mara).get(reverse("recordings:sample_list"), headers=ENGLISH).content.decode()

    assert f'<span class="nowrap">{lin}</span> · <time' in page
    assert MATCHES in page


def test_lead_reviewers_see_when_it_was_sent_and_not_by_whom(client_for, lead, lin, matched, now):
    move_sample(matched, "in_review", by=None, now=now, measured_at=now)
    move_sample(matched, "cross_review", by=None, now=now)

    page = client_for(lead).get(cross_url(matched), headers=ENGLISH).content.decode()

    assert MATCHES in page
    assert str(lin) not in page


def test_reviewers_see_the_mark_alone(client_for, rui, matched, now, clock):
    move_sample(matched, "in_review", by=None, now=now, measured_at=now, marks=["alike"])
    queue.hold_place(matched, reviewer=rui, now=clock.at)

    url = reverse("recordings:review_sample", args=[matched.key])
    page = client_for(rui).get(url, headers=ENGLISH).content.decode()

    assert "Sounds like another sample" in page
    assert MATCHES not in page


def test_list_of_samples_asks_as_often_with_three_matches(
    client_for, mara, earlier, matched, stranger, project
):
    client, url = client_for(mara), reverse("recordings:sample_list")
    client.get(url)
    with CaptureQueriesContext(connection) as with_one:
        client.get(url)
    for words in (random_words(), random_words()):
        known(make_person(), project=project, words=words)
    keep_matches(earlier, matches=judge(earlier, random_words()).matches)
    with CaptureQueriesContext(connection) as with_three:
        client.get(url)

    assert SampleMatch.objects.count() == 3
    assert len(with_three) == len(with_one)
