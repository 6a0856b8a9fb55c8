"""Which detectors there are, by name. Nothing here imports PyOD or scikit-learn.

Nothing says where a detector is blind either: that is for the LLM to write (arXiv 2510.03904, detector descriptions).
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable
from dataclasses import dataclass
from importlib import metadata

from llmdas import __version__
from llmdas.detectors import pyod
from llmdas.detectors.ecod import InductiveECOD
from llmdas.detectors.interface import Detector
from llmdas.errors import DetectorError


@dataclass(frozen=True, slots=True)
class Entry:
    """One detector of the catalogue.

    Attributes:
        name: the name used everywhere, such as ``iforest``.
        title: the name people use, such as "Isolation Forest".
        aliases: other spellings; case, spaces, hyphens and underscores do not matter.
        distribution: name of the installed package the detector comes from.
        library_title: that package's name as people write it.
        parameters: the constructor settings used, as text.
        factory: makes a new, unfitted detector from a seed.
    """

    name: str
    title: str
    aliases: tuple[str, ...]
    distribution: str
    library_title: str
    parameters: str
    factory: Callable[[int], Detector]

    @property
    def library(self) -> str:
        """Package and version, such as "PyOD 3.6.7", read from metadata without importing it."""
        # A checkout that is put on the path has no metadata of its own.
        version = __version__ if self.distribution == "llmdas" else metadata.version(self.distribution)
        return f"{self.library_title} {version}"

    def make(self, seed: int) -> Detector:
        """Return a new, unfitted detector; the same seed and rows give the same scores."""
        return self.factory(seed)


_ENTRIES = (
    Entry(
        name="iforest",
        title="Isolation Forest",
        aliases=("IF", "IsolationForest", "i-forest"),
        distribution="pyod",
        library_title="PyOD",
        parameters="n_estimators=100, max_samples=min(256, n), max_features=1.0, bootstrap=False",
        factory=pyod.iforest,
    ),
    Entry(
        name="pca",
        title="Principal Component Analysis",
        aliases=("PrincipalComponentAnalysis", "principal components", "PCAD"),
        distribution="pyod",
        library_title="PyOD",
        parameters="all components with variance (n_components=numerical rank), weighted=True, standardization=True",
        factory=pyod.pca,
    ),
    Entry(
        name="ocsvm",
        title="One-Class SVM",
        aliases=("OneClassSVM", "1-class SVM", "one class support vector machine", "oc-svm"),
        distribution="pyod",
        library_title="PyOD",
        parameters="kernel=rbf, nu=0.5, gamma=1/d",
        factory=pyod.ocsvm,
    ),
    Entry(
        name="ecod",
        title="ECOD (Empirical Cumulative Distribution Functions for Outlier Detection)",
        aliases=("empirical cumulative outlier detection", "inductive ecod", "ecod inductive"),
        distribution="llmdas",
        library_title="llmdas",
        parameters="none; tail probabilities under the training rows alone",
        factory=lambda seed: InductiveECOD(),
    ),
    Entry(
        name="ecod-pyod",
        title="ECOD (PyOD's own)",
        aliases=("pyod ecod", "transductive ecod"),
        distribution="pyod",
        library_title="PyOD",
        parameters="none; tail probabilities under the training rows and the rows scored together",
        factory=pyod.ecod_pyod,
    ),
)


def names() -> tuple[str, ...]:
    """Return every detector's name, in the catalogue's order."""
    return tuple(entry.name for entry in _ENTRIES)


def lookup(name: str) -> Entry:
    """Return the entry of that name, title or alias; case, spaces, hyphens and underscores do not matter.

    Raises:
        DetectorError: there is no such detector; the message lists all and the remedy names the nearest.
    """
    known = _spellings()
    found = known.get(_plain(name))
    if found:
        return found
    near = difflib.get_close_matches(_plain(name), known, n=1, cutoff=0.6)
    raise DetectorError(
        f"There is no detector {name!r}; there are {', '.join(names())}.",
        f"Did you mean {known[near[0]].name}?" if near else "Name one of these.",
    )


def _spellings() -> dict[str, Entry]:
    return {_plain(word): entry for entry in _ENTRIES for word in (entry.name, entry.title, *entry.aliases)}


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())
