//! JSON access logs of the products that people run.

use tapistry_logs::{Format, Scratch, parse_line, sniff};

fn shown(line: &str) -> String {
    let record = match parse_line(Format::JsonAccess, line.as_bytes(), &mut Scratch::default()) {
        Ok(record) => record,
        Err(rejection) => return rejection.name().to_owned(),
    };
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let mut out = vec![record.method.to_string(), text(&record.path), record.status.to_string()];
    out.extend(record.time_ns.iter().map(|time_ns| format!("t={}", time_ns / 1_000_000)));
    out.extend(record.query.iter().map(|query| format!("?{}", text(query))));
    out.extend(record.scheme.iter().map(|scheme| format!("{scheme}:")));
    out.extend(record.host.iter().map(|host| format!("host={host}")));
    out.extend(record.client.iter().map(|client| format!("client={}", text(client))));
    out.extend(record.request_bytes.iter().map(|size| format!("in={size}")));
    out.extend(record.response_bytes.iter().map(|size| format!("out={size}")));
    out.extend(record.duration_ms.iter().map(|duration| format!("ms={}", (duration * 1e6).round() / 1e6)));
    out.extend(record.user.then(|| "user".to_owned()));
    out.extend(record.user_agent.iter().map(|agent| format!("user-agent={}", text(agent))));
    out.extend(record.request_fields.iter().map(|(name, value)| format!("{name}={}", text(value))));
    out.extend(record.response_fields.iter().map(|(name, value)| format!("<{name}={}", text(value))));
    out.join(" ")
}

#[test]
fn products() {
    let cases = [
        (
            "nginx, every usual variable",
            r#"{"time_iso8601":"2000-10-10T20:55:36+00:00","remote_addr":"1.2.3.4","remote_user":"","request":"GET /a%20b?x=1 HTTP/1.1","uri":"/a b","status":"200","body_bytes_sent":"12","request_time":"0.015","http_user_agent":"curl","http_x_api_key":"k","sent_http_x_y":"z","host":"api.example"}"#,
            "GET /a%20b 200 t=971211336000 ?x=1 host=api.example client=1.2.3.4 out=12 ms=15 user-agent=curl x-api-key=k <x-y=z",
        ),
        (
            "nginx, one key each, method first",
            r#"{"msec":"971211336.123","request_method":"POST","request_uri":"/a?b","args":"b","status":201,"http_host":"h","server_name":"_","request_length":361}"#,
            "POST /a 201 t=971211336123 ?b host=h in=361",
        ),
        (
            "Apache",
            r#"{"time":"10/Oct/2000:13:55:36 -0700","clientip":"1.2.3.4","user":"bob","verb":"GET","url":"/x","query":"?a=1","status":304,"duration_us":1500}"#,
            "GET /x 304 t=971211336000 ?a=1 client=1.2.3.4 ms=1.5 user",
        ),
        (
            "Caddy",
            r#"{"level":"info","ts":971211336.5,"logger":"http.log.access","msg":"handled request","request":{"remote_ip":"127.0.0.1","remote_port":"41342","client_ip":"9.9.9.9","proto":"HTTP/2.0","method":"GET","host":"localhost","uri":"/a?b=1","headers":{"User-Agent":["curl"],"Accept":["*/*","x"]},"tls":{"resumed":false}},"bytes_read":0,"user_id":"","duration":0.5,"size":10,"status":200,"resp_headers":{"Server":["Caddy"]}}"#,
            "GET /a 200 t=971211336500 ?b=1 host=localhost client=9.9.9.9 in=0 out=10 ms=500 user-agent=curl accept=*/* accept=x <server=Caddy",
        ),
        (
            "Traefik",
            r#"{"ClientAddr":"10.0.0.1:4444","ClientHost":"10.0.0.1","ClientUsername":"-","DownstreamContentSize":5,"DownstreamStatus":200,"Duration":1500000,"OriginStatus":500,"RequestAddr":"api.example","RequestContentSize":0,"RequestHost":"api.example","RequestMethod":"GET","RequestPath":"/p?q=1\u0026r=2","RequestScheme":"https","StartUTC":"2000-10-10T20:55:36Z","request_X-Api-Key":"k","downstream_Content-Type":"text/plain","time":"2001-01-01T00:00:00Z"}"#,
            "GET /p 200 t=971211336000 ?q=1&r=2 https: host=api.example client=10.0.0.1 in=0 out=5 ms=1.5 x-api-key=k <content-type=text/plain",
        ),
        (
            "Envoy",
            r#"{"start_time":"2000-10-10T20:55:36.001Z","method":"GET","path":"/p?q","response_code":200,"response_flags":"-","bytes_received":0,"bytes_sent":1607,"duration":106,"upstream_service_time":"54","x_forwarded_for":"-","user_agent":"node","authority":"r.example","downstream_remote_address":"[::1]:5000"}"#,
            "GET /p 200 t=971211336001 ?q host=r.example client=::1 in=0 out=1607 ms=106 user-agent=node",
        ),
        (
            "Kong",
            r#"{"request":{"method":"GET","uri":"/get?a=1","url":"http://h.example:8000/get?a=1","size":"75","querystring":{"a":"1"},"headers":{"host":"h.example:8000"}},"response":{"status":200,"size":"434","headers":{"content-type":"application/json"}},"latencies":{"request":515,"kong":58,"proxy":457},"client_ip":"127.0.0.1","started_at":971211336500,"authenticated_entity":{"id":"x"}}"#,
            "GET /get 200 t=971211336500 ?a=1 client=127.0.0.1 in=75 out=434 ms=515 user host=h.example:8000 <content-type=application/json",
        ),
        (
            "Google Cloud",
            r#"{"httpRequest":{"requestMethod":"GET","requestUrl":"https://h.example/p?q=1","status":200,"responseSize":"10","userAgent":"x","remoteIp":"1.2.3.4","latency":"0.023s"},"timestamp":"2000-10-10T20:55:36Z"}"#,
            "GET /p 200 t=971211336000 ?q=1 https: host=h.example client=1.2.3.4 out=10 ms=23 user-agent=x",
        ),
        (
            "AWS API gateway",
            r#"{"requestId":"x","ip":"1.2.3.4","requestTime":"10/Oct/2000:20:55:36 +0000","httpMethod":"GET","routeKey":"$default","path":"/p","status":"200","responseLength":"7","responseLatency":12,"requestTimeEpoch":971211336000,"domainName":"h.example"}"#,
            "GET /p 200 t=971211336000 host=h.example client=1.2.3.4 out=7 ms=12",
        ),
        (
            "AWS load balancer",
            r#"{"client_ip":"1.2.3.4","time":"2000-10-10T20:55:36.5Z","request_verb":"GET","request_url":"https://h.example:443/p?a","elb_status_code":200,"target_status_code":500,"sent_bytes":9,"received_bytes":3}"#,
            "GET /p 200 t=971211336500 ?a https: host=h.example:443 client=1.2.3.4 in=3 out=9",
        ),
        (
            "ECS, with dots and nested",
            r#"{"@timestamp":"2000-10-10T20:55:36Z","http.request.method":"GET","http":{"response":{"status_code":404,"body":{"bytes":3}}},"url":{"path":"/p","query":"a=1","domain":"h.example"},"source.ip":"1.2.3.4","event.duration":1500000,"user_agent":{"original":"x"},"host":{"name":"shipper"}}"#,
            "GET /p 404 t=971211336000 ?a=1 host=h.example client=1.2.3.4 out=3 ms=1.5 user-agent=x",
        ),
        (
            "HAProxy",
            r#"{"time":"2000-10-10T20:55:36Z","client_ip":"1.2.3.4","http_method":"GET","http_uri":"/p?a","http_status":200,"bytes_read":10,"Ta":15}"#,
            "GET /p 200 t=971211336000 ?a client=1.2.3.4 in=10 ms=15",
        ),
    ];
    for (product, line, expected) in cases {
        assert_eq!(shown(line), expected, "{product}");
        assert_eq!(sniff(line.as_bytes()), Some(Format::JsonAccess), "{product}");
    }
}

#[test]
fn rejections() {
    let cases = [
        (r#"{"level":"info","msg":"started"}"#, "method_missing"),
        (r#"{"method":"GET"}"#, "path_missing"),
        (r#"{"method":"G T","path":"/"}"#, "method_bad"),
        (r#"{"method":"GET","path":"x"}"#, "path_bad"),
        (r#"{"method":"GET","path":"/","status":"abc"}"#, "status_bad"),
        (r#"{"request":"\u0016\u0003","status":400}"#, "not_http"),
        (r#"{"method":"GET","path":"/""#, "not_json"),
        (r#"{"method":"GET","path":"/"} x"#, "not_json"),
        (r#"[1]"#, "not_object"),
        (r#"hello"#, "not_json"),
    ];
    for (line, expected) in cases {
        assert_eq!(shown(line), expected, "{line}");
    }
    let deep = format!(r#"{{"method":"GET","path":"/","x":{}}}"#, "[".repeat(500));
    assert_eq!(shown(&deep), "too_deep");
}

#[test]
fn a_line_does_not_depend_on_the_one_before() {
    let lines = [
        r#"{"method":"GET","path":"/a","host":"h"}"#,
        r#"{"host":"h","path":"/a","method":"GET"}"#,
        r#"{"url":{"path":"/a"},"http":{"request":{"method":"GET"}}}"#,
    ];
    let mut scratch = Scratch::default();
    for _ in 0..2 {
        for line in lines {
            let record = parse_line(Format::JsonAccess, line.as_bytes(), &mut scratch).unwrap();
            assert_eq!((&*record.method, &*record.path), ("GET", &b"/a"[..]));
            scratch.recycle(record);
        }
    }
}
