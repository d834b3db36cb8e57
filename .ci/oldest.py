"""Print the oldest version of each dependency that pyproject.toml allows, as pip's constraints."""

import re
import tomllib
from itertools import chain
from pathlib import Path


def oldest_versions(project):
    """Return the lower bounds of all dependencies of a project, extras included, as pins.

    Raises
    ------
    ValueError
        If a requirement is neither one of the project itself nor a name and a lower bound.
    """
    extras = project["optional-dependencies"].values()
    pins = set()
    for requirement in chain(project["dependencies"], *extras):
        if requirement.startswith(f"{project['name']}["):
            continue
        match = re.fullmatch(r"([\w.-]+)>=([\w.]+)", requirement)
        if not match:
            raise ValueError(f"{requirement!r} has no lower bound: write it as name>=version.")
        pins.add(f"{match[1]}=={match[2]}")
    return sorted(pins)


if __name__ == "__main__":
    pyproject = Path(__file__).parents[1] / "pyproject.toml"
    print(*oldest_versions(tomllib.loads(pyproject.read_text())["project"]), sep="\n")
