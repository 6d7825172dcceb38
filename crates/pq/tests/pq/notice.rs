//! Notices.

use reseq_scratch::testing::servers;

use crate::{connect, connect_newest};

#[test]
fn every_version_gives_its_notices() {
    for server in servers() {
        let mut connection = connect(server);
        connection.take_notices();
        connection
            .simple(
                "do $$ begin raise notice 'one'; raise warning 'two' using hint = 'h', detail = 'd'; end $$",
            )
            .unwrap();
        let notices = connection.take_notices();
        let [one, two] = notices.as_slice() else { panic!("{notices:?}") };
        assert_eq!(
            (one.severity.as_str(), one.sqlstate.as_str(), one.message.as_str()),
            ("NOTICE", "00000", "one")
        );
        assert_eq!(
            (two.severity.as_str(), two.sqlstate.as_str(), two.message.as_str()),
            ("WARNING", "01000", "two")
        );
        assert_eq!((two.hint.as_deref(), two.detail.as_deref()), (Some("h"), Some("d")));
        assert!(connection.take_notices().is_empty());
    }
}

#[test]
fn a_flood_of_notices_does_not_fill_the_memory() {
    let mut connection = connect_newest();
    connection.simple("do $$ begin for i in 1..5000 loop raise notice '%', i; end loop; end $$").unwrap();
    let notices = connection.take_notices();
    assert_eq!(
        (notices.len(), notices[0].message.as_str(), notices[999].message.as_str()),
        (1000, "1", "1000")
    );
}

#[test]
fn notices_come_after_a_move_and_a_reset_too() {
    let mut connections = vec![connect_newest()];
    let mut connection = connections.remove(0);
    connection.reset().unwrap();
    connection.take_notices();
    connection.simple("do $$ begin raise notice 'still here'; end $$").unwrap();
    assert_eq!(connection.take_notices()[0].message, "still here");
}
