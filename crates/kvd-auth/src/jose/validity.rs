//! Whom a token is for, whose word it is, and when it is good.

use super::{Claims, TokenError};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What a token must say of itself.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Expected<'a> {
    /// Who must have issued it; any issuer where none is named.
    pub(crate) issuer: Option<&'a str>,
    /// Whom it must be about; anybody where nobody is named.
    pub(crate) subject: Option<&'a str>,
    /// Of whom it must be for one; for anybody where there is none.
    pub(crate) audiences: &'a [String],
    /// How far off clocks may be.
    pub(crate) leeways: Leeways,
    /// Whether it must say when it is good.
    pub(crate) times: Times,
}

/// Whether a token must say when it is good.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Times {
    /// It must name one of the three times.
    Required,
    /// It may name none.
    Optional,
}

/// How far off clocks may be, in seconds: 0 for what is usual, less for not at all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Leeways {
    /// How long a token without an end is good after its beginning.
    pub(crate) expiration: i64,
    /// How long a token without a beginning is good before its end.
    pub(crate) not_before: i64,
    /// How far the clock of the issuer may differ.
    pub(crate) clock_skew: i64,
}

/// The usual leeways, as Vault has them.
const USUAL_LENGTH: i64 = 150;
const USUAL_SKEW: i64 = 60;

fn effective(leeway: i64, usual: i64) -> i64 {
    match leeway {
        0 => usual,
        given => given.max(0),
    }
}

impl Claims {
    /// Holds the claims against what is expected, at `now` in seconds since 1970.
    ///
    /// # Errors
    /// When they are not as expected.
    pub(crate) fn check(&self, expected: &Expected<'_>, now: i64) -> Result<(), TokenError> {
        let is = |claim: &str, text: &str| self.member(claim).and_then(Value::as_str) == Some(text);
        if expected.issuer.is_some_and(|issuer| !is("iss", issuer)) {
            return Err(TokenError::Issuer);
        }
        if expected.subject.is_some_and(|subject| !is("sub", subject)) {
            return Err(TokenError::Subject);
        }
        let audiences = self.audiences()?;
        let wanted = expected.audiences;
        if !wanted.is_empty() && !wanted.iter().any(|w| audiences.iter().any(|a| a == w)) {
            return Err(TokenError::Audience);
        }
        self.check_times(expected, now)
    }

    fn check_times(&self, expected: &Expected<'_>, now: i64) -> Result<(), TokenError> {
        let issued = self.time("iat", "issued at (iat)")?;
        let begin = self.time("nbf", "not before (nbf)")?;
        let end = self.time("exp", "expiration time (exp)")?;
        let Leeways { expiration, not_before, clock_skew } = expected.leeways;
        let latest_start = issued.max(begin);
        let end = match (end, latest_start, expected.times) {
            (Some(end), _, _) => end,
            (None, Some(start), _) => start.saturating_add(effective(expiration, USUAL_LENGTH)),
            (None, None, Times::Optional) => return Ok(()),
            (None, None, Times::Required) => return Err(TokenError::NoTimes),
        };
        let begin =
            begin.or(issued).unwrap_or_else(|| end.saturating_sub(effective(not_before, USUAL_LENGTH)));
        let skew = effective(clock_skew, USUAL_SKEW);
        if now.saturating_add(skew) < begin {
            return Err(TokenError::NotYetValid);
        }
        if now.saturating_sub(skew) > end {
            return Err(TokenError::Expired);
        }
        if issued.is_some_and(|issued| now.saturating_add(skew) < issued) {
            return Err(TokenError::IssuedInFuture);
        }
        Ok(())
    }

    /// A time in whole seconds since 1970; 0 counts as none.
    fn time(&self, claim: &str, name: &'static str) -> Result<Option<i64>, TokenError> {
        let Some(value) = self.member(claim) else { return Ok(None) };
        let seconds = value.is_number().then(|| value.as_f64()).flatten();
        let seconds = seconds.filter(|s| s.is_finite()).ok_or(TokenError::Type(name))?;
        #[expect(
            clippy::cast_possible_truncation,
            reason = "a cast of a number that is too large gives the largest"
        )]
        let whole = seconds as i64;
        Ok(Some(whole).filter(|s| *s != 0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use TokenError::{Audience, Expired, IssuedInFuture, Issuer, NoTimes, NotYetValid, Subject, Type};

    const NOW: i64 = 10_000;

    fn claims(text: &str) -> Claims {
        Claims::new(serde_json::from_str(text).unwrap())
    }

    fn expected(audiences: &[String]) -> Expected<'_> {
        let leeways = Leeways::default();
        Expected { issuer: None, subject: None, audiences, leeways, times: Times::Required }
    }

    #[test]
    fn v060_the_audience_is_one_of_those_that_are_bound() {
        let bound = ["vault".to_owned()];
        for (audience, want) in [
            (r#""vault""#, Ok(())),
            (r#"["vault","other"]"#, Ok(())),
            (r#""other""#, Err(Audience)),
            (r#"["other"]"#, Err(Audience)),
            (r#""""#, Err(Audience)),
            (r#"[]"#, Err(Audience)),
            (r#"null"#, Err(Audience)),
            (r#""Vault""#, Err(Audience)),
            (r#""vault ""#, Err(Audience)),
            (r#"["vault",7]"#, Err(Type("audience (aud)"))),
            (r#"{"vault":1}"#, Err(Type("audience (aud)"))),
        ] {
            let claims = claims(&format!(r#"{{"exp":{NOW},"aud":{audience}}}"#));
            assert_eq!(claims.check(&expected(&bound), NOW), want, "{audience}");
        }
        assert_eq!(claims(&format!(r#"{{"exp":{NOW}}}"#)).check(&expected(&bound), NOW), Err(Audience));
    }

    #[test]
    fn v067_times_are_kept_to_at_their_edges() {
        // Leeways for expiration, beginning and clocks, the claims, and what comes of them.
        for (leeways, text, want) in [
            ((0, 0, 0), r#"{"exp":9940}"#, Ok(())),
            ((0, 0, 0), r#"{"exp":9939}"#, Err(Expired)),
            ((0, 0, -1), r#"{"exp":10000}"#, Ok(())),
            ((0, 0, -1), r#"{"exp":9999}"#, Err(Expired)),
            ((0, 0, 90), r#"{"exp":9910}"#, Ok(())),
            ((0, 0, 90), r#"{"exp":9909}"#, Err(Expired)),
            ((0, 0, 0), r#"{"nbf":10060}"#, Ok(())),
            ((0, 0, 0), r#"{"nbf":10061}"#, Err(NotYetValid)),
            ((0, 0, -1), r#"{"nbf":10001}"#, Err(NotYetValid)),
            ((0, 0, 60), r#"{"iat":10060,"nbf":1,"exp":99999}"#, Ok(())),
            ((0, 0, 60), r#"{"iat":10061,"nbf":1,"exp":99999}"#, Err(IssuedInFuture)),
            // Without an end a token is good for a while.
            ((0, 0, -1), r#"{"iat":9850}"#, Ok(())),
            ((0, 0, -1), r#"{"iat":9849}"#, Err(Expired)),
            ((60, 0, -1), r#"{"iat":9939}"#, Err(Expired)),
            ((-1, 0, -1), r#"{"iat":9999}"#, Err(Expired)),
            ((0, 0, -1), r#"{"iat":9000,"nbf":9900}"#, Ok(())),
            // Without a beginning it is good a while before its end.
            ((0, 0, -1), r#"{"exp":10150}"#, Ok(())),
            ((0, 0, -1), r#"{"exp":10151}"#, Err(NotYetValid)),
            ((0, 300, -1), r#"{"exp":10300}"#, Ok(())),
            ((0, -1, -1), r#"{"exp":10001}"#, Err(NotYetValid)),
            ((0, 0, 0), r#"{}"#, Err(NoTimes)),
            ((0, 0, 0), r#"{"exp":0,"iat":0}"#, Err(NoTimes)),
            ((0, 0, 0), r#"{"exp":1e300,"iat":1}"#, Ok(())),
            ((0, 0, 0), r#"{"exp":"10000"}"#, Err(Type("expiration time (exp)"))),
            ((0, 0, 0), r#"{"exp":[10000]}"#, Err(Type("expiration time (exp)"))),
            ((i64::MAX, i64::MAX, i64::MAX), r#"{"iat":1}"#, Ok(())),
        ] {
            let (expiration, not_before, clock_skew) = leeways;
            let leeways = Leeways { expiration, not_before, clock_skew };
            let expected = Expected { leeways, ..expected(&[]) };
            assert_eq!(claims(text).check(&expected, NOW), want, "{leeways:?} {text}");
        }
        let optional = Expected { times: Times::Optional, ..expected(&[]) };
        assert_eq!(claims("{}").check(&optional, NOW), Ok(()));
        assert_eq!(claims(r#"{"exp":1}"#).check(&optional, NOW), Err(Expired));
    }

    #[test]
    fn v067_issuer_and_subject_are_those_that_are_bound() {
        for (issuer, subject, text, want) in [
            (Some("i"), Some("s"), r#"{"iss":"i","sub":"s","exp":10000}"#, Ok(())),
            (Some("i"), None, r#"{"iss":"I","exp":10000}"#, Err(Issuer)),
            (Some("i"), None, r#"{"exp":10000}"#, Err(Issuer)),
            (Some("i"), None, r#"{"iss":["i"],"exp":10000}"#, Err(Issuer)),
            (None, Some("s"), r#"{"sub":"t","exp":10000}"#, Err(Subject)),
            (None, Some("7"), r#"{"sub":7,"exp":10000}"#, Err(Subject)),
        ] {
            let expected = Expected { issuer, subject, ..expected(&[]) };
            assert_eq!(claims(text).check(&expected, NOW), want, "{text}");
        }
    }
}
