//! Physical standbys.
//!
//! The smallest installations hold `initdb` and `postgres` only, no `pg_basebackup`: the copy is made from the
//! files of the stopped primary (PostgreSQL manual, "File System Level Backup").

use std::fs;
use std::path::Path;

use crate::options::quoted;
use crate::{Cluster, Error, StopMode};

impl Cluster {
    /// Starts a physical standby of this cluster, following it by streaming replication over 127.0.0.1.
    ///
    /// This server is stopped for the copy (a second or less) and started again: its sessions end. With
    /// [`hba`](crate::ClusterOptions::hba) lines of your own, one must let `postgres` replicate.
    ///
    /// # Errors
    /// As [`start`](Cluster::start) and [`stop`](Cluster::stop), and [`Error::File`] where copying fails.
    pub fn standby(&mut self) -> Result<Self, Error> {
        let mut standby = Self::empty(&self.installation, &self.options)?;
        self.stop(StopMode::Fast)?;
        let copied = standby.copy(&self.data_dir(), &standby.data_dir());
        self.start_again()?;
        copied?;

        let password = self.options.password.as_ref().map(|word| format!(" password={}", quoted(word)));
        let conninfo = format!("{}{}", self.conninfo(), password.unwrap_or_default());
        let primary = format!("primary_conninfo = {}\n", quoted(&conninfo));
        if self.installation.major >= 12 {
            standby.configure(&primary)?;
            standby.write("standby.signal", "")?;
        } else {
            standby.configure("")?;
            standby.write("recovery.conf", &format!("standby_mode = on\n{primary}"))?;
        }
        standby.start_again()?;
        Ok(standby)
    }

    fn write(&self, name: &str, contents: &str) -> Result<(), Error> {
        let path = self.data_dir().join(name);
        fs::write(&path, contents).map_err(Error::file("write", &path))?;
        self.give_away(&path)
    }

    /// Copies a file, or a folder and all in it.
    fn copy(&self, from: &Path, to: &Path) -> Result<(), Error> {
        if from.is_dir() {
            fs::create_dir(to).map_err(Error::file("create", to))?;
            for entry in fs::read_dir(from).map_err(Error::file("read", from))? {
                let name = entry.map_err(Error::file("read", from))?.file_name();
                self.copy(&from.join(&name), &to.join(&name))?;
            }
            let permissions = fs::metadata(from).map_err(Error::file("read", from))?.permissions();
            fs::set_permissions(to, permissions).map_err(Error::file("change the mode of", to))?;
        } else {
            fs::copy(from, to).map_err(Error::file("copy", from))?;
        }
        self.give_away(to)
    }
}
