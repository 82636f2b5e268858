"""The tables of payments, each made whole: nothing is altered afterwards, so that a fresh database is quick."""

import accounts.fields
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from accounts.append_only import ForbidChanges
from accounts.create_together import CreateTogether


class Migration(migrations.Migration):

    initial = True

    replaces = [
        ('payments', '0001_initial'),
    ]

    dependencies = [
        ('recordings', '0001_tables'),
        ('scheduling', '0001_tables'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        CreateTogether([
            migrations.CreateModel(
                name='PayeeAccount',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('person', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='payee_account', to=settings.AUTH_USER_MODEL, verbose_name='person')),
                    ('kind', models.CharField(choices=[('alipay', 'Alipay'), ('bank', 'Bank account')], max_length=8, verbose_name='kind')),
                    ('holder_name', accounts.fields.EncryptedTextField(verbose_name='name of the holder')),
                    ('number', accounts.fields.EncryptedTextField(verbose_name='account')),
                    ('number_hash', models.CharField(max_length=64, unique=True, verbose_name='keyed hash of the account')),
                    ('bank_name', models.CharField(blank=True, max_length=80, verbose_name='bank')),
                    ('updated_at', models.DateTimeField(verbose_name='updated at')),
                ],
                options={
                    'verbose_name': 'payee account',
                    'verbose_name_plural': 'payee accounts',
                },
            ),
            migrations.CreateModel(
                name='AccountEvent',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('account', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='events', to='payments.payeeaccount', verbose_name='payee account')),
                    ('act', models.CharField(choices=[('saved', 'Saved'), ('revealed', 'Shown in full')], max_length=10, verbose_name='act')),
                    ('masked', models.CharField(max_length=100, verbose_name='account, masked')),
                    ('by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='by')),
                    ('at', models.DateTimeField(verbose_name='at')),
                    ('reason', models.CharField(blank=True, max_length=300, verbose_name='reason')),
                ],
                options={
                    'verbose_name': 'account event',
                    'verbose_name_plural': 'account events',
                    'ordering': ['id'],
                },
            ),
            migrations.CreateModel(
                name='Payment',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('booking', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='payments', to='scheduling.booking', verbose_name='booking')),
                    ('project', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='payments', to='scheduling.project', verbose_name='project')),
                    ('person', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='payments', to=settings.AUTH_USER_MODEL, verbose_name='person')),
                    ('status', models.CharField(choices=[('due', 'Due'), ('approved', 'Approved'), ('in_batch', 'In a payout'), ('paid', 'Paid'), ('closed', 'Nothing to pay')], default='due', max_length=10, verbose_name='status')),
                    ('made_at', models.DateTimeField(verbose_name='made at')),
                    ('approvable_at', models.DateTimeField(help_text='Day 7 after the session.', verbose_name='approved by itself at')),
                    ('approved_at', models.DateTimeField(blank=True, null=True, verbose_name='approved at')),
                    ('paid_at', models.DateTimeField(blank=True, null=True, verbose_name='paid at')),
                ],
                options={
                    'verbose_name': 'payment',
                    'verbose_name_plural': 'payments',
                    'indexes': [models.Index(fields=['status', 'approvable_at'], name='payment_to_approve'), models.Index(fields=['person', '-made_at'], name='payment_by_person')],
                    'constraints': [models.UniqueConstraint(fields=('booking', 'person'), name='one_payment_per_person_and_booking'), models.CheckConstraint(condition=models.Q(('status', 'due'), ('approved_at__isnull', False), _connector='OR'), name='a_payment_is_approved_before_it_is_paid'), models.CheckConstraint(condition=models.Q(models.Q(('status', 'paid'), _negated=True), ('paid_at__isnull', False), _connector='OR'), name='a_paid_payment_says_when')],
                },
            ),
            migrations.CreateModel(
                name='Deduction',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('payment', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='deductions', to='payments.payment', verbose_name='payment')),
                    ('status', models.CharField(choices=[('proposed', 'Proposed'), ('approved', 'Approved'), ('refused', 'Refused')], default='proposed', max_length=10, verbose_name='status')),
                    ('reason', models.CharField(choices=[('noise', 'Noise in the recording'), ('unclear', 'Unclear or swallowed words'), ('wrong_prompts', 'Wrong prompt words'), ('monologue', 'Long monologue'), ('unbalanced', 'One spoke far more than the other'), ('filler', 'Filler without content'), ('late', 'Came late'), ('incomplete', 'Session incomplete'), ('other', 'Other')], max_length=16, verbose_name='reason')),
                    ('amount_fen', models.PositiveIntegerField(verbose_name='amount (fen)')),
                    ('evidence_take', models.CharField(blank=True, help_text='Such as 17/2: dialogue 17, take 2.', max_length=12, verbose_name='take')),
                    ('evidence_from_s', models.PositiveIntegerField(blank=True, null=True, verbose_name='from (s)')),
                    ('evidence_to_s', models.PositiveIntegerField(blank=True, null=True, verbose_name='to (s)')),
                    ('words', models.CharField(max_length=500, verbose_name='words for the participant')),
                    ('proposed_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='proposed by')),
                    ('proposed_at', models.DateTimeField(verbose_name='proposed at')),
                    ('decided_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='decided by')),
                    ('decided_at', models.DateTimeField(blank=True, null=True, verbose_name='decided at')),
                    ('decision_note', models.CharField(blank=True, max_length=300, verbose_name='note on the decision')),
                ],
                options={
                    'verbose_name': 'deduction',
                    'verbose_name_plural': 'deductions',
                    'constraints': [models.CheckConstraint(condition=models.Q(('amount_fen__gt', 0)), name='a_deduction_takes_something'), models.CheckConstraint(condition=models.Q(('status', 'proposed'), models.Q(('decided_at__isnull', False), ('decided_by__isnull', False)), _connector='OR'), name='a_decided_deduction_says_who_and_when'), models.CheckConstraint(condition=models.Q(('decided_by__isnull', True), models.Q(('decided_by', models.F('proposed_by')), _negated=True), _connector='OR'), name='who_proposes_a_deduction_does_not_decide_it'), models.CheckConstraint(condition=models.Q(models.Q(('evidence_take', ''), _negated=True), models.Q(('evidence_from_s__isnull', False), ('evidence_to_s__gt', models.F('evidence_from_s')), ('evidence_to_s__isnull', False)), _connector='OR'), name='a_deduction_has_evidence'), models.CheckConstraint(condition=models.Q(('words', ''), _negated=True), name='a_deduction_has_words_for_the_participant')],
                },
            ),
            migrations.CreateModel(
                name='PayoutBatch',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('status', models.CharField(choices=[('draft', 'Draft'), ('approved', 'Approved'), ('submitted', 'Submitted'), ('settled', 'Settled'), ('cancelled', 'Cancelled')], default='draft', max_length=10, verbose_name='status')),
                    ('kind', models.CharField(choices=[('alipay', 'Alipay'), ('bank', 'Bank account')], help_text='Decides the form of the file: one file goes to one place.', max_length=8, verbose_name='paid through')),
                    ('made_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='made by')),
                    ('made_at', models.DateTimeField(verbose_name='made at')),
                    ('approved_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='approved by')),
                    ('approved_at', models.DateTimeField(blank=True, null=True, verbose_name='approved at')),
                    ('file_sha256', models.CharField(blank=True, max_length=64, verbose_name='SHA-256 of the file')),
                    ('total_fen', models.PositiveBigIntegerField(blank=True, help_text='Frozen with the file.', null=True, verbose_name='total (fen)')),
                ],
                options={
                    'verbose_name': 'payout batch',
                    'verbose_name_plural': 'payout batches',
                    'constraints': [models.CheckConstraint(condition=models.Q(('approved_by__isnull', True), models.Q(('approved_by', models.F('made_by')), _negated=True), _connector='OR'), name='who_makes_a_batch_does_not_approve_it'), models.CheckConstraint(condition=models.Q(('status__in', ['draft', 'cancelled']), models.Q(('approved_at__isnull', False), ('approved_by__isnull', False), ('total_fen__isnull', False), models.Q(('file_sha256', ''), _negated=True)), _connector='OR'), name='an_approved_batch_has_its_frozen_file')],
                },
            ),
            migrations.CreateModel(
                name='Payout',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('batch', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='payouts', to='payments.payoutbatch', verbose_name='batch')),
                    ('payment', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='payouts', to='payments.payment', verbose_name='payment')),
                    ('status', models.CharField(choices=[('draft', 'Draft'), ('approved', 'Approved'), ('submitted', 'Submitted'), ('unknown', 'Result unknown'), ('success', 'Paid'), ('failed', 'Failed'), ('cancelled', 'Cancelled')], default='draft', max_length=10, verbose_name='status')),
                    ('number', models.CharField(max_length=32, unique=True, verbose_name='our number')),
                    ('amount_fen', models.PositiveIntegerField(verbose_name='amount (fen)')),
                    ('replaces', models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='replaced_by', to='payments.payout', verbose_name='replaces')),
                    ('paid_to', models.CharField(blank=True, max_length=100, verbose_name='paid to')),
                    ('result', models.CharField(blank=True, max_length=200, verbose_name='result')),
                    ('settled_at', models.DateTimeField(blank=True, null=True, verbose_name='settled at')),
                ],
                options={
                    'verbose_name': 'payout',
                    'verbose_name_plural': 'payouts',
                    'constraints': [models.UniqueConstraint(condition=models.Q(('status__in', ['failed', 'cancelled']), _negated=True), fields=('payment',), name='one_live_payout_per_payment'), models.CheckConstraint(condition=models.Q(('amount_fen__gt', 0)), name='a_payout_pays_something')],
                },
            ),
            migrations.CreateModel(
                name='PaymentLine',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('payment', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='lines', to='payments.payment', verbose_name='payment')),
                    ('kind', models.CharField(choices=[('pay', 'Session pay'), ('show_up_fee', 'Show-up fee'), ('deduction', 'Deduction'), ('correction', 'Correction'), ('tax', 'Tax withheld')], max_length=12, verbose_name='kind')),
                    ('amount_fen', models.IntegerField(verbose_name='amount (fen)')),
                    ('deduction', models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='line', to='payments.deduction', verbose_name='deduction')),
                    ('payout', models.ForeignKey(blank=True, help_text='The payout that the tax was withheld from, or given back after.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='tax_lines', to='payments.payout', verbose_name='payout')),
                    ('note', models.CharField(blank=True, max_length=300, verbose_name='note')),
                    ('by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='by')),
                    ('at', models.DateTimeField(verbose_name='at')),
                ],
                options={
                    'verbose_name': 'payment line',
                    'verbose_name_plural': 'payment lines',
                    'ordering': ['id'],
                    'constraints': [models.UniqueConstraint(condition=models.Q(('kind__in', ['pay', 'show_up_fee'])), fields=('payment',), name='a_payment_has_one_line_of_pay'), models.CheckConstraint(condition=models.Q(models.Q(('amount_fen__gt', 0), ('kind__in', ['pay', 'show_up_fee'])), models.Q(('amount_fen__lt', 0), ('kind__in', ['deduction', 'tax'])), models.Q(('kind', 'correction'), models.Q(('amount_fen', 0), _negated=True)), _connector='OR'), name='a_line_has_the_sign_of_its_kind'), models.CheckConstraint(condition=models.Q(models.Q(('deduction__isnull', False), ('kind', 'deduction')), models.Q(models.Q(('kind', 'deduction'), _negated=True), ('deduction__isnull', True)), _connector='OR'), name='a_deduction_line_names_its_deduction'), models.CheckConstraint(condition=models.Q(models.Q(('kind', 'tax'), ('payout__isnull', False)), ('kind', 'correction'), models.Q(models.Q(('kind', 'tax'), _negated=True), ('payout__isnull', True)), _connector='OR'), name='a_tax_line_names_its_payout'), models.UniqueConstraint(fields=('payout', 'kind'), name='a_payout_is_taxed_and_given_back_once')],
                },
            ),
            migrations.CreateModel(
                name='PaymentEvent',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='by')),
                    ('at', models.DateTimeField(verbose_name='at')),
                    ('reason', models.CharField(blank=True, max_length=300, verbose_name='reason')),
                    ('payment', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='events', to='payments.payment', verbose_name='payment')),
                    ('old', models.CharField(blank=True, choices=[('due', 'Due'), ('approved', 'Approved'), ('in_batch', 'In a payout'), ('paid', 'Paid'), ('closed', 'Nothing to pay')], max_length=10, verbose_name='before')),
                    ('new', models.CharField(choices=[('due', 'Due'), ('approved', 'Approved'), ('in_batch', 'In a payout'), ('paid', 'Paid'), ('closed', 'Nothing to pay')], max_length=10, verbose_name='after')),
                ],
                options={
                    'verbose_name': 'payment event',
                    'verbose_name_plural': 'payment events',
                    'ordering': ['id'],
                },
            ),
            migrations.CreateModel(
                name='DeductionEvent',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('at', models.DateTimeField(verbose_name='at')),
                    ('reason', models.CharField(blank=True, max_length=300, verbose_name='reason')),
                    ('deduction', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='events', to='payments.deduction', verbose_name='deduction')),
                    ('old', models.CharField(blank=True, choices=[('proposed', 'Proposed'), ('approved', 'Approved'), ('refused', 'Refused')], max_length=10, verbose_name='before')),
                    ('new', models.CharField(choices=[('proposed', 'Proposed'), ('approved', 'Approved'), ('refused', 'Refused')], max_length=10, verbose_name='after')),
                    ('by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='by')),
                ],
                options={
                    'verbose_name': 'deduction event',
                    'verbose_name_plural': 'deduction events',
                    'ordering': ['id'],
                },
            ),
            migrations.CreateModel(
                name='BatchFile',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('batch', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='file', to='payments.payoutbatch', verbose_name='batch')),
                    ('name', models.CharField(max_length=80, verbose_name='file name')),
                    ('content', accounts.fields.EncryptedTextField(verbose_name='content')),
                    ('frozen_at', models.DateTimeField(verbose_name='frozen at')),
                ],
                options={
                    'verbose_name': 'batch file',
                    'verbose_name_plural': 'batch files',
                },
            ),
            migrations.CreateModel(
                name='BatchDownload',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('batch', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='downloads', to='payments.payoutbatch', verbose_name='batch')),
                    ('file_sha256', models.CharField(max_length=64, verbose_name='SHA-256 of the file')),
                    ('by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='by')),
                    ('at', models.DateTimeField(verbose_name='at')),
                ],
                options={
                    'verbose_name': 'batch download',
                    'verbose_name_plural': 'batch downloads',
                    'ordering': ['id'],
                },
            ),
            migrations.CreateModel(
                name='BatchEvent',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('at', models.DateTimeField(verbose_name='at')),
                    ('reason', models.CharField(blank=True, max_length=300, verbose_name='reason')),
                    ('batch', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='events', to='payments.payoutbatch', verbose_name='batch')),
                    ('old', models.CharField(blank=True, choices=[('draft', 'Draft'), ('approved', 'Approved'), ('submitted', 'Submitted'), ('settled', 'Settled'), ('cancelled', 'Cancelled')], max_length=10, verbose_name='before')),
                    ('new', models.CharField(choices=[('draft', 'Draft'), ('approved', 'Approved'), ('submitted', 'Submitted'), ('settled', 'Settled'), ('cancelled', 'Cancelled')], max_length=10, verbose_name='after')),
                    ('by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='by')),
                ],
                options={
                    'verbose_name': 'batch event',
                    'verbose_name_plural': 'batch events',
                    'ordering': ['id'],
                },
            ),
            migrations.CreateModel(
                name='PayoutEvent',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('at', models.DateTimeField(verbose_name='at')),
                    ('reason', models.CharField(blank=True, max_length=300, verbose_name='reason')),
                    ('payout', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='events', to='payments.payout', verbose_name='payout')),
                    ('old', models.CharField(blank=True, choices=[('draft', 'Draft'), ('approved', 'Approved'), ('submitted', 'Submitted'), ('unknown', 'Result unknown'), ('success', 'Paid'), ('failed', 'Failed'), ('cancelled', 'Cancelled')], max_length=10, verbose_name='before')),
                    ('new', models.CharField(choices=[('draft', 'Draft'), ('approved', 'Approved'), ('submitted', 'Submitted'), ('unknown', 'Result unknown'), ('success', 'Paid'), ('failed', 'Failed'), ('cancelled', 'Cancelled')], max_length=10, verbose_name='after')),
                    ('by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='by')),
                ],
                options={
                    'verbose_name': 'payout event',
                    'verbose_name_plural': 'payout events',
                    'ordering': ['id'],
                },
            ),
            migrations.CreateModel(
                name='TaxAssessment',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('payout', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='tax', to='payments.payout', verbose_name='payout')),
                    ('person', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='person')),
                    ('month_on', models.DateField(help_text="Its first day, in the payer's time zone.", verbose_name='month')),
                    ('mode', models.CharField(choices=[('labour_61', 'Labour remuneration, notice 61 of 2018')], max_length=16, verbose_name='tax rule')),
                    ('rule_version', models.CharField(max_length=20, verbose_name='version of the rule')),
                    ('gross_fen', models.PositiveIntegerField(verbose_name='taxed with this payout (fen)')),
                    ('month_gross_fen', models.PositiveBigIntegerField(verbose_name='month so far, with this payout (fen)')),
                    ('month_withheld_fen', models.PositiveBigIntegerField(verbose_name='withheld this month before (fen)')),
                    ('withheld_fen', models.PositiveIntegerField(verbose_name='withheld now (fen)')),
                ],
                options={
                    'verbose_name': 'tax assessment',
                    'verbose_name_plural': 'tax assessments',
                    'indexes': [models.Index(fields=['person', 'month_on'], name='tax_of_a_month')],
                    'constraints': [models.CheckConstraint(condition=models.Q(('withheld_fen__lt', models.F('gross_fen'))), name='tax_takes_less_than_everything')],
                },
            ),
        ]),
        ForbidChanges("PaymentLine"),
        ForbidChanges("PaymentEvent"),
        ForbidChanges("DeductionEvent"),
        ForbidChanges("BatchEvent"),
        ForbidChanges("BatchFile"),
        ForbidChanges("BatchDownload"),
        ForbidChanges("PayoutEvent"),
        ForbidChanges("TaxAssessment"),
        ForbidChanges("AccountEvent"),
    ]
