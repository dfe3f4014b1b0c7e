"""Pages of big tables without counting them."""

from django.utils import timezone
from unfold import paginator

from affiliate.admin import lead_hours

PAGES = 400


class InfinitePaginator(paginator.InfinitePaginator):
    """Reads one row more than a page holds instead of counting; the depth is capped, since OFFSET reads what it skips.

    Filtered leads are looked for where the counted hours say they are `wanted`; `looked_back_to` ends a long search.

    The theme leaves the count out of the header for a paginator of this very name.
    """

    template_name = "admin/hub/pages.html"
    more = False
    looked_back_to = None

    @property
    def count(self) -> int:
        return self.per_page * PAGES

    def __init__(self, *args, query=None, wanted: lead_hours.Wanted | None = None, **kwargs):
        super().__init__(*args, **kwargs)
        self.query, self.wanted = query, wanted

    def page(self, number):
        number = self.validate_number(number)
        first = (number - 1) * self.per_page
        if self.wanted:
            return self._found(number, first)
        rows = list(self.object_list[first : first + self.per_page + 1])
        self.more = len(rows) > self.per_page
        return paginator.InfinitePage(rows[: self.per_page], number, self)

    def _found(self, number: int, first: int):
        keys, self.looked_back_to = lead_hours.find(self.object_list, self.wanted, count=first + self.per_page + 1)
        keys = keys[first:]
        self.more = len(keys) > self.per_page
        shown = self.object_list.filter(pk__in=keys[: self.per_page])
        return paginator.InfinitePage(list(shown), number, self)

    @property
    def earlier_days(self) -> str:
        """The query of the same filter, for the days before those that were looked through."""
        query = self.query.copy()
        query.pop("p", None)
        query["created_at_to"] = timezone.localdate(self.looked_back_to).isoformat()
        return query.urlencode()
