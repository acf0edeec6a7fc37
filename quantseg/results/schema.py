"""The JSON Schema of ``measurements.json``, made from its models; ``python -m quantseg.results.schema`` writes it."""

from __future__ import annotations

import json
import re
from pathlib import Path

from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from quantseg.results.document import CaseDocument

SCHEMA_FILE = Path(__file__).with_name("measurements.schema.json")

_LINE_LENGTH = 100
_ATTRIBUTE = re.compile(r"^    (\w+): ((?:.+)(?:\n {5,}.+)*)", re.MULTILINE)


def schema_bytes() -> bytes:
    """Return the content of the schema's file."""
    schema = CaseDocument.model_json_schema(schema_generator=_DescribedSchema)
    return (_text({"$schema": GenerateJsonSchema.schema_dialect, **schema}) + "\n").encode()


class _DescribedSchema(GenerateJsonSchema):
    """Takes the description of each field from its line in the docstring of the class."""

    def model_schema(self, schema: core_schema.ModelSchema) -> JsonSchemaValue:
        aliases = {name: field.alias or name for name, field in schema["cls"].model_fields.items()}
        return _described(super().model_schema(schema), aliases)

    def dataclass_schema(self, schema: core_schema.DataclassSchema) -> JsonSchemaValue:
        return _described(super().dataclass_schema(schema), {})

    def field_title_should_be_set(self, schema: object) -> bool:
        """A title that is the field's name with blanks tells nothing."""
        del schema
        return False


def _described(found: JsonSchemaValue, aliases: dict[str, str]) -> JsonSchemaValue:
    text, _, attributes = str(found.get("description", "")).replace("``", "").partition("\n\nAttributes:\n")
    found["description"] = " ".join(text.split())
    for name, words in _ATTRIBUTE.findall(attributes):
        field = found["properties"][aliases.get(name, name)]
        found["properties"][aliases.get(name, name)] = {"description": " ".join(words.split()), **field}
    return found


def _text(value: object, margin: str = "") -> str:
    """Return JSON in which whatever fits on a line stands on one."""
    line = json.dumps(value, ensure_ascii=False)
    if len(margin + line) <= _LINE_LENGTH or not isinstance(value, dict):
        return line
    rows = (f"{margin}  {json.dumps(key)}: {_text(one, margin + '  ')}" for key, one in value.items())
    return "{\n" + ",\n".join(rows) + f"\n{margin}}}"


if __name__ == "__main__":
    SCHEMA_FILE.write_bytes(schema_bytes())
