//! AG-UI's events. Never reads state, tools, reasoning or the messages it repeats.
//!
//! Source: AG-UI documentation, "Events".

use super::said::{Channel, Said};
use super::{Dialect, Record, text_at};
use crate::read::event::{Event, ID_BYTES_MAX, Reason, Start};
use crate::read::json::Json;

pub(super) const DIALECT: Dialect = Dialect {
    name: "ag-ui",
    is,
    read,
};

/// How the types begin that carry nothing for an outline.
const SILENT: [&str; 6] = [
    "TEXT_MESSAGE_",
    "STATE_",
    "MESSAGES_",
    "ACTIVITY_",
    "RAW",
    "CUSTOM",
];

/// Types that no other dialect has.
const TELLING: [&str; 9] = [
    "RUN_STARTED",
    "RUN_FINISHED",
    "RUN_ERROR",
    "TEXT_MESSAGE_START",
    "TEXT_MESSAGE_CONTENT",
    "TEXT_MESSAGE_CHUNK",
    "STATE_SNAPSHOT",
    "STATE_DELTA",
    "MESSAGES_SNAPSHOT",
];

fn is(record: &Record<'_>) -> bool {
    TELLING.contains(&&*record.str("type"))
}

fn read(record: &Record<'_>, said: &mut Said<'_>) -> Result<(), Reason> {
    let json = record.object()?;
    let message = Channel::message_named(&record.str("messageId"));
    let text = || text_at(json, &["delta"]).unwrap_or_default();
    match &*record.str("type") {
        "TEXT_MESSAGE_CONTENT" => said.delta(message, text()),
        // Chunks come one message after the other, and only the first of each needs its name.
        "TEXT_MESSAGE_CHUNK" => {
            if record.get("messageId").is_some() {
                said.begin_text(message);
            }
            said.delta_of_text(text());
        }
        "TEXT_MESSAGE_END" => said.end_channel(message),
        "RUN_STARTED" => {
            let run = json.get("runId").and_then(Json::str);
            said.event(Event::Start(Start {
                run: run.filter(|run| run.len() <= ID_BYTES_MAX).map(Into::into),
                ..Start::default()
            }));
        }
        "RUN_FINISHED" => {
            let outcome = json.get("outcome");
            let outcome = outcome.and_then(|outcome| outcome.get("type").or(Some(outcome)));
            if outcome.is_some_and(|outcome| outcome.is("interrupt")) {
                said.waits();
            }
            said.done();
        }
        "RUN_ERROR" => said.failed(json),
        "STEP_STARTED" | "STEP_FINISHED" => said.divide(),
        kind if kind.starts_with("TOOL_CALL_") => said.called(),
        kind if ["REASONING_", "THINKING_"]
            .iter()
            .any(|it| kind.starts_with(it)) =>
        {
            said.thought()
        }
        silent if SILENT.iter().any(|kind| silent.starts_with(kind)) => {}
        _ => said.unknown(),
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::tests::assert_said;

    const RUN: &str = r#"{"type":"RUN_STARTED","threadId":"t","runId":"r"}"#;
    const START: &str = r#"{"type":"TEXT_MESSAGE_START","messageId":"a","role":"assistant"}"#;
    const A: &str = r###"{"type":"TEXT_MESSAGE_CONTENT","messageId":"a","delta":"## A"}"###;
    const B: &str = r#"{"type":"TEXT_MESSAGE_CONTENT","messageId":"b","delta":"b"}"#;
    const A_END: &str = r#"{"type":"TEXT_MESSAGE_END","messageId":"a"}"#;
    const FINISHED: &str = r#"{"type":"RUN_FINISHED","threadId":"t","runId":"r"}"#;

    #[test]
    fn text_and_ends() {
        let state = r#"{"type":"STATE_DELTA","delta":[{"op":"add"}]}"#;
        let messages = r#"{"type":"MESSAGES_SNAPSHOT","messages":[{"content":"x"}]}"#;
        let first = r#"{"type":"TEXT_MESSAGE_CHUNK","messageId":"c","delta":"c"}"#;
        let next = r#"{"type":"TEXT_MESSAGE_CHUNK","delta":"d"}"#;
        let other = r#"{"type":"TEXT_MESSAGE_CHUNK","messageId":"e","delta":"e"}"#;
        assert_said(
            "ag-ui",
            &[
                (
                    &[RUN, START, A, state, A_END, messages, FINISHED],
                    "[start r]## A[done]",
                ),
                (&[START, A, B, A, A_END, B, FINISHED], "## A## A\nbb[done]"),
                (&[RUN, first, next, other, FINISHED], "[start r]cd\ne[done]"),
                (&[START, A], "## A"),
                (
                    &[
                        START,
                        r#"{"type":"UNKNOWN_EVENT_TYPE"}"#,
                        "not json",
                        "",
                        r#"{"a":"#,
                    ],
                    "[unknown][skipped][skipped]",
                ),
            ],
        );
    }

    #[test]
    fn errors_and_interrupts() {
        let error = r#"{"type":"RUN_ERROR","message":"Broken.","code":"INTERNAL"}"#;
        let interrupt = r#"{"type":"RUN_FINISHED","outcome":{"type":"interrupt","interrupts":[]}}"#;
        assert_said(
            "ag-ui",
            &[
                (&[START, A, error, FINISHED], "## A[error, again: Broken.]"),
                (&[START, A, interrupt], "## A"),
            ],
        );
    }
}
