//! Which header fields belong to the protocol and its infrastructure, not to an API.

/// Whether a header (lower-case name) is standard or infrastructure, so that it is no parameter of an API.
pub fn is_standard_field(name: &[u8]) -> bool {
    let Some(first) = name.first() else { return true };
    if *first == b':' {
        return true;
    }
    // Names of an API's own are mostly `x-…` or begin with a letter of few names here.
    let from = usize::from(FIRST_NAME[usize::from(*first)]);
    NAMES[from..].iter().take_while(|known| known[0] == *first).any(|known| *known == name)
        || PREFIXES.iter().any(|prefix| prefix[0] == *first && name.starts_with(prefix))
}

/// Where the names begin that start with a byte, as far as there are any.
static FIRST_NAME: [u8; 256] = {
    let mut table = [0; 256];
    let mut name = NAMES.len();
    while name > 0 {
        name -= 1;
        table[NAMES[name][0] as usize] = name as u8;
    }
    table
};

/// Families of names.
const PREFIXES: &[&[u8]] = &[
    b"access-control-",
    b"cf-",
    b"cdn-",
    b"cloudfront-",
    b"fastly-",
    b"if-",
    b"sec-",
    b"x-akamai-",
    b"x-amzn-trace",
    b"x-b3-",
    b"x-cloud-trace",
    b"x-datadog-",
    b"x-envoy-",
    b"x-forwarded-",
    b"x-istio-",
    b"x-kong-",
    b"x-original-",
    b"x-real-",
    b"x-vercel-",
    b"ot-",
    b"uber-",
];

/// Registered fields (IANA) that requests carry, tracing, proxies. Sorted.
const NAMES: &[&[u8]] = &[
    b"a-im",
    b"accept",
    b"accept-charset",
    b"accept-datetime",
    b"accept-encoding",
    b"accept-language",
    b"akamai-origin-hop",
    b"alt-svc",
    b"alt-used",
    b"authorization",
    b"b3",
    b"baggage",
    b"cache-control",
    b"client-ip",
    b"connection",
    b"content-digest",
    b"content-disposition",
    b"content-encoding",
    b"content-language",
    b"content-length",
    b"content-location",
    b"content-md5",
    b"content-range",
    b"content-type",
    b"cookie",
    b"correlation-context",
    b"date",
    b"device-memory",
    b"digest",
    b"dnt",
    b"downlink",
    b"early-data",
    b"ect",
    b"elastic-apm-traceparent",
    b"expect",
    b"forwarded",
    b"from",
    b"front-end-https",
    b"grpc-accept-encoding",
    b"grpc-encoding",
    b"grpc-timeout",
    b"grpc-trace-bin",
    b"host",
    b"http2-settings",
    b"keep-alive",
    b"last-event-id",
    b"last-modified",
    b"max-forwards",
    b"newrelic",
    b"origin",
    b"pragma",
    b"prefer",
    b"priority",
    b"proxy-authorization",
    b"proxy-connection",
    b"range",
    b"referer",
    b"request-context",
    b"request-id",
    b"rtt",
    b"save-data",
    b"sentry-trace",
    b"service-worker",
    b"te",
    b"trace-id",
    b"traceparent",
    b"tracestate",
    b"trailer",
    b"transfer-encoding",
    b"true-client-ip",
    b"upgrade",
    b"upgrade-insecure-requests",
    b"user-agent",
    b"via",
    b"viewport-width",
    b"want-content-digest",
    b"want-digest",
    b"warning",
    b"width",
    b"x-att-deviceid",
    b"x-client-ip",
    b"x-cluster-client-ip",
    b"x-correlation-id",
    b"x-csrf-token",
    b"x-http-method-override",
    b"x-instana-l",
    b"x-instana-s",
    b"x-instana-t",
    b"x-newrelic-id",
    b"x-newrelic-transaction",
    b"x-ot-span-context",
    b"x-proxyuser-ip",
    b"x-request-id",
    b"x-request-start",
    b"x-requested-with",
    b"x-scheme",
    b"x-trace-id",
    b"x-wap-profile",
    b"x-xsrf-token",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_sorted() {
        assert!(NAMES.is_sorted());
    }

    #[test]
    fn cases() {
        for name in ["host", "x-forwarded-for", "sec-fetch-mode", "traceparent", ":authority", "if-none-match", "x-request-id", ""] {
            assert!(is_standard_field(name.as_bytes()), "{name}");
        }
        for name in ["x-tenant", "idempotency-key", "stripe-version", "x-api-version", "tenant"] {
            assert!(!is_standard_field(name.as_bytes()), "{name}");
        }
    }
}
