"""A problem of a description is told with its line."""

import pytest

from affiliate.integrations.description.places import line_of, lines

TEXT = """statuses: {sold: approve}
push:
  url: https://n.example
  fields:
  - {name: phone, value: "{lead.phone}"}
  - name: name
    value: "{lead.name}"
"""


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("push.url", 3),
        ("push.fields.0.value", 5),
        ("push.fields.1.value", 7),
        ("push.rules", 2),
        ("poll.url", None),
        ("statuses.sold", 1),
    ],
)
def test_a_path_has_the_line_of_the_nearest_thing_that_is_there(path, line):
    assert line_of(lines(TEXT), path) == line


def test_json_has_lines_too():
    assert lines('{"push": {\n "url": "x"}}') == {"push": 1, "push.url": 2}


@pytest.mark.parametrize("text", ["", '{\t"push": {}}', "- 1\n- 2"])
def test_what_has_no_lines_is_no_trouble(text):
    assert line_of(lines(text), "push") is None
