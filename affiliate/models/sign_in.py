from axes.models import AccessAttempt
from django.utils.translation import gettext_lazy as _


class FailedSignIn(AccessAttempt):
    """Wrong passwords for one login from one address; `django-axes` writes and reads the rows."""

    class Meta:
        proxy = True
        verbose_name = _("failed sign-in")
        verbose_name_plural = _("failed sign-ins")

    def __str__(self):
        return f"{self.username} · {self.ip_address}"
