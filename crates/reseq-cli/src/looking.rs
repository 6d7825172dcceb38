//! What every command begins with: read the catalogue, look at the sequences and rows, say what is wrong.

use reseq::catalog::{self, Catalog};
use reseq::diagnose::{self, Report, diagnose};
use reseq::model::{ObjectName, Oid, QuotedName};
use reseq::observe::{Observations, Request, observe};
use reseq::plan::IgnoreAbove;
use reseq::report::Checked;
use reseq::session::{Server, Sessions};

use crate::failure::Failure;
use crate::options::IgnoreAboveValue;
use crate::ui::Progress;

/// What was found in one database.
#[derive(Debug)]
pub(crate) struct Looked {
    pub(crate) server: Server,
    pub(crate) catalog: Catalog,
    pub(crate) observations: Observations,
    pub(crate) report: Report,
    /// Which rows were left out.
    pub(crate) ignore_above: Vec<IgnoreAbove>,
}

impl Looked {
    /// As the library's formats take it.
    pub(crate) fn checked(&self) -> Checked<'_> {
        let Self { server, catalog, observations, report, .. } = self;
        Checked { server, catalog, observations, report }
    }
}

/// What is looked for.
#[derive(Debug)]
pub(crate) struct Question {
    pub(crate) scan_limit: u64,
    pub(crate) findings: diagnose::Options,
    /// Rows to be left out, as the user said it.
    pub(crate) ignore_above: Vec<IgnoreAboveValue>,
}

impl Question {
    /// Looks at one database.
    pub(crate) fn look(&self, sessions: &mut Sessions, progress: &Progress) -> Result<Looked, Failure> {
        progress.doing("reading the catalogue");
        let catalog = catalog::read(sessions.first(), &[])?;
        let selected = vec![true; catalog.sequences.len()];
        let ignore_above = self.ignore_above(&catalog)?;
        progress.doing(format!("looking at {} sequences", selected.len()));
        let request = Request {
            selected: &selected,
            scan_limit: self.scan_limit,
            ignore_above: &ignore_above,
            detail: true,
        };
        let observations = observe(sessions, &catalog, &request)?;
        let report = diagnose(&catalog, &observations, &self.findings);
        Ok(Looked { server: sessions.server().clone(), catalog, observations, report, ignore_above })
    }

    /// The rows to be left out, their sequences looked up.
    fn ignore_above(&self, catalog: &Catalog) -> Result<Vec<IgnoreAbove>, Failure> {
        let rule = |rule: &IgnoreAboveValue| {
            let sequence = rule.sequence.as_deref().map(|name| oid_of(catalog, name)).transpose()?;
            Ok(IgnoreAbove { sequence, value: rule.value })
        };
        self.ignore_above.iter().map(rule).collect()
    }
}

/// The one sequence of this name, which may be without its schema.
fn oid_of(catalog: &Catalog, name: &str) -> Result<Oid, Failure> {
    let wanted = ObjectName::parse(name);
    let is_wanted = |quoted: &QuotedName| {
        let (Some(wanted), Some(name)) = (&wanted, ObjectName::parse(quoted.as_str())) else { return false };
        wanted.name == name.name && (wanted.schema.is_none() || wanted.schema == name.schema)
    };
    let mut found = catalog.sequences.iter().filter(|sequence| is_wanted(&sequence.name));
    match (found.next(), found.next()) {
        (Some(only), None) => Ok(only.oid),
        (Some(one), Some(other)) => Err(Failure::usage(
            format!("there are several sequences {name}: {}, {}", one.name, other.name),
            "name it with its schema",
        )),
        (None, _) => Err(Failure::usage(
            format!("there is no sequence {name}"),
            "reseq check -v lists the sequences; capitals and special characters need double quotes, as in SQL",
        )),
    }
}
