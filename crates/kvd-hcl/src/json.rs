//! From JSON to the same tree.
//!
//! JSON is read here, not by a library, because a policy's errors need places and because a key given twice
//! must be seen twice: silently taking the last one could lose a deny.

use crate::Limits;
use crate::error::{ParseError, Reason};
use crate::number::Number;
use crate::parser::Budget;
use crate::tree::{Body, Form, Item, Key, Pos, Value, ValueKind};

pub(crate) fn parse(text: &str, limits: &Limits) -> Result<Body, ParseError> {
    let mut reader = Reader { text, at: 0, pos: Pos::START, budget: Budget::new(limits) };
    reader.skip_blanks();
    let value = reader.value()?;
    reader.skip_blanks();
    match (value.kind, reader.peek()) {
        (ValueKind::Object(body), None) => Ok(body),
        (_, None) => Err(ParseError::new(value.pos, Reason::Expected { wanted: "'{'", found: "a value" })),
        (_, Some(_)) => Err(reader.expected("the end of the text")),
    }
}

struct Reader<'a, 'l> {
    text: &'a str,
    at: usize,
    pos: Pos,
    budget: Budget<'l>,
}

impl Reader<'_, '_> {
    fn value(&mut self) -> Result<Value, ParseError> {
        let pos = self.pos;
        let kind = match self.peek() {
            Some('{') => ValueKind::Object(self.object()?),
            Some('[') => ValueKind::List(self.list()?),
            Some('"') => ValueKind::String(self.string()?),
            Some('-' | '0'..='9') => ValueKind::Number(self.number()?),
            _ => self.word()?,
        };
        Ok(Value::new(pos, kind))
    }

    fn object(&mut self) -> Result<Body, ParseError> {
        self.budget.enter(self.pos)?;
        let mut items = Vec::new();
        self.bump();
        while self.next_element('}')? {
            let pos = self.pos;
            self.budget.spend_item(pos)?;
            if self.peek() != Some('"') {
                return Err(self.expected("a key"));
            }
            let key = Key { text: self.string()?, quoted: true, pos };
            self.skip_blanks();
            if self.peek() != Some(':') {
                return Err(self.expected("':'"));
            }
            self.bump();
            self.skip_blanks();
            items.push(Item { keys: vec![key], form: Form::Json, value: self.value()? });
            self.end_element('}')?;
        }
        self.budget.leave();
        Ok(Body { items })
    }

    fn list(&mut self) -> Result<Vec<Value>, ParseError> {
        self.budget.enter(self.pos)?;
        let mut list = Vec::new();
        self.bump();
        while self.next_element(']')? {
            self.budget.spend_item(self.pos)?;
            list.push(self.value()?);
            self.end_element(']')?;
        }
        self.budget.leave();
        Ok(list)
    }

    /// Whether another element follows; consumes the closing bracket if none does.
    fn next_element(&mut self, close: char) -> Result<bool, ParseError> {
        self.skip_blanks();
        match self.peek() {
            Some(c) if c == close => {
                self.bump();
                Ok(false)
            }
            Some(_) => Ok(true),
            None => Err(self.expected("a value")),
        }
    }

    /// Consumes the comma after an element. One before the closing bracket is forgiven, as HCL 1 does.
    fn end_element(&mut self, close: char) -> Result<(), ParseError> {
        self.skip_blanks();
        match self.peek() {
            Some(',') => {
                self.bump();
                Ok(())
            }
            Some(c) if c == close => Ok(()),
            _ => Err(self.expected("',' or a closing bracket")),
        }
    }

    fn string(&mut self) -> Result<String, ParseError> {
        let opened = self.pos;
        let mut out = String::new();
        self.bump();
        loop {
            let unfinished = ParseError::new(opened, Reason::StringNotTerminated);
            match self.bump().ok_or_else(|| unfinished.clone())? {
                '"' => return Ok(out),
                '\\' => {
                    let pos = self.pos;
                    out.push(self.escape().ok_or_else(|| ParseError::new(pos, Reason::Escape))?);
                }
                c if c < ' ' => return Err(unfinished),
                c => out.push(c),
            }
        }
    }

    fn escape(&mut self) -> Option<char> {
        let c = match self.bump()? {
            c @ ('"' | '\\' | '/') => c,
            'b' => '\u{8}',
            'f' => '\u{c}',
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'u' => {
                let first = self.hex4()?;
                if !(0xd800..0xdc00).contains(&first) {
                    return char::from_u32(first);
                }
                if self.bump()? != '\\' || self.bump()? != 'u' {
                    return None;
                }
                let second = self.hex4()?.checked_sub(0xdc00).filter(|low| *low < 0x400)?;
                return char::from_u32(0x10000 + ((first - 0xd800) << 10) + second);
            }
            _ => return None,
        };
        Some(c)
    }

    fn hex4(&mut self) -> Option<u32> {
        (0..4).try_fold(0, |value, _| Some(value * 16 + self.bump()?.to_digit(16)?))
    }

    /// JSON's numbers: no leading zero, digits on both sides of the point.
    fn number(&mut self) -> Result<Number, ParseError> {
        let rest = &self.text[self.at..];
        let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && !matches!(c, '+' | '-' | '.'));
        let text = &rest[..end.unwrap_or(rest.len())];
        if !is_json_number(text) {
            return Err(ParseError::new(self.pos, Reason::Number));
        }
        for _ in 0..text.len() {
            self.bump();
        }
        Ok(Number::from_checked(text))
    }

    fn word(&mut self) -> Result<ValueKind, ParseError> {
        let rest = &self.text[self.at..];
        let words =
            [("true", ValueKind::Bool(true)), ("false", ValueKind::Bool(false)), ("null", ValueKind::Null)];
        for (word, value) in words {
            let after = rest.strip_prefix(word).map(|after| after.chars().next());
            if after.is_some_and(|next| !next.is_some_and(char::is_alphanumeric)) {
                for _ in 0..word.len() {
                    self.bump();
                }
                return Ok(value);
            }
        }
        Err(self.expected("a value"))
    }

    fn peek(&self) -> Option<char> {
        self.text[self.at..].chars().next()
    }

    fn bump(&mut self) -> Option<char> {
        let c = self.peek()?;
        self.at += c.len_utf8();
        self.pos = self.pos.after(c);
        Some(c)
    }

    fn skip_blanks(&mut self) {
        while matches!(self.peek(), Some(' ' | '\t' | '\n' | '\r')) {
            self.bump();
        }
    }

    fn expected(&self, wanted: &'static str) -> ParseError {
        let found = match self.peek() {
            None => "the end of the text",
            Some('{' | '}' | '[' | ']' | ',' | ':') => "a bracket, comma or colon",
            Some('"') => "a string",
            Some('-' | '0'..='9') => "a number",
            Some(_) => "another character",
        };
        ParseError::new(self.pos, Reason::Expected { wanted, found })
    }
}

fn is_json_number(text: &str) -> bool {
    let text = text.strip_prefix('-').unwrap_or(text);
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (text, None),
    };
    let (whole, fraction) = match mantissa.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (mantissa, None),
    };
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    digits(whole)
        && (whole == "0" || !whole.starts_with('0'))
        && fraction.is_none_or(digits)
        && exponent.is_none_or(|text| digits(text.strip_prefix(['-', '+']).unwrap_or(text)))
}
