//! A format as a caller names it.

use std::sync::Arc;

use crate::format::Format;
use crate::parse::Scratch;
use crate::template::Template;

/// A format by its name, or by a template of its lines.
#[derive(Clone, Debug)]
pub struct NamedFormat {
    /// The format.
    pub format: Format,
    template: Option<Arc<Template>>,
}

impl NamedFormat {
    /// The format that `text` names or describes. The error is a sentence that says what is allowed.
    pub fn parse(text: &str) -> Result<Self, String> {
        if Template::is_template(text) {
            let template = Template::compile(text).map_err(|error| format!("the log format cannot be used: {error}"))?;
            return Ok(Self { format: Format::Custom, template: Some(Arc::new(template)) });
        }
        Format::from_name(text).map(Self::from).ok_or_else(|| format!("{text} is no log format: {}", allowed()))
    }

    /// What its lines are parsed with.
    pub fn scratch(&self) -> Scratch {
        self.template.clone().map_or_else(Scratch::default, Scratch::with_template)
    }
}

impl From<Format> for NamedFormat {
    fn from(format: Format) -> Self {
        Self { format, template: None }
    }
}

/// What may be named.
pub fn allowed() -> String {
    let names: Vec<_> = Format::ALL.iter().map(|format| format.name()).collect();
    format!("use one of {}, or the log_format, LogFormat or log-format of the server", names.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_templates() {
        assert_eq!(NamedFormat::parse("HAProxy").unwrap().format, Format::HaProxy);
        assert_eq!(NamedFormat::parse("%m %U %s").unwrap().format, Format::Custom);
        assert!(NamedFormat::parse("ndjson").unwrap_err().contains("use one of combined, "));
        assert!(NamedFormat::parse("custom").unwrap_err().contains("custom is no log format"));
        assert!(NamedFormat::parse("$status").unwrap_err().contains("cannot be used: the format names $status, but no request"));
    }
}
