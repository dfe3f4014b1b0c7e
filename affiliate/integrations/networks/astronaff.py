"""Astronaff: the lead API and the status method are not published.

The only public trace is AlterCPA's list of networks.
"""

from django.utils.translation import gettext_lazy as _

from affiliate.integrations.fields import Credential, Parameter
from affiliate.integrations.platforms.template import Described
from affiliate.vocabulary import Evidence


class Astronaff(Described):
    slug, title = "astronaff", "Astronaff"
    evidence = Evidence.UNKNOWN

    owner = Credential(_("partner ID provided by the customer."))
    astron = Parameter(_("product code."))
