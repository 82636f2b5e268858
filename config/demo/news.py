"""The demo's messages: what people were told of samples and bookings, and what became stuck on the way."""

from datetime import datetime, timedelta

from accounts.addresses import change_email, confirm_email
from accounts.models import Message, MessageStatus, User
from accounts.outbox import move_message
from recordings.models import Sample, SampleStatus
from recordings.telling import OUTCOMES, note_outcome_seen, tell_outcomes
from scheduling.models import Booking, ReminderStatus
from scheduling.reminders import remind
from scheduling.telling import tell_bookings

PROVIDER_ID = "demo-{:06d}"
# Every so many messages of the story end so; the others are sent.
ENDS = {7: MessageStatus.FAILED, 13: MessageStatus.UNKNOWN}
REASONS = {
    MessageStatus.FAILED: "the recipient was refused",
    MessageStatus.UNKNOWN: "the provider did not answer",
}


def give_address(person: User, *, number: int, now: datetime) -> None:
    """Let somebody give an e-mail address and confirm it by the link."""
    change_email(person, email=f"reader{number}@example.org", now=now)
    link = Message.objects.get(person=person, template="confirm_email")
    _leave(link, ends=MessageStatus.SENT, now=now)
    confirm_email(link.params["token"], now=now + timedelta(minutes=3))


def tell_news(*, now: datetime) -> None:
    """
    Tell everybody what became of their sample, at the time of the story; nothing is really sent.

    One who was refused has looked at the page before the SMS went.
    """
    decided = (
        Sample.objects.filter(status__in=OUTCOMES).defer("peaks", "regions").order_by("decided_at", "pk")
    )
    for sample in decided:
        if sample.decided_at is not None:
            tell_outcomes(now=sample.decided_at)
    for sample in decided.filter(status=SampleStatus.REFUSED)[:1]:
        note_outcome_seen(sample, now=(sample.decided_at or now) + timedelta(minutes=1))
        _drop_unneeded(sample)
    waiting = Message.objects.filter(status=MessageStatus.WAITING, not_before__lte=now)
    for number, message in enumerate(waiting.order_by("not_before", "pk"), start=1):
        ends = next((end for every, end in ENDS.items() if number % every == 0), MessageStatus.SENT)
        _leave(message, ends=ends, now=message.not_before)


def tell_of_booking(booking: Booking, *, until: datetime) -> None:
    """Tell the two of their booking, and remind them, as the worker would have; nothing is really sent."""
    people = (booking.pair.person_a, booking.pair.person_b)
    for at in booking.events.filter(at__lte=until).order_by("pk").values_list("at", flat=True):
        tell_bookings(now=at)
    due = booking.reminders.filter(status=ReminderStatus.WAITING, due_at__lte=until)
    for at in due.order_by("due_at").values_list("due_at", flat=True).distinct():
        remind(now=at)
    waiting = Message.objects.filter(
        person__in=people, status=MessageStatus.WAITING, not_before__lte=until
    ).exclude(template__startswith="sample_")
    for message in waiting.order_by("not_before", "pk"):
        _leave(message, ends=MessageStatus.SENT, now=message.not_before)
    remind(now=until)


def _drop_unneeded(sample: Sample) -> None:
    for message in Message.objects.filter(person=sample.person_id, channel="sms", template="sample_refused"):
        words = "the person has read it on the page"
        move_message(message, MessageStatus.DROPPED, by=None, now=message.not_before, reason=words)


def _leave(message: Message, *, ends: MessageStatus, now: datetime) -> None:
    """Let the message leave, and end so."""
    move_message(
        message,
        MessageStatus.SENDING,
        by=None,
        now=now,
        attempts=1,
        claimed_at=now,
        reference=f"demo{message.pk:028d}",
    )
    number = PROVIDER_ID.format(message.pk) if ends == MessageStatus.SENT else ""
    after = timedelta(minutes=10) if ends == MessageStatus.UNKNOWN else timedelta(seconds=2)
    move_message(message, ends, by=None, now=now + after, reason=REASONS.get(ends, ""), provider_id=number)
