"""Leads out of a file: rows a second and memory, with and without looking for duplicates, in a worker's own process.

On the embedded defaults, or on PostgreSQL with DATABASE_URL. Figures: seconds for the rows, and how much more memory the
process needed than after the first batches.
"""

import argparse
import tempfile
from pathlib import Path

from tests.processes.hub import Hub

CODE = """
import resource, time
from affiliate.intake.imports import files, run
source = Source.objects.get()
offer = Offer.objects.order_by('pk').first()
Offer.objects.filter(pk=offer.pk).update(on_duplicate={rule!r})
with open({path!r}, 'rb') as file:
    one = files.open_import(source=source, name='leads.csv', pieces=iter(lambda: file.read(1 << 20), b''), offer=offer)
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
            for rule in ("off", "reject"):
                path = Path(folder) / f"{rule}.csv"
                first = 0 if rule == "off" else options.rows
                path.write_text("".join(["phone;name;country;ip;sub1;comment\n", *rows(first, options.rows)]))
                state, taken, seconds, before, after = hub.ask(CODE.format(path=str(path), rule=rule))
                print(
                    f"duplicates {rule}: {state}, {taken} taken in {seconds:.1f} s, {taken / seconds:.0f} a second, "
                    f"memory {before / 1024:.0f} MB after ten batches, {after / 1024:.0f} MB at the end"
                )
        finally:
            hub.stop()


def rows(first: int, count: int):
    for number in range(first, first + count):
        yield f"+4071{number:07};Ion Popescu {number};RO;203.0.113.{number % 250};click-{number};call after six\n"


if __name__ == "__main__":
    main()
