//! Kerberos, which the system's libpq knows and the bundled one does not: a realm of our own, and a ticket in it.

use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use reseq_scratch::{ClusterOptions, Installation, newest_installation};

use crate::table::{Case, compare, compare_since};
use crate::world::{World, execute, give};

const ENCRYPTED: &str = "kerry@shop encrypted by GSSAPI by gss";
const TLS: &str = "kerry@shop TLSv1.3 by gss";

#[rustfmt::skip] // One line a case.
const CASES: &[Case] = &[
    ("encryption required", "{ticket} connect '{here} gssencmode=require'", ENCRYPTED),
    ("encryption where it can be", "{ticket} connect '{here} gssencmode=prefer'", ENCRYPTED),
    ("by default it is tried", "{ticket} connect '{here}'", ENCRYPTED),
    ("by the variable", "PGGSSENCMODE=require {ticket} connect '{here}'", ENCRYPTED),
    ("in a URI", "{ticket} connect 'postgresql://kerry@localhost:{port}/shop?hostaddr=127.0.0.1&gssencmode=require'", ENCRYPTED),
    ("the ticket without its encryption", "{ticket} connect '{here} gssencmode=disable'", TLS),
    ("the usual name of the service", "{ticket} connect '{here} krbsrvname=postgres'", ENCRYPTED),
    ("another name of the service", "{ticket} connect '{here} gssencmode=disable krbsrvname=other'", "refused: Server other/localhost@RESEQ.TEST not found in Kerberos database"),
    ("another name of the service, by the variable", "PGKRBSRVNAME=other {ticket} connect '{here} gssencmode=disable'", "refused: Server other/localhost@RESEQ.TEST not found in Kerberos database"),
    ("no ticket", "connect '{here} gssencmode=require'", "refused: GSSAPI encryption required but"),
    ("somebody else's ticket", "{ticket} connect 'host=localhost hostaddr=127.0.0.1 port={port} user=karl dbname=shop'", "refused: GSSAPI authentication failed for user \"karl\""),
];

#[rustfmt::skip] // One line a case.
const SINCE_16: &[Case] = &[
    ("required", "{ticket} connect '{here} gssencmode=disable require_auth=gss'", TLS),
];

/// A Kerberos realm; its key distribution centre ends with it.
struct Realm {
    folder: PathBuf,
    centre: Option<Child>,
}

impl Realm {
    /// Knows the server as `postgres/localhost`, with the file `keytab`, and `kerry`, who has a `ticket`.
    fn new(folder: &Path) -> Self {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let file = |name: &str| folder.join(name).display().to_string();
        let client = format!(
            "[libdefaults]\ndefault_realm = RESEQ.TEST\ndns_canonicalize_hostname = false\nrdns = false\n\
             [realms]\nRESEQ.TEST = {{\nkdc = 127.0.0.1:{port}\n}}\n"
        );
        let centre = format!(
            "[kdcdefaults]\nkdc_listen = 127.0.0.1:{port}\nkdc_tcp_listen = 127.0.0.1:{port}\n\
             [realms]\nRESEQ.TEST = {{\ndatabase_name = {}\nkey_stash_file = {}\n}}\n",
            file("principal"),
            file("stash")
        );
        fs::write(folder.join("krb5.conf"), client).unwrap();
        fs::write(folder.join("kdc.conf"), centre).unwrap();
        let mut realm = Self { folder: folder.to_owned(), centre: None };
        realm.run("kdb5_util", &["create", "-s", "-r", "RESEQ.TEST", "-P", "master"]);
        for (principal, keytab) in [("postgres/localhost", "keytab"), ("kerry", "kerry.keytab")] {
            realm.run("kadmin.local", &["addprinc", "-randkey", principal]);
            realm.run("kadmin.local", &["ktadd", "-k", &file(keytab), principal]);
        }
        let mut centre = realm.command("krb5kdc", &["-n", "-P", &file("pid")]);
        realm.centre = Some(centre.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap());
        realm.get_ticket(&file("kerry.keytab"));
        realm
    }

    /// The centre takes a moment before it answers.
    fn get_ticket(&self, keytab: &str) {
        let deadline = Instant::now() + Duration::from_secs(30);
        loop {
            let output = self.command("kinit", &["-k", "-t", keytab, "kerry"]).output().unwrap();
            if output.status.success() {
                return;
            }
            assert!(Instant::now() < deadline, "kinit: {}", String::from_utf8_lossy(&output.stderr));
            thread::sleep(Duration::from_millis(50));
        }
    }

    fn run(&self, program: &str, arguments: &[&str]) {
        let output = self.command(program, arguments).output().unwrap();
        assert!(output.status.success(), "{program}: {}", String::from_utf8_lossy(&output.stderr));
    }

    fn command(&self, program: &str, arguments: &[&str]) -> Command {
        let mut command = Command::new(program);
        command.args(arguments).stdin(Stdio::null()).current_dir(&self.folder);
        command.env("KRB5_CONFIG", self.folder.join("krb5.conf"));
        command.env("KRB5_KDC_PROFILE", self.folder.join("kdc.conf"));
        command.env("KRB5CCNAME", self.folder.join("ticket"));
        // Where Debian has the programs of the centre.
        command.env("PATH", format!("{}:/usr/sbin", std::env::var("PATH").unwrap()));
        command
    }
}

impl Drop for Realm {
    fn drop(&mut self) {
        if let Some(centre) = &mut self.centre {
            // It may have ended already.
            let _ = centre.kill();
            let _ = centre.wait();
        }
    }
}

/// Why the cases cannot be run here.
fn missing() -> Option<&'static str> {
    let is_there = |program: &str| Path::new("/usr/sbin").join(program).exists();
    if cfg!(feature = "bundled") {
        Some("reseq has its libpq built in, without Kerberos")
    } else if !["krb5kdc", "kdb5_util", "kadmin.local"].into_iter().all(is_there) {
        Some("there is no Kerberos server (Debian's packages krb5-kdc, krb5-admin-server, krb5-user)")
    } else if !knows_kerberos(&newest_installation().unwrap()) {
        Some("the newest PostgreSQL here was built without GSSAPI")
    } else {
        None
    }
}

/// Whether the server was built with GSSAPI: then it needs that library.
fn knows_kerberos(installation: &Installation) -> bool {
    let inside = installation.bin_dir.join("postgres");
    let program = match &installation.root {
        Some(root) => root.join(inside.strip_prefix("/").unwrap()),
        None => inside,
    };
    let library = b"libgssapi";
    fs::read(program).unwrap().windows(library.len()).any(|bytes| bytes == library)
}

#[test]
#[expect(clippy::print_stderr, reason = "tests that are left out are said so loudly")]
fn a_ticket_lets_in() {
    if let Some(missing) = missing() {
        eprintln!("SKIPPED: a_ticket_lets_in: {missing}");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let _realm = Realm::new(folder.path());
    let options = ClusterOptions::default()
        .setting("krb_server_keyfile", "keytab")
        .hba("hostgssenc all kerry,karl all gss include_realm=0")
        .hba("host all kerry,karl all gss include_realm=0");
    let Some(world) = World::with_options(options) else { return };
    give(&world.servers[0], &folder.path().join("keytab"), "keytab");
    execute(&world.servers[0], "postgres", "CREATE ROLE kerry LOGIN; CREATE ROLE karl LOGIN");
    let ticket = format!("KRB5_CONFIG={0}/krb5.conf KRB5CCNAME={0}/ticket", folder.path().display());
    let world = world
        .with_name("ticket", &ticket)
        .with_name("here", "host=localhost hostaddr=127.0.0.1 port={port} user=kerry dbname=shop");
    compare(&world, CASES);
    compare_since(16, &world, SINCE_16);
}
