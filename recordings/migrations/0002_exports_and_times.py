import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from accounts.append_only import ForbidChanges


class Migration(migrations.Migration):

    dependencies = [
        ('recordings', '0001_initial'),
        ('scheduling', '0002_second_belt'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='SampleExport',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField(verbose_name='at')),
                ('filters', models.JSONField(blank=True, default=dict, verbose_name='chosen')),
                ('rows', models.PositiveIntegerField(verbose_name='samples')),
            ],
            options={
                'verbose_name': 'export of samples',
                'verbose_name_plural': 'exports of samples',
                'ordering': ['id'],
            },
        ),
        migrations.AddIndex(
            model_name='review',
            index=models.Index(fields=['voted_at'], name='review_by_time'),
        ),
        migrations.AddIndex(
            model_name='sample',
            index=models.Index(fields=['decided_at'], name='sample_by_decision'),
        ),
        migrations.AddField(
            model_name='sampleexport',
            name='by',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='by'),
        ),
        ForbidChanges("SampleExport"),
    ]
