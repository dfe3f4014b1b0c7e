from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class Kind(models.TextChoices):
    ADDED = "added", pgettext_lazy("change", "added")
    CHANGED = "changed", pgettext_lazy("change", "changed")
    DELETED = "deleted", pgettext_lazy("change", "deleted")
    DONE = "done", pgettext_lazy("change", "done")


class SettingChange(models.Model):
    """One change of one settings row: who, when, old → new. Values of secrets are never kept.

    `model` and `row` name what was changed, `page` the row on whose page it is read: a geo's changes belong to its flow.
    `fields` is a list of `{"name", "old", "new"}`; `key` names a value inside a JSON column, `shown` holds the titles of
    linked rows as `[old, new]`, and `secret: true` stands in the place of the values of a secret. `note` is the English
    text of what was done where no column says it.
    """

    at = models.DateTimeField(_("time"), auto_now_add=True)
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, verbose_name=_("person"), related_name="+"
    )
    person_name = models.CharField(_("person"), max_length=150, blank=True)
    kind = models.CharField(_("what happened"), max_length=10, choices=Kind)
    model = models.CharField(_("kind of settings"), max_length=80)
    row = models.CharField(max_length=40)
    page = models.CharField(max_length=120)
    title = models.CharField(_("called"), max_length=200)
    integration = models.CharField(max_length=40, blank=True)
    fields = models.JSONField(_("values"), default=list, encoder=DjangoJSONEncoder)
    note = models.CharField(_("what was done"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("change of settings")
        verbose_name_plural = _("changes of settings")
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["page", "-id"], name="change_of_page"),
            models.Index(fields=["model", "-id"], name="change_of_model"),
            models.Index(fields=["person", "-id"], name="change_by_person"),
        ]

    def __str__(self):
        return f"{self.title}: {self.get_kind_display()}"


def page_key(model: type[models.Model] | models.Model, pk) -> str:
    return f"{model._meta.label_lower}:{pk}"
