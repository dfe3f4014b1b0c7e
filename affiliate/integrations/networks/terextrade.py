"""TerexTrade: the lead API is not published; statuses by postback, which returns our id as `click_id`.

Source: AlterCPA's list of networks.
"""

from affiliate.integrations import texts
from affiliate.integrations.fields import Credential, Parameter, Tail
from affiliate.integrations.platforms.template import Described
from affiliate.vocabulary import Evidence


class TerexTrade(Described):
    slug, title = "terextrade", "TerexTrade"
    evidence = Evidence.UNKNOWN

    api = Credential(texts.TOKEN)
    terextrade = Parameter(texts.OFFER_ID)
    tails = [Tail(texts.GLOBAL, "&oid={click_id}&status={status}")]
    described_push = {"fields": [{"name": "click_id", "value": "{lead.oid}"}]}
