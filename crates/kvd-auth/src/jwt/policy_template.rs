//! Names of policies with claims in them: `team-{{ .project }}` is the policy of the project that the token names.
//!
//! Of Go's templates, in which such names are written, a path of names behind a dot is understood, and nothing that
//! could compute.

use crate::jose::Claims;
use serde_json::Value;
use thiserror::Error;

/// A name with gaps.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Template<'a>(Vec<Piece<'a>>);

#[derive(Debug, PartialEq, Eq)]
enum Piece<'a> {
    Text(&'a str),
    /// The claim at this path of names.
    Claim(Vec<&'a str>),
}

/// Why there is no name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub(super) enum TemplateError {
    #[error("only the path of a claim can stand in braces, such as {{{{ .project }}}}")]
    Syntax,
    #[error("the token has no such claim, or none that is a text, number or boolean")]
    Claim,
}

impl<'a> Template<'a> {
    /// # Errors
    /// When anything but the path of a claim stands in braces.
    pub(super) fn parse(text: &'a str) -> Result<Self, TemplateError> {
        let (mut pieces, mut rest) = (Vec::new(), text);
        while let Some((before, inside)) = rest.split_once("{{") {
            let (path, after) = inside.split_once("}}").ok_or(TemplateError::Syntax)?;
            let names: Vec<_> =
                path.trim().strip_prefix('.').ok_or(TemplateError::Syntax)?.split('.').collect();
            let is_name = |name: &&str| {
                name.starts_with(|c: char| c.is_alphabetic() || c == '_')
                    && name.chars().all(|c| c.is_alphanumeric() || c == '_')
            };
            if !names.iter().all(is_name) {
                return Err(TemplateError::Syntax);
            }
            pieces.extend([Piece::Text(before), Piece::Claim(names)]);
            rest = after;
        }
        pieces.push(Piece::Text(rest));
        Ok(Self(pieces))
    }

    /// The name for a token.
    ///
    /// # Errors
    /// When the token lacks a claim.
    pub(super) fn fill(&self, claims: &Claims) -> Result<String, TemplateError> {
        let mut filled = String::new();
        for piece in &self.0 {
            match piece {
                Piece::Text(text) => filled.push_str(text),
                Piece::Claim(names) => {
                    let (first, rest) = names.split_first().ok_or(TemplateError::Claim)?;
                    let first = claims.member(first);
                    match rest.iter().try_fold(first.ok_or(TemplateError::Claim)?, |value, name| {
                        value.get(name).ok_or(TemplateError::Claim)
                    })? {
                        Value::String(text) => filled.push_str(text),
                        Value::Number(n) => filled.push_str(&n.to_string()),
                        Value::Bool(b) => filled.push_str(if *b { "true" } else { "false" }),
                        Value::Null | Value::Array(_) | Value::Object(_) => return Err(TemplateError::Claim),
                    }
                }
            }
        }
        Ok(filled)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::jose::{Algorithm, Token, testing::encode};

    #[test]
    fn claims_fill_the_gaps() {
        let payload = br#"{"project":"alpha","n":7,"deep":{"er":"x"},"list":["a"]}"#;
        let text = format!("{}.{}.AA", encode(br#"{"alg":"ES256"}"#), encode(payload));
        let claims = Token::parse(&text, &Algorithm::ALL).unwrap().unverified().unwrap();
        for (template, want) in [
            ("plain", Ok("plain")),
            ("team-{{ .project }}", Ok("team-alpha")),
            ("{{.deep.er}}-{{.n}}", Ok("x-7")),
            ("{{ .absent }}", Err(TemplateError::Claim)),
            ("{{ .list }}", Err(TemplateError::Claim)),
            ("{{ .project.x }}", Err(TemplateError::Claim)),
            ("{{ project }}", Err(TemplateError::Syntax)),
            ("{{ . }}", Err(TemplateError::Syntax)),
            ("{{ .project | upper }}", Err(TemplateError::Syntax)),
            ("{{ .project", Err(TemplateError::Syntax)),
        ] {
            let got = Template::parse(template).and_then(|t| t.fill(&claims));
            assert_eq!(got, want.map(str::to_owned), "{template}");
        }
    }
}
