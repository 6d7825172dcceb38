//! Where reseq does otherwise than psql, and means to.

use crate::table::{Case, reseq_alone};
use crate::world::World;

#[rustfmt::skip] // One line a case.
const CASES: &[Case] = &[
    // libpq repeats what it could not read, which may be a piece of the password.
    ("a keyword without a value", "connect 'user=ann s3cret'", "refused: missing \"=\" after \"…\" in connection info string"),
    ("a password with a space", "connect 'user=ann password=a s3cret'", "refused: missing \"=\" after \"…\" in connection info string"),
    // Names must come as UTF-8, whatever is to be written to the terminal.
    ("PGCLIENTENCODING", "PGCLIENTENCODING=nonsense connect '{tcp} user=ann password=s3cret dbname=shop'", "ann@shop TLSv1.3 by scram-sha-256"),
];

#[test]
fn reseq_differs_on_purpose() {
    let Some(world) = World::new() else { return };
    reseq_alone(&world, CASES);
}
