//! Templates as the authors of configurations write and paste them.

use std::sync::Arc;

use tapistry_logs::{Format, Scratch, Template, parse_line};

fn told(template: &str, line: &str) -> String {
    let template = match Template::compile(template) {
        Ok(template) => Arc::new(template),
        Err(error) => return error,
    };
    match parse_line(Format::Custom, line.as_bytes(), &mut Scratch::with_template(template)) {
        Ok(record) => format!("{} {} {}", record.method, String::from_utf8_lossy(&record.path), record.status),
        Err(rejection) => rejection.name().to_owned(),
    }
}

#[test]
fn pasted_in_every_way() {
    let clf = r#"1.2.3.4 - - [10/Oct/2000:13:55:36 -0700] "GET /a HTTP/1.1" 200"#;
    let cases = [
        // The format alone, and the directive around it.
        (r#"$remote_addr - $remote_user [$time_local] "$request" $status"#, clf),
        (r#"log_format main '$remote_addr - $remote_user [$time_local] ' '"$request" $status';"#, clf),
        ("log_format main escape=json '$remote_addr - $remote_user [$time_local] '\n    '\"$request\" $status';", clf),
        (r#"log_format main "$remote_addr - $remote_user [$time_local] \"$request\" $status";"#, clf),
        (r#"${remote_addr} - ${remote_user} [${time_local}] "${request}" ${status}"#, clf),
        (r#"%h %l %u %t "%r" %>s"#, clf),
        (r#"LogFormat "%h %l %u %t \"%r\" %>s" common"#, clf),
        (r#""%h %l %u %t \"%r\" %>s""#, clf),
        // HAProxy's own escapes of a space.
        (r#"log-format "%ci %ft - %t %{+Q}r %ST""#, r#"1.2.3.4 a~ - 10/Oct/2000:13:55:36.250 "GET /a HTTP/1.1" 200"#),
        (r#"log-format %ci\ %{+Q}r\ %ST"#, r#"1.2.3.4 "GET /a HTTP/1.1" 200"#),
        (r#"%{+Q}o %ci %r %ST"#, r#""1.2.3.4" "GET /a HTTP/1.1" "200""#),
        (r#"%[src] %[method] %[path] %[status]"#, "1.2.3.4 GET /a 200"),
        // Parts of a URL, with what is between them or without.
        ("$method $scheme://$host$request_uri $status", "GET https://a.example/a?b 200"),
        ("$method $uri$is_args$args $status", "GET /a?b=1 200"),
        ("%m %U%q %s", "GET /a?b=1 200"),
        ("%HM %HP%HQ %ST %ci", "GET /a?b=1 200 1.2.3.4"),
        ("$host:$server_port $method $path $status", "a.example:81 GET /a 200"),
        ("%v:%p %m %U %s", "a.example:81 GET /a 200"),
        // A percent sign and a dollar sign that are themselves.
        ("100%% %m %U %s", "100% GET /a 200"),
        ("5$ $method $path $status", "5$ GET /a 200"),
        // Names that mean nothing are passed over.
        ("$my_variable $method $path $other$more $status", "x GET /a y 200"),
        ("%REQ(:METHOD)% %REQ_WITHOUT_QUERY(X-ENVOY-ORIGINAL-PATH?:PATH)% %RESPONSE_CODE% %DURATION%\\n", "GET /a 200 5"),
        ("%START_TIME(%Y-%m-%dT%H:%M:%S%z)% %REQ(:METHOD)% %REQ(:PATH):20% %RESPONSE_CODE%", "2000-10-10T20:55:36+0000 GET /a 200"),
    ];
    for (template, line) in cases {
        assert_eq!(told(template, line), "GET /a 200", "{template}");
    }
}

#[test]
fn hostile_values_stay_in_their_fields() {
    let template = r#"$remote_addr - $remote_user [$time_local] "$request" "$http_user_agent" $status"#;
    let line = |user: &str, agent: &str| format!(r#"1.2.3.4 - {user} [10/Oct/2000:13:55:36 -0700] "GET /a HTTP/1.1" "{agent}" 200"#);
    for (user, agent) in [("x [y", "-"), ("x] [", "-"), ("-", r#"\" 500 \""#), ("-", r#"\\"#), ("-", r#"a"b"#)] {
        assert_eq!(told(template, &line(user, agent)), "GET /a 200", "{user} {agent}");
    }
}

#[test]
fn errors_say_what_is_wrong_and_what_is_allowed() {
    let cases = [
        ("$remote_addr $status", "the format names $remote_addr, $status, but no request: it needs $request, or $method and $path"),
        ("%h %>s", "the format names %h, %>s, but no request: it needs %r, or %m and %U%q"),
        ("%ci %ST", "but no request: it needs %r, or %HM and %HU"),
        ("%RESPONSE_CODE%", "but no request: it needs %REQ(:METHOD)% and %REQ(:PATH)%"),
        ("combined", "the format names no field, but no request"),
        ("$method$path", "nothing stands between $method and $path"),
        ("%m%U", "nothing stands between %m and %U"),
        (r#""%r" %z"#, "%z is no directive of Apache's LogFormat"),
        (r#""%r" %"#, "is no directive of Apache's LogFormat"),
        (r#""%r" %{Referer"#, "%{Referer has no closing brace"),
        (r#"%ci %{+Q"#, "has no closing brace"),
        ("%ci %[src", "has no closing bracket"),
        ("%ci %", "is no variable of HAProxy's log-format"),
        ("%PROTOCOL% %REQ(:METHOD", "has no closing %"),
    ];
    for (template, expected) in cases {
        let error = told(template, "");
        assert!(error.contains(expected) && !error.contains('\n'), "{template}: {error}");
    }
    assert!(told(&"$a ".repeat(4000), "").contains("of at most 8192"));
}
