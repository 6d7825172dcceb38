//! The service file (manual, 32.17) and the password file (32.16).

use crate::table::{Case, compare};
use crate::world::World;

const ANN: &str = "ann@shop TLSv1.3 by scram-sha-256";

/// `.pg_service.conf` in the home, `pg_service.conf` of the system.
#[rustfmt::skip] // One line a case.
const SERVICES: &[Case] = &[
    ("of the user", "connect service=shop", ANN),
    ("in a URI", "connect 'postgresql:///?service=shop'", ANN),
    ("by its variable", "PGSERVICE=shop connect", ANN),
    ("the last of a file", "connect service=last", "plain@shop TLSv1.3 by password"),
    ("of the system", "PGSYSCONFDIR={home}/system connect service=only-there", ANN),
    ("the user's before the system's", "PGSYSCONFDIR={home}/system connect service=shop", ANN),
    ("the variable's file in place of the user's", "PGSERVICEFILE={home}/system/pg_service.conf connect service=shop", "plain@shop TLSv1.3 by password"),
    ("completed by the environment", "PGUSER=ann PGPASSWORD=s3cret connect service=address", "ann@shop TLSv1.3 by scram-sha-256"),
    ("with a password file of its own", "connect service=passfile", ANN),
    ("with TLS", "connect service=verified", ANN),
    ("unknown", "connect service=nix", "refused: definition of service \"nix\" not found"),
    ("a keyword that is none", "PGSERVICEFILE={home}/broken connect service=shop", "refused: syntax error in service file \"{home}/broken\", line 2"),
    ("a line that is none", "PGSERVICEFILE={home}/broken connect service=half", "refused: syntax error in service file"),
];

const SERVICE_FILE: &str = "\
# a comment
[shop]
host=127.0.0.1
port={port}
user=ann
password=s3cret
dbname=shop

[address]
host=127.0.0.1
port={port}
dbname=shop

[passfile]
host=127.0.0.1
port={port}
user=ann
dbname=shop
passfile={home}/good/.pgpass

[verified]
host=localhost
hostaddr=127.0.0.1
port={port}
user=ann
password=s3cret
dbname=shop
sslmode=verify-full
sslrootcert={tls}/ca.crt

[last]
host=127.0.0.1
port={port}
user=plain
password=s3cret
dbname=shop
";

const OF_THE_SYSTEM: &str = "\
[shop]
host=127.0.0.1
port={port}
user=plain
password=s3cret
dbname=shop
[only-there]
host=127.0.0.1
port={port}
user=ann
password=s3cret
dbname=shop
";

const BROKEN: &str = "\
[shop]
hots=127.0.0.1
[half]
host
";

/// `.pgpass`: the first line that fits host:port:database:user counts.
#[rustfmt::skip] // One line a case.
const PASSWORDS: &[Case] = &[
    ("all fields", "HOME={home}/exact connect '{tcp} user=ann dbname=shop'", ANN),
    ("another database", "HOME={home}/exact connect '{tcp} user=ann dbname=ann'", "refused: no password supplied"),
    ("wild cards", "HOME={home}/good connect '{tcp} user=ann dbname=shop'", ANN),
    ("the first that fits, comments passed over", "HOME={home}/first connect '{tcp} user=ann dbname=shop'", ANN),
    ("the first that fits, even if wrong", "HOME={home}/first connect '{tcp} user=plain dbname=shop'", "refused: password authentication failed for user \"plain\""),
    ("escaped colons and backslashes", "HOME={home}/escaped connect \"{tcp} user='back\\\\\\\\slash' dbname=shop\"", "back\\slash@shop TLSv1.3 by scram-sha-256"),
    ("a space in it", "HOME={home}/escaped connect \"{tcp} user='o\\'neil x' dbname='Sh/op é'\"", "o'neil x@Sh/op é TLSv1.3 by scram-sha-256"),
    ("IPv6, with escaped colons", "HOME={home}/ipv6 connect 'host=::1 hostaddr=127.0.0.1 port={port} user=ann dbname=shop'", ANN),
    ("by the host's name, not its address", "HOME={home}/named connect 'host=localhost hostaddr=127.0.0.1 port={port} user=ann dbname=shop'", ANN),
    ("a socket's folder", "HOME={home}/folder connect 'host={socket} port={port} user=postgres dbname=shop'", "postgres@shop by socket"),
    ("a line for each of several hosts", "HOME={home}/several connect 'host=127.0.0.1,localhost hostaddr=127.0.0.1,127.0.0.1 port={down},{port} user=ann dbname=shop'", ANN),
    ("the keyword passfile", "connect '{tcp} user=ann dbname=shop passfile={home}/good/.pgpass'", ANN),
    ("wrong, and where it came from", "HOME={home}/wrong connect '{tcp} user=ann dbname=shop'", "refused: password retrieved from file \"{home}/wrong/.pgpass\""),
    ("readable by others: passed over, with a warning", "HOME={home}/open connect '{tcp} user=ann dbname=shop'", "refused: WARNING: password file \"{home}/open/.pgpass\" has group or world access; permissions should be u=rw (0600) or less"),
    ("no file", "HOME={home}/none connect '{tcp} user=ann dbname=shop'", "refused: no password supplied"),
    ("a folder", "PGPASSFILE={home}/good connect '{tcp} user=ann dbname=shop'", "refused: is not a plain file"),
    ("line ends of Windows", "HOME={home}/windows connect '{tcp} user=ann dbname=shop'", ANN),
    ("the string's password over the file's", "HOME={home}/wrong connect '{tcp} user=ann password=s3cret dbname=shop'", ANN),
];

#[test]
fn services_and_passwords_come_from_files() {
    let Some(world) = World::new() else { return };
    let world = world
        .with_file(".pg_service.conf", 0o600, SERVICE_FILE)
        .with_file("system/pg_service.conf", 0o644, OF_THE_SYSTEM)
        .with_file("broken", 0o600, BROKEN)
        .with_file("exact/.pgpass", 0o600, "127.0.0.1:{port}:shop:ann:s3cret\n")
        .with_file("good/.pgpass", 0o600, "*:*:*:*:s3cret\n")
        .with_file("first/.pgpass", 0o600, "# *:*:*:*:wrong\nelsewhere:*:*:*:wrong\n*:1:*:*:wrong\n*:*:nix:*:wrong\n127.0.0.1:*:*:ann:s3cret\n*:*:*:*:wrong\n*:*:*:plain:s3cret\n")
        .with_file("escaped/.pgpass", 0o600, "*:*:*:back\\\\slash:a\\\\b\\:c\n*:*:Sh/op é:o'neil x:a b\n")
        .with_file("ipv6/.pgpass", 0o600, "\\:\\:1:*:*:*:s3cret\n")
        .with_file("named/.pgpass", 0o600, "127.0.0.1:*:*:*:wrong\nlocalhost:*:*:*:s3cret\n")
        .with_file("folder/.pgpass", 0o600, "{socket}:*:*:*:s3cret\n")
        .with_file("several/.pgpass", 0o600, "127.0.0.1:*:*:*:wrong\nlocalhost:*:*:*:s3cret\n")
        .with_file("wrong/.pgpass", 0o600, "*:*:*:*:wrong\n")
        .with_file("open/.pgpass", 0o644, "*:*:*:*:s3cret\n")
        .with_file("windows/.pgpass", 0o600, "*:*:*:*:s3cret\r\n");
    compare(&world, SERVICES);
    compare(&world, PASSWORDS);
}
