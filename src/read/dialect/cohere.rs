//! Cohere's chat stream, of API version 2 (`type`) and 1 (`event_type`). Never takes the text that
//! version 1 repeats at its end.
//!
//! Source: Cohere API reference, "Chat with streaming", both versions.

use super::said::{Channel, Said, Source};
use super::{Dialect, Record, index, present, say_content, text_at};
use crate::read::event::Reason;
use crate::read::json::Json;

pub(super) const DIALECT: Dialect = Dialect {
    name: "cohere",
    is,
    read,
};

/// Types that carry nothing for an outline.
const SILENT: [&str; 8] = [
    "content-start",
    "citation-start",
    "citation-end",
    "debug",
    "stream-start",
    "search-queries-generation",
    "search-results",
    "citation-generation",
];

fn is(record: &Record<'_>) -> bool {
    let is_kind = |key, kinds: [&str; 3]| kinds.contains(&&*record.str(key));
    is_kind("type", ["message-start", "content-start", "content-delta"])
        || is_kind(
            "event_type",
            ["stream-start", "text-generation", "stream-end"],
        )
        // A whole answer.
        || (record.get("finish_reason").is_some()
            && record.get("type").is_none()
            && record.get("message").or(record.get("generation_id")).is_some())
}

fn read(record: &Record<'_>, said: &mut Said<'_>) -> Result<(), Reason> {
    let json = record.object()?;
    let channel = Channel::part(index(json, "index"));
    let kind = record.get("type").or(record.get("event_type"));
    match &*kind.and_then(Json::str).unwrap_or_default() {
        "message-start" => said.begin(),
        "content-delta" => {
            let text = text_at(json, &["delta", "message", "content", "text"]);
            if json
                .at(&["delta", "message", "content", "thinking"])
                .is_some()
            {
                said.thought();
            }
            said.delta(channel, text.unwrap_or_default());
        }
        kind if kind.starts_with("tool-") => said.called(),
        "content-end" => said.end_channel(channel),
        "message-end" => end(json.get("delta").unwrap_or(json), said),
        "text-generation" => said.delta(channel, text_at(json, &["text"]).unwrap_or_default()),
        "stream-end" => {
            let whole = text_at(json, &["response", "text"]);
            said.say(
                Source::Answer,
                Channel::default(),
                whole.unwrap_or_default(),
            );
            end(json, said);
        }
        "" if json.get("finish_reason").is_some() => {
            let whole = json.at(&["message", "content"]).or(json.get("text"));
            if let Some(whole) = whole {
                say_content(Source::Answer, Channel::default(), whole, said);
            }
            end(json, said);
        }
        silent if SILENT.contains(&silent) => {}
        _ => said.unknown(),
    }
    Ok(())
}

fn end(json: Json<'_>, said: &mut Said<'_>) {
    let reason = json
        .get("finish_reason")
        .and_then(Json::str)
        .unwrap_or_default();
    if let Some(error) = present(json, "error") {
        said.failed(error);
    } else {
        said.stopped(&reason);
    }
    said.done();
}

#[cfg(test)]
mod tests {
    use super::super::tests::{REFUSED, TOO_LONG, assert_said, told};

    const START: &str = r#"{"id":"i","type":"message-start","delta":{"message":{"content":[]}}}"#;
    const A: &str =
        r###"{"type":"content-delta","index":0,"delta":{"message":{"content":{"text":"## A"}}}}"###;
    const B: &str =
        r#"{"type":"content-delta","index":1,"delta":{"message":{"content":{"text":"b"}}}}"#;
    const A_END: &str = r#"{"type":"content-end","index":0}"#;
    const V1: &str = r#"{"is_finished":false,"event_type":"text-generation","text":"v"}"#;

    fn end(reason: &str) -> String {
        format!(r#"{{"type":"message-end","delta":{{"finish_reason":"{reason}"}}}}"#)
    }

    fn v1_end(reason: &str) -> String {
        format!(
            r#"{{"event_type":"stream-end","finish_reason":"{reason}","response":{{"text":"vv"}}}}"#
        )
    }

    #[test]
    fn text_and_ends() {
        let thinking = r#"{"type":"content-delta","index":0,"delta":{"message":{"content":{"thinking":"hm"}}}}"#;
        let complete = &end("COMPLETE");
        assert_said(
            "cohere",
            &[
                (
                    &[START, thinking, A, A_END, complete, "[DONE]"],
                    "## A[done]",
                ),
                (&[A, B, A, A_END, complete], "## A## Ab[done]"),
                (&[A, A_END], "## A"),
                (
                    &[START, r#"{"type":"news"}"#, "{", A],
                    "[unknown][skipped]## A",
                ),
                (&[V1, V1, &v1_end("COMPLETE")], "vv[done]"),
            ],
        );
    }

    #[test]
    fn reasons_to_stop() {
        for (reason, expected) in [
            ("STOP_SEQUENCE", "[done]"),
            ("MAX_TOKENS", TOO_LONG),
            ("ERROR_LIMIT", TOO_LONG),
            ("ERROR_TOXIC", REFUSED),
            ("TOOL_CALL", ""),
        ] {
            assert_said(
                "cohere",
                &[
                    (&[A, &end(reason)], &["## A", expected].concat()),
                    (&[V1, &v1_end(reason)], &["v", expected].concat()),
                ],
            );
        }
        for reason in ["ERROR", "TIMEOUT", "USER_CANCEL"] {
            assert!(
                told(&[A, &end(reason)])
                    .1
                    .starts_with("## A[error, again: "),
                "{reason}"
            );
        }
        let error = r#"{"type":"message-end","delta":{"finish_reason":"ERROR","error":"Broken."}}"#;
        assert_said("cohere", &[(&[A, error], "## A[error, again: Broken.]")]);
    }
}
