//! Method file: the rows go to a file without their ids, are deleted, and come back, numbered by the sequence.

use super::{Act, Copy, RenumberFacts, RenumberOptions, Work, fill, list, run};
use crate::model::quote_literal;

/// As `pg_dump` sets them: floating-point numbers and times come back as they were.
const EXACT: &str = "SELECT pg_catalog.set_config('extra_float_digits', '3', true), \
                     pg_catalog.set_config('DateStyle', 'ISO', true), \
                     pg_catalog.set_config('IntervalStyle', 'postgres', true)";

/// Sends the rows to the file and back.
pub(super) fn push(acts: &mut Vec<Act>, facts: &RenumberFacts<'_>, options: &RenumberOptions) {
    let (Some(table), Some(path)) = (facts.renumbering.tables.first(), &options.file) else { return };
    let id = &facts.link.column;
    let rest: Vec<_> = table.stored().map(|column| &column.name).filter(|name| *name != id).collect();
    let columns = list(rest.iter().copied());
    let unnumbered = fill(
        include_str!("../sql/renumber_unnumbered.sql"),
        &[
            ("name", &quote_literal(&facts.link.full_name())),
            ("table", table.name.as_str()),
            ("column", id.as_str()),
        ],
    );
    acts.push(Act::new("make sure that every row has an id", Work::Demand(unnumbered)));
    acts.push(run("write numbers and times exactly".to_owned(), EXACT.to_owned()));
    let out = rest.iter().map(|name| format!("t.{name}")).collect::<Vec<_>>().join(", ");
    let copy = |rows| Copy {
        rows,
        options: String::new(),
        file: Some(path.clone()),
        in_psql: quote_literal(&path.to_string_lossy()).trim_start().to_owned(),
    };
    let rows = format!(
        "(SELECT {out} FROM {} AS t JOIN pg_temp.reseq_map AS m ON m.reseq_old = t.{id} ORDER BY m.reseq_new)",
        table.name
    );
    let what = format!("write the rows of {} without {id} to {}", table.name, path.display());
    acts.push(Act { told: true, ..Act::new(what, Work::CopyOut(copy(rows))) });
    acts.push(run(format!("empty {}", table.name), format!("DELETE FROM {}", table.rows())));
    let name = &facts.sequence.name;
    acts.push(run(
        format!("restart {name}"),
        format!("ALTER SEQUENCE {name} RESTART WITH {}", options.start),
    ));
    let what = format!("read the rows back from {}", path.display());
    acts.push(Act {
        told: true,
        ..Act::new(what, Work::CopyIn(copy(format!("{} ({columns})", table.name))))
    });
    let same = fill(
        include_str!("../sql/renumber_same.sql"),
        &[("table", table.name.as_str()), ("column", id.as_str())],
    );
    acts.push(Act::new("make sure that all rows came back", Work::Demand(same)));
}
