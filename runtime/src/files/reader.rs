//! Reading lines, however they end, and bytes between them.

use std::io::{self, BufRead, ErrorKind, Read};

/// How far reading a line came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LinePart {
    /// The line is whole.
    Whole,
    /// There is more of it.
    More,
    /// There was no line any more.
    End,
}

/// Reads lines and bytes of a file, in any order.
pub(super) struct Reader<S> {
    source: S,
    /// Whether the last line ended in `\r`, so that a `\n` may belong to its end. That is only looked at
    /// when more is read, so that a line is answered as soon as it is complete.
    after_return: bool,
}

impl<S: BufRead> Reader<S> {
    pub(super) fn new(source: S) -> Reader<S> {
        Reader {
            source,
            after_return: false,
        }
    }

    /// Adds to a line up to its end, at most about `most` bytes.
    pub(super) fn line_part(&mut self, line: &mut Vec<u8>, most: usize) -> io::Result<LinePart> {
        let stop = line.len().saturating_add(most);
        loop {
            if line.len() >= stop {
                return Ok(LinePart::More);
            }
            self.finish_line_end()?;
            let waiting = self.waiting()?;
            if waiting.is_empty() {
                return Ok(match line.is_empty() {
                    true => LinePart::End,
                    false => LinePart::Whole,
                });
            }
            let is_end = |byte: &u8| matches!(byte, b'\n' | b'\r');
            let Some(end) = waiting.iter().position(is_end) else {
                let taken = waiting.len();
                line.extend_from_slice(waiting);
                self.source.consume(taken);
                continue;
            };
            let is_return = waiting.get(end) == Some(&b'\r');
            line.extend_from_slice(&waiting[..end]);
            self.source.consume(end + 1);
            self.after_return = is_return;
            return Ok(LinePart::Whole);
        }
    }

    /// The next bytes, at most so many; none at the end.
    pub(super) fn bytes(&mut self, most: usize) -> io::Result<Vec<u8>> {
        self.finish_line_end()?;
        let mut bytes = Vec::new();
        let mut part = self.source.by_ref().take(most as u64);
        part.read_to_end(&mut bytes)?;
        Ok(bytes)
    }

    /// After a `\r`, a `\n` belongs to the same line end.
    fn finish_line_end(&mut self) -> io::Result<()> {
        if self.after_return {
            let follows = self.waiting()?.first() == Some(&b'\n');
            self.after_return = false;
            if follows {
                self.source.consume(1);
            }
        }
        Ok(())
    }

    /// What is there to be read; nothing at the end.
    fn waiting(&mut self) -> io::Result<&[u8]> {
        loop {
            match self.source.fill_buf() {
                // At the end, a terminal would be asked again.
                Ok([]) => return Ok(&[]),
                Ok(_) => break,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        // What the loop has filled is still there.
        self.source.fill_buf()
    }
}
