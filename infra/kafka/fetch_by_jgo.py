"""Fetch jars with their dependencies by jgo: `python fetch_by_jgo.py FOLDER COORDINATE...`."""

# A script of its own, so that it can be given a time limit: jgo has one a request, none for the whole.

import shutil
import sys
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path

# What a package index serves to one client without complaint.
DOWNLOADS_AT_ONCE = 6


def main() -> None:
    """Copy every jar into the folder, saying how far it is."""
    import jgo  # noqa: PLC0415 - it comes with an extra; its absence is this process's exit code

    folder, coordinates = Path(sys.argv[1]), sys.argv[2:]
    artifacts = jgo.resolve("+".join(coordinates))
    with ThreadPoolExecutor(DOWNLOADS_AT_ONCE) as pool:
        jars = [pool.submit(artifact.resolve) for artifact in artifacts]
        for done, jar in enumerate(as_completed(jars), start=1):
            path = jar.result()
            shutil.copyfile(path, folder / path.name)
            sys.stdout.write(f"{done} of {len(artifacts)} jars\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main()
