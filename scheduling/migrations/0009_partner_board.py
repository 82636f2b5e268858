"""The partner board: entries, invitations to one person, reports, and the quotas of a project."""

import django.core.validators
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from accounts.append_only import ForbidChanges


class Migration(migrations.Migration):

    dependencies = [
        ('scheduling', '0008_calendar_feed'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Availability',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('on', models.DateField(verbose_name='day')),
                ('part', models.CharField(choices=[('1_morning', 'Morning'), ('2_afternoon', 'Afternoon'), ('3_evening', 'Evening')], max_length=12, verbose_name='part of the day')),
            ],
            options={
                'verbose_name': 'availability',
                'verbose_name_plural': 'availabilities',
                'ordering': ['on', 'part'],
            },
        ),
        migrations.CreateModel(
            name='BoardEntry',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('about', models.CharField(max_length=200, verbose_name='a few words about you')),
                ('topics', models.CharField(max_length=120, verbose_name='what you like to talk about')),
                ('status', models.CharField(choices=[('open', 'On the board'), ('paired', 'Partner found'), ('withdrawn', 'Taken off'), ('expired', 'Expired'), ('hidden', 'Hidden by staff')], default='open', max_length=10, verbose_name='status')),
                ('waits_from', models.DateTimeField(verbose_name='looks for a partner since')),
                ('published_at', models.DateTimeField(verbose_name='published at')),
                ('expires_at', models.DateTimeField(verbose_name='expires at')),
            ],
            options={
                'verbose_name': 'board entry',
                'verbose_name_plural': 'board entries',
            },
        ),
        migrations.CreateModel(
            name='BoardEvent',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField(verbose_name='at')),
                ('reason', models.CharField(blank=True, max_length=300, verbose_name='reason')),
                ('old', models.CharField(blank=True, choices=[('open', 'On the board'), ('paired', 'Partner found'), ('withdrawn', 'Taken off'), ('expired', 'Expired'), ('hidden', 'Hidden by staff')], max_length=14, verbose_name='before')),
                ('new', models.CharField(choices=[('open', 'On the board'), ('paired', 'Partner found'), ('withdrawn', 'Taken off'), ('expired', 'Expired'), ('hidden', 'Hidden by staff')], max_length=14, verbose_name='after')),
            ],
            options={
                'verbose_name': 'board event',
                'verbose_name_plural': 'board events',
            },
        ),
        migrations.CreateModel(
            name='ProjectQuota',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('sexes', models.CharField(choices=[('any', 'Any'), ('women', 'Two women'), ('men', 'Two men'), ('mixed', 'A woman and a man')], default='any', max_length=8, verbose_name='sexes')),
                ('dialect', models.CharField(blank=True, help_text='As people write it in their profile; empty: any.', max_length=60, verbose_name='dialect')),
                ('min_age_years', models.PositiveSmallIntegerField(default=18, validators=[django.core.validators.MinValueValidator(18)], verbose_name='youngest (years)')),
                ('max_age_years', models.PositiveSmallIntegerField(default=99, verbose_name='oldest (years)')),
                ('wanted_pairs', models.PositiveSmallIntegerField(validators=[django.core.validators.MinValueValidator(1)], verbose_name='pairs wanted')),
            ],
            options={
                'verbose_name': 'project quota',
                'verbose_name_plural': 'project quotas',
            },
        ),
        migrations.CreateModel(
            name='Report',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('reason', models.CharField(choices=[('contact', 'Gives or asks for contact details'), ('rude', 'Rude, insulting or harassing'), ('advertising', 'Advertises or offers money'), ('false', 'Is not who they say, or never means to come'), ('other', 'Something else')], max_length=12, verbose_name='reason')),
                ('text', models.CharField(blank=True, max_length=300, verbose_name='what happened')),
                ('status', models.CharField(choices=[('open', 'Waits for a manager'), ('dismissed', 'Nothing found'), ('hidden', 'Board entry hidden'), ('suspended', 'Person suspended')], default='open', max_length=10, verbose_name='status')),
                ('made_at', models.DateTimeField(verbose_name='made at')),
            ],
            options={
                'verbose_name': 'report',
                'verbose_name_plural': 'reports',
            },
        ),
        migrations.CreateModel(
            name='ReportEvent',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField(verbose_name='at')),
                ('reason', models.CharField(blank=True, max_length=300, verbose_name='reason')),
                ('old', models.CharField(blank=True, choices=[('open', 'Waits for a manager'), ('dismissed', 'Nothing found'), ('hidden', 'Board entry hidden'), ('suspended', 'Person suspended')], max_length=14, verbose_name='before')),
                ('new', models.CharField(choices=[('open', 'Waits for a manager'), ('dismissed', 'Nothing found'), ('hidden', 'Board entry hidden'), ('suspended', 'Person suspended')], max_length=14, verbose_name='after')),
            ],
            options={
                'verbose_name': 'report event',
                'verbose_name_plural': 'report events',
            },
        ),
        migrations.AddField(
            model_name='invitation',
            name='invited',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='invitations_received', to=settings.AUTH_USER_MODEL, verbose_name='invited'),
        ),
        migrations.AddField(
            model_name='project',
            name='board_entry_days',
            field=models.PositiveSmallIntegerField(default=14, help_text='R-16', verbose_name='a board entry lives (days)'),
        ),
        migrations.AddField(
            model_name='project',
            name='max_invitations_per_day',
            field=models.PositiveSmallIntegerField(default=5, help_text='R-16', verbose_name='invitations from the board a day'),
        ),
        migrations.AlterField(
            model_name='invitation',
            name='status',
            field=models.CharField(choices=[('open', 'Open'), ('accepted', 'Accepted'), ('declined', 'Declined'), ('withdrawn', 'Withdrawn'), ('expired', 'Expired'), ('lapsed', 'Paired with somebody else')], default='open', max_length=10, verbose_name='status'),
        ),
        migrations.AddConstraint(
            model_name='invitation',
            constraint=models.CheckConstraint(condition=models.Q(('invited', None), models.Q(('invited', models.F('inviter')), _negated=True), _connector='OR'), name='nobody_invites_themselves'),
        ),
        migrations.AddConstraint(
            model_name='invitation',
            constraint=models.CheckConstraint(condition=models.Q(('invited', None), models.Q(('status', 'accepted'), _negated=True), ('accepted_by', models.F('invited')), _connector='OR'), name='only_the_invited_accepts'),
        ),
        migrations.AddConstraint(
            model_name='invitation',
            constraint=models.UniqueConstraint(condition=models.Q(('invited__isnull', False), ('status', 'open')), fields=('project', 'inviter', 'invited'), name='one_open_invitation_of_a_person_to_a_person'),
        ),
        migrations.AddField(
            model_name='boardentry',
            name='city',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='board_entries', to='scheduling.city', verbose_name='city'),
        ),
        migrations.AddField(
            model_name='boardentry',
            name='person',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='board_entries', to=settings.AUTH_USER_MODEL, verbose_name='person'),
        ),
        migrations.AddField(
            model_name='boardentry',
            name='project',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='board_entries', to='scheduling.project', verbose_name='project'),
        ),
        migrations.AddField(
            model_name='availability',
            name='entry',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='availabilities', to='scheduling.boardentry', verbose_name='board entry'),
        ),
        migrations.AddField(
            model_name='boardevent',
            name='by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='by'),
        ),
        migrations.AddField(
            model_name='boardevent',
            name='entry',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='events', to='scheduling.boardentry', verbose_name='board entry'),
        ),
        migrations.AddField(
            model_name='projectquota',
            name='project',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='quotas', to='scheduling.project', verbose_name='project'),
        ),
        migrations.AddField(
            model_name='report',
            name='entry',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='reports', to='scheduling.boardentry', verbose_name='board entry'),
        ),
        migrations.AddField(
            model_name='report',
            name='person',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='reports_received', to=settings.AUTH_USER_MODEL, verbose_name='reported person'),
        ),
        migrations.AddField(
            model_name='report',
            name='project',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='reports', to='scheduling.project', verbose_name='project'),
        ),
        migrations.AddField(
            model_name='report',
            name='reporter',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='reports_made', to=settings.AUTH_USER_MODEL, verbose_name='reporter'),
        ),
        migrations.AddField(
            model_name='reportevent',
            name='by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='by'),
        ),
        migrations.AddField(
            model_name='reportevent',
            name='report',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='events', to='scheduling.report', verbose_name='report'),
        ),
        migrations.AddIndex(
            model_name='boardentry',
            index=models.Index(fields=['project', 'city', 'status', 'waits_from'], name='board_search'),
        ),
        migrations.AddIndex(
            model_name='boardentry',
            index=models.Index(fields=['status', 'expires_at'], name='board_overdue'),
        ),
        migrations.AddConstraint(
            model_name='boardentry',
            constraint=models.UniqueConstraint(condition=models.Q(('status', 'open')), fields=('project', 'person'), name='a_person_is_on_the_board_once'),
        ),
        migrations.AddConstraint(
            model_name='boardentry',
            constraint=models.CheckConstraint(condition=models.Q(('expires_at__gt', models.F('published_at'))), name='board_entry_ends_after_it_begins'),
        ),
        migrations.AddConstraint(
            model_name='availability',
            constraint=models.UniqueConstraint(fields=('entry', 'on', 'part'), name='a_part_of_a_day_is_named_once'),
        ),
        migrations.AddConstraint(
            model_name='projectquota',
            constraint=models.UniqueConstraint(fields=('project', 'sexes', 'dialect', 'min_age_years', 'max_age_years'), name='one_quota_per_kind_of_pair'),
        ),
        migrations.AddConstraint(
            model_name='projectquota',
            constraint=models.CheckConstraint(condition=models.Q(('min_age_years__lte', models.F('max_age_years'))), name='quota_youngest_is_not_over_oldest'),
        ),
        migrations.AddConstraint(
            model_name='projectquota',
            constraint=models.CheckConstraint(condition=models.Q(('wanted_pairs__gte', 1)), name='a_quota_wants_a_pair'),
        ),
        migrations.AddIndex(
            model_name='report',
            index=models.Index(fields=['status', 'made_at'], name='report_queue'),
        ),
        migrations.AddConstraint(
            model_name='report',
            constraint=models.UniqueConstraint(condition=models.Q(('status', 'open')), fields=('project', 'reporter', 'person'), name='one_open_report_of_a_person_by_a_person'),
        ),
        migrations.AddConstraint(
            model_name='report',
            constraint=models.CheckConstraint(condition=models.Q(('reporter', models.F('person')), _negated=True), name='nobody_reports_themselves'),
        ),
        ForbidChanges("BoardEvent"),
        ForbidChanges("ReportEvent"),
    ]
