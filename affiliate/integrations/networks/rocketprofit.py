"""RocketProfit, https://rocketprofit.com. A form to the tracker; statuses by postback. The wire is in `platforms/everad.py`.

Sources: the network's order.php (igorshmidt65/arttr4), ernestbrennan/affninja-backend, Keitaro's template.
"""

from affiliate.integrations import texts
from affiliate.integrations.fields import Parameter
from affiliate.integrations.platforms.everad import Tracker
from affiliate.vocabulary import Evidence


class RocketProfit(Tracker):
    slug, title, site = "rocketprofit", "RocketProfit", "https://rocketprofit.com"
    evidence = Evidence.CLIENT_CODE
    base_url = "https://tracker.rocketprofit.com"

    rocket = Parameter(texts.FLOW_ID)

    @property
    def campaign(self):
        return self.rocket
