"""Pages of big tables without counting them."""

from unfold import paginator

PAGES = 400


class InfinitePaginator(paginator.InfinitePaginator):
    """Reads one row more than a page holds instead of counting; the depth is capped, since OFFSET reads what it skips.

    The theme leaves the count out of the header for a paginator of this very name.
    """

    template_name = "admin/hub/pages.html"
    more = False

    @property
    def count(self) -> int:
        return self.per_page * PAGES

    def page(self, number):
        number = self.validate_number(number)
        first = (number - 1) * self.per_page
        rows = list(self.object_list[first : first + self.per_page + 1])
        self.more = len(rows) > self.per_page
        return paginator.InfinitePage(rows[: self.per_page], number, self)
