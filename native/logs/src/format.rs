//! The formats: one row each.

use std::sync::OnceLock;

use crate::template::{Dialect, Template};

/// How the lines of a format are read.
#[derive(Clone, Copy)]
pub(crate) enum Reader {
    /// By code of its own.
    Own,
    /// By columns that a head names.
    Columns,
    /// By the format that its server is told to write in.
    Template(Dialect, &'static str),
}

use Reader::{Columns, Own};

macro_rules! formats {
    ($($(#[$doc:meta])+ $variant:ident = $name:literal, $reader:expr;)+) => {
        /// Format of a text input.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Format {
            $($(#[$doc])+ $variant,)+
            /// As a template says that `Scratch::with_template` took.
            Custom,
        }

        impl Format {
            /// Every format that has a name, in the order in which they are offered.
            pub const ALL: &'static [Format] = &[$(Format::$variant),+];

            /// The name used on the command line and in configuration.
            pub const fn name(self) -> &'static str {
                match self { $(Format::$variant => $name,)+ Format::Custom => "custom" }
            }

            pub(crate) const fn reader(self) -> Reader {
                match self { $(Format::$variant => $reader,)+ Format::Custom => Own }
            }
        }
    };
}

formats! {
    /// nginx and Apache `combined`, with or without more fields after it.
    Combined = "combined", Own;
    /// Apache `common`: no referrer, no user agent. AWS API Gateway and Fastly write it too.
    Common = "common", Own;
    /// Apache `vhost_combined`: the virtual host before the client.
    VCombined = "vcombined", Own;
    /// One JSON object a line, fields named as a known server or gateway names them.
    JsonAccess = "json", Own;
    /// One exchange a line in our own form.
    NdjsonExchange = "exchanges", Own;
    /// HAR 1.2: one document, not lines; see the module `har`.
    Har = "har", Own;
    /// `upstreaminfo` of the nginx ingress of Kubernetes (ingress-nginx, user guide, "Log format").
    NginxIngress = "nginx-ingress", Reader::Template(Dialect::Dollar, concat!(
        r#"$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent "$http_referer" "$http_user_agent" "#,
        "$request_length $request_time [$proxy_upstream_name] [$proxy_alternative_upstream_name] $upstream"));
    /// Traefik's `common` (Traefik, access logs): combined with the count of requests, router, server and duration.
    Traefik = "traefik", Reader::Template(Dialect::Dollar, concat!(
        r#"$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent "$http_referer" "$http_user_agent" "#,
        r#"$requests "$router" "$server" ${duration_ms}ms"#));
    /// HAProxy's `option httplog`, and `option httpslog`, which goes on behind it (configuration manual §8.2.3, §8.2.4).
    HaProxy = "haproxy", Reader::Template(Dialect::HaProxy,
        "%ci:%cp [%tr] %ft %b/%s %TR/%Tw/%Tc/%Tr/%Ta %ST %B %CC %CS %tsc %ac/%fc/%bc/%sc/%rc %sq/%bq %hr %hs %{+Q}r");
    /// Istio's default (Istio, "Envoy access logs").
    Istio = "istio", Reader::Template(Dialect::Envoy, concat!(
        r#"[%START_TIME%] "%REQ(:METHOD)% %REQ(X-ENVOY-ORIGINAL-PATH?:PATH)% %PROTOCOL%" %RESPONSE_CODE% %RESPONSE_FLAGS% "#,
        r#"%RESPONSE_CODE_DETAILS% %CONNECTION_TERMINATION_DETAILS% "%UPSTREAM_TRANSPORT_FAILURE_REASON%" %BYTES_RECEIVED% %BYTES_SENT% %DURATION% "#,
        r#"%RESP(X-ENVOY-UPSTREAM-SERVICE-TIME)% "%REQ(X-FORWARDED-FOR)%" "%REQ(USER-AGENT)%" "%REQ(X-REQUEST-ID)%" "%REQ(:AUTHORITY)%" "#,
        r#""%UPSTREAM_HOST%" %UPSTREAM_CLUSTER_RAW% %UPSTREAM_LOCAL_ADDRESS% %DOWNSTREAM_LOCAL_ADDRESS% %DOWNSTREAM_REMOTE_ADDRESS% "#,
        "%REQUESTED_SERVER_NAME% %ROUTE_NAME%"));
    /// Envoy's default (Envoy, "Access logging", default format string).
    Envoy = "envoy", Reader::Template(Dialect::Envoy, concat!(
        r#"[%START_TIME%] "%REQ(:METHOD)% %REQ(X-ENVOY-ORIGINAL-PATH?:PATH)% %PROTOCOL%" %RESPONSE_CODE% %RESPONSE_FLAGS% %BYTES_RECEIVED% "#,
        r#"%BYTES_SENT% %DURATION% %RESP(X-ENVOY-UPSTREAM-SERVICE-TIME)% "%REQ(X-FORWARDED-FOR)%" "%REQ(USER-AGENT)%" "%REQ(X-REQUEST-ID)%" "#,
        r#""%REQ(:AUTHORITY)%" "%UPSTREAM_HOST%""#));
    /// AWS Application Load Balancer (Elastic Load Balancing, "Access log entries"). Fields that AWS adds at the end do no harm.
    Alb = "alb", Reader::Template(Dialect::Dollar, concat!(
        "$type $time $elb $client $target $request_processing_time $target_processing_time $response_processing_time ",
        r#"$elb_status_code $target_status $received_bytes $sent_bytes "$request" "$user_agent" $ssl_cipher $ssl_protocol $rest"#));
    /// AWS Classic Load Balancer, of HTTP listeners (Elastic Load Balancing, Classic, "Access log entries").
    Elb = "elb", Reader::Template(Dialect::Dollar, concat!(
        "$time $elb $client $backend $request_processing_time $backend_processing_time $response_processing_time ",
        r#"$elb_status_code $backend_status $received_bytes $sent_bytes "$request" "$user_agent" $ssl_cipher $ssl_protocol"#));
    /// AWS CloudFront's standard logs, tab-separated.
    CloudFront = "cloudfront", Columns;
    /// The W3C's extended log file format (WD-logfile-960323), as IIS and Tomcat write it: `#Fields` names the columns.
    W3c = "w3c", Columns;
    /// Zeek's `http.log`, tab-separated: `#fields` names the columns.
    Zeek = "zeek", Columns;
}

impl Format {
    /// The format of that name, in any case.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|format| format.name().eq_ignore_ascii_case(name))
    }

    /// Whether a head names the columns of its lines: who reads on from the middle of a file needs that first.
    pub const fn has_head(self) -> bool {
        matches!(self.reader(), Reader::Columns)
    }

    /// The template of a format that is read by one.
    pub(crate) fn template(self) -> Option<&'static Template> {
        static COMPILED: [OnceLock<Option<Template>>; Format::ALL.len()] = [const { OnceLock::new() }; Format::ALL.len()];
        let Reader::Template(dialect, text) = self.reader() else { return None };
        COMPILED.get(self as usize)?.get_or_init(|| Template::of(dialect, text).ok()).as_ref()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_templates() {
        for format in Format::ALL {
            assert_eq!(Format::from_name(format.name()), Some(*format));
            assert_eq!(format.template().is_some(), matches!(format.reader(), Reader::Template(..)), "{format:?}");
        }
        assert_eq!(Format::from_name("custom"), None);
    }
}
