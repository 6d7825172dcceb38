//! Encrypted connections.

use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::path::Path;
use std::process::Command;

use reseq_pq::Connection;
use reseq_scratch::{Cluster, ClusterOptions, newest_installation};

use crate::cancel::assert_cancelled;
use crate::connect_soon;

/// Gives the server a certificate of its own making, for the host `localhost`.
fn make_certificate(cluster: &Cluster, folder: &Path) {
    let (key, certificate) = (folder.join("server.key"), folder.join("server.crt"));
    let mut openssl = Command::new("openssl");
    openssl.args(["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost"]);
    let made = openssl.arg("-keyout").arg(&key).arg("-out").arg(&certificate).output().unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let owner = std::fs::metadata(cluster.data_dir()).unwrap();
    for file in [key, certificate] {
        let into = cluster.data_dir().join(file.file_name().unwrap());
        std::fs::copy(&file, &into).unwrap();
        std::fs::set_permissions(&into, PermissionsExt::from_mode(0o600)).unwrap();
        chown(&into, Some(owner.uid()), Some(owner.gid())).unwrap();
    }
}

#[test]
#[expect(clippy::print_stderr, reason = "a test that is left out is said so loudly")]
fn connections_are_encrypted_and_certificates_verified() {
    if Command::new("openssl").arg("version").output().is_err() {
        eprintln!("SKIPPED: connections_are_encrypted_and_certificates_verified: openssl is not installed");
        return;
    }
    let options =
        ClusterOptions::default().hba("local all all trust").hba("hostssl all all 127.0.0.1/32 trust");
    let cluster = Cluster::start(&newest_installation().unwrap(), &options).unwrap();
    let folder = tempfile::tempdir().unwrap();
    make_certificate(&cluster, folder.path());
    let socket = format!("host={} port={} user=postgres", cluster.socket_dir().display(), cluster.port());
    let mut connection = Connection::connect(&[("dbname", &socket)]).unwrap();
    connection.simple("alter system set ssl = on").unwrap();
    connection.simple("select pg_catalog.pg_reload_conf()").unwrap();

    let tcp =
        format!("host=localhost hostaddr=127.0.0.1 port={} user=postgres dbname=postgres", cluster.port());
    let connect = |more: &str| Connection::connect(&[("dbname", &format!("{tcp} {more}"))]);

    let mut connection = connect_soon(&format!("{tcp} sslmode=require"));
    assert!(connection.ssl_attribute("protocol").unwrap().starts_with("TLSv1."));
    let ssl = connection.query("select ssl from pg_stat_ssl where pid = pg_backend_pid()", &[]).unwrap();
    assert!(ssl.row(0).unwrap().get::<bool>(0).unwrap());

    let handle = connection.cancel_handle().unwrap();
    assert_cancelled(&mut connection, &handle);

    let root = folder.path().join("server.crt").display().to_string();
    connect(&format!("sslmode=verify-full sslrootcert={root}")).unwrap();

    let error = connect("sslmode=disable").unwrap_err();
    assert!(error.to_string().contains("no encryption"), "{error}");
    assert!(error.connect_hint().unwrap().contains("sslmode=require"));

    // Another certificate, that has not signed the server's.
    let other = tempfile::tempdir().unwrap();
    make_certificate(&cluster, other.path());
    let root = other.path().join("server.crt").display().to_string();
    let error = connect(&format!("sslmode=verify-full sslrootcert={root}")).unwrap_err();
    assert!(error.to_string().contains("certificate verify failed"), "{error}");
    assert!(error.connect_hint().unwrap().contains("sslrootcert"));
}
