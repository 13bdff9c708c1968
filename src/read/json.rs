//! One JSON text → the few fields somebody asks for, accepted exactly where a browser's
//! `JSON.parse` accepts it. Never builds a tree, never recurses, never copies what is not asked
//! for.
//!
//! Source of the grammar: RFC 8259. Deliberately as in ECMAScript: lone surrogate escapes are kept
//! (see [`Text`]), numbers may be of any size, nesting may be of any depth, of equal keys the last
//! one counts.

use std::borrow::Cow;

/// What a JSON text does wrong, and where.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Error {
    /// Zero-based byte at which reading stopped.
    pub at: usize,
    /// What would have been right there.
    pub expected: &'static str,
}

/// A string as a sender wrote it, which may begin or end in the middle of a surrogate pair.
///
/// JavaScript backends cut strings between UTF-16 units, so one emoji can arrive as `"\ud83d"` and
/// `"\ude00"` in two deltas. The halves are kept at the ends, to be joined; a lone half inside is
/// U+FFFD, as in a `TextDecoder`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Text {
    /// A low surrogate before everything else.
    pub lead: Option<u16>,
    /// The whole characters.
    pub body: String,
    /// A high surrogate after everything else.
    pub trail: Option<u16>,
}

impl Text {
    /// Returns true if there is nothing in it, not even half a character.
    pub fn is_empty(&self) -> bool {
        self.body.is_empty() && self.lead.is_none() && self.trail.is_none()
    }

    /// The text with U+FFFD for a half character at an end.
    pub fn into_string(self) -> String {
        let mut text = self.body;
        if self.lead.is_some() {
            text.insert(0, char::REPLACEMENT_CHARACTER);
        }
        if self.trail.is_some() {
            text.push(char::REPLACEMENT_CHARACTER);
        }
        text
    }
}

impl From<&str> for Text {
    fn from(body: &str) -> Self {
        Text {
            body: body.to_owned(),
            ..Text::default()
        }
    }
}

/// One valid JSON value inside a text that has been checked as a whole.
#[derive(Clone, Copy, Debug)]
pub struct Json<'a>(&'a str);

impl<'a> Json<'a> {
    /// Checks that `text` is one JSON value. Work and memory are proportional to its length.
    pub fn parse(text: &'a str) -> Result<Json<'a>, Error> {
        check(text.as_bytes())?;
        Ok(Json(text.trim_matches(is_blank)))
    }

    /// Returns true if the value is an object.
    pub fn is_object(self) -> bool {
        self.0.starts_with('{')
    }

    /// Returns true if the value is `null`.
    pub fn is_null(self) -> bool {
        self.0 == "null"
    }

    /// Returns true if the value is `true`.
    pub fn is_true(self) -> bool {
        self.0 == "true"
    }

    /// The value as the sender wrote it.
    pub fn raw(self) -> &'a str {
        self.0
    }

    /// The value of `key`, if this is an object that has it; the last one where it has several.
    pub fn get(self, key: &str) -> Option<Json<'a>> {
        let [value] = self.fields([key]);
        value
    }

    /// The values of several different keys, as [`Json::get`] finds each.
    pub fn fields<const N: usize>(self, keys: [&str; N]) -> [Option<Json<'a>>; N] {
        let mut values = [None; N];
        for (name, value) in self.entries() {
            if let Some(i) = keys.iter().position(|key| name.is(key)) {
                values[i] = Some(value);
            }
        }
        values
    }

    /// The value at a path of keys.
    pub fn at(self, path: &[&str]) -> Option<Json<'a>> {
        path.iter().try_fold(self, |value, key| value.get(key))
    }

    /// The members of an object, in order; nothing for any other value.
    pub fn entries(self) -> impl Iterator<Item = (Json<'a>, Json<'a>)> {
        let mut rest = self.0.strip_prefix('{').unwrap_or("}");
        std::iter::from_fn(move || {
            let key = next_item(&mut rest)?;
            Some((key, next_item(&mut rest)?))
        })
    }

    /// The items of an array, in order; nothing for any other value.
    pub fn items(self) -> impl Iterator<Item = Json<'a>> {
        let mut rest = self.0.strip_prefix('[').unwrap_or("]");
        std::iter::from_fn(move || next_item(&mut rest))
    }

    /// The string, with halves of surrogate pairs at its ends kept apart; `None` if this is no
    /// string.
    pub fn text(self) -> Option<Text> {
        let raw = self.0.strip_prefix('"')?.strip_suffix('"')?;
        Some(unescape(raw))
    }

    /// The string as [`Json::text`] gives it, or a number as it is written.
    pub fn text_or_number(self) -> Option<Text> {
        let is_number = || matches!(self.0.as_bytes().first(), Some(b'-' | b'0'..=b'9'));
        self.text()
            .or_else(|| is_number().then(|| Text::from(self.0)))
    }

    /// The string, with U+FFFD for lone surrogates; `None` if this is no string.
    pub fn str(self) -> Option<Cow<'a, str>> {
        let raw = self.0.strip_prefix('"')?.strip_suffix('"')?;
        Some(if raw.contains('\\') {
            unescape(raw).into_string().into()
        } else {
            raw.into()
        })
    }

    /// Returns true if this is the string `text`.
    pub fn is(self, text: &str) -> bool {
        let raw = self.0.as_bytes();
        let Some(raw) = raw
            .strip_prefix(b"\"")
            .and_then(|raw| raw.strip_suffix(b"\""))
        else {
            return false;
        };
        // What is escaped is longer than what it stands for.
        if raw.len() <= text.len() {
            raw == text.as_bytes() && !raw.contains(&b'\\')
        } else {
            raw.contains(&b'\\') && self.str().as_deref() == Some(text)
        }
    }

    /// The number, if it is a whole one from 0 to 2⁶⁴ − 1 and written without an exponent.
    pub fn integer(self) -> Option<u64> {
        let (digits, fraction) = self.0.split_once('.').unwrap_or((self.0, ""));
        if !fraction.bytes().all(|b| b == b'0') {
            return None;
        }
        digits.bytes().try_fold(0u64, |n, b| match b {
            b'0'..=b'9' => n.checked_mul(10)?.checked_add(u64::from(b - b'0')),
            _ => None,
        })
    }
}

fn is_blank(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\n' | '\r')
}

/// Takes the next value off the inside of a checked object or array; `None` at its closing bracket.
fn next_item<'a>(rest: &mut &'a str) -> Option<Json<'a>> {
    let between = |b: &u8| matches!(b, b' ' | b'\t' | b'\n' | b'\r' | b',' | b':');
    let bytes = rest.as_bytes();
    let blanks = bytes.iter().take_while(|b| between(b)).count();
    *rest = &rest[blanks..];
    let bytes = rest.as_bytes();
    let end = match bytes.first()? {
        b'}' | b']' => return None,
        b'"' => string_end(bytes, 1)?,
        b'{' | b'[' => {
            let mut depth = 0usize;
            let mut at = 0;
            loop {
                match bytes.get(at)? {
                    b'"' => at = string_end(bytes, at + 1)? - 1,
                    b'{' | b'[' => depth += 1,
                    b'}' | b']' if depth == 1 => break at + 1,
                    b'}' | b']' => depth -= 1,
                    _ => {}
                }
                at += 1;
            }
        }
        _ => bytes
            .iter()
            .position(|b| matches!(b, b',' | b'}' | b']' | b' ' | b'\t' | b'\n' | b'\r'))?,
    };
    let (item, after) = rest.split_at(end);
    *rest = after;
    Some(Json(item))
}

/// The byte after the closing quote of a checked string whose inside starts at `at`.
fn string_end(bytes: &[u8], mut at: usize) -> Option<usize> {
    loop {
        match bytes.get(at)? {
            b'"' => return Some(at + 1),
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
}

/// The inside of a checked string → its characters.
fn unescape(raw: &str) -> Text {
    let mut text = Text::default();
    let mut rest = raw;
    let mut half = Half::default();
    text.body.reserve(raw.len());
    while !rest.is_empty() {
        let plain = memchr::memchr(b'\\', rest.as_bytes()).unwrap_or(rest.len());
        if plain > 0 {
            half.end_in(&mut text.body);
            text.body.push_str(&rest[..plain]);
            rest = &rest[plain..];
            continue;
        }
        let escape = rest.as_bytes().get(1).copied().unwrap_or(b'\\');
        if escape != b'u' {
            half.end_in(&mut text.body);
            text.body.push(match escape {
                b'b' => '\u{8}',
                b'f' => '\u{c}',
                b'n' => '\n',
                b'r' => '\r',
                b't' => '\t',
                other => char::from(other),
            });
            rest = rest.get(2..).unwrap_or("");
            continue;
        }
        let unit = rest
            .get(2..6)
            .and_then(|hex| u16::from_str_radix(hex, 16).ok())
            .unwrap_or(0xFFFD);
        rest = rest.get(6..).unwrap_or("");
        match unit {
            0xD800..=0xDBFF => {
                half.end_in(&mut text.body);
                half.begin(Some(unit));
            }
            0xDC00..=0xDFFF if half.is_empty() && text.is_empty() => text.lead = Some(unit),
            0xDC00..=0xDFFF => text.body.extend(half.join(Some(unit))),
            _ => {
                half.end_in(&mut text.body);
                text.body
                    .push(char::from_u32(u32::from(unit)).unwrap_or(char::REPLACEMENT_CHARACTER));
            }
        }
    }
    text.trail = half.0;
    text
}

/// The first half of a character whose second half may come next. Every place where the halves of a
/// surrogate pair meet goes through this.
#[derive(Clone, Debug, Default)]
pub(crate) struct Half(Option<u16>);

impl Half {
    /// Returns true if nothing is waited for.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_none()
    }

    /// What comes next may complete this half.
    pub(crate) fn begin(&mut self, high: Option<u16>) {
        self.0 = high;
    }

    /// The character that this half and what comes next make: U+FFFD where one of the two is
    /// missing, nothing where both are.
    pub(crate) fn join(&mut self, low: Option<u16>) -> Option<char> {
        match (self.0.take(), low) {
            (None, None) => None,
            (Some(high), Some(low)) => {
                let code = 0x10000 + ((u32::from(high) - 0xD800) << 10) + (u32::from(low) - 0xDC00);
                char::from_u32(code)
            }
            _ => Some(char::REPLACEMENT_CHARACTER),
        }
    }

    /// Nothing comes next: puts what this half becomes at the end of a text.
    fn end_in(&mut self, body: &mut String) {
        if self.0.is_some() {
            self.0 = None;
            body.push(char::REPLACEMENT_CHARACTER);
        }
    }

    /// Nothing comes next.
    pub(crate) fn end(&mut self) -> Option<char> {
        self.join(None)
    }
}

/// Checks one JSON text.
fn check(bytes: &[u8]) -> Result<(), Error> {
    let mut checker = Checker::default();
    let Some(end) = checker.feed(bytes)? else {
        return Err(Error {
            at: bytes.len(),
            expected: checker.expected(),
        });
    };
    let at = skip_blanks(bytes, end);
    let expected = "the end of the line";
    (at == bytes.len())
        .then_some(())
        .ok_or(Error { at, expected })
}

/// Checks one JSON value that comes in pieces, each of them whole lines: no string, number or word
/// goes on from one to the next. A stack of one byte a level stands in for recursion.
#[derive(Debug, Default)]
pub(crate) struct Checker {
    open: Vec<u8>,
    next: Next,
}

/// What a checker waits for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Next {
    #[default]
    Value,
    /// The first thing after an opening bracket.
    First,
    Key,
    Colon,
    /// A comma or a closing bracket.
    After,
}

impl Checker {
    /// Checks the next piece; gives the byte after the value where it has ended.
    pub(crate) fn feed(&mut self, bytes: &[u8]) -> Result<Option<usize>, Error> {
        let mut at = 0;
        loop {
            at = skip_blanks(bytes, at);
            let Some(&byte) = bytes.get(at) else {
                return Ok(None);
            };
            match self.next {
                Next::First if matches!(byte, b'}' | b']') => {
                    at = self.close(byte, at)?;
                }
                Next::First if self.open.last() == Some(&b'{') => {
                    at = self.key(bytes, at)?;
                    continue;
                }
                Next::Key => {
                    at = self.key(bytes, at)?;
                    continue;
                }
                Next::Colon => {
                    if byte != b':' {
                        return Err(self.wrong(at));
                    }
                    at += 1;
                    self.next = Next::Value;
                    continue;
                }
                Next::After => match byte {
                    b'}' | b']' => at = self.close(byte, at)?,
                    b',' => {
                        at += 1;
                        self.next = match self.open.last() {
                            Some(b'{') => Next::Key,
                            _ => Next::Value,
                        };
                        continue;
                    }
                    _ => return Err(self.wrong(at)),
                },
                Next::Value | Next::First => match byte {
                    b'{' | b'[' => {
                        self.open.push(byte);
                        at += 1;
                        self.next = Next::First;
                        continue;
                    }
                    b'"' => at = check_string(bytes, at + 1)?,
                    b'-' | b'0'..=b'9' => at = check_number(bytes, at)?,
                    b't' => at = check_word(bytes, at, b"true")?,
                    b'f' => at = check_word(bytes, at, b"false")?,
                    b'n' => at = check_word(bytes, at, b"null")?,
                    _ => return Err(self.wrong(at)),
                },
            }
            // A value has ended.
            self.next = Next::After;
            if self.open.is_empty() {
                return Ok(Some(at));
            }
        }
    }

    /// A key, and the colon that nearly always stands right behind it.
    fn key(&mut self, bytes: &[u8], at: usize) -> Result<usize, Error> {
        if bytes.get(at) != Some(&b'"') {
            return Err(self.wrong(at));
        }
        let at = check_string(bytes, at + 1)?;
        let has_colon = bytes.get(at) == Some(&b':');
        self.next = match has_colon {
            true => Next::Value,
            false => Next::Colon,
        };
        Ok(at + usize::from(has_colon))
    }

    fn close(&mut self, bracket: u8, at: usize) -> Result<usize, Error> {
        let open = if bracket == b'}' { b'{' } else { b'[' };
        if self.open.last() != Some(&open) {
            return Err(self.wrong(at));
        }
        self.open.pop();
        Ok(at + 1)
    }

    fn wrong(&self, at: usize) -> Error {
        Error {
            at,
            expected: self.expected(),
        }
    }

    fn expected(&self) -> &'static str {
        let is_object = self.open.last() == Some(&b'{');
        match self.next {
            Next::First | Next::Key if is_object => "a key in double quotes",
            Next::Value | Next::First | Next::Key => "a value",
            Next::Colon => "':'",
            Next::After if is_object => "',' or '}'",
            Next::After => "',' or ']'",
        }
    }
}

fn skip_blanks(bytes: &[u8], at: usize) -> usize {
    let rest = bytes.get(at..).unwrap_or(&[]);
    at + rest
        .iter()
        .take_while(|b| matches!(b, b' ' | b'\t' | b'\n' | b'\r'))
        .count()
}

/// The rest of a string whose inside starts at `at`; gives the byte after its closing quote.
fn check_string(bytes: &[u8], mut at: usize) -> Result<usize, Error> {
    loop {
        match bytes.get(at) {
            Some(b'"') => return Ok(at + 1),
            Some(b'\\') => match bytes.get(at + 1) {
                Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => at += 2,
                Some(b'u') => {
                    let digits = bytes.get(at + 2..at + 6).unwrap_or(&[]);
                    if digits.len() < 4 || !digits.iter().all(u8::is_ascii_hexdigit) {
                        return Err(Error {
                            at,
                            expected: "four hexadecimal digits after \\u",
                        });
                    }
                    at += 6;
                }
                _ => {
                    return Err(Error {
                        at,
                        expected: "an escape JSON knows",
                    });
                }
            },
            Some(0..=0x1F) => {
                return Err(Error {
                    at,
                    expected: "no raw control character in a string",
                });
            }
            Some(_) => at += 1,
            None => {
                return Err(Error {
                    at,
                    expected: "the closing '\"' of a string",
                });
            }
        }
    }
}

fn check_number(bytes: &[u8], start: usize) -> Result<usize, Error> {
    let digits = |from: usize| {
        let rest = bytes.get(from..).unwrap_or(&[]);
        match rest.iter().take_while(|b| b.is_ascii_digit()).count() {
            0 => Err(Error {
                at: from,
                expected: "a digit",
            }),
            n => Ok(from + n),
        }
    };
    let mut at = start + usize::from(bytes.get(start) == Some(&b'-'));
    at = if bytes.get(at) == Some(&b'0') {
        at + 1
    } else {
        digits(at)?
    };
    if bytes.get(at) == Some(&b'.') {
        at = digits(at + 1)?;
    }
    if let Some(b'e' | b'E') = bytes.get(at) {
        at += 1 + usize::from(matches!(bytes.get(at + 1), Some(b'+' | b'-')));
        at = digits(at)?;
    }
    Ok(at)
}

fn check_word(bytes: &[u8], at: usize, word: &'static [u8]) -> Result<usize, Error> {
    if bytes.get(at..).unwrap_or(&[]).starts_with(word) {
        Ok(at + word.len())
    } else {
        Err(Error {
            at,
            expected: "a value",
        })
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn fields_at_any_depth_in_any_order() {
        let json =
            Json::parse(r#" {"a":[1,{"b":"x]}\""}],"t\u0079pe":"delta", "a2" : {"type":"no"} } "#)
                .unwrap();
        assert_eq!(json.get("type").unwrap().str().unwrap(), "delta");
        let inner = json.get("a").unwrap().items().nth(1).unwrap();
        assert_eq!(inner.get("b").unwrap().str().unwrap(), "x]}\"");
        assert!(json.get("b").is_none() && json.at(&["a2", "type"]).unwrap().is("no"));
    }

    #[test]
    fn the_last_of_equal_keys_counts() {
        assert!(
            Json::parse(r#"{"k":1,"k":"z"}"#)
                .unwrap()
                .get("k")
                .unwrap()
                .is("z")
        );
    }

    #[test]
    fn what_a_browser_refuses_is_refused() {
        let bad = [
            "",
            " ",
            "{",
            "}",
            "[1,]",
            "{\"a\":1,}",
            "{'a':1}",
            "{a:1}",
            "NaN",
            "Infinity",
            "-",
            "01",
            "1.",
            ".5",
            "+1",
            "1e",
            "tru",
            "\"\t\"",
            "\"\\x41\"",
            "\"\\u12g4\"",
            "\"a",
            "{} {}",
            "[1 2]",
            "{\"a\" 1}",
            "\u{feff}1",
            "nulll",
        ];
        for text in bad {
            assert!(Json::parse(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn what_a_browser_reads_is_read() {
        for text in [
            "1e999",
            "-0",
            "1E+2",
            "123456789012345678901234567890",
            "\"\u{2028}\u{85}\"",
            "\"\\/\"",
            "[]",
            " [ ] ",
        ] {
            assert!(Json::parse(text).is_ok(), "{text:?}");
        }
        let deep = format!("{}1{}", "[".repeat(300_000), "]".repeat(300_000));
        assert!(Json::parse(&deep).is_ok());
        assert!(Json::parse(&deep[1..]).is_err());
    }

    #[test]
    fn surrogate_halves_are_kept_at_the_ends_only() {
        let text = |raw: &str| Json::parse(raw).unwrap().text().unwrap();
        assert_eq!(
            text(r#""a\ud83d""#),
            Text {
                body: "a".into(),
                trail: Some(0xD83D),
                lead: None
            }
        );
        assert_eq!(
            text(r#""\ude00b""#),
            Text {
                body: "b".into(),
                lead: Some(0xDE00),
                trail: None
            }
        );
        assert_eq!(text(r#""\ud83d\ude00""#).body, "😀");
        assert_eq!(text(r#""x\ud83dy\ude00z""#).body, "x\u{fffd}y\u{fffd}z");
        assert_eq!(text(r#""\ud83d\ud83d\ude00""#).body, "\u{fffd}😀");
        assert_eq!(text(r#""\ude00""#).into_string(), "\u{fffd}");
    }

    #[test]
    fn integers_are_exact_or_absent() {
        let integer = |raw| Json::parse(raw).unwrap().integer();
        assert_eq!(integer("18446744073709551615"), Some(u64::MAX));
        assert_eq!(integer("7.0"), Some(7));
        for raw in [
            "18446744073709551616",
            "-1",
            "1.5",
            "1e3",
            "\"1\"",
            "null",
            "true",
        ] {
            assert_eq!(integer(raw), None, "{raw}");
        }
    }

    #[test]
    fn an_error_says_where_and_what() {
        let error = Json::parse(r#"{"type":"delta" "text"}"#).unwrap_err();
        assert_eq!((error.at, error.expected), (16, "',' or '}'"));
    }
}
