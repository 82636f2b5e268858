"""People are told once what became of their sample, in their language, outside of the quiet hours."""

from datetime import datetime, timedelta

import pytest
from django.core import mail
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import override

from accounts import delivery, sms
from accounts.models import Message
from accounts.outbox import known_kinds
from recordings.models import Sample, SampleStatus
from recordings.reasons import REASONS, REFUSALS, reasons_of, refusal_words
from recordings.samples import move_sample
from recordings.telling import KINDS, NEWS_KEPT, note_outcome_seen, tell_outcomes
from tests.accounts.makers import confirm_address
from tests.factories import NOW, SHANGHAI, make_person
from tests.recordings.makers import make_sample, reject

pytestmark = pytest.mark.django_db
FIVE_MINUTES = timedelta(minutes=5)
LANGUAGES = ["en", "zh-hans"]
# What carriers refuse: advertising for work, and links.
FORBIDDEN = ["兼职", "招募", "招聘", "http", "www"]


def refuse(person, *, project, at=NOW):
    sample = make_sample(person, project=project, status=SampleStatus.MEASURING, sent_at=at)
    fields = {"refusal": "too_short", "duration_ms": 110_000, "decided_at": at}
    move_sample(sample, SampleStatus.REFUSED, by=None, now=at, **fields)
    return sample


def rejected(person, *, project, lead, reasons=("noise",), at=NOW):
    sample = make_sample(person, project=project, status=SampleStatus.CROSS_REVIEW, sent_at=at)
    reject(sample, lead=lead, now=at, reasons=reasons, explanation="x")
    return sample


def tell(*, at=NOW):
    """Run both tasks; return the texts of all short messages sent so far."""
    tell_outcomes(now=at)
    delivery.deliver_due(now=at)
    return [message.text for message in sms.MemoryBackend.sent]


def fates():
    return [(m.channel, m.status, m.events.last().reason) for m in Message.objects.order_by("pk")]


# --- what is told ---


def test_approved_person_is_told_once_what_is_next(lin, project):
    make_sample(lin, project=project, status=SampleStatus.APPROVED)

    assert tell() == ["【Duologue】你的试音已通过，登录后即可找搭档、预约录音场次。"]
    assert tell_outcomes(now=NOW) == 0
    assert len(tell(at=NOW + timedelta(days=1))) == 1


def test_rejected_person_is_told_from_when_to_try_again(lin, lead, project):
    rejected(lin, project=project, lead=lead)

    (text,) = tell()
    assert (
        text == "【Duologue】你的试音未通过，3月9日 10:00起可重新提交，也可以此申诉。原因和建议请登录查看。"
    )


def test_rejected_person_is_told_in_their_language(lead, project):
    rejected(make_person(language="en"), project=project, lead=lead)

    assert tell() == ["【Duologue】Sample not approved. Retry from 9 Mar, 10:00. Why: sign in"]


@pytest.mark.parametrize("happens", ["forbidden", "used_up", "closed"])
def test_rejected_person_without_another_try_is_told_so(lin, lead, project, happens):
    reasons = ("synthetic",) if happens == "forbidden" else ("noise",)
    sample = rejected(lin, project=project, lead=lead, reasons=reasons)
    if happens == "used_up":
        sample.project.max_samples = 1
    if happens == "closed":
        sample.project.is_open = False
    sample.project.save()

    assert tell() == ["【Duologue】你的试音未通过，无法再次提交。原因请登录查看。"]


def test_mail_gives_reasons_and_advice_in_full(lin, lead, project):
    confirm_address(lin)
    rejected(lin, project=project, lead=lead, reasons=("noise", "echo"))

    tell()

    (letter,) = mail.outbox
    assert letter.subject == "你的试音未通过"
    with override("zh-hans"):
        for code in ("noise", "echo"):
            assert f"- {REASONS[code].words} {REASONS[code].advice}" in letter.body
    assert "3月9日 10:00起可以重新提交试音" in letter.body
    assert "重新提交就是申诉" in letter.body


def test_running_samples_are_no_news(lin, mei, stranger, project):
    for person, status in [(lin, "measuring"), (mei, "in_review"), (stranger, "cross_review")]:
        make_sample(person, project=project, status=status)

    assert tell() == []


# --- a refusal by the machine ---


def test_refusal_comes_by_sms_after_five_minutes(lin, project):
    refuse(lin, project=project)

    assert tell() == []
    assert tell(at=NOW + FIVE_MINUTES - timedelta(seconds=1)) == []
    (text,) = tell(at=NOW + FIVE_MINUTES)
    assert text == "【Duologue】你的试音文件被退回。请登录查看原因和改进办法，现在就可以重新提交。"


def test_refusal_that_was_read_on_its_page_is_not_sent(client_for, lin, project, clock):
    sample = refuse(lin, project=project)
    client_for(lin).get(reverse("recordings:sample_detail", args=[sample.key]))

    assert tell(at=NOW + FIVE_MINUTES) == []
    assert fates() == [("sms", "dropped", "the person has read it on the page")]
    assert Sample.objects.get().outcome_seen_at == NOW


def test_refusal_comes_by_mail_at_once_with_the_measured_length(project):
    person = make_person(language="en")
    confirm_address(person)
    refuse(person, project=project)

    assert tell() == []
    (letter,) = mail.outbox
    assert "- Your recording is 1:50 long; it must be between 2:00 and 3:00." in letter.body


def test_outcome_is_seen_once_and_only_when_there_is_one(lin, mei, project):
    running, done = make_sample(lin, project=project), refuse(mei, project=project)

    for sample in (running, done):
        note_outcome_seen(sample, now=NOW)
        sample.refresh_from_db()
    note_outcome_seen(done, now=NOW + FIVE_MINUTES)

    assert (running.outcome_seen_at, Sample.objects.get(pk=done.pk).outcome_seen_at) == (None, NOW)


# --- when ---


def test_nothing_comes_in_the_quiet_hours(lin, lead, project):
    night = datetime(2026, 3, 2, 21, 0, tzinfo=SHANGHAI)
    confirm_address(lin)
    rejected(lin, project=project, lead=lead, at=night)

    assert tell(at=night) == tell(at=night + timedelta(hours=10, minutes=59)) == []
    assert mail.outbox == []
    assert len(tell(at=night + timedelta(hours=11))) == len(mail.outbox) == 1


def test_quiet_hours_are_those_of_the_project(lin, project):
    project.quiet_from_hour, project.quiet_to_hour = 10, 12
    project.save()
    make_sample(lin, project=project, status=SampleStatus.APPROVED)

    assert tell() == []
    assert len(tell(at=NOW + timedelta(hours=2))) == 1


def test_news_of_three_days_is_not_told(lin, project):
    make_sample(lin, project=project, status=SampleStatus.APPROVED)

    assert tell_outcomes(now=NOW + NEWS_KEPT) == 0
    assert tell_outcomes(now=NOW + NEWS_KEPT - timedelta(seconds=1)) == 1


def test_news_of_a_clock_that_is_ahead_waits_for_ours(lin, project):
    make_sample(lin, project=project, status=SampleStatus.APPROVED)

    assert tell_outcomes(now=NOW - timedelta(seconds=1)) == 0
    assert tell_outcomes(now=NOW) == 1


def test_news_that_breaks_keeps_nobody_from_theirs(lin, mei, project, caplog):
    broken = refuse(lin, project=project, at=NOW - FIVE_MINUTES)
    Sample.objects.filter(pk=broken.pk).update(refusal="unheard_of")
    make_sample(mei, project=project, status=SampleStatus.APPROVED)

    assert tell_outcomes(now=NOW) == 1

    assert Message.objects.get().person == mei
    assert Sample.objects.get(pk=broken.pk).told_at is None
    assert f"the news of sample {broken.pk} broke: KeyError" in caplog.text


@pytest.mark.parametrize("language", ["", "zh-hans"])
def test_reasons_are_in_the_language_of_the_letter(project, language):
    person = make_person(language=language)
    confirm_address(person)
    refuse(person, project=project)

    tell()

    (letter,) = mail.outbox
    assert "- 录音时长 1:50，须在 2:00 到 3:00 之间。" in letter.body


def test_sample_withdrawn_meanwhile_is_not_told(lin, project):
    sample = make_sample(lin, project=project, status=SampleStatus.APPROVED)
    tell_outcomes(now=NOW)
    move_sample(sample, SampleStatus.WITHDRAWN, by=lin, now=NOW)

    delivery.deliver_due(now=NOW)

    assert fates() == [("sms", "dropped", "the sample was withdrawn meanwhile")]


# --- the texts ---


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("template", [kind.template for kind in KINDS])
def test_short_message_is_one_part_and_clean(template, language):
    latest = datetime(2026, 12, 31, 23, 59, tzinfo=SHANGHAI)
    with override(language):
        params = {"day": date_format(latest, "DAY_TIME_FORMAT"), "reasons": ""}

    message = sms.render_message(to="", template=template, language=language, params=params)

    assert (len(message.text) <= 70, sms.count_parts(message.text)) == (True, 1)
    assert [word for word in FORBIDDEN if word in message.text] == []


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.template)
def test_longest_of_a_kind_is_one_part_too(kind):
    assert known_kinds()[kind.template] == kind
    for language in LANGUAGES:
        with override(language):
            params = {key: str(value) for key, value in kind.longest.items()}
        told = sms.render_message(to="", template=kind.template, language=language, params=params)
        assert sms.count_parts(told.text) == 1


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_reasons_are_told_longer_than_the_longest(lin, project, language):
    longest = {
        name: kind.longest["reasons"] for name, kind in known_kinds().items() if name.startswith("sample_")
    }
    with override(language):
        judged = {name: len(str(value)) for name, value in longest.items()}
        for code, refusal in REFUSALS.items():
            for duration_ms in (None, 1, 2**31 - 1):
                sample = Sample(project=project, person=lin, refusal=code, duration_ms=duration_ms)
                told = f"- {refusal_words(sample)} {refusal.advice}"
                assert len(told) <= judged["sample_refused"]
        every = "\n".join(f"- {reason.words} {reason.advice}" for reason in reasons_of(REASONS))
        assert judged["sample_rejected"] == judged["sample_rejected_final"] == len(every)


def test_telling_costs_the_same_for_each(lin, mei, stranger, project):
    def cost(*people):
        for person in people:
            make_sample(person, project=project, status=SampleStatus.APPROVED)
        with CaptureQueriesContext(connection) as queries:
            tell_outcomes(now=NOW)
        return len(queries)

    none, one, two = cost(), cost(lin), cost(mei, stranger)

    assert two - none == 2 * (one - none)
