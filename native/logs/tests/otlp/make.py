"""Writes the requests of the test `otlp`, by the Protocol Buffers of OpenTelemetry themselves: pip install opentelemetry-proto, then python make.py."""

from pathlib import Path

from google.protobuf.json_format import MessageToJson
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, ArrayValue, KeyValue, KeyValueList

START = 1_790_000_000_000_000_000
LINE = '10.0.0.1 - - [21/Sep/2026:14:00:00 +0000] "GET /lines/17 HTTP/1.1" 200 3 "-" "curl/8"'


def value(of):
    if isinstance(of, bool):
        return AnyValue(bool_value=of)
    if isinstance(of, int):
        return AnyValue(int_value=of)
    if isinstance(of, float):
        return AnyValue(double_value=of)
    if isinstance(of, list):
        return AnyValue(array_value=ArrayValue(values=map(value, of)))
    if isinstance(of, dict):
        return AnyValue(kvlist_value=KeyValueList(values=pairs(of)))
    return AnyValue(string_value=of)


def pairs(of):
    return [KeyValue(key=key, value=value(item)) for key, item in of.items()]


def write(name, request):
    folder = Path(__file__).parent
    (folder / f"{name}.pb").write_bytes(request.SerializeToString())
    (folder / f"{name}.json").write_text(MessageToJson(request) + "\n")


traces = ExportTraceServiceRequest()
group = traces.resource_spans.add()
group.resource.attributes.extend(pairs({"service.name": "checkout", "host.name": "node-7", "process.pid": 7}))
scope = group.scope_spans.add()
scope.scope.name = "io.opentelemetry.tomcat-10.0"
NEW = {
    "http.request.method": "POST",
    "url.path": "/orders/17",
    "url.query": "expand=lines",
    "url.scheme": "https",
    "http.route": "/orders/{id}",
    "http.response.status_code": 201,
    "server.address": "shop.example.com",
    "server.port": 8443,
    "client.address": "203.0.113.7",
    "user_agent.original": "curl/8",
    "network.protocol.version": "2",
    "http.request.body.size": 512,
    "http.response.body.size": 64,
    "http.request.header.content-type": ["application/json"],
    "http.response.header.content-type": ["application/json"],
    "code.function": "OrderController.post",
    "status": 500,
    "path": "/never",
    "deep": {"er": {"still": [1, {"x": "y"}]}},
}
OLD = {
    "http.method": "GET",
    "http.target": "/carts/9?full=1",
    "http.url": "http://ignored.example/other",
    "http.host": "old.example.com:8080",
    "http.scheme": "http",
    "http.status_code": 404,
    "http.flavor": "1.1",
    "http.user_agent": "okhttp/4",
    "http.client_ip": "203.0.113.9",
    "net.host.name": "10.1.2.3",
    "net.host.port": 8080,
    "http.request_content_length": 5,
    "http.response_content_length": 6,
    "http.request.header.x_api_key": ["k"],
}
SPANS = [
    (2, NEW),
    (2, OLD),
    (2, {"http.request.method": "GET", "url.path": "/of/a/name"}),
    (2, {"http.request.method": "GET", "url.path": "/v6", "server.address": "2001:db8::1", "server.port": 80}),
    (2, {"http.request.method": "_OTHER", "http.request.method_original": "PURGE", "url.full": "https://cdn.example.com/a?b=c"}),
    (3, {"http.request.method": "GET", "url.full": "https://api.partner.example/x"}),
    (1, {"code.function": "main"}),
    (2, {"rpc.system": "grpc", "rpc.service": "Cart"}),
    (2, {"http.request.method": "GET"}),
    (2, {"http.request.method": "GET", "url.path": "/", "http.response.status_code": 70000}),
]
for index, (kind, attributes) in enumerate(SPANS):
    span = scope.spans.add()
    span.trace_id = bytes(range(16))
    span.span_id = bytes(range(8))
    span.name = "a span"
    span.kind = kind
    span.start_time_unix_nano = START + index * 1_000_000_000
    span.end_time_unix_nano = span.start_time_unix_nano + 12_500_000
    span.attributes.extend(pairs(attributes))
    event = span.events.add()
    event.name = "exception"
    event.attributes.extend(pairs({"http.method": "NEVER"}))
write("traces", traces)

logs = ExportLogsServiceRequest()
group = logs.resource_logs.add()
group.resource.attributes.extend(pairs({"service.name": "edge"}))
scope = group.scope_logs.add()
RECORDS = [
    (LINE, {"log.file.name": "access.log"}),
    ('{"method":"GET","uri":"/json/17","status":200,"host":"json.example.com"}', {}),
    ("anything", {"request_method": "GET", "request_uri": "/attributes/17?a=1", "status": 200, "request_time": 0.25, "http_host": "nginx.example.com"}),
    ({"request": {"method": "PUT", "uri": "/map/17"}, "response": {"status": 204}}, {}),
    (None, {"http.request.method": "GET", "url.path": "/events/17", "server.address": "events.example.com"}),
    ("Started in 3.2 seconds", {"logger": "main"}),
    ({"level": "info"}, {}),
]
for index, (body, attributes) in enumerate(RECORDS):
    record = scope.log_records.add()
    record.observed_time_unix_nano = START + index * 1_000_000_000
    if body is not None:
        record.body.CopyFrom(value(body))
    record.attributes.extend(pairs(attributes))
write("logs", logs)
