//! Functions that draw from a sequence, by themselves or through others.

use reseq_pq as pq;

use super::query::each_row;
use crate::Error;
use crate::model::expression::{Body, Call, Expression, NotInvertible};
use crate::model::{Mapping, ObjectName, Oid};
use crate::session::Session;

/// A function that draws or may call one that does.
#[derive(Debug)]
pub(super) struct Function {
    pub(super) oid: Oid,
    name: ObjectName,
    /// `schema.name(types)`, quoted.
    pub(super) signature: String,
    pub(super) body: Body,
    /// The names of its parameters, empty for those without.
    pub(super) parameters: Vec<String>,
    /// How many arguments a call may have; no end with VARIADIC.
    arguments: (usize, Option<usize>),
    /// The schemas of its own `SET search_path`, where it has one that is known by itself.
    pub(super) search_path: Option<Vec<String>>,
}

/// All functions that draw, by themselves or through others.
#[derive(Debug, Default)]
pub(super) struct Functions(Vec<Function>);

/// Reads the functions that draw, then those that call them, until no more are found.
pub(super) fn read(session: &mut Session) -> Result<Functions, Error> {
    // Functions with SQL-standard bodies are all read at first, since no search finds a word in them: those
    // that do not draw wait here until one is found that they call.
    let mut waiting = read_mentioning(session, r"\mnextval\M", true)?;
    let mut drawing: Vec<Function> = Vec::new();
    loop {
        let (draws, others): (Vec<_>, Vec<_>) = waiting
            .into_iter()
            .partition(|one: &Function| !one.body.draws().is_empty() || one.calls_any(&drawing));
        waiting = others;
        if draws.is_empty() {
            return Ok(Functions(drawing));
        }
        let names: Vec<_> = draws.iter().map(|one| escaped(&one.name.name)).collect();
        drawing.extend(draws);
        for further in read_mentioning(session, &format!(r"\m({})\M", names.join("|")), false)? {
            if !drawing.iter().chain(&waiting).any(|known| known.oid == further.oid) {
                waiting.push(further);
            }
        }
    }
}

fn read_mentioning(session: &mut Session, words: &str, standard: bool) -> Result<Vec<Function>, Error> {
    let sql = if session.server().major() < 14 {
        include_str!("sql/functions_10.sql")
    } else {
        include_str!("sql/functions.sql")
    };
    let mut functions = Vec::new();
    let params = [Some(words), Some(if standard { "t" } else { "f" })];
    each_row(session, "read the functions", sql, &params, |row| {
        functions.extend(function(row)?);
        Ok(())
    })?;
    Ok(functions)
}

/// `None` for a body in a language that is not understood: whatever it says, nothing is known of it.
fn function(row: pq::Row<'_>) -> Result<Option<Function>, pq::Error> {
    let Ok(body) = Body::parse(row.get(4)?) else { return Ok(None) };
    Ok(Some(Function {
        oid: Oid(row.get(0)?),
        name: ObjectName { schema: Some(row.get(1)?), name: row.get(2)? },
        signature: row.get(3)?,
        body,
        parameters: row.get::<Option<Vec<String>>>(5)?.unwrap_or_default(),
        arguments: (
            usize::from(row.get::<i16>(6)?.unsigned_abs()),
            row.get::<Option<i16>>(7)?.map(|most| usize::from(most.unsigned_abs())),
        ),
        search_path: row.get::<Option<&str>>(8)?.and_then(schemas),
    }))
}

/// The schemas of a search path; `None` where it depends on the role.
fn schemas(search_path: &str) -> Option<Vec<String>> {
    search_path
        .split(',')
        .map(|schema| ObjectName::parse(schema.trim()).map(|schema| schema.name))
        .map(|schema| schema.filter(|schema| schema != "$user"))
        .collect()
}

/// Letters, digits and underscores stand for themselves in a regular expression; everything else after a
/// backslash does.
fn escaped(name: &str) -> String {
    let mut regex = String::new();
    for character in name.chars() {
        if !character.is_alphanumeric() && character != '_' {
            regex.push('\\');
        }
        regex.push(character);
    }
    regex
}

impl Function {
    fn calls_any(&self, functions: &[Self]) -> bool {
        functions.iter().any(|other| self.body.calls().iter().any(|call| other.is_called_by(call)))
    }

    fn is_called_by(&self, call: &Call) -> bool {
        let same_schema = call.function.schema.is_none() || call.function.schema == self.name.schema;
        let (fewest, most) = self.arguments;
        let given = call.arguments.len();
        same_schema
            && call.function.name == self.name.name
            && given >= fewest
            && most.is_none_or(|most| given <= most)
    }
}

impl Functions {
    /// Whether none draws.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// All of them.
    pub(super) fn iter(&self) -> impl Iterator<Item = &Function> {
        self.0.iter()
    }

    /// The OIDs of all.
    pub(super) fn oids(&self) -> impl Iterator<Item = Oid> {
        self.0.iter().map(|function| function.oid)
    }

    /// The function with this OID.
    pub(super) fn by_oid(&self, oid: Oid) -> Option<&Function> {
        self.0.iter().find(|function| function.oid == oid)
    }

    /// The functions that a call may mean: an unqualified name means any schema's.
    pub(super) fn called_by<'f>(&'f self, call: &'f Call) -> impl Iterator<Item = &'f Function> {
        self.0.iter().filter(|function| function.is_called_by(call))
    }

    /// What an expression makes of the sequence's value, its functions looked through.
    ///
    /// # Errors
    /// Why that cannot be told, in words.
    pub(super) fn mapping_through(&self, expression: &Expression) -> Result<Mapping, String> {
        let resolve = |call: &Call| self.mapping_of(call);
        expression.mapping_through(&resolve).map_err(|reason| {
            let mut called = expression.calls().iter().flat_map(|call| self.called_by(call));
            match called.next().filter(|_| reason == NotInvertible::NoDraw) {
                Some(function) => {
                    let returned = function.body.returned();
                    let why = returned.iter().find_map(|one| one.mapping_through(&resolve).err());
                    let inside = match why {
                        Some(why) => why.to_string(),
                        None if returned.is_empty() => "it has no RETURN".to_owned(),
                        None => "it returns in several ways".to_owned(),
                    };
                    format!("what {} returns cannot be turned round: {inside}", function.signature)
                }
                None => format!("the expression cannot be turned round: {reason}"),
            }
        })
    }

    /// What a call makes of the sequence's value, where the function draws and returns that.
    fn mapping_of(&self, call: &Call) -> Option<Mapping> {
        self.mapping_within(call, DEEPEST)
    }

    fn mapping_within(&self, call: &Call, depth: usize) -> Option<Mapping> {
        let deeper = depth.checked_sub(1)?;
        let resolve = |inner: &Call| self.mapping_within(inner, deeper);
        let mut returned = self.called_by(call).flat_map(|function| function.body.returned());
        let mapping = returned.next()?.mapping_through(&resolve).ok()?;
        returned.all(|other| other.mapping_through(&resolve).as_ref() == Ok(&mapping)).then_some(mapping)
    }
}

/// So many functions are looked through one behind the other at most.
pub(super) const DEEPEST: usize = 10;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_search_path_of_names_is_known() {
        assert_eq!(schemas(r#"app, "Mixed Case""#), Some(vec!["app".into(), "Mixed Case".into()]));
        assert_eq!(schemas(r#""$user", public"#), None);
    }

    #[test]
    fn names_are_searched_for_letter_by_letter() {
        assert_eq!(escaped("next_no$1+"), r"next_no\$1\+");
    }
}
