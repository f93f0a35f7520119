from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('breach', '0017_a_typed_email_waits'),
    ]

    operations = [
        migrations.AlterField(
            model_name='disclosure',
            name='nature',
            field=models.CharField(choices=[('sealed_letter', 'The notice, sealed, with the name on the delivery sheet'), ('print_file', 'The notice with name and address, to be printed and mailed'), ('message', 'A message that a notice waits, without a name'), ('notice_opened', 'The notice, opened in the attorney portal'), ('export', 'A file of chosen columns')], max_length=20),
        ),
        migrations.AlterField(
            model_name='followup',
            name='kind',
            field=models.CharField(choices=[('safety_concern', 'A threat was reported'), ('removed_untold', 'Removed after the breach, before notice'), ('ambiguous', 'Unknown whether a notice went out'), ('transferred', 'Transferred before proof'), ('returned', 'Notice came back'), ('refused', 'Notice was refused'), ('not_my_client', 'Attorney says: not my client'), ('unplaced_bounce', 'Bounce of an unknown e-mail'), ('send_failed', 'Sending failed'), ('disputed_counsel', 'Representation unclear'), ('no_route', 'No safe way to reach the person'), ('no_translation', "No reviewed letter in the person's language"), ('interpreter_call', 'Call with an interpreter'), ('call_back', 'Call again'), ('await_proof', 'Wait for proof'), ('sign_off', 'Letter waits for sign-off'), ('blocked', 'Held back'), ('prepare', 'Prepare the notice'), ('roster_rows', 'Roster rows to be decided'), ('duplicate', 'Possible duplicate'), ('other', 'Other')], max_length=20),
        ),
        migrations.AlterField(
            model_name='identifier',
            name='index',
            field=models.CharField(help_text='Keyed hash of the normalized value', max_length=64),
        ),
        migrations.AlterField(
            model_name='incident',
            name='teams',
            field=models.ManyToManyField(blank=True, help_text="An incident that is assigned to no team is everybody's", related_name='incidents', to='breach.team', verbose_name='teams'),
        ),
        migrations.AlterField(
            model_name='rosterjob',
            name='kind',
            field=models.CharField(choices=[('file', 'Read and check a file'), ('check', 'Check every row again'), ('commit', 'Import the roster')], max_length=10),
        ),
        migrations.AlterField(
            model_name='rosterjob',
            name='stage',
            field=models.CharField(blank=True, choices=[('stage', 'Rows read'), ('check', 'Rows checked'), ('commit', 'Rows imported')], max_length=10),
        ),
    ]
