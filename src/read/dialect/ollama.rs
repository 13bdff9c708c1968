//! Ollama's lines, of `/api/chat` and `/api/generate`. Never reads thinking.
//!
//! Source: Ollama API documentation, "Generate a chat message", "Generate a completion", "Errors".

use super::said::{Channel, Said};
use super::{Dialect, Record, has_some, present, text_at};
use crate::read::event::Reason;
use crate::read::json::Json;

pub(super) const DIALECT: Dialect = Dialect {
    name: "ollama",
    is,
    read,
};

fn is(record: &Record<'_>) -> bool {
    let is_text = |key| record.get(key).and_then(Json::str).is_some();
    let has_done = record
        .get("done")
        .is_some_and(|done| matches!(done.raw(), "true" | "false"));
    record.get("type").is_none() && (is_text("error") || (is_text("model") && has_done))
}

fn read(record: &Record<'_>, said: &mut Said<'_>) -> Result<(), Reason> {
    let json = record.object()?;
    if let Some(error) = present(json, "error") {
        said.failed(error);
        return Ok(());
    }
    let text = text_at(json, &["message", "content"]).or(text_at(json, &["response"]));
    if text.is_none() && json.get("done").is_none() {
        said.unknown();
    }
    said.delta(Channel::default(), text.unwrap_or_default());
    let thinking = json.at(&["message", "thinking"]).or(json.get("thinking"));
    if has_some(thinking) {
        said.thought();
    }
    let calls = json.at(&["message", "tool_calls"]);
    if calls.is_some_and(|calls| calls.items().next().is_some()) {
        said.called();
        said.waits();
    }
    if json.get("done").is_some_and(Json::is_true) {
        said.stopped(&record.str("done_reason"));
        said.done();
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::tests::{TOO_LONG, assert_said};

    const A: &str =
        r###"{"model":"m","message":{"role":"assistant","content":"## A"},"done":false}"###;
    const DONE: &str = r#"{"model":"m","message":{"content":""},"done_reason":"stop","done":true}"#;

    #[test]
    fn text_and_ends() {
        let thinking = r#"{"model":"m","message":{"content":"","thinking":"hm"},"done":false}"#;
        let piece = r#"{"model":"m","response":"g","done":false}"#;
        let last = r#"{"model":"m","response":"","done":true,"context":[1,2]}"#;
        let length = r#"{"model":"m","response":"x","done":true,"done_reason":"length"}"#;
        let call =
            r#"{"model":"m","message":{"content":"","tool_calls":[{"function":{}}]},"done":false}"#;
        assert_said(
            "ollama",
            &[
                (&[thinking, A, DONE], "## A[done]"),
                (&[piece, piece, last], "gg[done]"),
                (&[piece, length], &["gx", TOO_LONG].concat()),
                (&[A, call, DONE], "## A"),
                (&[A], "## A"),
                (
                    &[A, r#"{"model":"m"}"#, "{", DONE],
                    "## A[unknown][skipped][done]",
                ),
            ],
        );
    }

    #[test]
    fn an_error_line_has_no_done() {
        let error = r#"{"error":"model 'm' not found"}"#;
        assert_said(
            "ollama",
            &[
                (&[error], "[error, again: model 'm' not found]"),
                (&[A, error, DONE], "## A[error, again: model 'm' not found]"),
            ],
        );
    }
}
