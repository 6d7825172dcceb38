//! The servers that tests share: started when asked for, or handed over; never left behind.

#![expect(clippy::unwrap_used, reason = "a test may fail by panicking")]

use std::env;
use std::net::TcpStream;
use std::process::{Command, Output};
use std::thread;
use std::time::{Duration, Instant};

use reseq_scratch::installations;
use reseq_scratch::testing::{self, TEST_SERVERS};

/// Runs one of the ignored tests below in a process of its own.
fn in_a_process(test: &str, servers: Option<&str>) -> Output {
    let mut command = Command::new(env::current_exe().unwrap());
    command.args(["--exact", "--ignored", "--nocapture", test]).env_remove(TEST_SERVERS);
    if let Some(value) = servers {
        command.env(TEST_SERVERS, value);
    }
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    output
}

fn ports(output: &Output) -> Vec<u16> {
    let text = String::from_utf8(output.stdout.clone()).unwrap();
    text.lines().filter_map(|line| line.strip_prefix("PORT ")?.parse().ok()).collect()
}

#[test]
fn a_server_that_nobody_handed_over_is_started_once_and_ends_with_the_process() {
    let ports = ports(&in_a_process("asks_for_the_newest_server", None));
    let [first, second] = ports[..] else { unreachable!("{ports:?}") };
    assert_eq!(first, second);
    let deadline = Instant::now() + Duration::from_secs(30);
    while TcpStream::connect(("127.0.0.1", first)).is_ok() {
        assert!(Instant::now() < deadline, "the server is still there after 30 seconds");
        thread::sleep(Duration::from_millis(20));
    }
}

#[test]
#[ignore = "is run in a process of its own"]
#[expect(clippy::print_stdout, reason = "how it tells what it got")]
fn asks_for_the_newest_server() {
    let major = installations().last().unwrap().major;
    for _ in 0..2 {
        let server = testing::server(major).unwrap();
        let port: u16 = server.keyword("port").parse().unwrap();
        TcpStream::connect(("127.0.0.1", port)).unwrap();
        println!("\nPORT {port}");
    }
}

#[test]
fn servers_handed_over_are_taken_and_the_others_named_once() {
    let output =
        in_a_process("asks_for_all_servers", Some("14=host=127.0.0.1 port=1;17=host=127.0.0.1 port=2"));
    assert_eq!(ports(&output), [1, 2, 2]);
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(said.matches("SKIPPED: PostgreSQL 18:").count(), 1, "{said}");
    assert_eq!(said.matches("SKIPPED: ").count(), 8, "{said}");
}

#[test]
#[ignore = "is run in a process of its own"]
#[expect(clippy::print_stdout, reason = "how it tells what it got")]
fn asks_for_all_servers() {
    for server in testing::servers().into_iter().chain([testing::newest()]) {
        println!("\nPORT {}", server.keyword("port"));
    }
}
