//! What reseq adds where libpq's words leave one alone.

use std::fs;
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use reseq::pq::Connection;
use reseq_scratch::testing::newest;
use reseq_scratch::{Cluster, ClusterOptions, StopMode, newest_installation};

use crate::table::{Case, hints};
use crate::world::World;

#[rustfmt::skip] // One line a case.
const CASES: &[Case] = &[
    ("no line in pg_hba.conf", "connect '{tcp} user=nobase sslmode=require'", "The server lets nobody in from here as that user to that database. A line in its pg_hba.conf can allow it."),
    ("a line for encrypted connections only", "connect '{tcp} user=coded sslmode=disable'", "The server lets nobody in from here as that user to that database without encryption. Where sslmode is disable or allow, try sslmode=require; else a line in the server's pg_hba.conf can allow it."),
    ("a line that rejects", "connect '{tcp} user=rejected'", "A line in the server's pg_hba.conf turns this user, database or address away."),
    ("peer authentication", "connect 'host={socket} port={port} user=ann'", "On this socket the server takes only the user whose name is yours on this machine. Name that user (-U), run as the other, or connect by TCP (host localhost) with a password."),
    ("a wrong password in the file", "HOME={home}/wrong connect '{tcp} user=ann'", "The password came from that file. Its first line that fits host:port:database:user counts."),
    ("a wrong password in the environment", "PGPASSWORD=wrong connect '{tcp} user=ann'", "The password is wrong, has expired, or the user does not exist: the server does not say which. It came from PGPASSWORD."),
    ("a wrong password in the string, before the environment", "PGPASSWORD=s3cret connect '{tcp} user=ann password=wrong'", "The password is wrong, has expired, or the user does not exist: the server does not say which. It came from the connection string."),
    ("a wrong password in the service, before the environment", "PGSERVICEFILE={home}/services PGPASSWORD=s3cret connect 'service=wrong user=ann'", "The password is wrong, has expired, or the user does not exist: the server does not say which. It came from the service."),
    ("a wrong password in the environment, with a service", "PGSERVICEFILE={home}/services PGPASSWORD=wrong PGSERVICE=bare connect user=ann", "The password is wrong, has expired, or the user does not exist: the server does not say which. It came from PGPASSWORD."),
    ("no password", "connect '{tcp} user=ann'", "Give a password: in the password file (~/.pgpass, or the file that PGPASSFILE names), by PGPASSWORD, or with -W to be asked."),
    ("a certificate for another host", "connect '{tcp} user=ann sslmode=verify-full sslrootcert={tls}/ca.crt'", "The certificate is for another host. Connect by the name that it has (hostaddr can say the address), or look at its signature only, by sslmode=verify-ca."),
    ("a certificate of another authority", "connect '{tcp} user=ann sslmode=verify-ca sslrootcert={tls}/other/ca.crt'", VERIFY),
    ("a certificate that is revoked", "connect '{tcp} user=ann sslmode=verify-ca sslrootcert={tls}/ca.crt sslcrl={tls}/revoked.crl'", VERIFY),
    ("a certificate that has expired", "connect 'host=localhost hostaddr=127.0.0.1 port={expired} sslmode=verify-ca sslrootcert={tls}/ca.crt'", VERIFY),
    ("no certificate of one's own", "connect '{tcp} user=carol sslmode=require'", "The server wants a certificate of yours: sslcert and sslkey name it and its key, which are else looked for in ~/.postgresql/postgresql.crt and postgresql.key."),
    ("no certificate of one's own, then no encryption", "connect '{tcp} user=carol'", "The server wants a certificate of yours: sslcert and sslkey name it and its key, which are else looked for in ~/.postgresql/postgresql.crt and postgresql.key."),
    ("a key under a password, then no encryption", "connect '{tcp} user=carol sslcert={tls}/carol.crt sslkey={tls}/carol-encrypted.key'", "The key of your certificate (sslkey) cannot be read. Where it is encrypted, sslpassword opens it."),
    ("a key that others can read, then no encryption", "connect '{tcp} user=carol sslcert={tls}/carol.crt sslkey={home}/open.key'", "The key of your certificate (sslkey) must be yours alone: chmod 600."),
    ("somebody else's certificate, then no encryption", "connect '{tcp} user=carol sslcert={tls}/dora.crt sslkey={tls}/dora.key'", "Your certificate (sslcert) is for another user: its common name must be the user's."),
    ("a certificate that the server does not trust", "connect '{tcp} user=carol sslmode=require sslcert={tls}/other/carol.crt sslkey={tls}/other/carol.key'", "The server does not know the root that has signed your certificate (sslcert)."),
    ("somebody else's certificate", "connect '{tcp} user=carol sslmode=require sslcert={tls}/dora.crt sslkey={tls}/dora.key'", "Your certificate (sslcert) is for another user: its common name must be the user's."),
    ("the role's connections", "connect '{tcp} user=limited dbname=shop'", "The CONNECTION LIMIT of the role or the database is reached."),
    ("a role without LOGIN", "connect '{tcp} user=nologin dbname=shop'", "The role is one without LOGIN. Name another with -U."),
    ("no such database", "connect '{tcp} user=postgres dbname=nix'", "Name one; `psql -l` lists them."),
    ("no database of the user's name", "connect '{tcp} user=lonely'", "Without a name the database is that of the user. Name one; `psql -l` lists them."),
    ("no such database to find the others", "connect --all -h 127.0.0.1 -p {port} -U postgres --maintenance-db nix", "Name one; `psql -l` lists them."),
    ("nothing listens", "connect 'host=127.0.0.1 port={down}'", "No server listens there. Check the host and the port."),
    ("no socket", "connect 'host={home} port={port}'", "No server has its socket there. Name the host (localhost for TCP) and the port it listens on."),
    ("nobody answers", "connect 'host=127.0.0.1 port={silent} connect_timeout=2'", "Nothing answers there: a firewall, or another host or port. connect_timeout sets how long to wait."),
    ("a web server", "connect 'host=127.0.0.1 port={web}'", "Something answers there that is not a PostgreSQL server. Check the host and the port."),
    ("a web server, unencrypted", "connect 'host=127.0.0.1 port={web} sslmode=disable'", "Something answers there that is not a PostgreSQL server. Check the host and the port."),
    ("an SSH server", "connect 'host=127.0.0.1 port={ssh}'", "Something answers there that is not a PostgreSQL server. Check the host and the port."),
    ("an SSH server, unencrypted", "connect 'host=127.0.0.1 port={ssh} sslmode=disable'", "Something answers there that is not a PostgreSQL server. Check the host and the port."),
    ("a server before 10", "connect 'host=127.0.0.1 port={old} sslmode=disable'", "on such a server, compare the last_value of each sequence with the largest value of its column by hand, or look after the upgrade"),
    ("no such service", "connect service=nix", "Services stand in ~/.pg_service.conf, in the file that PGSERVICEFILE names, or in pg_service.conf in the folder that PGSYSCONFDIR names."),
];

const VERIFY: &str = "The server's certificate is signed by none of the roots that sslrootcert names, or it has expired, \
    or sslcrl has it as revoked. `openssl s_client -starttls postgres -connect HOST:PORT` shows it.";

#[rustfmt::skip] // One line a case.
const FULL: &[Case] = &[
    ("for all but superusers", "PGPASSWORD=s3cret connect '{tcp} user=ann dbname=shop'", "All connections but the reserved ones are in use. Try again, or use fewer connections (-j)."),
];

#[rustfmt::skip] // One line a case.
const BUNDLED: &[Case] = &[
    ("encryption without asking, of a server without", "connect 'host=127.0.0.1 port={unencrypted} sslmode=require sslnegotiation=direct'", "The server hangs up when encryption begins. sslnegotiation=direct needs PostgreSQL 17 or later with ssl = on; sslnegotiation=postgres asks first."),
    ("Kerberos", "connect '{tcp} user=ann gssencmode=require'", "The libpq that is built in knows no Kerberos. A reseq that was built with --features system-libpq uses that of the system, which does."),
];

const SERVICES: &str =
    "[wrong]\nhost=127.0.0.1\nport={port}\npassword=wrong\n[bare]\nhost=127.0.0.1\nport={port}\n";

/// How a server of version 9.6 lets somebody in (manual, 54.7): AuthenticationOk, ParameterStatus, ReadyForQuery.
const OLD: &[u8] = b"R\0\0\0\x08\0\0\0\0S\0\0\0\x1aserver_version\x009.6.24\0Z\0\0\0\x05I";

#[test]
fn a_hint_says_what_libpq_does_not() {
    let Some(world) = World::new() else { return };
    let world = world
        .with_expired()
        .with_silence()
        .with_name("unencrypted", newest().keyword("port"))
        .with_stranger("web", b"HTTP/1.1 400 Bad Request\r\n\r\n")
        .with_stranger("old", OLD)
        .with_first_word("ssh", b"SSH-2.0-OpenSSH_9.2\r\n")
        .with_file("services", 0o644, SERVICES)
        .with_file("open.key", 0o644, "a key")
        .with_file("wrong/.pgpass", 0o600, "*:*:*:*:wrong\n");
    hints(&world, CASES);
    if cfg!(feature = "bundled") {
        hints(&world, BUNDLED);
    }
    let conninfo = world.servers[0].conninfo();
    // All but the three reserved for superusers: 20 are allowed.
    let _held: Vec<_> =
        (0..17).map(|_| Connection::connect(&[("dbname", conninfo.as_str())]).unwrap()).collect();
    hints(&world, FULL);
}

/// It looks for more of its log in an archive that answers late.
#[test]
fn a_server_that_starts_up_asks_for_patience() {
    let mut server = Cluster::start(&newest_installation().unwrap(), &ClusterOptions::default()).unwrap();
    let mut connection = Connection::connect(&[("dbname", server.conninfo().as_str())]).unwrap();
    let archive = "ALTER SYSTEM SET restore_command = 'until test -e answer; do sleep 0.1; done; false'";
    connection.simple(archive).unwrap();
    server.stop(StopMode::Fast).unwrap();
    fs::write(server.data_dir().join("recovery.signal"), "").unwrap();

    let (conninfo, answer) = (server.conninfo(), server.data_dir().join("answer"));
    thread::scope(|scope| {
        let started = scope.spawn(|| server.start_again());
        let deadline = Instant::now() + Duration::from_secs(30);
        let said = loop {
            let output = Command::new(env!("CARGO_BIN_EXE_reseq"))
                .args(["check", "--retry", "0", &conninfo])
                .output()
                .unwrap();
            let said = String::from_utf8(output.stderr).unwrap();
            if !said.contains("Connection refused") || Instant::now() > deadline {
                break said;
            }
        };
        fs::write(answer, "").unwrap();
        started.join().unwrap().unwrap();
        assert!(said.contains("FATAL:  the database system is starting up\n"), "{said}");
        assert!(said.ends_with("hint: Wait until the server has started, then try again.\n"), "{said}");
    });
}
