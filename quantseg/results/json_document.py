"""What QuantSeg's JSON files have in common: one model of each writes it, reads it back and describes it."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Annotated, Any, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, JsonValue, StringConstraints, WithJsonSchema


def _finite(value: object) -> object:
    """JSON has no word for infinity or "not a number"."""
    return None if isinstance(value, float) and not math.isfinite(value) else value


Fact = Annotated[str | int | float | bool | None, BeforeValidator(_finite)]
"""Provenance as a plain value; null where a number is infinite or none at all."""
Number = Annotated[int | float, WithJsonSchema({"type": "number"})]
"""With as many decimals as it was written with: 12 and 12.0 are two texts."""
FrameNumber = Annotated[int, Field(ge=1)]
"""As the input counts its frames, from 1."""
PlainValues = dict[str, JsonValue]
"""What is only repeated, such as options, whatever they are."""
Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
"""Hexadecimal digits."""


def is_empty(value: object) -> bool:
    """Tell whether a field is left out, as ``exclude_if`` of pydantic asks."""
    return not value


class JsonPart(BaseModel):
    """Part of a document; a field that it does not know is a mistake of whoever writes it."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, serialize_by_alias=True)


class JsonDocument(JsonPart):
    """A whole file, or the same text in an attribute of a scene's node."""

    @classmethod
    def from_json(cls, text: str | bytes) -> Self:
        """Read a document; what a later version may have added to it is left out.

        Raises:
            ValueError: it is damaged, or another kind of document.
        """
        return cls.model_validate_json(text, extra="ignore")

    def to_json(self) -> str:
        """Return the document in one line; equal documents give equal texts."""
        return json.dumps(self.model_dump(mode="json"), ensure_ascii=False, allow_nan=False)

    def to_bytes(self) -> bytes:
        """Return the content of a file; equal documents give equal bytes."""
        return json_bytes(self.model_dump(mode="json"))


def json_bytes(values: Mapping[str, Any]) -> bytes:  # Whatever JSON can hold.
    """Return JSON values as the content of a file."""
    return (json.dumps(values, indent=2, ensure_ascii=False, allow_nan=False) + "\n").encode()
