//! From what an expression or a body calls to the sequences that it draws from.

use super::Via;
use super::found::{ColumnAt, Found, FoundLink, Unclear};
use super::functions::{DEEPEST, Function, Functions};
use super::sequences::{Meaning, Sequences};
use crate::model::expression::{Argument, Call, Draw, Expression};
use crate::model::{Definition, Mapping, ObjectName};

/// What is known of everything that draws.
#[derive(Clone, Copy, Debug)]
pub(super) struct Resolver<'a> {
    pub(super) sequences: &'a Sequences,
    pub(super) functions: &'a Functions,
}

/// Where a draw stands: what its names and variables mean there.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Surroundings<'a> {
    /// The function, within a body.
    pub(super) function: Option<&'a Function>,
    /// The call of the function.
    pub(super) call: Option<&'a Call>,
    /// The arguments of the trigger that calls the function.
    pub(super) trigger_arguments: &'a [String],
    /// The one sequence that the expression names as a constant, known by its OID.
    pub(super) constant: Option<usize>,
}

/// What a draw draws from.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Source {
    /// This sequence.
    Sequence(usize),
    /// One that cannot be told, and why.
    Unclear(String),
    /// A sequence that is none of ours: an extension's, or temporary.
    NotOurs,
}

impl Resolver<'_> {
    /// What an expression draws from, each once.
    pub(super) fn sources(&self, expression: &Expression, surroundings: Surroundings<'_>) -> Vec<Source> {
        self.all_sources(expression.draws(), expression.calls(), surroundings)
    }

    /// What draws and calls draw from, each once.
    pub(super) fn all_sources(
        &self,
        draws: &[Draw],
        calls: &[Call],
        surroundings: Surroundings<'_>,
    ) -> Vec<Source> {
        let mut sources = Vec::new();
        self.collect(draws, calls, surroundings, DEEPEST, &mut sources);
        sources.sort_unstable();
        sources.dedup();
        sources
    }

    fn collect(
        &self,
        draws: &[Draw],
        calls: &[Call],
        surroundings: Surroundings<'_>,
        depth: usize,
        sources: &mut Vec<Source>,
    ) {
        sources.extend(draws.iter().map(|draw| self.source(&draw.argument, surroundings)));
        let Some(deeper) = depth.checked_sub(1) else { return };
        for call in calls {
            for function in self.functions.called_by(call) {
                let inside = Surroundings {
                    function: Some(function),
                    call: Some(call),
                    constant: None,
                    ..surroundings
                };
                // What the function draws without returning it goes elsewhere: into the row of a log.
                let before = sources.len();
                for returned in function.body.returned() {
                    self.collect(returned.draws(), returned.calls(), inside, deeper, sources);
                }
                if sources.len() == before {
                    self.collect(function.body.draws(), function.body.calls(), inside, deeper, sources);
                }
            }
        }
    }

    fn source(&self, argument: &Argument, surroundings: Surroundings<'_>) -> Source {
        match argument {
            Argument::Regclass(name) => match surroundings.constant {
                Some(sequence) => Source::Sequence(sequence),
                None => self.named(name, surroundings).unwrap_or(Source::NotOurs),
            },
            Argument::Text(name) => self.named_in_text(name, surroundings),
            Argument::Parameter(number) => self.given(number.checked_sub(1), "$", surroundings),
            Argument::Variable(name) => {
                let place = surroundings
                    .function
                    .and_then(|function| function.parameters.iter().position(|parameter| parameter == name));
                self.given(place, name, surroundings)
            }
            Argument::TriggerArgument(place) => match surroundings.trigger_arguments.get(*place) {
                Some(name) => self.named_by(name, surroundings),
                None => built(&format!("TG_ARGV[{place}]")),
            },
            Argument::Dynamic(expression) => built(expression),
        }
    }

    /// A sequence whose name is the function's parameter at `place`.
    fn given(&self, place: Option<usize>, name: &str, surroundings: Surroundings<'_>) -> Source {
        let (Some(place), Some(call)) = (place, surroundings.call) else { return built(name) };
        let by_name = call.arguments.iter().find(|argument| argument.parameter.as_deref() == Some(name));
        let argument =
            by_name.or_else(|| call.arguments.get(place).filter(|argument| argument.parameter.is_none()));
        match argument.and_then(|argument| argument.literal.as_deref()) {
            Some(literal) => self.named_by(literal, surroundings),
            None => built(name),
        }
    }

    fn named_by(&self, text: &str, surroundings: Surroundings<'_>) -> Source {
        match ObjectName::parse(text) {
            Some(name) => self.named_in_text(&name, surroundings),
            None => built(&format!("'{text}'")),
        }
    }

    fn named_in_text(&self, name: &ObjectName, surroundings: Surroundings<'_>) -> Source {
        self.named(name, surroundings)
            .unwrap_or_else(|| Source::Unclear(format!("there is no sequence of the name {name}")))
    }

    fn named(&self, name: &ObjectName, surroundings: Surroundings<'_>) -> Option<Source> {
        let search_path = surroundings.function.and_then(|function| function.search_path.as_deref());
        match self.sequences.meaning(name, search_path) {
            Meaning::One(sequence) => Some(Source::Sequence(sequence)),
            Meaning::Several(candidates) => Some(Source::Unclear(format!(
                "the search path of whoever inserts decides which sequence {name} is: {}",
                self.sequences.names(&candidates)
            ))),
            Meaning::None => None,
        }
    }

    /// What an expression makes of the sequence that it draws from, or why it cannot be turned round.
    fn mapping(&self, expression: &Expression, sequence: usize) -> Result<Mapping, String> {
        let mapping = self.functions.mapping_through(expression)?;
        let Definition { min, max, .. } = *self.sequences.list[sequence].definition;
        if mapping.loses_negatives(min, max) { Err(LOSES_NEGATIVES.to_owned()) } else { Ok(mapping) }
    }

    /// Adds a column whose values are made by `expression`: a link, or what is unclear about it.
    pub(super) fn add(
        &self,
        found: &mut Found,
        column: ColumnAt,
        via: impl Fn(usize) -> Via,
        expression: &Expression,
        surroundings: Surroundings<'_>,
    ) {
        let sources = self.sources(expression, surroundings);
        let unclear = |sequence, reason: &str| Unclear {
            column: Some(column),
            sequence,
            source: expression.text().to_owned(),
            reason: reason.to_owned(),
        };
        match sources.as_slice() {
            &[Source::Sequence(sequence)] => match self.mapping(expression, sequence) {
                Ok(mapping) => found.links.push(FoundLink {
                    column,
                    sequence,
                    via: via(sequence),
                    mapping: (mapping != Mapping::IDENTITY).then(|| Box::new(mapping)),
                }),
                Err(reason) => found.unclear.push(unclear(Some(sequence), &reason)),
            },
            sources => {
                for source in sources {
                    match source {
                        Source::Sequence(sequence) => {
                            let reason = "the column draws from several sequences";
                            found.unclear.push(unclear(Some(*sequence), reason));
                        }
                        Source::Unclear(reason) => found.unclear.push(unclear(None, reason)),
                        Source::NotOurs => {}
                    }
                }
            }
        }
    }
}

/// Why the values that a mapping makes of a sequence cannot all be read again.
pub(super) const LOSES_NEGATIVES: &str =
    "the sequence can go below 0, and negative numbers cannot be read again as they are written";

fn built(expression: &str) -> Source {
    Source::Unclear(format!("the sequence's name is only known at run time: {expression}"))
}
