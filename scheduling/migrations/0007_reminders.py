"""Reminders of bookings, and the marks of what was told."""

import accounts.append_only
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0005_quiet_zone'),
        ('scheduling', '0006_states_in_words'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='BookingNews',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('told_at', models.DateTimeField(verbose_name='told at')),
                ('event', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='news', to='scheduling.bookingevent', verbose_name='booking event')),
            ],
            options={
                'verbose_name': 'booking news',
                'verbose_name_plural': 'booking news',
            },
        ),
        migrations.CreateModel(
            name='Reminder',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('hours_before', models.PositiveSmallIntegerField(verbose_name='hours before the start')),
                ('channel', models.CharField(choices=[('sms', 'SMS'), ('email', 'E-mail')], max_length=8, verbose_name='channel')),
                ('status', models.CharField(choices=[('waiting', 'Planned'), ('posted', 'In the outbox'), ('sent', 'Reminder sent'), ('failed', 'Sending failed'), ('dropped', 'Checked, not sent')], default='waiting', max_length=10, verbose_name='status')),
                ('planned_at', models.DateTimeField(verbose_name='planned at')),
                ('due_at', models.DateTimeField(verbose_name='due at')),
                ('expires_at', models.DateTimeField(verbose_name='expires at')),
                ('booking', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='reminders', to='scheduling.booking', verbose_name='booking')),
                ('message', models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='reminder', to='accounts.message', verbose_name='message')),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='reminders', to=settings.AUTH_USER_MODEL, verbose_name='person')),
            ],
            options={
                'verbose_name': 'reminder',
                'verbose_name_plural': 'reminders',
            },
        ),
        migrations.CreateModel(
            name='ReminderEvent',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('old', models.CharField(blank=True, choices=[('waiting', 'Planned'), ('posted', 'In the outbox'), ('sent', 'Reminder sent'), ('failed', 'Sending failed'), ('dropped', 'Checked, not sent')], max_length=14, verbose_name='before')),
                ('new', models.CharField(choices=[('waiting', 'Planned'), ('posted', 'In the outbox'), ('sent', 'Reminder sent'), ('failed', 'Sending failed'), ('dropped', 'Checked, not sent')], max_length=14, verbose_name='after')),
                ('at', models.DateTimeField(verbose_name='at')),
                ('reason', models.CharField(blank=True, max_length=300, verbose_name='reason')),
                ('by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='by')),
                ('reminder', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='events', to='scheduling.reminder', verbose_name='reminder')),
            ],
            options={
                'verbose_name': 'reminder event',
                'verbose_name_plural': 'reminder events',
            },
        ),
        migrations.AddIndex(
            model_name='reminder',
            index=models.Index(fields=['status', 'due_at'], name='reminder_due'),
        ),
        migrations.AddConstraint(
            model_name='reminder',
            constraint=models.UniqueConstraint(fields=('booking', 'person', 'hours_before', 'channel'), name='one_reminder_per_booking_person_kind_and_channel'),
        ),
        migrations.AddConstraint(
            model_name='reminder',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('status__in', ['posted', 'sent', 'failed']), _negated=True), ('message__isnull', False), _connector='OR'), name='a_reminder_that_left_has_its_message'),
        ),
        accounts.append_only.ForbidChanges("ReminderEvent"),
        accounts.append_only.ForbidChanges("BookingNews"),
    ]
