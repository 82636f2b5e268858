"""Why the rules changed a booking stands in a column of its own, which no form writes."""

from django.db import migrations, models
from django.db.models import Exists, F, OuterRef, Q

from accounts.append_only import AllowChanges, ForbidChanges

# What the rules wrote into the column of typed reasons until now.
WORDS = {
    "moved": "moved",
    "declined": "declined",
    "session_changed": "the session to be moved was changed",
    "no_show": "no-show",
}
NO_SHOW = "no_show"


def name_causes(apps, schema_editor):
    """Turn the words of the rules into causes. Staff may have typed the same words: theirs stay theirs."""
    events = apps.get_model("scheduling", "BookingEvent").objects.using(schema_editor.connection.alias)
    attendances = apps.get_model("scheduling", "Attendance").objects.using(schema_editor.connection.alias)
    # Only staff can type a reason; these two the rules wrote for one of the pair.
    by_the_pair = Q(by=F("booking__pair__person_a")) | Q(by=F("booking__pair__person_b"))
    nobody_came = Exists(attendances.filter(booking=OuterRef("booking"), outcome=NO_SHOW))
    found = {
        "moved": events.filter(by_the_pair, new__in=["held", "awaiting", "cancelled"]),
        "declined": events.filter(by_the_pair, old="awaiting", new="cancelled"),
        # It ends a question whether a session shall move, whoever changed that session.
        "session_changed": events.filter(
            old="awaiting", new="cancelled", booking__moved_from__isnull=False
        ),
        NO_SHOW: events.filter(nobody_came, new="failed"),
    }
    for cause, rows in found.items():
        keys = list(rows.filter(reason=WORDS[cause]).values_list("pk", flat=True))
        for start in range(0, len(keys), 500):
            events.filter(pk__in=keys[start : start + 500]).update(cause=cause, reason="")


def write_words(apps, schema_editor):
    """Write the causes as the words that they were."""
    events = apps.get_model("scheduling", "BookingEvent").objects.using(schema_editor.connection.alias)
    for cause, words in WORDS.items():
        events.filter(cause=cause, reason="").update(reason=words)


class Migration(migrations.Migration):

    dependencies = [
        ('scheduling', '0009_partner_board'),
    ]

    operations = [
        AllowChanges("BookingEvent"),
        migrations.AddField(
            model_name='bookingevent',
            name='cause',
            field=models.CharField(blank=True, choices=[('moved', 'moved'), ('declined', 'declined'), ('session_changed', 'the session to be moved was changed'), ('no_show', 'no-show')], default='', max_length=16, verbose_name='cause'),
            preserve_default=False,
        ),
        migrations.RunPython(name_causes, write_words),
        ForbidChanges("BookingEvent"),
    ]
