"""The wire cases of `tests/networks/<slug>.yaml`, and the leads and hostile answers they all share."""

from functools import cache
from pathlib import Path

import yaml

FOLDER = Path(__file__).resolve().parent.parent / "networks"

PLAIN = {
    "oid": "01K5PLA1NPLA1NPLA1NPLA1NPL",
    "name": "Ion Popescu",
    "phone": "+40712345678",
    "country": "RO",
    "ip": "203.0.113.7",
    "user_agent": "Mozilla/5.0 (Test)",
    "referer": "https://ads.example/click?id=1",
    "landing_url": "https://shop.example/lp?a=1&b=2",
    "email": "ion@example.com",
    "comment": "call after 18:00",
    "address": "Str. Lunga 5",
    "city": "Brasov",
    "region": "Brasov",
    "zip": "500001",
    "sub1": "s1",
    "sub2": "s2",
    "sub3": "s3",
    "sub4": "s4",
    "sub5": "s5",
    "utm_source": "fb",
    "utm_medium": "cpc",
    "utm_campaign": "camp",
    "utm_content": "ad1",
    "utm_term": "kw",
    "price": "159.00",
    "currency": "RON",
    "quantity": 2,
    "language": "ro",
    "timezone": "Europe/Bucharest",
    "created_at": "2026-03-01T10:00:00+00:00",
}
UNICODE = {
    "oid": "01K5UN1C0DEUN1C0DEUN1C0DEU",
    "name": "Ольга «Жук» O'Neil & ~*",
    "phone": "+380501234567",
    "country": "UA",
    "ip": "2001:db8::7",
    "created_at": "2026-03-01T10:00:00+00:00",
}
LEADS = {"plain": PLAIN, "unicode": UNICODE}

HOSTILE = {
    "html": {
        "status": 200,
        "headers": {"Content-Type": "text/html"},
        "body": "<html><body><h1>Welcome</h1></body></html>",
    },
    "empty": {"status": 200, "body": ""},
    "429": {"status": 429, "headers": {"Retry-After": "7"}, "body": "slow down"},
    "500": {"status": 500, "body": "<h1>Internal Server Error</h1>"},
    "503": {"status": 503, "headers": {"Retry-After": "7"}, "body": ""},
    "timeout": {"error": "timeout"},
    "reset": {"error": "reset"},
    "connect": {"error": "connect"},
}
SAFE = {"429", "503", "connect"}


@cache
def load(slug: str) -> dict:
    return yaml.safe_load((FOLDER / f"{slug}.yaml").read_text(encoding="utf-8"))


def slugs() -> list[str]:
    return sorted(path.stem for path in FOLDER.glob("*.yaml"))


def case_of(slug: str, **more) -> dict:
    """The part of a wire case that a file says once: account, parameters, address."""
    file = load(slug)
    shared = {key: file[key] for key in ("credentials", "parameters", "base_url", "description") if key in file}
    return {"network": slug, **shared, **more}


def accepted(slug: str) -> list[dict]:
    """The answers of the first case that ends accepted."""
    return next(case["answers"] for case in load(slug)["push"] if case["outcome"]["kind"] == "accepted")
