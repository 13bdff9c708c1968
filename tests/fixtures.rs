//! Recorded streams of other producers, read in any cut and in every way our own lines can carry
//! them. Never fetches: without the recordings it says so and passes.

#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, clippy::panic)]

use std::fs;
use std::path::PathBuf;
use std::thread;

use live_outline::outline::increment::{Increment, New};
use live_outline::outline::tree::Tree;
use live_outline::read::dialect::{Decoder, Format};
use live_outline::read::event::{Event, Mode};
use live_outline::read::frame::Data;
use live_outline::reader::{End, Options, Reader, Stats};
use serde_json::{Value, json};

/// How a recorded stream ends.
#[derive(Clone, Copy, Debug)]
enum Ends {
    /// It says that it is complete.
    Done,
    /// It ends cleanly and does not say so.
    Open,
    /// It says that it failed: the beginning of the message, and whether trying again may help.
    Failed(&'static str, bool),
}

use Ends::{Done, Failed, Open};

/// What a model that has reached its limit is told to say.
const LENGTH: Ends = Failed("The model reached its output limit", true);

/// A recording: its path, dialect, end and text.
type Case = (&'static str, &'static str, Ends, Option<&'static str>);

/// Every recording: its path, its dialect, how it ends and why, and its text unless `EXPECTED.json`
/// has it.
const CASES: &[Case] = &[
    // `finish_reason` "stop", no `[DONE]`, a clean end.
    (
        "openai-chat/openai-text.chunks.jsonl",
        "openai-chat",
        Done,
        None,
    ),
    (
        "openai-chat/azure-model-router.chunks.jsonl",
        "openai-chat",
        Done,
        None,
    ),
    // The model calls a tool: its text comes in another answer, whatever `[DONE]` says.
    ("openai-chat/tool-then-done.sse", "openai-chat", Open, None),
    ("openai-chat/text-after-tool.sse", "openai-chat", Done, None),
    (
        "openai-chat/chat-metrics-stream.sse",
        "openai-chat",
        Done,
        None,
    ),
    // An error, and then `response.failed`: the first counts.
    (
        "openai-responses/openai-error.chunks.jsonl",
        "openai-responses",
        Failed("You exceeded your current quota", false),
        None,
    ),
    (
        "openai-responses/openai-phase.chunks.jsonl",
        "openai-responses",
        Done,
        None,
    ),
    (
        "openai-responses/background-create.sse",
        "openai-responses",
        Done,
        None,
    ),
    (
        "openai-responses/background-resume-starting_after_0.sse",
        "openai-responses",
        Done,
        None,
    ),
    // `finish_reason` "length", then an error that says the same, then `[DONE]`.
    (
        "openrouter/stream-error-comments.sse",
        "openai-chat",
        LENGTH,
        None,
    ),
    (
        "anthropic/anthropic-text.chunks.jsonl",
        "anthropic",
        Done,
        None,
    ),
    // No blank line after the last event.
    ("anthropic/basic_response.sse", "anthropic", Done, None),
    ("anthropic/stream-b-fallback.sse", "anthropic", Done, None),
    (
        "anthropic/incomplete_partial_json.sse",
        "anthropic",
        LENGTH,
        None,
    ),
    ("anthropic/message-stream-raw.sse", "anthropic", Done, None),
    // Thinking and tools only, in two messages; the second stops to call a tool.
    (
        "anthropic/spliced-message-start.chunks.jsonl",
        "anthropic",
        Open,
        Some(""),
    ),
    // Mistral's chunks are OpenAI's; the name is for hosts.
    (
        "mistral/mistral-text.chunks.jsonl",
        "openai-chat",
        Done,
        None,
    ),
    ("mistral/chat-stream.sse", "openai-chat", Done, None),
    ("cohere/cohere-text.chunks.jsonl", "cohere", Done, None),
    ("cohere/v1-chat-stream.ndjson", "cohere", Done, None),
    ("cohere/v2-chat-stream.sse", "cohere", Done, None),
    // `STOP` on the last piece, and a clean end after it.
    ("gemini/google-text.chunks.jsonl", "gemini", Done, None),
    ("gemini/gemini-alt-sse-crlf.sse", "gemini", Done, None),
    ("gemini/basic-reply-short.sse", "gemini", Done, None),
    ("gemini/basic-reply-long.sse", "gemini", Done, None),
    // `STOP` on every piece: here it says nothing about the last one.
    ("gemini/utf8.sse", "gemini", Open, None),
    (
        "gemini/error-mid-stream.sse",
        "gemini",
        Failed("The operation was cancelled.", true),
        None,
    ),
    (
        "gemini/prompt-blocked.sse",
        "gemini",
        Failed("The provider blocked the request (SAFETY)", false),
        None,
    ),
    ("ollama/api-chat.ndjson", "ollama", Done, None),
    ("ollama/api-generate.ndjson", "ollama", Done, None),
    ("replicate/llama-stream.sse", "replicate", Done, None),
    (
        "ai-sdk/ui-message-stream-v7.sse",
        "ai-sdk",
        Done,
        Some(COMPASS),
    ),
    ("ai-sdk/data-stream-v4.txt", "ai-sdk", Done, Some(COMPASS)),
    (
        "langserve/string-chunks.sse",
        "langserve",
        Done,
        Some("## Module A\n- Lesson 1\n"),
    ),
    (
        "langserve/error.sse",
        "langserve",
        Failed("Internal Server Error", true),
        Some("a"),
    ),
    // Objects of the host's own, and not our lines.
    ("ag-ui/state-events.json", "ag-ui", Open, Some("")),
];

/// The text of one recording as two versions of the AI SDK pass it on.
const COMPASS: &str = "Why did the developer bring a compass to the Opentelemetry conference? \n\
    To help navigate through all the traces and spans!";

/// The samples of `ag-ui/sse_streams.txt`, each a stream: name, end, lines skipped, text.
const AG_UI_SAMPLES: &[(&str, Ends, u64, &str)] = &[
    (
        "Simple Text Message Stream",
        Done,
        0,
        "Hello, how can I help you today?",
    ),
    ("Tool Call Stream", Open, 0, ""),
    ("Heartbeat and Comments", Done, 0, "Test"),
    ("Multi-line Data Fields", Open, 0, ""),
    ("With Event IDs and Retry", Open, 0, "Message with ID"),
    ("Malformed Examples", Open, 2, ""),
    ("Empty Lines and Spacing", Open, 0, ""),
    (
        "Unicode and Special Characters",
        Open,
        0,
        "Hello 你好 🌟 €Special: \"quotes\", \\backslash\\, \ttab",
    ),
];

/// What the recordings lack, being mostly prose: an outline, to be cut as they are cut.
const OUTLINE: &str = "\
# Pricing for **small** studios\n\n\
A short introduction, with *emphasis* and `code`.\n\n\
## Costs & margins\n- What a day costs 🧮\n- `Vec<T>` and snake_case titles\n  - Hidden costs\n  - Überstunden\n\
- What a day costs 🧮\n\n## Costs & margins\n\n### Fixed prices\n1. 见积もり\n2. Change requests\n\n\
```\n- no lesson\n```\n\n### Value prices\n* **Anchors** first\n* \\*Not emphasised\\*\n\n---\n\n\
## Selling\n- Offers 👩‍🏫\n- The *second* meeting\n- a\n- b\n- c";

const RANDOM_CUTS: usize = 200;

/// The bytes of a recording; `None`, said aloud once, where there are no recordings.
fn recording(path: &str) -> Option<Vec<u8>> {
    let dir = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/fixtures");
    if !dir.join("EXPECTED.json").is_file() {
        eprintln!("\n*** fixtures not present: skipped ***\n");
        return None;
    }
    Some(fs::read(dir.join(path)).unwrap_or_else(|error| panic!("{path}: {error}")))
}

/// Numbers that look random and are the same in each run.
struct XorShift(u64);

impl XorShift {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % limit.max(1) as u64) as usize
    }
}

/// All ways in which each stream is cut: not at all, everywhere, and at random.
fn each_cut(bytes: &[u8], mut read: impl FnMut(&[&[u8]], &str)) {
    read(&[bytes], "whole");
    let single: Vec<&[u8]> = bytes.chunks(1).collect();
    read(&single, "byte by byte");
    let mut random = XorShift(0x9e37_79b9_7f4a_7c15 ^ bytes.len() as u64);
    for run in 0..RANDOM_CUTS {
        // From a few large chunks to many small ones.
        let longest = 1 + bytes.len() / (1 + random.below(64));
        let mut chunks = Vec::new();
        let mut rest = bytes;
        while !rest.is_empty() {
            let (chunk, after) = rest.split_at(random.below(longest + 1).min(rest.len()));
            chunks.push(chunk);
            rest = after;
        }
        read(&chunks, &format!("random cuts {run}"));
    }
}

/// The texts of a stream's deltas, joined over cut characters; also those after an end.
fn deltas(chunks: &[&[u8]]) -> Vec<String> {
    let mut framer = Format::framer("");
    let mut decoder = Decoder::default();
    let mut increment = Increment::default();
    increment.start(Mode::Incremental);
    let mut events = Vec::new();
    let mut read = |frame: live_outline::read::frame::Frame<'_>| match frame.data {
        Data::Text(text) => events.push(Event::Delta(text.into())),
        _ => drop(decoder.read(&frame, &mut events)),
    };
    chunks
        .iter()
        .for_each(|chunk| framer.feed(chunk, &mut read));
    framer.finish(&mut read);
    decoder.finish(&mut events);
    let mut texts = Vec::new();
    for event in &events {
        match event {
            Event::Delta(text) => match increment.feed(text) {
                New::Nothing => {}
                New::More(more) => texts.push(more.into_owned()),
                New::Whole(_) => panic!("a delta that replaces"),
            },
            Event::Snapshot(_) => panic!("a snapshot in a recording"),
            Event::Reset => texts.clear(),
            _ => {}
        }
    }
    texts
}

/// A stream read to its end.
fn read(options: &Options, chunks: &[&[u8]]) -> Reader {
    let mut reader = Reader::new(options);
    chunks.iter().for_each(|chunk| reader.feed(chunk));
    reader.finish(true);
    reader.outline().verify().unwrap();
    reader
}

/// What a reader came to, as far as cuts must not matter.
fn picture(reader: &Reader) -> (Option<End>, Stats, Option<&'static str>, String) {
    let (end, stats, dialect) = (reader.end().cloned(), reader.stats(), reader.dialect());
    (end, stats, dialect, visible(reader.outline()))
}

/// What is seen of an outline: a line a node, with its key.
fn visible(outline: &Tree) -> String {
    let mut text = String::new();
    if !outline.title().is_empty() {
        text = format!("course {}\n", outline.title());
    }
    for (_, node) in outline.walk() {
        text += &format!(
            "{:?} {} {} {}\n",
            node.key,
            node.depth,
            node.kind.name(),
            node.title
        );
    }
    text
}

fn assert_end(end: Option<&End>, expected: Ends, name: &str) {
    let is_right = match (end, expected) {
        (Some(End::Done), Done) | (Some(End::Ended | End::Empty { .. }), Open) => true,
        (Some(End::Failed { message, retryable }), Failed(start, again)) => {
            message.starts_with(start) && *retryable == again
        }
        _ => false,
    };
    assert!(is_right, "{name}: {expected:?} expected, got {end:?}");
}

/// Asserts that a text is the one `EXPECTED.json` describes, which shortens long ones.
fn assert_described(text: &str, expected: &Value, name: &str) {
    let described = expected["text"].as_str().unwrap();
    match described.split_once('…') {
        None => assert_eq!(text, described, "{name}"),
        Some((start, end)) => {
            assert!(
                text.starts_with(start) && text.ends_with(end),
                "{name}: {text}"
            );
        }
    }
    let units = text.encode_utf16().count() as u64;
    assert_eq!(expected["text_len_utf16"].as_u64(), Some(units), "{name}");
    assert_eq!(
        expected["sha256_utf8"].as_str(),
        Some(&*sha256(text.as_bytes())),
        "{name}"
    );
}

#[test]
fn recordings_give_their_text_and_their_end_in_any_cut() {
    let Some(expected) = recording("EXPECTED.json") else {
        return;
    };
    let expected: Value = serde_json::from_slice(&expected).unwrap();
    for name in expected.as_object().unwrap().keys() {
        assert!(
            CASES.iter().any(|(path, ..)| path == name),
            "{name} is in no case"
        );
    }
    // Some 15 000 readings: each recording on a thread of its own.
    thread::scope(|scope| {
        for case in CASES {
            scope.spawn(|| assert_recording(case, &expected[case.0]));
        }
    });
}

fn assert_recording(&(path, dialect, ends, text): &Case, expected: &Value) {
    let bytes = recording(path).unwrap();
    let said = deltas(&[&bytes]).concat();
    match text {
        Some(text) => assert_eq!(said, text, "{path}"),
        // Another message begins a new line; the description is of the bare deltas.
        None => {
            let bare = said.replacen("Got it\nHere", "Got itHere", 1);
            assert_described(&bare, expected, path);
        }
    }
    let reader = read(&Options::default(), &[&bytes]);
    assert_eq!(reader.dialect(), Some(dialect), "{path}");
    assert_end(reader.end(), ends, path);
    assert_eq!(reader.stats().skipped, 0, "{path}");
    let whole = picture(&reader);
    each_cut(&bytes, |chunks, cut| {
        assert_eq!(deltas(chunks).concat(), said, "{path}, {cut}");
        assert_eq!(
            picture(&read(&Options::default(), chunks)),
            whole,
            "{path}, {cut}"
        );
    });
    // The name of the dialect changes nothing.
    let is_mistral = path.starts_with("mistral");
    let named = Options {
        format: if is_mistral { "mistral" } else { dialect }.to_owned(),
        ..Options::default()
    };
    let named = picture(&read(&named, &[&bytes]));
    assert_eq!(
        (named.0, named.1, named.3),
        (whole.0, whole.1, whole.3),
        "{path}, named"
    );
}

#[test]
fn a_recording_that_is_cut_off_is_never_done() {
    for &(path, _, ends, _) in CASES {
        let Some(bytes) = recording(path) else { return };
        let whole = visible(read(&Options::default(), &[&bytes]).outline());
        let text = deltas(&[&bytes]).concat();
        // Where a wrong end is likeliest: after a line, and the last ones of all.
        let line_ends: Vec<usize> = (1..=bytes.len())
            .filter(|at| bytes[at - 1] == b'\n')
            .collect();
        let last = line_ends.iter().rev().take(24);
        let cuts = last.chain(line_ends.iter().step_by(1 + line_ends.len() / 24));
        let anywhere = (0..bytes.len()).step_by(1 + bytes.len() / 48);
        for at in cuts.copied().chain(anywhere) {
            let cut = &bytes[..at];
            let reader = read(&Options::default(), &[cut]);
            if reader.end() == Some(&End::Done) {
                assert!(
                    matches!(ends, Done),
                    "{path} cut at {at}: done, not {ends:?}"
                );
                assert_eq!(deltas(&[cut]).concat(), text, "{path} cut at {at}");
                assert_eq!(visible(reader.outline()), whole, "{path} cut at {at}");
            }
            let mut broken = Reader::new(&Options::default());
            broken.feed(cut);
            broken.finish(false);
            assert_ne!(broken.end(), Some(&End::Ended), "{path} cut at {at}");
        }
    }
}

#[test]
fn objects_of_an_unknown_producer_are_no_outline() {
    // Objects of a chain's own in a stream that ends by its rules, and a format we do not read.
    let came = "The answer has no text, only records that carry none.".to_owned();
    for (path, end) in [
        ("langserve/json-cumulative.sse", End::Empty { came }),
        ("a2ui/7_incremental.json", End::Ended),
    ] {
        let Some(bytes) = recording(path) else { return };
        each_cut(&bytes, |chunks, cut| {
            let reader = read(&Options::default(), chunks);
            assert_eq!(reader.end(), Some(&end), "{path}, {cut}");
            // At most a title: an object of JSON may be an outline, and its name that of a course.
            assert_eq!(reader.outline().len(), 0, "{path}, {cut}");
        });
    }
}

#[test]
fn samples_of_ag_ui_are_streams_of_their_own() {
    let Some(file) = recording("ag-ui/sse_streams.txt") else {
        return;
    };
    let file = String::from_utf8(file).unwrap();
    let samples: Vec<(&str, &str)> = file
        .split("## ")
        .filter_map(|sample| sample.split_once('\n'))
        .collect();
    let names: Vec<&str> = AG_UI_SAMPLES.iter().map(|(name, ..)| *name).collect();
    assert_eq!(
        samples.iter().map(|(name, _)| *name).collect::<Vec<_>>(),
        names
    );
    for ((name, sample), &(_, ends, skipped, text)) in samples.iter().zip(AG_UI_SAMPLES) {
        each_cut(sample.as_bytes(), |chunks, cut| {
            let reader = read(&Options::default(), chunks);
            assert_eq!(deltas(chunks).concat(), text, "{name}, {cut}");
            assert_end(reader.end(), ends, name);
            assert_eq!(reader.stats().skipped, skipped, "{name}, {cut}");
            assert_eq!(reader.dialect(), Some("ag-ui"), "{name}, {cut}");
        });
    }
    // Headings between the events are no fields of an event, if the format is named.
    let options = Options {
        format: "ag-ui".to_owned(),
        ..Options::default()
    };
    assert_end(
        read(&options, &[file.as_bytes()]).end(),
        Done,
        "the whole file",
    );
}

/// One way in which a producer can send the same deltas.
type Way = (&'static str, fn(&[String]) -> Vec<String>);

/// All ways in which our lines can carry them.
const WAYS: &[Way] = &[
    ("incremental", |deltas| deltas.to_vec()),
    ("cumulative", |deltas| {
        so_far(deltas.iter().map(|delta| &**delta))
    }),
    ("cumulative by lines", |deltas| {
        so_far(deltas.concat().split_inclusive('\n'))
    }),
    ("with a final repeat", |deltas| {
        [deltas, &[deltas.concat()]].concat()
    }),
    ("cumulative with a final repeat", |deltas| {
        let mut so_far = so_far(deltas.iter().map(|delta| &**delta));
        so_far.push(deltas.concat());
        so_far
    }),
];

/// All text so far, after each piece.
fn so_far<'a>(pieces: impl Iterator<Item = &'a str>) -> Vec<String> {
    pieces
        .scan(String::new(), |text, piece| {
            text.push_str(piece);
            Some(text.clone())
        })
        .collect()
}

/// Asserts that deltas give the outline of their text, whichever way they are sent, and that
/// nothing seen is ever taken back.
fn assert_any_way(deltas: &[String], name: &str) {
    let text = deltas.concat();
    let options = Options {
        format: "text".to_owned(),
        done_at_end: true,
        ..Options::default()
    };
    let plain = read(&options, &[text.as_bytes()]);
    for (way, send) in WAYS {
        let name = format!("{name}, {way}");
        let mut reader = Reader::new(&Options::default());
        let mut seen = Vec::new();
        for text in send(deltas) {
            let line = json!({"type": "delta", "text": text}).to_string() + "\n";
            reader.feed(line.as_bytes());
            seen.push(visible(reader.outline()));
        }
        reader.feed(b"{\"type\":\"done\"}\n");
        reader.outline().verify().unwrap();
        let last = visible(reader.outline());
        for seen in seen {
            let seen = seen.strip_suffix('\n').unwrap_or(&seen);
            assert!(
                last.starts_with(seen),
                "{name}: {seen:?} was taken back for {last:?}"
            );
        }
        assert_eq!(reader.end(), Some(&End::Done), "{name}");
        assert_eq!(last, visible(plain.outline()), "{name}");
        let (outline, plain) = (reader.outline(), plain.outline());
        assert_eq!(outline.to_markdown(), plain.to_markdown(), "{name}");
        assert_eq!(outline.counts(), plain.counts(), "{name}");
    }
}

#[test]
fn the_deltas_of_a_recording_give_one_outline_however_they_are_sent() {
    for (path, ..) in CASES {
        let Some(bytes) = recording(path) else { return };
        assert_any_way(&deltas(&[&bytes]), path);
    }
}

#[test]
fn an_outline_cut_as_the_recordings_are_cut_is_one_outline_however_it_is_sent() {
    let mut rhythms = 0;
    for (path, ..) in CASES {
        let Some(bytes) = recording(path) else { return };
        let lengths: Vec<usize> = deltas(&[&bytes])
            .iter()
            .map(|it| it.chars().count())
            .collect();
        if lengths.len() < 3 {
            continue;
        }
        rhythms += 1;
        for skipped in 0..5.min(lengths.len()) {
            let mut chars = OUTLINE.chars();
            let mut cut = Vec::new();
            for length in lengths.iter().cycle().skip(skipped) {
                let piece: String = chars.by_ref().take(*length).collect();
                if piece.is_empty() {
                    break;
                }
                cut.push(piece);
            }
            assert_any_way(&cut, &format!("{path} from delta {skipped}"));
        }
    }
    assert!(
        rhythms > 20,
        "{rhythms} recordings have deltas to learn from"
    );
}

/// SHA-256 (FIPS 180-4) in hexadecimal; too little to ask a crate for.
fn sha256(bytes: &[u8]) -> String {
    let primes: Vec<u32> = (2u32..312)
        .filter(|n| (2..*n).all(|divisor| n % divisor != 0))
        .collect();
    // The first 32 bits of the fraction.
    let fraction = |root: f64| (root.fract() * 4_294_967_296.0) as u32;
    let k: Vec<u32> = primes
        .iter()
        .map(|p| fraction(f64::from(*p).cbrt()))
        .collect();
    let mut state: Vec<u32> = primes[..8]
        .iter()
        .map(|p| fraction(f64::from(*p).sqrt()))
        .collect();
    let mut message = bytes.to_vec();
    message.push(0x80);
    message.resize(message.len().next_multiple_of(64), 0);
    if message.len() < bytes.len() + 9 {
        message.resize(message.len() + 64, 0);
    }
    let length = message.len() - 8;
    message[length..].copy_from_slice(&(8 * bytes.len() as u64).to_be_bytes());
    for block in message.chunks(64) {
        let mut w: Vec<u32> = block
            .chunks(4)
            .map(|word| u32::from_be_bytes(word.try_into().unwrap()))
            .collect();
        for at in 16..64 {
            let (a, b) = (w[at - 15], w[at - 2]);
            let a = a.rotate_right(7) ^ a.rotate_right(18) ^ (a >> 3);
            let b = b.rotate_right(17) ^ b.rotate_right(19) ^ (b >> 10);
            w.push(
                w[at - 16]
                    .wrapping_add(a)
                    .wrapping_add(w[at - 7])
                    .wrapping_add(b),
            );
        }
        let mut s = state.clone();
        for at in 0..64 {
            let e = s[4].rotate_right(6) ^ s[4].rotate_right(11) ^ s[4].rotate_right(25);
            let choice = (s[4] & s[5]) ^ (!s[4] & s[6]);
            let first = [s[7], e, choice, k[at], w[at]]
                .iter()
                .fold(0u32, |sum, n| sum.wrapping_add(*n));
            let a = s[0].rotate_right(2) ^ s[0].rotate_right(13) ^ s[0].rotate_right(22);
            let majority = (s[0] & s[1]) ^ (s[0] & s[2]) ^ (s[1] & s[2]);
            s.rotate_right(1);
            s[4] = s[4].wrapping_add(first);
            s[0] = first.wrapping_add(a).wrapping_add(majority);
        }
        for (sum, new) in state.iter_mut().zip(s) {
            *sum = sum.wrapping_add(new);
        }
    }
    state.iter().map(|word| format!("{word:08x}")).collect()
}
