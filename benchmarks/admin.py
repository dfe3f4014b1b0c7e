"""Server time of the pages that read leads, with few leads and with many, and their ratio. Needs PostgreSQL.

The leads are spread over two months, with networks, offers, countries, sources, deliveries and statuses in uneven shares.
"""

import argparse
import os
import statistics
import tempfile
import time
from datetime import timedelta

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "project.settings")
os.environ.setdefault("LOG_LEVEL", "WARNING")
os.environ.setdefault("DATA_DIR", tempfile.mkdtemp(prefix="hub-bench-"))

import django

django.setup()

from django.conf import settings
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.utils import timezone

from affiliate.delivery import statistics as counts
from affiliate.models import Attempt, Flow, Lead, Network, Offer, Source, StatusChange
from affiliate.vocabulary import Delivery, Status

FEW = 10_000
GOAL = 0.3
DAYS = 60
NETWORKS, OFFERS, SOURCES = 20, 40, 12
COUNTRIES = ["RO", "BG", "IT", "ES", "PL", "CZ", "HU", "GR", "DE", "AT", "PT", "SK", "LT", "LV", "KZ", "IN", "TH", "VN"]
# A skewed draw: the first of `count` comes often, the last seldom.
DRAW = "1 + floor({count} * random() * random())::int"
FILL = f"""
INSERT INTO affiliate_lead (oid, source_id, offer_id, flow_id, network_id, name, phone, phone_typed, country, user_agent,
    referer, landing_url, email, comment, address, city, region, zip, sub1, sub2, sub3, sub4, sub5, utm_source, utm_medium,
    utm_campaign, utm_content, utm_term, currency, quantity, language, timezone, extra, fingerprint, test, created_at,
    routing, delivery, delivery_reason, attempts_made, next_attempt_at, eid, delivered_at, status, status_reason, payout,
    payout_currency)
SELECT lpad(n::text, 26, '0'), sources.ids[source], flows.offers[flow], flows.ids[flow], flows.networks[flow],
    (ARRAY['Ion', 'Maria', 'Ana', 'Radu', 'Elena'])[1 + n %% 5] || ' ' || substr(md5(n::text), 1, 7),
    '+407' || lpad(n::text, 8, '0'), '', (%(countries)s::varchar[])[country],
    'Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36', '', 'https://landing.example/watch', '', '', '', '', '', '',
    md5(n::text), '', '', '', '', '', '', '', '', '', '', 1, '', '', '{{}}', md5(n::text), false, moment,
    '[]', delivery, '', 1, CASE WHEN delivery = 'queued' THEN moment END,
    CASE WHEN delivery = 'delivered' THEN 'E' || n ELSE '' END, CASE WHEN delivery = 'delivered' THEN moment END,
    status, '', CASE WHEN status IN ('approve', 'hold') THEN round((5 + 20 * random())::numeric, 2) END,
    CASE WHEN status IN ('approve', 'hold') THEN (ARRAY['USD', 'EUR'])[{DRAW.format(count=2)}] ELSE '' END
FROM (SELECT array_agg(id ORDER BY id) ids FROM affiliate_source) sources,
    (SELECT array_agg(id ORDER BY id) ids, array_agg(offer_id ORDER BY id) offers, array_agg(network_id ORDER BY id) networks
     FROM affiliate_flow) flows,
    (SELECT n, now() - (%(leads)s - n) * (interval '{DAYS} days' / %(leads)s) AS moment,
        {DRAW.format(count=SOURCES)} AS source, {DRAW.format(count=OFFERS)} AS flow,
        {DRAW.format(count=len(COUNTRIES))} AS country, delivery,
        CASE WHEN delivery = 'refused' THEN 'cancel' WHEN delivery <> 'delivered' THEN 'wait'
            WHEN fate < 0.22 THEN 'wait' WHEN fate < 0.25 THEN 'hold' WHEN fate < 0.6 THEN 'approve'
            WHEN fate < 0.93 THEN 'cancel' ELSE 'trash' END AS status
     FROM (SELECT n, random() AS fate, CASE WHEN way < 0.87 THEN 'delivered' WHEN way < 0.95 THEN 'refused'
            WHEN way < 0.975 THEN 'failed' WHEN way < 0.98 THEN 'unclear' ELSE 'queued' END AS delivery
           FROM (SELECT n, random() AS way FROM generate_series(1, %(leads)s) n OFFSET 0) drawn OFFSET 0) told
     OFFSET 0) made
"""
ATTEMPTS = """
INSERT INTO affiliate_attempt (lead_id, network_id, flow_id, lease, started_at, finished_at, outcome, reason, eid, status,
    commits, exchanges)
SELECT id, network_id, flow_id, gen_random_uuid(), created_at, created_at, 'accepted', '', eid, '', true,
    '[{"request": {"method": "POST", "url": "https://network.example/add", "headers": {}, "body": "{\\"phone\\": 1}"},
       "answer": {"status": 200, "error": "", "headers": {}, "body": "{\\"verdict\\": \\"ok\\"}", "seconds": 0.2}}]'
FROM affiliate_lead WHERE id %% 5 = 0
"""
CHANGES = """
INSERT INTO affiliate_statuschange (lead_id, old, new, source, raw_status, comment, payout, payout_currency, ignored, created_at)
SELECT id, 'wait', status, 'postback', status, '', payout, payout_currency, '', created_at
FROM affiliate_lead WHERE id %% 5 = 0 AND status <> 'wait'
"""


def main():
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--leads", type=int, default=1_000_000)
    options.add_argument("--rounds", type=int, default=5)
    options.add_argument("--only", default="", help="pages whose name holds this text")
    options = options.parse_args()
    if connection.vendor != "postgresql":
        raise SystemExit("Set DATABASE_URL to a PostgreSQL database; a test database beside it is made and removed.")
    settings.DEBUG = False
    connection.creation.create_test_db(verbosity=0, autoclobber=True)
    try:
        few, many = (times(leads, options) for leads in (FEW, options.leads))
    finally:
        connection.creation.destroy_test_db(connection.settings_dict["NAME"], verbosity=0)
    slow = {name: seconds for name, seconds in many.items() if seconds > GOAL}
    for name, seconds in many.items():
        ratio = f"÷ with {FEW} leads: {seconds / few[name]:.2f}"
        print(f"{name}: {1000 * seconds:.0f} ms with {options.leads} leads, {ratio}")
    print(f"over {1000 * GOAL:.0f} ms: {', '.join(slow) or 'none'}")


def times(leads: int, options) -> dict[str, float]:
    """The median server time of each page, in seconds."""
    fill(leads)
    client = Client()
    client.force_login(User.objects.create_superuser(f"admin{leads}"))
    return {name: median(client, url, options.rounds) for name, url in pages().items() if options.only in name}


def median(client: Client, url: str, rounds: int) -> float:
    taken = []
    for _round in range(rounds + 1):
        started = time.perf_counter()
        answer = client.get(url)
        taken.append(time.perf_counter() - started)
        assert answer.status_code == 200, url
    return statistics.median(taken[1:])


def fill(leads: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE affiliate_lead, affiliate_hourcount, affiliate_changedhours RESTART IDENTITY CASCADE")
        if not Source.objects.exists():
            settle_in()
            give_defaults(cursor)
        cursor.execute("SELECT setseed(0.5)")
        cursor.execute(FILL, {"leads": leads, "countries": COUNTRIES})
        cursor.execute(ATTEMPTS.replace("%%", "%"))
        cursor.execute(CHANGES.replace("%%", "%"))
        cursor.execute("VACUUM ANALYZE")
    counts.mark_all()
    counts.count_all()


def give_defaults(cursor) -> None:
    """Columns that the statements leave out get the model's defaults: Django gives them to rows that it makes itself."""
    for column in (*Lead._meta.concrete_fields, *StatusChange._meta.concrete_fields, *Attempt._meta.concrete_fields):
        default = column.get_default()
        if isinstance(default, (str, bool, int)):
            table = column.model._meta.db_table
            value = f"'{default}'" if isinstance(default, str) else str(default)
            cursor.execute(f'ALTER TABLE {table} ALTER COLUMN "{column.column}" SET DEFAULT {value}')


def settle_in() -> None:
    Source.objects.bulk_create(Source(name=f"Landing {number}") for number in range(SOURCES))
    networks = Network.objects.bulk_create(
        Network(name=f"Network {number}", integration="drcash") for number in range(NETWORKS)
    )
    offers = Offer.objects.bulk_create(Offer(title=f"Offer {number}") for number in range(OFFERS))
    Flow.objects.bulk_create(
        Flow(offer=offer, network=networks[number % NETWORKS], parameters={}) for number, offer in enumerate(offers)
    )


def pages() -> dict[str, str]:
    leads = "/admin/affiliate/lead/"
    lead = Lead.objects.filter(pk__gte=FEW // 2, delivery="delivered", attempts__isnull=False).order_by("pk")[0]
    network, offer, source = (
        model.objects.order_by("pk").values_list("pk", flat=True)[1] for model in (Network, Offer, Source)
    )
    filters = {
        **{f"status {one.value}": f"status__exact={one.value}" for one in Status},
        **{f"delivery {one.value}": f"delivery__exact={one.value}" for one in Delivery if one is not Delivery.SENDING},
        "network": f"network={network}",
        "offer": f"offer={offer}",
        "country": "country=VN",
        "source": f"source={source}",
        "test leads": "test=1",
        "days long ago": f"created_at_from={_day(50)}&created_at_to={_day(49)}",
        "on hold at a network": f"network={network}&status__exact=hold",
        "trash of a network from a country": f"network={network}&country=VN&status__exact=trash",
        "approved yet refused: there are none": "status__exact=approve&delivery__exact=refused",
        "phone": f"q={lead.phone.replace('+', '%2B')}",
        "oid": f"q={lead.oid}",
        "eid": f"q={lead.eid}",
        "name": "q=Radu+c4ca42",
    }
    return {
        "lead list": leads,
        "lead list, page 100": f"{leads}?p=100",
        **{f"lead list, {name}": f"{leads}?{query}" for name, query in filters.items()},
        "lead page": f"{leads}{lead.pk}/change/",
        **{f"overview, {name}": f"/admin/?period={name}" for name in ("today", "7", "30", "month")},
    }


def _day(ago: int) -> str:
    return (timezone.localdate() - timedelta(days=ago)).isoformat()


if __name__ == "__main__":
    main()
