"""The rows of accounts, a module for each noun."""

from accounts.models.message import Channel, Message, MessageEvent, MessageStatus
from accounts.models.person import (
    PSEUDONYM_ALPHABET,
    ConsentAct,
    ConsentNotice,
    ConsentRecord,
    OneTimeCode,
    Profile,
    Scope,
    Sex,
    User,
    make_pseudonym,
)
from accounts.models.text import MessageText

__all__ = [
    "PSEUDONYM_ALPHABET",
    "Channel",
    "ConsentAct",
    "ConsentNotice",
    "ConsentRecord",
    "Message",
    "MessageEvent",
    "MessageStatus",
    "MessageText",
    "OneTimeCode",
    "Profile",
    "Scope",
    "Sex",
    "User",
    "make_pseudonym",
]
