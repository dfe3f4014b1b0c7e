"""Re-encrypts every stored secret with the first of ENCRYPTION_KEYS."""

from django.apps import apps
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from affiliate.models.encryption import CannotDecrypt, EncryptedJSONField

BATCH = 200


class Command(BaseCommand):
    help = "Re-encrypt every stored secret with the first of ENCRYPTION_KEYS; the others can then be removed."

    def handle(self, **options):
        for model in apps.get_app_config("affiliate").get_models():
            names = [field.name for field in model._meta.fields if isinstance(field, EncryptedJSONField)]
            if not names:
                continue
            keys = list(model.objects.order_by("pk").values_list("pk", flat=True))
            for start in range(0, len(keys), BATCH):
                self._rotate(model, keys[start : start + BATCH], names)
            self.stdout.write(f"{model._meta.verbose_name_plural}: {len(keys)}")

    @transaction.atomic
    def _rotate(self, model, keys, names):
        rows = model.objects.filter(pk__in=keys)
        try:
            rows = list(rows.select_for_update())
        except CannotDecrypt as error:
            raise CommandError(str(error)) from None
        for row in rows:
            row.save(update_fields=names)
