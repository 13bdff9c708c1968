//! JSON objects, in an array, one after the other, or each behind a record separator → one record
//! an object. Never checks them.
//!
//! Source of the separator: RFC 7464 (JSON text sequences).

use super::{Data, Frame};
use crate::read::lines::LINE_BYTES_MAX;

/// See [`Framing::Values`](super::Framing::Values).
#[derive(Debug, Default)]
pub struct Values {
    value: Vec<u8>,
    /// Brackets open inside the value; 0 between values.
    pub(super) depth: usize,
    in_string: bool,
    escaped: bool,
    overflowing: bool,
    /// The values stand in an array that has not ended.
    pub(super) in_array: bool,
    /// Line ends passed.
    pub(super) lines: u64,
}

impl Values {
    /// A splitter that has passed so many line ends.
    pub(super) fn after(lines: u64) -> Self {
        Values {
            lines,
            ..Values::default()
        }
    }

    pub(super) fn feed(&mut self, chunk: &[u8], each: &mut dyn FnMut(Frame<'_>)) {
        for &byte in chunk {
            self.lines += u64::from(byte == b'\n');
            if byte == 0x1E {
                // A record separator is no part of any JSON text: what came before it was cut.
                if self.depth > 0 {
                    self.end(each);
                }
                continue;
            }
            if self.depth == 0 && byte != b'{' {
                match byte {
                    b'[' => self.in_array = true,
                    b']' => self.in_array = false,
                    _ => {}
                }
                continue;
            }
            if self.value.len() < LINE_BYTES_MAX {
                self.value.push(byte)
            } else {
                self.overflowing = true
            }
            match byte {
                _ if self.escaped => self.escaped = false,
                b'\\' if self.in_string => self.escaped = true,
                b'"' => self.in_string = !self.in_string,
                b'{' | b'[' if !self.in_string => self.depth += 1,
                b'}' | b']' if !self.in_string => {
                    self.depth -= 1;
                    if self.depth == 0 {
                        self.end(each);
                    }
                }
                _ => {}
            }
        }
    }

    pub(super) fn end(&mut self, each: &mut dyn FnMut(Frame<'_>)) {
        let data = if self.overflowing {
            Data::TooLong
        } else {
            Data::Json(&self.value)
        };
        each(Frame {
            number: self.lines + 1,
            event: "",
            data,
        });
        *self = Values {
            in_array: self.in_array,
            lines: self.lines,
            ..Values::default()
        };
    }
}
