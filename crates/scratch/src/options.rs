//! How a cluster is to be made.

/// Settings and authentication of a [`Cluster`](crate::Cluster).
///
/// The default trusts everybody who comes from this machine, and trades safety against a crash of the operating
/// system for speed (`fsync = off`), nothing else.
#[derive(Debug, Clone, Default)]
pub struct ClusterOptions {
    pub(crate) settings: Vec<(String, String)>,
    pub(crate) hba: Vec<String>,
    pub(crate) password: Option<String>,
}

impl ClusterOptions {
    /// A line of postgresql.conf; the last one of a name counts.
    #[must_use]
    pub fn setting(mut self, name: &str, value: &str) -> Self {
        self.settings.push((name.into(), value.into()));
        self
    }

    /// A line of pg_hba.conf. With the first, nobody is trusted by default any more.
    #[must_use]
    pub fn hba(mut self, line: &str) -> Self {
        self.hba.push(line.into());
        self
    }

    /// The password of the superuser `postgres`. To have it asked for, give [`hba`](Self::hba) lines too.
    #[must_use]
    pub fn password(mut self, password: &str) -> Self {
        self.password = Some(password.into());
        self
    }

    /// The contents of postgresql.conf. The port is not in it: it is a matter of each start.
    pub(crate) fn postgresql_conf(&self, socket_dir: &str) -> String {
        let ours = [
            ("listen_addresses", "127.0.0.1"),
            ("unix_socket_directories", socket_dir),
            // Works where /dev/shm is small, not there, or not ours to write to: containers, a root of its own.
            ("dynamic_shared_memory_type", "mmap"),
            // What is committed survives a crash of the server; only one of the operating system could undo it.
            ("fsync", "off"),
            ("full_page_writes", "off"),
            ("max_wal_size", "1GB"),
            ("log_timezone", "UTC"),
            ("timezone", "UTC"),
        ];
        let given = self.settings.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        ours.into_iter().chain(given).map(|(name, value)| format!("{name} = {}\n", quoted(value))).collect()
    }

    /// The contents of pg_hba.conf.
    pub(crate) fn pg_hba_conf(&self) -> String {
        if self.hba.is_empty() {
            return "local all all trust\n\
                    local replication all trust\n\
                    host all all 127.0.0.1/32 trust\n\
                    host replication all 127.0.0.1/32 trust\n"
                .into();
        }
        self.hba.iter().map(|line| format!("{line}\n")).collect()
    }
}

/// A string in a configuration file: quotes and backslashes doubled (PostgreSQL manual, "Setting Parameters").
pub(crate) fn quoted(value: &str) -> String {
    format!("'{}'", value.replace('\\', "\\\\").replace('\'', "''"))
}

#[cfg(test)]
mod tests {
    use super::ClusterOptions;

    #[test]
    fn what_is_asked_for_stands_last_and_quoted() {
        let options =
            ClusterOptions::default().setting("fsync", "on").setting("cluster_name", r"it's a \ test");
        let conf = options.postgresql_conf("/tmp/x");
        assert!(conf.ends_with("fsync = 'on'\ncluster_name = 'it''s a \\\\ test'\n"), "{conf}");
    }

    #[test]
    fn the_first_hba_line_takes_trust_away() {
        let options = ClusterOptions::default();
        assert!(options.pg_hba_conf().contains("host all all 127.0.0.1/32 trust"));
        let options = options.hba("host all all 127.0.0.1/32 scram-sha-256");
        assert_eq!(options.pg_hba_conf(), "host all all 127.0.0.1/32 scram-sha-256\n");
    }
}
