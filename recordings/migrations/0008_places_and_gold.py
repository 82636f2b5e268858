"""Places that are assigned before they are opened, reviewers' languages, conflicts, and gold samples."""

import django.core.validators
import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models
from django.db.models import F

from accounts.append_only import ForbidChanges


def open_reserved_places(apps, schema_editor):
    """A place that was there before had been opened: nobody was given one ahead."""
    apps.get_model("recordings", "Reviewing").objects.update(opened_at=F("assigned_at"))


class Migration(migrations.Migration):

    dependencies = [
        ("recordings", "0007_sample_figures"),
        ('scheduling', '0005_review_figures'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Conflict',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('source', models.CharField(choices=[('voice', 'Knew the voice'), ('staff', 'Written down by staff')], max_length=8, verbose_name='how it was learnt')),
                ('note', models.CharField(blank=True, max_length=200, verbose_name='note')),
                ('at', models.DateTimeField(verbose_name='at')),
            ],
            options={
                'verbose_name': 'conflict',
                'verbose_name_plural': 'conflicts',
            },
        ),
        migrations.CreateModel(
            name='GoldSample',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('expected', models.CharField(choices=[('approve', 'Approve'), ('reject', 'Reject')], max_length=8, verbose_name='expected verdict')),
                ('reasons', models.JSONField(blank=True, default=list, verbose_name='reason codes')),
                ('explanation', models.TextField(verbose_name='explanation')),
                ('set_at', models.DateTimeField(verbose_name='set at')),
                ('retired_at', models.DateTimeField(blank=True, null=True, verbose_name='retired at')),
            ],
            options={
                'verbose_name': 'gold sample',
                'verbose_name_plural': 'gold samples',
            },
        ),
        migrations.CreateModel(
            name='ReviewerProfile',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('languages', models.JSONField(blank=True, default=list, verbose_name='languages')),
                ('is_active', models.BooleanField(default=True, verbose_name='reviews at present')),
                ('weekly_cap', models.PositiveSmallIntegerField(blank=True, null=True, validators=[django.core.validators.MinValueValidator(1)], verbose_name='asked for at most (samples in 7 days)')),
                ('playback_speed', models.FloatField(default=1.0, validators=[django.core.validators.MinValueValidator(0.75), django.core.validators.MaxValueValidator(2.5)], verbose_name='playback speed')),
                ('plays_at_once', models.BooleanField(default=True, verbose_name='the next sample plays at once')),
            ],
            options={
                'verbose_name': 'reviewer',
                'verbose_name_plural': 'reviewers',
            },
        ),
        migrations.AlterModelOptions(
            name='reviewing',
            options={'verbose_name': 'place', 'verbose_name_plural': 'places'},
        ),
        migrations.AddField(
            model_name='review',
            name='is_gold',
            field=models.BooleanField(default=False, verbose_name='vote on a gold sample'),
        ),
        migrations.AddField(
            model_name='reviewing',
            name='assigned_at',
            field=models.DateTimeField(default=django.utils.timezone.now, verbose_name='assigned at'),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name='reviewing',
            name='is_gold',
            field=models.BooleanField(default=False, verbose_name='gold sample'),
        ),
        migrations.AddField(
            model_name='reviewing',
            name='lost_at',
            field=models.DateTimeField(blank=True, null=True, verbose_name='lost at'),
        ),
        migrations.AddField(
            model_name='reviewing',
            name='opened_at',
            field=models.DateTimeField(blank=True, null=True, verbose_name='opened at'),
        ),
        migrations.AddField(
            model_name='sample',
            name='has_open_places',
            field=models.BooleanField(default=True, help_text='Fewer people are on it than it has places.', verbose_name='lacks reviewers'),
        ),
        migrations.AddIndex(
            model_name='reviewing',
            index=models.Index(fields=['reviewer', 'lost_at'], name='places_of_reviewer'),
        ),
        migrations.AddIndex(
            model_name='sample',
            index=models.Index(condition=models.Q(('has_open_places', True), ('status', 'in_review')), fields=['sent_at'], name='sample_lacks_reviewers'),
        ),
        migrations.AddField(
            model_name='conflict',
            name='by',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='written by'),
        ),
        migrations.AddField(
            model_name='conflict',
            name='person',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='participant'),
        ),
        migrations.AddField(
            model_name='conflict',
            name='staff',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='conflicts', to=settings.AUTH_USER_MODEL, verbose_name='member of staff'),
        ),
        migrations.AddField(
            model_name='goldsample',
            name='sample',
            field=models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='gold', to='recordings.sample', verbose_name='sample'),
        ),
        migrations.AddField(
            model_name='goldsample',
            name='set_by',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='set by'),
        ),
        migrations.AddField(
            model_name='reviewerprofile',
            name='person',
            field=models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='reviewer_profile', to=settings.AUTH_USER_MODEL, verbose_name='person'),
        ),
        migrations.AddConstraint(
            model_name='conflict',
            constraint=models.UniqueConstraint(fields=('staff', 'person'), name='one_conflict_of_two_people'),
        ),
        migrations.AddConstraint(
            model_name='conflict',
            constraint=models.CheckConstraint(condition=models.Q(('staff', models.F('person')), _negated=True), name='a_conflict_is_of_two_people'),
        ),
        migrations.AddConstraint(
            model_name='goldsample',
            constraint=models.CheckConstraint(condition=models.Q(('explanation', ''), _negated=True), name='a_gold_sample_explains_itself'),
        ),
        migrations.AddConstraint(
            model_name='goldsample',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('expected', 'reject'), _negated=True), models.Q(('reasons', []), _negated=True), _connector='OR'), name='an_expected_rejection_has_a_reason'),
        ),
        migrations.AddConstraint(
            model_name='reviewerprofile',
            constraint=models.CheckConstraint(condition=models.Q(('playback_speed__gte', 0.75), ('playback_speed__lte', 2.5)), name='playback_speed_is_one_that_the_guard_allows'),
        ),
        migrations.AlterField(
            model_name="playevent",
            name="purpose",
            field=models.CharField(
                choices=[
                    ("own", "Own sample"),
                    ("review", "Review"),
                    ("cross_review", "Cross review"),
                    ("gold", "Choice of gold samples"),
                    ("ahead", "Fetched ahead, not played"),
                ],
                max_length=12,
                verbose_name="purpose",
            ),
        ),
        migrations.RunPython(open_reserved_places, migrations.RunPython.noop),
        ForbidChanges("Conflict"),
    ]
