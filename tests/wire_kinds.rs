//! What models and gateways send besides what their documentation says, each in a few lines. Never
//! looks into a room of the reader: bytes in, outline and end out.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, clippy::panic)]

use live_outline::reader::{End, Options, Output, Reader, Stats};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

/// A chat stream of OpenAI's kind, by the inside of its choices.
fn chat(choices: &[&str]) -> String {
    let mut body = String::new();
    for choice in choices {
        body += &format!("data: {{\"choices\":[{{\"index\":0,{choice}}}]}}\n\n");
    }
    body + "data: [DONE]\n\n"
}

/// Reads a body whole and byte by byte: its Markdown, and its end in a word or in its words.
fn read(body: &[u8]) -> (String, String) {
    let read = |size: usize| {
        let mut reader = Reader::new(&Options::default());
        body.chunks(size.max(1))
            .for_each(|chunk| reader.feed(chunk));
        reader.finish(true);
        let end = match reader.end().unwrap() {
            End::Done => "done".to_owned(),
            End::Ended => "ended".to_owned(),
            End::Empty { came } => format!("ended: {came}"),
            End::Incomplete => "incomplete".to_owned(),
            End::Failed { message, retryable } => {
                let again = if *retryable { "again" } else { "final" };
                format!("{again}: {message}")
            }
            End::NotAStream => "page".to_owned(),
        };
        (reader.outline().to_markdown(), end)
    };
    let whole = read(body.len());
    for size in [1, 2, 7] {
        assert_eq!(read(size), whole, "{size} bytes a piece");
    }
    whole
}

#[track_caller]
fn assert_read(body: &str, markdown: &str, end: &str) {
    let (seen, told) = read(body.as_bytes());
    assert_eq!((&*seen, &*told), (markdown, end), "{body}");
}

const A: &str = "## A\n- b\n";

#[test]
fn reasons_to_stop() {
    for (reason, end) in [
        ("stop", "done"),
        ("eos", "done"),
        ("a_new_word", "ended"),
        (
            "network_error",
            "again: The provider ended the answer early (network_error). Try again.",
        ),
        (
            "length",
            "again: The model reached its output limit. Raise it or ask for a shorter outline.",
        ),
        (
            "sensitive",
            "final: The model declined, or its provider's filter stopped it. \
             Change the request and try again.",
        ),
    ] {
        let last = format!("\"delta\":{{}},\"finish_reason\":\"{reason}\"");
        let body = chat(&["\"delta\":{\"content\":\"## A\\n- b\\n\"}", &last]);
        assert_read(&body, A, end);
    }
}

#[test]
fn answers_without_deltas() {
    let whole = r###"{"type":"message","role":"assistant","content":[{"type":"thinking","thinking":"hm"},{"type":"text","text":"## A\n- b\n"}],"stop_reason":"end_turn"}"###;
    assert_read(whole, A, "done");
    let whole = r###"{"object":"response","status":"completed","output":[{"type":"reasoning"},{"type":"message","content":[{"type":"output_text","text":"## A\n- b\n"}]}]}"###;
    assert_read(whole, A, "done");
    let whole = r###"{"candidates":[{"content":{"parts":[{"text":"## A\n- b\n"}]},"finishReason":"STOP"}],"usageMetadata":{}}"###;
    assert_read(whole, A, "done");
    let whole = r###"{"model":"m","message":{"role":"assistant","content":"## A\n- b\n"},"done":true,"done_reason":"stop"}"###;
    assert_read(whole, A, "done");
    let whole = r###"{"id":"i","message":{"role":"assistant","content":[{"type":"text","text":"## A\n- b\n"}]},"finish_reason":"COMPLETE"}"###;
    assert_read(whole, A, "done");
    let whole = r###"{"output":{"message":{"content":[{"text":"## A\n- b\n"}]}},"stopReason":"end_turn"}"###;
    assert_read(whole, A, "done");
    // A message instead of each delta, and a text that only its closing event has.
    let body = chat(&[
        "\"message\":{\"content\":\"## A\\n\"}",
        "\"message\":{\"content\":\"- b\\n\"}",
        "\"delta\":{},\"finish_reason\":\"stop\"",
    ]);
    assert_read(&body, A, "done");
    let body = concat!(
        "data: {\"type\":\"response.created\",\"response\":{}}\n\n",
        "data: {\"type\":\"response.output_text.done\",\"output_index\":0,\"text\":\"## A\\n- b\\n\"}\n\n",
        "data: {\"type\":\"response.output_item.done\",\"output_index\":0,\"item\":{\"type\":\"message\",\"content\":[{\"type\":\"output_text\",\"text\":\"## A\\n- b\\n\"}]}}\n\n",
        "data: {\"type\":\"response.completed\",\"response\":{\"output\":[]}}\n\n",
    );
    assert_read(body, A, "done");
}

#[test]
fn answers_without_text_say_what_came() {
    let body = chat(&[
        "\"delta\":{\"tool_calls\":[{\"index\":0}]}",
        "\"delta\":{},\"finish_reason\":\"tool_calls\"",
    ]);
    assert_read(&body, "", "ended: The answer has no text, only tool calls.");
    let body = chat(&[
        "\"delta\":{\"reasoning_content\":\"hm\"}",
        "\"delta\":{},\"finish_reason\":\"stop\"",
    ]);
    assert_read(&body, "", "ended: The answer has no text, only thoughts.");
}

#[test]
fn texts_that_a_tool_divides() {
    let body = chat(&[
        "\"delta\":{\"content\":\"I will look.\"}",
        "\"delta\":{\"tool_calls\":[{\"index\":0}]}",
        "\"delta\":{},\"finish_reason\":\"tool_calls\"",
        "\"delta\":{\"role\":\"assistant\",\"content\":\"## A\\n- b\\n\"}",
        "\"delta\":{},\"finish_reason\":\"stop\"",
    ]);
    assert_read(&body, A, "done");
    let body = concat!(
        "data: {\"type\":\"RUN_STARTED\"}\n\n",
        "data: {\"type\":\"TEXT_MESSAGE_CONTENT\",\"messageId\":\"a\",\"delta\":\"I will look.\"}\n\n",
        "data: {\"type\":\"TEXT_MESSAGE_END\",\"messageId\":\"a\"}\n\n",
        "data: {\"type\":\"TEXT_MESSAGE_CONTENT\",\"messageId\":\"b\",\"delta\":\"## A\\n- b\\n\"}\n\n",
        "data: {\"type\":\"RUN_FINISHED\"}\n\n",
    );
    assert_read(body, A, "done");
}

#[test]
fn errors_wherever_they_stand() {
    let a = "data: {\"choices\":[{\"delta\":{\"content\":\"## A\\n- b\\n\"}}]}\n\n";
    for (error, end) in [
        ("event: error\ndata: It broke.\n\n", "again: It broke."),
        ("error: It broke.\n\n", "again: It broke."),
        (
            "error: {\"code\":403,\"message\":\"No.\"}\n\n",
            "final: No.",
        ),
        ("data: {\"detail\":\"It broke.\"}\n\n", "again: It broke."),
        (
            "data: {\"error\":\"It broke.\",\"status\":404}\n\n",
            "final: It broke.",
        ),
        (
            "data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"length\"}],\"error\":{\"message\":\"It broke.\"}}\n\n",
            "again: It broke.",
        ),
    ] {
        assert_read(&format!("{a}{error}data: [DONE]\n\n"), A, end);
    }
    let own = "{\"type\":\"delta\",\"text\":\"## A\\n- b\\n\"}\n";
    assert_read(
        &format!("{own}{{\"error\":{{\"message\":\"It broke.\"}}}}\n"),
        A,
        "again: It broke.",
    );
    assert_read(
        &format!(
            "{own}{{\"type\":\"error\",\"error\":{{\"message\":\"It broke.\",\"code\":400}}}}\n"
        ),
        A,
        "final: It broke.",
    );
    assert_read("{\"detail\":\"Not Found\"}", "", "again: Not Found");
}

#[test]
fn lines_of_ours_behind_anything_else() {
    let own = "{\"type\":\"delta\",\"text\":\"## A\\n- b\\n\"}\n{\"type\":\"done\"}\n";
    for before in [
        "INFO: model loaded\n".to_owned(),
        "  File \"x\", line 1\n\nwarning: a\n".to_owned(),
        "lta\",\"text\":\"x\"}\n".to_owned(),
        "{oops}\n".to_owned(),
        "\n".repeat(10_000),
        " ".repeat(10_000),
        "[1,2]\n".to_owned(),
    ] {
        assert_read(&format!("{before}{own}"), A, "done");
    }
    // What has been seen stays what it is.
    assert_read(&format!("## T\n{own}"), "## T\n", "ended");
    let sse = "event: x\ndata: {\"type\":\"delta\",\"text\":\"## A\\n- b\\n\"}\n\ndata: {\"type\":\"done\"}\n\n";
    assert_read(&format!("starting\n{sse}"), A, "done");
}

#[test]
fn several_objects_a_line_and_one_over_several() {
    let body = concat!(
        "{\"type\":\"delta\",\"text\":\"## A\\n\"}{\"type\":\"delta\",\n\"text\":\"- b\\n\"}\n",
        "{\n  \"type\": \"done\"\n}\n",
    );
    assert_read(body, A, "done");
    assert_read(
        "{\"type\":\"delta\",\"text\":1}\n{\"type\":\"delta\",\"text\":\". b\\n\"}\n{\"type\":\"done\"}\n",
        "- b\n",
        "done",
    );
}

#[test]
fn a_text_that_looks_like_a_record_is_text() {
    for first in [
        "\"A course\" for you",
        "{name}, your course",
        ": a course",
        "[ ] a course",
        "Data: a course",
        "error: a course",
        "id is a course",
    ] {
        assert_read(&format!("{first}\n\n{A}"), A, "ended");
    }
}

/// Pieces of bodies that mean something to the framing, right or wrong.
const PIECES: &[&str] = &[
    "\n",
    "\n\n",
    "\r\n",
    "\r",
    " ",
    "\u{feff}",
    "data: ",
    "data:",
    "event: x\n",
    "event: error\n",
    ": c\n",
    ":",
    "id: 1\n",
    "error: x\n",
    "error: {}\n",
    "[DONE]",
    "[",
    "]",
    "[ ]",
    ",",
    "{",
    "}",
    "{}",
    "\"",
    "\\",
    "\u{1e}",
    "\0",
    "0:",
    "\"a\"",
    "{\"type\":\"ping\"",
    "{\"type\":\"done\"}",
    "{\"type\":\"delta\",\"text\":\"- a\\n\"}",
    "{\"type\":\"delta\",\n\"text\":\"- b\\n\"\n}",
    "{\"type\":\"delta\",\"text\":\"## ",
    "{\"title\":\"x\"",
    "{\n\"x\":",
    "{\"a\":",
    "{\"choices\":[{\"delta\":{\"content\":\"- c\\n\"}}]}",
    "{\"choices\":[{\"delta\":{},\"finish_reason\":\"stop\"}]}",
    "{\"error\":\"x\"}",
    "INFO: x",
    "## A",
    "- b",
    "eve",
    "da",
    "<html",
];

/// What a body comes to: its outline, its end, what was counted, and what was said of lines.
fn picture(body: &[u8], sizes: &[usize]) -> (String, Option<End>, Stats, Vec<Output>) {
    let mut reader = Reader::new(&Options::default());
    let (mut rest, mut at) = (body, 0);
    while !rest.is_empty() {
        let size = sizes[at % sizes.len()].min(rest.len());
        let (chunk, after) = rest.split_at(size);
        reader.feed(chunk);
        (rest, at) = (after, at + 1);
    }
    reader.finish(true);
    let outputs = reader.take_outputs();
    let notes = outputs
        .into_iter()
        .filter(|it| matches!(it, Output::Note(_)));
    let markdown = reader.outline().to_markdown();
    (
        markdown,
        reader.end().cloned(),
        reader.stats(),
        notes.collect(),
    )
}

proptest! {
    #![proptest_config(ProptestConfig {
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn no_cut_changes_what_a_body_comes_to(
        pieces in vec(select(PIECES), 0..14),
        sizes in vec(1..9_usize, 1..6),
        line_ends in any::<bool>(),
    ) {
        let body = pieces.join(if line_ends { "\n" } else { "" });
        let body = body.as_bytes();
        let whole = picture(body, &[body.len().max(1)]);
        prop_assert_eq!(&picture(body, &[1]), &whole);
        prop_assert_eq!(&picture(body, &sizes), &whole);
    }
}

/// One message of an AWS event stream.
fn message(event: &str, payload: &str) -> Vec<u8> {
    let crc = |bytes: &[u8]| {
        !bytes.iter().fold(!0_u32, |crc, &byte| {
            (0..8).fold(crc ^ u32::from(byte), |crc, _| {
                (crc >> 1) ^ (0xEDB8_8320 & (crc & 1).wrapping_neg())
            })
        })
    };
    let mut headers = Vec::new();
    for (name, value) in [
        (":event-type", event),
        (":content-type", "application/json"),
        (":message-type", "event"),
    ] {
        headers.push(u8::try_from(name.len()).unwrap());
        headers.extend_from_slice(name.as_bytes());
        headers.push(7);
        headers.extend_from_slice(&u16::try_from(value.len()).unwrap().to_be_bytes());
        headers.extend_from_slice(value.as_bytes());
    }
    let total = u32::try_from(headers.len() + payload.len() + 16).unwrap();
    let mut message = total.to_be_bytes().to_vec();
    message.extend_from_slice(&u32::try_from(headers.len()).unwrap().to_be_bytes());
    message.extend_from_slice(&crc(&message).to_be_bytes());
    message.extend_from_slice(&headers);
    message.extend_from_slice(payload.as_bytes());
    let sum = crc(&message);
    message.extend_from_slice(&sum.to_be_bytes());
    message
}

#[test]
fn bedrock() {
    let converse = [
        message("messageStart", r#"{"role":"assistant","p":"ab"}"#),
        message(
            "contentBlockDelta",
            r###"{"contentBlockIndex":0,"delta":{"text":"## A\n"}}"###,
        ),
        message(
            "contentBlockDelta",
            r#"{"contentBlockIndex":0,"delta":{"text":"- b\n"}}"#,
        ),
        message("contentBlockStop", r#"{"contentBlockIndex":0}"#),
        message("messageStop", r#"{"stopReason":"end_turn"}"#),
        message("metadata", r#"{"usage":{"totalTokens":9}}"#),
    ];
    assert_eq!(read(&converse.concat()), (A.to_owned(), "done".to_owned()));
    assert_eq!(
        read(&converse[..3].concat()),
        (A.to_owned(), "ended".to_owned())
    );
    let cut = converse.concat();
    assert_eq!(read(&cut[..cut.len() / 2]).1, "incomplete");
    // {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"## A\n- b\n"}}
    let text = "eyJ0eXBlIjoiY29udGVudF9ibG9ja19kZWx0YSIsImluZGV4IjowLCJkZWx0YSI6eyJ0eXBlIjoidGV4dF9kZWx0YSIsInRleHQiOiIjIyBBXG4tIGJcbiJ9fQ==";
    // {"type":"message_delta","delta":{"stop_reason":"end_turn"}} and {"type":"message_stop"}
    let reason = "eyJ0eXBlIjoibWVzc2FnZV9kZWx0YSIsImRlbHRhIjp7InN0b3BfcmVhc29uIjoiZW5kX3R1cm4ifX0=";
    let stop = "eyJ0eXBlIjoibWVzc2FnZV9zdG9wIn0=";
    let chunk = |bytes: &str| message("chunk", &format!("{{\"bytes\":\"{bytes}\",\"p\":\"a\"}}"));
    let invoke = [chunk(text), chunk(reason), chunk(stop)].concat();
    assert_eq!(read(&invoke), (A.to_owned(), "done".to_owned()));
}
