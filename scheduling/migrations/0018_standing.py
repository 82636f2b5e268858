"""Amnesties and objections; a suspension by the rules says so in a column of its own."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.models import Exists, OuterRef

from accounts.append_only import AllowChanges, ForbidChanges

# What the rule wrote into the column of typed reasons until now.
WORDS = "no-shows"


def name_causes(apps, schema_editor):
    """Turn the rule's words into its cause: it wrote them at the moment of the no-show, people do not."""
    using = schema_editor.connection.alias
    events = apps.get_model("scheduling", "QualificationEvent").objects.using(using)
    no_shows = apps.get_model("scheduling", "AttendanceEvent").objects.using(using).filter(
        new="no_show",
        at=OuterRef("at"),
        attendance__person=OuterRef("qualification__person"),
        attendance__booking__project=OuterRef("qualification__project"),
    )
    rows = events.filter(Exists(no_shows), old="active", new="suspended", reason=WORDS)
    keys = list(rows.values_list("pk", flat=True))
    for start in range(0, len(keys), 500):
        events.filter(pk__in=keys[start : start + 500]).update(cause="no_shows", reason="")


def write_words(apps, schema_editor):
    """Write the cause as the words that it was."""
    events = apps.get_model("scheduling", "QualificationEvent").objects.using(schema_editor.connection.alias)
    events.filter(cause="no_shows", reason="").update(reason=WORDS)


class Migration(migrations.Migration):

    dependencies = [
        ('scheduling', '0017_swaps'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Amnesty',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('counts_from_at', models.DateTimeField(blank=True, null=True, verbose_name='no-shows count from')),
                ('reason', models.CharField(max_length=300, verbose_name='reason')),
                ('at', models.DateTimeField(verbose_name='at')),
            ],
            options={
                'verbose_name': 'amnesty',
                'verbose_name_plural': 'amnesties',
            },
        ),
        migrations.CreateModel(
            name='Objection',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('words', models.TextField(verbose_name='words')),
                ('at', models.DateTimeField(verbose_name='at')),
            ],
            options={
                'verbose_name': 'objection',
                'verbose_name_plural': 'objections',
            },
        ),
        AllowChanges("QualificationEvent"),
        migrations.AddField(
            model_name='qualificationevent',
            name='cause',
            field=models.CharField(blank=True, default='', choices=[('no_shows', 'missed sessions'), ('no_ground', 'the missed sessions do not count any more')], max_length=16, verbose_name='cause'),
            preserve_default=False,
        ),
        migrations.RunPython(name_causes, write_words),
        ForbidChanges("QualificationEvent"),
        migrations.AddIndex(
            model_name='attendance',
            index=models.Index(condition=models.Q(('outcome', 'no_show')), fields=['person'], name='attendance_missed'),
        ),
        migrations.AddField(
            model_name='amnesty',
            name='by',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='by'),
        ),
        migrations.AddField(
            model_name='amnesty',
            name='person',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='amnesties', to=settings.AUTH_USER_MODEL, verbose_name='person'),
        ),
        migrations.AddField(
            model_name='amnesty',
            name='project',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='amnesties', to='scheduling.project', verbose_name='project'),
        ),
        migrations.AddField(
            model_name='objection',
            name='qualification',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='objections', to='scheduling.qualification', verbose_name='qualification'),
        ),
        migrations.AddConstraint(
            model_name='amnesty',
            constraint=models.CheckConstraint(condition=models.Q(('reason', ''), _negated=True), name='an_amnesty_has_a_reason'),
        ),
        ForbidChanges("Amnesty"),
        ForbidChanges("Objection"),
    ]
