//! LangServe's event stream of a chain that yields text or message chunks. Never reads a chain that
//! yields objects: those are the host's own.
//!
//! Source: LangServe 0.3 documentation, `/stream`.

use super::said::{Channel, Said, Source};
use super::{Dialect, Record, has_some, say_content};
use crate::read::event::Reason;
use crate::read::json::Json;

pub(super) const DIALECT: Dialect = Dialect {
    name: "langserve",
    is,
    read,
};

fn is(record: &Record<'_>) -> bool {
    match record.event {
        "metadata" => record.get("run_id").is_some(),
        "data" => record.json.is_ok_and(|json| json.str().is_some()),
        _ => false,
    }
}

fn read(record: &Record<'_>, said: &mut Said<'_>) -> Result<(), Reason> {
    match record.event {
        "data" => {
            let json = record.json.map_err(Reason::NotJson)?;
            let content = json.get("content").unwrap_or(json);
            if content.is_object() {
                said.unknown();
            } else {
                let message = json.get("id").and_then(Json::str);
                let channel = message.map_or(Channel::default(), |id| Channel::message_named(&id));
                said.begin_text(channel);
                say_content(Source::Delta, channel, content, said);
                let calls = ["tool_call_chunks", "tool_calls"];
                if calls.iter().any(|key| has_some(json.get(key))) {
                    said.called();
                }
            }
        }
        "end" => said.done(),
        "error" => match record.json {
            Ok(json) => said.failed(json),
            Err(_) => said.error(record.data, true),
        },
        "metadata" => {}
        "" => {}
        _ => said.unknown(),
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::tests::assert_said;

    #[test]
    fn text_and_ends() {
        let message = r#"data|{"content":"b","type":"AIMessageChunk","response_metadata":{}}"#;
        let object = r#"data|{"modules":[{"title":"A"}]}"#;
        let error = r#"error|{"status_code": 500, "message": "Broken."}"#;
        assert_said(
            "langserve",
            &[
                (
                    &[
                        r#"metadata|{"run_id":"r"}"#,
                        r###"data|"## A""###,
                        message,
                        "end|",
                    ],
                    "## Ab[done]",
                ),
                (
                    &[r#"data|"a""#, object, "data|{", "end|"],
                    "a[unknown][skipped][done]",
                ),
                (&[r#"data|"a""#, error, "end|"], "a[error, again: Broken.]"),
                (&[r#"data|"a""#], "a"),
            ],
        );
    }
}
