//! The host files a program has open: primitives 9 and 41 to 44.
//!
//! The image has no way to close a file, and programs count on that: they open one for writing,
//! write a few times and then read it back by name. So nothing is held back here; every write
//! reaches the file before it returns.

mod reader;

use crate::budget::{Budget, Charge};
use crate::file_access::FileAccess;
pub use reader::LinePart;
use reader::Reader;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufRead, BufReader, ErrorKind, Read, Write};
use std::path::PathBuf;

/// One open file of a [`FileTable`]. A number is never used twice, so one that was closed stays an
/// error.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FileId(pub u32);

/// The files a program has open, by number, and its standard input.
#[derive(Default)]
pub struct FileTable {
    open: BTreeMap<FileId, OpenFile>,
    last_id: u32,
    access: FileAccess,
    budget: Budget,
    /// Replaces the process's own standard input when set.
    input: Option<Box<dyn BufRead + Send>>,
}

struct OpenFile {
    /// As the program wrote it, for messages.
    name: String,
    mode: Mode,
    _charge: Charge,
}

/// Bytes that an open file takes, about: its buffer, and what the system keeps.
pub(crate) const FILE_BYTES: usize = 10 * 1024;

enum Mode {
    Read(Reader<BufReader<File>>),
    Write(File),
}

impl FileTable {
    /// No files open; standard input is the process's own.
    pub fn new() -> Self {
        Self::default()
    }

    /// No files open; only those that `access` allows can be.
    pub fn with_access(access: FileAccess) -> Self {
        Self {
            access,
            ..Self::default()
        }
    }

    /// What is open counts in that budget.
    pub fn count_in(&mut self, budget: &Budget) {
        self.budget = budget.clone();
    }

    /// Which files may be opened.
    pub fn access(&mut self) -> &mut FileAccess {
        &mut self.access
    }

    /// No files open; [`stdin_byte`](Self::stdin_byte) reads from `input`.
    pub fn with_input(input: Box<dyn BufRead + Send>) -> Self {
        Self {
            input: Some(input),
            ..Self::default()
        }
    }

    /// Opens a file for reading, from its start (primitive 42).
    ///
    /// # Errors
    /// A message that names the file and says why it cannot be read.
    pub fn open_read(&mut self, name: &[u8]) -> Result<FileId, String> {
        let shown = String::from_utf8_lossy(name).into_owned();
        let file = open_readable(&self.access, name)
            .map_err(|error| format!("cannot open '{shown}' for reading: {error}"))?;
        self.add(shown, Mode::Read(Reader::new(BufReader::new(file))))
    }

    /// Opens a file for writing; makes it where it is missing and empties it where it is not
    /// (primitive 41).
    ///
    /// # Errors
    /// A message that names the file and says why it cannot be written.
    pub fn open_write(&mut self, name: &[u8]) -> Result<FileId, String> {
        let shown = String::from_utf8_lossy(name).into_owned();
        let file = self
            .access
            .create(&host_path(name))
            .map_err(|error| format!("cannot open '{shown}' for writing: {error}"))?;
        self.add(shown, Mode::Write(file))
    }

    /// The name by which a file may be read by others than this table.
    ///
    /// # Errors
    /// A message that names the file and says why it may not be read.
    pub fn readable_name(&self, name: &[u8]) -> Result<Vec<u8>, String> {
        let path = self.access.readable(&host_path(name)).map_err(|error| {
            let shown = String::from_utf8_lossy(name);
            format!("cannot read '{shown}': {error}")
        })?;
        Ok(host_name(path))
    }

    /// The next line, without what ends it (`\n`, `\r\n` or `\r`), or `None` at the end of the file
    /// (primitive 44). The last line needs no end.
    ///
    /// # Errors
    /// A message when the file is closed, was opened for writing, or cannot be read.
    pub fn read_line(&mut self, id: FileId) -> Result<Option<Vec<u8>>, String> {
        let mut line = Vec::new();
        Ok(match self.read_part(id, &mut line, usize::MAX)? {
            LinePart::End => None,
            _ => Some(line),
        })
    }

    /// Adds the next bytes of a line to what was read of it, at most about `most` of them.
    ///
    /// # Errors
    /// As for [`read_line`](Self::read_line).
    pub fn read_part(
        &mut self,
        id: FileId,
        line: &mut Vec<u8>,
        most: usize,
    ) -> Result<LinePart, String> {
        self.reading(id, |reader| reader.line_part(line, most))
    }

    /// The next bytes of a file, at most so many; none at its end (primitive 150).
    ///
    /// # Errors
    /// As for [`read_line`](Self::read_line).
    pub fn read_bytes(&mut self, id: FileId, most: usize) -> Result<Vec<u8>, String> {
        self.reading(id, |reader| reader.bytes(most))
    }

    /// Reads from a file that is open for it.
    fn reading<T>(
        &mut self,
        id: FileId,
        read: impl FnOnce(&mut Reader<BufReader<File>>) -> io::Result<T>,
    ) -> Result<T, String> {
        let OpenFile { name, mode, .. } = self.find(id)?;
        let Mode::Read(reader) = mode else {
            return Err(format!("cannot read '{name}': it is open for writing"));
        };
        read(reader).map_err(|error| format!("cannot read '{name}': {error}"))
    }

    /// Writes bytes at the end of what was written so far (primitive 43). They are in the file when
    /// this returns.
    ///
    /// # Errors
    /// A message when the file is closed, was opened for reading, or cannot be written.
    pub fn write(&mut self, id: FileId, bytes: &[u8]) -> Result<(), String> {
        let file = self.find(id)?;
        let Mode::Write(target) = &mut file.mode else {
            return Err(format!(
                "cannot write to '{}': it is open for reading",
                file.name
            ));
        };
        target
            .write_all(bytes)
            .and_then(|()| target.flush())
            .map_err(|error| format!("cannot write to '{}': {error}", file.name))
    }

    /// Closes a file, for instance when nothing in the image refers to it any more.
    ///
    /// # Errors
    /// A message when it is not open.
    pub fn close(&mut self, id: FileId) -> Result<(), String> {
        self.open.remove(&id).map(drop).ok_or_else(|| not_open(id))
    }

    /// Makes sure that everything written has reached its file, before the process ends.
    ///
    /// # Errors
    /// A message that names the first file for which that failed; the others were tried too.
    pub fn flush_all(&mut self) -> Result<(), String> {
        let mut outcome = Ok(());
        for file in self.open.values_mut() {
            if let Mode::Write(target) = &mut file.mode {
                let flushed = target.flush();
                outcome = outcome.and(
                    flushed.map_err(|error| format!("cannot write to '{}': {error}", file.name)),
                );
            }
        }
        outcome
    }

    /// How many files are open.
    pub fn open_count(&self) -> usize {
        self.open.len()
    }

    /// The next byte of standard input (primitive 9); `None` at its end or where it cannot be read.
    pub fn stdin_byte(&mut self) -> Option<u8> {
        match &mut self.input {
            Some(input) => next_byte(input),
            None => next_byte(&mut io::stdin().lock()),
        }
    }

    /// The next line of standard input without its end (primitive 143); `None` after the last one.
    ///
    /// # Errors
    /// The line has more than `most` bytes.
    pub fn stdin_line(&mut self, most: usize) -> Result<Option<Vec<u8>>, String> {
        let (mut line, mut empty) = (Vec::new(), true);
        while let Some(byte) = self.stdin_byte() {
            empty = false;
            if byte == b'\n' {
                break;
            }
            if line.len() >= most {
                return Err("a line of standard input is too long for the memory".into());
            }
            line.push(byte);
        }
        if line.last() == Some(&b'\r') {
            line.pop();
        }
        Ok((!empty).then_some(line))
    }

    fn add(&mut self, name: String, mode: Mode) -> Result<FileId, String> {
        let Some(number) = self.last_id.checked_add(1) else {
            return Err(format!("cannot open '{name}': no file numbers are left"));
        };
        self.last_id = number;
        let id = FileId(number);
        let _charge = self.budget.charge(FILE_BYTES + name.len());
        let file = OpenFile {
            name,
            mode,
            _charge,
        };
        self.open.insert(id, file);
        Ok(id)
    }

    fn find(&mut self, id: FileId) -> Result<&mut OpenFile, String> {
        self.open.get_mut(&id).ok_or_else(|| not_open(id))
    }
}

fn not_open(id: FileId) -> String {
    format!("file {} is not open", id.0)
}

/// Opening a folder succeeds on some systems and only reading fails; here it fails at once.
fn open_readable(access: &FileAccess, name: &[u8]) -> io::Result<File> {
    let file = access.open(&host_path(name))?;
    if file.metadata()?.is_dir() {
        return Err(ErrorKind::IsADirectory.into());
    }
    Ok(file)
}

/// A file name as the image has it, as the host wants it: the same bytes where it allows that.
#[cfg(unix)]
pub(crate) fn host_path(name: &[u8]) -> PathBuf {
    use std::os::unix::ffi::OsStrExt;
    PathBuf::from(std::ffi::OsStr::from_bytes(name))
}

/// The bytes of a path, as [`host_path`] would take them.
#[cfg(unix)]
pub(crate) fn host_name(path: PathBuf) -> Vec<u8> {
    use std::os::unix::ffi::OsStringExt;
    path.into_os_string().into_vec()
}

/// The bytes of a path, as [`host_path`] would take them.
#[cfg(not(unix))]
pub(crate) fn host_name(path: PathBuf) -> Vec<u8> {
    path.to_string_lossy().into_owned().into_bytes()
}

/// A file name as the image has it, as the host wants it: read as UTF-8.
#[cfg(not(unix))]
pub(crate) fn host_path(name: &[u8]) -> PathBuf {
    PathBuf::from(String::from_utf8_lossy(name).into_owned())
}

fn next_byte(input: &mut impl Read) -> Option<u8> {
    let mut byte = [0];
    input.read_exact(&mut byte).ok()?;
    Some(byte[0])
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;
    use std::sync::atomic::{AtomicU32, Ordering};

    /// A folder for one test, removed at its end.
    struct Folder(PathBuf);

    impl Folder {
        fn new() -> Self {
            static COUNT: AtomicU32 = AtomicU32::new(0);
            let number = COUNT.fetch_add(1, Ordering::Relaxed);
            let path = std::env::temp_dir()
                .join(format!("smallworld-files-{}-{number}", std::process::id()));
            std::fs::create_dir_all(&path).unwrap();
            Self(path)
        }

        fn name(&self, file: &str) -> Vec<u8> {
            self.0.join(file).to_str().unwrap().as_bytes().to_vec()
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            let _ = std::fs::remove_dir_all(Path::new(&self.0));
        }
    }

    fn lines_of(content: &[u8]) -> Vec<String> {
        let folder = Folder::new();
        let mut files = FileTable::new();
        let name = folder.name("lines");
        let out = files.open_write(&name).unwrap();
        files.write(out, content).unwrap();
        let input = files.open_read(&name).unwrap();
        let mut lines = Vec::new();
        while let Some(line) = files.read_line(input).unwrap() {
            lines.push(String::from_utf8(line).unwrap());
        }
        assert_eq!(files.read_line(input), Ok(None), "the end stays the end");
        lines
    }

    #[test]
    fn all_three_line_ends() {
        assert_eq!(lines_of(b"a\nb\r\nc\rd"), ["a", "b", "c", "d"]);
        assert_eq!(lines_of(b"a\n"), ["a"]);
        assert_eq!(lines_of(b"a\r"), ["a"]);
        assert_eq!(lines_of(b"a\r\n"), ["a"]);
        assert_eq!(lines_of(b"\n\n\r\r\n\nx"), ["", "", "", "", "", "x"]);
        assert!(lines_of(b"").is_empty());
    }

    #[test]
    fn lines_longer_than_the_buffer() {
        let long = "x".repeat(50_000);
        assert_eq!(
            lines_of(format!("{long}\r\n{long}").as_bytes()),
            [&long[..], &long[..]]
        );
        // The pair of bytes that ends the line straddles the reader's buffer.
        let edge = "y".repeat(8191);
        assert_eq!(
            lines_of(format!("{edge}\r\nz").as_bytes()),
            [&edge[..], "z"]
        );
    }

    #[test]
    fn bytes_after_a_line_begin_with_the_next_line() {
        let folder = Folder::new();
        let mut files = FileTable::new();
        let name = folder.name("both");
        let out = files.open_write(&name).unwrap();
        files.write(out, b"a\r\nbc").unwrap();
        let input = files.open_read(&name).unwrap();
        assert_eq!(files.read_line(input), Ok(Some(b"a".to_vec())));
        assert_eq!(files.read_bytes(input, 1), Ok(b"b".to_vec()));
        assert_eq!(files.read_bytes(input, 9), Ok(b"c".to_vec()));
        assert_eq!(files.read_bytes(input, 9), Ok(Vec::new()));
    }

    #[test]
    fn what_was_written_is_there_without_closing() {
        let folder = Folder::new();
        let mut files = FileTable::new();
        let name = folder.name("again.tmp");
        let out = files.open_write(&name).unwrap();
        files.write(out, b"one\n").unwrap();
        let first = files.open_read(&name).unwrap();
        assert_eq!(files.read_line(first), Ok(Some(b"one".to_vec())));
        assert_eq!(files.read_line(first), Ok(None));
        files.write(out, b"two\n").unwrap();
        assert_eq!(
            files.read_line(first),
            Ok(Some(b"two".to_vec())),
            "the reader follows"
        );
        let second = files.open_read(&name).unwrap();
        assert_eq!(
            files.read_line(second),
            Ok(Some(b"one".to_vec())),
            "its own place"
        );
        assert_eq!(files.open_count(), 3);
        files.flush_all().unwrap();
    }

    #[test]
    fn opening_for_writing_empties_the_file() {
        let folder = Folder::new();
        let mut files = FileTable::new();
        let name = folder.name("twice");
        let out = files.open_write(&name).unwrap();
        files.write(out, b"old\n").unwrap();
        files.open_write(&name).unwrap();
        let input = files.open_read(&name).unwrap();
        assert_eq!(files.read_line(input), Ok(None));
    }

    #[test]
    fn messages_name_the_file() {
        let folder = Folder::new();
        let mut files = FileTable::new();
        let missing = files.open_read(b"no-such-file.tmp").unwrap_err();
        assert!(
            missing.starts_with("cannot open 'no-such-file.tmp' for reading: "),
            "{missing}"
        );
        let nowhere = files
            .open_write(&folder.name("no/such/folder"))
            .unwrap_err();
        assert!(
            nowhere.contains("no/such/folder' for writing: "),
            "{nowhere}"
        );
        let directory = files.open_read(&folder.name(".")).unwrap_err();
        assert!(directory.contains("directory"), "{directory}");
    }

    #[test]
    fn the_wrong_way_round_or_closed_is_an_error() {
        let folder = Folder::new();
        let mut files = FileTable::new();
        let name = folder.name("f");
        let out = files.open_write(&name).unwrap();
        let input = files.open_read(&name).unwrap();
        assert!(
            files
                .read_line(out)
                .unwrap_err()
                .ends_with("it is open for writing")
        );
        assert!(
            files
                .write(input, b"x")
                .unwrap_err()
                .ends_with("it is open for reading")
        );
        files.close(out).unwrap();
        assert_eq!(
            files.write(out, b"x"),
            Err("file 1 is not open".to_string())
        );
        assert_eq!(files.close(out), Err("file 1 is not open".to_string()));
        assert_eq!(
            files.read_line(FileId(99)),
            Err("file 99 is not open".to_string())
        );
        assert_ne!(
            files.open_write(&name),
            Ok(out),
            "numbers are not used again"
        );
    }

    #[test]
    fn standard_input_a_byte_at_a_time() {
        let mut files = FileTable::with_input(Box::new(&b"a\xff"[..]));
        assert_eq!(files.stdin_byte(), Some(b'a'));
        assert_eq!(files.stdin_byte(), Some(0xff));
        assert_eq!(files.stdin_byte(), None);
        assert_eq!(files.stdin_byte(), None);
    }
}
