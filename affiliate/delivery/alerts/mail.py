"""Where no mail server is set, a mail fails with words that say so."""

from django.core.mail.backends.base import BaseEmailBackend
from django.utils.translation import gettext as _


class NoServer(BaseEmailBackend):
    def send_messages(self, email_messages):
        raise OSError(_("none is set; EMAIL_URL in the settings names it"))
