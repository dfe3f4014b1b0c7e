"""Counts that stay cheap on big tables."""

LIMIT = 1000


def count_up_to(queryset, limit: int = LIMIT) -> int:
    """At most `limit` + 1: more than the limit is not counted."""
    return queryset.order_by()[: limit + 1].count()


def words(count: int, limit: int = LIMIT) -> str:
    """`12`, `1000+`."""
    return f"{limit}+" if count > limit else str(count)
