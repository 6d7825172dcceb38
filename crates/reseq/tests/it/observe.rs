//! Looking at the columns: extremes, states, collisions, and what stands in the way of each.

use reseq::catalog::Catalog;
use reseq::model::State;
use reseq::observe::{Observation, Observations, Probe, Reading, Request, StateReading, observe};
use reseq::session::Sessions;

use crate::catalog_by_hand::catalog;
use crate::support::{Database, on_every_version};

const GIGABYTE: u64 = 1 << 30;

/// Everything, in detail.
fn look(database: &Database, catalog: &Catalog) -> Observations {
    look_with(&mut database.sessions(), catalog, |request| request)
}

/// As `look`, with another request.
fn look_with<'a>(
    sessions: &mut Sessions,
    catalog: &Catalog,
    change: impl FnOnce(Request<'a>) -> Request<'a>,
) -> Observations {
    let selected = vec![true; catalog.sequences.len()];
    let request = Request { selected: &[], scan_limit: GIGABYTE, ignore_above: &[], detail: true };
    let Request { scan_limit, ignore_above, detail, .. } = change(request);
    observe(sessions, catalog, &Request { selected: &selected, scan_limit, ignore_above, detail }).unwrap()
}

/// What was seen of the only link of the sequence.
fn reading<'a>(catalog: &Catalog, observations: &'a Observations, sequence: &str) -> &'a Reading {
    match observation(catalog, observations, sequence) {
        Observation::Seen(reading) => reading,
        other => panic!("{sequence}: {other:?}"),
    }
}

fn observation<'a>(catalog: &Catalog, observations: &'a Observations, sequence: &str) -> &'a Observation {
    let found = catalog.sequences.iter().find(|known| known.name.as_str() == sequence).unwrap();
    &observations.links[found.links.start]
}

fn state<'a>(catalog: &Catalog, observations: &'a Observations, sequence: &str) -> &'a StateReading {
    let place = catalog.sequences.iter().position(|known| known.name.as_str() == sequence).unwrap();
    &observations.states[place]
}

#[test]
fn extremes_and_states() {
    for database in on_every_version() {
        let database = database.with(
            "CREATE TABLE full_ (id bigserial PRIMARY KEY);
             INSERT INTO full_ SELECT nextval('full__id_seq') FROM generate_series(1, 40);
             CREATE TABLE empty (id serial PRIMARY KEY);
             CREATE TABLE down (id serial PRIMARY KEY);
             ALTER SEQUENCE down_id_seq INCREMENT -1 MINVALUE -100 MAXVALUE -1 START -1 RESTART;
             INSERT INTO down VALUES (-7), (-3);
             CREATE TABLE restarted (id smallint PRIMARY KEY);
             CREATE SEQUENCE restarted_id_seq OWNED BY restarted.id;
             ALTER TABLE restarted ALTER id SET DEFAULT nextval('restarted_id_seq');
             ALTER SEQUENCE restarted_id_seq RESTART 5000;
             CREATE TABLE \"Odd; name\" (\"a.\"\"b\" int GENERATED ALWAYS AS IDENTITY PRIMARY KEY);
             INSERT INTO \"Odd; name\" OVERRIDING SYSTEM VALUE VALUES (12);",
        );
        let catalog = catalog(&database);
        let seen = look(&database, &catalog);
        let at = |last_value, is_called| StateReading::Known(State { last_value, is_called });
        let expected = [
            ("public.full__id_seq", Some(40), at(40, true)),
            ("public.empty_id_seq", None, at(1, false)),
            ("public.down_id_seq", Some(-7), at(-1, false)),
            ("public.restarted_id_seq", None, at(5000, false)),
            ("public.\"Odd; name_a.\"\"b_seq\"", Some(12), at(1, false)),
        ];
        for (sequence, extreme, expected) in expected {
            let reading = reading(&catalog, &seen, sequence);
            assert_eq!((reading.extreme, reading.probe), (extreme, Probe::Index), "{sequence}");
            assert_eq!(*state(&catalog, &seen, sequence), expected, "{sequence} on {}", database.major());
        }
    }
}
