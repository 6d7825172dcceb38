//! This crate and psql, given the same words and the same environment, come to the same server or are refused
//! for the same reason.
//!
//! What each says is compared by what libpq's versions have in common: the user, database and port, or the
//! piece of the message that tells the reason.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Output};

use reseq_pq::Connection;
use reseq_scratch::{Cluster, ClusterOptions, newest_installation};

use crate::valgrind::example;

enum Outcome {
    /// The user and database.
    Connected(&'static str),
    /// A piece of the message.
    Refused(&'static str),
}
use Outcome::{Connected, Refused};

struct Case {
    name: &'static str,
    /// What stands for the database, if anything.
    word: Option<String>,
    environment: Vec<(&'static str, String)>,
    outcome: Outcome,
}

/// A port where nothing listens.
const DOWN: u16 = 1;

fn cases(cluster: &Cluster, folder: &Path) -> Vec<Case> {
    let (port, socket) = (cluster.port(), cluster.socket_dir().display());
    let percent_socket = socket.to_string().replace('/', "%2F");
    let file = |name: &str| folder.join(name).display().to_string();
    let tcp = format!("host=127.0.0.1 port={port} dbname=postgres");
    let case = |name, word: &str, environment: &[(&'static str, String)], outcome| Case {
        name,
        word: (!word.is_empty()).then(|| word.to_owned()),
        environment: environment.to_vec(),
        outcome,
    };
    let missing = "no password supplied";
    let wrong = "password authentication failed for user \"ann\"";
    vec![
        case("conninfo string", &format!("{tcp} user=ann password=s3cret"), &[], Connected("ann postgres")),
        case(
            "quoted values",
            &format!("host = 127.0.0.1 port={port} user='o\\'neil x' password='a b' dbname='Sh/op é'"),
            &[],
            Connected("o'neil x Sh/op é"),
        ),
        case(
            "URI",
            &format!("postgres://ann:s3cret@127.0.0.1:{port}/postgres"),
            &[],
            Connected("ann postgres"),
        ),
        case(
            "URI with percent-encoding",
            &format!(
                "postgresql://o%27neil%20x:a%20b@127.0.0.1:{port}/Sh%2Fop%20%C3%A9?application_name=a%26b"
            ),
            &[],
            Connected("o'neil x Sh/op é"),
        ),
        case(
            "Unix socket",
            &format!("host={socket} port={port} user=postgres"),
            &[],
            Connected("postgres postgres"),
        ),
        case(
            "Unix socket in a URI",
            &format!("postgresql://postgres@{percent_socket}:{port}/postgres"),
            &[],
            Connected("postgres postgres"),
        ),
        case("service", "service=shop", &[("PGSERVICEFILE", file("services"))], Connected("ann postgres")),
        case(
            "unknown service",
            "service=nix",
            &[("PGSERVICEFILE", file("services"))],
            Refused("\"nix\" not found"),
        ),
        case(
            "password file",
            &format!("{tcp} user=ann"),
            &[("PGPASSFILE", file("passwords"))],
            Connected("ann postgres"),
        ),
        case(
            "password file with a wrong password",
            &format!("{tcp} user=ann"),
            &[("PGPASSFILE", file("wrong-passwords"))],
            Refused(wrong),
        ),
        case("no password", &format!("{tcp} user=ann"), &[], Refused(missing)),
        case("wrong password", &format!("{tcp} user=ann password=wrong"), &[], Refused(wrong)),
        case(
            "environment",
            "",
            &[
                ("PGHOST", "127.0.0.1".into()),
                ("PGPORT", port.to_string()),
                ("PGUSER", "ann".into()),
                ("PGPASSWORD", "s3cret".into()),
                ("PGDATABASE", "postgres".into()),
            ],
            Connected("ann postgres"),
        ),
        case(
            "words win over the environment",
            &format!("{tcp} user=ann"),
            &[("PGUSER", "nobody".into()), ("PGPORT", DOWN.to_string()), ("PGPASSWORD", "s3cret".into())],
            Connected("ann postgres"),
        ),
        case(
            "database of the user's name",
            &format!("host={socket} port={port} user=nobase"),
            &[],
            Refused("database \"nobase\" does not exist"),
        ),
        case(
            "plain database name",
            "Sh/op é",
            &[("PGHOST", socket.to_string()), ("PGPORT", port.to_string()), ("PGUSER", "postgres".into())],
            Connected("postgres Sh/op é"),
        ),
        case(
            "unknown database",
            &format!("host={socket} port={port} user=postgres dbname=nix"),
            &[],
            Refused("database \"nix\" does not exist"),
        ),
        case("nothing listens", &format!("host=127.0.0.1 port={DOWN}"), &[], Refused("Connection refused")),
        case(
            "no such host",
            "host=no-such-host.invalid",
            &[],
            Refused("could not translate host name \"no-such-host.invalid\""),
        ),
        case(
            "TLS where the server has none",
            &format!("{tcp} user=ann password=s3cret"),
            &[("PGSSLMODE", "require".into())],
            Refused("server does not support SSL, but SSL was required"),
        ),
        case(
            "several hosts, the first down",
            &format!("postgresql://ann:s3cret@127.0.0.1:{DOWN},127.0.0.1:{port}/postgres"),
            &[],
            Connected("ann postgres"),
        ),
        case(
            "one that takes writes",
            &format!("{tcp} user=ann password=s3cret target_session_attrs=read-write"),
            &[],
            Connected("ann postgres"),
        ),
        case(
            "one that only reads",
            &format!("{tcp} user=ann password=s3cret"),
            &[("PGTARGETSESSIONATTRS", "standby".into())],
            Refused("server is not in hot standby mode"),
        ),
        case(
            "settings",
            &format!("{tcp} user=ann password=s3cret"),
            &[("PGOPTIONS", "-c role=nobase".into())],
            Connected("nobase postgres"),
        ),
        case("unknown keyword", "hots=a", &[], Refused("invalid connection option \"hots\"")),
        case("half a URI", "postgresql://[::1", &[], Refused("looking for matching \"]\"")),
    ]
}

/// A server that asks for passwords by TCP, and the files that hold them.
fn prepare(folder: &Path) -> Cluster {
    let options =
        ClusterOptions::default().hba("local all all trust").hba("host all all 127.0.0.1/32 scram-sha-256");
    let options = options.setting("password_encryption", "scram-sha-256");
    let cluster = Cluster::start(&newest_installation().unwrap(), &options).unwrap();
    let superuser = format!("host={} port={} user=postgres", cluster.socket_dir().display(), cluster.port());
    let mut connection = Connection::connect(&[("dbname", &superuser)]).unwrap();
    for sql in [
        "create role ann login password 's3cret'",
        "create role nobase login",
        "grant nobase to ann",
        "create role \"o'neil x\" login password 'a b'",
        "create database \"Sh/op é\"",
    ] {
        connection.simple(sql).unwrap();
    }
    let port = cluster.port();
    let services =
        format!("[shop]\nhost=127.0.0.1\nport={port}\nuser=ann\npassword=s3cret\ndbname=postgres\n");
    for (name, contents) in [
        ("services", services.as_str()),
        ("passwords", "# a comment\nelsewhere:*:*:*:wrong\n127.0.0.1:*:postgres:ann:s3cret\n"),
        ("wrong-passwords", "*:*:*:*:wrong\n"),
    ] {
        fs::write(folder.join(name), contents).unwrap();
        fs::set_permissions(folder.join(name), fs::Permissions::from_mode(0o600)).unwrap();
    }
    cluster
}

/// Runs a program in a home of its own, with nothing of our environment but PATH.
fn run(program: &mut Command, case: &Case, home: &Path) -> Output {
    program.env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default()).env("HOME", home);
    program.env("LC_ALL", "C.UTF-8").envs(case.environment.iter().map(|(name, value)| (name, value)));
    program.output().unwrap()
}

fn psql(case: &Case) -> Command {
    let mut psql = Command::new("psql");
    psql.args(["--no-psqlrc", "--no-password", "--tuples-only", "--no-align"]);
    psql.args(["-c", "select concat_ws(' ', current_user, current_database(), current_setting('port'))"]);
    psql.args(case.word.iter().flat_map(|word| ["-d", word]));
    psql
}

fn ours(whoami: &Path, case: &Case) -> Command {
    let mut ours = Command::new(whoami);
    ours.args(&case.word);
    ours
}

fn assert_outcome(who: &str, case: &Case, port: u16, output: &Output) {
    let (stdout, stderr) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    let said = format!("{who}, {}: {}\n{stdout}{stderr}", case.name, output.status);
    match case.outcome {
        Connected(whom) => {
            assert!(output.status.success(), "{said}");
            assert_eq!(stdout.trim_end(), format!("{whom} {port}"), "{said}");
        }
        Refused(reason) => {
            assert_eq!(output.status.code(), Some(2), "{said}");
            assert!(stderr.contains(reason), "{said}");
        }
    }
}

#[test]
#[expect(clippy::print_stderr, reason = "a comparison that is left out is said so loudly")]
fn psql_and_we_connect_alike() {
    let folder = tempfile::tempdir().unwrap();
    let cluster = prepare(folder.path());

    let whoami = example("whoami");
    let has_psql = Command::new("psql").arg("--version").output().is_ok();
    if !has_psql {
        eprintln!("SKIPPED: psql_and_we_connect_alike: psql is not installed; only our side is checked");
    }
    for case in cases(&cluster, folder.path()) {
        assert_outcome("ours", &case, cluster.port(), &run(&mut ours(&whoami, &case), &case, folder.path()));
        if has_psql {
            assert_outcome("psql", &case, cluster.port(), &run(&mut psql(&case), &case, folder.path()));
        }
    }
}
