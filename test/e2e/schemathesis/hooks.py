# Bodies of lines, which Schemathesis cannot write by itself: the schema says that they are text.
import schemathesis

lines = ("application/x-ndjson", "application/ndjson", "application/jsonl")


@schemathesis.serializer(*lines)
def write(context, value):
    return value if isinstance(value, bytes) else str(value).encode("utf-8", "surrogatepass")


@schemathesis.deserializer("application/x-ndjson")
def read(context, response):
    return response.text
