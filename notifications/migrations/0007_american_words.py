from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('notifications', '0006_a_duty_opens_again'),
    ]

    operations = [
        migrations.AlterField(
            model_name='delivery',
            name='state',
            field=models.CharField(choices=[('queued', 'Queued'), ('claimed', 'Claimed by a worker'), ('sending', 'Being sent'), ('sent', 'Sent'), ('delivered', 'Delivered'), ('bounced', 'Bounced'), ('returned', 'Returned'), ('failed', 'Failed'), ('ambiguous', 'Outcome unknown'), ('cancelled', 'Canceled')], default='queued', max_length=12),
        ),
        migrations.AlterField(
            model_name='receipt',
            name='kind',
            field=models.CharField(choices=[('accepted', 'Accepted for delivery'), ('delayed', 'Delayed, still being tried'), ('delivered', 'Delivered'), ('signed', 'Signed for in person'), ('acknowledged', 'Acknowledged'), ('bounced', 'Bounced'), ('returned', 'Returned by the postal service'), ('refused', 'Refused'), ('not_there', 'Not at this place'), ('not_my_client', 'Attorney: not my client')], max_length=20),
        ),
    ]
