"""The spoken language of a project, and the figures of assignment and gold samples."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('scheduling', '0004_sample_thresholds'),
    ]

    operations = [
        migrations.AddField(
            model_name='project',
            name='assignment_hours',
            field=models.PositiveSmallIntegerField(default=24, help_text='R-7', verbose_name='a sample waits for its reviewer alone (h)'),
        ),
        migrations.AddField(
            model_name='project',
            name='gold_every',
            field=models.PositiveSmallIntegerField(default=20, help_text='R-44', verbose_name='one gold sample in (votes; 0: none)'),
        ),
        migrations.AddField(
            model_name='project',
            name='spoken_language',
            field=models.CharField(choices=[('cmn', 'Mandarin'), ('yue', 'Cantonese'), ('wuu', 'Wu (Shanghainese)'), ('nan', 'Southern Min'), ('hak', 'Hakka'), ('eng', 'English')], default='cmn', help_text='R-7', max_length=3, verbose_name='spoken language'),
        ),
    ]
