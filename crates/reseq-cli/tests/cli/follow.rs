//! `reseq carry --follow`: how it is begun, what it tells, how it ends.

use std::io::{BufRead as _, BufReader, Read as _};
use std::os::unix::net::UnixDatagram;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use reseq_scratch::Proxy;
use serde_json::Value;

use crate::support::{Run, Sandbox, sandbox, snapshot};

const PATIENCE: Duration = Duration::from_secs(60);

/// Source and target.
pub(crate) fn ends() -> (Sandbox, Sandbox) {
    let make = "CREATE TABLE orders (id serial PRIMARY KEY)";
    (sandbox(make), sandbox(make))
}

pub(crate) fn command(source: &Sandbox, target: &Sandbox, more: &[&str]) -> Command {
    let ends = ["carry", "--from", &source.database, "--to", &target.database, "--follow=100ms"];
    target.command(&[&ends, more].concat())
}

/// A follower, killed with it.
pub(crate) struct Follower {
    child: Child,
    output: BufReader<ChildStdout>,
}

impl Follower {
    pub(crate) fn start(mut command: Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let output = BufReader::new(child.stdout.take().unwrap());
        Self { child, output }
    }

    /// The next line that holds `part`.
    pub(crate) fn line(&mut self, part: &str) -> String {
        loop {
            let mut line = String::new();
            assert_ne!(self.output.read_line(&mut line).unwrap(), 0, "no line with {part}");
            if line.contains(part) {
                return line;
            }
        }
    }

    pub(crate) fn signal(&self, signal: &str) {
        let sent = Command::new("kill").args([signal, &self.child.id().to_string()]).status().unwrap();
        assert!(sent.success());
    }

    /// Waits for its end; returns the last line and the exit status.
    pub(crate) fn end(mut self) -> (String, Option<i32>) {
        let lines: Vec<String> = self.output.by_ref().lines().map(Result::unwrap).collect();
        (lines.last().cloned().unwrap_or_default(), self.child.wait().unwrap().code())
    }
}

impl Drop for Follower {
    fn drop(&mut self) {
        // It has ended by itself where all is well.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub(crate) fn next(sandbox: &Sandbox) -> i64 {
    sandbox.value("SELECT (last_value + is_called::int)::text FROM orders_id_seq").parse().unwrap()
}

pub(crate) fn draw(sandbox: &Sandbox, calls: u32) {
    sandbox.value(&format!("SELECT count(nextval('orders_id_seq'))::text FROM generate_series(1, {calls})"));
}

fn wait_until_ahead(source: &Sandbox, target: &Sandbox) {
    let began = Instant::now();
    while next(target) < next(source) {
        assert!(began.elapsed() < PATIENCE, "left behind");
        thread::sleep(Duration::from_millis(50));
    }
}

#[test]
fn it_asks_before_it_begins() {
    let (source, target) = ends();
    snapshot!(Run::of(&mut command(&source, &target, &[])), @r"
    DATABASE on HOST:PORT, PostgreSQL VERSION
    → DATABASE on HOST:PORT, PostgreSQL VERSION

    1 sequence to move by drawing: few values to draw, and drawing blocks nobody.
      public.orders_id_seq  1 → 1001  1,000 calls

    ─── standard error
    reseq: nothing was changed: there is no terminal to ask on
    hint: add --yes to carry without asking, or --dry-run to see the plan only
    ─── exit status 2
    ");
    for other in ["--check", "--dry-run", "--final"] {
        let run = Run::of(&mut command(&source, &target, &[other]));
        assert_eq!(run.status, Some(2));
        assert!(run.stderr.contains(&format!("cannot be used with '{other}'")), "{run}");
    }
}

#[test]
fn signals_end_it_in_order() {
    for signal in ["-TERM", "-INT"] {
        let (source, target) = ends();
        draw(&source, 50);
        let mut follower = Follower::start(command(&source, &target, &["--yes"]));
        let first = follower.line("1 sequence, ");
        assert!(first.contains("Z  1 sequence, 0 draw"), "{first}");
        draw(&source, 3000);
        wait_until_ahead(&source, &target);
        follower.signal(signal);
        let (last, status) = follower.end();
        assert!(last.contains("ended in order after "), "{last}");
        assert_eq!(status, Some(0));
    }
}

#[test]
fn what_comes_into_an_empty_database_is_followed_and_its_emptiness_is_said() {
    let (source, target) = (sandbox("CREATE SCHEMA empty"), sandbox("CREATE SEQUENCE orders_id_seq"));
    let mut follower = Follower::start(command(&source, &target, &["--yes"]));
    follower.line("0 sequences, ");
    source.execute("CREATE SEQUENCE orders_id_seq");
    follower.line("1 sequence, ");
    draw(&source, 50);
    wait_until_ahead(&source, &target);
    follower.signal("-TERM");
    let mut said = String::new();
    follower.child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
    snapshot!(said, @"reseq: DATABASE on HOST:PORT has no sequences yet: following it, for those that are created later");
    assert_eq!(follower.end().1, Some(0));
}

/// A line that fits the schema.
pub(crate) fn valid(line: &str) -> Value {
    let schema = include_str!("../../../../schema/carry-follow.schema.json");
    let validator = jsonschema::draft202012::new(&serde_json::from_str(schema).unwrap()).unwrap();
    let line: Value = serde_json::from_str(line).unwrap();
    let errors: Vec<_> = validator.iter_errors(&line).map(|error| error.to_string()).collect();
    assert!(errors.is_empty(), "{errors:#?}\n{line}");
    line
}

#[test]
fn json_tells_one_event_a_line() {
    let (source, target) = ends();
    draw(&source, 50);
    let mut follower = Follower::start(command(&source, &target, &["--yes", "--format", "json"]));
    valid(&follower.line("\"event\":\"began\""));
    valid(&follower.line("\"event\":\"tick\""));
    draw(&source, 3000);
    let line = valid(&follower.line("\"drawing\":1"));
    assert_eq!(line["followed"], 1);
    assert_eq!(line["fastest"][0]["sequence"], "public.orders_id_seq");
    wait_until_ahead(&source, &target);
    source.execute("CREATE SEQUENCE a; ALTER SEQUENCE orders_id_seq CACHE 2");
    valid(&follower.line("\"event\":\"altered\""));
    source.value(
        "SELECT count(pg_terminate_backend(pid))::text FROM pg_stat_activity
         WHERE application_name = 'reseq' AND datname = current_database()",
    );
    valid(&follower.line("\"event\":\"lost\""));
    valid(&follower.line("\"event\":\"back\""));
    target.execute("TRUNCATE orders RESTART IDENTITY");
    let line = valid(&follower.line("\"event\":\"set-back\""));
    assert_eq!((&line["sequence"], &line["to"]), (&"public.orders_id_seq".into(), &1.into()));
    follower.signal("-TERM");
    let (last, status) = follower.end();
    let last = valid(&last);
    assert_eq!((&last["event"], status), (&"ended".into(), Some(0)));
}

#[test]
fn a_network_that_drops_everything_without_a_word_is_noticed() {
    let (source, target) = ends();
    let network = Proxy::start(source.port().parse().unwrap()).unwrap();
    let from = format!("{} port={}", source.conninfo(), network.port());
    let arguments = ["carry", "--from", &from, "--to", &target.database, "--follow=100ms", "--yes"];
    // What a statement may take, and ten seconds for its way.
    let more = ["--statement-timeout", "500ms", "--format", "json"];
    let mut follower = Follower::start(target.command(&[&arguments[..], &more].concat()));
    follower.line("\"event\":\"tick\"");
    network.stall(true);
    let began = Instant::now();
    draw(&source, 5000);
    let lost = valid(&follower.line("\"event\":\"lost\""));
    assert!((10..30).contains(&began.elapsed().as_secs()), "{:?}", began.elapsed());
    assert_eq!(lost["side"], "source");
    assert!(lost["error"].as_str().unwrap().contains("the server has said nothing for "), "{lost}");
    // Nor can a new connection be had; pauses grow.
    let pauses = [(); 2].map(|()| {
        let lost = valid(&follower.line("\"event\":\"lost\""));
        assert!(lost["error"].as_str().unwrap().contains("timeout expired"), "{lost}");
        lost["pause_seconds"].as_f64().unwrap()
    });
    assert!(pauses[0] < pauses[1], "{pauses:?}");
    network.stall(false);
    valid(&follower.line("\"event\":\"back\""));
    wait_until_ahead(&source, &target);
    follower.signal("-TERM");
    assert_eq!(follower.end().1, Some(0));
}

#[test]
fn killed_and_started_again_it_never_goes_back() {
    let (source, target) = ends();
    let mut reached = 0;
    for _ in 0..5 {
        let mut follower = Follower::start(command(&source, &target, &["--yes"]));
        follower.line("1 sequence, ");
        draw(&source, 5000);
        // Now and then in the middle of a move.
        thread::sleep(Duration::from_millis(137));
        follower.signal("-KILL");
        follower.end();
        assert!(next(&target) >= reached);
        reached = next(&target);
    }
    let mut follower = Follower::start(command(&source, &target, &["--yes"]));
    follower.line("1 sequence, ");
    wait_until_ahead(&source, &target);
    assert!(next(&target) <= next(&source) + 3 * 100_000, "skips no more than its margins");
}

#[test]
fn quietly_it_says_only_what_is_wrong() {
    let (source, target) = ends();
    let mut follower = Follower::start(command(&source, &target, &["--yes", "-q"]));
    thread::sleep(Duration::from_millis(500));
    source.execute("CREATE SEQUENCE missing");
    assert!(follower.line("").contains("on the source: created public.missing"));
    let told = "; PROBLEM public.missing: it is not on the target (follow with --create, or create it there: it is \
                followed from then on)";
    assert!(follower.line("").contains(told));
    // Said once.
    thread::sleep(Duration::from_millis(500));
    follower.signal("-TERM");
    assert_eq!(follower.end(), (String::new(), Some(0)));
}

#[test]
fn the_service_manager_is_told() {
    let (source, target) = ends();
    let socket = target.home().join("notify");
    let manager = UnixDatagram::bind(&socket).unwrap();
    manager.set_read_timeout(Some(PATIENCE)).unwrap();
    let mut command = command(&source, &target, &["--yes"]);
    command.env("NOTIFY_SOCKET", &socket);
    let follower = Follower::start(command);
    let receive = || {
        let mut message = [0; 500];
        let length = manager.recv(&mut message).unwrap();
        String::from_utf8(message[..length].to_vec()).unwrap()
    };
    assert_eq!(receive(), "READY=1");
    assert!(receive().starts_with("WATCHDOG=1\nSTATUS=keeps "));
    assert!(receive().starts_with("WATCHDOG=1\nSTATUS=1 sequence, 0 draw"));
    follower.signal("-TERM");
    while receive() != "STOPPING=1" {}
    assert_eq!(follower.end().1, Some(0));
}

#[test]
fn a_problem_that_stands_is_said_once_and_its_end_too() {
    let (source, target) = (
        sandbox("CREATE SEQUENCE small MAXVALUE 5; SELECT setval('small', 5)"),
        sandbox("CREATE SEQUENCE small MAXVALUE 5 CYCLE"),
    );
    let mut follower = Follower::start(command(&source, &target, &["--yes", "--quiet"]));
    let begun = follower.line("PROBLEM");
    assert!(begun.contains("BEHIND by 5 calls") && begun.contains("would begin again"), "{begun}");
    // Some twenty ticks.
    thread::sleep(Duration::from_secs(2));
    target.connect().simple("ALTER SEQUENCE small NO CYCLE").unwrap();
    let over = follower.line("sequence");
    assert!(!over.contains("PROBLEM"), "{over}");
    follower.signal("-TERM");
    assert_eq!(follower.end().1, Some(0));
}

#[test]
fn what_the_target_lacks_is_created_when_it_begins_and_later() {
    let (source, target) = (sandbox("CREATE SEQUENCE first; CREATE TABLE t (id serial)"), sandbox(""));
    snapshot!(Run::of(&mut command(&source, &target, &["--create"])), @r"
    DATABASE on HOST:PORT, PostgreSQL VERSION

    Create 1 sequence, all or nothing:
      - create public.first: bigint
      stays  public.t_id_seq: its column public.t.id is not on the target
      hint   create the table there: serial makes the sequence as well, else it is
             created then

    ─── standard error
    reseq: nothing was changed: there is no terminal to ask on
    hint: add --yes to create without asking, or --dry-run to see the plan only
    ─── exit status 2
    ");
    let mut follower = Follower::start(command(&source, &target, &["--yes", "--create", "--format", "json"]));
    let line = valid(&follower.line(""));
    assert_eq!((&line["event"], &line["sequences"][0]), (&"created".into(), &"public.first".into()));
    valid(&follower.line("\"event\":\"began\""));
    let line = valid(&follower.line("\"problems\":1"));
    assert_eq!(line["first_problems"][0]["sequence"], "public.t_id_seq");
    assert_eq!(line["first_problems"][0]["reason"], "its column public.t.id is not on the target");
    source.execute("CREATE SEQUENCE second; SELECT setval('second', 50)");
    let line = valid(&follower.line("\"event\":\"created\""));
    assert_eq!(line["sequences"], serde_json::json!(["public.second"]));
    valid(&follower.line("\"followed\":2"));
    follower.signal("-TERM");
    assert_eq!(follower.end().1, Some(0));
    // It had a tick after it was created.
    let next = target.value("SELECT (last_value + is_called::int)::text FROM second");
    assert!(next.parse::<i64>().unwrap() > 50, "{next}");
}

#[test]
fn what_is_created_and_what_cannot_be_is_said_once() {
    let (source, target) = (sandbox("CREATE SEQUENCE s"), sandbox("CREATE SEQUENCE s"));
    let mut follower = Follower::start(command(&source, &target, &["--yes", "--create", "--quiet"]));
    thread::sleep(Duration::from_millis(500));
    source.execute("CREATE SEQUENCE later; CREATE SCHEMA gone; CREATE SEQUENCE gone.s");
    assert!(follower.line("").contains("  on the source: created gone.s, public.later"));
    let problem = "PROBLEM gone.s: the target has no schema gone (CREATE SCHEMA gone; or say by --map-schema which one it \
                   is)";
    assert!(follower.line("").contains(problem));
    assert!(follower.line("").ends_with("Z  on the target: created public.later\n"));
    assert!(follower.line("").contains("  2 sequences, "));
    // Said once more after it, and then for a minute no more.
    thread::sleep(Duration::from_secs(2));
    target.execute("CREATE SCHEMA gone; CREATE SEQUENCE gone.s");
    assert!(!follower.line("").contains("PROBLEM"));
    follower.signal("-TERM");
    assert_eq!(follower.end(), (String::new(), Some(0)));
}
