//! The path below `/v1/`: decoded once, never cleaned, never redirected.

use kvd_types::{ApiPath, Fault, Operation};

/// Reads what stands behind `/v1/`.
///
/// # Errors
/// When it is no path that could name anything.
pub(crate) fn decode(raw: &str, operation: Operation) -> Result<ApiPath, Fault> {
    let path = ApiPath::decode(raw)?;
    if operation.is_listing() {
        return Ok(path.into_folder());
    }
    let writes = match operation {
        Operation::Write | Operation::Patch => true,
        Operation::Read
        | Operation::Delete
        | Operation::List
        | Operation::Scan
        | Operation::Header
        | Operation::Help => false,
    };
    if writes && path.as_str().ends_with('/') {
        return Err(Fault::invalid("cannot write to a path ending in '/'"));
    }
    Ok(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(raw: &str, operation: Operation, want: Result<&str, (u16, &str)>) {
        let got = decode(raw, operation);
        let got = got.as_ref().map(ApiPath::as_str).map_err(|f| (f.kind.codes().http, &*f.public[0]));
        assert_eq!(got, want, "{operation} {raw:.80}");
    }

    fn read(raw: &str, want: Result<&str, (u16, &str)>) {
        check(raw, Operation::Read, want);
    }

    const RELATIVE: Result<&str, (u16, &str)> = Err((400, "relative paths not supported"));
    const UNPRINTABLE: Result<&str, (u16, &str)> = Err((400, "path contains non-printable characters"));

    #[test]
    fn v001_row_5_1_dot_segments_are_refused_in_every_spelling() {
        for raw in ["secret/data/../b", "secret/data/%2e%2e/b", "a/%2E%2E%2Fb", "a/..%2fb", "a/.", "a/%2e"] {
            read(raw, RELATIVE);
        }
    }

    #[test]
    fn row_5_1_escapes_are_decoded_once_only() {
        read("secret/data/%252e%252e", Ok("secret/data/%2e%2e"));
        read("a%2fb", Ok("a/b"));
        read("%c3%a9", Ok("é"));
        read("e%cc%81", Ok("e\u{301}"));
    }

    #[test]
    fn row_5_1_doubled_slashes_are_refused() {
        let want = Err((400, "path contains an empty segment"));
        read("secret//data///a", want);
        read("sys//seal-status", want);
        read("/x", want);
    }

    #[test]
    fn row_5_1_a_slash_at_the_end_is_kept_for_reads_and_refused_for_writes() {
        read("secret/data/a/", Ok("secret/data/a/"));
        read("sys/seal-status/", Ok("sys/seal-status/"));
        let refused = Err((400, "cannot write to a path ending in '/'"));
        check("secret/data/a/", Operation::Write, refused);
        check("secret/data/a/", Operation::Patch, refused);
        check("secret/data/a", Operation::List, Ok("secret/data/a/"));
        check("secret/data/a/", Operation::Scan, Ok("secret/data/a/"));
        check("", Operation::List, Ok(""));
    }

    #[test]
    fn row_5_1_dots_within_names_are_names() {
        for raw in ["...", "a..b", ".hidden"] {
            read(raw, Ok(raw));
        }
    }

    #[test]
    fn row_5_1_what_cannot_be_printed_is_refused() {
        for raw in ["a%00b", "%0a", "%0d", "%7f", "%1b", "a%c2%a0b", "%e2%80%8b", "%e2%80%ae", "%ef%bb%bf"] {
            read(raw, UNPRINTABLE);
        }
        read("%ff%fe", Err((400, "path is not valid UTF-8")));
    }

    #[test]
    fn row_5_1_broken_escapes_are_refused() {
        for raw in ["a%", "a%zz"] {
            read(raw, Err((400, "path contains an invalid percent escape")));
        }
    }

    #[test]
    fn row_5_1_wildcards_and_other_signs_are_plain_letters() {
        for raw in ["a;b", "a+b", "a*", "a\\b", "{}", "|", "^", "\"", "é"] {
            read(raw, Ok(raw));
        }
        read("%5c..%5c", Ok("\\..\\"));
    }

    #[test]
    fn row_5_1_sizes_are_bounded() {
        let long = "path is longer than 4096 bytes";
        read(&"a".repeat(8 << 10), Err((414, long)));
        read(&"a/".repeat(35 << 10), Err((414, long)));
        let many = "path has more than 64 segments or a segment longer than 2048 bytes";
        read(&"a".repeat(2049), Err((400, many)));
        read(&"a/".repeat(65), Err((400, many)));
    }
}
