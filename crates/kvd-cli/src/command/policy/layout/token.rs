//! The words of a policy, with the lines they stand on.

use super::LayoutError;

/// A word, and the lines of its first and last letter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Token<'a> {
    pub(super) kind: Kind,
    pub(super) text: &'a str,
    pub(super) line: usize,
    pub(super) last_line: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Comment,
    /// A name, number, quoted text or here-document.
    Word,
    /// One of `{}[]=,`.
    Sign,
}

/// Splits a text into words.
///
/// # Errors
/// When a quoted text or a comment is not closed, or a letter belongs to nothing.
pub(super) fn tokens(text: &str) -> Result<Vec<Token<'_>>, LayoutError> {
    let mut tokens = Vec::new();
    let (mut rest, mut line) = (text, 1);
    while let Some(first) = rest.chars().next() {
        if first.is_whitespace() {
            line += usize::from(first == '\n');
            rest = &rest[first.len_utf8()..];
            continue;
        }
        let (kind, length) = match first {
            '#' => (Kind::Comment, line_end(rest)),
            '/' if rest.starts_with("//") => (Kind::Comment, line_end(rest)),
            '/' if rest.starts_with("/*") => {
                let end = rest.find("*/").ok_or(LayoutError::OpenText { line })?;
                (Kind::Comment, end + 2)
            }
            '{' | '}' | '[' | ']' | '=' | ',' => (Kind::Sign, 1),
            '"' => (Kind::Word, quoted_end(rest).ok_or(LayoutError::OpenText { line })?),
            '<' if rest.starts_with("<<") => {
                (Kind::Word, here_document_end(rest).ok_or(LayoutError::OpenText { line })?)
            }
            c if is_name(c) => (Kind::Word, rest.find(|c| !is_name(c)).unwrap_or(rest.len())),
            _ => return Err(LayoutError::Expected { line, expected: "a setting" }),
        };
        let (word, after) = rest.split_at(length);
        let last_line = line + word.matches('\n').count();
        tokens.push(Token { kind, text: word.trim_end(), line, last_line });
        (rest, line) = (after, last_line);
    }
    Ok(tokens)
}

fn is_name(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | '+')
}

fn line_end(text: &str) -> usize {
    text.find('\n').unwrap_or(text.len())
}

/// The length of a quoted text. Quotes inside `${…}` do not end it.
fn quoted_end(text: &str) -> Option<usize> {
    let mut depth = 0_usize;
    let mut letters = text.char_indices().skip(1).peekable();
    while let Some((at, letter)) = letters.next() {
        match letter {
            '\\' => {
                letters.next();
            }
            '$' if letters.next_if(|(_, next)| *next == '{').is_some() => depth += 1,
            '}' if depth > 0 => depth -= 1,
            '\n' if depth == 0 => return None,
            '"' if depth == 0 => return Some(at + 1),
            _ => {}
        }
    }
    None
}

/// The length of a here-document: up to the line that holds its marker alone.
fn here_document_end(text: &str) -> Option<usize> {
    let (opening, _) = text.split_once('\n')?;
    let marker = opening.trim_start_matches("<<").trim_start_matches('-').trim();
    let mut end = opening.len() + 1;
    for line in text[end..].split_inclusive('\n') {
        if line.trim() == marker {
            return Some(end + line.trim_end().len());
        }
        end += line.len();
    }
    None
}
