"""The message catalogues and the texts of the sources they cover. Run by script/catalogues to bring them up to date.

Babel reads the sources and writes the catalogues, so that no system gettext is needed.
"""

import io
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract
from babel.messages.pofile import read_po, write_po
from django.utils.translation.template import templatize

ROOT = Path(__file__).resolve().parent.parent
LANGUAGES = ("en", "ru")
KEYWORDS = DEFAULT_KEYWORDS | {
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext_lazy": (1, 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext_lazy": ((1, "c"), 2, 3),
}
HEADER = """msgid ""
msgstr ""
"Language: {language}\\n"
"Plural-Forms: {forms}\\n"
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Content-Transfer-Encoding: 8bit\\n"

"""


@dataclass(frozen=True)
class Covered:
    """A folder of catalogues and the sources whose texts it holds, all from the project's root."""

    folder: str
    sources: tuple[str, ...]
    without: tuple[str, ...] = ()

    def path(self, language: str) -> Path:
        return ROOT / self.folder / language / "LC_MESSAGES" / "django.po"

    def files(self) -> Iterator[Path]:
        for source in self.sources:
            for path in sorted((ROOT / source).rglob("*")):
                inside = path.relative_to(ROOT)
                if path.suffix in (".py", ".html", ".txt") and not any(map(inside.is_relative_to, self.without)):
                    yield path

    def texts(self) -> Catalog:
        """Every text of the sources that is marked for translation, in the order of the files."""
        found = Catalog()
        for path in self.files():
            code = path.read_text(encoding="utf-8")
            if path.suffix != ".py":
                # What is left of a template has indents that Python does not take.
                code = "\n".join(map(str.strip, templatize(code).splitlines()))
            for _line, text, comments, context in extract(
                "python", io.BytesIO(code.encode()), KEYWORDS, comment_tags=("Translators:",)
            ):
                found.add(text, context=context, auto_comments=comments)
        return found

    def read(self, language: str) -> Catalog:
        with self.path(language).open("rb") as file:
            return read_po(file, locale=language)


INTEGRATIONS = Covered("affiliate/integrations/locale", ("affiliate/integrations",))
REST = Covered("affiliate/locale", ("affiliate", "project", "templates"), without=("affiliate/integrations",))
CATALOGUES = (INTEGRATIONS, REST)


def refresh(covered: Covered, language: str) -> int:
    """New texts come in without a translation, those no longer used go. Returns how many wait for a translation."""
    path = covered.path(language)
    path.parent.mkdir(parents=True, exist_ok=True)
    catalogue = covered.read(language) if path.exists() else Catalog(locale=language)
    catalogue.update(covered.texts(), no_fuzzy_matching=True, update_creation_date=False)
    save(catalogue, path)
    return sum(1 for message in catalogue if message.id and not translated(message))


def save(catalogue: Catalog, path: Path) -> None:
    """Without dates, line numbers and anything else that would differ where no text has changed."""
    with path.open("wb") as file:
        file.write(HEADER.format(language=catalogue.locale_identifier, forms=catalogue.plural_forms).encode())
        write_po(file, catalogue, no_location=True, omit_header=True, ignore_obsolete=True, width=120)


def translated(message: Message) -> bool:
    """Whether every form of a text has a translation."""
    return all(message.string) if isinstance(message.string, (list, tuple)) else bool(message.string)


def main() -> None:
    for covered in CATALOGUES:
        for language in LANGUAGES:
            waiting = refresh(covered, language)
            # English texts are their own translation.
            note = f": {waiting} to translate" if waiting and language != "en" else ""
            sys.stdout.write(f"{covered.path(language).relative_to(ROOT)}{note}\n")


if __name__ == "__main__":
    main()
