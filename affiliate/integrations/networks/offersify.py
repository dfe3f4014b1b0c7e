"""Offersify. Taken for a network on TrafficManager, whose wire is in `platforms/trafficmanager.py`.

Source of that: an advertising tool that calls Offersify a traffic manager network, and the two parameters of the
specification, an offer and a site. The panel's address was not found: it has to be typed.
"""

from affiliate.integrations import texts
from affiliate.integrations.fields import Parameter
from affiliate.integrations.platforms.trafficmanager import TrafficManager
from affiliate.vocabulary import Evidence


class Offersify(TrafficManager):
    slug, title, site = "offersify", "Offersify", ""
    evidence = Evidence.FAMILY

    tmoffer = tmsite = None
    offersify = Parameter(texts.OFFER_ID)
    offersifysite = Parameter(texts.SITE_ID)

    @property
    def offer(self):
        return self.offersify

    @property
    def site_id(self):
        return self.offersifysite
