//! Loads files into a table by COPY, with its sequences right in the very transaction in which the rows appear.

use std::path::{Path, PathBuf};

use super::IgnoreAbove;
use super::change::{Act, Change, Copy, Relation, Work};
use super::follow::Follow;
use super::stage::{self, Stage};
use crate::catalog::{Catalog, Column, SequenceId, Table};
use crate::file::{Compression, Format, Kind, Source};
use crate::model::{ObjectName, State};
use crate::report::text::shell_word;
use crate::{Error, Result};

/// What is loaded, and how.
#[derive(Clone, Debug, Default)]
pub struct LoadOptions {
    /// The columns that the files hold, in order, as the user writes them; else a header says it, or it is all columns
    /// of the table.
    pub columns: Option<Vec<String>>,
    /// Where ids come from.
    pub ids: Option<Ids>,
    /// What becomes of rows whose primary key is there already.
    pub on_conflict: OnConflict,
    /// Rows that the server does not take are left out, and kept in a file.
    pub reject: bool,
    /// Which rows the sequences need not go past.
    pub ignore_above: Vec<IgnoreAbove>,
}

/// Where the ids of new rows come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ids {
    /// From the file.
    Keep,
    /// From the sequence; those of the file are left out.
    New,
}

/// What becomes of a row whose primary key is there already.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OnConflict {
    /// Nothing is loaded.
    #[default]
    Error,
    /// The row that is there stays.
    Skip,
    /// The row that is there gets the values of the file; of several in the file the last one's.
    Update,
}

/// What a file is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileShape {
    /// Where it is.
    pub source: Source,
    /// How it is compressed.
    pub compression: Compression,
    /// How its rows are written.
    pub format: Format,
    /// The names of its header.
    pub names: Option<Vec<String>>,
}

/// How files are loaded.
#[derive(Clone, Debug)]
pub struct Load {
    /// What one transaction does.
    pub change: Change,
    /// One a file: how its rows are given to the server.
    pub feeds: Vec<Feed>,
}

/// How the rows of one file are given to the server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Feed {
    /// The place of its COPY in [`Change::acts`].
    pub act: usize,
    /// How many fields a row of the file has.
    pub width: usize,
    /// Which of them are left out.
    pub leave_out: Vec<usize>,
    /// What the server's messages call the relation that the rows are copied into: without schema and quotes.
    pub relation: String,
}

/// Plans to load `files` into `table`, in this order; `states` are where the table's sequences stand.
///
/// # Errors
/// [`Error::Usage`] where the files do not fit the table or each other.
pub fn load(
    catalog: &Catalog,
    table: &Table,
    states: &[(SequenceId, State)],
    files: &[FileShape],
    options: &LoadOptions,
) -> Result<Load> {
    let ids = id_columns(catalog, table, options)?;
    let mut change =
        Change { command: "load", title: title(table, files), unhurried: true, ..Change::default() };
    change.tables = vec![Relation { oid: table.oid, name: table.name.clone() }];
    change.locks = vec![Act {
        lock: format!("ROW EXCLUSIVE on {}, as INSERT takes it: reading and writing go on", table.name),
        ..Act::new(
            format!("lock {}", table.name),
            Work::Run(format!("LOCK TABLE {} IN ROW EXCLUSIVE MODE", table.name)),
        )
    }];
    let mut feeds = Vec::new();
    for (number, file) in files.iter().enumerate() {
        let columns = columns_of(table, file, options)?;
        let leave_out = left_out(&columns, &ids, file, options)?;
        let kept: Vec<&Column> = columns
            .iter()
            .enumerate()
            .filter(|(place, _)| !leave_out.contains(place))
            .map(|(_, column)| *column)
            .collect();
        if !leave_out.is_empty() {
            change.beyond_psql = Some("psql cannot leave columns of a file out".to_owned());
        }
        let written = Written { table, file, kept: &kept, options };
        let act = change.acts.len() + usize::from(options.on_conflict != OnConflict::Error);
        change.acts.extend(written.acts(number)?);
        feeds.push(Feed { act, width: columns.len(), leave_out, relation: written.relation(number) });
    }
    if options.reject {
        rejects_fit(files)?;
        // Else a row would be refused at COMMIT, with all the others.
        let immediate = Work::Run("SET CONSTRAINTS ALL IMMEDIATE".to_owned());
        change.locks.push(Act::new("check deferred constraints at once", immediate));
        change.beyond_psql = Some("psql cannot leave out the lines that the server does not take".to_owned());
    }
    change.remarks.extend(remarks(table, &ids, files, options));
    for (id, state) in states {
        let follow = Follow::of(catalog, *id, *state, &options.ignore_above)?;
        change.sequences.extend(follow.change());
        change.remarks.extend(follow.remark());
        change.acts.extend(follow.acts());
    }
    Ok(Load { change, feeds })
}

fn title(table: &Table, files: &[FileShape]) -> String {
    match files {
        [one] => format!("Load {} into {}", one.source, table.name),
        several => format!("Load {} files into {}", several.len(), table.name),
    }
}

fn usage(message: impl Into<String>, hint: impl Into<String>) -> Error {
    let hint = hint.into();
    Error::Usage { message: message.into(), hint: (!hint.is_empty()).then_some(hint) }
}

/// The columns whose values a sequence gives where the file does not: all of them or, with `--new-ids`, the one that is
/// meant.
fn id_columns(catalog: &Catalog, table: &Table, options: &LoadOptions) -> Result<Vec<String>> {
    let is_linked = |column: &&Column| table.links(catalog).any(|link| link.column == column.quoted);
    let linked: Vec<&Column> = table.columns.iter().filter(is_linked).collect();
    if options.ids != Some(Ids::New) {
        return Ok(linked.into_iter().map(|column| column.name.clone()).collect());
    }
    let in_key: Vec<&Column> = linked.iter().copied().filter(|column| column.in_key).collect();
    match (linked.as_slice(), in_key.as_slice()) {
        ([only], _) | (_, [only]) => Ok(vec![only.name.clone()]),
        ([], _) => Err(usage(
            format!("no column of {} takes its values from a sequence", table.name),
            "without --new-ids the ids of the file are loaded",
        )),
        _ => Err(usage(
            format!(
                "several columns of {} take their values from sequences: {}",
                table.name,
                quoted(&linked)
            ),
            "leave the columns that are to be new out of the file, instead of --new-ids",
        )),
    }
}

fn quoted(columns: &[&Column]) -> String {
    columns.iter().map(|column| column.quoted.as_str()).collect::<Vec<_>>().join(", ")
}

/// The columns that the fields of a file go to.
fn columns_of<'a>(table: &'a Table, file: &FileShape, options: &LoadOptions) -> Result<Vec<&'a Column>> {
    let names = match (&options.columns, &file.names) {
        (Some(columns), _) => columns,
        (None, Some(names)) => names,
        (None, None) if file.format.header => {
            return Err(usage(format!("{} is empty: it has no header", file.source), ""));
        }
        // As COPY without a list of columns.
        (None, None) => return Ok(table.columns.iter().filter(|column| !column.generated).collect()),
    };
    let mut columns: Vec<&Column> = Vec::with_capacity(names.len());
    for name in names {
        let Some(column) = table.column(name) else { return Err(no_column(table, file, options, name)) };
        if columns.contains(&column) {
            return Err(usage(format!("{}: column {} is named twice", file.source, column.quoted), ""));
        }
        columns.push(column);
    }
    Ok(columns)
}

fn no_column(table: &Table, file: &FileShape, options: &LoadOptions, name: &str) -> Error {
    let columns: Vec<&Column> = table.columns.iter().collect();
    let message = format!("{} has no column {name:?}; it has {}", table.name, quoted(&columns));
    if options.columns.is_some() {
        return usage(message, "");
    }
    usage(
        format!("{}, line 1: {message}", file.source),
        "the header names the columns: say them with --columns in its place, say --no-header where there is none, or \
         --file-format text for what is not csv",
    )
}

/// The fields that do not go to the server: those that it computes itself, and the ids that are to be new.
fn left_out(
    columns: &[&Column],
    ids: &[String],
    file: &FileShape,
    options: &LoadOptions,
) -> Result<Vec<usize>> {
    let is_id = |column: &Column| ids.contains(&column.name);
    if options.ids == Some(Ids::Keep) && !columns.iter().any(|column| is_id(column)) {
        return Err(usage(
            format!("{} holds no ids to keep: it has no column {}", file.source, ids.join(" or ")),
            "without --keep-ids the sequence numbers the rows",
        ));
    }
    let new = options.ids == Some(Ids::New);
    let out = |column: &Column| column.generated || (new && is_id(column));
    let left_out: Vec<usize> =
        columns.iter().enumerate().filter(|(_, column)| out(column)).map(|(place, _)| place).collect();
    if left_out.len() == columns.len() {
        return Err(usage(format!("{} holds no column that could be loaded", file.source), ""));
    }
    Ok(left_out)
}

/// Rejected lines of several files stand in one, which must be fit to be loaded again.
fn rejects_fit(files: &[FileShape]) -> Result<()> {
    let alike = |one: &FileShape, other: &FileShape| one.format == other.format && one.names == other.names;
    match files {
        [first, others @ ..] if !others.iter().all(|other| alike(first, other)) => Err(usage(
            "the files have different formats or columns, and their rejected lines cannot stand in one file",
            "load them one by one",
        )),
        _ => Ok(()),
    }
}

fn remarks(table: &Table, ids: &[String], files: &[FileShape], options: &LoadOptions) -> Vec<String> {
    let mut remarks = Vec::new();
    let always = table.columns.iter().filter(|column| column.always && options.ids != Some(Ids::New));
    let holds = |file: &FileShape, column: &Column| {
        let names = options.columns.as_ref().or(file.names.as_ref());
        names.is_none_or(|names| names.contains(&column.name))
    };
    for column in always.filter(|column| ids.contains(&column.name)) {
        if files.iter().any(|file| holds(file, column)) {
            remarks.push(format!(
                "{} is GENERATED ALWAYS, which COPY does not mind: the ids of the file are kept",
                column.quoted
            ));
        }
    }
    remarks
}

/// One file on its way into the table.
struct Written<'a> {
    table: &'a Table,
    file: &'a FileShape,
    kept: &'a [&'a Column],
    options: &'a LoadOptions,
}

impl Written<'_> {
    fn acts(&self, number: usize) -> Result<Vec<Act>> {
        let columns = quoted(self.kept);
        if self.options.on_conflict == OnConflict::Error {
            let copy = self.copy(&format!("{} ({columns})", self.table.name));
            return Ok(vec![self.copying(copy, None)]);
        }
        let update = self.options.on_conflict == OnConflict::Update;
        let stage = Stage::new(self.table, self.kept, number, update, &self.file.source)?;
        let create = Act::new("make a temporary table like it", Work::Run(stage.create()));
        let copy = self.copy(&stage.rows());
        if self.options.reject {
            return Ok(vec![create, self.copying(copy, Some(&stage))]);
        }
        let copying = self.copying(copy, None);
        let what = if update {
            format!("insert its rows into {}, updating those that are there", self.table.name)
        } else {
            format!("insert its rows into {}, skipping those that are there", self.table.name)
        };
        let insert = Act { told: true, ..Act::new(what, Work::Run(stage.insert())) };
        Ok(vec![create, copying, insert])
    }

    /// What the rows are copied into, as messages call it.
    fn relation(&self, number: usize) -> String {
        if self.options.on_conflict != OnConflict::Error {
            return stage::name(number);
        }
        let name = ObjectName::parse(self.table.name.as_str());
        name.map_or_else(|| self.table.name.to_string(), |name| name.name)
    }

    fn copying(&self, copy: Copy, stage: Option<&Stage<'_>>) -> Act {
        let rows = match self.options.ids {
            Some(Ids::New) => " with new ids",
            _ => "",
        };
        let kind = self.file.format.kind.name();
        let compressed = match self.file.compression {
            Compression::None => String::new(),
            compression => format!(", {}", compression.name()),
        };
        let what = format!("copy {} ({kind}{compressed}: {}){rows}", self.file.source, quoted(self.kept));
        let work = if self.options.reject {
            let (then, afterwards) = (stage.map(Stage::insert), stage.map(Stage::empty));
            Work::CopyInPortions { copy, then, afterwards }
        } else {
            Work::CopyIn(copy)
        };
        Act { told: true, ..Act::new(what, work) }
    }

    fn copy(&self, rows: &str) -> Copy {
        let header =
            if self.file.format.kind == Kind::Csv && self.file.format.header { ", HEADER" } else { "" };
        Copy {
            rows: rows.to_owned(),
            options: format!("WITH ({}{header})", self.file.format.copy_options()),
            file: match &self.file.source {
                Source::File(path) => Some(path.clone()),
                Source::Stdin => None,
            },
            in_psql: self.in_psql(),
        }
    }

    /// As psql's `\copy` gets the same rows.
    fn in_psql(&self) -> String {
        let Source::File(path) = &self.file.source else { return "pstdin".to_owned() };
        let path = absolute(path);
        let name = shell_word(&path.to_string_lossy());
        let unpack = match self.file.compression {
            Compression::None => None,
            Compression::Gzip => Some("gzip -dc"),
            Compression::Zstd => Some("zstd -dc"),
        };
        // Before PostgreSQL 15 only csv may have a header.
        let without_header = self.file.format.kind == Kind::Text && self.file.format.header;
        let program = match (unpack, without_header) {
            (None, false) => return quote(&path.to_string_lossy()),
            (None, true) => format!("tail -n +2 {name}"),
            (Some(unpack), false) => format!("{unpack} {name}"),
            (Some(unpack), true) => format!("{unpack} {name} | tail -n +2"),
        };
        format!("PROGRAM {}", quote(&program))
    }
}

/// As `\copy` reads its arguments.
fn quote(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// A script may be run from another folder.
fn absolute(path: &Path) -> PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned())
}
