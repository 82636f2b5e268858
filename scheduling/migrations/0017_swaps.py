"""Swaps among the staff, and escalations of short rotas."""

import django.db.models.deletion
import scheduling.models.project
from django.conf import settings
from django.db import migrations, models

from accounts.append_only import ForbidChanges


class Migration(migrations.Migration):

    dependencies = [
        ('scheduling', '0016_working_times'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name='project',
            name='escalation_hours',
            field=models.JSONField(default=scheduling.models.project.default_escalation_hours, help_text='R-19', verbose_name='managers told again of missing staff (h before)'),
        ),
        migrations.AddField(
            model_name='studio',
            name='swaps_need_approval',
            field=models.BooleanField(default=False, verbose_name="swaps among the staff need a manager's yes"),
        ),
        migrations.CreateModel(
            name='Escalation',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('status', models.CharField(choices=[('open', 'Staff missing'), ('resolved', 'Staffed again'), ('lapsed', 'Not needed any more')], default='open', max_length=10, verbose_name='status')),
                ('opened_at', models.DateTimeField(verbose_name='opened at')),
                ('told_hours', models.PositiveSmallIntegerField(blank=True, null=True, verbose_name='told again (hours before)')),
                ('fell_out', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='escalations', to='scheduling.shift', verbose_name='shift that fell out')),
                ('slot', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='escalations', to='scheduling.slot', verbose_name='slot')),
            ],
            options={
                'verbose_name': 'escalation',
                'verbose_name_plural': 'escalations',
            },
        ),
        migrations.CreateModel(
            name='EscalationEvent',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField(verbose_name='at')),
                ('reason', models.CharField(blank=True, max_length=300, verbose_name='reason')),
                ('old', models.CharField(blank=True, choices=[('open', 'Staff missing'), ('resolved', 'Staffed again'), ('lapsed', 'Not needed any more')], max_length=14, verbose_name='before')),
                ('new', models.CharField(choices=[('open', 'Staff missing'), ('resolved', 'Staffed again'), ('lapsed', 'Not needed any more')], max_length=14, verbose_name='after')),
                ('by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='by')),
                ('escalation', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='events', to='scheduling.escalation', verbose_name='escalation')),
            ],
            options={
                'verbose_name': 'escalation event',
                'verbose_name_plural': 'escalation events',
            },
        ),
        migrations.CreateModel(
            name='SwapRequest',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('note', models.CharField(blank=True, max_length=200, verbose_name='note')),
                ('status', models.CharField(choices=[('open', 'Waits for an answer'), ('agreed', 'Agreed, waits for a manager'), ('done', 'Handed on'), ('declined', 'Colleague said no'), ('withdrawn', 'Request taken back'), ('refused', 'Manager said no'), ('expired', 'No answer in time'), ('lapsed', 'Shift changed meanwhile')], default='open', max_length=10, verbose_name='status')),
                ('made_at', models.DateTimeField(verbose_name='made at')),
                ('expires_at', models.DateTimeField(verbose_name='expires at')),
                ('asked', models.ForeignKey(blank=True, help_text='Empty: anybody who can.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='swaps_received', to=settings.AUTH_USER_MODEL, verbose_name='asked')),
                ('asker', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='swaps_made', to=settings.AUTH_USER_MODEL, verbose_name='asker')),
                ('shift', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='swap_requests', to='scheduling.shift', verbose_name='shift')),
                ('taker', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='swaps_taken', to=settings.AUTH_USER_MODEL, verbose_name='taken by')),
                ('wanted', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='swaps_for_it', to='scheduling.shift', verbose_name='shift in return')),
            ],
            options={
                'verbose_name': 'swap request',
                'verbose_name_plural': 'swap requests',
            },
        ),
        migrations.CreateModel(
            name='SwapEvent',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField(verbose_name='at')),
                ('reason', models.CharField(blank=True, max_length=300, verbose_name='reason')),
                ('old', models.CharField(blank=True, choices=[('open', 'Waits for an answer'), ('agreed', 'Agreed, waits for a manager'), ('done', 'Handed on'), ('declined', 'Colleague said no'), ('withdrawn', 'Request taken back'), ('refused', 'Manager said no'), ('expired', 'No answer in time'), ('lapsed', 'Shift changed meanwhile')], max_length=14, verbose_name='before')),
                ('new', models.CharField(choices=[('open', 'Waits for an answer'), ('agreed', 'Agreed, waits for a manager'), ('done', 'Handed on'), ('declined', 'Colleague said no'), ('withdrawn', 'Request taken back'), ('refused', 'Manager said no'), ('expired', 'No answer in time'), ('lapsed', 'Shift changed meanwhile')], max_length=14, verbose_name='after')),
                ('by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='by')),
                ('swap', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='events', to='scheduling.swaprequest', verbose_name='swap request')),
            ],
            options={
                'verbose_name': 'swap event',
                'verbose_name_plural': 'swap events',
            },
        ),
        migrations.AddIndex(
            model_name='escalation',
            index=models.Index(fields=['status', 'slot'], name='escalation_queue'),
        ),
        migrations.AddConstraint(
            model_name='escalation',
            constraint=models.UniqueConstraint(condition=models.Q(('status', 'open')), fields=('slot',), name='one_open_escalation_per_slot'),
        ),
        migrations.AddIndex(
            model_name='swaprequest',
            index=models.Index(fields=['status', 'expires_at'], name='swap_overdue'),
        ),
        migrations.AddConstraint(
            model_name='swaprequest',
            constraint=models.UniqueConstraint(condition=models.Q(('status__in', ['open', 'agreed'])), fields=('shift',), name='one_open_request_per_shift'),
        ),
        migrations.AddConstraint(
            model_name='swaprequest',
            constraint=models.CheckConstraint(condition=models.Q(('asked', None), models.Q(('asked', models.F('asker')), _negated=True), _connector='OR'), name='nobody_asks_themselves'),
        ),
        migrations.AddConstraint(
            model_name='swaprequest',
            constraint=models.CheckConstraint(condition=models.Q(('wanted', None), ('asked__isnull', False), _connector='OR'), name='an_exchange_asks_somebody'),
        ),
        migrations.AddConstraint(
            model_name='swaprequest',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('status__in', ['agreed', 'done']), _negated=True), ('taker__isnull', False), _connector='OR'), name='a_swap_that_is_agreed_has_its_taker'),
        ),
        migrations.AddConstraint(
            model_name='swaprequest',
            constraint=models.CheckConstraint(condition=models.Q(('expires_at__gt', models.F('made_at'))), name='a_request_ends_after_it_begins'),
        ),
        ForbidChanges("SwapEvent"),
        ForbidChanges("EscalationEvent"),
    ]
