"""The texts of messages that managers write."""

import accounts.append_only
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0005_quiet_zone'),
    ]

    operations = [
        migrations.CreateModel(
            name='MessageText',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('template', models.CharField(max_length=40, verbose_name='template')),
                ('channel', models.CharField(choices=[('sms', 'SMS'), ('email', 'E-mail')], max_length=8, verbose_name='channel')),
                ('language', models.CharField(max_length=10, verbose_name='language')),
                ('subject', models.CharField(blank=True, max_length=120, verbose_name='subject')),
                ('body', models.TextField(blank=True, verbose_name='text')),
                ('written_at', models.DateTimeField(verbose_name='written at')),
                ('written_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='written by')),
            ],
            options={
                'verbose_name': 'message text',
                'verbose_name_plural': 'message texts',
                'indexes': [models.Index(fields=['template', 'channel', 'language', 'id'], name='message_text_latest')],
            },
        ),
        accounts.append_only.ForbidChanges("MessageText"),
    ]
