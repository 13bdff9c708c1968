//! OpenAI's responses stream. Never takes text from anything but its delta events: each text is
//! repeated four times in events that close it.
//!
//! Source: OpenAI API reference, "Streaming events" of the Responses API.

use super::said::{Channel, Said, Source};
use super::stop::Stop;
use super::{Dialect, Record, index, present, say_content, text_at};
use crate::read::event::{Event, Reason};
use crate::read::json::Json;

pub(super) const DIALECT: Dialect = Dialect {
    name: "openai-responses",
    is: |record| {
        record.str("type").starts_with("response.")
            || record.get("object").is_some_and(|it| it.is("response"))
    },
    read,
};

fn read(record: &Record<'_>, said: &mut Said<'_>) -> Result<(), Reason> {
    let json = record.object()?;
    match &*record.str("type") {
        "response.created" => said.begin(),
        "response.output_text.delta" => {
            said.delta(channel(json), text_at(json, &["delta"]).unwrap_or_default());
        }
        "response.output_text.done" => {
            let text = text_at(json, &["text"]).unwrap_or_default();
            said.say(Source::TextEnd, channel(json), text);
            said.end_channel(channel(json));
        }
        "response.content_part.done" => {
            if json
                .at(&["part", "type"])
                .is_some_and(|kind| kind.is("output_text"))
            {
                let text = text_at(json, &["part", "text"]).unwrap_or_default();
                said.say(Source::PartEnd, channel(json), text);
                said.end_channel(channel(json));
            }
        }
        "response.output_item.done" => {
            if let Some(item) = json.get("item") {
                read_item(Source::ItemEnd, index(json, "output_index"), item, said);
            }
        }
        "response.refusal.done" => said.refused(&record.str("refusal")),
        "response.completed" => {
            if let Some(response) = json.get("response") {
                read_output(response, said);
            }
            said.done();
        }
        // A whole answer that is no stream.
        "" if json.get("object").is_some_and(|it| it.is("response")) => {
            read_output(json, said);
            match &*record.str("status") {
                "completed" => said.done(),
                "incomplete" => incomplete(json, said),
                "failed" => said.failed(json.get("error").unwrap_or(json)),
                status => said.stopped(status),
            }
        }
        "response.incomplete" => incomplete(json.get("response").unwrap_or(json), said),
        "response.failed" => said.failed(json.at(&["response", "error"]).unwrap_or(json)),
        "response.cancelled" => said.error("The response was cancelled. Start it again.", true),
        "error" => said.failed(present(json, "error").unwrap_or(json)),
        "keepalive" => said.event(Event::Ping),
        kind if kind.starts_with("response.reasoning") => said.thought(),
        silent if silent.starts_with("response.") => {}
        _ => said.unknown(),
    }
    Ok(())
}

/// Where a text stands: items and their parts are numbered. (Item names are no use: some gateways
/// give an item a new one with every event.)
fn channel(json: Json<'_>) -> Channel {
    Channel::item(index(json, "output_index"), index(json, "content_index"))
}

/// Says the text of a whole answer, if nothing before it had text.
fn read_output(response: Json<'_>, said: &mut Said<'_>) {
    let items = response.get("output").into_iter().flat_map(Json::items);
    for (at, item) in (0..).zip(items) {
        read_item(Source::Answer, at, item, said);
    }
}

fn read_item(source: Source, at: u64, item: Json<'_>, said: &mut Said<'_>) {
    let kind = item.get("type").and_then(Json::str).unwrap_or_default();
    match &*kind {
        "function_call" | "custom_tool_call" => {
            said.called();
            said.waits();
        }
        "reasoning" => said.thought(),
        kind if kind.ends_with("_call") => said.called(),
        _ => {
            let channel = Channel::item(at, 0);
            if let Some(content) = item.get("content") {
                say_content(source, channel, content, said);
            }
            said.end_channel(channel);
        }
    }
}

fn incomplete(json: Json<'_>, said: &mut Said<'_>) {
    let reason = json.at(&["incomplete_details", "reason"]);
    let reason = reason.and_then(Json::str).unwrap_or_default();
    match Stop::named(&reason) {
        Stop::Limit | Stop::Filter => said.stopped(&reason),
        _ => said.error(
            "The response ended before it was complete. Try again.",
            true,
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{REFUSED, TOO_LONG, assert_said, told};

    const CREATED: &str = r#"{"type":"response.created","response":{"id":"r"}}"#;
    const A: &str = r###"{"type":"response.output_text.delta","output_index":0,"content_index":0,"item_id":"m1","delta":"## A"}"###;
    const A_END: &str = r###"{"type":"response.output_text.done","output_index":0,"content_index":0,"text":"## A"}"###;
    const B: &str = r#"{"type":"response.output_text.delta","output_index":1,"content_index":0,"item_id":"m2","delta":"b"}"#;
    const ITEM_END: &str = r###"{"type":"response.output_item.done","output_index":0,"item":{"type":"message","content":[{"type":"output_text","text":"## A"}]}}"###;
    const COMPLETED: &str = r#"{"type":"response.completed","response":{"status":"completed","output":[{"content":[{"text":"x"}]}]}}"#;

    #[test]
    fn text_comes_from_deltas_alone_and_parts_do_not_mix() {
        assert_said(
            "openai-responses",
            &[
                (&[CREATED, A, A_END, ITEM_END, COMPLETED], "## A[done]"),
                (&[CREATED, B, A, B, A_END, COMPLETED], "bb\n## A[done]"),
                (&[A, B, A, A_END, B, COMPLETED], "## A## A\nbb[done]"),
                (&[CREATED, A], "## A"),
                (&[CREATED, A, COMPLETED, "[DONE]"], "## A[done]"),
                (&[CREATED, A, CREATED, B, COMPLETED], "## A[reset]b[done]"),
            ],
        );
    }

    #[test]
    fn a_tool_call_is_no_end() {
        let call = r#"{"type":"response.output_item.done","item":{"type":"function_call"}}"#;
        let called =
            r#"{"type":"response.completed","response":{"output":[{"type":"function_call"}]}}"#;
        let search = r#"{"type":"response.output_item.done","item":{"type":"web_search_call"}}"#;
        assert_said(
            "openai-responses",
            &[
                (
                    &[CREATED, call, called, CREATED, A, COMPLETED],
                    "## A[done]",
                ),
                (&[CREATED, call, called], ""),
                (&[CREATED, A, search, COMPLETED], "## A[done]"),
            ],
        );
    }

    #[test]
    fn errors_and_refusals() {
        let length = r#"{"type":"response.incomplete","response":{"incomplete_details":{"reason":"max_output_tokens"}}}"#;
        let filter = r#"{"type":"response.incomplete","response":{"incomplete_details":{"reason":"content_filter"}}}"#;
        let other = r#"{"type":"response.incomplete","response":{}}"#;
        let failed = r#"{"type":"response.failed","response":{"error":{"code":"server_error","message":"Broken."}}}"#;
        let flat =
            r#"{"type":"error","code":"insufficient_quota","message":"Paid?","sequence_number":2}"#;
        let nested = r#"{"type":"error","error":{"type":"insufficient_quota","message":"Paid?"}}"#;
        let refusal = r#"{"type":"response.refusal.done","refusal":"I cannot."}"#;
        assert_said(
            "openai-responses",
            &[
                (&[A, length], &["## A", TOO_LONG].concat()),
                (&[A, filter], &["## A", REFUSED].concat()),
                (&[A, failed], "## A[error, again: Broken.]"),
                (&[A, flat, COMPLETED], "## A[error, final: Paid?]"),
                (&[A, nested], "## A[error, final: Paid?]"),
                (&[A, refusal, COMPLETED], "## A[error, final: I cannot.]"),
                (
                    &[A, r#"{"type":"response.cancelled"}"#],
                    "## A[error, again: The response was cancelled. Start it again.]",
                ),
                (
                    &[A, r#"{"type":"keepalive"}"#, r#"{"type":"news"}"#, "{"],
                    "## A[ping][unknown][skipped]",
                ),
            ],
        );
        assert!(
            told(&[A, other])
                .1
                .contains("[error, again: The response ended before")
        );
    }
}
