"""Periodic work of payments: thin, idempotent, at the time of the clock."""

from django.utils import timezone

from payments import earnings


def create_payments_due() -> int:
    """Make the payments that facts of scheduling call for."""
    return earnings.create_payments_due(now=timezone.now())


def approve_payments_due() -> int:
    """Approve the payments whose days to appeal are over."""
    return earnings.approve_payments_due(now=timezone.now())
