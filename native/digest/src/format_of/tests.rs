use super::look;
use crate::classes::{KeyHint, classify_text};
use crate::format::Format;
use crate::shape::CLASS_TOPICS;
use proptest::prelude::*;

#[test]
fn tells_formats() {
    let rows: &[(&str, &str)] = &[
        ("2024-01-31T12:30:05Z", "date-time"),
        ("2024-01-31T12:30:05.123456+02:00", "date-time"),
        ("2024-01-31 12:30:05", "date-time"),
        ("2024-01-31", "date"),
        ("12:30:05", "time"),
        ("08:15", "time"),
        ("P1Y2M3DT4H5M6S", "duration"),
        ("PT15M", "duration"),
        ("Sun, 06 Nov 1994 08:49:37 GMT", "http-date"),
        ("3f2504e0-4f89-41d3-9a0c-0305e82c3301", "uuid"),
        ("01ARZ3NDEKTSV4RRFFQ69G5FAV", "ulid"),
        ("507f1f77bcf86cd799439011", "object-id"),
        ("jo.doe+x@mail.example.com", "email"),
        ("https://example.com/a?b=c#d", "uri"),
        ("urn:isbn:0451450523", "uri"),
        ("mailto:a@b.example", "uri"),
        ("/v1/users/42", "uri-reference"),
        ("data:image/png;base64,iVBORw0KGgo=", "data-uri"),
        ("api.example.com", "hostname"),
        ("192.168.0.1", "ipv4"),
        ("2001:db8::1", "ipv6"),
        ("::1", "ipv6"),
        ("10.0.0.0/8", "cidr"),
        ("2001:db8::/32", "cidr"),
        ("00:1b:44:11:3a:b7", "mac"),
        ("d41d8cd98f00b204e9800998ecf8427e", "hex"),
        ("aGVsbG8gd29ybGQhIQ==", "base64"),
        ("dGhpcyBpcyBhIGxvbmdlciB0ZXh0IDEyMzQ1", "base64"),
        ("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln", "jwt"),
        ("1.2.3", "semver"),
        ("v2.0.0-rc.1+b7", "semver"),
        ("en-US", "locale"),
        ("pt_BR", "locale"),
        ("12345", "integer"),
        ("-7", "integer"),
        ("19.99", "decimal"),
        ("#ff8800", "color"),
        ("{\"a\":1}", "json"),
        ("[1,2]", "json"),
    ];
    for (text, name) in rows {
        assert_eq!(Format::of(text.as_bytes()).map(Format::name), Some(*name), "{text}");
    }
}

#[test]
fn leaves_words_and_prose_alone() {
    let rows = [
        "",
        "a",
        "active",
        "John Smith",
        "in_progress",
        "order-created",
        "A longer sentence, with a comma.",
        "user.created",
        "main.rs",
        "2024",
        "007a",
        "12 Main Street",
        "Mr. X",
        "a:b",
        "note: see below",
        "2024-13-01",
        "99:99",
        "256.1.1.1.1",
        "@me",
        "git@host:a/b",
        "not/a/path/really/here",
        "SOME_CONSTANT_OF_A_KIND",
        "somewhatLongCamelCaseName",
        "and/or",
        "50%",
        "#1",
        "P.S.",
        "v1",
        "deadbeef",
    ];
    for text in rows {
        let format = Format::of(text.as_bytes());
        assert!(format.is_none() || text == "2024" && format == Some(Format::Integer), "{text}: {format:?}");
    }
}

#[test]
fn names_are_unique() {
    let mut names: Vec<_> = Format::ALL.iter().map(|format| format.name()).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), Format::ALL.len());
    assert!(names.len() >= 20);
}

proptest! {
    #[test]
    fn what_is_left_out_is_of_no_class(
        text in "(Basic |token |bearer |curl -u |AKIA)?([A-Za-z,.'\"!%_/-]{1,12} ?|[0-9a-z+]{1,10} ){1,20}",
        key in prop::sample::select(vec!["", "title", "id", "orderId", "version", "userName", "account", "status", "note"]),
    ) {
        let hint = KeyHint::of_name(key.as_bytes());
        prop_assert!(!hint.says(CLASS_TOPICS), "{}", key);
        prop_assert!(!look(text.as_bytes()).is_no_class || classify_text(text.as_bytes(), &hint).is_none(), "{}: {}", key, text);
    }

    #[test]
    fn formats_that_are_left_out_are_of_no_class(
        text in "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|[0-9a-f]{16}|[0-9a-f]{24}|[0-9a-f]{32}|[0-9a-f]{40}|20[0-9]{2}-0[1-9]-[12][0-9]T1[0-9]:[0-5][0-9]:[0-5][0-9]Z|[0-9]{1,3}\\.[0-9]{1,3}\\.[0-9]{1,3}",
        key in prop::sample::select(vec!["", "id", "createdAt", "checksum"]),
    ) {
        let hint = KeyHint::of_name(key.as_bytes());
        prop_assert!(!look(text.as_bytes()).is_no_class || classify_text(text.as_bytes(), &hint).is_none(), "{}: {}", key, text);
    }

    #[test]
    fn any_bytes_are_told_without_panic(text in proptest::collection::vec(any::<u8>(), 0..400)) {
        let _ = Format::of(&text);
    }

    #[test]
    fn any_text_like_a_format_is_told_without_panic(text in "[0-9a-fA-FPTZ:./@+=_{} -]{0,40}") {
        let _ = Format::of(text.as_bytes());
    }
}
