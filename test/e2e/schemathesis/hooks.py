# Bodies of lines, which Schemathesis can neither write nor read by itself: a schema of what is sent says that it is text, one of what is answered has the lines as a list.
import json

import schemathesis

lines = ("application/x-ndjson", "application/ndjson", "application/jsonl")


@schemathesis.serializer(*lines)
def write(context, value):
    return value if isinstance(value, bytes) else str(value).encode("utf-8", "surrogatepass")


@schemathesis.deserializer("application/x-ndjson")
def read(context, response):
    return [json.loads(line) for line in response.text.split("\n") if line]
