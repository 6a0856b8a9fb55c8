"""The policy as an LLM reads it: what may be used, compactly and in a stable order."""

from __future__ import annotations

import textwrap

from llmdas.permits import Permit
from llmdas.policy import Policy

_WIDTH = 160
_KINDS = (
    ("array", "On arrays"),
    ("generator", "On a numpy Generator"),
    ("ufunc", "On element-wise numpy functions (as in np.maximum.reduce)"),
    ("dtype", "On dtypes and np.finfo"),
    ("result", "On results of numpy.linalg and numpy.unique functions"),
    ("container", "On lists, dicts, sets and deques"),
    ("text", "On strings"),
    ("number", "On plain numbers"),
    ("distribution", "On distributions of scipy.stats"),
    ("density", "On scipy.stats.gaussian_kde"),
    ("tree", "On trees of scipy.spatial"),
    ("test", "On results of scipy.stats functions"),
    ("tensor", "On tensors, besides those of arrays that torch has as well"),
)
# What a reader cannot see from a list of permitted node classes; the second part holds the classes it speaks about.
_REFUSED_SYNTAX = (
    ("classes", {"ClassDef"}),
    ("async and await", {"AsyncFunctionDef", "Await"}),
    ("yield", {"Yield", "YieldFrom"}),
    ("match", {"Match"}),
    ("global and nonlocal", {"Global", "Nonlocal"}),
    ("except*", {"TryStar"}),
)
_ALWAYS_REFUSED = (
    "decorators",
    "star imports",
    "`except:` without a class",
    "assigning to an attribute (use a new array, not `x.shape = ...`)",
    "names that begin with two underscores",
    "non-ASCII names",
    "object arrays (`dtype=object`)",
    "text dtypes",
    "comments that silence checkers",
)


def policy_text(policy: Policy) -> str:
    """Render the policy for a prompt: modules with attributes, methods by kind of object, builtins, refused syntax.

    Names that the policy marks as rarely used are left out, to keep requests short. Equal policies give equal text.
    """
    parts = ["Modules, and what to use of them (`import numpy as np` and `from numpy import ...` both work):"]
    parts += [
        _listed(f"- `{name}`", _shown(module.permits))
        for name, module in sorted(policy.modules.items(), key=lambda item: (not item[0].startswith("numpy"), item[0]))
    ]
    parts.append("Attributes and methods, by kind of object; use no others:")
    known = dict(_KINDS)
    others = {permit.of: f"On objects of the kind {permit.of}" for permit in policy.attributes}
    for kind, title in {**known, **others, **known}.items():
        parts.append(_listed(f"- {title}", _shown(tuple(permit for permit in policy.attributes if permit.of == kind))))
    parts.append(_listed("Builtins", _shown(policy.builtins)))
    parts.append(_wrapped("Not permitted: " + "; ".join(_refused(policy)) + "."))
    return "\n".join(part for part in parts if part)


def _shown(permits: tuple[Permit, ...]) -> tuple[str, ...]:
    return tuple(sorted({name for permit in permits if permit.prompt for name in permit.names}))


def _refused(policy: Policy) -> tuple[str, ...]:
    permitted = policy.syntax_names
    return (*(words for words, nodes in _REFUSED_SYNTAX if not nodes & permitted), *_ALWAYS_REFUSED)


def _listed(title: str, names: tuple[str, ...]) -> str:
    return _wrapped(f"{title}: {', '.join(names)}") if names else ""


def _wrapped(line: str) -> str:
    return textwrap.fill(line, _WIDTH, subsequent_indent="  ", break_long_words=False, break_on_hyphens=False)
