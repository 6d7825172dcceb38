//! What a default, a trigger or a function makes of a sequence's value, read from its text.
//!
//! [`Expression`] reads one expression as `pg_get_expr()` writes it, [`Body`] the text of a function in SQL or
//! PL/pgSQL. Both say which sequences are drawn from and which functions are called, and turn expressions round:
//! from a value in the column back to the sequence's own ([`Mapping`]).

mod body;
mod calls;
mod invert;
mod lexer;
mod mapping;
mod statement;
mod text;
mod tree;
mod value;
mod written;

pub use body::{Assignment, Body};
pub use calls::{Argument, Call, CallArgument, Draw};
pub use invert::NotInvertible;
pub use lexer::Malformed;
pub use mapping::Mapping;
pub use text::TextShape;

/// An expression in SQL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expression {
    text: String,
    draws: Vec<Draw>,
    calls: Vec<Call>,
    tree: Result<tree::Node, String>,
}

impl Expression {
    /// Reads an expression.
    ///
    /// # Errors
    /// Text that cannot be cut into tokens, such as a quote without an end. Syntax that is not understood is no
    /// error here: draws and calls are found in it all the same, and [`Self::mapping`] says so.
    pub fn parse(text: &str) -> Result<Self, Malformed> {
        Ok(Self::from_tokens(&lexer::tokens(text)?))
    }

    fn from_tokens(tokens: &[lexer::Token<'_>]) -> Self {
        let (draws, calls) = calls::find(tokens);
        Self { text: lexer::text_of(tokens), draws, calls, tree: tree::parse(tokens) }
    }

    /// The expression, without comments.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The calls of `nextval()`, in their order.
    pub fn draws(&self) -> &[Draw] {
        &self.draws
    }

    /// The calls of other functions, in their order; `currval()`, `lastval()` and `setval()` left out.
    pub fn calls(&self) -> &[Call] {
        &self.calls
    }

    /// What the expression makes of the value that it draws.
    ///
    /// # Errors
    /// Why it cannot be turned round.
    pub fn mapping(&self) -> Result<Mapping, NotInvertible> {
        self.mapping_through(&|_| None)
    }

    /// As [`Self::mapping`], where functions that the expression calls may draw: `resolve` gives what a function
    /// makes of its sequence's value, or `None` for a function that draws from none.
    ///
    /// # Errors
    /// Why it cannot be turned round.
    pub fn mapping_through(
        &self,
        resolve: &dyn Fn(&Call) -> Option<Mapping>,
    ) -> Result<Mapping, NotInvertible> {
        if self.draws.len() > 1 {
            return Err(NotInvertible::SeveralDraws(self.draws.len()));
        }
        let tree = self.tree.as_ref().map_err(|what| NotInvertible::Syntax(what.clone()))?;
        invert::mapping(tree, resolve)
    }
}

/// What an expression that the user wrote makes of a sequence's value, with the word `nextval` alone for the value
/// drawn: `'A-' || nextval`.
///
/// # Errors
/// Why it cannot be turned round.
pub fn declared(text: &str) -> Result<Mapping, NotInvertible> {
    let mut tokens = lexer::tokens(text).map_err(|error| NotInvertible::Syntax(error.to_string()))?;
    for at in (0..tokens.len()).rev() {
        let alone = !tokens.get(at + 1).is_some_and(|next| next.is("("));
        if tokens[at].word() == Some("nextval") && alone {
            let symbol = |text| lexer::Token { kind: lexer::Kind::Symbol, text, spaced: false };
            tokens.splice(at + 1..at + 1, [symbol("("), symbol(")")]);
        }
    }
    Expression::from_tokens(&tokens).mapping()
}

#[cfg(test)]
mod tests;
