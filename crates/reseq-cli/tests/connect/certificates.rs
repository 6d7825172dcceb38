//! Keys, certificates and lists of revoked ones, made by the program `openssl`.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

/// What `openssl ca` wants to know.
const CONFIGURATION: &str = "\
[ca]
default_ca = own
[own]
database = issued
rand_serial = yes
new_certs_dir = .
default_md = sha256
policy = any
unique_subject = no
[any]
commonName = supplied
";

pub(crate) fn can_be_made() -> bool {
    Command::new("openssl").arg("version").output().is_ok()
}

/// A certificate authority, with all that it has signed in its folder.
pub(crate) struct Authority {
    folder: PathBuf,
}

impl Authority {
    /// Its own certificate is `ca.crt`.
    pub(crate) fn new(folder: &Path, name: &str) -> Self {
        fs::create_dir_all(folder).unwrap();
        fs::write(folder.join("ca.cnf"), CONFIGURATION).unwrap();
        fs::write(folder.join("issued"), "").unwrap();
        let authority = Self { folder: folder.to_owned() };
        authority.request("ca", name, &["-x509", "-days", "2"], "ca.crt");
        authority.write_trusted();
        authority
    }

    /// `trusted`: the folder that a system would have which trusts this authority alone.
    fn write_trusted(&self) {
        let folder = self.folder.join("trusted");
        fs::create_dir(&folder).unwrap();
        let hash = self.openssl(&["x509", "-hash", "-noout", "-in", "ca.crt"]);
        for name in ["ca-certificates.crt".to_owned(), format!("{}.0", hash.trim())] {
            fs::copy(self.folder.join("ca.crt"), folder.join(name)).unwrap();
        }
    }

    /// `NAME.crt` for `subject`, with `NAME.key`.
    pub(crate) fn sign(&self, name: &str, subject: &str) {
        self.sign_with(name, subject, &["-days", "2"]);
    }

    /// As [`Authority::sign`], but it was good for one day of the year 2020.
    pub(crate) fn sign_expired(&self, name: &str, subject: &str) {
        self.sign_with(name, subject, &["-startdate", "20200101000000Z", "-enddate", "20200102000000Z"]);
    }

    fn sign_with(&self, name: &str, subject: &str, more: &[&str]) {
        let (request, certificate) = (format!("{name}.csr"), format!("{name}.crt"));
        self.request(name, subject, &[], &request);
        self.ca(&[&["-in", &request, "-out", &certificate, "-notext"], more].concat());
    }

    /// Writes the list of what is revoked so far, as a file and as a folder that libpq can look into.
    pub(crate) fn list_revoked(&self, name: &str) {
        let file = format!("{name}.crl");
        self.ca(&["-gencrl", "-crldays", "2", "-out", &file]);
        let hash = self.openssl(&["crl", "-hash", "-noout", "-in", &file]);
        let folder = self.folder.join(name);
        fs::create_dir(&folder).unwrap();
        fs::copy(self.folder.join(file), folder.join(format!("{}.r0", hash.trim()))).unwrap();
    }

    pub(crate) fn revoke(&self, name: &str) {
        self.ca(&["-revoke", &format!("{name}.crt")]);
    }

    /// `NAME-encrypted.key`: the key, under the password `key word`.
    pub(crate) fn encrypt_key(&self, name: &str) {
        let (key, encrypted) = (format!("{name}.key"), format!("{name}-encrypted.key"));
        self.openssl(&["pkey", "-in", &key, "-aes256", "-passout", "pass:key word", "-out", &encrypted]);
        self.protect(&encrypted);
    }

    fn request(&self, name: &str, subject: &str, more: &[&str], into: &str) {
        let (key, subject) = (format!("{name}.key"), format!("/CN={subject}"));
        let curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
        let names = ["-subj", &subject, "-keyout", &key, "-out", into];
        self.openssl(&[&["req"], &curve[..], &names, more].concat());
        self.protect(&key);
    }

    fn ca(&self, arguments: &[&str]) {
        let own = ["ca", "-batch", "-config", "ca.cnf", "-cert", "ca.crt", "-keyfile", "ca.key"];
        self.openssl(&[&own, arguments].concat());
    }

    fn openssl(&self, arguments: &[&str]) -> String {
        let output = Command::new("openssl").args(arguments).current_dir(&self.folder).output().unwrap();
        assert!(
            output.status.success(),
            "openssl {arguments:?}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        String::from_utf8(output.stdout).unwrap()
    }

    fn protect(&self, file: &str) {
        fs::set_permissions(self.folder.join(file), fs::Permissions::from_mode(0o600)).unwrap();
    }
}
