//! A network that misbehaves: a TCP proxy before a server that takes its time, cuts connections or hands nothing on.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU16, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use crate::Error;

/// How often a stalled connection looks whether it may go on.
const LOOK: Duration = Duration::from_millis(2);

/// Listens on 127.0.0.1 until this process ends.
#[derive(Debug)]
pub struct Proxy {
    port: u16,
    network: Arc<Network>,
}

/// What the connections share.
#[derive(Debug)]
struct Network {
    server: AtomicU16,
    delay: Duration,
    stalled: AtomicBool,
    round_trips: AtomicU64,
    /// Both ends of every connection there was.
    streams: Mutex<Vec<TcpStream>>,
}

impl Proxy {
    /// Stands before the server on `port` of 127.0.0.1 and hands everything on at once.
    ///
    /// # Errors
    /// [`Error::File`] where it cannot listen.
    pub fn start(port: u16) -> Result<Self, Error> {
        Self::delaying(port, Duration::ZERO)
    }

    /// The same, handing everything on after `delay` in each direction, without limiting how much is on its way.
    ///
    /// # Errors
    /// As [`start`](Self::start).
    pub fn delaying(port: u16, delay: Duration) -> Result<Self, Error> {
        let address = "127.0.0.1:0";
        let listener = TcpListener::bind(address).map_err(Error::file("listen on", address))?;
        let listening = listener.local_addr().map_err(Error::file("listen on", address))?;
        let network = Arc::new(Network {
            server: AtomicU16::new(port),
            delay,
            stalled: AtomicBool::new(false),
            round_trips: AtomicU64::new(0),
            streams: Mutex::new(Vec::new()),
        });
        let shared = Arc::clone(&network);
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                // A client whose connection can't be passed on sees it closed.
                let _ = shared.pass_on(client);
            }
        });
        Ok(Self { port: listening.port(), network })
    }

    /// Where it listens.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// How often a client has waited for the server so far, counted on all connections: data from the client after
    /// data from the server, or the first.
    #[must_use]
    pub fn round_trips(&self) -> u64 {
        self.network.round_trips.load(Ordering::SeqCst)
    }

    /// Closes all connections, as a network that breaks does it; new ones can be made.
    pub fn cut(&self) {
        let mut streams = self.network.streams.lock().unwrap_or_else(PoisonError::into_inner);
        for stream in streams.drain(..) {
            // It may be closed already.
            let _ = stream.shutdown(Shutdown::Both);
        }
    }

    /// Closes all connections, and leads new ones to the server on another port, as an address that moves does it.
    pub fn lead_to(&self, port: u16) {
        self.network.server.store(port, Ordering::SeqCst);
        self.cut();
    }

    /// From now on nothing is handed on, without a word to either side; or everything that has piled up, and all after.
    pub fn stall(&self, stalled: bool) {
        self.network.stalled.store(stalled, Ordering::SeqCst);
    }
}

impl Network {
    fn pass_on(self: &Arc<Self>, client: TcpStream) -> std::io::Result<()> {
        let server = TcpStream::connect(("127.0.0.1", self.server.load(Ordering::SeqCst)))?;
        for stream in [&client, &server] {
            stream.set_nodelay(true)?;
        }
        let kept = [client.try_clone()?, server.try_clone()?];
        self.streams.lock().unwrap_or_else(PoisonError::into_inner).extend(kept);
        let answered = Arc::new(AtomicBool::new(true));
        let (network, said) = (Arc::clone(self), Arc::clone(&answered));
        self.one_way(client.try_clone()?, server.try_clone()?, move || {
            if said.swap(false, Ordering::SeqCst) {
                network.round_trips.fetch_add(1, Ordering::SeqCst);
            }
        });
        self.one_way(server, client, move || answered.store(true, Ordering::SeqCst));
        Ok(())
    }

    /// Hands on what comes, and tells `seen` of it.
    fn one_way(self: &Arc<Self>, mut from: TcpStream, mut to: TcpStream, seen: impl Fn() + Send + 'static) {
        let (sender, receiver) = mpsc::channel::<(Instant, Vec<u8>)>();
        let (reading, writing) = (Arc::clone(self), Arc::clone(self));
        thread::spawn(move || {
            let mut buffer = vec![0; 64 * 1024];
            while let Ok(length @ 1..) = from.read(&mut buffer) {
                seen();
                if sender.send((Instant::now() + reading.delay, buffer[..length].to_vec())).is_err() {
                    break;
                }
            }
        });
        thread::spawn(move || {
            for (due, bytes) in receiver {
                thread::sleep(due.saturating_duration_since(Instant::now()));
                while writing.stalled.load(Ordering::SeqCst) {
                    thread::sleep(LOOK);
                }
                if to.write_all(&bytes).is_err() {
                    break;
                }
            }
            let _ = to.shutdown(Shutdown::Write);
        });
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};
    use std::net::{TcpListener, TcpStream};
    use std::thread;
    use std::time::{Duration, Instant};

    use super::Proxy;

    /// A server that gives back what it gets, and a client of it through a proxy.
    fn echo(delay: Duration) -> (Proxy, TcpStream) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let mut echo = stream.try_clone().unwrap();
            std::io::copy(&mut stream, &mut echo).unwrap();
        });
        let proxy = Proxy::delaying(port, delay).unwrap();
        let client = TcpStream::connect(("127.0.0.1", proxy.port())).unwrap();
        client.set_nodelay(true).unwrap();
        (proxy, client)
    }

    #[test]
    fn a_round_trip_takes_both_delays_and_a_burst_takes_them_once() {
        let (_proxy, mut client) = echo(Duration::from_millis(20));
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
    }

    #[test]
    fn round_trips_are_counted() {
        let (proxy, mut client) = echo(Duration::ZERO);
        let mut back = [0; 2];
        for _ in 0..3 {
            client.write_all(b"ab").unwrap();
            client.read_exact(&mut back).unwrap();
        }
        assert_eq!(proxy.round_trips(), 3);
    }

    #[test]
    fn a_stalled_connection_goes_on_and_a_cut_one_ends() {
        let (proxy, mut client) = echo(Duration::ZERO);
        proxy.stall(true);
        client.write_all(b"x").unwrap();
        client.set_read_timeout(Some(Duration::from_millis(50))).unwrap();
        let mut back = [0; 1];
        assert!(client.read_exact(&mut back).is_err());
        proxy.stall(false);
        client.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
        client.read_exact(&mut back).unwrap();
        proxy.cut();
        assert!(matches!(client.read(&mut back), Ok(0) | Err(_)));
    }
}
