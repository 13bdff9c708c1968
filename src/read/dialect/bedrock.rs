//! Amazon Bedrock: the events of Converse, and those of Invoke with a model of Anthropic's, whose own
//! events lie inside in Base64. Never reads reasoning or tool input.
//!
//! Source: Amazon Bedrock API reference, "ConverseStream", "InvokeModelWithResponseStream".

use super::said::{Channel, Said, Source};
use super::{Dialect, Record, anthropic, failure, index, say_content, text_at};
use crate::read::event::Reason;
use crate::read::json::Json;

pub(super) const DIALECT: Dialect = Dialect {
    name: "bedrock",
    is,
    read,
};

/// The events of Converse; also the only key of a record where they come as lines.
const EVENTS: [&str; 6] = [
    "messageStart",
    "contentBlockStart",
    "contentBlockDelta",
    "contentBlockStop",
    "messageStop",
    "metadata",
];

fn is(record: &Record<'_>) -> bool {
    let is_object = |key: &&str| record.get(key).is_some_and(Json::is_object);
    (record.event != "metadata" && EVENTS.contains(&record.event))
        || (record.event == "chunk" && record.get("bytes").is_some())
        || record.event.ends_with("Exception")
        || EVENTS[..5].iter().any(is_object)
        // A whole answer.
        || (record.get("stopReason").is_some() && record.get("output").is_some())
}

fn read(record: &Record<'_>, said: &mut Said<'_>) -> Result<(), Reason> {
    if record.event.ends_with("Exception") {
        let failed = match record.json {
            Ok(json) => failure::of_json(json, json),
            Err(_) => failure::of_words(record.data, true),
        };
        said.exception(failed, record.event);
        return Ok(());
    }
    let json = record.object()?;
    if record.event == "chunk" || json.get("bytes").is_some() {
        return read_chunk(json, said);
    }
    if EVENTS.contains(&record.event) {
        read_event(record.event, json, said);
        return Ok(());
    }
    let wrapped = EVENTS.iter().find_map(|key| Some((*key, json.get(key)?)));
    if let Some((event, inner)) = wrapped.filter(|(_, inner)| inner.is_object()) {
        read_event(event, inner, said);
    } else if let Some(content) = json.at(&["output", "message", "content"]) {
        for part in content.items() {
            read_part(part, said);
        }
        said.stopped(&record.str("stopReason"));
        said.done();
    } else if json.get("type").is_some() {
        anthropic::read_object(json, said);
    } else {
        said.unknown();
    }
    Ok(())
}

fn read_event(event: &str, json: Json<'_>, said: &mut Said<'_>) {
    let channel = Channel::part(index(json, "contentBlockIndex"));
    match event {
        "messageStart" => said.begin(),
        "contentBlockStart" if json.at(&["start", "toolUse"]).is_some() => said.called(),
        "contentBlockDelta" => {
            if json.at(&["delta", "reasoningContent"]).is_some() {
                said.thought();
            }
            let text = text_at(json, &["delta", "text"]);
            said.delta(channel, text.unwrap_or_default());
        }
        "contentBlockStop" => said.end_channel(channel),
        "messageStop" => {
            said.stopped(
                &json
                    .get("stopReason")
                    .and_then(Json::str)
                    .unwrap_or_default(),
            );
            said.done();
        }
        _ => {}
    }
}

fn read_part(part: Json<'_>, said: &mut Said<'_>) {
    if let Some(text) = part.get("text") {
        say_content(Source::Answer, Channel::default(), text, said);
    } else if part.get("reasoningContent").is_some() {
        said.thought();
    } else if part.get("toolUse").is_some() {
        said.called();
    }
}

/// An event of the model's own, in Base64.
fn read_chunk(json: Json<'_>, said: &mut Said<'_>) -> Result<(), Reason> {
    let bytes = json.get("bytes").and_then(Json::str);
    let bytes = bytes.ok_or(Reason::NeedsString("bytes"))?;
    let inner = String::from_utf8_lossy(&from_base64(&bytes)).into_owned();
    let inner = Json::parse(&inner).map_err(Reason::NotJson)?;
    anthropic::read_object(inner, said);
    Ok(())
}

/// The bytes that Base64 stands for, up to its padding or to what is none.
fn from_base64(text: &str) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(text.len() / 4 * 3);
    let (mut bits, mut count) = (0_u32, 0);
    for byte in text.bytes() {
        let value = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' | b'-' => 62,
            b'/' | b'_' => 63,
            _ => break,
        };
        bits = bits << 6 | u32::from(value);
        count += 6;
        if count >= 8 {
            count -= 8;
            bytes.push((bits >> count) as u8);
            bits &= (1 << count) - 1;
        }
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::super::tests::{TOO_LONG, assert_said};
    use super::from_base64;

    #[test]
    fn base64() {
        assert_eq!(from_base64("aGVsbG8="), b"hello");
        assert_eq!(from_base64("aGVsbG8h"), b"hello!");
        assert_eq!(from_base64("/+8"), [0xff, 0xef]);
        assert_eq!(from_base64("*"), b"");
    }

    #[test]
    fn converse_as_lines() {
        let start = r#"{"messageStart":{"role":"assistant"}}"#;
        let a = r###"{"contentBlockDelta":{"contentBlockIndex":0,"delta":{"text":"## A"}}}"###;
        let hm = r#"{"contentBlockDelta":{"contentBlockIndex":0,"delta":{"reasoningContent":{"text":"hm"}}}}"#;
        let end = r#"{"contentBlockStop":{"contentBlockIndex":0}}"#;
        let tool = r#"{"contentBlockStart":{"contentBlockIndex":1,"start":{"toolUse":{}}}}"#;
        let b = r#"{"contentBlockDelta":{"contentBlockIndex":2,"delta":{"text":"b"}}}"#;
        let stop = r#"{"messageStop":{"stopReason":"end_turn"}}"#;
        let limit = r#"{"messageStop":{"stopReason":"max_tokens"}}"#;
        let usage = r#"{"metadata":{"usage":{"totalTokens":9}}}"#;
        assert_said(
            "bedrock",
            &[
                (&[start, hm, a, end, stop, usage], "## A[done]"),
                (&[start, a, end, tool, b, stop], "## A\nb[done]"),
                (&[start, a, limit], &["## A", TOO_LONG].concat()),
                (
                    &[start, hm, stop],
                    "[empty: The answer has no text, only thoughts.]",
                ),
            ],
        );
    }

    #[test]
    fn whole_answers() {
        let converse = r###"{"output":{"message":{"role":"assistant","content":[{"reasoningContent":{}},{"text":"## A"}]}},"stopReason":"end_turn"}"###;
        assert_said("bedrock", &[(&[converse], "## A[done]")]);
    }
}
