//! Files of the system's that a libpq and an OpenSSL built from source do not find by themselves.

use std::env;
use std::path::Path;

/// Where distributions have their trusted certificates.
const CERTIFICATES: &[&str] = &[
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
];

/// Where distributions have the service file of the whole system.
const SERVICE_FILES: &[&str] = &[
    "/etc/postgresql-common/pg_service.conf",
    "/etc/sysconfig/pgsql/pg_service.conf",
    "/etc/postgresql/pg_service.conf",
    "/etc/pg_service.conf",
];

/// Lets the bundled libpq find the system's trusted certificates (`sslrootcert=system`) and its service file,
/// as the system's psql does: sets `SSL_CERT_FILE` and `PGSYSCONFDIR`, where they are not set and such a file
/// is there.
///
/// To be called first in `main`: changing the environment is safe only while no other thread runs, so it does
/// nothing then, and where it cannot know (other systems than Linux). With the system's libpq there is
/// nothing to do either. Programs that are started later inherit the variables.
pub fn adopt_system_paths() {
    if !cfg!(feature = "bundled") || !is_only_thread() {
        return;
    }
    if let Some(file) =
        adoptable("SSL_CERT_FILE", CERTIFICATES).filter(|_| env::var_os("SSL_CERT_DIR").is_none())
    {
        // SAFETY: this is the only thread.
        unsafe { env::set_var("SSL_CERT_FILE", file) };
    }
    if let Some(folder) = adoptable("PGSYSCONFDIR", SERVICE_FILES).and_then(Path::parent) {
        // SAFETY: this is the only thread.
        unsafe { env::set_var("PGSYSCONFDIR", folder) };
    }
}

/// The first of the files that is there, unless the variable is set.
fn adoptable(variable: &str, files: &'static [&str]) -> Option<&'static Path> {
    if env::var_os(variable).is_some() {
        return None;
    }
    files.iter().map(Path::new).find(|file| file.is_file())
}

/// Whether this process is known to have no thread but this one.
fn is_only_thread() -> bool {
    std::fs::read_dir("/proc/self/task").is_ok_and(|threads| threads.count() == 1)
}
