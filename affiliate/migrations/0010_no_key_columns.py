from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ("affiliate", "0009_source_keys"),
    ]

    operations = [
        migrations.RemoveField(
            model_name='source',
            name='key_hash',
        ),
        migrations.RemoveField(
            model_name='source',
            name='key_hint',
        ),
    ]
