//! Files that appear when they are complete, and never take the place of another unasked.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, ErrorKind, Write};
use std::path::{Path, PathBuf};

use crate::failure::Failure;

/// A file that is to be written.
#[derive(Debug)]
pub(crate) struct NewFile {
    path: PathBuf,
    overwrite: bool,
    /// A device or a pipe, which is written to as it is.
    special: bool,
}

impl NewFile {
    /// Refuses a file that is there already, unless `overwrite`.
    pub(crate) fn new(path: &Path, overwrite: bool) -> Result<Self, Failure> {
        let there = fs::metadata(path).ok();
        let special = there.as_ref().is_some_and(|there| !there.is_file());
        if there.as_ref().is_some_and(fs::Metadata::is_dir) {
            let hint = "name a file in it";
            return Err(Failure::usage(format!("{} is a folder", path.display()), hint));
        }
        if there.is_some() && !special && !overwrite {
            return Err(already_there(path));
        }
        // The file that a link leads to, and not the link, is written over.
        let path = if there.is_some() {
            fs::canonicalize(path).unwrap_or_else(|_| path.to_owned())
        } else {
            path.to_owned()
        };
        Ok(Self { path, overwrite, special })
    }

    /// Writes all of it, or nothing.
    pub(crate) fn write(
        &self,
        content: impl FnOnce(&mut dyn Write) -> io::Result<()>,
    ) -> Result<(), Failure> {
        let path = self.path.as_path();
        let written = if self.special {
            OpenOptions::new().write(true).open(path).and_then(|mut file| content(&mut file))
        } else {
            self.write_beside(content)
        };
        written.map_err(|error| match error.kind() {
            ErrorKind::AlreadyExists if !self.overwrite => already_there(path),
            _ => Failure::writing(path.display().to_string())(error),
        })
    }

    /// Writes beside the file's place and moves it there when it is on the disk.
    fn write_beside(&self, content: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<()> {
        let folder = match self.path.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder,
            _ => Path::new("."),
        };
        let mut name = std::ffi::OsString::from(".");
        name.push(self.path.file_name().unwrap_or_default());
        name.push(format!(".{}.tmp", std::process::id()));
        let temporary = folder.join(name);
        let file = OpenOptions::new().write(true).create_new(true).open(&temporary)?;
        let written = write_to_disk(file, content).and_then(|()| self.put_in_place(&temporary));
        if written.is_err() {
            // What went wrong before is what is told.
            let _ = fs::remove_file(&temporary);
        }
        written?;
        File::open(folder)?.sync_all()
    }

    fn put_in_place(&self, temporary: &Path) -> io::Result<()> {
        if self.overwrite {
            return fs::rename(temporary, &self.path);
        }
        // A second name, which fails where somebody else has taken it meanwhile.
        match fs::hard_link(temporary, &self.path) {
            Ok(()) => fs::remove_file(temporary),
            Err(error) if error.kind() == ErrorKind::AlreadyExists => Err(error),
            // No second names on this file system.
            Err(_) => fs::rename(temporary, &self.path),
        }
    }
}

fn write_to_disk(file: File, content: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<()> {
    let mut file = BufWriter::new(file);
    content(&mut file)?;
    file.into_inner()?.sync_all()
}

fn already_there(path: &Path) -> Failure {
    let message = format!("{} is there already, and is not written over", path.display());
    Failure::usage(message, "name another file, or add --overwrite")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_appears_when_it_is_complete_and_takes_no_others_place() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.json");
        let write = |overwrite, text: &'static str| {
            NewFile::new(&path, overwrite)
                .and_then(|file| file.write(|writer| writer.write_all(text.as_bytes())))
                .map_err(|failure| failure.to_string())
        };
        write(false, "one").unwrap();
        assert!(write(false, "two").unwrap_err().ends_with("is there already, and is not written over"));
        assert_eq!(fs::read_to_string(&path).unwrap(), "one");
        write(true, "two").unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "two");
        let files = || fs::read_dir(folder.path()).unwrap().count();
        assert_eq!(files(), 1);
        let failed = NewFile::new(&path, true)
            .unwrap()
            .write(|writer| writer.write_all(b"half").and(Err(io::Error::other("no more"))));
        assert_eq!(failed.unwrap_err().to_string(), format!("could not write {}: no more", path.display()));
        assert_eq!((fs::read_to_string(&path).unwrap().as_str(), files()), ("two", 1));
    }

    #[test]
    fn what_comes_in_meanwhile_stays() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.json");
        let file = NewFile::new(&path, false).unwrap();
        fs::write(&path, "theirs").unwrap();
        assert!(file.write(|writer| writer.write_all(b"ours")).is_err());
        assert_eq!(fs::read_to_string(&path).unwrap(), "theirs");
    }

    #[test]
    fn a_full_device_is_told() {
        let failure = NewFile::new(Path::new("/dev/full"), false)
            .unwrap()
            .write(|writer| writer.write_all(b"x").and_then(|()| writer.flush()))
            .unwrap_err();
        assert!(failure.to_string().starts_with("could not write /dev/full: No space left"), "{failure}");
    }
}
