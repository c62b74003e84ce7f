use super::*;
use crate::Limits;
use crate::cookies::digest_cookies;
use crate::dump::outline;
use crate::hash::KeyedHash;
use crate::query::digest_query;

/// Digests one body (or, with the type `query` or `cookie`, one of these) and gives the outline and the weirds.
fn digest(content_type: &str, text: &str, whole: bool) -> (Vec<String>, Vec<&'static str>) {
    let (hash, limits) = (KeyedHash::new(&[7; 16]), Limits::default());
    let mut node = Node::default();
    let mut cx = Cx::new(&hash, &limits);
    match content_type {
        "query" => digest_query(text.as_bytes(), &mut node, &mut cx),
        "cookie" => digest_cookies([text.as_bytes()], &mut node, &mut cx),
        _ => digest_body(media_kind(content_type.as_bytes()).1, content_type.as_bytes(), text.as_bytes(), whole, &mut node, &mut cx),
    }
    (outline(&node), cx.weirds.iter().map(|weird| weird.name()).collect())
}

/// Content type, text, whether it is whole, outline, weirds.
type Row<'a> = (&'a str, &'a str, bool, &'a [&'a str], &'a [&'a str]);

fn check(rows: &[Row]) {
    for (content_type, text, whole, expected, weirds) in rows {
        let (outline, found) = digest(content_type, text, *whole);
        assert_eq!(outline, *expected, "{content_type}: {text}");
        assert_eq!(found, *weirds, "{content_type}: {text}");
    }
}

#[test]
fn queries() {
    check(&[
        ("query", "", true, &["$ 1 object=1"], &[]),
        ("query", "page=2&q=red+shoes%21", true, &["$ 1 object=1", "$.page 1 integer=1 value=2..2", "$.q 1 string=1 length=10..10"], &[]),
        (
            "query",
            "flag&empty=&&=x",
            true,
            &["$ 1 object=1", "$.empty 1 string=1 length=0..0", "$.flag 1 string=1 length=0..0", "$.{other} 1 string=1 length=1..1"],
            &[],
        ),
        (
            "query",
            "id=1&id=2&page=1",
            true,
            &["$ 1 object=1", "$.id 1 array=1 items=2..2", "$.id[] 2 integer=2 value=1..2", "$.page 1 integer=1 value=1..1"],
            &[],
        ),
        ("query", "id[]=1", true, &["$ 1 object=1", "$.id 1 array=1 items=1..1", "$.id[] 1 integer=1 value=1..1"], &[]),
        ("query", "id%5B0%5D=1.5&id%5B1%5D=true", true, &["$ 1 object=1", "$.id 1 array=1 items=2..2", "$.id[] 2 boolean=1 number=1 value=1.5..1.5"], &[]),
        (
            "query",
            "filter[status]=open&filter[owner][name]=x",
            true,
            &["$ 1 object=1", "$.filter 1 object=1", "$.filter.owner 1 string=1 length=1..1", "$.filter.status 1 string=1 length=4..4"],
            &[],
        ),
        (
            "query",
            "n=007&m=123456789012345678901&e=1e5&z=-5&y=%zz",
            true,
            &[
                "$ 1 object=1",
                "$.e 1 string=1 length=3..3",
                "$.m 1 string=1 length=21..21 integer=1",
                "$.n 1 string=1 length=3..3",
                "$.y 1 string=1 length=3..3",
                "$.z 1 integer=1 value=-5..-5",
            ],
            &[],
        ),
    ]);
}

#[test]
fn forms() {
    let form = "application/x-www-form-urlencoded; charset=utf-8";
    check(&[
        (form, "name=x&count=3", true, &["$ 1 object=1", "$.count 1 integer=1 value=3..3", "$.name 1 string=1 length=1..1"], &[]),
        (form, "name=x&count=3", false, &["$ 0", "$.name 1 string=1 length=1..1"], &["digest.truncated"]),
        (form, "{\"count\": 3}", true, &["$ 1 object=1", "$.count 1 integer=1 value=3..3"], &[]),
    ]);
}

#[test]
fn cookies() {
    check(&[("cookie", "theme=dark; lang=en;theme=light;; id", true, &["$ 1 object=1", "$.id 1 string=1", "$.lang 1 string=1", "$.theme 2 string=2"], &[])]);
}

#[test]
fn lines() {
    check(&[
        ("application/x-ndjson", "{\"id\":1}\n\n{\"id\":2}\n", true, &["$ 1 array=1 items=2..2", "$[] 2 object=2", "$[].id 2 integer=2 value=1..2"], &[]),
        ("application/x-ndjson", "{\"id\":1}\n{\"id\":2", false, &["$ 0", "$[] 1 object=1", "$[].id 1 integer=1 value=1..1"], &["digest.truncated"]),
        ("application/json-seq", "\u{1e}1\n\u{1e}2\n", true, &["$ 1 array=1 items=2..2", "$[] 2 integer=2 value=1..2"], &[]),
        ("application/x-ndjson", "1\nbad\n2\n", true, &["$ 1 array=1 items=3..3", "$[] 2 integer=2 value=1..2"], &["digest.invalid"]),
    ]);
}

#[test]
fn events() {
    let two = &["$ 1 array=1 items=2..2", "$[] 2 object=2", "$[].id 2 integer=2 value=1..2"];
    check(&[
        ("text/event-stream", "data: {\"id\":1}\n\ndata:{\"id\":2}\n\n", true, two, &[]),
        ("text/event-stream", "\u{feff}: hello\r\nevent: a\r\ndata: {\"id\":1}\r\n\r\nid: 7\rdata: {\rdata: \"id\":2}\r\rretry: 10\n\n", true, two, &[]),
        ("text/event-stream", "data: {\"id\":1}\n\ndata: {\"id\":2", false, &["$ 0", "$[] 2 object=1", "$[].id 1 integer=1 value=1..1"], &["digest.truncated"]),
        ("text/event-stream", "data: 1\n\ndata: 2\n\ndatabase: 3\n\n", true, &["$ 1 array=1 items=2..2", "$[] 2 integer=2 value=1..2"], &[]),
    ]);
}

#[test]
fn texts_that_are_json_after_all() {
    check(&[
        ("", " {\"id\":1}", true, &["$ 1 object=1", "$.id 1 integer=1 value=1..1"], &[]),
        ("text/html", "[1]", true, &["$ 1 array=1 items=1..1", "$[] 1 integer=1 value=1..1"], &[]),
        ("text/plain", "{hello}", true, &["$ 0"], &[]),
        ("text/plain", "[INFO] started", true, &["$ 0"], &[]),
        ("application/octet-stream", "{}", true, &["$ 0"], &[]),
        ("application/problem+json", "{}", true, &["$ 1 object=1"], &[]),
    ]);
}

#[test]
fn multiparts() {
    let form = "multipart/form-data; boundary=\"xx\"";
    let file = "--xx\r\nContent-Disposition: form-data; name=\"photo\"; filename=\"anna-secret.png\"\r\nContent-Type: image/png\r\n\r\n12345\r\n";
    let field = "preamble\r\n--xx  \r\ncontent-disposition: form-data; name=title\r\n\r\nhello\r\n";
    let json = "--xx\r\nContent-Disposition: form-data; name=meta\r\nContent-Type: application/json\r\n\r\n{\"id\":1}\r\n";
    let expected: &[&str] =
        &["$ 1 object=1", "$.meta 1 object=1", "$.meta.id 1 integer=1 value=1..1", "$.photo 1 string=1 length=5..5 binary=1", "$.title 1 string=1 length=5..5"];
    check(&[
        (form, &format!("{field}{file}{json}--xx--\r\n"), true, expected, &[]),
        (form, &format!("{field}{file}"), false, &["$ 0", "$.title 1 string=1 length=5..5"], &["digest.truncated"]),
        (form, &format!("{field}{file}"), true, &["$ 0", "$.title 1 string=1 length=5..5"], &["digest.invalid"]),
        (
            form,
            &format!("{json}{json}--xx--"),
            true,
            &["$ 1 object=1", "$.meta 1 array=1 items=2..2", "$.meta[] 2 object=2", "$.meta[].id 2 integer=2 value=1..1"],
            &[],
        ),
        (
            form,
            &format!("{}--xx--", field.replace("\r\n", "\n").replace("hello", "a\n--x\n--y-xx z")),
            true,
            &["$ 1 object=1", "$.title 1 string=1 length=14..14"],
            &[],
        ),
        ("multipart/form-data", "--xx", true, &["$ 0"], &["digest.invalid"]),
        (form, "--xx--", true, &["$ 1 object=1"], &[]),
    ]);
}

#[test]
fn xml() {
    check(&[
        (
            "application/xml",
            "<?xml version='1.0'?><!DOCTYPE order [<!ENTITY a \"b\">]><!-- c --><o:order xmlns:o=\"urn:x\" id=\"7\">\n <line><sku>A1</sku><count>2</count></line>\n <line><count>3</count></line><note>x &lt; &#233; &a;</note><empty/></o:order>",
            true,
            &[
                "$ 1 object=1",
                "$.order 1 object=1",
                "$.order.empty 1 string=1 length=0..0",
                "$.order.id 1 integer=1 value=7..7",
                "$.order.line 1 array=1 items=2..2",
                "$.order.line[] 2 object=2",
                "$.order.line[].count 2 integer=2 value=2..3",
                "$.order.line[].sku 1 string=1 length=2..2",
                "$.order.note 1 string=1 length=9..9",
            ],
            &[],
        ),
        (
            "text/xml",
            "<note lang='en'><![CDATA[a<b]]></note>",
            true,
            &["$ 1 object=1", "$.note 1 object=1", "$.note.#text 1 string=1 length=3..3", "$.note.lang 1 string=1 length=2..2"],
            &[],
        ),
        (
            "application/soap+xml",
            "<order><id>1</id><name>x",
            false,
            &["$ 0", "$.order 0", "$.order.id 1 integer=1 value=1..1", "$.order.name 0"],
            &["digest.truncated"],
        ),
        ("text/xml", "<a><b></a>", true, &["$ 0", "$.a 1 object=1", "$.a.b 0"], &["digest.invalid"]),
        ("text/xml", "no markup", true, &["$ 0"], &["digest.invalid"]),
        (
            "text/xml",
            "<item attr=\"a>b\">1</item>",
            true,
            &["$ 1 object=1", "$.item 1 object=1", "$.item.#text 1 integer=1 value=1..1", "$.item.attr 1 string=1 length=3..3"],
            &[],
        ),
    ]);
    let deep = format!("{}1{}", "<a>".repeat(10_000), "</a>".repeat(10_000));
    assert_eq!(digest("text/xml", &deep, true).1, ["digest.limit"]);
}

#[test]
fn kinds() {
    let rows = [
        ("application/json; charset=utf-8", "application/json", MediaKind::Json),
        ("Application/Vnd.Api+JSON", "application/vnd.api+json", MediaKind::Json),
        ("application/x-ndjson", "application/x-ndjson", MediaKind::NdJson),
        ("text/event-stream; charset=utf-8", "text/event-stream", MediaKind::EventStream),
        ("application/x-www-form-urlencoded", "application/x-www-form-urlencoded", MediaKind::Form),
        ("multipart/mixed;boundary=x", "multipart/mixed", MediaKind::Multipart),
        ("application/soap+xml", "application/soap+xml", MediaKind::Xml),
        ("image/svg+xml", "image/svg+xml", MediaKind::Opaque),
        ("text/html", "text/html", MediaKind::Text),
        ("", "", MediaKind::Text),
        ("image/png", "image/png", MediaKind::Opaque),
        ("nonsense", "other", MediaKind::Opaque),
    ];
    for (content_type, essence, kind) in rows {
        let (found, found_kind) = media_kind(content_type.as_bytes());
        assert_eq!((&*found, found_kind), (essence, kind), "{content_type}");
    }
}
