//! Gemini's content stream, as server-sent events or as one JSON array. Never reads thoughts, nor
//! more than the first candidate.
//!
//! Sources: Gemini API reference, "GenerateContentResponse"; recorded streams. The stream has no
//! last record: its end is a `STOP` with nothing after it. Some servers send `STOP` with every
//! piece, so it counts only in a record that sums up the usage, which these send with the last one.

use super::said::{Channel, Said};
use super::stop::Stop;
use super::{Dialect, Record, index, present, text_at};
use crate::read::event::Reason;
use crate::read::json::Json;

pub(super) const DIALECT: Dialect = Dialect {
    name: "gemini",
    is,
    read,
};

fn is(record: &Record<'_>) -> bool {
    let is_object = |key| record.get(key).is_some_and(Json::is_object);
    let has_status = |error: Json<'_>| error.get("status").and_then(Json::str).is_some();
    record
        .get("candidates")
        .is_some_and(|all| all.raw().starts_with('['))
        || is_object("promptFeedback")
        || is_object("usageMetadata")
        || record.get("error").is_some_and(has_status)
}

fn read(record: &Record<'_>, said: &mut Said<'_>) -> Result<(), Reason> {
    let json = record.object()?;
    let candidates = json.get("candidates");
    if let Some(error) = present(json, "error") {
        said.failed(error);
    } else if let Some(reason) = json
        .at(&["promptFeedback", "blockReason"])
        .and_then(Json::str)
    {
        let words = [
            "The provider blocked the request (",
            &reason,
            "). Change it and try again.",
        ];
        said.refused(&words.concat());
    } else if let Some(candidates) = candidates {
        if let Some(first) = candidates.items().find(|it| index(*it, "index") == 0) {
            read_candidate(first, json.get("usageMetadata").is_some(), said);
        }
    } else if json.get("usageMetadata").is_none() && json.get("promptFeedback").is_none() {
        said.unknown();
    }
    Ok(())
}

fn read_candidate(candidate: Json<'_>, is_summed_up: bool, said: &mut Said<'_>) {
    let parts = candidate.at(&["content", "parts"]);
    for part in parts.into_iter().flat_map(Json::items) {
        if part.get("functionCall").is_some() {
            said.called();
            said.waits();
        }
        if part
            .get("executableCode")
            .or(part.get("codeExecutionResult"))
            .is_some()
        {
            said.divide();
        }
        if part.get("thought").is_some_and(Json::is_true) {
            said.thought();
        } else {
            said.delta(
                Channel::default(),
                text_at(part, &["text"]).unwrap_or_default(),
            );
        }
    }
    let reason = candidate.get("finishReason").and_then(Json::str);
    let reason = reason.filter(|reason| !matches!(&**reason, "" | "FINISH_REASON_UNSPECIFIED"));
    let Some(reason) = reason else { return };
    match Stop::named(&reason) {
        Stop::Complete if !is_summed_up => {}
        _ => said.stopped(&reason),
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{REFUSED, TOO_LONG, assert_said};

    const A: &str = r###"{"candidates": [{"content": {"parts": [{"text": "## A"}],"role": "model"}}],"usageMetadata": {}}"###;
    const LAST: &str = r#"{"candidates":[{"content":{"parts":[{"text":"z"}]},"finishReason":"STOP","index":0}],"usageMetadata":{}}"#;

    fn finish(reason: &str) -> String {
        format!(r#"{{"candidates":[{{"finishReason":"{reason}"}}],"usageMetadata":{{}}}}"#)
    }

    #[test]
    fn text_without_thoughts_and_other_candidates() {
        let thought = r#"{"candidates":[{"content":{"parts":[{"text":"hm","thought":true},{"text":"b","thoughtSignature":"x"}]}}]}"#;
        let other = r#"{"candidates":[{"index":1,"content":{"parts":[{"text":"x"}]},"finishReason":"STOP"}]}"#;
        let every =
            r#"{"candidates":[{"content":{"parts":[{"text":"y"}]},"finishReason":"STOP"}]}"#;
        let usage = r#"{"usageMetadata":{"totalTokenCount":1},"modelVersion":"m"}"#;
        assert_said(
            "gemini",
            &[
                (&[A, thought, other, LAST, usage], "## Abz[done]"),
                (&[A], "## A"),
                (&[A, &finish("FINISH_REASON_UNSPECIFIED")], "## A"),
                (&[LAST, LAST], "zz"),
                (&[every], "y"),
                (&[every, every, LAST], "yyz[done]"),
                (
                    &[A, r#"{"news":1}"#, "{", "[DONE]", LAST],
                    "## A[unknown][skipped]z[done]",
                ),
            ],
        );
    }

    #[test]
    fn a_function_call_is_no_end() {
        let call = r#"{"candidates":[{"content":{"parts":[{"functionCall":{"name":"f"}}]}}]}"#;
        let stop = &finish("STOP");
        assert_said(
            "gemini",
            &[(&[A, call, stop], "## A"), (&[call, stop, LAST], "z[done]")],
        );
    }

    #[test]
    fn errors_and_blocks() {
        let blocked = r#"{"promptFeedback": {"blockReason": "SAFETY","safetyRatings": []}}"#;
        let cancelled =
            r#"{"error": {"code": 499, "message": "Cancelled.", "status": "CANCELLED"}}"#;
        let key = r#"{"error":{"code":400,"message":"Key.","status":"INVALID_ARGUMENT"}}"#;
        assert_said(
            "gemini",
            &[
                (
                    &[blocked],
                    "[error, final: The provider blocked the request (SAFETY). \
                     Change it and try again.]",
                ),
                (&[A, cancelled], "## A[error, again: Cancelled.]"),
                (&[LAST, cancelled], "z[error, again: Cancelled.]"),
                (&[key], "[error, final: Key.]"),
                (&[A, &finish("MAX_TOKENS")], &["## A", TOO_LONG].concat()),
                (&[A, &finish("SAFETY")], &["## A", REFUSED].concat()),
                (&[A, &finish("RECITATION")], &["## A", REFUSED].concat()),
                (
                    &[A, &finish("MALFORMED_FUNCTION_CALL")],
                    "## A[error, again: The provider ended the answer early \
                     (MALFORMED_FUNCTION_CALL). Try again.]",
                ),
            ],
        );
    }
}
