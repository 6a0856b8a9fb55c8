"""Prompt templates: versioned files in ``prompts/`` with a header (id, version, variables) and a body."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import yaml
from jinja2 import Environment, StrictUndefined, TemplateError
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from llmdas.digest import sha256
from llmdas.errors import ResourceError
from llmdas.resources import resource

# Prompts are plain text for an LLM, not HTML: autoescaping would change the code that they show.
_ENVIRONMENT = Environment(
    undefined=StrictUndefined,
    autoescape=False,  # noqa: S701 - see above; nothing rendered here reaches a browser
    trim_blocks=True,
    lstrip_blocks=True,
)


class Header(BaseModel):
    """What a prompt file says about itself."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    version: int = Field(ge=1)
    variables: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Prompt:
    """A rendered prompt.

    Attributes:
        id: the template's id.
        version: the template's version.
        text: what is sent.
        template: digest of the template file.
    """

    id: str
    version: int
    text: str
    template: str


@dataclass(frozen=True, slots=True)
class Template:
    """A prompt file, read and checked."""

    header: Header
    body: str
    digest: str

    def render(self, **values: Any) -> Prompt:
        """Fill in the body.

        Raises:
            ResourceError: the given names are not exactly the declared variables, or the body does not render.
        """
        if set(values) != set(self.header.variables):
            wrong = sorted(set(values) ^ set(self.header.variables))
            raise ResourceError(f"The prompt {self.header.id} has other variables than given: {', '.join(wrong)}.")
        try:
            text = _ENVIRONMENT.from_string(self.body).render(**values)
        except TemplateError as error:
            raise ResourceError(f"The prompt {self.header.id} does not render: {error}.") from error
        return Prompt(self.header.id, self.header.version, text.strip() + "\n", self.digest)


def load_template(name: str) -> Template:
    """Read ``prompts/<name>.md``.

    Raises:
        ResourceError: no such file, or its header is missing or malformed.
    """
    path = resource(f"prompts/{name}.md")
    raw = path.read_bytes()
    try:
        _, head, body = raw.decode().split("---\n", 2)
        header = Header.model_validate(yaml.safe_load(head))
    except (ValueError, yaml.YAMLError, ValidationError) as error:
        raise ResourceError(f"The prompt {path.name} has no valid header: {error}.", "Restore the file.") from error
    return Template(header, body, sha256(raw))
