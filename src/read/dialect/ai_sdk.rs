//! Vercel's AI SDK: the UI message stream, and the older lines of a code, a colon and JSON. Never
//! reads reasoning, tools, sources or data parts.
//!
//! Source: AI SDK documentation, "Stream protocols". A `finish` is no end by itself, as a merged
//! stream carries one for each of its parts.

use super::said::{Channel, Said};
use super::{Dialect, Record, text_at};
use crate::read::event::Reason;
use crate::read::json::{Error, Json};

pub(super) const DIALECT: Dialect = Dialect {
    name: "ai-sdk",
    is,
    read,
};

/// Types that no other dialect has.
const TELLING: [&str; 9] = [
    "start-step",
    "finish-step",
    "reset-step",
    "text-start",
    "text-delta",
    "text-end",
    "reasoning-start",
    "reasoning-delta",
    "tool-input-start",
];

fn is(record: &Record<'_>) -> bool {
    let has_text = |key| record.get(key).and_then(Json::str).is_some();
    match &*record.str("type") {
        "" => coded(record.data).is_some_and(|(_, json)| Json::parse(json).is_ok()),
        "start" => has_text("messageId") || record.get("messageMetadata").is_some(),
        "error" => has_text("errorText"),
        kind => TELLING.contains(&kind),
    }
}

fn read(record: &Record<'_>, said: &mut Said<'_>) -> Result<(), Reason> {
    said.keep();
    if record.is_sentinel() {
        said.done();
        return Ok(());
    }
    if let Some((code, json)) = coded(record.data) {
        let moved = |error: Error| Error {
            at: error.at + CODE_BYTES,
            ..error
        };
        let json = Json::parse(json).map_err(|error| Reason::NotJson(moved(error)))?;
        read_coded(code, json, said);
        return Ok(());
    }
    let json = record.object()?;
    let channel = Channel::part_named(&record.str("id"));
    match &*record.str("type") {
        "text-delta" => {
            let text = ["delta", "text", "textDelta"]
                .iter()
                .find_map(|key| text_at(json, &[key]));
            said.delta(channel, text.unwrap_or_default());
        }
        "text-end" => said.end_channel(channel),
        "start-step" => said.begin_step(),
        "reset-step" => said.drop_step(),
        "finish" => finish(json, said),
        "abort" => said.error("The run was stopped before the outline was complete.", true),
        "error" => said.error(&record.str("errorText"), true),
        "start" | "text-start" | "file" | "message-metadata" => {}
        "finish-step" => said.divide(),
        kind if kind.starts_with("tool-") => said.called(),
        kind if kind.starts_with("reasoning") => said.thought(),
        silent
            if ["source-", "data-"]
                .iter()
                .any(|kind| silent.starts_with(kind)) => {}
        _ => said.unknown(),
    }
    Ok(())
}

/// Bytes of a code and its colon.
const CODE_BYTES: usize = 2;

/// One of the older lines: its code, and its JSON.
fn coded(line: &str) -> Option<(u8, &str)> {
    let line = line.trim_ascii();
    let code = line.bytes().next().filter(u8::is_ascii_alphanumeric)?;
    let json = line.get(CODE_BYTES..)?;
    line[1..].starts_with(':').then_some((code, json))
}

fn read_coded(code: u8, json: Json<'_>, said: &mut Said<'_>) {
    match code {
        b'0' => said.delta(Channel::default(), json.text().unwrap_or_default()),
        b'3' => said.error(&json.str().unwrap_or_default(), true),
        b'd' => finish(json, said),
        b'9' | b'a'..=b'c' => said.called(),
        b'e' | b'f' => said.divide(),
        b'g' => said.thought(),
        b'1'..=b'8' | b'h'..=b'k' => {}
        _ => said.unknown(),
    }
}

fn finish(json: Json<'_>, said: &mut Said<'_>) {
    let reason = json.get("finishReason").and_then(Json::str);
    match reason {
        Some(reason) => said.stopped(&reason),
        None => said.complete(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{REFUSED, TOO_LONG, assert_said, told};

    const START: &str = r#"{"type":"start","messageId":"m"}"#;
    const STEP: &str = r#"{"type":"start-step"}"#;
    const A: &str = r###"{"type":"text-delta","id":"0","delta":"## A"}"###;
    const B: &str = r#"{"type":"text-delta","id":"1","delta":"b"}"#;
    const A_END: &str = r#"{"type":"text-end","id":"0"}"#;
    const RESET: &str = r#"{"type":"reset-step"}"#;
    const FINISH: &str = r#"{"type":"finish","finishReason":"stop"}"#;

    fn finish(reason: &str) -> [String; 2] {
        [
            format!(r#"{{"type":"finish","finishReason":"{reason}"}}"#),
            format!(r#"d:{{"finishReason":"{reason}","usage":{{}}}}"#),
        ]
    }

    #[test]
    fn text_and_ends() {
        let tool = r#"{"type":"tool-input-start","toolCallId":"t"}"#;
        let data = r#"{"type":"data-plan","data":{"text":"x"}}"#;
        let reasoning = r#"{"type":"reasoning-delta","id":"r","delta":"hm"}"#;
        assert_said(
            "ai-sdk",
            &[
                (
                    &[START, STEP, reasoning, data, A, A_END, FINISH, "[DONE]"],
                    "## A[done]",
                ),
                (&[STEP, A, FINISH], "## A[done]"),
                (&[STEP, A, r#"{"type":"finish"}"#], "## A[done]"),
                (&[STEP, A, "[DONE]"], "## A[done]"),
                (&[STEP, A], "## A"),
                (&[A, B, A, A_END, B, FINISH, "[DONE]"], "## A## Abb[done]"),
                (
                    &[A, A_END, FINISH, START, B, FINISH, "[DONE]"],
                    "## Ab[done]",
                ),
                (
                    &[STEP, tool, r#"{"type":"news"}"#, "{", A],
                    "[unknown][skipped]## A",
                ),
                (&[r#"{"type":"text-delta","id":"0","text":"t"}"#], "t"),
            ],
        );
    }

    #[test]
    fn a_step_that_is_begun_again() {
        assert_said(
            "ai-sdk",
            &[
                (&[STEP, A, RESET, A, FINISH], "## A[reset]## A[done]"),
                (
                    &[STEP, A, A_END, STEP, B, RESET, B, FINISH],
                    "## A\nb[snapshot ## A]\nb[done]",
                ),
                (&[STEP, RESET, A], "## A"),
            ],
        );
    }

    #[test]
    fn errors_and_reasons() {
        let error = r#"{"type":"error","errorText":"Broken."}"#;
        assert_said(
            "ai-sdk",
            &[
                (&[error, "[DONE]"], "[error, again: Broken.]"),
                (&[A, error, "[DONE]"], "## A[error, again: Broken.]"),
                (
                    &[A, r#"{"type":"abort"}"#, "[DONE]"],
                    "## A[error, again: The run was stopped before the outline was complete.]",
                ),
                (&["0:\"a\"", "3:\"Broken.\""], "a[error, again: Broken.]"),
            ],
        );
        for (reason, expected) in [
            ("length", TOO_LONG),
            ("content-filter", REFUSED),
            ("tool-calls", ""),
            ("unknown", ""),
        ] {
            let [ui, line] = &finish(reason);
            assert_said(
                "ai-sdk",
                &[
                    (&[A, ui], &["## A", expected].concat()),
                    (&["0:\"a\"", line], &["a", expected].concat()),
                ],
            );
        }
        assert!(
            told(&[A, &finish("error")[0], "[DONE]"])
                .1
                .contains("[error, again: ")
        );
    }

    #[test]
    fn the_older_lines() {
        assert_said(
            "ai-sdk",
            &[
                (
                    &[
                        r#"f:{"messageId":"m"}"#,
                        r#"0:"a\n""#,
                        r#"g:"hm""#,
                        r#"2:[{"text":"x"}]"#,
                        r#"0:"b""#,
                        r#"e:{"finishReason":"stop","isContinued":false}"#,
                        r#"d:{"finishReason":"stop"}"#,
                    ],
                    "a\nb[done]",
                ),
                (
                    &[r#"0:"a""#, r#"0:"b"#, "z:1", "0:7", r#"0:"c""#],
                    "a[skipped][unknown]c",
                ),
            ],
        );
    }
}
