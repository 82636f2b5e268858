"""Which money a person may see: their own, a studio's, or all. Somebody else's answers as if it did not exist."""

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404

from accounts.access import Role, has_role
from accounts.models import User
from payments.models import Deduction, PayeeAccount, Payment, Payout, PayoutBatch
from payments.models.payment import PaymentQuerySet

# Who opens the pages of payments at all; which rows they find there, `payments_for` says.
DESK_ROLES = (Role.FINANCE, Role.MANAGER, Role.OPERATOR)


def payments_for(person: User) -> PaymentQuerySet:
    """Return every payment to finance and managers, a studio's to its operators, their own to participants."""
    if has_role(person, Role.FINANCE, Role.MANAGER):
        return Payment.objects.all()
    if has_role(person, Role.OPERATOR):
        return Payment.objects.filter(booking__slot__booth__studio__in=person.studios.values("studio"))
    return Payment.objects.filter(person=person)


def get_payment_for(person: User, payment_id: int) -> Payment:
    """Return a payment that the person may see, with its amounts. Raise Http404 for every other one."""
    own_or_desk = payments_for(person) | Payment.objects.filter(person=person)
    payments = own_or_desk.with_amounts().select_related(
        "project", "person__profile", "booking__slot__booth__studio__city", "booking__pair"
    )
    return get_object_or_404(payments, pk=payment_id)


def deductions_for(person: User) -> QuerySet[Deduction]:
    """Return every deduction to finance, to others those they proposed."""
    if has_role(person, Role.FINANCE):
        return Deduction.objects.all()
    return Deduction.objects.filter(proposed_by=person)


def get_deduction_for(person: User, deduction_id: int) -> Deduction:
    """Return a deduction that the person may see. Raise Http404 for every other one."""
    return get_object_or_404(deductions_for(person).select_related("payment"), pk=deduction_id)


def get_batch(batch_id: int) -> PayoutBatch:
    """Return a batch: all of finance sees all of them. Raise Http404 when there is none."""
    return get_object_or_404(
        PayoutBatch.objects.select_related("made_by__profile", "approved_by__profile"), pk=batch_id
    )


def get_payout(batch: PayoutBatch, payout_id: int) -> Payout:
    """Return a payout of the batch. Raise Http404 for one of another batch."""
    return get_object_or_404(batch.payouts, pk=payout_id)


def get_account_behind(payment: Payment) -> PayeeAccount:
    """Return the account that a payment goes to. Raise Http404 when the person has told none."""
    return get_object_or_404(PayeeAccount, person=payment.person_id)
