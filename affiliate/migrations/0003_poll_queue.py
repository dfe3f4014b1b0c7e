from datetime import timedelta

from django.db import migrations, models
from django.db.models import Q
from django.utils import timezone

YOUNG, OLD, DECIDED = 0, 1, 2


def stand_in_queues(apps, schema_editor):
    polled = apps.get_model("affiliate", "Lead").objects.filter(next_poll_at__isnull=False)
    undecided = Q(status__in=["wait", "hold"])
    polled.exclude(undecided).update(poll_queue=DECIDED)
    polled.filter(undecided, delivered_at__lt=timezone.now() - timedelta(days=1)).update(poll_queue=OLD)


class Migration(migrations.Migration):
    # The rows are written before the index is made, and PostgreSQL does not do both in one transaction.
    atomic = False

    dependencies = [("affiliate", "0002_test_lead")]

    operations = [
        migrations.RemoveIndex(model_name="lead", name="lead_poll_undecided"),
        migrations.RemoveIndex(model_name="lead", name="lead_poll_decided"),
        migrations.AddField(
            model_name="lead",
            name="poll_queue",
            field=models.PositiveSmallIntegerField(default=YOUNG, db_default=YOUNG, editable=False),
        ),
        migrations.AddField(
            model_name="networkstate",
            name="poll_turn",
            field=models.PositiveSmallIntegerField(default=0, db_default=0),
        ),
        migrations.RunPython(stand_in_queues, migrations.RunPython.noop),
        migrations.AddIndex(
            model_name="lead",
            index=models.Index(
                fields=["network", "poll_queue", "next_poll_at"],
                condition=Q(next_poll_at__isnull=False),
                name="lead_poll_due",
            ),
        ),
    ]
