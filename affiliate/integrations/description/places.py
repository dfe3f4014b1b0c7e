"""Where in the text of a description its values stand."""

import yaml


def lines(text: str) -> dict[str, int]:
    """Dotted paths with the lines they begin in, from 1; {} for JSON that is no YAML as well. `text` has to be readable."""
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.YAMLError:
        return {}
    found: dict[str, int] = {}
    _walk(root, "", found)
    return found


def line_of(found: dict[str, int], path: str) -> int | None:
    """The line of a path, or of the nearest thing around it that is there: what is missing has no line of its own."""
    while path and path not in found:
        path = path.rpartition(".")[0]
    return found.get(path)


def _walk(node, path: str, found: dict[str, int]) -> None:
    if isinstance(node, yaml.MappingNode):
        for name, value in node.value:
            here = f"{path}.{name.value}" if path else name.value
            found[here] = name.start_mark.line + 1
            _walk(value, here, found)
    elif isinstance(node, yaml.SequenceNode):
        for number, value in enumerate(node.value):
            here = f"{path}.{number}" if path else str(number)
            found[here] = value.start_mark.line + 1
            _walk(value, here, found)
