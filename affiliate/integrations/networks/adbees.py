"""AdBees (ZCPA), https://adbees.com. Own API: multipart with the key among the fields; statuses by postback.

Sources: another network's forwarding code, the only client of api.adbees.com seen, and the help page of
https://www.altercpa.pro/ru/help/integration-networks for the numbers of the statuses. `sub_id1` is inferred from the
postback's macro: the name of the request's field was not seen.
"""

from django.utils.translation import gettext_lazy as _

from affiliate.integrations import texts
from affiliate.integrations.fields import Credential, Parameter, Tail
from affiliate.integrations.messages import Request
from affiliate.integrations.platforms.zcpa import Zcpa
from affiliate.vocabulary import Evidence, Status


class AdBees(Zcpa):
    slug, title, site = "adbees", "AdBees (ZCPA)", "https://adbees.com"
    evidence = Evidence.CLIENT_CODE
    base_url = "https://api.adbees.com"

    api = Credential(texts.TOKEN)
    zcpa = Parameter(texts.FLOW_ID)
    instructions = _(
        "Ask your account manager for access to the API: the manager gives you a key. For each offer create a flow and add "
        "postbacks for all events but the generation of a conversion."
    )
    tails = [Tail(texts.GLOBAL, "&oid=[sub_id1]&status=[status]&sta=11&stc=12&stt=13")]
    statuses = {"11": Status.APPROVE, "12": Status.CANCEL, "13": Status.TRASH}

    def push(self, lead):
        answer = yield Request.multipart(
            self.url("/lead/add"),
            {
                "api_key": self.api,
                "mark": self.zcpa,
                "phone": lead.phone,
                "fio": lead.name,
                "ip": lead.ip,
                "sub_id1": lead.oid,
            },
        )
        return self.verdict(answer)
