"""Pages for people. Imports everything below; nothing imports it."""

from affiliate.admin import (  # noqa: F401
    alerts,
    bans,
    changes,
    flows,
    imports,
    journal,
    lead_looks,
    leads,
    networks,
    offers,
    people,
    reports,
    roles,
    sandbox,
    schedule,
    sign_in,
    sources,
    status_words,
)
