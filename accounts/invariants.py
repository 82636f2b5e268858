"""Sweeps over people and their consents: what must never be, read back from the rows. Empty when all is well."""

from accounts import consents
from accounts.access import Role
from accounts.models import ConsentNotice, ConsentRecord, User


def broken_consents() -> list[str]:
    """Return the consent rows whose chain, content or text was changed or is missing. Rule: R-4."""
    return list(consents.verify_chains(ConsentRecord.objects.all()))


def broken_notices() -> list[str]:
    """Return the consent texts that are not what they were when they were published. Rule: R-4."""
    rows = ConsentNotice.objects.order_by("pk").values_list("pk", "text", "text_sha256")
    return [
        f"consent notice {pk}: its text was changed"
        for pk, text, sha256 in rows
        if consents.hash_text(text) != sha256
    ]


def broken_roles() -> list[str]:
    """Return the people to whom Django would open more than their roles say."""
    odd = User.objects.exclude(groups__name=Role.ADMINISTRATOR).filter(is_superuser=True)
    odd = odd | User.objects.exclude(groups__name=Role.ADMINISTRATOR).filter(is_staff=True)
    return [f"user {pk}: may open the admin without the role" for pk in odd.values_list("pk", flat=True)]
