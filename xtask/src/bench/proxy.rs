//! A network that takes its time: a TCP proxy which hands everything on after a while, without limiting how much is
//! on its way.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};

/// Listens on 127.0.0.1 until this process ends.
pub(crate) struct Proxy {
    port: u16,
}

impl Proxy {
    /// Stands before the server on `port` and delays each direction by `delay`.
    pub(crate) fn start(port: u16, delay: Duration) -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").context("could not listen for clients")?;
        let proxy = Self { port: listener.local_addr()?.port() };
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                // A client whose connection can't be passed on sees it closed.
                let _ = pass_on(&client, port, delay);
            }
        });
        Ok(proxy)
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }
}

fn pass_on(client: &TcpStream, port: u16, delay: Duration) -> std::io::Result<()> {
    let server = TcpStream::connect(("127.0.0.1", port))?;
    for stream in [client, &server] {
        stream.set_nodelay(true)?;
    }
    one_way(client.try_clone()?, server.try_clone()?, delay);
    one_way(server, client.try_clone()?, delay);
    Ok(())
}

fn one_way(mut from: TcpStream, mut to: TcpStream, delay: Duration) {
    let (sender, receiver) = mpsc::channel::<(Instant, Vec<u8>)>();
    thread::spawn(move || {
        let mut buffer = vec![0; 64 * 1024];
        while let Ok(length @ 1..) = from.read(&mut buffer) {
            if sender.send((Instant::now() + delay, buffer[..length].to_vec())).is_err() {
                break;
            }
        }
    });
    thread::spawn(move || {
        for (due, bytes) in receiver {
            thread::sleep(due.saturating_duration_since(Instant::now()));
            if to.write_all(&bytes).is_err() {
                break;
            }
        }
        let _ = to.shutdown(Shutdown::Write);
    });
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};
    use std::net::{TcpListener, TcpStream};
    use std::thread;
    use std::time::{Duration, Instant};

    use super::Proxy;

    #[test]
    fn a_round_trip_takes_both_delays_and_a_burst_takes_them_once() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let mut echo = stream.try_clone().unwrap();
            std::io::copy(&mut stream, &mut echo).unwrap();
        });
        let proxy = Proxy::start(port, Duration::from_millis(20)).unwrap();
        let mut client = TcpStream::connect(("127.0.0.1", proxy.port())).unwrap();
        client.set_nodelay(true).unwrap();

        let began = Instant::now();
        for _ in 0..20 {
            client.write_all(b"x").unwrap();
            thread::sleep(Duration::from_millis(2));
        }
        let mut back = [0; 20];
        client.read_exact(&mut back).unwrap();
        let took = began.elapsed();
        assert!(took >= Duration::from_millis(78), "sooner than the delays allow: {took:?}");
        assert!(took < Duration::from_millis(400), "delayed one after the other: {took:?}");
        drop(client);
    }
}
