from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class AffiliateConfig(AppConfig):
    name = "affiliate"
    verbose_name = _("Hub")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self):
        from affiliate.delivery import record
        from affiliate.integrations import registry
        from affiliate.models import roles

        registry.integrations()
        post_migrate.connect(roles.set_groups, sender=self, dispatch_uid="roles")
        record.connect()
