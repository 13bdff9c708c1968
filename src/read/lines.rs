//! Bytes in any cut → complete lines of bounded length. Never looks at a byte twice, never looks
//! inside a line.

/// The longest line that is read, in bytes without its line end. A longer one is dropped whole and
/// reported.
pub const LINE_BYTES_MAX: usize = 1024 * 1024;

/// Room for what is not part of a line: a byte order mark before it, the `\r` of a CRLF after it.
const AROUND_BYTES_MAX: usize = 4;

/// A line was longer than [`LINE_BYTES_MAX`]; reading goes on with the next one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooLong;

/// Which bytes end a line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LineEnd {
    /// `\n`, with a `\r` before it dropped: NDJSON.
    #[default]
    Lf,
    /// `\n`, `\r\n` or a lone `\r`: server-sent events.
    Any,
}

/// Splits a byte stream into lines, whatever the cuts.
///
/// Only the unfinished last line is kept, at most about [`LINE_BYTES_MAX`] bytes of it; a line that
/// lies whole in one chunk is handed out without being copied.
///
/// ```
/// use live_outline::read::lines::Lines;
/// let mut lines = Lines::default();
/// let mut seen = Vec::new();
/// for chunk in [&b"\xef\xbb\xbfon"[..], b"e\r\ntw", b"o"] {
///     lines.feed(chunk, |number, line| seen.push((number, line.unwrap().to_vec())));
/// }
/// lines.finish(|number, line| seen.push((number, line.unwrap().to_vec())));
/// assert_eq!(seen, [(1, b"one".to_vec()), (2, b"two".to_vec())]);
/// ```
#[derive(Debug, Default)]
pub struct Lines {
    /// The unfinished last line.
    rest: Vec<u8>,
    /// The unfinished last line is over the limit: its bytes are dropped until it ends.
    overflowing: bool,
    /// Lines ended so far.
    ended: u64,
    end: LineEnd,
    /// A `\r` has just ended a line, so a `\n` now belongs to it ([`LineEnd::Any`] only).
    after_cr: bool,
}

impl Lines {
    /// A splitter for the given line end.
    pub fn new(end: LineEnd) -> Self {
        Lines {
            end,
            ..Lines::default()
        }
    }

    /// Hands each line that ends in `chunk` to `each`, with its one-based number.
    pub fn feed(&mut self, mut chunk: &[u8], mut each: impl FnMut(u64, Result<&[u8], TooLong>)) {
        if self.after_cr && !chunk.is_empty() {
            self.after_cr = false;
            chunk = chunk.strip_prefix(b"\n").unwrap_or(chunk);
        }
        while let Some(at) = self.find_end(chunk) {
            let (line, after) = chunk.split_at(at);
            self.ended += 1;
            if self.rest.is_empty() && !self.overflowing {
                each(self.ended, self.whole(line));
            } else {
                self.keep(line);
                let line = if self.overflowing {
                    Err(TooLong)
                } else {
                    self.whole(&self.rest)
                };
                each(self.ended, line);
                self.rest.clear();
                self.overflowing = false;
            }
            chunk = &after[1..];
            if after[0] == b'\r' {
                self.after_cr = chunk.is_empty();
                chunk = chunk.strip_prefix(b"\n").unwrap_or(chunk);
            }
        }
        self.keep(chunk);
    }

    /// Hands out the last line if the stream ended without a line end.
    pub fn finish(&mut self, each: impl FnOnce(u64, Result<&[u8], TooLong>)) {
        if !self.is_mid_line() {
            return;
        }
        self.ended += 1;
        each(
            self.ended,
            if self.overflowing {
                Err(TooLong)
            } else {
                self.whole(&self.rest)
            },
        );
        self.rest.clear();
        self.overflowing = false;
    }

    /// Returns true if bytes have come since the last line end.
    pub fn is_mid_line(&self) -> bool {
        self.overflowing || !self.rest.is_empty()
    }

    /// Bytes kept at the moment; never above [`LINE_BYTES_MAX`] and a byte order mark and a `\r`.
    pub fn held_bytes(&self) -> usize {
        self.rest.len()
    }

    /// Bytes of the unfinished last line; `None` if they were too many to be kept.
    pub fn open_bytes(&self) -> Option<usize> {
        (!self.overflowing).then_some(self.rest.len())
    }

    /// Lines ended so far.
    pub fn ended(&self) -> u64 {
        self.ended
    }

    /// Begins again, after so many lines.
    pub fn restart(&mut self, ended: u64) {
        *self = Lines {
            ended,
            ..Lines::new(self.end)
        };
    }

    fn find_end(&self, chunk: &[u8]) -> Option<usize> {
        match self.end {
            LineEnd::Lf => memchr::memchr(b'\n', chunk),
            LineEnd::Any => memchr::memchr2(b'\n', b'\r', chunk),
        }
    }

    fn keep(&mut self, part: &[u8]) {
        if self.overflowing || self.rest.len() + part.len() > LINE_BYTES_MAX + AROUND_BYTES_MAX {
            self.overflowing = true;
            self.rest = Vec::new();
        } else {
            self.rest.extend_from_slice(part);
        }
    }

    /// A complete line without the byte order mark of the stream and the `\r` of a CRLF.
    fn whole<'a>(&self, line: &'a [u8]) -> Result<&'a [u8], TooLong> {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        let line = if self.ended == 1 {
            line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(line)
        } else {
            line
        };
        if line.len() > LINE_BYTES_MAX {
            Err(TooLong)
        } else {
            Ok(line)
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    type Seen = Vec<(u64, Option<Vec<u8>>)>;

    fn split(end: LineEnd, chunks: &[&[u8]]) -> Seen {
        let mut seen = Seen::new();
        let mut lines = Lines::new(end);
        for chunk in chunks {
            lines.feed(chunk, |n, line| {
                seen.push((n, line.ok().map(<[u8]>::to_vec)))
            });
        }
        lines.finish(|n, line| seen.push((n, line.ok().map(<[u8]>::to_vec))));
        seen
    }

    fn any_cut(end: LineEnd, bytes: &[u8]) -> Seen {
        let whole = split(end, &[bytes]);
        let single: Vec<&[u8]> = bytes.chunks(1).collect();
        assert_eq!(split(end, &single), whole);
        for at in 0..=bytes.len() {
            assert_eq!(
                split(end, &[&bytes[..at], &bytes[at..]]),
                whole,
                "cut at {at}"
            );
        }
        whole
    }

    fn texts(seen: &Seen) -> Vec<&str> {
        seen.iter()
            .map(|(_, line)| core::str::from_utf8(line.as_ref().unwrap()).unwrap())
            .collect()
    }

    #[test]
    fn lf_crlf_blank_lines_and_a_last_line_without_end() {
        assert_eq!(
            texts(&any_cut(LineEnd::Lf, b"a\nb\r\n\n\r\nc")),
            ["a", "b", "", "", "c"]
        );
    }

    #[test]
    fn lone_cr_ends_no_ndjson_line_but_ends_an_sse_line() {
        assert_eq!(texts(&any_cut(LineEnd::Lf, b"a\rb\n")), ["a\rb"]);
        assert_eq!(
            texts(&any_cut(LineEnd::Any, b"a\rb\r\n\rc\n")),
            ["a", "b", "", "c"]
        );
    }

    #[test]
    fn one_byte_order_mark_is_dropped_and_only_at_the_start() {
        let bytes = "\u{feff}a\n\u{feff}b\n";
        assert_eq!(
            texts(&any_cut(LineEnd::Lf, bytes.as_bytes())),
            ["a", "\u{feff}b"]
        );
    }

    #[test]
    fn unicode_line_separators_do_not_end_a_line() {
        assert_eq!(
            any_cut(LineEnd::Lf, "x\u{2028}y\u{2029}z\u{85}\n".as_bytes()).len(),
            1
        );
    }

    #[test]
    fn a_line_at_the_limit_is_read_and_one_byte_more_is_not() {
        for end in ["\n", "\r\n"] {
            let fits = [
                vec![b'x'; LINE_BYTES_MAX],
                end.as_bytes().to_vec(),
                b"next\n".to_vec(),
            ]
            .concat();
            let over = [
                vec![b'x'; LINE_BYTES_MAX + 1],
                end.as_bytes().to_vec(),
                b"next\n".to_vec(),
            ]
            .concat();
            for size in [usize::MAX, 70_001] {
                let cut = |bytes: &[u8]| {
                    let chunks: Vec<&[u8]> = bytes.chunks(size.min(bytes.len())).collect();
                    split(LineEnd::Lf, &chunks)
                };
                assert_eq!(cut(&fits)[0].1.as_ref().unwrap().len(), LINE_BYTES_MAX);
                assert_eq!(cut(&over), [(1, None), (2, Some(b"next".to_vec()))]);
            }
        }
    }

    #[test]
    fn an_endless_line_holds_no_more_than_the_limit() {
        let mut lines = Lines::default();
        let chunk = vec![b'x'; 64 * 1024];
        for _ in 0..100 {
            lines.feed(&chunk, |_, _| unreachable!());
            assert!(lines.held_bytes() <= LINE_BYTES_MAX + AROUND_BYTES_MAX);
        }
        assert!(lines.is_mid_line());
    }
}
