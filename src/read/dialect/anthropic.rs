//! Anthropic's messages stream. Never takes thinking or tool input for text.
//!
//! Source: Anthropic API documentation, "Streaming messages", "Handling stop reasons".

use super::said::{Channel, Said, Source};
use super::{Dialect, Record, index, say_content, text_at};
use crate::read::event::{Event, Reason};
use crate::read::json::Json;

pub(super) const DIALECT: Dialect = Dialect {
    name: "anthropic",
    is,
    read,
};

fn is(record: &Record<'_>) -> bool {
    match &*record.str("type") {
        "message_start" | "message_delta" | "message_stop" => true,
        "error" => record.get("error").is_some_and(Json::is_object),
        "message" => record.get("role").is_some() && record.get("content").is_some(),
        kind => kind.starts_with("content_block_"),
    }
}

fn read(record: &Record<'_>, said: &mut Said<'_>) -> Result<(), Reason> {
    read_object(record.object()?, said);
    Ok(())
}

/// Reads one event, or a whole message that is no stream.
pub(super) fn read_object(json: Json<'_>, said: &mut Said<'_>) {
    let channel = Channel::part(index(json, "index"));
    match &*json.get("type").and_then(Json::str).unwrap_or_default() {
        "message_start" => said.begin(),
        "content_block_start" => {
            let kind = json.at(&["content_block", "type"]).and_then(Json::str);
            match &*kind.unwrap_or_default() {
                "text" | "" => said.delta(
                    channel,
                    text_at(json, &["content_block", "text"]).unwrap_or_default(),
                ),
                "thinking" | "redacted_thinking" => said.thought(),
                _ => said.called(),
            }
        }
        "content_block_delta" => {
            let kind = json.at(&["delta", "type"]).and_then(Json::str);
            match &*kind.unwrap_or_default() {
                "text_delta" => said.delta(
                    channel,
                    text_at(json, &["delta", "text"]).unwrap_or_default(),
                ),
                "thinking_delta" => said.thought(),
                _ => {}
            }
        }
        "content_block_stop" => said.end_channel(channel),
        "message_delta" => {
            if let Some(reason) = json.at(&["delta", "stop_reason"]).and_then(Json::str) {
                said.stopped(&reason);
            }
        }
        "message_stop" => said.done(),
        "message" => {
            if let Some(content) = json.get("content") {
                say_content(Source::Answer, Channel::default(), content, said);
            }
            if let Some(reason) = json.get("stop_reason").and_then(Json::str) {
                said.stopped(&reason);
                said.done();
            }
        }
        "error" => said.failed(json.get("error").unwrap_or(json)),
        "ping" => said.event(Event::Ping),
        _ => said.unknown(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{REFUSED, TOO_LONG, assert_said};

    const START: &str = r#"{"type":"message_start","message":{"content":[]}}"#;
    const BLOCK: &str =
        r#"{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}"#;
    const A: &str = r###"{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"## A"}   }"###;
    const B: &str =
        r#"{"type":"content_block_delta","index":1,"delta":{"type":"text_delta","text":"b"}}"#;
    const A_END: &str = r#"{"type":"content_block_stop","index":0 }"#;
    const STOP: &str = r#"{"type":"message_stop"}"#;

    fn reason(reason: &str) -> String {
        format!(r#"{{"type":"message_delta","delta":{{"stop_reason":"{reason}"}}}}"#)
    }

    #[test]
    fn only_text_deltas_are_text() {
        let thinking = r#"{"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta","thinking":"hm"}}"#;
        let input = r#"{"type":"content_block_delta","index":0,"delta":{"type":"input_json_delta","partial_json":"{}"}}"#;
        let end_turn = &reason("end_turn");
        assert_said(
            "anthropic",
            &[
                (
                    &[START, BLOCK, thinking, A, input, A_END, end_turn, STOP],
                    "## A[done]",
                ),
                (
                    &[START, A, B, A, A_END, B, end_turn, STOP],
                    "## A## Abb[done]",
                ),
                (&[START, A, end_turn], "## A[done]"),
                (&[START, A, STOP], "## A[done]"),
                (&[START, A], "## A"),
                (
                    &[START, r#"{"type":"ping"}"#, r#"{"type":"news"}"#, "{", STOP],
                    "[ping][unknown][skipped][empty: The answer has no text, only records that carry none.]",
                ),
            ],
        );
    }

    #[test]
    fn reasons_to_stop() {
        for (why, expected) in [
            ("stop_sequence", "## A[done]"),
            ("max_tokens", &["## A", TOO_LONG].concat()),
            (
                "model_context_window_exceeded",
                &["## A", TOO_LONG].concat(),
            ),
            ("refusal", &["## A", REFUSED].concat()),
            ("tool_use", "## A"),
            ("pause_turn", "## A"),
        ] {
            assert_said("anthropic", &[(&[START, A, &reason(why), STOP], expected)]);
        }
    }

    #[test]
    fn errors() {
        let busy = r#"{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}"#;
        let key = r#"{"type":"error","error":{"type":"authentication_error","message":"Key."}}"#;
        assert_said(
            "anthropic",
            &[
                (&[START, A, busy, STOP], "## A[error, again: Overloaded]"),
                (&[key], "[error, final: Key.]"),
            ],
        );
    }

    #[test]
    fn a_second_message_replaces_one_that_was_cut_and_follows_one_that_called_a_tool() {
        let (tool_use, end_turn) = (&reason("tool_use"), &reason("end_turn"));
        assert_said(
            "anthropic",
            &[
                (&[START, A, START, B, end_turn, STOP], "## A[reset]b[done]"),
                (
                    &[START, A, A_END, tool_use, STOP, START, B, end_turn, STOP],
                    "## A\nb[done]",
                ),
            ],
        );
    }
}
