"""DottPro, https://dott.pro: the lead API and the status method are not published.

Source: Keitaro's network template `dott_pro`: the click id travels in `data1`; status words of the postback.
"""

from affiliate.integrations import texts
from affiliate.integrations.fields import Credential, Parameter
from affiliate.integrations.platforms.template import Described
from affiliate.vocabulary import Evidence, Status


class DottPro(Described):
    slug, title, site = "dottpro", "DottPro", "https://dott.pro"
    evidence = Evidence.UNKNOWN

    user = Credential(texts.USER_ID)
    api = Credential(texts.TOKEN)
    dott = Parameter(texts.OFFER_ID)
    statuses = {"waiting": Status.WAIT, "approved": Status.APPROVE, "decline": Status.CANCEL}
    described_push = {"fields": [{"name": "data1", "value": "{lead.oid}"}]}
