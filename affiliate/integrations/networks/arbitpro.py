"""ArbitPro, https://arbitpro.ru. API with the key among the fields, as JSON; statuses by a described poll or by postback.

Source: the API and postback help in the network's cabinet (github.com/dgolovko97/arbitpro, app/settings.php, 2022): the
request, the numbers of the statuses and the postback's words. The answers are inferred from AdBees, the sister API, and
read strictly. The rows of `lead/info` were not seen, hence no poll here.
"""

from affiliate.integrations import texts
from affiliate.integrations.fields import Credential, Parameter
from affiliate.integrations.lead import filled
from affiliate.integrations.messages import Request
from affiliate.integrations.platforms.zcpa import Zcpa
from affiliate.vocabulary import Evidence, Status


class ArbitPro(Zcpa):
    slug, title, site = "arbitpro", "ArbitPro", "https://arbitpro.ru"
    evidence = Evidence.DOCUMENTED
    base_url = "https://api.arbitpro.ru"

    api = Credential(texts.TOKEN)
    arbitpro = Parameter(texts.FLOW_ID)
    instructions = texts.FLOW_WITH_HASH
    statuses = {
        "10": Status.WAIT,
        "11": Status.APPROVE,
        "12": Status.CANCEL,
        "13": Status.TRASH,
        "pending": Status.WAIT,
        "approved": Status.APPROVE,
        "rejected": Status.CANCEL,
        "trash": Status.TRASH,
    }

    described_poll = {
        "url": "{base_url}/lead/info",
        "encoding": "query",
        "fields": [
            {"name": "api_key", "value": "{api}"},
            {"name": "transaction_id", "value": "{eids|join:,}"},
        ],
    }

    def push(self, lead):
        answer = yield Request.json(
            self.url("/lead/add"),
            {
                "api_key": self.api,
                "hash": self.arbitpro,
                "phone": lead.phone,
                "fio": lead.name,
                "ip": lead.ip,
                "sub1": lead.oid,
                **filled({name: getattr(lead, name) for name in ("sub2", "sub3", "sub4", "sub5")}),
            },
        )
        return self.verdict(answer)
