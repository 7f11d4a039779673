//! From tokens to the tree, for HCL's own spelling.

use crate::Limits;
use crate::error::{ParseError, Reason};
use crate::lexer::{Lexer, Token, TokenKind};
use crate::number::Number;
use crate::string::{unheredoc, unquote};
use crate::tree::{Body, Form, Item, Key, Pos, Value, ValueKind};

pub(crate) fn parse(text: &str, limits: &Limits) -> Result<Body, ParseError> {
    let mut parser = Parser { lexer: Lexer::new(text), peeked: None, budget: Budget::new(limits) };
    parser.body(TokenKind::Eof)
}

/// What is left of the limits. Both spellings spend from one.
pub(crate) struct Budget<'a> {
    limits: &'a Limits,
    depth: usize,
    items: usize,
}

impl<'a> Budget<'a> {
    pub(crate) fn new(limits: &'a Limits) -> Self {
        Self { limits, depth: limits.depth, items: limits.items }
    }

    pub(crate) fn spend_item(&mut self, pos: Pos) -> Result<(), ParseError> {
        let refused = || ParseError::new(pos, Reason::TooManyItems { items: self.limits.items });
        self.items = self.items.checked_sub(1).ok_or_else(refused)?;
        Ok(())
    }

    /// Enters an object or a list; [`Budget::leave`] must follow.
    pub(crate) fn enter(&mut self, pos: Pos) -> Result<(), ParseError> {
        let refused = || ParseError::new(pos, Reason::TooDeep { depth: self.limits.depth });
        self.depth = self.depth.checked_sub(1).ok_or_else(refused)?;
        Ok(())
    }

    pub(crate) fn leave(&mut self) {
        self.depth += 1;
    }
}

struct Parser<'a, 'l> {
    lexer: Lexer<'a>,
    peeked: Option<Token<'a>>,
    budget: Budget<'l>,
}

impl<'a> Parser<'a, '_> {
    /// Items up to the closing token, which is consumed. A comma may follow each item.
    fn body(&mut self, close: TokenKind) -> Result<Body, ParseError> {
        let mut items = Vec::new();
        while self.peek()?.kind != close {
            items.push(self.item()?);
            if self.peek()?.kind == TokenKind::Comma {
                self.next()?;
            }
        }
        self.next()?;
        Ok(Body { items })
    }

    fn item(&mut self) -> Result<Item, ParseError> {
        let mut keys = Vec::new();
        loop {
            let token = self.next()?;
            let refused = |wanted| unexpected(wanted, &token);
            match token.kind {
                TokenKind::Ident => {
                    keys.push(Key { text: token.text.to_owned(), quoted: false, pos: token.pos });
                }
                TokenKind::String => {
                    keys.push(Key { text: unquote(token.text, token.pos)?, quoted: true, pos: token.pos });
                }
                TokenKind::Assign if keys.len() == 1 => {
                    self.budget.spend_item(token.pos)?;
                    return Ok(Item { keys, form: Form::Attribute, value: self.value()? });
                }
                TokenKind::Assign if keys.len() > 1 => return Err(refused("'{' after a label")),
                TokenKind::LeftBrace if !keys.is_empty() => {
                    self.budget.spend_item(token.pos)?;
                    return Ok(Item { keys, form: Form::Block, value: self.object(token.pos)? });
                }
                TokenKind::Assign
                | TokenKind::Bool
                | TokenKind::Comma
                | TokenKind::Comment
                | TokenKind::Eof
                | TokenKind::Heredoc
                | TokenKind::LeftBrace
                | TokenKind::LeftBracket
                | TokenKind::Number
                | TokenKind::RightBrace
                | TokenKind::RightBracket => {
                    return Err(refused(if keys.is_empty() { "a key" } else { "'=' or '{' after a key" }));
                }
            }
        }
    }

    fn value(&mut self) -> Result<Value, ParseError> {
        let token = self.next()?;
        let kind = match token.kind {
            TokenKind::Bool => ValueKind::Bool(token.text == "true"),
            TokenKind::Heredoc => ValueKind::String(unheredoc(token.text)),
            TokenKind::LeftBrace => return self.object(token.pos),
            TokenKind::LeftBracket => return self.list(token.pos),
            TokenKind::Number => ValueKind::Number(Number::from_checked(token.text)),
            TokenKind::String => ValueKind::String(unquote(token.text, token.pos)?),
            TokenKind::Assign
            | TokenKind::Comma
            | TokenKind::Comment
            | TokenKind::Eof
            | TokenKind::Ident
            | TokenKind::RightBrace
            | TokenKind::RightBracket => return Err(unexpected("a value", &token)),
        };
        Ok(Value::new(token.pos, kind))
    }

    fn object(&mut self, pos: Pos) -> Result<Value, ParseError> {
        self.budget.enter(pos)?;
        let body = self.body(TokenKind::RightBrace)?;
        self.budget.leave();
        Ok(Value::new(pos, ValueKind::Object(body)))
    }

    fn list(&mut self, pos: Pos) -> Result<Value, ParseError> {
        self.budget.enter(pos)?;
        let mut list = Vec::new();
        // HCL 1 asks for a comma after every element but a list, and minds no comma too many.
        let mut needs_comma = false;
        loop {
            let token = *self.peek()?;
            if token.kind == TokenKind::RightBracket {
                self.next()?;
                break;
            }
            if token.kind == TokenKind::Comma {
                self.next()?;
                needs_comma = false;
                continue;
            }
            if needs_comma {
                return Err(unexpected("',' or ']'", &token));
            }
            self.budget.spend_item(token.pos)?;
            list.push(self.value()?);
            needs_comma = token.kind != TokenKind::LeftBracket;
        }
        self.budget.leave();
        Ok(Value::new(pos, ValueKind::List(list)))
    }

    fn peek(&mut self) -> Result<&Token<'a>, ParseError> {
        let token = match self.peeked.take() {
            Some(token) => token,
            None => self.token()?,
        };
        Ok(self.peeked.insert(token))
    }

    fn next(&mut self) -> Result<Token<'a>, ParseError> {
        match self.peeked.take() {
            Some(token) => Ok(token),
            None => self.token(),
        }
    }

    fn token(&mut self) -> Result<Token<'a>, ParseError> {
        loop {
            let token = self.lexer.next()?;
            if token.kind != TokenKind::Comment {
                return Ok(token);
            }
        }
    }
}

fn unexpected(wanted: &'static str, token: &Token<'_>) -> ParseError {
    ParseError::new(token.pos, Reason::Expected { wanted, found: token.kind.name() })
}
