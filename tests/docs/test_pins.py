"""constraints.txt pins every package that an install brings, at the version the tests run with, and names no index."""

import json
import re
import tomllib
from importlib.metadata import distribution

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name


@pytest.fixture(scope="module")
def pins(root):
    lines = (root / "constraints.txt").read_text("utf-8").splitlines()
    found = [re.fullmatch(r"([\w.-]+)==([\w.!+-]+)", line) for line in lines if not line.startswith("#")]
    assert all(found)
    return {canonicalize_name(pin[1]): pin[2] for pin in found}


def needed(root):
    """The names of all packages that the product and its tests need here, with those that they need in turn."""
    project = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))
    waiting = [
        Requirement(text) for text in [*project["project"]["dependencies"], *project["dependency-groups"]["dev"]]
    ]
    seen = set()
    while waiting:
        requirement = waiting.pop()
        key = (canonicalize_name(requirement.name), frozenset(requirement.extras))
        if key not in seen:
            seen.add(key)
            inner = [Requirement(text) for text in distribution(requirement.name).requires or ()]
            waiting += [r for r in inner if _applies(r, ["", *requirement.extras])]
    return {name for name, _ in seen}


def _applies(requirement, extras):
    marker = requirement.marker
    return marker is None or any(marker.evaluate({"extra": extra}) for extra in extras)


def test_every_package_is_pinned(root, pins):
    assert sorted(needed(root) - set(pins)) == []


def test_the_tests_run_with_the_pinned_versions(root, pins):
    here = {name: distribution(name).version for name in needed(root)}
    assert {name: version for name, version in here.items() if version != pins.get(name)} == {}


def test_an_install_names_no_index(root):
    for name in ("constraints.txt", "Makefile", "scripts/setup", ".ci/run", "pyproject.toml"):
        text = (root / name).read_text("utf-8")
        assert "index-url" not in text
        assert "://" not in text


def test_npm_packages_are_pinned_by_version_and_digest_and_name_no_registry(root):
    folder = root / "tests" / "web" / "npm"
    asked = json.loads((folder / "package.json").read_text("utf-8"))["devDependencies"]
    assert all(re.fullmatch(r"\d+\.\d+\.\d+", version) for version in asked.values())
    known = json.loads((folder / "package-lock.json").read_text("utf-8"))["packages"]
    assert {name: known[f"node_modules/{name}"]["version"] for name in asked} == asked
    assert all(about["integrity"] and "resolved" not in about for name, about in known.items() if name)
