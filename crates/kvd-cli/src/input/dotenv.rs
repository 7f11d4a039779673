//! Files of variables, `.env`: `NAME=value` on a line, as many tools read them.

use std::path::Path;

/// Whether a file is one of these by its name: `.env`, `.env.local`, `app.env`.
pub(crate) fn is_name(path: &str) -> bool {
    let name = Path::new(path).file_name().and_then(|name| name.to_str()).unwrap_or_default();
    name == ".env" || name.starts_with(".env.") || (name.ends_with(".env") && name.len() > 4)
}

/// Reads the variables of a file, in its order.
///
/// Blank lines and lines that begin with `#` are left out, and `export` before a name. A value in single quotes is as
/// it stands; in double quotes `\n`, `\r`, `\t`, `\"`, `\\`, `\$` and `` \` `` stand for what they do in a shell, and it
/// may go over several lines; without quotes it ends where a comment begins.
///
/// # Errors
/// The number of the line that cannot be read. Nothing of it is quoted, because it may hold a secret.
pub(crate) fn parse(text: &str) -> Result<Vec<(String, String)>, String> {
    let mut variables = Vec::new();
    let mut rest = text.trim_start_matches('\u{feff}');
    while !rest.is_empty() {
        let number = text[..text.len() - rest.len()].matches('\n').count() + 1;
        let wrong = |why: &str| format!("line {number}: {why}");
        let (line, after) = rest.split_once('\n').unwrap_or((rest, ""));
        let trimmed = line.trim();
        if trimmed.is_empty() || trimmed.starts_with('#') {
            rest = after;
            continue;
        }
        let (name, value) = rest
            .split_once('=')
            .filter(|(name, _)| !name.contains('\n'))
            .ok_or_else(|| wrong("expected NAME=value"))?;
        let name = name.trim();
        let name = name.strip_prefix("export ").unwrap_or(name).trim();
        if name.is_empty() || name.contains(char::is_whitespace) {
            return Err(wrong("a name is one word"));
        }
        let (value, after) = value_of(value).map_err(wrong)?;
        variables.push((name.to_owned(), value));
        rest = after;
    }
    Ok(variables)
}

/// The value that a text begins with, and the lines after it.
fn value_of(text: &str) -> Result<(String, &str), &'static str> {
    let text = text.trim_start_matches([' ', '\t']);
    let (value, after) = if let Some(quoted) = text.strip_prefix('\'') {
        let (value, after) = quoted.split_once('\'').ok_or("a quote is not closed")?;
        (value.to_owned(), after)
    } else if let Some(quoted) = text.strip_prefix('"') {
        in_double_quotes(quoted)?
    } else {
        let (line, after) = text.split_once('\n').unwrap_or((text, ""));
        let value = line.split(" #").next().unwrap_or(line);
        return Ok((value.trim().to_owned(), after));
    };
    let (line, after) = after.split_once('\n').unwrap_or((after, ""));
    let line = line.trim();
    if line.is_empty() || line.starts_with('#') {
        Ok((value, after))
    } else {
        Err("something follows the closing quote")
    }
}

fn in_double_quotes(text: &str) -> Result<(String, &str), &'static str> {
    let mut value = String::new();
    let mut letters = text.char_indices();
    while let Some((at, letter)) = letters.next() {
        match letter {
            '"' => return Ok((value, &text[at + 1..])),
            '\\' => match letters.next().map(|(_, letter)| letter) {
                Some('n') => value.push('\n'),
                Some('r') => value.push('\r'),
                Some('t') => value.push('\t'),
                Some(kept @ ('"' | '\\' | '$' | '`')) => value.push(kept),
                Some(other) => value.extend(['\\', other]),
                None => break,
            },
            letter => value.push(letter),
        }
    }
    Err("a quote is not closed")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_of_variables_are_known_by_name() {
        for (name, expected) in [
            (".env", true),
            ("a/.env", true),
            (".env.local", true),
            ("app.env", true),
            ("env", false),
            ("x.json", false),
        ] {
            assert_eq!(is_name(name), expected, "{name}");
        }
    }

    #[test]
    fn every_way_to_write_a_value_is_read() {
        let text = "# who\nA=1\nexport B = two words # not this\nC='$x \\n # kept'\nD=\"a\\nb \\\"q\\\" \\$y\" # c\n\nE=\nF=\"over\nlines\"\nG=x=y#z\r\n";
        let expected = [
            ("A", "1"),
            ("B", "two words"),
            ("C", "$x \\n # kept"),
            ("D", "a\nb \"q\" $y"),
            ("E", ""),
            ("F", "over\nlines"),
            ("G", "x=y#z"),
        ];
        let expected: Vec<_> =
            expected.iter().map(|&(name, value)| (name.to_owned(), value.to_owned())).collect();
        assert_eq!(parse(text), Ok(expected));
    }

    #[test]
    fn what_cannot_be_read_is_said_by_line_and_not_quoted() {
        for (text, expected) in [
            ("A=1\nhunter2\n", "line 2: expected NAME=value"),
            ("A=\"x\ny", "line 1: a quote is not closed"),
            ("\n\nA='x' hunter2", "line 3: something follows the closing quote"),
            ("=x", "line 1: a name is one word"),
            ("a b=x", "line 1: a name is one word"),
        ] {
            assert_eq!(parse(text), Err(expected.to_owned()), "{text}");
        }
    }
}
