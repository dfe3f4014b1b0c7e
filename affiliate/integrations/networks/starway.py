"""Starway, https://starway.pro: the lead API and the status method are not published.

Source: Keitaro's network template: the click id travels in `data1`.
"""

from affiliate.integrations import texts
from affiliate.integrations.fields import Credential, Parameter
from affiliate.integrations.platforms.template import Described
from affiliate.vocabulary import Evidence


class Starway(Described):
    slug, title, site = "starway", "Starway", "https://starway.pro"
    evidence = Evidence.UNKNOWN

    api = Credential(texts.TOKEN)
    starway = Parameter(texts.OFFER_ID)
    starflow = Parameter(texts.FLOW_HASH)
    instructions = texts.FLOW_WITH_HASH
    described_push = {"fields": [{"name": "data1", "value": "{lead.oid}"}]}
