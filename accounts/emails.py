"""E-mails: written from templates, sent by the backend that Django's settings name."""

import smtplib
from contextlib import suppress
from dataclasses import dataclass

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.utils.translation import gettext_noop

from accounts.carriers import NoAnswer, NotSent
from accounts.models import Channel
from accounts.sms import write_plain
from accounts.texts import fill, fill_line, written_text

# SMTP's answers from 500 on are final (RFC 5321, 4.2.1).
SMTP_FINAL = 500


@dataclass(frozen=True)
class Email:
    """An e-mail ready to send; `reference` is our number of this attempt."""

    to: str
    subject: str
    body: str
    reference: str = ""


def render_email(
    *, to: str, template: str, language: str, params: dict[str, str], reference: str = ""
) -> Email:
    """
    Return the e-mail of a manager's text, or of `templates/emails/<template>.<language>.txt`.

    The subject is the template's first line. The text also knows `site`, the address of this
    site. Raise TemplateDoesNotExist without one.
    """
    known = {**params, "site": settings.SITE_URL}
    own = written_text(template, Channel.EMAIL, language)
    if own:
        subject, body = fill_line(own.subject, known), fill(own.body, known)
    else:
        text = write_plain(f"emails/{template}.{language}.txt", known)
        subject, _newline, body = text.strip().partition("\n")
    return Email(to=to, subject=subject.strip(), body=body.strip() + "\n", reference=reference)


def send_email(email: Email) -> str:
    """
    Send an e-mail and return its Message-ID.

    Raise NotSent when the server did not take it, NoAnswer when the line died before it said so.
    """
    message_id = f"<{email.reference}@{settings.EMAIL_FROM.rpartition('@')[2].strip('>')}>"
    connection = get_connection()
    try:
        connection.open()
    except (OSError, smtplib.SMTPException) as error:
        words = gettext_noop("the mail server cannot be reached: %(error)s")
        raise NotSent(words, params={"error": type(error).__name__}) from error
    message = EmailMessage(
        email.subject,
        email.body,
        from_email=settings.EMAIL_FROM,
        to=[email.to],
        connection=connection,
        # A machine wrote it: an absence note must not answer (RFC 3834).
        headers={"Message-ID": message_id, "Auto-Submitted": "auto-generated"},
    )
    try:
        message.send()
    except smtplib.SMTPRecipientsRefused as error:
        codes = [code for code, _words in error.recipients.values()]
        raise NotSent(gettext_noop("the recipient was refused"), may_retry=max(codes) < SMTP_FINAL) from error
    except smtplib.SMTPResponseException as error:
        words, code = gettext_noop("the mail server said %(code)s"), error.smtp_code
        raise NotSent(words, params={"code": code}, may_retry=code < SMTP_FINAL) from error
    except smtplib.SMTPNotSupportedError as error:
        words = gettext_noop("the mail server cannot take such an address")
        raise NotSent(words, may_retry=False) from error
    except (OSError, smtplib.SMTPException) as error:
        raise NoAnswer(type(error).__name__) from error
    finally:
        # A line that dies at the goodbye does not change what was said before.
        with suppress(OSError, smtplib.SMTPException):
            connection.close()
    return message_id
