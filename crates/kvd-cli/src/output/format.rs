//! The form of the output: how it is chosen, and the forms that are plain text.

use serde::Serialize;
use serde_json::Value;

use super::{json, yaml};
use crate::failure::Failure;

/// A form of output.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Format {
    Table,
    Json,
    Yaml,
    /// Known for the sake of one command of the original; nothing here has such a form.
    Pretty,
    /// The body as it came from the server.
    Raw,
    /// Lines of `NAME=value`, as `.env` files have them.
    Dotenv,
    /// Lines that a shell reads as `export NAME=value`.
    Export,
}

impl Format {
    /// The form with this name, in any case.
    pub(crate) fn parse(name: &str) -> Result<Self, Failure> {
        match name.to_lowercase().as_str() {
            "table" => Ok(Self::Table),
            "json" => Ok(Self::Json),
            "yaml" | "yml" => Ok(Self::Yaml),
            "pretty" => Ok(Self::Pretty),
            "raw" => Ok(Self::Raw),
            "dotenv" => Ok(Self::Dotenv),
            "export" => Ok(Self::Export),
            other => Err(Failure::usage(format!("Invalid output format: {other}"))),
        }
    }

    /// A document in this form, or `None` where the form is a table.
    pub(crate) fn render(self, document: &impl Serialize) -> Result<Option<String>, Failure> {
        let unparsable = |why: &str| Failure::usage(format!("Could not parse output: {why}"));
        match self {
            Self::Table => Ok(None),
            Self::Json => json::pretty(document).map(Some).map_err(|_| unparsable("not a document")),
            Self::Yaml => {
                let value: Value =
                    serde_json::to_value(document).map_err(|_| unparsable("not a document"))?;
                Ok(Some(yaml::document(&value).trim_end_matches('\n').to_owned()))
            }
            Self::Pretty => Err(unparsable("cannot use the pretty formatter for this type")),
            Self::Raw => Err(Failure::usage("This command does not support the -format=raw option.")),
            Self::Dotenv | Self::Export => {
                Err(Failure::usage("The forms dotenv and export are for \"kv get\", without -field."))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_are_known_by_name_in_any_case() {
        for (name, expected) in [
            ("table", Some(Format::Table)),
            ("JSON", Some(Format::Json)),
            ("yml", Some(Format::Yaml)),
            ("raw", Some(Format::Raw)),
            ("dotenv", Some(Format::Dotenv)),
            ("export", Some(Format::Export)),
            ("xml", None),
            ("", None),
        ] {
            assert_eq!(Format::parse(name).ok(), expected, "{name}");
        }
    }
}
