//! `reseq renumber`

use crate::support::{reseq, sandbox, snapshot};

const SHOP: &str = "
    CREATE TABLE people (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text, boss int REFERENCES people);
    INSERT INTO people (name, boss) VALUES ('Ada', NULL), ('Bob', 1), ('Cy', 2);
    DELETE FROM people WHERE name = 'Cy';
    CREATE TABLE pets (person int REFERENCES people ON DELETE CASCADE, name text);
    INSERT INTO pets VALUES (2, 'Rex');
    CREATE TABLE notes (kind text, subject text);
    INSERT INTO notes VALUES ('person', '1'), ('pet', '1');
    CREATE TABLE alone (id serial PRIMARY KEY, name text);
    INSERT INTO alone (name) VALUES ('a'), ('b');
";

#[test]
fn the_plan_tells_what_follows_and_what_it_takes() {
    let shop = sandbox(SHOP);
    let also = "notes.subject where kind = 'person'";
    let run = shop.reseq(&["renumber", "people", "--start", "1000", "--also", also, "--dry-run"]);
    // How much is free is told where it can be seen.
    let free = run.stdout.find("as much WAL (").map(|place| place + "as much WAL (".len());
    assert!(free.is_some(), "{run}");
    snapshot!(run.stdout.split("  note  ").next().unwrap_or_default(), @"
    DATABASE on HOST:PORT, PostgreSQL VERSION

    Renumber the 2 rows of public.people from 1000, all or nothing:
      public.people_id_seq  4 → 1002
      - rewrite public.people: id is numbered, boss follows
      - rewrite public.pets: person follows
      - rewrite public.notes: subject follows where kind = 'person'
      lock  ACCESS EXCLUSIVE on public.people, public.pets, public.notes: nobody
            reads or writes them until the end
      lock  SHARE ROW EXCLUSIVE on public.people_id_seq: its nextval() waits until
            the end, tables stay free
    ");
    assert_eq!(run.status, Some(0));
    assert_eq!(shop.value("SELECT min(id)::text FROM people"), "1", "nothing was changed");
}

#[test]
fn rows_references_and_the_map_are_written() {
    let shop = sandbox(SHOP);
    let also = "notes.subject where kind = 'person'";
    let arguments = ["renumber", "people", "--start", "1000", "--also", also, "--map", "ids.csv", "-y", "-q"];
    snapshot!(shop.reseq(&arguments), @"─── exit status 0");
    let map = std::fs::read_to_string(shop.home().join("ids.csv")).unwrap();
    assert_eq!(map, "old,new\n1,1000\n2,1001\n");
    let rows = "SELECT string_agg(concat(people.id, boss, pets.name, subject), ' ' ORDER BY people.id)
                FROM people LEFT JOIN pets ON person = id LEFT JOIN notes ON subject = id::text";
    assert_eq!(shop.value(rows), "10001000 10011000Rex");
    snapshot!(shop.reseq(&arguments), @"
    ─── standard error
    reseq: the file ids.csv is there already
    hint: name another, or move it away (a run that was killed leaves it behind)
    ─── exit status 2
    ");
}

#[test]
fn the_classic_through_a_file_keeps_the_file() {
    let shop = sandbox(SHOP);
    let file = ["--method", "file", "--file", "something.dat"];
    snapshot!(shop.reseq(&[&["renumber", "people", "--start", "9", "-y"], &file[..]].concat()), @"
    ─── standard error
    reseq: public.people.boss refers to public.people: a file without the ids does not tell which row becomes which
    hint: use --method rebuild
    ─── exit status 1
    ");
    snapshot!(shop.reseq(&[&["renumber", "alone", "--start", "9", "-y", "-q"], &file[..]].concat()), @"─── exit status 0");
    assert_eq!(std::fs::read_to_string(shop.home().join("something.dat")).unwrap(), "a\nb\n");
    assert_eq!(shop.value("SELECT string_agg(id || name, ' ' ORDER BY id) FROM alone"), "9a 10b");
}

#[test]
fn what_makes_no_sense_is_said_with_what_would() {
    let shop = sandbox(SHOP);
    snapshot!(shop.reseq(&["renumber", "people", "--start", "9", "--method", "file"]), @"
    ─── standard error
    reseq: --method file and --file belong together
    hint: say both, as in: --method file --file people.dat
    ─── exit status 2
    ");
    snapshot!(shop.reseq(&["renumber", "people", "--start", "9", "--order-by", "height", "-y"]), @"
    ─── standard error
    reseq: public.people has no column height
    ─── exit status 2
    ");
    snapshot!(shop.reseq(&["renumber", "people", "--start", "9", "--order-by", "name backwards", "-y"]), @r#"
    ─── standard error
    reseq: "name backwards" is no column to order by
    hint: write columns with commas: created_at desc nulls last, name
    ─── exit status 2
    "#);
    snapshot!(shop.reseq(&["renumber", "people", "--start", "9", "--also", "notes where kind = 'x'", "-y"]), @"
    ─── standard error
    reseq: --also notes: that is public.notes, and no column
    hint: write table.column, or 'table.column where condition'
    ─── exit status 2
    ");
    snapshot!(shop.reseq(&["renumber", "people", "--start", "9", "--also", "notes.subject where sort = 1", "-y"]), @r#"
    ─── standard error
    reseq: could not understand the condition of --also notes.subject: ERROR:  column "sort" does not exist
    LINE 1: SELECT FROM public.notes WHERE (sort = 1
                                            ^
    ─── exit status 3
    "#);
    snapshot!(shop.reseq(&["renumber", "people", "--start", "2147483647", "-y"]), @"
    ─── standard error
    reseq: the new ids would be 2147483647 to 2147483648, but public.people_id_seq holds 1 to 2147483647
    hint: begin with another --start
    ─── exit status 1
    ");
}

#[test]
fn help_of_renumber() {
    snapshot!(reseq(&["renumber", "--help"]), @r#"
    Give the rows of a table new ids from a given start; everything that refers to
    them follows

    The ids become N, N + increment, … in the order of the old ones or of
    --order-by. Foreign keys of any kind follow, at first hand or further, also
    within the table itself; so do the columns that --also names. The sequence ends
    with the last new id. All happens in one transaction, under locks that keep
    others out until its end: they see the old ids or the new ones. Triggers do not
    fire.

    Usage: reseq renumber [OPTIONS] --start <N> <TABLE>

    Arguments:
      <TABLE>
              The table; or its column, or the sequence, where it has several

    Options:
      -?, --help
              Print help

    Renumber:
          --start <N>
              The first new id

          --order-by <COLUMNS>
              Number the rows in the order of these columns ("created_at desc,
              name") instead of that of the old ids

          --method <METHOD>
              How the rows are rewritten; the result is the same

              Possible values:
              - rebuild:    Copies with the new ids, TRUNCATE, INSERT, indexes made
                again
              - update:     UPDATE in place: for small tables, and where TRUNCATE is
                not wanted
              - file:       Out to a file without the ids, DELETE, back in: for
                tables that nothing refers to
              - temp-table: Copies with the new ids, DELETE, INSERT

              [default: rebuild]

          --file <FILE>
              The file that --method file puts the rows into, without their ids

          --also <COLUMN [where …]>
              A column that refers to the rows although no foreign key says so, as
              table.column or "table.column where condition"; may be given more than
              once

          --map <FILE>
              Write old and new ids to this file, as CSV

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
fn what_the_database_does_not_take_is_told_with_what_became_of_it() {
    let shop =
        sandbox("CREATE TABLE t (id serial PRIMARY KEY CHECK (id < 50)); INSERT INTO t DEFAULT VALUES");
    let run = shop.reseq(&["renumber", "t", "--start", "100", "--yes", "--quiet"]);
    assert!(run.stderr.contains("violates check constraint \"t_id_check\""), "{run}");
    assert!(
        run.stderr.contains("\nhint: nothing was changed: what would have been written is not what a type"),
        "{run}"
    );
    assert_eq!((run.status, &*shop.value("SELECT id::text FROM t")), (Some(3), "1"));
    let run = shop.reseq(&["renumber", "t", "--start", "10", "--yes", "--map", "-"]);
    assert!(run.stderr.contains("hint: name a file") && !shop.home().join("-").exists(), "{run}");
    assert_eq!(run.status, Some(2), "{run}");
}
