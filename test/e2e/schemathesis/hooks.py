# Bodies of lines, which Schemathesis cannot write and read by itself.
import json

import schemathesis

lines = ("application/x-ndjson", "application/ndjson", "application/jsonl")


@schemathesis.serializer(*lines)
def write(context, value):
    return value if isinstance(value, bytes) else str(value).encode("utf-8", "surrogatepass")


# Some are described as one text, some as a list of what the lines are.
@schemathesis.deserializer("application/x-ndjson")
def read(context, response):
    content = context.operation.definition.raw["responses"]["200"]["content"]
    if content["application/x-ndjson"]["schema"].get("type") == "string":
        return response.text
    return [json.loads(line) for line in response.text.split("\n") if line != ""]
