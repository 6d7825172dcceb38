//! What stands in the usual folders of the system. They are the test's own, in a name space of mounts that a line of the
//! shell makes for itself, as root.

use std::path::Path;
use std::process::Command;

use crate::table::{Case, compare, compare_since, reseq_alone};
use crate::world::World;

#[rustfmt::skip] // One line a case.
const CASES: &[Case] = &[
    ("no host: the folder of sockets", "unshare -m sh -c 'mount --bind {socket} /var/run/postgresql && connect -p {port} -U postgres shop'", "postgres@shop by socket"),
    ("no host in a URI", "unshare -m sh -c 'mount --bind {socket} /var/run/postgresql && connect postgresql://postgres@:{port}/shop'", "postgres@shop by socket"),
    ("no host, but an address", "unshare -m sh -c 'mount --bind {socket} /var/run/postgresql && PGHOSTADDR=127.0.0.1 connect -p {port} -U postgres shop'", "postgres@shop TLSv1.3"),
    ("the folder of sockets as localhost in the password file", "HOME={home}/local unshare -m sh -c 'mount --bind {socket} /var/run/postgresql && connect -p {port} -U sock shop'", "sock@shop by socket by scram-sha-256"),
    ("the string's password over the file's", "HOME={home}/wrong unshare -m sh -c 'mount --bind {socket} /var/run/postgresql && connect \"port={port} user=sock password=s3cret dbname=shop\"'", "sock@shop by socket by scram-sha-256"),
    ("the system's service file elsewhere", "unshare -m sh -c 'mount --bind {home}/system /etc/postgresql-common && PGSYSCONFDIR={home} connect service=shop'", "refused: definition of service \"shop\" not found"),
];

// psql looks for it from where it is installed, which may be another root.
#[rustfmt::skip] // One line a case.
const SERVICE: &[Case] = &[
    ("the system's service file", "unshare -m sh -c 'mount --bind {home}/system /etc/postgresql-common && connect service=shop'", "ann@shop TLSv1.3 by scram-sha-256"),
];

#[rustfmt::skip] // One line a case.
const SINCE_16: &[Case] = &[
    ("the system's trusted roots", "unshare -m sh -c 'mount --bind {tls}/trusted /etc/ssl/certs && connect \"host=localhost hostaddr=127.0.0.1 port={port} user=ann password=s3cret dbname=shop sslrootcert=system\"'", "ann@shop TLSv1.3 by scram-sha-256"),
    ("not among the system's trusted roots", "unshare -m sh -c 'mount --bind {tls}/other/trusted /etc/ssl/certs && connect \"host=localhost hostaddr=127.0.0.1 port={port} user=ann password=s3cret dbname=shop sslrootcert=system\"'", "refused: certificate verify failed"),
];

/// Debian's folders, which its psql and our bundled libpq know; and whether mounts can be made.
fn is_possible() -> bool {
    let folders = ["/var/run/postgresql", "/etc/postgresql-common", "/etc/ssl/certs"];
    let mount =
        Command::new("unshare").args(["-m", "mount", "--bind", "/etc/ssl/certs", "/etc/ssl/certs"]).output();
    folders.iter().all(|folder| Path::new(folder).is_dir()) && mount.is_ok_and(|done| done.status.success())
}

#[test]
#[expect(clippy::print_stderr, reason = "tests that are left out are said so loudly")]
fn the_same_is_found_where_the_system_has_it() {
    if !is_possible() {
        eprintln!(
            "SKIPPED: the_same_is_found_where_the_system_has_it: it takes Debian's folders, and root to mount others"
        );
        return;
    }
    let Some(world) = World::new() else { return };
    let service = "[shop]\nhost=127.0.0.1\nport={port}\nuser=ann\npassword=s3cret\ndbname=shop\n";
    let world = world
        .with_file("local/.pgpass", 0o600, "localhost:*:*:*:s3cret\n*:*:*:*:wrong\n")
        .with_file("wrong/.pgpass", 0o600, "localhost:*:*:*:wrong\n*:*:*:*:s3cret\n")
        .with_file("system/pg_service.conf", 0o644, service);
    compare(&world, CASES);
    reseq_alone(&world, SERVICE);
    compare_since(16, &world, SINCE_16);
}
