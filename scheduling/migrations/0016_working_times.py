"""When the staff can work, and the limits of a rota."""

import django.core.validators
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from accounts.append_only import ForbidChanges


class Migration(migrations.Migration):

    dependencies = [
        ('scheduling', '0015_waiting_lists'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='AvailabilityEvent',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('what', models.CharField(choices=[('week', 'Weekly times'), ('limits', 'Limits'), ('added', 'Exception added'), ('removed', 'Exception taken back')], max_length=8, verbose_name='what')),
                ('old', models.JSONField(blank=True, default=dict, verbose_name='before')),
                ('new', models.JSONField(blank=True, default=dict, verbose_name='after')),
                ('at', models.DateTimeField(verbose_name='at')),
            ],
            options={
                'verbose_name': 'availability event',
                'verbose_name_plural': 'availability events',
            },
        ),
        migrations.CreateModel(
            name='DayException',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('away', 'Cannot come'), ('extra', 'Can come besides')], max_length=6, verbose_name='kind')),
                ('from_on', models.DateField(verbose_name='first day')),
                ('to_on', models.DateField(verbose_name='last day')),
                ('part', models.CharField(blank=True, choices=[('1_morning', 'Morning'), ('2_afternoon', 'Afternoon'), ('3_evening', 'Evening')], help_text='Empty: the whole day.', max_length=12, verbose_name='part of the day')),
                ('note', models.CharField(blank=True, max_length=100, verbose_name='note')),
                ('made_at', models.DateTimeField(verbose_name='made at')),
            ],
            options={
                'verbose_name': 'exceptional day',
                'verbose_name_plural': 'exceptional days',
            },
        ),
        migrations.CreateModel(
            name='StaffTerms',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('wished_hours', models.PositiveSmallIntegerField(default=15, validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(60)], verbose_name='hours a week that they wish')),
                ('max_shifts_per_day', models.PositiveSmallIntegerField(blank=True, null=True, verbose_name='shifts a day at most')),
                ('max_shifts_per_week', models.PositiveSmallIntegerField(blank=True, null=True, verbose_name='shifts a week at most')),
                ('told_at', models.DateTimeField(blank=True, null=True, verbose_name='said when they can work at')),
            ],
            options={
                'verbose_name': 'terms of a member of staff',
                'verbose_name_plural': 'terms of the staff',
            },
        ),
        migrations.CreateModel(
            name='WorkingTime',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('weekday', models.PositiveSmallIntegerField(choices=[(0, 'Monday'), (1, 'Tuesday'), (2, 'Wednesday'), (3, 'Thursday'), (4, 'Friday'), (5, 'Saturday'), (6, 'Sunday')], verbose_name='weekday')),
                ('part', models.CharField(choices=[('1_morning', 'Morning'), ('2_afternoon', 'Afternoon'), ('3_evening', 'Evening')], max_length=12, verbose_name='part of the day')),
            ],
            options={
                'verbose_name': 'working time',
                'verbose_name_plural': 'working times',
            },
        ),
        migrations.AddField(
            model_name='studio',
            name='max_shifts_per_day',
            field=models.PositiveSmallIntegerField(default=2, validators=[django.core.validators.MinValueValidator(1)], verbose_name='shifts a day and person, at most'),
        ),
        migrations.AddField(
            model_name='studio',
            name='max_shifts_per_week',
            field=models.PositiveSmallIntegerField(default=10, validators=[django.core.validators.MinValueValidator(1)], verbose_name='shifts a week and person, at most'),
        ),
        migrations.AddField(
            model_name='studio',
            name='shift_pause_minutes',
            field=models.PositiveSmallIntegerField(default=30, verbose_name='between two shifts of a person (min)'),
        ),
        migrations.AddField(
            model_name='studio',
            name='travel_minutes',
            field=models.PositiveSmallIntegerField(default=60, verbose_name='way to another studio of the city (min)'),
        ),
        migrations.AddIndex(
            model_name='slot',
            index=models.Index(fields=['starts_at'], name='slot_by_start'),
        ),
        migrations.AddConstraint(
            model_name='studio',
            constraint=models.CheckConstraint(condition=models.Q(('max_shifts_per_day__gte', 1), ('max_shifts_per_week__gte', 1)), name='a_studio_allows_a_shift'),
        ),
        migrations.AddField(
            model_name='availabilityevent',
            name='by',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='by'),
        ),
        migrations.AddField(
            model_name='availabilityevent',
            name='person',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='availability_events', to=settings.AUTH_USER_MODEL, verbose_name='person'),
        ),
        migrations.AddField(
            model_name='dayexception',
            name='person',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='day_exceptions', to=settings.AUTH_USER_MODEL, verbose_name='person'),
        ),
        migrations.AddField(
            model_name='staffterms',
            name='person',
            field=models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='terms', to=settings.AUTH_USER_MODEL, verbose_name='person'),
        ),
        migrations.AddField(
            model_name='workingtime',
            name='person',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='working_times', to=settings.AUTH_USER_MODEL, verbose_name='person'),
        ),
        migrations.AddField(
            model_name='workingtime',
            name='studio',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='scheduling.studio', verbose_name='studio'),
        ),
        migrations.AddIndex(
            model_name='dayexception',
            index=models.Index(fields=['person', 'to_on'], name='coming_exceptions'),
        ),
        migrations.AddConstraint(
            model_name='dayexception',
            constraint=models.CheckConstraint(condition=models.Q(('to_on__gte', models.F('from_on'))), name='exception_ends_after_it_begins'),
        ),
        migrations.AddConstraint(
            model_name='staffterms',
            constraint=models.CheckConstraint(condition=models.Q(('wished_hours__gte', 1)), name='staff_wish_for_some_hours'),
        ),
        migrations.AddConstraint(
            model_name='workingtime',
            constraint=models.UniqueConstraint(fields=('person', 'studio', 'weekday', 'part'), name='a_working_time_is_said_once'),
        ),
        migrations.AddConstraint(
            model_name='workingtime',
            constraint=models.CheckConstraint(condition=models.Q(('weekday__lte', 6)), name='working_weekday_exists'),
        ),
        ForbidChanges("AvailabilityEvent"),
    ]
