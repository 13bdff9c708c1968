//! AWS event streams (`application/vnd.amazon.eventstream`) → one record a message, with the name of
//! its event. Never reads a payload, and never more of the headers than their names.
//!
//! Source: AWS documentation, "Event stream encoding". A message is its length, the length of its
//! headers, a checksum of both, headers, payload, and a checksum of all: numbers are big-endian.

use super::{Data, Frame};
use crate::read::lines::LINE_BYTES_MAX;

/// The two lengths and their checksum.
const PRELUDE_BYTES: usize = 12;
/// The checksum at the end.
const CHECKSUM_BYTES: usize = 4;

/// See [`Framing::EventStream`](super::Framing::EventStream).
#[derive(Debug, Default)]
pub struct EventStream {
    /// The message that has not ended.
    pub(super) rest: Vec<u8>,
    /// Bytes to come of a message that is too long.
    skip: usize,
    /// Messages so far.
    pub(super) messages: u64,
    /// A length was wrong: nobody can say where the next message begins.
    lost: bool,
}

/// Returns true if the first bytes are those of a message; `None` while there are too few.
pub(super) fn is_begun(first: &[u8]) -> Option<bool> {
    if first.first().is_some_and(|byte| *byte != 0) {
        return Some(false);
    }
    let prelude = first.get(..PRELUDE_BYTES)?;
    Some(lengths(prelude).is_some())
}

impl EventStream {
    /// A splitter that has passed so many messages.
    pub(super) fn after(messages: u64) -> Self {
        EventStream {
            messages,
            ..EventStream::default()
        }
    }

    pub(super) fn is_mid_record(&self) -> bool {
        !self.rest.is_empty() || self.skip > 0 || self.lost
    }

    pub(super) fn feed(&mut self, chunk: &[u8], each: &mut dyn FnMut(Frame<'_>)) {
        let mut chunk = chunk;
        while !chunk.is_empty() && !self.lost {
            if self.skip > 0 {
                let skipped = self.skip.min(chunk.len());
                self.skip -= skipped;
                chunk = &chunk[skipped..];
                continue;
            }
            // As much as is needed to know the length, and then as much as that.
            let wanted = match lengths(&self.rest) {
                Some((total, _)) => total,
                None => PRELUDE_BYTES,
            };
            let more = wanted.saturating_sub(self.rest.len()).min(chunk.len());
            self.rest.extend_from_slice(&chunk[..more]);
            chunk = &chunk[more..];
            if self.rest.len() < PRELUDE_BYTES {
                continue;
            }
            let Some((total, headers)) = lengths(&self.rest) else {
                self.lost = true;
                self.hand_out("", Data::Json(b"event stream"), each);
                break;
            };
            if total > LINE_BYTES_MAX {
                self.skip = total - self.rest.len();
                self.hand_out("", Data::TooLong, each);
            } else if self.rest.len() == total {
                let message = std::mem::take(&mut self.rest);
                self.message(&message, headers, each);
                // The room is used again.
                self.rest = message;
            } else {
                continue;
            }
            self.rest.clear();
        }
    }

    fn message(&mut self, message: &[u8], headers: usize, each: &mut dyn FnMut(Frame<'_>)) {
        let (body, checksum) = message.split_at(message.len() - CHECKSUM_BYTES);
        let (headers, payload) = body[PRELUDE_BYTES..].split_at(headers);
        if number(checksum) != Some(crc32(body)) {
            return self.hand_out("", Data::Json(b"a wrong checksum"), each);
        }
        let header = |name: &str| find(headers, name);
        if let Some(words) = header(":error-message").or(header(":error-code")) {
            return self.hand_out("error", Data::Json(words.as_bytes()), each);
        }
        let event = header(":exception-type").or(header(":event-type"));
        self.hand_out(event.unwrap_or_default(), Data::Json(payload), each);
    }

    fn hand_out(&mut self, event: &str, data: Data<'_>, each: &mut dyn FnMut(Frame<'_>)) {
        self.messages += 1;
        each(Frame {
            number: self.messages,
            event,
            data,
        });
    }
}

fn number(bytes: &[u8]) -> Option<u32> {
    let bytes = bytes.get(..4)?.try_into().ok()?;
    Some(u32::from_be_bytes(bytes))
}

/// The length of a message and of its headers, if its first bytes are those of one.
fn lengths(message: &[u8]) -> Option<(usize, usize)> {
    let prelude = message.get(..8)?;
    let total = number(prelude)? as usize;
    let headers = number(&prelude[4..])? as usize;
    let fits = PRELUDE_BYTES + CHECKSUM_BYTES + headers <= total;
    (fits && number(message.get(8..)?) == Some(crc32(prelude))).then_some((total, headers))
}

/// The text header of this name.
fn find<'a>(mut headers: &'a [u8], wanted: &str) -> Option<&'a str> {
    loop {
        let (name, rest) = take(headers, usize::from(*headers.first()?) + 1)?;
        let (kind, rest) = take(rest, 1)?;
        let (value, rest) = match kind[0] {
            0 | 1 => take(rest, 0)?,
            2 => take(rest, 1)?,
            3 => take(rest, 2)?,
            4 => take(rest, 4)?,
            5 | 8 => take(rest, 8)?,
            6 | 7 => {
                let (length, rest) = take(rest, 2)?;
                take(
                    rest,
                    usize::from(u16::from_be_bytes([length[0], length[1]])),
                )?
            }
            9 => take(rest, 16)?,
            _ => return None,
        };
        if &name[1..] == wanted.as_bytes() && kind[0] == 7 {
            return std::str::from_utf8(value).ok();
        }
        headers = rest;
    }
}

fn take(bytes: &[u8], length: usize) -> Option<(&[u8], &[u8])> {
    (length <= bytes.len()).then(|| bytes.split_at(length))
}

/// The checksum of zip files and event streams, four bits a step.
fn crc32(bytes: &[u8]) -> u32 {
    const TABLE: [u32; 16] = {
        let mut table = [0; 16];
        let mut at = 0;
        while at < 16 {
            let mut crc = at as u32;
            let mut bit = 0;
            while bit < 4 {
                crc = (crc >> 1) ^ (0xEDB8_8320 & (crc & 1).wrapping_neg());
                bit += 1;
            }
            table[at] = crc;
            at += 1;
        }
        table
    };
    !bytes.iter().fold(!0, |crc, &byte| {
        let crc = crc ^ u32::from(byte);
        let crc = (crc >> 4) ^ TABLE[(crc & 15) as usize];
        (crc >> 4) ^ TABLE[(crc & 15) as usize]
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
pub(crate) mod tests {
    use super::*;

    /// One message with text headers.
    pub(crate) fn message(headers: &[(&str, &str)], payload: &str) -> Vec<u8> {
        let mut head = Vec::new();
        for (name, value) in headers {
            head.push(u8::try_from(name.len()).unwrap());
            head.extend_from_slice(name.as_bytes());
            head.push(7);
            head.extend_from_slice(&u16::try_from(value.len()).unwrap().to_be_bytes());
            head.extend_from_slice(value.as_bytes());
        }
        let total = u32::try_from(head.len() + payload.len() + 16).unwrap();
        let mut message = total.to_be_bytes().to_vec();
        message.extend_from_slice(&u32::try_from(head.len()).unwrap().to_be_bytes());
        message.extend_from_slice(&crc32(&message).to_be_bytes());
        message.extend_from_slice(&head);
        message.extend_from_slice(payload.as_bytes());
        let sum = crc32(&message);
        message.extend_from_slice(&sum.to_be_bytes());
        message
    }

    fn split(chunks: &[&[u8]]) -> (Vec<String>, bool) {
        let mut seen = Vec::new();
        let mut stream = EventStream::default();
        for chunk in chunks {
            stream.feed(chunk, &mut |frame| {
                let data = String::from_utf8_lossy(frame.data.bytes()).into_owned();
                seen.push(format!("{} {} {data}", frame.number, frame.event));
            });
        }
        (seen, stream.is_mid_record())
    }

    #[test]
    fn the_checksum_is_that_of_zip() {
        assert_eq!(crc32(b"123456789"), 0xCBF4_3926);
    }

    #[test]
    fn messages_in_any_cut() {
        let mut bytes = message(&[(":message-type", "event"), (":event-type", "a")], "{}");
        bytes.extend(message(&[(":exception-type", "throttlingException")], "x"));
        bytes.extend(message(
            &[(":error-code", "c"), (":error-message", "m")],
            "",
        ));
        let whole = split(&[&bytes]);
        assert_eq!(whole.0, ["1 a {}", "2 throttlingException x", "3 error m"]);
        assert!(!whole.1);
        for at in 0..bytes.len() {
            assert_eq!(split(&[&bytes[..at], &bytes[at..]]), whole, "cut at {at}");
            assert_eq!(
                split(&[&bytes[..at]]).1,
                !bytes[at..].is_empty() && at > 0 && !at_end(&bytes, at),
                "{at}"
            );
        }
        let single: Vec<&[u8]> = bytes.chunks(1).collect();
        assert_eq!(split(&single), whole);
    }

    fn at_end(bytes: &[u8], at: usize) -> bool {
        let mut end = 0;
        while end < at {
            end += number(&bytes[end..]).unwrap() as usize;
        }
        end == at
    }

    #[test]
    fn a_message_with_a_fault_is_no_record_and_a_wrong_length_ends_it_all() {
        let good = message(&[(":event-type", "a")], "{}");
        let mut bad = good.clone();
        let last = bad.len() - 1;
        bad[last] ^= 1;
        let (seen, is_mid) = split(&[&bad, &good]);
        assert_eq!(seen, ["1  a wrong checksum", "2 a {}"]);
        assert!(!is_mid);
        let mut torn = good.clone();
        torn[2] ^= 1;
        let (seen, is_mid) = split(&[&good, &torn, &good]);
        assert_eq!(seen, ["1 a {}", "2  event stream"]);
        assert!(is_mid);
        let long = message(&[], &"x".repeat(LINE_BYTES_MAX));
        assert_eq!(split(&[&long, &good]).0, ["1  ", "2 a {}"]);
    }
}
