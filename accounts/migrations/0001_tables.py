"""The tables of accounts, each made whole: nothing is altered afterwards, so that a fresh database is quick."""

import accounts.fields
import accounts.models.person
import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

from accounts.append_only import ForbidChanges
from accounts.create_together import CreateTogether

# The groups of accounts.access.Role, as they stood at the first release.
ROLES = (
    "participant",
    "reviewer",
    "lead_reviewer",
    "operator",
    "manager",
    "finance",
    "administrator",
)


def create_role_groups(apps, schema_editor):
    group = apps.get_model("auth", "Group")
    group.objects.using(schema_editor.connection.alias).bulk_create(group(name=name) for name in ROLES)


def delete_role_groups(apps, schema_editor):
    group = apps.get_model("auth", "Group")
    group.objects.using(schema_editor.connection.alias).filter(name__in=ROLES).delete()


class Migration(migrations.Migration):

    initial = True

    replaces = [
        ('accounts', '0001_initial'),
        ('accounts', '0002_messages'),
        ('accounts', '0003_what_fills_a_reason'),
        ('accounts', '0004_states_in_words'),
        ('accounts', '0005_quiet_zone'),
        ('accounts', '0006_message_texts'),
    ]

    dependencies = [
        ('auth', '0012_alter_user_first_name_max_length'),
    ]

    operations = [
        CreateTogether([
            migrations.CreateModel(
                name='User',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('password', models.CharField(max_length=128, verbose_name='password')),
                    ('last_login', models.DateTimeField(blank=True, null=True, verbose_name='last login')),
                    ('is_superuser', models.BooleanField(default=False, help_text='Designates that this user has all permissions without explicitly assigning them.', verbose_name='superuser status')),
                    ('phone', models.CharField(help_text='E.164', max_length=16, null=True, unique=True, verbose_name='phone')),
                    ('pseudonym', models.CharField(default=accounts.models.person.make_pseudonym, editable=False, max_length=12, unique=True, verbose_name='pseudonym')),
                    ('language', models.CharField(blank=True, default='zh-hans', max_length=10, verbose_name='language')),
                    ('is_active', models.BooleanField(default=True, verbose_name='active')),
                    ('is_staff', models.BooleanField(default=False, verbose_name='may open the admin')),
                    ('phone_verified_at', models.DateTimeField(blank=True, null=True, verbose_name='phone verified at')),
                    ('joined_at', models.DateTimeField(default=django.utils.timezone.now, verbose_name='joined at')),
                    ('groups', models.ManyToManyField(blank=True, help_text='The groups this user belongs to. A user will get all permissions granted to each of their groups.', related_name='user_set', related_query_name='user', to='auth.group', verbose_name='groups')),
                    ('user_permissions', models.ManyToManyField(blank=True, help_text='Specific permissions for this user.', related_name='user_set', related_query_name='user', to='auth.permission', verbose_name='user permissions')),
                ],
                options={
                    'verbose_name': 'user',
                    'verbose_name_plural': 'users',
                    'indexes': [models.Index(fields=['joined_at'], name='user_joined_at')],
                },
            ),
            migrations.CreateModel(
                name='Message',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('person', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='messages', to=settings.AUTH_USER_MODEL, verbose_name='person')),
                    ('channel', models.CharField(choices=[('sms', 'SMS'), ('email', 'E-mail')], max_length=8, verbose_name='channel')),
                    ('template', models.CharField(max_length=40, verbose_name='template')),
                    ('language', models.CharField(max_length=10, verbose_name='language')),
                    ('sealed_params', accounts.fields.EncryptedTextField(default='{}', editable=False, verbose_name='parameters')),
                    ('key', models.CharField(max_length=100, unique=True, verbose_name='key')),
                    ('status', models.CharField(choices=[('waiting', 'Waiting to be sent'), ('sending', 'Being sent'), ('sent', 'Message sent'), ('failed', 'Sending failed'), ('dropped', 'Checked, not sent'), ('unknown', 'Unknown whether sent')], default='waiting', max_length=14, verbose_name='status')),
                    ('written_at', models.DateTimeField(verbose_name='written at')),
                    ('not_before', models.DateTimeField(verbose_name='not before')),
                    ('expires_at', models.DateTimeField(verbose_name='expires at')),
                    ('quiet_from_hour', models.PositiveSmallIntegerField(blank=True, null=True, verbose_name='quiet from (hour)')),
                    ('quiet_to_hour', models.PositiveSmallIntegerField(blank=True, null=True, verbose_name='quiet until (hour)')),
                    ('quiet_zone', models.CharField(blank=True, max_length=40, verbose_name='quiet hours are of the time zone')),
                    ('attempts', models.PositiveSmallIntegerField(default=0, verbose_name='attempts')),
                    ('claimed_at', models.DateTimeField(blank=True, null=True, verbose_name='last attempt at')),
                    ('reference', models.CharField(blank=True, max_length=32, verbose_name='our reference')),
                    ('provider_id', models.CharField(blank=True, max_length=64, verbose_name="the provider's number")),
                ],
                options={
                    'verbose_name': 'message',
                    'verbose_name_plural': 'messages',
                    'indexes': [models.Index(fields=['status', 'not_before'], name='message_due')],
                    'constraints': [models.UniqueConstraint(condition=models.Q(('reference', ''), _negated=True), fields=('reference',), name='one_message_per_reference'), models.CheckConstraint(condition=models.Q(models.Q(('status__in', ['sending', 'sent', 'unknown']), _negated=True), models.Q(('reference', ''), _negated=True), _connector='OR'), name='a_message_that_left_has_a_reference'), models.CheckConstraint(condition=models.Q(models.Q(('quiet_from_hour', None), ('quiet_to_hour', None)), models.Q(('quiet_from_hour__isnull', False), ('quiet_to_hour__isnull', False)), _connector='OR'), name='quiet_hours_have_both_ends')],
                },
            ),
            migrations.CreateModel(
                name='MessageEvent',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='by')),
                    ('at', models.DateTimeField(verbose_name='at')),
                    ('reason', models.CharField(blank=True, max_length=300, verbose_name='reason')),
                    ('message', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='events', to='accounts.message', verbose_name='message')),
                    ('reason_params', models.JSONField(blank=True, null=True, verbose_name='what fills the reason')),
                    ('old', models.CharField(blank=True, choices=[('waiting', 'Waiting to be sent'), ('sending', 'Being sent'), ('sent', 'Message sent'), ('failed', 'Sending failed'), ('dropped', 'Checked, not sent'), ('unknown', 'Unknown whether sent')], max_length=14, verbose_name='before')),
                    ('new', models.CharField(choices=[('waiting', 'Waiting to be sent'), ('sending', 'Being sent'), ('sent', 'Message sent'), ('failed', 'Sending failed'), ('dropped', 'Checked, not sent'), ('unknown', 'Unknown whether sent')], max_length=14, verbose_name='after')),
                ],
                options={
                    'verbose_name': 'message event',
                    'verbose_name_plural': 'message events',
                },
            ),
            migrations.CreateModel(
                name='Profile',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('user', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='profile', to=settings.AUTH_USER_MODEL, verbose_name='user')),
                    ('name', models.CharField(max_length=60, verbose_name='full name')),
                    ('birth_on', models.DateField(blank=True, null=True, verbose_name='birth date')),
                    ('sex', models.CharField(blank=True, choices=[('female', 'Female'), ('male', 'Male')], max_length=8, verbose_name='sex')),
                    ('region_raised', models.CharField(blank=True, choices=[('CN-AH', 'Anhui'), ('CN-BJ', 'Beijing'), ('CN-CQ', 'Chongqing'), ('CN-FJ', 'Fujian'), ('CN-GS', 'Gansu'), ('CN-GD', 'Guangdong'), ('CN-GX', 'Guangxi'), ('CN-GZ', 'Guizhou'), ('CN-HI', 'Hainan'), ('CN-HE', 'Hebei'), ('CN-HL', 'Heilongjiang'), ('CN-HA', 'Henan'), ('CN-HK', 'Hong Kong'), ('CN-HB', 'Hubei'), ('CN-HN', 'Hunan'), ('CN-NM', 'Inner Mongolia'), ('CN-JS', 'Jiangsu'), ('CN-JX', 'Jiangxi'), ('CN-JL', 'Jilin'), ('CN-LN', 'Liaoning'), ('CN-MO', 'Macao'), ('CN-NX', 'Ningxia'), ('CN-QH', 'Qinghai'), ('CN-SN', 'Shaanxi'), ('CN-SD', 'Shandong'), ('CN-SH', 'Shanghai'), ('CN-SX', 'Shanxi'), ('CN-SC', 'Sichuan'), ('CN-TW', 'Taiwan'), ('CN-TJ', 'Tianjin'), ('CN-XZ', 'Tibet'), ('CN-XJ', 'Xinjiang'), ('CN-YN', 'Yunnan'), ('CN-ZJ', 'Zhejiang'), ('other', 'Elsewhere')], max_length=8, verbose_name='province where you grew up')),
                    ('dialect', models.CharField(blank=True, max_length=60, verbose_name='dialect you speak')),
                    ('city', models.CharField(blank=True, max_length=60, verbose_name='city where you live')),
                    ('email', models.EmailField(blank=True, max_length=254, verbose_name='e-mail address')),
                    ('email_verified_at', models.DateTimeField(blank=True, null=True, verbose_name='e-mail address confirmed at')),
                    ('updated_at', models.DateTimeField(auto_now=True, verbose_name='updated at')),
                ],
                options={
                    'verbose_name': 'profile',
                    'verbose_name_plural': 'profiles',
                },
            ),
            migrations.CreateModel(
                name='ConsentNotice',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('scope', models.CharField(choices=[('record', 'Record and transcribe'), ('share', 'Share with a named client'), ('synthesis', 'Speech synthesis and voice cloning'), ('voiceprint', 'Voiceprint research'), ('publish', 'Publish'), ('recontact', 'Contact me again')], max_length=12, verbose_name='scope')),
                    ('language', models.CharField(max_length=10, verbose_name='language')),
                    ('version', models.PositiveIntegerField(verbose_name='version')),
                    ('text', models.TextField(verbose_name='text')),
                    ('text_sha256', models.CharField(max_length=64, verbose_name='SHA-256 of the text')),
                    ('published_at', models.DateTimeField(verbose_name='published at')),
                ],
                options={
                    'verbose_name': 'consent notice',
                    'verbose_name_plural': 'consent notices',
                    'constraints': [models.UniqueConstraint(fields=('scope', 'language', 'version'), name='one_text_per_scope_language_version')],
                },
            ),
            migrations.CreateModel(
                name='ConsentRecord',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('person', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='consents', to=settings.AUTH_USER_MODEL, verbose_name='person')),
                    ('scope', models.CharField(choices=[('record', 'Record and transcribe'), ('share', 'Share with a named client'), ('synthesis', 'Speech synthesis and voice cloning'), ('voiceprint', 'Voiceprint research'), ('publish', 'Publish'), ('recontact', 'Contact me again')], max_length=12, verbose_name='scope')),
                    ('act', models.CharField(choices=[('grant', 'Granted'), ('refuse', 'Refused'), ('withdraw', 'Withdrawn')], max_length=10, verbose_name='act')),
                    ('notice', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='accounts.consentnotice', verbose_name='notice')),
                    ('text_sha256', models.CharField(max_length=64, verbose_name='SHA-256 of the text shown')),
                    ('method', models.CharField(default='web', max_length=20, verbose_name='method')),
                    ('at', models.DateTimeField(verbose_name='at')),
                    ('previous_hash', models.CharField(blank=True, max_length=64, verbose_name='hash of the row before')),
                    ('row_hash', models.CharField(max_length=64, unique=True, verbose_name='hash of this row')),
                ],
                options={
                    'verbose_name': 'consent record',
                    'verbose_name_plural': 'consent records',
                    'indexes': [models.Index(fields=['person', 'scope', '-id'], name='consent_latest')],
                    'constraints': [models.UniqueConstraint(fields=('person', 'previous_hash'), name='consent_chain_has_no_fork')],
                },
            ),
            migrations.CreateModel(
                name='OneTimeCode',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('phone_hash', models.CharField(max_length=64, verbose_name='keyed hash of the number')),
                    ('serial', models.PositiveIntegerField(verbose_name='how many codes this number has had')),
                    ('address_hash', models.CharField(blank=True, max_length=64, verbose_name='keyed hash of the address')),
                    ('code_hash', models.CharField(max_length=128, verbose_name='hash of the code')),
                    ('sent_at', models.DateTimeField(verbose_name='sent at')),
                    ('expires_at', models.DateTimeField(verbose_name='expires at')),
                    ('used_at', models.DateTimeField(blank=True, null=True, verbose_name='used at')),
                    ('wrong_tries', models.PositiveSmallIntegerField(default=0, verbose_name='wrong tries')),
                ],
                options={
                    'verbose_name': 'one-time code',
                    'verbose_name_plural': 'one-time codes',
                    'indexes': [models.Index(fields=['phone_hash', '-sent_at'], name='code_by_phone'), models.Index(fields=['address_hash', '-sent_at'], name='code_by_address')],
                    'constraints': [models.UniqueConstraint(fields=('phone_hash', 'serial'), name='one_code_at_a_time_for_a_number'), models.CheckConstraint(condition=models.Q(('wrong_tries__lte', 5)), name='a_code_dies_after_five_wrong_tries')],
                },
            ),
            migrations.CreateModel(
                name='MessageText',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('template', models.CharField(max_length=40, verbose_name='template')),
                    ('channel', models.CharField(choices=[('sms', 'SMS'), ('email', 'E-mail')], max_length=8, verbose_name='channel')),
                    ('language', models.CharField(max_length=10, verbose_name='language')),
                    ('subject', models.CharField(blank=True, max_length=120, verbose_name='subject')),
                    ('body', models.TextField(blank=True, verbose_name='text')),
                    ('written_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='written by')),
                    ('written_at', models.DateTimeField(verbose_name='written at')),
                ],
                options={
                    'verbose_name': 'message text',
                    'verbose_name_plural': 'message texts',
                    'indexes': [models.Index(fields=['template', 'channel', 'language', 'id'], name='message_text_latest')],
                },
            ),
        ]),
        ForbidChanges("ConsentNotice"),
        ForbidChanges("ConsentRecord"),
        ForbidChanges("MessageEvent"),
        ForbidChanges("MessageText"),
        migrations.RunPython(create_role_groups, delete_role_groups, elidable=False),
    ]
