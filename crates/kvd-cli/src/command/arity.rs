//! How many arguments a command takes, and the words for too many and too few.

use crate::{failure::Failure, flags::Arguments};

impl Arguments {
    /// The arguments, when there are exactly so many.
    pub(crate) fn exactly<const N: usize>(&self) -> Result<[&str; N], Failure> {
        let given: Vec<&str> = self.positional.iter().map(String::as_str).collect();
        let count = given.len();
        given.try_into().map_err(|_| wrong_count(count < N, &N.to_string(), count))
    }

    /// The only argument, if there is one.
    pub(crate) fn at_most_one(&self, expected: &str) -> Result<Option<&str>, Failure> {
        match self.positional.as_slice() {
            [] => Ok(None),
            [only] => Ok(Some(only)),
            more => Err(wrong_count(false, expected, more.len())),
        }
    }

    /// The first argument and those after it.
    pub(crate) fn first_and_rest(&self, expected: &str) -> Result<(&str, &[String]), Failure> {
        match self.positional.as_slice() {
            [] => Err(wrong_count(true, expected, 0)),
            [first, rest @ ..] => Ok((first, rest)),
        }
    }
}

/// The failure for a wrong number of arguments.
pub(crate) fn wrong_count(too_few: bool, expected: &str, got: usize) -> Failure {
    let amount = if too_few { "Not enough" } else { "Too many" };
    Failure::usage(format!("{amount} arguments (expected {expected}, got {got})"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wrong_numbers_of_arguments_are_counted() {
        let arguments = |count: usize| {
            let mut arguments = Arguments::default();
            arguments.positional = vec!["x".to_owned(); count];
            arguments
        };
        let text = |failure: Failure| match failure {
            Failure::Message { text, .. } | Failure::Rehearsed(text) => text,
        };
        assert_eq!(arguments(2).exactly::<2>().ok(), Some(["x", "x"]));
        assert_eq!(
            arguments(1).exactly::<2>().err().map(text).as_deref(),
            Some("Not enough arguments (expected 2, got 1)")
        );
        assert_eq!(
            arguments(3).at_most_one("0-1").err().map(text).as_deref(),
            Some("Too many arguments (expected 0-1, got 3)")
        );
        assert_eq!(
            arguments(0).first_and_rest(">1").err().map(text).as_deref(),
            Some("Not enough arguments (expected >1, got 0)")
        );
    }
}
