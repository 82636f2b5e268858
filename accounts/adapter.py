"""What django-allauth asks of us: how a person is known by phone, and how secrets are kept."""

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter

from accounts.fields import decrypt, encrypt


class AccountAdapter(DefaultAccountAdapter):
    """Sign-in by phone alone."""


class SecondFactorAdapter(DefaultMFAAdapter):
    """The second factor's secrets are encrypted in the database, like every other secret."""

    def encrypt(self, text: str) -> str:
        return encrypt(text)

    def decrypt(self, encrypted_text: str) -> str:
        return decrypt(encrypted_text)
