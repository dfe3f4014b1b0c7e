"""ReklPro, https://rekl.pro: the lead API and the status method are not published.

Source: Keitaro's network template: the click id travels in `data2`.
"""

from affiliate.integrations import texts
from affiliate.integrations.fields import Credential, Parameter
from affiliate.integrations.platforms.template import Described
from affiliate.vocabulary import Evidence


class ReklPro(Described):
    slug, title, site = "reklpro", "ReklPro", "https://rekl.pro"
    evidence = Evidence.UNKNOWN

    api = Credential(texts.TOKEN)
    reklpro = Parameter(texts.OFFER_ID)
    described_push = {"fields": [{"name": "data2", "value": "{lead.oid}"}]}
