"""Finds the integrations by walking the folders; a file that breaks the contract stops the start and is named."""

import importlib
import pkgutil
from functools import cache

from affiliate.integrations import networks as networks_folder
from affiliate.integrations import platforms
from affiliate.integrations.base import Integration
from affiliate.integrations.description import starter, validate
from affiliate.integrations.fields import Credential, Parameter, Tail
from affiliate.vocabulary import Evidence, Status


class RegistryError(Exception):
    """An integration's file breaks the contract; the text names the file and the rule."""


class UnknownIntegration(LookupError):
    """No integration has this slug."""


@cache
def integrations() -> dict[str, type[Integration]]:
    """Every integration by slug: those of one network each, then the general ones of `platforms/`."""
    found = {}
    for package in (networks_folder, platforms):
        for slug, integration in _walk(package):
            if slug in found:
                raise RegistryError(f"{integration.__module__}: the slug {slug!r} is taken by {found[slug].__module__}")
            found[slug] = integration
    return found


def get(slug: str) -> type[Integration]:
    try:
        return integrations()[slug]
    except KeyError:
        raise UnknownIntegration(slug) from None


def networks() -> dict[str, type[Integration]]:
    """The networks known by name: one file each in `networks/`."""
    prefix = f"{networks_folder.__name__}."
    return {slug: one for slug, one in integrations().items() if one.__module__.startswith(prefix)}


def _walk(package):
    for info in sorted(pkgutil.iter_modules(package.__path__), key=lambda info: info.name):
        name = f"{package.__name__}.{info.name}"
        try:
            module = importlib.import_module(name)
        except Exception as error:
            raise RegistryError(f"{name}: cannot be imported: {error!r}") from error
        own = [
            value
            for value in vars(module).values()
            if isinstance(value, type) and issubclass(value, Integration) and value.__module__ == name and value.slug
        ]
        if package is networks_folder and len(own) != 1:
            raise RegistryError(f"{name}: declare exactly one Integration with a slug, found {len(own)}")
        for integration in own:
            _check(integration, info.name if package is networks_folder else integration.slug)
            yield integration.slug, integration


def _check(integration: type[Integration], slug: str) -> None:
    def insist(condition, rule):
        if not condition:
            raise RegistryError(f"{integration.__module__}: {rule}")

    insist(integration.slug == slug, f"slug {integration.slug!r} differs from the file's name {slug!r}")
    insist(integration.title, "title is empty")
    insist(isinstance(integration.evidence, Evidence), "evidence is not an Evidence")
    insist(integration.pushes(), "push is missing")
    insist(not integration.polls() or integration.poll_batch > 0, "poll is there but poll_batch is 0")
    insist(all(isinstance(status, Status) for status in integration.statuses.values()), "statuses map to Status values")
    insist(all(isinstance(tail, Tail) for tail in integration.tails), "tails hold Tail values")
    problems = validate(starter(integration), integration)
    insist(not problems, f"what it describes is wrong: {'; '.join(map(str, problems))}")
    unknown = set(integration.declared(Credential)) - set(Credential.SLOTS)
    insist(not unknown, f"credential {', '.join(sorted(unknown))} is not one of {', '.join(Credential.SLOTS)}")
    for name, value in integration.declared(Parameter).items():
        insist(name not in vars(Integration), f"parameter {name} hides a name of Integration")
        insist(value.help, f"parameter {name} has no help")
