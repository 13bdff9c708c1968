//! The first bytes of a stream → how its records are told apart. Never decides by a media type, and
//! never looks at more than it has to.

use super::{BOM, Framing, event_stream};

/// As many first bytes as are looked at to know the framing.
pub(super) const SNIFF_BYTES_MAX: usize = 4096;

/// First keys of objects that are an outline: words for a title, for modules, and for what stands
/// around them. Compared by letters, without case.
const OUTLINE_KEYS: [&str; 40] = [
    "title",
    "name",
    "heading",
    "coursetitle",
    "coursename",
    "moduletitle",
    "modulename",
    "lessontitle",
    "course",
    "courses",
    "courseoutline",
    "outline",
    "syllabus",
    "curriculum",
    "program",
    "programme",
    "plan",
    "learningpath",
    "module",
    "modules",
    "chapter",
    "chapters",
    "unit",
    "units",
    "week",
    "weeks",
    "part",
    "parts",
    "phase",
    "phases",
    "day",
    "days",
    "section",
    "sections",
    "lesson",
    "lessons",
    "topic",
    "topics",
    "subject",
    "data",
];

/// First keys of records, which may be written over several lines. An object of another key that
/// begins with a line end is an outline.
const RECORD_KEYS: [&str; 40] = [
    "type",
    "text",
    "seq",
    "in",
    "id",
    "object",
    "model",
    "created",
    "created_at",
    "choices",
    "usage",
    "candidates",
    "promptFeedback",
    "usageMetadata",
    "modelVersion",
    "responseId",
    "error",
    "detail",
    "message",
    "messages",
    "role",
    "content",
    "response",
    "event",
    "event_type",
    "delta",
    "output",
    "status",
    "stop_reason",
    "stopReason",
    "finish_reason",
    "generation_id",
    "metrics",
    "response_id",
    "service_tier",
    "system_fingerprint",
    "provider",
    "code",
    "statusCode",
    "status_code",
];

/// The framing that the first bytes of a stream tell; `None` while they could still be several.
pub(super) fn sniff(first: &[u8]) -> Option<Framing> {
    if BOM.starts_with(first) {
        return None;
    }
    let text = first.strip_prefix(BOM).unwrap_or(first).trim_ascii_start();
    match text.first()? {
        0 => {
            return event_stream::is_begun(first).map(|is| match is {
                true => Framing::EventStream,
                false => Framing::Text,
            });
        }
        b'"' => return Some(Framing::Text),
        b'{' => return sniff_object(text, Framing::Lines),
        0x1E => return Some(Framing::Values),
        b'[' => {
            let inside = text[1..].trim_ascii_start();
            return match inside.first()? {
                b'{' => sniff_object(inside, Framing::Values),
                // An empty list, unless it is a box to be ticked.
                b']' => {
                    let behind = inside[1..].trim_ascii_start().first();
                    behind.map(|_| Framing::Text)
                }
                _ => Some(Framing::Text),
            };
        }
        b':' => return sniff_comment(text),
        _ => {}
    }
    sniff_line(text)
}

/// The framing that the first bytes tell when no more come.
pub(super) fn sniff_end(first: &[u8]) -> Framing {
    let text = first.strip_prefix(BOM).unwrap_or(first).trim_ascii();
    let is_list = || text[1..].trim_ascii_start() == b"]";
    match text.first() {
        Some(b'[') if is_list() => Framing::Values,
        Some(b'{') => Framing::Lines,
        Some(b':') => Framing::Sse,
        _ => sniff(&[first, b"\n"].concat()).unwrap_or(Framing::Text),
    }
}

/// What an object is, by its first key: a record, or text that is an outline in JSON.
fn sniff_object(object: &[u8], records: Framing) -> Option<Framing> {
    let inside = object[1..].trim_ascii_start();
    let blanks = &object[1..object.len() - inside.len()];
    match inside.first()? {
        b'"' => {}
        b'}' => return Some(records),
        _ => return Some(Framing::Text),
    }
    let key = &inside[1..];
    let key = &key[..memchr::memchr(b'"', key)?];
    let plain: Vec<u8> = key
        .iter()
        .filter(|byte| byte.is_ascii_alphanumeric())
        .map(u8::to_ascii_lowercase)
        .collect();
    if OUTLINE_KEYS.iter().any(|it| it.as_bytes() == plain) {
        return Some(Framing::Text);
    }
    let is_record = RECORD_KEYS.iter().any(|it| it.as_bytes() == key);
    Some(match blanks.contains(&b'\n') && !is_record {
        true => Framing::Text,
        false => records,
    })
}

/// A line that begins with a colon is a comment between events, or text.
fn sniff_comment(text: &[u8]) -> Option<Framing> {
    if matches!(text.get(1)?, b'\n' | b'\r') {
        return Some(Framing::Sse);
    }
    let mut rest = text;
    while rest.starts_with(b":") {
        let end = memchr::memchr2(b'\n', b'\r', rest)?;
        rest = rest[end..].trim_ascii_start();
    }
    match rest.first()? {
        b'{' => Some(Framing::Sse),
        _ => sniff_line(rest),
    }
}

/// The framing that the beginning of a line tells.
fn sniff_line(text: &[u8]) -> Option<Framing> {
    // What is still the beginning of several is not decided. Fields are written in small letters,
    // the names of pages in any.
    let lower = text[..text.len().min(10)].to_ascii_lowercase();
    let starts = |text: &[u8], name: &str| {
        let name = name.as_bytes();
        if text.starts_with(name) {
            Some(true)
        } else {
            (!name.starts_with(text)).then_some(false)
        }
    };
    for field in ["data:", "event:", "id:", "retry:"] {
        if starts(text, field)? {
            return Some(Framing::Sse);
        }
    }
    if starts(text, "error:")? {
        let value = text[6..].trim_ascii_start();
        return value.first().map(|first| match first {
            b'{' => Framing::Sse,
            _ => Framing::Text,
        });
    }
    for page in ["<!doctype", "<html", "<?xml"] {
        if starts(&lower, page)? {
            return Some(Framing::Page);
        }
    }
    // Vercel's older lines: a code, a colon, JSON.
    if matches!(text[0], b'0'..=b'9' | b'a'..=b'k') {
        return match (text.get(1)?, text.get(2)) {
            (b':', None) => None,
            (b':', Some(b'"' | b'{' | b'[')) => Some(Framing::Lines),
            _ => Some(Framing::Text),
        };
    }
    Some(Framing::Text)
}

/// Returns true if a line of text, as far as it has come, may be a record: one that is found in text
/// makes everything that follows records. `None` if that cannot be said yet.
pub(super) fn may_be_record(line: &[u8]) -> Option<bool> {
    let text = line.trim_ascii_start();
    match text.first()? {
        b'{' => {
            let inside = text[1..].trim_ascii_start();
            match inside.first() {
                None => None,
                Some(b'"') => {
                    let key = &inside[1..];
                    match memchr::memchr(b'"', key) {
                        Some(end) => {
                            Some(RECORD_KEYS.iter().any(|it| it.as_bytes() == &key[..end]))
                        }
                        None => (key.len() > 32).then_some(false),
                    }
                }
                Some(_) => Some(false),
            }
        }
        _ => {
            let fields = [&b"data:"[..], b"event:", b"id:"];
            if fields.iter().any(|field| line.starts_with(field)) {
                return Some(true);
            }
            let is_begun = fields.iter().any(|field| field.starts_with(line));
            (!is_begun).then_some(false)
        }
    }
}
