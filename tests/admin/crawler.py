"""Walks the admin: every page of every model, and every link the pages show; what people read on a page."""

import re
from html.parser import HTMLParser
from urllib.parse import parse_qsl, urlsplit

from django.contrib import admin
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import NoReverseMatch, reverse

# Void elements end nowhere.
VOID = {"area", "br", "col", "hr", "img", "input", "link", "meta", "source", "wbr"}
# What the wire, machines and people wrote stands in these, the same in every language.
NOT_WORDS = {"script", "style", "code", "pre", "svg", "template"}
NOT_WORDS_CLASSES = ("material-symbols", "hub-code")
NOT_FOLLOWED = ("/admin/logout/", "/admin/jsi18n/", "/static/")


class Page(HTMLParser):
    """`texts` that people read, and the `links` within the admin."""

    def __init__(self, html: str):
        super().__init__()
        self.texts: set[str] = set()
        self.links: set[str] = set()
        self._open: list[tuple[str, bool]] = []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        named = {name: value or "" for name, value in attrs}
        if tag == "a" and named.get("href", "").startswith(("/admin/", "?")):
            self.links.add(named["href"])
        self.texts |= {
            text
            for name in ("placeholder", "title", "aria-label", "alt", "data-label")
            if (text := " ".join(named.get(name, "").split()))
        }
        if tag not in VOID:
            skipped = tag in NOT_WORDS or any(one in named.get("class", "") for one in NOT_WORDS_CLASSES)
            self._open.append((tag, skipped))

    def handle_endtag(self, tag):
        while self._open:
            if self._open.pop()[0] == tag:
                return

    def handle_data(self, data):
        text = " ".join(data.split())
        if text and not any(skipped for _tag, skipped in self._open):
            self.texts.add(text)


def pages_of_models() -> dict[str, tuple[str, str]]:
    """The address of every page that the admin has of a model, with the model and the right it needs."""
    found = {}
    for model in admin.site._registry:
        label = model._meta.label_lower
        name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        found[reverse(f"{name}_changelist")] = (label, "v")
        found[reverse(f"{name}_add")] = (label, "a")
        if (row := model._default_manager.order_by("-pk").first()) is not None:
            for page, right in (("change", "v"), ("history", "v"), ("delete", "d")):
                try:
                    found[reverse(f"{name}_{page}", args=[row.pk])] = (label, right)
                except NoReverseMatch:
                    continue
    return found


def crawl(client, starts, *, most=600) -> dict[str, tuple[int, Page, int]]:
    """Every page that can be reached by links: its status, what is on it, the number of its queries.

    Of links that differ only in values of their query, and in the number of a row, one is followed.
    """
    seen, waiting, found = set(), list(starts), {}
    while waiting and len(found) < most:
        url = waiting.pop(0)
        if (shape := shape_of(url)) in seen:
            continue
        seen.add(shape)
        with CaptureQueriesContext(connection) as queries:
            response = client.get(url)
        html = response.content.decode() if response.get("Content-Type", "").startswith("text/html") else ""
        page = Page(html)
        found[url] = (response.status_code, page, len(queries))
        path = urlsplit(url).path
        for link in sorted(page.links):
            link = (path + link if link.startswith("?") else link).partition("#")[0]
            if not link.startswith(NOT_FOLLOWED):
                waiting.append(link)
    return found


def shape_of(url: str) -> tuple:
    """The same for pages that differ only in which row they show, or in how their list is sorted and filtered."""
    parts = urlsplit(url)
    # Sorting and paging make endless variants of a list.
    keys = {name for name, _value in parse_qsl(parts.query, keep_blank_values=True)} - {"o", "p", "_changelist_filters"}
    return re.sub(r"/\d+/", "/#/", parts.path), tuple(sorted(keys))
