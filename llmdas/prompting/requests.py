"""The two requests of the method: describe the detector, then write a program (arXiv 2510.03904)."""

from __future__ import annotations

from dataclasses import dataclass

import yaml

from llmdas.contract import Contract
from llmdas.detectors.catalogue import Entry
from llmdas.errors import ResourceError
from llmdas.policy import Policy
from llmdas.policy_text import policy_text
from llmdas.prompting.templates import Prompt, load_template
from llmdas.resources import resource


@dataclass(frozen=True, slots=True)
class Aim:
    """The blind spot that one of several programs is asked to take."""

    name: str
    text: str


def load_aims() -> tuple[Aim, ...]:
    """Read ``prompts/aims.yaml``: the aims in the order in which programs take them.

    Raises:
        ResourceError: the file does not load or names no aim.
    """
    try:
        raw = yaml.safe_load(resource("prompts/aims.yaml").read_text(encoding="utf-8"))
        aims = tuple(Aim(entry["name"], entry["text"].strip()) for entry in raw["aims"])
    except (yaml.YAMLError, KeyError, TypeError, AttributeError) as error:
        raise ResourceError(f"The file prompts/aims.yaml does not load: {error}.", "Restore the file.") from error
    if not aims:
        raise ResourceError("The file prompts/aims.yaml names no aim.", "Restore the file.")
    return aims


def system_prompt() -> Prompt:
    """The system message of every conversation."""
    return load_template("system").render()


def description_prompt(detector: Entry) -> Prompt:
    """Ask how a detector works and what it misses; names the detector and its settings, nothing about any data."""
    return load_template("description").render(
        title=detector.title, library=detector.library_title, parameters=detector.parameters
    )


def program_prompt(detector: Entry, description: str, aim: Aim, contract: Contract, policy: Policy) -> Prompt:
    """Ask for a program: what is asked is rendered from the same contract and policy that will judge it."""
    return load_template("program").render(
        title=detector.title,
        description=description,
        aim_name=aim.name,
        aim=aim.text,
        signature=contract.signature,
        function=contract.function,
        parameters=contract.parameters,
        returns=contract.returns,
        notes=contract.notes,
        policy=policy_text(policy.under(contract)),
    )
