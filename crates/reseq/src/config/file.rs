//! Finds reseq.toml and reads it.

use std::ffi::OsString;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use super::Config;
use crate::diagnose::Thresholds;
use crate::{Error, Result};

const FILE: &str = "reseq.toml";

impl Config {
    /// Reads the file that `--config` names, else reseq.toml in the working directory, else
    /// `$XDG_CONFIG_HOME/reseq/reseq.toml` (`~/.config` where the variable is not set). Where there is none, nothing
    /// is configured.
    ///
    /// # Errors
    /// [`Error::File`] where the file cannot be read, [`Error::Usage`] where it is not there, or says what it cannot: with
    /// line and key.
    pub fn load(option: Option<&Path>) -> Result<Self> {
        match find(option, Path::new(""), |variable| std::env::var_os(variable)) {
            Some(path) => Self::read(&path),
            None => Ok(Self::default()),
        }
    }

    /// Reads a file.
    ///
    /// # Errors
    /// As [`Self::load`].
    pub fn read(path: &Path) -> Result<Self> {
        let text = std::fs::read_to_string(path).map_err(|source| match source.kind() {
            ErrorKind::NotFound => usage(format!("there is no file {}", path.display())),
            _ => Error::File { tried: "read", path: path.to_owned(), source },
        })?;
        Self::parse(&text, path)
    }

    /// Reads the text of a file; `path` is what errors call it.
    ///
    /// # Errors
    /// [`Error::Usage`] with line and key where the text says what it cannot.
    pub fn parse(text: &str, path: &Path) -> Result<Self> {
        let config: Self = toml::from_str(text).map_err(|error| {
            let place = error.span().map_or_else(String::new, |span| place(text, span.start));
            usage(format!("{}{place}: {}", path.display(), error.message()))
        })?;
        config.check().map_err(|message| usage(format!("{}: {message}", path.display())))?;
        Ok(config)
    }

    /// What no key alone can tell.
    fn check(&self) -> Result<(), String> {
        let Thresholds { warning, error } = self.check.thresholds();
        if warning > error {
            return Err(format!(
                "check.exhausting_warning is {warning}, above check.exhausting_error, which is {error}"
            ));
        }
        for (at, target) in self.targets.iter().enumerate() {
            if self.targets[..at].iter().any(|earlier| earlier.name == target.name) {
                return Err(format!("two targets are named {:?}", target.name));
            }
        }
        Ok(())
    }
}

fn usage(message: String) -> Error {
    let hint = Some("docs/reseq.toml shows every key that there is".to_owned());
    Error::Usage { message, hint }
}

/// `, line 3, key "jobs"`. Values are not shown: a conninfo may hold a password.
fn place(text: &str, at: usize) -> String {
    let before = text.get(..at).unwrap_or(text);
    let line = before.matches('\n').count();
    let written = text.lines().nth(line).unwrap_or_default();
    let is_key = |character: char| character.is_ascii_alphanumeric() || "_-. ".contains(character);
    match written.split_once('=') {
        Some((key, _)) if key.chars().all(is_key) => format!(", line {}, key \"{}\"", line + 1, key.trim()),
        _ => format!(", line {}", line + 1),
    }
}

/// Where the file is; a file that `--config` names is taken whether it is there or not.
fn find(
    option: Option<&Path>,
    working_directory: &Path,
    variable: impl Fn(&str) -> Option<OsString>,
) -> Option<PathBuf> {
    if let Some(path) = option {
        return Some(path.to_owned());
    }
    let here = working_directory.join(FILE);
    if here.is_file() {
        return Some(here);
    }
    // the XDG base directory specification has relative paths ignored
    let configured = variable("XDG_CONFIG_HOME").map(PathBuf::from).filter(|path| path.is_absolute());
    let home = || variable("HOME").map(|home| PathBuf::from(home).join(".config"));
    let there = configured.or_else(home)?.join("reseq").join(FILE);
    there.is_file().then_some(there)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_file_is_taken() {
        let folder = tempfile::tempdir().unwrap();
        let (here, xdg, home) =
            (folder.path().join("here"), folder.path().join("xdg"), folder.path().join("home"));
        for directory in [&here, &xdg.join("reseq"), &home.join(".config/reseq")] {
            std::fs::create_dir_all(directory).unwrap();
        }
        let write = |path: &Path| std::fs::write(path, "").unwrap();
        let environment = |xdg: Option<&Path>| {
            let (xdg, home) = (xdg.map(|path| path.as_os_str().to_owned()), home.as_os_str().to_owned());
            move |name: &str| match name {
                "XDG_CONFIG_HOME" => xdg.clone(),
                "HOME" => Some(home.clone()),
                _ => None,
            }
        };
        assert_eq!(find(None, &here, environment(Some(&xdg))), None);
        let in_home = home.join(".config/reseq/reseq.toml");
        write(&in_home);
        assert_eq!(find(None, &here, environment(None)), Some(in_home.clone()));
        assert_eq!(find(None, &here, environment(Some(Path::new("relative")))), Some(in_home));
        write(&xdg.join("reseq/reseq.toml"));
        assert_eq!(find(None, &here, environment(Some(&xdg))), Some(xdg.join("reseq/reseq.toml")));
        write(&here.join(FILE));
        assert_eq!(find(None, &here, environment(Some(&xdg))), Some(here.join(FILE)));
        let named = Path::new("nowhere.toml");
        assert_eq!(find(Some(named), &here, environment(None)), Some(named.to_owned()));
        assert!(matches!(Config::load(Some(&folder.path().join("none"))), Err(Error::Usage { .. })));
        assert!(matches!(Config::load(Some(folder.path())), Err(Error::File { .. })));
    }
}
