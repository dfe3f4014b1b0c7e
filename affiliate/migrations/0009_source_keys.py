from django.db import migrations


def copy(apps, schema_editor):
    """The key that a source had becomes the first of its keys."""
    source, key = apps.get_model("affiliate", "Source"), apps.get_model("affiliate", "SourceKey")
    held = source.objects.exclude(key_hash="").values_list("pk", "key_hash", "key_hint")
    key.objects.bulk_create(key(source_id=pk, hash=digest, hint=hint) for pk, digest, hint in held)


CHANGES = """
INSERT INTO affiliate_leadchange (source_id, lead_id, at)
SELECT source_id, id, coalesce(status_at, delivered_at) FROM affiliate_lead
WHERE coalesce(status_at, delivered_at) IS NOT NULL ORDER BY 3
"""


class Migration(migrations.Migration):

    dependencies = [
        ("affiliate", "0008_intake"),
    ]

    operations = [
        migrations.RunPython(copy, migrations.RunPython.noop),
        # The feed of changes begins with the last one of each lead.
        migrations.RunSQL(CHANGES, migrations.RunSQL.noop),
    ]
