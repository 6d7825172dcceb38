//! The user that servers run as. PostgreSQL refuses to run as root.

use std::fs;
use std::path::Path;

use crate::Error;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Account {
    pub(crate) uid: u32,
    pub(crate) gid: u32,
}

impl Account {
    /// The user to drop to: postgres or nobody when we are root; none when we are somebody else already.
    ///
    /// `root` is the folder whose `etc/passwd` counts, `/` unless the server lives in a root of its own.
    pub(crate) fn for_servers(root: &Path) -> Result<Option<Self>, Error> {
        if !rustix::process::geteuid().is_root() {
            return Ok(None);
        }
        let passwd = root.join("etc/passwd");
        let text = fs::read_to_string(&passwd).map_err(Error::file("read", &passwd))?;
        let found = Self::named("postgres", &text).or_else(|| Self::named("nobody", &text));
        found.map(Some).ok_or(Error::NoAccount { passwd })
    }

    fn named(name: &str, passwd: &str) -> Option<Self> {
        passwd.lines().find_map(|line| {
            let mut fields = line.split(':');
            (fields.next() == Some(name)).then_some(())?;
            let uid = fields.nth(1)?.parse().ok()?;
            let gid = fields.next()?.parse().ok()?;
            Some(Self { uid, gid })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::Account;

    const PASSWD: &str = "root:x:0:0:root:/root:/bin/bash\n\
                          postgresql-common:x:7:8::/:/bin/false\n\
                          nobody:x:65534:65533:nobody:/nonexistent:/usr/sbin/nologin\n";

    #[test]
    fn an_account_is_found_by_its_whole_name() {
        assert_eq!(Account::named("nobody", PASSWD), Some(Account { uid: 65534, gid: 65533 }));
        assert_eq!(Account::named("postgres", PASSWD), None);
    }
}
