//! What the command says of itself.

use crate::support::{reseq, snapshot};

#[test]
fn without_a_command_the_commands_are_listed() {
    snapshot!(reseq(&[]), @"
    ─── standard error
    Finds every PostgreSQL sequence that will hand out an id that is already taken,
    or that is about to run out, and puts it right on a live database

    Usage: reseq <COMMAND>

    Commands:
      check        Say which sequences will hand out an id that is already taken, or
                   are about to run out
      fix          Make every sequence safe again that will hand out an id that is
                   already taken
      restart      Restart sequences: at a value, at their start, or after their
                   rows
      load         Load files into a table, with its sequences right in the very
                   transaction in which the rows appear
      renumber     Give the rows of a table new ids from a given start; everything
                   that refers to them follows
      clear        Start tables afresh: keep their rows in a backup, empty them,
                   restart their sequences
      save         Write the definition and the state of all sequences to a file
      undo         Put sequences back to where they stood before a run of reseq, or
                   when they were saved
      receipts     List what reseq has changed, when, where, and how it ended
      carry        Copy where sequences stand to another server, for a cut-over
                   without a duplicate key
      demo         A broken shop on a throw-away PostgreSQL, checked and repaired
                   before your eyes
      completions  Print the completions of a shell
      manual       Show a page of the manual: what a finding means and what to do
                   about it, and more; or write the man pages

    Options:
      -V, --version  Print version
      -?, --help     Print help

    Exit status: 0 all is well, 1 findings remain, 2 wrong usage, 3 could not look
    at everything or could not finish.
    ─── exit status 2
    ");
}

#[test]
fn help_of_the_whole() {
    snapshot!(reseq(&["--help"]), @"
    Finds every PostgreSQL sequence that will hand out an id that is already taken,
    or that is about to run out, and puts it right on a live database

    Usage: reseq <COMMAND>

    Commands:
      check        Say which sequences will hand out an id that is already taken, or
                   are about to run out
      fix          Make every sequence safe again that will hand out an id that is
                   already taken
      restart      Restart sequences: at a value, at their start, or after their
                   rows
      load         Load files into a table, with its sequences right in the very
                   transaction in which the rows appear
      renumber     Give the rows of a table new ids from a given start; everything
                   that refers to them follows
      clear        Start tables afresh: keep their rows in a backup, empty them,
                   restart their sequences
      save         Write the definition and the state of all sequences to a file
      undo         Put sequences back to where they stood before a run of reseq, or
                   when they were saved
      receipts     List what reseq has changed, when, where, and how it ended
      carry        Copy where sequences stand to another server, for a cut-over
                   without a duplicate key
      demo         A broken shop on a throw-away PostgreSQL, checked and repaired
                   before your eyes
      completions  Print the completions of a shell
      manual       Show a page of the manual: what a finding means and what to do
                   about it, and more; or write the man pages

    Options:
      -V, --version  Print version
      -?, --help     Print help

    Exit status: 0 all is well, 1 findings remain, 2 wrong usage, 3 could not look
    at everything or could not finish.
    ─── exit status 0
    ");
}

#[test]
fn help_of_check() {
    snapshot!(reseq(&["check", "--help"]), @r#"
    Say which sequences will hand out an id that is already taken, or are about to
    run out

    Reads only. Every sequence is looked at together with the columns that take
    their values from it: identity and serial columns, defaults and domains,
    functions and triggers that call nextval(). Exit status 1 if anything is found
    that --fail-on asks for, 3 if not everything could be looked at. What a finding
    means, and what to do about it: reseq manual CODE.

    Usage: reseq check [OPTIONS] [DBNAME]

    Options:
      -?, --help
              Print help

    Connection:
      -d, --dbname <DBNAME>
              Database, connection string or URI, as an option

      -h, --host <HOSTNAME>
              Server's host name or folder of its Unix socket

      -p, --port <PORT>
              Server's port

      -U, --username <USERNAME>
              Role to connect as

      -w, --no-password
              Never ask for a password

      -W, --password
              Ask for a password before connecting (it is asked for anyway where the
              server wants one)

      -a, --all
              All databases of the server that allow connections

          --maintenance-db <DBNAME>
              Database, connection string or URI to connect to for finding the
              others with --all [default: postgres, else template1]

          --exclude-database <PATTERN>
              No databases of these names with --all, by pg_dumpall's patterns; may
              be given more than once

      [DBNAME]
              Database, connection string ("host=db dbname=shop") or URI
              (postgresql://db/shop)

    Selection, by pg_dump's patterns; each may be given more than once:
      -n, --schema <PATTERN>
              Only sequences of tables in these schemas

      -N, --exclude-schema <PATTERN>
              No sequences of tables in these schemas

      -t, --table <PATTERN>
              Only sequences of these tables

      -T, --exclude-table <PATTERN>
              No sequences of these tables

      -s, --sequence <PATTERN>
              Only these sequences

    Findings:
          --fail-on <SEVERITY>
              Exit with status 1 from this severity on [default: error]

              [possible values: error, warning, note, never]

          --only <CODE,…>
              Look for these findings only: behind, exhausted, …

          --except <CODE,…>
              Do not look for these findings

          --exhausting-warning <PERCENT>
              From this used share on, `exhausting` is a warning [default: 75, or
              --exhausting-error if that is less]

          --exhausting-error <PERCENT>
              From this used share on, `exhausting` is an error [default: 90, or
              --exhausting-warning if that is more]

    Limits:
      -j, --jobs <NUMBER>
              Connections at once [default: 2]

          --lock-timeout <TIME>
              How long a statement may wait for a lock: 500ms, 10s, …; 0 is without
              end [default: 1s]

          --statement-timeout <TIME>
              How long a statement may run; 0 is without end [default: 1min]

          --scan-limit <SIZE>
              Up to which size tables are read where no index helps: 500MB, 2GB, …
              [default: 1GB]

          --foreign-tables
              Read foreign tables too, whatever that costs and whomever it reaches

          --retry <SECONDS>
              How long to look for another connection where one is lost, or for a
              server that is starting; 0 is not at all [default: 30]

          --config <FILE>
              Where reseq finds what options do not say [default: reseq.toml here,
              else in ~/.config/reseq]

    Output:
      -q, --quiet
              Say nothing where all is well

      -v, --verbose
              Also list notes and what is all right

          --color <WHEN>
              Colour: on a terminal unless NO_COLOR is set, always, or never

              [possible values: auto, always, never]

          --format <FORMAT>
              How results are written

              Possible values:
              - table:    For people
              - json:     As schema/check.schema.json describes it; with --all an
                array
              - csv:      A row for every finding, and for every sequence without
                one
              - markdown: For pull requests and tickets
              - nagios:   For monitoring systems, with their exit status

              [default: table]
    ─── exit status 0
    "#);
}

#[test]
fn help_of_fix() {
    snapshot!(reseq(&["fix", "--help"]), @r#"
    Make every sequence safe again that will hand out an id that is already taken

    Shows the plan, asks, moves the sequences, looks at them again and says what
    became of each. Sequences are moved forward only, while others go on working, by
    ways that do not race with them. Exit status 1 if something could not be
    repaired, 3 if the run could not be finished.

    Usage: reseq fix [OPTIONS] [DBNAME]

    Options:
      -?, --help
              Print help

    Connection:
      -d, --dbname <DBNAME>
              Database, connection string or URI, as an option

      -h, --host <HOSTNAME>
              Server's host name or folder of its Unix socket

      -p, --port <PORT>
              Server's port

      -U, --username <USERNAME>
              Role to connect as

      -w, --no-password
              Never ask for a password

      -W, --password
              Ask for a password before connecting (it is asked for anyway where the
              server wants one)

      -a, --all
              All databases of the server that allow connections

          --maintenance-db <DBNAME>
              Database, connection string or URI to connect to for finding the
              others with --all [default: postgres, else template1]

          --exclude-database <PATTERN>
              No databases of these names with --all, by pg_dumpall's patterns; may
              be given more than once

      [DBNAME]
              Database, connection string ("host=db dbname=shop") or URI
              (postgresql://db/shop)

    Selection, by pg_dump's patterns; each may be given more than once:
      -n, --schema <PATTERN>
              Only sequences of tables in these schemas

      -N, --exclude-schema <PATTERN>
              No sequences of tables in these schemas

      -t, --table <PATTERN>
              Only sequences of these tables

      -T, --exclude-table <PATTERN>
              No sequences of these tables

      -s, --sequence <PATTERN>
              Only these sequences

    Repair:
      -y, --yes
              Do not ask

          --dry-run
              Show the plan and change nothing, even with --yes

          --ignore-above <[SEQUENCE=]N>
              Leave out rows beyond this value, in all sequences or in one; may be
              given more than once

          --headroom <CALLS>
              Calls to spare between the furthest row and the next value

              [default: 0]

          --wait <SECONDS>
              How long to wait for transactions that have written to the tables,
              whose rows nobody sees yet

              [default: 10]

    Limits:
      -j, --jobs <NUMBER>
              Connections at once [default: 2]

          --lock-timeout <TIME>
              How long a statement may wait for a lock: 500ms, 10s, …; 0 is without
              end [default: 1s]

          --statement-timeout <TIME>
              How long a statement may run; 0 is without end [default: 1min]

          --scan-limit <SIZE>
              Up to which size tables are read where no index helps: 500MB, 2GB, …
              [default: 1GB]

          --foreign-tables
              Read foreign tables too, whatever that costs and whomever it reaches

          --retry <SECONDS>
              How long to look for another connection where one is lost, or for a
              server that is starting; 0 is not at all [default: 30]

          --config <FILE>
              Where reseq finds what options do not say [default: reseq.toml here,
              else in ~/.config/reseq]

    Output:
      -q, --quiet
              Say nothing where all is well

      -v, --verbose
              Also list notes and what is all right

          --color <WHEN>
              Colour: on a terminal unless NO_COLOR is set, always, or never

              [possible values: auto, always, never]

          --format <FORMAT>
              How results are written

              Possible values:
              - table: For people
              - json:  As schema/fix.schema.json describes it; with --all an array
              - sql:   With --dry-run: a script for psql

              [default: table]
    ─── exit status 0
    "#);
}

#[test]
fn help_of_restart() {
    snapshot!(reseq(&["restart", "--help"]), @"
    Restart sequences: at a value, at their start, or after their rows

    The next nextval() then returns just that value. Nothing is done where rows
    stand in the way, where the value is not one that the sequence can come to, or
    where values would be handed out again; then it is said what would do. All
    targets are restarted in one transaction, or none: exit status 1 where rows or
    the value stand in the way.

    Usage: reseq restart [OPTIONS] <TARGET>...

    Arguments:
      <TARGET>...
              What to restart: a table (with one column that draws from a sequence),
              table.column, or a sequence

    Options:
      -?, --help
              Print help

    Restart:
          --with <N>
              So that the next value is N

          --at-start
              So that the next value is the START that the sequence was created with

          --to-data
              So that the next value is the first one after the rows; START for an
              empty table

          --allow-backward
              Also back to values that may have been handed out before

          --force
              Although rows stand in the way, or although the value is not in the
              sequence's lane

          --list-gaps
              Also list the largest runs of values that no row has; alone, nothing
              else is done (JSON: schema/gaps.schema.json)

    Connection:
      -d, --dbname <DBNAME>
              Database, connection string or URI, as an option

      -h, --host <HOSTNAME>
              Server's host name or folder of its Unix socket

      -p, --port <PORT>
              Server's port

      -U, --username <USERNAME>
              Role to connect as

      -w, --no-password
              Never ask for a password

      -W, --password
              Ask for a password before connecting (it is asked for anyway where the
              server wants one)

    Consent:
      -y, --yes
              Do not ask

          --dry-run
              Show the plan and change nothing, even with --yes

    Limits:
      -j, --jobs <NUMBER>
              Connections at once [default: 2]

          --lock-timeout <TIME>
              How long a statement may wait for a lock: 500ms, 10s, …; 0 is without
              end [default: 1s]

          --statement-timeout <TIME>
              How long a statement may run; 0 is without end [default: 1min]

          --scan-limit <SIZE>
              Up to which size tables are read where no index helps: 500MB, 2GB, …
              [default: 1GB]

          --foreign-tables
              Read foreign tables too, whatever that costs and whomever it reaches

          --retry <SECONDS>
              How long to look for another connection where one is lost, or for a
              server that is starting; 0 is not at all [default: 30]

          --config <FILE>
              Where reseq finds what options do not say [default: reseq.toml here,
              else in ~/.config/reseq]

    Output:
      -q, --quiet
              Say nothing where all is well

      -v, --verbose
              Also list notes and what is all right

          --color <WHEN>
              Colour: on a terminal unless NO_COLOR is set, always, or never

              [possible values: auto, always, never]

          --format <FORMAT>
              How results are written

              Possible values:
              - table: For people
              - json:  As schema/change.schema.json describes it
              - sql:   With --dry-run: a script for psql

              [default: table]
    ─── exit status 0
    ");
}

#[test]
fn help_of_receipts() {
    snapshot!(reseq(&["receipts", "--help"]), @"
    List what reseq has changed, when, where, and how it ended

    The newest comes first. A run that was killed is told too: what it did, what it
    did not, and of what that is not known. With a receipt's name all of it is
    shown; where its transaction was cut off at COMMIT, the server that the receipt
    names is asked what became of it. -d, -h, -p and -U list those of that place
    only.

    Usage: reseq receipts [OPTIONS] [RECEIPT]

    Arguments:
      [RECEIPT]
              The receipt to show: its file, or the beginning of its name

    Options:
      -?, --help
              Print help

    Connection:
      -d, --dbname <DBNAME>
              Database, connection string or URI, as an option

      -h, --host <HOSTNAME>
              Server's host name or folder of its Unix socket

      -p, --port <PORT>
              Server's port

      -U, --username <USERNAME>
              Role to connect as

      -w, --no-password
              Never ask for a password

      -W, --password
              Ask for a password before connecting (it is asked for anyway where the
              server wants one)

    Output:
      -q, --quiet
              Say nothing where all is well

      -v, --verbose
              Also list notes and what is all right

          --color <WHEN>
              Colour: on a terminal unless NO_COLOR is set, always, or never

              [possible values: auto, always, never]

          --format <FORMAT>
              How results are written

              Possible values:
              - table: For people
              - json:  As schema/receipts.schema.json describes it

              [default: table]
    ─── exit status 0
    ");
}

#[test]
fn help_of_demo() {
    snapshot!(reseq(&["demo", "--help"]), @"
    A broken shop on a throw-away PostgreSQL, checked and repaired before your eyes

    Takes less than a minute, touches no other server, and leaves nothing behind. It
    needs the programs of a PostgreSQL server on this machine.

    Usage: reseq demo [OPTIONS]

    Options:
          --keep
              Leave the server running, for playing

      -?, --help
              Print help
    ─── exit status 0
    ");
}

#[test]
fn the_short_option_for_help_is_that_of_psql() {
    let run = reseq(&["check", "-?"]);
    assert!(run.stdout.contains("Usage: reseq check [OPTIONS] [DBNAME]"), "{run}");
    assert_eq!(run.status, Some(0), "{run}");
}

#[test]
fn an_unknown_command_is_wrong_usage() {
    snapshot!(reseq(&["chek"]), @"
    ─── standard error
    error: unrecognized subcommand 'chek'

      tip: a similar subcommand exists: 'check'

    Usage: reseq <COMMAND>

    For more information, try '--help'.
    ─── exit status 2
    ");
}

#[test]
fn an_unknown_option_is_wrong_usage() {
    snapshot!(reseq(&["check", "--fix"]), @"
    ─── standard error
    error: unexpected argument '--fix' found

      tip: to pass '--fix' as a value, use '-- --fix'

    Usage: reseq check [OPTIONS] [DBNAME]

    For more information, try '--help'.
    ─── exit status 2
    ");
}

#[test]
fn help_of_load() {
    snapshot!(reseq(&["load", "--help"]), @r#"
    Load files into a table, with its sequences right in the very transaction in
    which the rows appear

    COPY in one transaction: csv, text or binary, gzip and zstd by content, several
    files at once. Then every sequence that the table takes values from moves past
    the rows, forward only, while others go on working; nobody ever sees the rows
    without that. A line that the server does not take is named, and nothing is
    loaded; with --reject the others are loaded, the bad lines kept in a file, and
    the exit status is 1. Where the server does not say which line it is (foreign
    keys, --on-conflict), the files are read once more to find it.

    Usage: reseq load [OPTIONS] <TABLE> <FILE>...

    Arguments:
      <TABLE>
              Table that the rows go into

      <FILE>...
              Files in one of COPY's formats; - is standard input

    Options:
      -?, --help
              Print help

    Files:
          --file-format <FORMAT>
              Format of the files [default: binary by content, text by names like
              .txt .tsv .dat, else csv]

              Possible values:
              - csv:    Comma-separated values, with a header
              - text:   As \copy and pg_dump write it: tabs, backslashes, \N
              - binary: As COPY … (FORMAT binary) writes it

          --columns <COLUMN,…>
              Columns that the files hold, in order [default: as the header says,
              else all of the table]

          --encoding <ENCODING>
              Encoding of the texts in csv and text files, as the server names it:
              LATIN1, WIN1252 [default: $PGCLIENTENCODING, else UTF8]

          --header
              The first line is a header, also in the text format

          --no-header
              The first line is a row, also in csv

          --delimiter <CHARACTER>
              What stands between two fields [default: a comma in csv, a tab in
              text]

          --null <TEXT>
              What stands for NULL [default: nothing, without quotes, in csv; \N in
              text]

    Rows:
          --keep-ids
              Load the ids of the files; the default where they hold any

          --new-ids
              Leave the ids of the files out: the sequence numbers the rows, in
              their order

          --on-conflict <WHAT>
              What becomes of a row whose primary key is there already

              Possible values:
              - error:  Nothing is loaded
              - skip:   The row that is there stays
              - update: The row that is there gets the values of the file

              [default: error]

          --reject <FILE>
              Load what can be loaded, and keep the lines that the server does not
              take in this new file

          --ignore-above <[SEQUENCE=]N>
              Rows beyond this value need not be passed, by all sequences or by one;
              may be given more than once

    Connection:
      -d, --dbname <DBNAME>
              Database, connection string or URI, as an option

      -h, --host <HOSTNAME>
              Server's host name or folder of its Unix socket

      -p, --port <PORT>
              Server's port

      -U, --username <USERNAME>
              Role to connect as

      -w, --no-password
              Never ask for a password

      -W, --password
              Ask for a password before connecting (it is asked for anyway where the
              server wants one)

    Consent:
      -y, --yes
              Do not ask

          --dry-run
              Show the plan and change nothing, even with --yes

    Limits:
      -j, --jobs <NUMBER>
              Connections at once [default: 2]

          --lock-timeout <TIME>
              How long a statement may wait for a lock: 500ms, 10s, …; 0 is without
              end [default: 1s]

          --statement-timeout <TIME>
              How long a statement may run; 0 is without end [default: 1min]

          --scan-limit <SIZE>
              Up to which size tables are read where no index helps: 500MB, 2GB, …
              [default: 1GB]

          --foreign-tables
              Read foreign tables too, whatever that costs and whomever it reaches

          --retry <SECONDS>
              How long to look for another connection where one is lost, or for a
              server that is starting; 0 is not at all [default: 30]

          --config <FILE>
              Where reseq finds what options do not say [default: reseq.toml here,
              else in ~/.config/reseq]

    Output:
      -q, --quiet
              Say nothing where all is well

      -v, --verbose
              Also list notes and what is all right

          --color <WHEN>
              Colour: on a terminal unless NO_COLOR is set, always, or never

              [possible values: auto, always, never]

          --format <FORMAT>
              How results are written

              Possible values:
              - table: For people
              - json:  As schema/change.schema.json describes it
              - sql:   With --dry-run: a script for psql

              [default: table]
    ─── exit status 0
    "#);
}

#[test]
fn help_of_save() {
    snapshot!(reseq(&["save", "--help"]), @"
    Write the definition and the state of all sequences to a file

    Reads only. `reseq undo FILE` puts the sequences back to what the file says, as
    far as no value is handed out twice. As SQL it is a script for psql that makes
    the sequences that are not there and sets all of them, whatever the rows. A file
    that is there is not written over without --overwrite; the new one appears when
    it is complete.

    Usage: reseq save [OPTIONS] <FILE>

    Arguments:
      <FILE>
              The file, or - for standard output

    Options:
          --overwrite
              Write over a file that is there

      -?, --help
              Print help

    Connection:
      -d, --dbname <DBNAME>
              Database, connection string or URI, as an option

      -h, --host <HOSTNAME>
              Server's host name or folder of its Unix socket

      -p, --port <PORT>
              Server's port

      -U, --username <USERNAME>
              Role to connect as

      -w, --no-password
              Never ask for a password

      -W, --password
              Ask for a password before connecting (it is asked for anyway where the
              server wants one)

    Selection, by pg_dump's patterns; each may be given more than once:
      -n, --schema <PATTERN>
              Only sequences of tables in these schemas

      -N, --exclude-schema <PATTERN>
              No sequences of tables in these schemas

      -t, --table <PATTERN>
              Only sequences of these tables

      -T, --exclude-table <PATTERN>
              No sequences of these tables

      -s, --sequence <PATTERN>
              Only these sequences

    Limits:
      -j, --jobs <NUMBER>
              Connections at once [default: 2]

          --lock-timeout <TIME>
              How long a statement may wait for a lock: 500ms, 10s, …; 0 is without
              end [default: 1s]

          --statement-timeout <TIME>
              How long a statement may run; 0 is without end [default: 1min]

          --scan-limit <SIZE>
              Up to which size tables are read where no index helps: 500MB, 2GB, …
              [default: 1GB]

          --foreign-tables
              Read foreign tables too, whatever that costs and whomever it reaches

          --retry <SECONDS>
              How long to look for another connection where one is lost, or for a
              server that is starting; 0 is not at all [default: 30]

          --config <FILE>
              Where reseq finds what options do not say [default: reseq.toml here,
              else in ~/.config/reseq]

    Output:
      -q, --quiet
              Say nothing where all is well

      -v, --verbose
              Also list notes and what is all right

          --color <WHEN>
              Colour: on a terminal unless NO_COLOR is set, always, or never

              [possible values: auto, always, never]

          --format <FORMAT>
              What is written

              Possible values:
              - json: As schema/save.schema.json describes it: what reseq undo takes
              - sql:  A script for psql

              [default: json]
    ─── exit status 0
    ");
}

#[test]
fn help_of_undo() {
    snapshot!(reseq(&["undo", "--help"]), @"
    Put sequences back to where they stood before a run of reseq, or when they were
    saved

    Each goes back where no value is handed out twice by that: where nobody has
    drawn since, and no row stands in the way. Of the others it is said why they
    stay: exit status 1. Connects to where the receipt or the file is from; the
    options may say another way to the same database. All that can go back does so
    in one transaction. After reseq clear the rows go back too, as long as the
    tables are empty.

    Usage: reseq undo [OPTIONS] [RECEIPT|FILE]

    Arguments:
      [RECEIPT|FILE]
              A receipt, by its file or the beginning of its name, or a file of
              reseq save

    Options:
          --last
              The newest receipt of the database

          --allow-backward
              Also back to values that may have been handed out since, as long as no
              row has them

      -?, --help
              Print help

    Connection:
      -d, --dbname <DBNAME>
              Database, connection string or URI, as an option

      -h, --host <HOSTNAME>
              Server's host name or folder of its Unix socket

      -p, --port <PORT>
              Server's port

      -U, --username <USERNAME>
              Role to connect as

      -w, --no-password
              Never ask for a password

      -W, --password
              Ask for a password before connecting (it is asked for anyway where the
              server wants one)

    Consent:
      -y, --yes
              Do not ask

          --dry-run
              Show the plan and change nothing, even with --yes

    Limits:
      -j, --jobs <NUMBER>
              Connections at once [default: 2]

          --lock-timeout <TIME>
              How long a statement may wait for a lock: 500ms, 10s, …; 0 is without
              end [default: 1s]

          --statement-timeout <TIME>
              How long a statement may run; 0 is without end [default: 1min]

          --scan-limit <SIZE>
              Up to which size tables are read where no index helps: 500MB, 2GB, …
              [default: 1GB]

          --foreign-tables
              Read foreign tables too, whatever that costs and whomever it reaches

          --retry <SECONDS>
              How long to look for another connection where one is lost, or for a
              server that is starting; 0 is not at all [default: 30]

          --config <FILE>
              Where reseq finds what options do not say [default: reseq.toml here,
              else in ~/.config/reseq]

    Output:
      -q, --quiet
              Say nothing where all is well

      -v, --verbose
              Also list notes and what is all right

          --color <WHEN>
              Colour: on a terminal unless NO_COLOR is set, always, or never

              [possible values: auto, always, never]

          --format <FORMAT>
              How results are written

              Possible values:
              - table: For people
              - json:  As schema/change.schema.json describes it
              - sql:   With --dry-run: a script for psql

              [default: table]
    ─── exit status 0
    ");
}

#[test]
fn help_of_clear() {
    snapshot!(reseq(&["clear", "--help"]), @"
    Start tables afresh: keep their rows in a backup, empty them, restart their
    sequences

    One transaction does all of it: the tables are locked, their rows written to the
    backup and brought to the disk, and only then removed (TRUNCATE). All sequences
    that feed the tables begin again, also those that TRUNCATE RESTART IDENTITY
    passes by, but for one that feeds a table with rows which is not cleared. `reseq
    undo --last` puts rows and sequences back as long as the tables are empty.

    Usage: reseq clear [OPTIONS] <TABLE>...

    Arguments:
      <TABLE>...
              The tables

    Options:
      -?, --help
              Print help

    Clear:
          --cascade
              Also clear the tables that refer to them by foreign keys

          --backup <FOLDER>
              The folder that the backup makes: a manifest, and for each table a
              file of COPY's text format, compressed with zstd [default: one in
              ~/.local/state/reseq/backups]

          --no-backup
              Let the rows go for good

          --start <N>
              The next value of the tables' sequences, instead of their START

    Connection:
      -d, --dbname <DBNAME>
              Database, connection string or URI, as an option

      -h, --host <HOSTNAME>
              Server's host name or folder of its Unix socket

      -p, --port <PORT>
              Server's port

      -U, --username <USERNAME>
              Role to connect as

      -w, --no-password
              Never ask for a password

      -W, --password
              Ask for a password before connecting (it is asked for anyway where the
              server wants one)

    Consent:
      -y, --yes
              Do not ask

          --dry-run
              Show the plan and change nothing, even with --yes

    Limits:
      -j, --jobs <NUMBER>
              Connections at once [default: 2]

          --lock-timeout <TIME>
              How long a statement may wait for a lock: 500ms, 10s, …; 0 is without
              end [default: 1s]

          --statement-timeout <TIME>
              How long a statement may run; 0 is without end [default: 1min]

          --scan-limit <SIZE>
              Up to which size tables are read where no index helps: 500MB, 2GB, …
              [default: 1GB]

          --foreign-tables
              Read foreign tables too, whatever that costs and whomever it reaches

          --retry <SECONDS>
              How long to look for another connection where one is lost, or for a
              server that is starting; 0 is not at all [default: 30]

          --config <FILE>
              Where reseq finds what options do not say [default: reseq.toml here,
              else in ~/.config/reseq]

    Output:
      -q, --quiet
              Say nothing where all is well

      -v, --verbose
              Also list notes and what is all right

          --color <WHEN>
              Colour: on a terminal unless NO_COLOR is set, always, or never

              [possible values: auto, always, never]

          --format <FORMAT>
              How results are written

              Possible values:
              - table: For people
              - json:  As schema/change.schema.json describes it
              - sql:   With --dry-run: a script for psql

              [default: table]
    ─── exit status 0
    ");
}
