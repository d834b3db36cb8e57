"""Print the size of what pip installs for a package, with all its dependencies.

Each package is installed into an empty folder of its own, which is deleted afterwards. The size is
the sum of the sizes of all files, as they are after the download, without compiled bytecode. It
needs a network, or a folder of packages that pip knows. Sizes depend on the system: on Linux, torch
from PyPI can include libraries for GPUs.
"""

import argparse
import subprocess
import sys
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory

N_LISTED = 4


def folder_sizes(package):
    """Install a package; return the bytes of each top-level folder or file."""
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-compile", "--target"]
    with TemporaryDirectory() as folder:
        subprocess.run([*command, folder, package], check=True)
        sizes = Counter()
        for path in Path(folder).rglob("*"):
            if path.is_file() and not path.is_symlink():
                sizes[path.relative_to(folder).parts[0]] += path.stat().st_size
    return sizes


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("packages", nargs="+", help="as for pip, such as . or torch==2.13.0")
    for package in parser.parse_args().packages:
        sizes = folder_sizes(package)
        largest = ", ".join(f"{name} {n / 1e6:.0f}" for name, n in sizes.most_common(N_LISTED))
        print(f"{package:24} {sum(sizes.values()) / 1e6:6.0f} MB   largest: {largest}", flush=True)


if __name__ == "__main__":
    main()
