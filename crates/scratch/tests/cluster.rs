//! Servers start, stop, crash and recover, and leave nothing behind however their owner ends.

#![expect(clippy::unwrap_used, reason = "a test may fail by panicking")]

use std::env;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use reseq_scratch::{Cluster, ClusterOptions, Installation, StopMode, installations, newest_installation};

/// What the server asks of a client that comes as `user` (PostgreSQL manual, "Message Formats"): 0 for nothing,
/// 10 for a password by SCRAM.
fn authentication(cluster: &Cluster, user: &str) -> i32 {
    let mut startup = 196_608_i32.to_be_bytes().to_vec();
    startup.extend(format!("user\0{user}\0database\0postgres\0\0").bytes());
    let mut stream = TcpStream::connect(("127.0.0.1", cluster.port())).unwrap();
    stream.write_all(&(i32::try_from(startup.len()).unwrap() + 4).to_be_bytes()).unwrap();
    stream.write_all(&startup).unwrap();
    let mut answer = [0; 9];
    stream.read_exact(&mut answer).unwrap();
    assert_eq!(answer[0], b'R', "{}", cluster.log());
    i32::from_be_bytes(answer[5..].try_into().unwrap())
}

fn eventually(what: &str, mut holds: impl FnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(30);
    while !holds() {
        assert!(Instant::now() < deadline, "not within 30 seconds: {what}");
        thread::sleep(Duration::from_millis(20));
    }
}

/// Whether a process does something still: a zombie does not.
fn runs(pid: u32) -> bool {
    let output = Command::new("ps").args(["-o", "stat=", "-p", &pid.to_string()]).output().unwrap();
    let state = String::from_utf8(output.stdout).unwrap();
    !state.trim().is_empty() && !state.starts_with('Z')
}

fn oldest_and_newest() -> Vec<Installation> {
    let mut all = installations();
    assert!(!all.is_empty(), "no PostgreSQL found");
    if all.len() > 2 {
        all.drain(1..all.len() - 1);
    }
    all
}

#[test]
fn a_dropped_cluster_is_gone() {
    for installation in oldest_and_newest() {
        let cluster = Cluster::start(&installation, &ClusterOptions::default()).unwrap();
        let (folder, pid) = (cluster.socket_dir().to_path_buf(), cluster.pid().unwrap());
        assert_eq!(authentication(&cluster, "postgres"), 0);
        assert!(folder.join(format!(".s.PGSQL.{}", cluster.port())).exists());
        drop(cluster);
        assert!(!runs(pid));
        assert!(!folder.exists());
    }
}

#[test]
fn a_server_starts_again_after_a_stop_and_after_a_crash() {
    let mut cluster = Cluster::start(&newest_installation().unwrap(), &ClusterOptions::default()).unwrap();
    let port = cluster.port();

    cluster.stop(StopMode::Fast).unwrap();
    assert!(!cluster.is_running());
    assert!(TcpStream::connect(("127.0.0.1", port)).is_err());
    cluster.start_again().unwrap();
    assert_eq!(authentication(&cluster, "postgres"), 0);
    assert!(!cluster.log().contains("was not properly shut down"));

    cluster.crash().unwrap();
    assert!(!cluster.is_running());
    cluster.start_again().unwrap();
    assert_eq!(authentication(&cluster, "postgres"), 0);
    assert!(cluster.log().contains("was not properly shut down"), "{}", cluster.log());
}

#[test]
fn a_password_is_asked_for_where_pg_hba_says_so() {
    let options = ClusterOptions::default()
        .setting("password_encryption", "scram-sha-256")
        .hba("host all postgres 127.0.0.1/32 scram-sha-256")
        .hba("host all guest 127.0.0.1/32 trust")
        .password("it's a secret");
    let cluster = Cluster::start(&newest_installation().unwrap(), &options).unwrap();
    assert_eq!(authentication(&cluster, "postgres"), 10);
    assert!(!cluster.socket_dir().join("password").exists());
}

#[test]
fn a_setting_that_does_not_exist_is_told_in_the_servers_words() {
    let options = ClusterOptions::default().setting("no_such_setting", "1");
    let error = Cluster::start(&newest_installation().unwrap(), &options).unwrap_err().to_string();
    assert!(error.contains("no_such_setting"), "{error}");
}

#[test]
fn a_standby_streams_from_its_primary() {
    for installation in oldest_and_newest() {
        let mut primary = Cluster::start(&installation, &ClusterOptions::default()).unwrap();
        let standby = primary.standby().unwrap();
        assert_eq!(authentication(&primary, "postgres"), 0);
        assert_eq!(authentication(&standby, "postgres"), 0);
        eventually("streaming", || standby.log().contains("started streaming WAL from primary"));
    }
}

#[test]
fn a_kept_cluster_stays() {
    let cluster = Cluster::start(&newest_installation().unwrap(), &ClusterOptions::default()).unwrap();
    let (port, pid) = (cluster.port(), cluster.pid().unwrap());
    let folder = cluster.keep();
    thread::sleep(Duration::from_millis(300));
    assert!(TcpStream::connect(("127.0.0.1", port)).is_ok());
    assert!(folder.join("data/PG_VERSION").exists());

    Command::new("kill").args(["-QUIT", &pid.to_string()]).status().unwrap();
    eventually("the kept server stops", || !runs(pid));
    std::fs::remove_dir_all(folder).unwrap();
}

#[test]
fn nothing_outlives_a_killed_owner() {
    let mut owner = owner_of_a_cluster();
    let (pid, folder) = announced(&mut owner);
    assert!(runs(pid) && folder.exists());
    owner.kill().unwrap();
    owner.wait().unwrap();
    eventually("the server stops", || !runs(pid));
    eventually("its folder is removed", || !folder.exists());
}

#[test]
fn nothing_outlives_an_owner_killed_during_initdb() {
    let folder = tempfile::tempdir().unwrap();
    // The servers' user must reach it.
    std::fs::set_permissions(folder.path(), std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    let mut owner = owner_of_a_cluster_in(folder.path());
    let clusters = || std::fs::read_dir(folder.path()).unwrap().flatten().map(|entry| entry.path());
    eventually("initdb is at work", || clusters().any(|cluster| cluster.join("data/pg_wal").exists()));
    owner.kill().unwrap();
    owner.wait().unwrap();
    eventually("its folder is removed", || clusters().count() == 0);
}

fn owner_of_a_cluster() -> std::process::Child {
    owner_of_a_cluster_in(&env::temp_dir())
}

/// This test program again, as a process that starts a cluster and waits to be killed.
fn owner_of_a_cluster_in(folder: &Path) -> std::process::Child {
    Command::new(env::current_exe().unwrap())
        .args(["--exact", "--ignored", "--nocapture", "owns_a_cluster_until_it_is_killed"])
        .env("TMPDIR", folder)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

#[test]
#[ignore = "is the owner in tests that kill it"]
#[expect(clippy::print_stdout, reason = "how the owner tells what it started")]
fn owns_a_cluster_until_it_is_killed() {
    let installation = installations().into_iter().find(|found| found.root.is_none()).unwrap();
    let cluster = Cluster::start(&installation, &ClusterOptions::default()).unwrap();
    println!("\nSTARTED {} {}", cluster.pid().unwrap(), cluster.socket_dir().display());
    thread::sleep(Duration::from_secs(60));
}

fn announced(owner: &mut std::process::Child) -> (u32, PathBuf) {
    let lines = BufReader::new(owner.stdout.take().unwrap()).lines();
    let line = lines.map(Result::unwrap).find(|line| line.starts_with("STARTED ")).unwrap();
    let mut words = line.split(' ').skip(1);
    (words.next().unwrap().parse().unwrap(), words.next().unwrap().into())
}
