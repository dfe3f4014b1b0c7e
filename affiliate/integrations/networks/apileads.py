"""ApiLeads: the lead API and the status method are not published.

The only public trace is AlterCPA's list of networks; a namesake, apileads.tech, sells other leads.
"""

from affiliate.integrations import texts
from affiliate.integrations.fields import Credential, Parameter
from affiliate.integrations.platforms.template import Described
from affiliate.vocabulary import Evidence


class ApiLeads(Described):
    slug, title = "apileads", "ApiLeads"
    evidence = Evidence.UNKNOWN

    user = Credential(texts.USER_ID)
    api = Credential(texts.TOKEN)
    apl = Parameter(texts.OFFER_ID)
