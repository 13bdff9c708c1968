//! A producer's own error, wherever it stands in a record → its words, and if trying again may help.
//! Never takes a record for an error that only has a field of that name and nothing in it.

use super::{Record, present};
use crate::read::event::Event;
use crate::read::json::Json;

/// As much of a producer's message is passed on, in bytes.
pub const MESSAGE_BYTES_MAX: usize = 1024;

/// Where a message stands in an error, in the order of preference.
const WORDS: [&str; 8] = [
    "message",
    "detail",
    "errorText",
    "error_message",
    "Message",
    "msg",
    "title",
    "error",
];
/// Where a status stands.
const STATUSES: [&str; 6] = [
    "code",
    "status_code",
    "statusCode",
    "status",
    "http_status",
    "error_code",
];
/// Where its name stands.
const NAMES: [&str; 3] = ["code", "type", "status"];

/// The event of an error that a record carries.
pub(super) fn of_record(record: &Record<'_>) -> Option<Event> {
    let is_named = record.event == "error";
    let Ok(json) = record.json else {
        return is_named.then(|| of_words(record.data, true));
    };
    if !json.is_object() {
        return is_named.then(|| of_json(json, json));
    }
    let [kind, object, detail, status] = json.fields(["type", "object", "detail", "status"]);
    let is_error = |field: Option<Json<'_>>| field.is_some_and(|it| it.is("error"));
    let kind = kind.filter(|kind| kind.str().is_some());
    // A record of a known kind says what it says; only `error` itself is one.
    let is_open = is_named || kind.is_none() || is_error(kind) || json.get("choices").is_some();
    if let Some(error) = present(json, "error").filter(|_| is_open) {
        if says_something(error) {
            return Some(of_json(error, json));
        }
        if error.is_true() {
            return Some(of_json(json, json));
        }
    }
    let has_words = || WORDS.iter().any(|key| present(json, key).is_some());
    let is_problem = || status.and_then(Json::integer).is_some_and(|it| it >= 400);
    let is_detail = detail.is_some_and(says_something)
        && (kind.is_none() || is_problem())
        && json.get("choices").or(json.get("candidates")).is_none();
    let is_flat = is_named || is_error(object) || (is_error(kind) && has_words());
    (is_flat || is_detail).then(|| of_json(json, json))
}

/// An error that is a text, or an object with a message and a code, in a record that may have a
/// status beside it.
pub(super) fn of_json(error: Json<'_>, record: Json<'_>) -> Event {
    let words = words(error).or_else(|| words(record)).unwrap_or_default();
    let retryable = present(error, "retryable").or(present(record, "retryable"));
    let retryable = retryable.map_or_else(|| !is_permanent(error, record), Json::is_true);
    of_words(&words, retryable)
}

/// The same error, where its name alone tells if trying again helps.
pub(super) fn named(failure: Event, name: &str) -> Event {
    let lower = name.to_ascii_lowercase();
    match failure {
        Event::Error { message, .. } => Event::Error {
            message,
            retryable: !PERMANENT.iter().any(|part| has_part(&lower, part)),
        },
        other => other,
    }
}

/// An error in somebody's words.
pub(super) fn of_words(message: &str, retryable: bool) -> Event {
    let message = message.trim();
    let message = if message.is_empty() {
        "The provider did not say why; see the backend's log."
    } else {
        let mut end = message.len().min(MESSAGE_BYTES_MAX);
        while !message.is_char_boundary(end) {
            end -= 1;
        }
        &message[..end]
    };
    Event::Error {
        message: message.to_owned(),
        retryable,
    }
}

fn says_something(error: Json<'_>) -> bool {
    match error.str() {
        Some(text) => !text.trim().is_empty(),
        None => error.entries().next().is_some() || error.items().next().is_some(),
    }
}

/// The message: the error itself, one of its fields, or one of the first thing in a list.
fn words(error: Json<'_>) -> Option<String> {
    let mut inner = error;
    // Gateways wrap the errors of those behind them.
    for _ in 0..4 {
        if let Some(text) = inner.str() {
            return Some(text.into_owned()).filter(|text| !text.trim().is_empty());
        }
        let field = WORDS.iter().find_map(|key| present(inner, key));
        inner = field.or_else(|| inner.items().next())?;
    }
    None
}

/// Returns true if an error comes again as long as nothing is changed. A status decides; where there
/// is none, a name does.
fn is_permanent(error: Json<'_>, record: Json<'_>) -> bool {
    let status = [error, record].iter().find_map(|json| {
        let fields = STATUSES.iter().filter_map(|key| json.get(key));
        fields.filter_map(number).find(|it| (400..600).contains(it))
    });
    if let Some(status) = status {
        // 499 is no status of HTTP: it says that somebody has stopped asking.
        return status < 500 && !matches!(status, 408 | 429 | 499);
    }
    let names = NAMES.iter().filter_map(|key| error.get(key)?.str());
    names
        .map(|name| name.to_ascii_lowercase())
        .any(|name| PERMANENT.iter().any(|part| has_part(&name, part)))
}

fn number(value: Json<'_>) -> Option<u64> {
    let text = || value.str().and_then(|text| text.trim().parse().ok());
    value.integer().or_else(text)
}

/// What the names of errors have in them that come again.
const PERMANENT: [&str; 12] = [
    "invalid",
    "quota",
    "billing",
    "auth",
    "permission",
    "not_found",
    "notfound",
    "too_large",
    "unsupported",
    "policy",
    "validation",
    "accessdenied",
];

// Not `contains`: its search for long texts is 2 KB of code.
fn has_part(name: &str, part: &str) -> bool {
    let mut parts = name.as_bytes().windows(part.len());
    parts.any(|it| it == part.as_bytes())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn told(data: &str) -> String {
        let record = Record {
            event: "",
            data,
            json: Json::parse(data),
        };
        let events: Vec<Event> = of_record(&record).into_iter().collect();
        super::super::tests::line(&events)
    }

    #[test]
    fn errors_wherever_they_stand() {
        for (data, expected) in [
            (r#"{"error":"gone"}"#, "[error, again: gone]"),
            (
                r#"{"error":{"code":401,"message":"key"}}"#,
                "[error, final: key]",
            ),
            (r#"{"error":"key","status":401}"#, "[error, final: key]"),
            (
                r#"{"error":{"code":"400","message":"bad"}}"#,
                "[error, final: bad]",
            ),
            (
                r#"{"error":{"error":{"message":"deep"}}}"#,
                "[error, again: deep]",
            ),
            (r#"{"error":true,"message":"flag"}"#, "[error, again: flag]"),
            (
                r#"{"object":"error","message":"flat","code":400}"#,
                "[error, final: flat]",
            ),
            (r#"{"detail":"Not Found"}"#, "[error, again: Not Found]"),
            (
                r#"{"detail":[{"loc":["body"],"msg":"field required","type":"missing"}]}"#,
                "[error, again: field required]",
            ),
            (
                r#"{"type":"about:blank","title":"Gone","status":410,"detail":"No more"}"#,
                "[error, final: No more]",
            ),
            (
                r#"{"type":"error","message":"typed"}"#,
                "[error, again: typed]",
            ),
            (r#"{"error":null}"#, ""),
            (r#"{"error":""}"#, ""),
            (r#"{"error":{}}"#, ""),
            (r#"{"error":false}"#, ""),
            (r#"{"type":"log","error":"x","detail":"y"}"#, ""),
            ("[]", ""),
        ] {
            assert_eq!(told(data), expected, "{data}");
        }
    }

    #[test]
    fn a_status_tells_if_trying_again_helps_and_a_name_where_there_is_none() {
        for (error, retryable) in [
            (r#"{"code":408}"#, true),
            (r#"{"code":429,"type":"insufficient_quota"}"#, true),
            (r#"{"code":409}"#, false),
            (r#"{"status_code":500,"type":"invalid_x"}"#, true),
            (r#"{"type":"overloaded_error"}"#, true),
            (r#"{"type":"invalid_request_error"}"#, false),
            (r#"{"code":"insufficient_quota"}"#, false),
            (r#"{"code":7}"#, true),
        ] {
            let json = Json::parse(error).unwrap();
            assert_eq!(!is_permanent(json, json), retryable, "{error}");
        }
    }

    #[test]
    fn a_long_message_is_cut_between_characters() {
        let Event::Error { message, .. } = of_words(&"é".repeat(MESSAGE_BYTES_MAX), true) else {
            return assert_eq!(1, 0, "no error");
        };
        assert_eq!(message.len(), MESSAGE_BYTES_MAX);
    }
}
