"""The time zone of a message's quiet hours."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0004_states_in_words'),
    ]

    operations = [
        migrations.AddField(
            model_name='message',
            name='quiet_zone',
            field=models.CharField(blank=True, max_length=40, verbose_name='quiet hours are of the time zone'),
        ),
    ]
