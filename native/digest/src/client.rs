//! What kind of client sends a User-Agent.

/// The kind of a client by its own word.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
#[allow(missing_docs, reason = "the name says it")]
pub enum ClientKind {
    #[default]
    Unknown,
    Browser,
    Service,
    Scanner,
}

impl ClientKind {
    /// The public name.
    pub fn name(self) -> &'static str {
        match self {
            ClientKind::Unknown => "unknown",
            ClientKind::Browser => "browser",
            ClientKind::Service => "service",
            ClientKind::Scanner => "scanner",
        }
    }
}

/// The kind of a client by its User-Agent value: scanners by name anywhere, then engines of browsers, then names of programs.
pub fn client_kind(user_agent: &[u8]) -> ClientKind {
    const LONGEST: usize = 256;
    let user_agent = user_agent.trim_ascii();
    let mut lower = [0; LONGEST];
    let lower = &mut lower[..user_agent.len().min(LONGEST)];
    lower.copy_from_slice(&user_agent[..lower.len()]);
    lower.make_ascii_lowercase();
    let found = marks_in(lower);
    if found & SCANNER != 0 {
        ClientKind::Scanner
    } else if found & MOZILLA != 0 {
        if found & BOT != 0 {
            ClientKind::Service
        } else if found & ENGINE != 0 {
            ClientKind::Browser
        } else {
            ClientKind::Unknown
        }
    } else if found & (BOT | SERVICE) != 0 {
        ClientKind::Service
    } else {
        ClientKind::Unknown
    }
}

const SCANNER: u8 = 1;
const MOZILLA: u8 = 2;
const ENGINE: u8 = 4;
const BOT: u8 = 8;
const SERVICE: u8 = 16;

/// Which lists have a name in the text. A set of first two bytes keeps names from being compared where they cannot stand.
fn marks_in(text: &[u8]) -> u8 {
    let mut found = 0;
    if text.starts_with(b"mozilla/") || text.starts_with(b"opera/") {
        found |= MOZILLA;
    } else if SERVICES.iter().any(|name| text.starts_with(name)) {
        found |= SERVICE;
    }
    for (at, pair) in text.windows(2).enumerate() {
        let lists = PAIRS[slot_of(pair[0], pair[1])] & !found;
        if lists == 0 {
            continue;
        }
        for (list, names) in LISTS {
            if lists & list != 0 && names.iter().any(|name| name[0] == pair[0] && name[1] == pair[1] && text[at..].starts_with(name)) {
                found |= list;
            }
        }
    }
    found
}

const LISTS: [(u8, &[&[u8]]); 4] = [(SCANNER, SCANNERS), (ENGINE, ENGINES), (BOT, BOTS), (SERVICE, SERVICE_PARTS)];

/// For the first two bytes of all names, the lists that they begin a name of.
static PAIRS: [u8; 4096] = {
    let mut pairs = [0; 4096];
    let mut list = 0;
    while list < LISTS.len() {
        let mut name = 0;
        while name < LISTS[list].1.len() {
            pairs[slot_of(LISTS[list].1[name][0], LISTS[list].1[name][1])] |= LISTS[list].0;
            name += 1;
        }
        list += 1;
    }
    pairs
};

const fn slot_of(first: u8, second: u8) -> usize {
    (first as usize & 63) << 6 | (second as usize & 63)
}

/// Names that security scanners give themselves.
const SCANNERS: &[&[u8]] = &[
    b"sqlmap",
    b"nikto",
    b"nmap",
    b"zgrab",
    b"masscan",
    b"gobuster",
    b"dirbuster",
    b"nuclei",
    b"wpscan",
    b"acunetix",
    b"netsparker",
    b"nessus",
    b"openvas",
    b"qualys",
    b"burp",
    b"zaproxy",
    b"owasp",
    b"ffuf",
    b"feroxbuster",
    b"dirsearch",
    b"wfuzz",
    b"arachni",
    b"w3af",
    b"skipfish",
    b"whatweb",
    b"httpx",
    b"censys",
    b"shodan",
    b"expanse",
    b"internetmeasurement",
    b"l9explore",
    b"leakix",
    b"zmeu",
    b"morfeus",
    b"havij",
    b"jorgee",
    b"detectify",
    b"fimap",
    b"joomscan",
    b"vega/",
    b"commix",
    b"xsser",
    b"paros",
    b"kiterunner",
    b"katana",
    b"projectdiscovery",
    b"gitleaks",
    b"trufflehog",
    b"scanner",
    b"odin.io",
    b"stretchoid",
    b"paloaltonetworks",
];

/// Engines of browsers.
const ENGINES: &[&[u8]] = &[b"applewebkit", b"gecko/", b"trident/", b"msie ", b"presto/", b"khtml", b"firefox/", b"chrome/", b"edge/"];

/// Programs that call themselves bots, also inside a browser's name.
const BOTS: &[&[u8]] = &[
    b"bot/",
    b"bot;",
    b"bot ",
    b"spider",
    b"crawler",
    b"slurp",
    b"headlesschrome",
    b"phantomjs",
    b"pingdom",
    b"uptime",
    b"monitor",
    b"gptbot",
    b"facebookexternalhit",
    b"googleother",
    b"lighthouse",
];

/// Names of HTTP libraries, tools and infrastructure, at the start.
const SERVICES: &[&[u8]] = &[
    b"curl/",
    b"wget",
    b"okhttp",
    b"python",
    b"go-http-client",
    b"axios",
    b"java",
    b"apache-httpclient",
    b"node",
    b"grpc",
    b"kube-probe",
    b"kubelet",
    b"prometheus",
    b"envoy",
    b"elb-healthchecker",
    b"googlehc",
    b"amazon",
    b"aws-",
    b"boto",
    b"botocore",
    b"guzzle",
    b"php",
    b"ruby",
    b"faraday",
    b"rest-client",
    b"typhoeus",
    b"http.rb",
    b"httparty",
    b"libwww-perl",
    b"lwp",
    b"perl",
    b"dart",
    b"dio",
    b"alamofire",
    b"cfnetwork",
    b"reactor-netty",
    b"vert.x",
    b"jersey",
    b"resteasy",
    b"spring",
    b"feign",
    b"unirest",
    b"restsharp",
    b".net",
    b"dotnet",
    b"microsoft",
    b"azsdk",
    b"google-",
    b"gax",
    b"gcloud",
    b"terraform",
    b"hashicorp",
    b"consul",
    b"vault",
    b"postman",
    b"insomnia",
    b"httpie",
    b"k6",
    b"apachebench",
    b"wrk",
    b"vegeta",
    b"jmeter",
    b"locust",
    b"gatling",
    b"hey/",
    b"reqwest",
    b"hyper",
    b"ureq",
    b"rust",
    b"aiohttp",
    b"httpcore",
    b"urllib",
    b"requests",
    b"undici",
    b"got",
    b"superagent",
    b"needle",
    b"bun/",
    b"deno/",
    b"ktor",
    b"finagle",
    b"akka-http",
    b"sttp",
    b"clj-http",
    b"hackney",
    b"mint/",
    b"finch",
    b"elixir",
    b"erlang",
    b"cpp-httplib",
    b"libcurl",
    b"cpprestsdk",
    b"powershell",
    b"winhttp",
    b"docker",
    b"containerd",
    b"buildkit",
    b"git/",
    b"jenkins",
    b"github",
    b"gitlab",
    b"stripe",
    b"slack",
    b"twilio",
    b"datadog",
    b"newrelic",
    b"opentelemetry",
    b"otel",
    b"fluent",
    b"logstash",
    b"vector/",
    b"filebeat",
    b"elastic",
    b"nginx",
    b"haproxy",
    b"varnish",
    b"traefik",
    b"kong",
    b"tyk",
    b"istio",
    b"linkerd",
    b"openapi-generator",
    b"swagger-codegen",
    b"zapier",
    b"n8n",
    b"airflow",
    b"celery",
    b"connect-",
    b"twirp",
    b"thrift",
];

/// Parts of names that only programs bear.
const SERVICE_PARTS: &[&[u8]] =
    &[b"http-client", b"httpclient", b"-sdk", b"sdk/", b"-client/", b"okhttp", b"cfnetwork", b"healthcheck", b"health-check", b"probe"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cases() {
        let cases: &[(ClientKind, &[&str])] = &[
            (
                ClientKind::Browser,
                &[
                    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Safari/537.36",
                    "Mozilla/5.0 (X11; Linux x86_64; rv:120.0) Gecko/20100101 Firefox/120.0",
                ],
            ),
            (
                ClientKind::Service,
                &[
                    "curl/8.5.0",
                    "okhttp/4.12.0",
                    "python-requests/2.31.0",
                    "Go-http-client/1.1",
                    "axios/1.6.2",
                    "Java/17.0.1",
                    "Apache-HttpClient/4.5",
                    "node-fetch/1.0",
                    "grpc-go/1.60.0",
                    "kube-probe/1.28",
                    "acme-sdk/1.0",
                    "Mozilla/5.0 (compatible; Googlebot/2.1; +http://x)",
                ],
            ),
            (ClientKind::Scanner, &["sqlmap/1.7", "Mozilla/5.00 (Nikto/2.1.6)", "Mozilla/5.0 zgrab/0.x", "Nuclei - Open-source"]),
            (ClientKind::Unknown, &["", "Acme", "Mozilla/5.0", "\u{fe}\u{ff}"]),
        ];
        for (kind, agents) in cases {
            for agent in *agents {
                assert_eq!(client_kind(agent.as_bytes()), *kind, "{agent}");
            }
        }
    }
}
