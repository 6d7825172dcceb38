//! Connections as they are made: servers that are starting, that refuse, that take leave at the first question.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use reseq::session::{Connector, Limits, Sessions};

use crate::support::{Database, on_newest};

/// A server that refuses every connection in these words; and how many there were.
fn refusing(sqlstate: &str, message: &str) -> (Connector, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let count = Arc::new(AtomicUsize::new(0));
    let fields = format!("SFATAL\0VFATAL\0C{sqlstate}\0M{message}\0\0");
    let mut answer = vec![b'E'];
    answer.extend(u32::try_from(fields.len() + 4).unwrap().to_be_bytes());
    answer.extend(fields.into_bytes());
    let counter = Arc::clone(&count);
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            counter.fetch_add(1, Ordering::SeqCst);
            let _ = stream.read(&mut [0; 1000]);
            let _ = stream.write_all(&answer);
        }
    });
    let conninfo = format!("host=127.0.0.1 port={port} user=u dbname=d sslmode=disable gssencmode=disable");
    (Connector::from_conninfo(&conninfo).retry(Duration::from_secs(1)), count)
}

#[test]
fn a_server_that_is_starting_is_waited_for_and_a_refusal_is_not_repeated() {
    let (starting, tries) = refusing("57P03", "the database system is starting up");
    let began = Instant::now();
    let error = starting.connect().unwrap_err();
    assert!(error.to_string().ends_with("the database system is starting up"), "{error}");
    assert!(began.elapsed() >= Duration::from_secs(1) && tries.load(Ordering::SeqCst) > 3);

    let (wrong, tries) = refusing("28P01", "password authentication failed for user \"u\"");
    wrong.connect().unwrap_err();
    assert_eq!(tries.load(Ordering::SeqCst), 1);

    let (starting, tries) = refusing("57P03", "the database system is starting up");
    starting.retry(Duration::ZERO).connect().unwrap_err();
    assert_eq!(tries.load(Ordering::SeqCst), 1);
}

/// How a server takes leave of a session that it let in, at its first question.
#[derive(Clone, Copy, Debug)]
enum Leave {
    /// In words, with this SQLSTATE.
    Saying(&'static str),
    /// The socket is closed.
    Silently,
    /// It stays, and says nothing any more.
    Never,
}

/// A message of the server's (manual, section 54.7).
fn message(kind: u8, body: &str) -> Vec<u8> {
    let length = u32::try_from(body.len() + 4).unwrap();
    [&[kind][..], &length.to_be_bytes(), body.as_bytes()].concat()
}

/// Stands before the server of `database` and takes leave of one session after the other like this, itself; the next
/// ones are led on. Tells how to connect.
fn leaving(database: &Database, leaves: Vec<Leave>) -> Connector {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let server = database.port();
    thread::spawn(move || {
        let (mut leaves, mut held) = (leaves.into_iter(), Vec::new());
        for stream in listener.incoming() {
            let mut client = stream.unwrap();
            let Some(leave) = leaves.next() else {
                let mut server = TcpStream::connect(("127.0.0.1", server)).unwrap();
                let (mut from_client, mut to_server) =
                    (client.try_clone().unwrap(), server.try_clone().unwrap());
                thread::spawn(move || std::io::copy(&mut from_client, &mut to_server));
                thread::spawn(move || std::io::copy(&mut server, &mut client));
                continue;
            };
            let _ = client.read(&mut [0; 1000]);
            let welcome =
                [message(b'R', "\0\0\0\0"), message(b'S', "server_version\x0018.0\0"), message(b'Z', "I")];
            client.write_all(&welcome.concat()).unwrap();
            let _ = client.read(&mut [0; 10_000]);
            match leave {
                Leave::Saying(sqlstate) => {
                    let words = format!("SFATAL\0VFATAL\0C{sqlstate}\0Mterminating connection\0\0");
                    client.write_all(&message(b'E', &words)).unwrap();
                }
                Leave::Silently => {}
                Leave::Never => held.push(client),
            }
        }
    });
    let place = [("host", "127.0.0.1"), ("sslmode", "disable"), ("gssencmode", "disable")];
    let connector = database.connector().keyword("port", &port.to_string());
    place.into_iter().fold(connector, |connector, (keyword, value)| connector.keyword(keyword, value))
}

#[test]
fn a_session_that_is_ended_at_its_first_question_is_made_again() {
    let database = on_newest();
    let (ended, closed) = (Leave::Saying("57P01"), Leave::Silently);
    leaving(&database, vec![ended, closed, ended, closed, ended]).connect().unwrap();

    // What nothing is said about may be the question's fault.
    let error = leaving(&database, vec![closed; 10]).connect().unwrap_err();
    let expected = "the connection was lost, again and again: could not ask the server what it is: ";
    assert!(error.to_string().starts_with(expected), "{error}");

    for leave in [ended, closed] {
        let error = leaving(&database, vec![leave]).retry(Duration::ZERO).connect().unwrap_err();
        assert!(error.to_string().starts_with("could not ask the server what it is: "), "{error}");
    }
}

#[test]
fn a_server_that_says_nothing_to_the_first_question_is_asked_once_more() {
    let database = on_newest();
    let limits = Limits { statement_timeout: Duration::from_millis(500), ..Limits::default() };
    let connector = leaving(&database, vec![Leave::Never]).limits(limits).retry(Duration::from_secs(5));
    let began = Instant::now();
    connector.connect().unwrap();
    let took = began.elapsed();
    assert!((10..20).contains(&took.as_secs()), "{took:?}");
}

#[test]
fn a_server_that_was_known_is_waited_for_and_another_not() {
    let nobody = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let connector = Connector::from_conninfo(&format!("host=127.0.0.1 port={nobody} user=u dbname=d"));
    let retry = Duration::from_millis(600);
    let began = Instant::now();
    Sessions::open(connector.clone().retry(retry), 1).unwrap_err();
    assert!(began.elapsed() < retry);
    let error = Sessions::open_at_known(connector.clone().retry(Duration::ZERO), 1).unwrap_err();
    assert!(error.to_string().starts_with("connection to server at"), "{error}");
    assert!(began.elapsed() < retry);
    let error = Sessions::open_at_known(connector.retry(retry), 1).unwrap_err();
    assert!(began.elapsed() >= retry);
    let expected =
        "the connection was lost, and no other could be made within 0.6 s: connection to server at";
    assert!(error.to_string().starts_with(expected), "{error}");
}
