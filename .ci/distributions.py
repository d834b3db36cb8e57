"""Check what the built distributions hold: ``python .ci/distributions.py FOLDER``."""

import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

ROOT = Path(__file__).parents[1]
LARGEST_WHEEL = 1_000_000  # bytes


def version_controlled():
    """Return the files of the repository, those that are yet to be added included."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    output = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    return {name for name in output.splitlines() if (ROOT / name).exists()}


def check_sdist(path, repository):
    """See that the sdist is the repository, so that its tests and documentation can be built."""
    with tarfile.open(path) as archive:
        files = [member.name for member in archive.getmembers() if member.isfile()]
    names = {name.partition("/")[2] for name in files}
    made = {name for name in names if name.startswith("sklstm.egg-info/")}
    check_same(path, names - made - {"PKG-INFO", "setup.cfg"}, repository - {".gitignore"})


def check_wheel(path, repository):
    """See that the wheel is the package, all of it and nothing else, and small."""
    names = set(zipfile.ZipFile(path).namelist())
    described = {name for name in names if name.split("/")[0].endswith(".dist-info")}
    check_same(path, names - described, {name for name in repository if name.startswith("sklstm/")})
    if path.stat().st_size >= LARGEST_WHEEL:
        sys.exit(f"{path.name} has {path.stat().st_size:,} bytes, {LARGEST_WHEEL:,} are too many.")


def check_same(path, found, expected):
    """Exit with a message if `found` is not `expected`."""
    if found != expected:
        lacks, has = sorted(expected - found), sorted(found - expected)
        sys.exit(f"{path.name} lacks {lacks} and should not have {has}.")


def main(folder):
    """Check the one sdist and the one wheel in a folder."""
    repository = version_controlled()
    (sdist,), (wheel,) = Path(folder).glob("*.tar.gz"), Path(folder).glob("*.whl")
    check_sdist(sdist, repository)
    check_wheel(wheel, repository)
    for path in (sdist, wheel):
        print(f"{path.name}: {path.stat().st_size:,} bytes")


if __name__ == "__main__":
    main(sys.argv[1])
