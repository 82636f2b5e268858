"""What the queue runs for this app: each fetches by id and makes one call."""

from django.utils import timezone

from accounts import delivery, sms


def send_message(sealed: str) -> bool:
    """Send one queued short message."""
    return sms.send_sealed_message(sealed, now=timezone.now())


def deliver_messages() -> int:
    """Send what the outbox has due."""
    return delivery.deliver_due(now=timezone.now())
