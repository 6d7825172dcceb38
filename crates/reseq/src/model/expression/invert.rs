//! Turns an expression round: from what it makes of a sequence's value to the [`Mapping`] that it is.

use super::calls::Call;
use super::tree::{self, Node, TypeName};
use super::value::{Drawn, Value};
use super::{Mapping, written};
use crate::model::ObjectName;

/// Why an expression cannot be turned round; in words that follow "the expression cannot be turned round: ".
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NotInvertible {
    /// It draws from no sequence.
    #[error("no call of nextval() can be seen in what it gives")]
    NoDraw,
    /// It draws more than once.
    #[error("there are {0} nextval() calls in it")]
    SeveralDraws(usize),
    /// What stands before the number changes.
    #[error("the prefix depends on {0}")]
    PrefixVaries(String),
    /// What stands behind the number changes.
    #[error("the suffix depends on {0}")]
    SuffixVaries(String),
    /// What is added or multiplied changes.
    #[error("it calculates with {0}")]
    ConstantVaries(String),
    /// A factor or a summand with a fraction.
    #[error("it calculates with {0}, which is no whole number")]
    NotWhole(String),
    /// Multiplied by 0, or always NULL.
    #[error("the value drawn makes no difference to it")]
    NoDifference,
    /// Factors or summands so large that the result could not be compared.
    #[error("its constants are too large")]
    TooLarge,
    /// The value goes through an operator that loses part of it.
    #[error("the value drawn goes through the operator {0}")]
    Operator(String),
    /// The value goes through a function that is not known.
    #[error("the value drawn goes through {0}()")]
    Function(String),
    /// The value goes through a function in a way that loses part of it.
    #[error("the value drawn goes through {function}() {how}")]
    FunctionUse {
        /// The function.
        function: &'static str,
        /// What is not understood or loses part of the value.
        how: String,
    },
    /// The value is cast to a type that loses part of it.
    #[error("the value drawn is cast to {0}")]
    Cast(String),
    /// The expression could not be parsed.
    #[error("{0} is not understood")]
    Syntax(String),
}

/// Looks up what a function makes of the sequence that it draws from.
pub(super) type Resolve<'r> = &'r dyn Fn(&Call) -> Option<Mapping>;

/// The mapping that the expression is.
pub(super) fn mapping(node: &Node, resolve: Resolve<'_>) -> Result<Mapping, NotInvertible> {
    match value(node, resolve)? {
        Value::Drawn(drawn) => drawn.into_mapping(),
        _ => Err(NotInvertible::NoDraw),
    }
}

/// The text that the expression always is.
pub(super) fn constant_text(node: &Node) -> Option<String> {
    match value(node, &|_| None) {
        Ok(Value::Text(text)) => Some(text),
        _ => None,
    }
}

fn value(node: &Node, resolve: Resolve<'_>) -> Result<Value, NotInvertible> {
    match node {
        Node::Number(number) => Ok(Value::number(number)),
        Node::Text(text) => Ok(Value::Text(text.clone())),
        Node::Null => Ok(Value::Null),
        Node::Name(name) => Ok(Value::Varies(name.to_string())),
        Node::Element { array, index } => {
            let parts = [value(array, resolve)?, value(index, resolve)?];
            Value::varying("an array", &parts).ok_or_else(|| NotInvertible::Operator("[]".to_owned()))
        }
        Node::Cast { operand, to } => cast(value(operand, resolve)?, to),
        Node::Operation { operator, operands } => {
            let values =
                operands.iter().map(|operand| value(operand, resolve)).collect::<Result<Vec<_>, _>>()?;
            operation(operator, values)
        }
        Node::Choice { conditions, results } => choice(conditions, results, resolve),
        Node::Call { name, arguments } => {
            let values = arguments
                .iter()
                .map(|argument| value(&argument.value, resolve))
                .collect::<Result<Vec<_>, _>>();
            match &**name {
                [name] if name == "nextval" => Ok(Value::Drawn(Drawn::SEQUENCE)),
                [name] => call(name, arguments, values?, resolve),
                _ => unknown(name, arguments, &values?, resolve),
            }
        }
    }
}

/// One of several values: drawn where one of them is, however often the others are taken.
fn choice(conditions: &[Node], results: &[Node], resolve: Resolve<'_>) -> Result<Value, NotInvertible> {
    let conditions = conditions.iter().map(|node| value(node, resolve)).collect::<Result<Vec<_>, _>>()?;
    let mut results = results.iter().map(|node| value(node, resolve)).collect::<Result<Vec<_>, _>>()?;
    if Value::varying("CASE", &conditions).is_none() {
        return Err(NotInvertible::Operator("CASE".to_owned()));
    }
    match results.iter().filter(|result| result.is_drawn()).count() {
        0 => Ok(Value::Varies("CASE".to_owned())),
        1 => {
            let at = results.iter().position(Value::is_drawn).unwrap_or_default();
            Ok(results.swap_remove(at))
        }
        several => Err(NotInvertible::SeveralDraws(several)),
    }
}

fn operation(operator: &str, mut values: Vec<Value>) -> Result<Value, NotInvertible> {
    let (Some(right), left) = (values.pop(), values.pop()) else {
        return Ok(Value::Varies(operator.to_owned()));
    };
    match (operator, left) {
        ("+", None) => right.calculate("+", 1, Value::Number(0)),
        ("-", None) => right.calculate("-", -1, Value::Number(0)),
        ("+", Some(left)) => left.calculate("+", 1, right),
        ("-", Some(left)) => right.calculate("-", -1, left),
        ("*", Some(left)) => left.multiply(right),
        ("||", Some(left)) => Value::join(vec![left, right]),
        (_, left) => {
            let parts: Vec<_> = left.into_iter().chain([right]).collect();
            Value::varying(operator, &parts).ok_or_else(|| NotInvertible::Operator(operator.to_owned()))
        }
    }
}

fn cast(operand: Value, to: &TypeName) -> Result<Value, NotInvertible> {
    match (&*to.name, &*to.modifiers) {
        ("smallint" | "integer" | "bigint" | "int" | "int2" | "int4" | "int8", []) => operand.into_number(to),
        ("numeric" | "decimal", [] | [_] | [_, 0]) => operand.into_number(to),
        ("text" | "character varying" | "varchar" | "bpchar", []) => Ok(operand.into_text()),
        ("character varying" | "varchar" | "character" | "char" | "bpchar", [characters]) => {
            operand.into_text().cut(*characters, to)
        }
        ("character" | "char", []) => operand.into_text().cut(1, to),
        ("name", []) => operand.into_text().cut(63, to),
        ("regclass", []) => Ok(operand),
        _ if operand == Value::Null => Ok(Value::Null),
        _ if operand.is_drawn() => Err(NotInvertible::Cast(to.to_string())),
        _ => Ok(Value::Varies(operand.cause().unwrap_or_else(|| format!("a constant of type {to}")))),
    }
}

fn call(
    name: &str,
    arguments: &[tree::Argument],
    values: Vec<Value>,
    resolve: Resolve<'_>,
) -> Result<Value, NotInvertible> {
    match name {
        "concat" => Value::join(values.into_iter().map(Value::or_empty).collect()),
        "concat_ws" => join_with_separator(values),
        "format" => written::format(values),
        "lpad" | "to_char" | "right" | "btrim" | "ltrim" | "rtrim"
            if values.first().is_some_and(Value::is_drawn) =>
        {
            written::pass(name, values)
        }
        _ => unknown(&[name.to_owned()], arguments, &values, resolve),
    }
}

/// `concat_ws()`: NULLs are left out, with their separators.
fn join_with_separator(values: Vec<Value>) -> Result<Value, NotInvertible> {
    let mut values = values.into_iter();
    let separator = values.next().unwrap_or(Value::Null);
    let mut parts = Vec::new();
    for value in values.filter(|value| *value != Value::Null) {
        if !parts.is_empty() {
            parts.push(separator.clone());
        }
        parts.push(value);
    }
    Value::join(parts)
}

/// A function that the catalogue may know: it may draw itself.
fn unknown(
    name: &[String],
    arguments: &[tree::Argument],
    values: &[Value],
    resolve: Resolve<'_>,
) -> Result<Value, NotInvertible> {
    let shown = name.join(".");
    let Some(cause) = Value::varying(&format!("{shown}()"), values) else {
        return Err(NotInvertible::Function(shown));
    };
    let Some(function) = ObjectName::from_parts(name.to_vec()) else { return Ok(cause) };
    let call =
        Call { function, arguments: arguments.iter().map(super::calls::CallArgument::of_node).collect() };
    Ok(resolve(&call).map_or(cause, |mapping| Value::Drawn(Drawn::from_mapping(mapping))))
}
