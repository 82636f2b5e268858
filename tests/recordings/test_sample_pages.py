from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django_q.models import OrmQ

from recordings.models import PlayEvent, Sample, SampleStatus
from recordings.queue import hold_place
from tests.factories import make_newcomer, make_person
from tests.recordings.makers import make_sample, reject, sound_file, vote

NEW = reverse("recordings:sample_new")
UNDO = timedelta(seconds=8)


def detail(sample):
    return reverse("recordings:sample_detail", args=[sample.key])


def sound(sample):
    return reverse("recordings:sample_preview", args=[sample.key])


def upload(client, file, *, form_key="k" * 32):
    return client.post(NEW, {"file": file, "form_key": form_key})


@pytest.fixture
def browser(client_for, lin, clock, project):
    client = client_for(lin)
    client.cookies["django_language"] = "en"
    return client


def words(response):
    return " ".join(response.content.decode().split())


# --- sending ---


def test_new_page_takes_a_sample_and_leads_to_it(browser, lin, now):
    response = upload(browser, sound_file())

    sample = Sample.objects.get()
    assert response.headers["Location"] == detail(sample)
    assert (sample.person, sample.status, sample.sent_at) == (lin, "measuring", now)
    assert OrmQ.objects.count() == 1


def test_form_sent_twice_counts_once(browser):
    first = upload(browser, sound_file())
    second = upload(browser, sound_file())

    assert first.headers["Location"] == second.headers["Location"]
    assert Sample.objects.count() == 1


def test_new_page_lists_what_phones_call_sound(browser):
    page = words(browser.get(NEW))

    assert 'accept=".m4a,.mp3,.aac,.wav,.amr,.ogg,.opus,.flac,.3gp,.mp4,.webm,audio/mp4' in page
    assert "capture" not in page


@pytest.mark.parametrize(
    ("content", "status", "said"),
    [
        (None, 422, "Choose a file first."),
        (b"", 422, "The file is empty. Choose another one."),
    ],
)
def test_new_page_explains_what_it_cannot_take(browser, content, status, said):
    file = "" if content is None else SimpleUploadedFile("talk.m4a", content)

    response = upload(browser, file)

    assert response.status_code == status
    assert said in words(response)
    assert not Sample.objects.exists()


def test_new_page_refuses_what_is_too_large(browser, settings):
    settings.MAX_UPLOAD_BYTES = 100

    response = upload(browser, SimpleUploadedFile("talk.wav", bytes(101)))

    assert response.status_code == 413
    assert "is larger than" in words(response)
    assert not Sample.objects.exists()


def test_new_page_refuses_a_second_running_sample(browser, lin, project):
    make_sample(lin, project=project)

    response = upload(browser, sound_file())

    assert response.status_code == 409
    assert "Your sample is being looked at." in words(response)


def test_newcomer_is_led_to_the_profile_first(client_for, project, clock):
    client = client_for(make_newcomer())
    client.cookies["django_language"] = "en"

    page = words(client.get(NEW))

    assert "Complete your profile first." in page
    assert "data-upload-max" not in page
    assert upload(client, sound_file()).status_code == 409


def test_upload_needs_the_token(lin, project, client_for):
    client = Client(enforce_csrf_checks=True)
    client.force_login(lin)

    assert upload(client, sound_file()).status_code == 403
    assert not Sample.objects.exists()


def test_sample_pages_are_for_participants(client_for, rui, lin, project):
    sample = make_sample(lin, project=project)

    assert client_for(rui).get(NEW).status_code == 403
    assert client_for(rui).get(detail(sample)).status_code == 403
    assert Client().get(NEW).status_code == 302


@pytest.mark.parametrize("method", ["put", "delete"])
def test_sample_pages_refuse_other_methods(browser, lin, project, method):
    sample = make_sample(lin, project=project)

    assert getattr(browser, method)(NEW).status_code == 405
    assert browser.post(detail(sample)).status_code == 405
    assert browser.post(sound(sample)).status_code == 405


def test_without_a_project_there_is_no_page(client_for, lin):
    assert client_for(lin).get(NEW).status_code == 404


# --- where it stands ---


def test_detail_tells_the_measured_length_in_words(browser, run_tasks):
    upload(browser, sound_file(seconds=110))
    run_tasks()

    page = words(browser.get(detail(Sample.objects.get())))

    assert "Your recording is 1:50 long; it must be between 2:00 and 3:00." in page
    assert "You may send a new one now." in page


def part_of(browser, sample, *, was):
    return browser.get(f"{detail(sample)}?was={was}", headers={"HX-Request": "true"})


def test_detail_asks_again_while_it_is_measured(browser, lin, project):
    sample = make_sample(lin, project=project, status=SampleStatus.MEASURING)

    assert 'hx-trigger="every 2s, seen"' in words(browser.get(detail(sample)))


@pytest.mark.parametrize("status", [SampleStatus.APPROVED, SampleStatus.REJECTED])
def test_detail_asks_no_more_once_it_is_decided(browser, lin, project, status):
    sample = make_sample(lin, project=project, status=status)

    assert "hx-trigger" not in words(browser.get(detail(sample)))
    assert "hx-trigger" not in words(part_of(browser, sample, was="in_review-0"))


def test_detail_answers_htmx_with_nothing_while_nothing_changes(browser, lin, project):
    sample = make_sample(lin, project=project)

    response = part_of(browser, sample, was="in_review-0")

    assert (response.status_code, response.content) == (204, b"")


def test_detail_answers_htmx_with_the_changed_part_and_says_it_once(browser, lin, rui, project, clock):
    sample = make_sample(lin, project=project)
    vote(sample, by=rui, verdict="approve", now=clock.at)

    part = words(part_of(browser, sample, was="in_review-0"))

    assert part.startswith('<div class="stack stack-loose" id="sample-live"')
    assert "<html" not in part
    assert part.endswith('hx-swap-oob="innerHTML">In review: 1 of 2 reviewers have listened.</p>')
    assert part_of(browser, sample, was="in_review-1").status_code == 204


def test_detail_said_aloud_begins_empty(browser, lin, project):
    page = words(browser.get(detail(make_sample(lin, project=project))))

    assert '<p class="sr-only" id="sample-said" role="status"></p>' in page
    assert "hx-swap-oob" not in page


def test_detail_costs_little_while_nothing_changes(browser, lin, project, django_assert_num_queries):
    sample = make_sample(lin, project=project)
    with django_assert_num_queries(5):
        part_of(browser, sample, was="in_review-0")


def test_detail_counts_the_reviewers_and_tells_nothing_of_them(browser, lin, rui, project, clock):
    sample = make_sample(lin, project=project)
    vote(sample, by=rui, verdict="reject", now=clock.at, reasons=["echo"], note="吵死了")

    page = words(browser.get(detail(sample)))

    assert "1 of 2 reviewers have listened." in page
    for secret in (rui.profile.name, rui.pseudonym, rui.phone, "The room echoes", "吵死了", "Reject"):
        assert secret not in page


def test_detail_settles_the_votes_by_itself(browser, lin, rui, tao, project, clock):
    sample = make_sample(lin, project=project)
    for reviewer in (rui, tao):
        vote(sample, by=reviewer, verdict="approve", now=clock.at)
    clock.advance(seconds=8)

    assert "Your sample is approved" in words(browser.get(detail(sample)))


def test_detail_gives_the_reasons_in_the_persons_language_and_the_day_of_the_next_try(
    browser, lin, lead, rui, project, clock
):
    sample = make_sample(lin, project=project, status=SampleStatus.CROSS_REVIEW)
    reject(sample, lead=lead, now=clock.at, reasons=["noise", "echo"], explanation="fan noise, boring")

    page = words(browser.get(detail(sample)))

    assert "There is too much noise in the background.<br>Choose a quiet room" in page
    assert "The room echoes.<br>Record in a smaller room" in page
    assert "You may send a new sample from 9 Mar 2026, 10:00" in page
    assert "fan noise, boring" not in page
    assert lead.pseudonym not in page


APPEALS = [("en", "A new sample is how to say so"), ("zh-hans", "重新提交就是申诉")]


@pytest.mark.parametrize(("language", "said"), APPEALS)
def test_new_sample_is_told_to_be_the_appeal(browser, lin, lead, project, clock, language, said):
    sample = make_sample(lin, project=project, status=SampleStatus.CROSS_REVIEW)
    reject(sample, lead=lead, now=clock.at)
    browser.cookies["django_language"] = language

    assert said in words(browser.get(detail(sample)))


def test_strangers_sample_does_not_exist(client_for, stranger, lin, project):
    sample = make_sample(lin, project=project)

    assert client_for(stranger).get(detail(sample)).status_code == 404
    assert client_for(stranger).get(sound(sample)).status_code == 404


# --- the sound ---


def test_sound_is_sent_whole_and_in_parts(browser, lin, project):
    sample = make_sample(lin, project=project)
    whole = b"".join(browser.get(sound(sample)).streaming_content)

    response = browser.get(sound(sample), headers={"Range": "bytes=250-499"})

    assert response.status_code == 206
    assert response.headers["Content-Range"] == "bytes 250-499/100000"
    assert response.headers["Content-Length"] == "250"
    assert response.headers["Content-Type"] == "audio/mpeg"
    assert b"".join(response.streaming_content) == whole[250:500] == bytes(range(250))


def test_sound_says_that_it_takes_ranges_and_is_not_to_be_kept(browser, lin, project):
    response = browser.get(sound(make_sample(lin, project=project)))

    assert response.status_code == 200
    assert response.headers["Accept-Ranges"] == "bytes"
    assert response.headers["Cache-Control"] == "private, no-store"
    assert response.headers["Content-Length"] == "100000"
    response.close()


def test_sound_behind_the_end_is_refused(browser, lin, project):
    response = browser.get(sound(make_sample(lin, project=project)), headers={"Range": "bytes=100000-"})

    assert (response.status_code, response.headers["Content-Range"]) == (416, "bytes */100000")


def test_sound_that_changed_is_sent_whole(browser, lin, project):
    sample = make_sample(lin, project=project)
    response = browser.get(sound(sample), headers={"Range": "bytes=0-9", "If-Range": '"another"'})
    assert response.status_code == 200
    tag = response.headers["ETag"]
    response.close()

    response = browser.get(sound(sample), headers={"Range": "bytes=0-9", "If-Range": tag})
    assert response.status_code == 206
    response.close()


def test_sound_is_sent_to_head_requests_too(browser, lin, project):
    response = browser.head(sound(make_sample(lin, project=project)))

    assert (response.status_code, response.headers["Content-Length"]) == (200, "100000")
    response.close()


def test_sound_is_for_reviewers_with_a_place_or_a_vote(client_for, lin, rui, tao, project, clock):
    sample = make_sample(lin, project=project)
    client = client_for(rui)
    assert client.get(sound(sample)).status_code == 404

    hold_place(sample, reviewer=rui, now=clock.at)
    assert heard(client, sample) == 200
    clock.advance(minutes=15)
    assert client.get(sound(sample)).status_code == 404

    vote(sample, by=rui, verdict="approve", now=clock.at)
    assert heard(client, sample) == 200
    assert client_for(tao).get(sound(sample)).status_code == 404


def test_sound_is_for_leads_in_cross_review(client_for, lin, lead, mara, project, clock):
    sample = make_sample(lin, project=project)
    assert client_for(lead).get(sound(sample)).status_code == 404

    disputed = make_sample(make_person("别人"), project=project, status=SampleStatus.CROSS_REVIEW)
    assert heard(client_for(lead), disputed) == 200
    assert client_for(mara).get(sound(disputed)).status_code == 403


def test_each_play_is_logged_with_who_when_and_why(client_for, browser, lin, lead, rui, project, clock):
    sample = make_sample(lin, project=project)
    hold_place(sample, reviewer=rui, now=clock.at)
    heard(browser, sample)
    heard(client_for(rui), sample)
    disputed = make_sample(make_person("别人"), project=project, status=SampleStatus.CROSS_REVIEW)
    heard(client_for(lead), disputed)

    events = PlayEvent.objects.order_by("pk").values_list("sample", "listener", "minute_at", "purpose")
    assert list(events) == [
        (sample.pk, lin.pk, clock.at, "own"),
        (sample.pk, rui.pk, clock.at, "review"),
        (disputed.pk, lead.pk, clock.at, "cross_review"),
    ]
    assert set(events.values_list("delivery", flat=True)) == {"django"}


def test_refused_play_is_not_logged(client_for, lin, stranger, project):
    client_for(stranger).get(sound(make_sample(lin, project=project)))

    assert not PlayEvent.objects.exists()


def heard(client, sample):
    response = client.get(sound(sample), headers={"Range": "bytes=0-"})
    response.close()
    return 200 if response.status_code == 206 else response.status_code


def test_refused_file_has_no_sound(browser, lin, project, run_tasks):
    upload(browser, SimpleUploadedFile("talk.m4a", b"no sound at all, only text"))
    run_tasks()

    assert browser.get(sound(Sample.objects.get())).status_code == 404


def test_original_has_no_address(browser, lin, project):
    sample = make_sample(lin, project=project)

    assert browser.get(f"/media/{sample.original.name}").status_code == 404
    assert browser.get(f"/{sample.original.name}").status_code == 404


def test_sound_comes_once_after_measuring_and_stays_out_of_later_changes(browser, lin, project):
    sample = make_sample(lin, project=project)
    sound = f'src="{reverse("recordings:sample_preview", args=[sample.key])}"'

    assert sound in browser.get(detail(sample)).content.decode()
    assert sound in part_of(browser, sample, was="measuring").content.decode()
    assert "sample-listen" not in part_of(browser, sample, was="in_review-1").content.decode()


def test_sound_that_is_gone_is_taken_from_the_page(browser, lin, project):
    sample = make_sample(lin, project=project)
    Sample.objects.filter(pk=sample.pk).update(preview="")

    part = part_of(browser, sample, was="in_review-1").content.decode()

    assert "sample-listen" in part
    assert "<audio" not in part
