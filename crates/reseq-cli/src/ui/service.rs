//! Talking to the service manager that has started this command, as sd_notify(3) describes it.

use std::ffi::OsString;
use std::io;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::net::{SocketAddr, UnixDatagram};

/// Where the service manager listens, if there is one.
const NOTIFY_SOCKET: &str = "NOTIFY_SOCKET";

/// The service manager; without one, nobody is told.
#[derive(Debug)]
pub(crate) struct ServiceManager(Option<(UnixDatagram, SocketAddr)>);

impl ServiceManager {
    /// The one of this process's environment. That it cannot be reached is no reason not to work.
    pub(crate) fn of_environment() -> Self {
        let address = std::env::var_os(NOTIFY_SOCKET).filter(|name| !name.is_empty());
        let reached = address.and_then(|name| Some((UnixDatagram::unbound().ok()?, address_of(&name).ok()?)));
        Self(reached)
    }

    /// All that must be done before others may begin is done.
    pub(crate) fn ready(&self) {
        self.send("READY=1");
    }

    /// It goes on, and this is how.
    pub(crate) fn alive(&self, status: &str) {
        self.send(&format!("WATCHDOG=1\nSTATUS={}", status.replace('\n', " ")));
    }

    /// It has been told to end.
    pub(crate) fn stopping(&self) {
        self.send("STOPPING=1");
    }

    fn send(&self, state: &str) {
        if let Some((socket, address)) = &self.0 {
            // A service manager that does not listen any more misses nothing.
            let _ = socket.send_to_addr(state.as_bytes(), address);
        }
    }
}

/// A path, or with `@` before it a name in the abstract namespace, which only Linux has.
fn address_of(name: &OsString) -> io::Result<SocketAddr> {
    match name.as_bytes().strip_prefix(b"@") {
        #[cfg(target_os = "linux")]
        Some(abstract_name) => {
            use std::os::linux::net::SocketAddrExt as _;
            SocketAddr::from_abstract_name(abstract_name)
        }
        #[cfg(not(target_os = "linux"))]
        Some(_) => Err(io::ErrorKind::Unsupported.into()),
        None => SocketAddr::from_pathname(name),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(target_os = "linux")]
    #[test]
    fn a_name_in_the_abstract_namespace_is_reached() {
        use std::os::linux::net::SocketAddrExt as _;
        let name = format!("reseq-test-{}", std::process::id());
        let manager = UnixDatagram::bind_addr(&SocketAddr::from_abstract_name(&name).unwrap()).unwrap();
        let address = address_of(&format!("@{name}").into()).unwrap();
        ServiceManager(Some((UnixDatagram::unbound().unwrap(), address))).alive("5 sequences\nand more");
        let mut message = [0; 100];
        let length = manager.recv(&mut message).unwrap();
        assert_eq!(&message[..length], b"WATCHDOG=1\nSTATUS=5 sequences and more");
    }
}
