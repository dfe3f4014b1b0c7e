"""Leads out of a file, CSV and XLSX: rows a second and memory, with and without looking for duplicates, in a worker's process.

On the embedded defaults, or on PostgreSQL with DATABASE_URL. Figures: seconds for the rows, and how much more memory the
process needed than after the first batches.
"""

import argparse
import tempfile
from collections.abc import Iterator
from pathlib import Path

from affiliate import sheets
from tests.processes.hub import Hub

CODE = """
import resource, time
from django.db import connection
from affiliate.intake.imports import files, run
# As autovacuum does; the server may have none.
connection.cursor().execute('ANALYZE')
source = Source.objects.get()
offer = Offer.objects.order_by('pk').first()
Offer.objects.filter(pk=offer.pk).update(on_duplicate={rule!r})
with open({path!r}, 'rb') as file:
    one = files.open_import(source=source, name={name!r}, pieces=iter(lambda: file.read(1 << 20), b''), offer=offer)
memory = []
def progress(row):
    memory.append(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
run.start(one)
began = time.perf_counter()
run.run(one.pk, progress=progress)
seconds = time.perf_counter() - began
one.refresh_from_db()
answer = [one.state, one.taken, seconds, memory[min(len(memory) - 1, 9)], memory[-1]]
"""


def main():
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--rows", type=int, default=100_000)
    options = options.parse_args()
    with tempfile.TemporaryDirectory(prefix="hub-bench-") as folder:
        hub = Hub(Path(folder))
        try:
            for number, (kind, rule) in enumerate(RUNS):
                path = Path(folder) / f"{rule}.{kind}"
                WRITE[kind](path, rows(number * options.rows, options.rows))
                code = CODE.format(path=str(path), name=path.name, rule=rule)
                state, taken, seconds, before, after = hub.ask(code)
                print(
                    f"{kind}, duplicates {rule}: {state}, {taken} taken in {seconds:.1f} s, {taken / seconds:.0f} a second, "
                    f"memory {before / 1024:.0f} MB after ten batches, {after / 1024:.0f} MB at the end"
                )
        finally:
            hub.stop()


HEADER = ["phone", "name", "country", "ip", "sub1", "comment"]


def rows(first: int, count: int) -> Iterator[list[str]]:
    """The header, then leads of one customer each."""
    yield HEADER
    for number in range(first, first + count):
        person = [f"+4071{number:07}", f"Ion Popescu {number}", "RO"]
        yield [*person, f"203.0.113.{number % 250}", f"click-{number}", "call after six"]


def write_csv(path: Path, lines: Iterator[list[str]]) -> None:
    path.write_text("".join(f"{';'.join(line)}\n" for line in lines))


def write_xlsx(path: Path, lines: Iterator[list[str]]) -> None:
    with path.open("wb") as file:
        sheets.write_xlsx(lines, file)


WRITE = {"csv": write_csv, "xlsx": write_xlsx}
RUNS = [("csv", "off"), ("csv", "reject"), ("xlsx", "reject")]

if __name__ == "__main__":
    main()
