//! Cleans up after us when we can't: a small shell process that waits until we are gone.
//!
//! It reads a pipe of which we hold the other end. The kernel closes that end when this process ends, also by
//! `kill -9`; then the watchdog stops the server and removes its folder.

use std::io::{self, Write};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use crate::Error;

/// `$1` is the folder. Each line read is the process to stop at the end, an empty one means none. A process that
/// does not go within ten seconds is killed.
const SCRIPT: &str = r#"
trap '' HUP INT QUIT TERM
pid=
while read -r line; do pid=$line; done
if [ -n "$pid" ] && kill -QUIT "$pid"; then
    tries=0
    while kill -0 "$pid" && [ -e "$1/data/postmaster.pid" ] && [ $tries -lt 100 ]; do
        sleep 0.1
        tries=$((tries + 1))
    done
    [ $tries -lt 100 ] || kill -KILL "$pid"
fi
rm -rf "$1" || { sleep 1; rm -rf "$1"; }
"#;

#[derive(Debug)]
pub(crate) struct Watchdog {
    shell: Child,
}

impl Watchdog {
    /// Watches over `folder`, and over the process named by [`guard`](Self::guard).
    pub(crate) fn over(folder: &Path) -> Result<Self, Error> {
        let shell = Command::new("sh")
            .args(["-c", SCRIPT, "reseq-watchdog"])
            .arg(folder)
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            // Ctrl-C and a test runner's time-out go to our process group: not to the watchdog.
            .process_group(0)
            .spawn()
            .map_err(Error::run("sh"))?;
        Ok(Self { shell })
    }

    /// From now on the process to stop is this one.
    pub(crate) fn guard(&mut self, process: Option<u32>) -> io::Result<()> {
        let line = process.map(|pid| pid.to_string()).unwrap_or_default();
        match &mut self.shell.stdin {
            Some(pipe) => writeln!(pipe, "{line}"),
            None => Ok(()),
        }
    }

    /// Has the folder removed, and what is guarded stopped, now. Returns when it is done.
    pub(crate) fn clean_up(&mut self) {
        drop(self.shell.stdin.take());
        // Nothing can be done about a watchdog that was killed, and this runs in a destructor.
        let _ = self.shell.wait();
    }

    /// Stops watching: the server and its folder stay.
    pub(crate) fn dismiss(mut self) {
        let _ = self.shell.kill();
        let _ = self.shell.wait();
    }
}
