"""Bill of materials of a guest's root: which component each file came from, as SPDX 2.3 JSON; same root, same text.

SPDX 2.3: https://spdx.github.io/spdx-spec/v2.3/; package URLs: https://github.com/package-url/purl-spec.
"""

from __future__ import annotations

import hashlib
import json
import platform
import re
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, metadata
from pathlib import Path
from typing import Any

from llmdas_sandbox.rootfs_build import PACKAGES, Entry

CREATED = "1980-01-01T00:00:00Z"  # the fixed time of every file of a root
UNKNOWN = "NOASSERTION"


@dataclass(frozen=True, slots=True)
class Component:
    """Something that was taken whole from elsewhere.

    Attributes:
        name: package name.
        version: its version, empty where it cannot be known.
        licence: SPDX expression, or NOASSERTION.
        purl: package URL, or empty.
        sha256: digest of the archive it came from, or empty.
        comment: what else is known, such as the licence names of Debian's copyright file.
    """

    name: str
    version: str = ""
    licence: str = UNKNOWN
    purl: str = ""
    sha256: str = ""
    comment: str = ""


PYTHON = Component("cpython", platform.python_version(), "PSF-2.0", f"pkg:generic/cpython@{platform.python_version()}")
HOST = Component("host-libraries", comment="Shared objects and dynamic loader of the machine that built the root.")
OURS = Component("llmdas-sandbox-guest", licence="Apache-2.0")


def components_of_host(entries: Iterable[Entry]) -> dict[str, Component]:
    """Return the component of each file of a root that was made from this machine, by path."""
    found: dict[str, Component] = {}
    packages: dict[str, Component] = {}
    for entry in entries:
        if not entry.sha256:
            continue
        parts = Path(entry.path).parts
        if parts[0] == PACKAGES:
            name = source_of(entry.path).split("/")[1].removesuffix(".libs").removesuffix(".py")
            found[entry.path] = packages.setdefault(name, _installed(name))
        elif parts[0] == "usr" and parts[1] in ("bin", sys.platlibdir):
            found[entry.path] = PYTHON
        else:
            found[entry.path] = HOST
    return found


def write_sbom(path: Path, name: str, root: Path, entries: Iterable[Entry], owners: Mapping[str, Component]) -> None:
    """Write the bill of materials of a root.

    Args:
        path: the file to write.
        name: of the whole, such as ``llmdas-guest`` with its digest.
        root: folder with the files.
        entries: what is in it.
        owners: the component of each file, by path; a bytecode file belongs to its module.

    Raises:
        KeyError: a file has no component.
    """
    files = [entry for entry in sorted(entries, key=lambda entry: entry.path) if entry.sha256]
    components = sorted({owners[source_of(entry.path)] for entry in files}, key=lambda part: (part.name, part.version))
    sums = {entry.path: hashlib.sha1((root / entry.path).read_bytes()).hexdigest() for entry in files}  # noqa: S324 # SPDX asks for it
    names = {component: f"SPDXRef-Package-{number}" for number, component in enumerate(components, 1)}
    records, relations = [], []
    for number, entry in enumerate(files, 1):
        identifier = f"SPDXRef-File-{number}"
        records.append(_file(identifier, entry, sums[entry.path]))
        relations.append(_relation(names[owners[source_of(entry.path)]], "CONTAINS", identifier))
    packages = [
        _package(names[part], part, sorted(sums[e.path] for e in files if owners[source_of(e.path)] == part))
        for part in components
    ]
    document = {
        "spdxVersion": "SPDX-2.3",
        "dataLicense": "CC0-1.0",
        "SPDXID": "SPDXRef-DOCUMENT",
        "name": name,
        "documentNamespace": f"https://spdx.org/spdxdocs/{re.sub('[^A-Za-z0-9.-]', '-', name)}",
        "creationInfo": {"created": CREATED, "creators": ["Tool: llmdas_sandbox"]},
        "packages": packages,
        "files": records,
        "relationships": [_relation("SPDXRef-DOCUMENT", "DESCRIBES", names[part]) for part in components] + relations,
    }
    path.write_text(json.dumps(document, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def source_of(path: str) -> str:
    """Return the module that a bytecode file was compiled from; any other path as it is (PEP 3147)."""
    folder, marker, name = path.rpartition("/__pycache__/")
    return f"{folder}/{name.split('.')[0]}.py" if marker and name.endswith(".pyc") else path


def _installed(name: str) -> Component:
    if name == "llmdas_sandbox":
        return OURS
    try:
        found = metadata(name)
    except PackageNotFoundError:
        return Component(name)
    licence = found["License-Expression"] if "License-Expression" in found else UNKNOWN  # noqa: SIM401 # it has no get
    version = found["Version"]
    return Component(name, version, licence, f"pkg:pypi/{name.lower()}@{version}")


def _package(identifier: str, part: Component, sums: list[str]) -> dict[str, Any]:
    record: dict[str, Any] = {
        "SPDXID": identifier,
        "name": part.name,
        "versionInfo": part.version or UNKNOWN,
        "downloadLocation": UNKNOWN,
        "filesAnalyzed": True,
        "packageVerificationCode": {
            "packageVerificationCodeValue": hashlib.sha1("".join(sums).encode()).hexdigest()  # noqa: S324 # as SPDX defines it
        },
        "licenseConcluded": UNKNOWN,
        "licenseDeclared": part.licence,
        "licenseInfoFromFiles": [UNKNOWN],
        "copyrightText": UNKNOWN,
    }
    if part.sha256:
        record["checksums"] = [{"algorithm": "SHA256", "checksumValue": part.sha256}]
    if part.purl:
        record["externalRefs"] = [
            {"referenceCategory": "PACKAGE-MANAGER", "referenceType": "purl", "referenceLocator": part.purl}
        ]
    if part.comment:
        record["comment"] = part.comment
    return record


def _file(identifier: str, entry: Entry, sha1: str) -> dict[str, Any]:
    return {
        "SPDXID": identifier,
        "fileName": f"./{entry.path}",
        "checksums": [
            {"algorithm": "SHA1", "checksumValue": sha1},
            {"algorithm": "SHA256", "checksumValue": entry.sha256},
        ],
        "licenseConcluded": UNKNOWN,
        "licenseInfoInFiles": [UNKNOWN],
        "copyrightText": UNKNOWN,
    }


def _relation(element: str, kind: str, related: str) -> dict[str, str]:
    return {"spdxElementId": element, "relationshipType": kind, "relatedSpdxElement": related}
