//! The shape of a text with its comments, for the formatter.
//!
//! The tree of values forgets comments and lines; this one keeps both, and the tokens as they were written.

use crate::error::{ParseError, Reason};
use crate::lexer::{Lexer, Token, TokenKind};

/// What stands in a body, in order.
pub(crate) enum Piece<'a> {
    /// Comment lines that belong to no item.
    Comments(Vec<&'a str>),
    Item(Item<'a>),
}

pub(crate) struct Item<'a> {
    /// Comments on the lines directly above.
    pub(crate) lead: Vec<&'a str>,
    pub(crate) keys: Vec<&'a str>,
    pub(crate) is_assigned: bool,
    pub(crate) value: Value<'a>,
    /// Comments behind it on its last line.
    pub(crate) trail: Vec<&'a str>,
    /// Line of the first key.
    pub(crate) line: u32,
}

pub(crate) enum Value<'a> {
    List(List<'a>),
    Literal(&'a str),
    Object(Vec<Piece<'a>>),
}

pub(crate) struct List<'a> {
    pub(crate) elements: Vec<Element<'a>>,
    /// Comments after the last element.
    pub(crate) tail: Vec<&'a str>,
    /// Whether all elements stand on the line of the bracket.
    pub(crate) is_one_line: bool,
}

pub(crate) struct Element<'a> {
    pub(crate) lead: Vec<&'a str>,
    pub(crate) value: Value<'a>,
    pub(crate) trail: Vec<&'a str>,
}

/// Reads the shape of a text that the parser has accepted, so nesting is within the limits.
pub(crate) fn read(text: &str) -> Result<Vec<Piece<'_>>, ParseError> {
    let mut reader = Reader { lexer: Lexer::new(text), peeked: None, comments: Vec::new(), last_line: 0 };
    let pieces = reader.body(TokenKind::Eof)?;
    Ok(pieces)
}

struct Reader<'a> {
    lexer: Lexer<'a>,
    peeked: Option<Token<'a>>,
    /// Comments read on the way to the peeked token and not yet placed.
    comments: Vec<Token<'a>>,
    /// Line on which the last token that was taken ends.
    last_line: u32,
}

impl<'a> Reader<'a> {
    fn body(&mut self, close: TokenKind) -> Result<Vec<Piece<'a>>, ParseError> {
        let mut pieces = Vec::new();
        loop {
            let next = self.peek()?;
            self.place_comments(&next, close, &mut pieces);
            if next.kind == close {
                self.take()?;
                return Ok(pieces);
            }
            let mut item = self.item()?;
            item.trail = self.trail()?;
            pieces.push(Piece::Item(item));
        }
    }

    /// Comments that end on the line above an item stay for the item; groups before them stand alone.
    fn place_comments(&mut self, next: &Token<'a>, close: TokenKind, pieces: &mut Vec<Piece<'a>>) {
        let mut groups: Vec<Vec<Token<'a>>> = Vec::new();
        for comment in self.comments.drain(..) {
            match groups.last_mut() {
                Some(group) if group.last().is_some_and(|last| end_line(last) + 1 >= comment.pos.line) => {
                    group.push(comment);
                }
                _ => groups.push(vec![comment]),
            }
        }
        let is_lead =
            |group: &Vec<Token<'a>>| group.last().is_some_and(|last| end_line(last) + 1 >= next.pos.line);
        let lead = if next.kind == close { None } else { groups.pop_if(|group| is_lead(group)) };
        pieces.extend(groups.into_iter().map(|group| Piece::Comments(texts(&group))));
        self.comments = lead.unwrap_or_default();
    }

    fn item(&mut self) -> Result<Item<'a>, ParseError> {
        let line = self.peek()?.pos.line;
        let mut keys = Vec::new();
        let mut is_assigned = false;
        loop {
            let token = self.peek()?;
            match token.kind {
                TokenKind::Ident | TokenKind::String if !is_assigned => keys.push(self.take()?.text),
                TokenKind::Assign => {
                    is_assigned = true;
                    self.take()?;
                }
                _ => break,
            }
        }
        // Comments between the keys and the value have no line of their own; they move above the item.
        self.peek()?;
        let lead = texts(&std::mem::take(&mut self.comments));
        Ok(Item { lead, keys, is_assigned, value: self.value()?, trail: Vec::new(), line })
    }

    fn value(&mut self) -> Result<Value<'a>, ParseError> {
        let token = self.take()?;
        match token.kind {
            TokenKind::LeftBrace => Ok(Value::Object(self.body(TokenKind::RightBrace)?)),
            TokenKind::LeftBracket => Ok(Value::List(self.list(token.pos.line)?)),
            TokenKind::Bool | TokenKind::Heredoc | TokenKind::Number | TokenKind::String => {
                Ok(Value::Literal(token.text))
            }
            TokenKind::Assign
            | TokenKind::Comma
            | TokenKind::Comment
            | TokenKind::Eof
            | TokenKind::Ident
            | TokenKind::RightBrace
            | TokenKind::RightBracket => {
                let found = token.kind.name();
                Err(ParseError::new(token.pos, Reason::Expected { wanted: "a value", found }))
            }
        }
    }

    fn list(&mut self, opened: u32) -> Result<List<'a>, ParseError> {
        let mut elements = Vec::new();
        let mut is_one_line = true;
        loop {
            let next = self.peek()?;
            if next.kind == TokenKind::RightBracket {
                let tail = texts(&std::mem::take(&mut self.comments));
                self.take()?;
                return Ok(List { elements, tail, is_one_line });
            }
            if next.kind == TokenKind::Comma {
                self.take()?;
                continue;
            }
            is_one_line &= next.pos.line == opened;
            let lead = texts(&std::mem::take(&mut self.comments));
            let value = self.value()?;
            let trail = self.trail()?;
            elements.push(Element { lead, value, trail });
        }
    }

    /// Comments behind what was just read, on its last line, on either side of a comma.
    fn trail(&mut self) -> Result<Vec<&'a str>, ParseError> {
        let line = self.last_line;
        if self.peek()?.kind == TokenKind::Comma {
            self.take()?;
            self.peek()?;
        }
        let here = self.comments.iter().take_while(|comment| comment.pos.line == line).count();
        Ok(texts(&self.comments.drain(..here).collect::<Vec<_>>()))
    }

    fn peek(&mut self) -> Result<Token<'a>, ParseError> {
        loop {
            if let Some(token) = self.peeked {
                return Ok(token);
            }
            let token = self.lexer.next()?;
            if token.kind == TokenKind::Comment {
                self.comments.push(token);
            } else {
                self.peeked = Some(token);
            }
        }
    }

    fn take(&mut self) -> Result<Token<'a>, ParseError> {
        let token = self.peek()?;
        self.peeked = None;
        self.last_line = end_line(&token);
        Ok(token)
    }
}

fn end_line(token: &Token<'_>) -> u32 {
    // A heredoc takes the end of its last line with it.
    let breaks = token.text.trim_end().bytes().filter(|byte| *byte == b'\n').count();
    token.pos.line + u32::try_from(breaks).unwrap_or(u32::MAX)
}

fn texts<'a>(tokens: &[Token<'a>]) -> Vec<&'a str> {
    tokens.iter().map(|token| token.text.trim_end()).collect()
}
