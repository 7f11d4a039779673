//! From characters to tokens, for HCL's own spelling.

use crate::error::{ParseError, Reason};
use crate::number;
use crate::tree::Pos;

/// What a token is. Its text stays in the source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TokenKind {
    Assign,
    Bool,
    Comma,
    Comment,
    Eof,
    Heredoc,
    Ident,
    LeftBrace,
    LeftBracket,
    Number,
    RightBrace,
    RightBracket,
    String,
}

impl TokenKind {
    /// For error messages.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Assign => "'='",
            Self::Bool => "a boolean",
            Self::Comma => "','",
            Self::Comment => "a comment",
            Self::Eof => "the end of the text",
            Self::Heredoc => "a heredoc",
            Self::Ident => "a bare word",
            Self::LeftBrace => "'{'",
            Self::LeftBracket => "'['",
            Self::Number => "a number",
            Self::RightBrace => "'}'",
            Self::RightBracket => "']'",
            Self::String => "a string",
        }
    }
}

/// A piece of the source with its kind and place.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Token<'a> {
    pub(crate) kind: TokenKind,
    pub(crate) text: &'a str,
    pub(crate) pos: Pos,
}

/// Reads tokens from a text whose lines end with `\n`.
pub(crate) struct Lexer<'a> {
    text: &'a str,
    at: usize,
    pos: Pos,
}

impl<'a> Lexer<'a> {
    pub(crate) fn new(text: &'a str) -> Self {
        Self { text, at: 0, pos: Pos::START }
    }

    /// The next token, comments included. At the end of the text it answers `Eof` for ever.
    pub(crate) fn next(&mut self) -> Result<Token<'a>, ParseError> {
        self.skip_while(|c| matches!(c, ' ' | '\t' | '\n' | '\r'));
        let (start, pos) = (self.at, self.pos);
        let Some(first) = self.peek() else {
            return Ok(Token { kind: TokenKind::Eof, text: "", pos });
        };
        let kind = match first {
            '"' => self.string()?,
            '#' | '/' => self.comment()?,
            '<' => self.heredoc()?,
            '[' => self.single(TokenKind::LeftBracket),
            ']' => self.single(TokenKind::RightBracket),
            '{' => self.single(TokenKind::LeftBrace),
            '}' => self.single(TokenKind::RightBrace),
            ',' => self.single(TokenKind::Comma),
            '=' => self.single(TokenKind::Assign),
            '0'..='9' | '-' | '.' => self.number()?,
            c if is_letter(c) => {
                self.skip_while(|c| is_letter(c) || is_digit(c) || c == '-' || c == '.');
                if matches!(&self.text[start..self.at], "true" | "false") {
                    TokenKind::Bool
                } else {
                    TokenKind::Ident
                }
            }
            _ => return Err(self.error(Reason::IllegalCharacter)),
        };
        Ok(Token { kind, text: &self.text[start..self.at], pos })
    }

    fn single(&mut self, kind: TokenKind) -> TokenKind {
        self.bump();
        kind
    }

    fn number(&mut self) -> Result<TokenKind, ParseError> {
        let length = number::length(self.rest()).ok_or_else(|| self.error(Reason::Number))?;
        // A number is ASCII, so its bytes are its characters.
        for _ in 0..length {
            self.bump();
        }
        Ok(TokenKind::Number)
    }

    fn comment(&mut self) -> Result<TokenKind, ParseError> {
        let opened = self.pos;
        if self.rest().starts_with("/*") {
            let Some(length) = self.rest()[2..].find("*/") else {
                return Err(ParseError::new(opened, Reason::CommentNotTerminated));
            };
            let end = self.at + 2 + length + 2;
            self.bump_to(end);
        } else if self.rest().starts_with('#') || self.rest().starts_with("//") {
            self.skip_while(|c| c != '\n');
        } else {
            return Err(self.error(Reason::IllegalCharacter));
        }
        Ok(TokenKind::Comment)
    }

    /// A string ends at its quote, except that quotes and line breaks inside `${…}` belong to it.
    fn string(&mut self) -> Result<TokenKind, ParseError> {
        let opened = self.pos;
        let mut braces = 0_usize;
        self.bump();
        loop {
            let unfinished = ParseError::new(opened, Reason::StringNotTerminated);
            match self.bump().ok_or_else(|| unfinished.clone())? {
                '\n' if braces == 0 => return Err(unfinished),
                '"' if braces == 0 => return Ok(TokenKind::String),
                '$' if braces == 0 && self.peek() == Some('{') => {
                    self.bump();
                    braces = 1;
                }
                '{' if braces > 0 => braces += 1,
                '}' if braces > 0 => braces -= 1,
                // Which escapes exist is asked when the string is decoded; here only `\"` must not end it.
                '\\' => {
                    self.bump().ok_or(unfinished)?;
                }
                _ => {}
            }
        }
    }

    /// `<<NAME` or `<<-NAME`, and lines up to one that holds only the name, blanks aside.
    fn heredoc(&mut self) -> Result<TokenKind, ParseError> {
        let opened = self.pos;
        self.bump();
        if self.bump() != Some('<') {
            return Err(ParseError::new(opened, Reason::HeredocAnchor));
        }
        if self.peek() == Some('-') {
            self.bump();
        }
        let name_start = self.at;
        self.skip_while(|c| is_letter(c) || is_digit(c));
        let name = &self.text[name_start..self.at];
        if name.is_empty() || self.bump() != Some('\n') {
            return Err(ParseError::new(opened, Reason::HeredocAnchor));
        }
        loop {
            let Some(length) = self.rest().find('\n') else {
                return Err(ParseError::new(opened, Reason::HeredocNotTerminated));
            };
            let line = &self.rest()[..length];
            let closes = line.trim_start().trim_end_matches('\r') == name;
            self.bump_to(self.at + length + 1);
            if closes {
                return Ok(TokenKind::Heredoc);
            }
        }
    }

    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn bump(&mut self) -> Option<char> {
        let c = self.peek()?;
        self.at += c.len_utf8();
        self.pos = self.pos.after(c);
        Some(c)
    }

    fn bump_to(&mut self, end: usize) {
        while self.at < end && self.bump().is_some() {}
    }

    fn skip_while(&mut self, belongs: impl Fn(char) -> bool) {
        while self.peek().is_some_and(&belongs) {
            self.bump();
        }
    }

    fn error(&self, reason: Reason) -> ParseError {
        ParseError::new(self.pos, reason)
    }
}

fn is_letter(c: char) -> bool {
    c == '_' || c.is_alphabetic()
}

fn is_digit(c: char) -> bool {
    c.is_numeric()
}
