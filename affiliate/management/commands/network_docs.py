"""`manage.py network_docs`: writes the pages of docs/networks from the integrations' declarations."""

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import translation

from affiliate.integrations import docs


class Command(BaseCommand):
    help = "Writes docs/networks: a page for each integration and an index, in each language of the hub."
    requires_system_checks = []

    def add_arguments(self, parser):
        parser.add_argument("--check", action="store_true", help="write nothing; exit code 1 when a page is stale")

    def handle(self, *args, check, **options):
        stale = []
        for language, _name in settings.LANGUAGES:
            folder = settings.BASE_DIR / "docs" / "networks" / language
            with translation.override(language):
                wanted = docs.pages()
            present = {path.name: path.read_text(encoding="utf-8") for path in folder.glob("*.md")}
            changed = sorted(name for name in wanted.keys() | present.keys() if wanted.get(name) != present.get(name))
            stale += [f"docs/networks/{language}/{name}" for name in changed]
            if not check:
                folder.mkdir(parents=True, exist_ok=True)
                for name in changed:
                    if name in wanted:
                        (folder / name).write_text(wanted[name], encoding="utf-8")
                    else:
                        (folder / name).unlink()
        if check and stale:
            raise CommandError("\n".join(["Stale, run manage.py network_docs:", *stale]))
        self.stdout.write("\n".join(stale) or "Every page is fresh.")
