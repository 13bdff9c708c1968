//! What holds for every stream, tried on streams that look like real ones and are then broken. A
//! long run: `PROPTEST_CASES=100000 cargo test --release --no-default-features --test laws`.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, clippy::panic)]

mod oracle;

use live_outline::outline::increment::EVIDENCE_CHARS;
use live_outline::outline::title::TITLE_BYTES_MAX;
use live_outline::outline::tree::{Change, Key, Tree};
use live_outline::read::event::Mode;
use live_outline::reader::{Options, Output, Reader};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use proptest::test_runner::FileFailurePersistence;

use oracle::check::{self, Seen};
use oracle::mirror::Mirror;

/// How often each law is tried, unless `PROPTEST_CASES` says otherwise.
const CASES: u32 = 48;

fn config() -> ProptestConfig {
    let cases = std::env::var("PROPTEST_CASES")
        .ok()
        .and_then(|cases| cases.parse().ok());
    ProptestConfig {
        cases: cases.unwrap_or(CASES),
        // What is found becomes a named test.
        failure_persistence: None::<Box<FileFailurePersistence>>.map(|it| it as _),
        max_shrink_iters: 20_000,
        ..ProptestConfig::default()
    }
}

// Titles, lines and texts.

/// Pieces of titles: what models write, and what is hard to read.
const WORDS: &[&str] = &[
    "Pricing",
    "a",
    "b",
    "x",
    " ",
    "  ",
    "\t",
    "*",
    "**",
    "***",
    "****",
    "_",
    "__init__",
    "`",
    "``",
    "```",
    "\\",
    "\\*",
    "\\`",
    "\\\\",
    "\\#",
    "#",
    "##",
    " #",
    " ##",
    " ## ",
    "-",
    "- ",
    "--",
    "+",
    ">",
    "|",
    "~",
    "~~~",
    "Vec<T>",
    "2*3*4",
    "*args",
    "**kwargs",
    "`Vec`",
    "**bold**",
    "*em*",
    "使用",
    "变量",
    "한국어",
    "مرحبا",
    "،",
    "😀",
    "👩‍👩‍👧",
    "e\u{301}",
    "\u{a0}",
    "\u{3000}",
    "\u{2028}",
    "\u{85}",
    "\u{200b}",
    "\u{feff}",
    "\u{0}",
    "\u{b}",
    "1.",
    "1. ",
    "[i]",
    "<b>",
    "&amp;",
    "é",
    "\"",
];

fn title() -> impl Strategy<Value = String> {
    let short = vec(select(WORDS), 0..7).prop_map(|words| words.concat());
    let words = vec(select(WORDS), 1..5).prop_map(|words| words.join(" "));
    let long = (select(WORDS), select(WORDS), 0..40usize, any::<bool>()).prop_map(
        |(word, end, past, before)| {
            let n = (TITLE_BYTES_MAX + 20 - past) / word.len();
            let long = word.repeat(n);
            if before {
                format!("{end}{long}")
            } else {
                format!("{long}{end}")
            }
        },
    );
    prop_oneof![12 => short, 12 => words, 1 => long]
}

fn line() -> impl Strategy<Value = String> {
    let indent = || {
        select(
            &[
                "", "", "", "", " ", "  ", "  ", "    ", "      ", "\t", " \t", "   ",
            ][..],
        )
    };
    let heading = (indent(), 1..7usize, title())
        .prop_map(|(indent, level, title)| format!("{indent}{} {title}", "#".repeat(level)));
    let module = title().prop_map(|title| format!("## {title}"));
    let marker = select(
        &[
            "-",
            "-",
            "*",
            "+",
            "•",
            "1.",
            "2)",
            "123456789.",
            "1234567890.",
        ][..],
    );
    let item = (
        indent(),
        marker,
        select(&[" ", " ", " ", "  ", "\t"][..]),
        title(),
    )
        .prop_map(|(indent, marker, blank, title)| format!("{indent}{marker}{blank}{title}"));
    let fence = (
        indent(),
        select(&["```", "```", "~~~", "````", "``"][..]),
        select(
            &[
                "",
                "",
                "markdown",
                "md",
                " Markdown {a}",
                "js",
                "a`b",
                "markdownx",
                " ",
            ][..],
        ),
    )
        .prop_map(|(indent, fence, info)| format!("{indent}{fence}{info}"));
    let other = select(
        &[
            "---",
            "***",
            "* * *",
            "- - -",
            "___",
            "| a | - b |",
            "> - quoted",
            "> ## q",
            "",
            "",
            " ",
            "plain text",
            "<div>",
            "**Note:** x",
            "####### seven",
            "#no",
            "-no",
            "12",
            "- ",
            "##",
            "+",
        ][..],
    )
    .prop_map(str::to_owned);
    prop_oneof![
        3 => heading, 2 => module, 9 => item, 2 => fence, 2 => other, 1 => title()
    ]
}

fn text_of(lines: std::ops::Range<usize>) -> impl Strategy<Value = String> {
    let end = select(&["\n", "\n", "\n", "\n", "\r\n", "\r", "\n\n"][..]);
    (vec((line(), end), lines), any::<bool>()).prop_map(|(lines, ended)| {
        let mut text: String = lines
            .iter()
            .map(|(line, end)| format!("{line}{end}"))
            .collect();
        if !ended {
            text.truncate(text.trim_end_matches(['\n', '\r']).len());
        }
        text
    })
}

fn text() -> impl Strategy<Value = String> {
    text_of(0..24)
}

/// Pieces of JSON, thoughts, labelled lines, links and boxes, well or badly put together.
const SHAPES: &[&str] = &[
    "{",
    "}",
    "[",
    "]",
    ",",
    ":",
    "\n",
    "\n",
    "\n",
    " ",
    "\"",
    "\\",
    "\\u00e9",
    "\\ud83d",
    "\\ude00",
    "\"title\":",
    "\"name\": ",
    "\"modules\":[",
    "\"lessons\":[",
    "\"weeks\": {",
    "\"chapters\":[",
    "\"week\":2",
    "\"week_1\":",
    "\"topic\":\"Theme\"",
    "\"type\":\"lesson\",",
    "\"type\":\"module\"",
    "{\"title\":\"A\"}",
    "{\"title\":\"B\",\"lessons\":[\"x\",\"y\"]}",
    "{\"lessons\":[\"z\"],\"title\":\"C\"}",
    "\"**bold** `c`\"",
    "\"x\"",
    "\"sections\":[",
    "\"course\":{",
    "\"data\": {",
    "\"skills\":[",
    "{\"title\":\"T\",\"modules\":[",
    "]}",
    "}]}",
    "\n{\"",
    "//",
    "/* x */",
    "...",
    "modules:",
    "```json\n",
    "```\n",
    "\n```",
    "```md\n",
    "<think>",
    "</think>",
    "\n<think>\n",
    "\n</think>\n",
    "[THINK]",
    "[/THINK]",
    "<|channel|>analysis",
    "<|channel|>final<|message|>",
    "\n<!-- ",
    "-->",
    "\nModule 1: Seeds\n",
    "\nWeek 2 – b\n",
    "\nLesson 3: c:\n",
    "\n**Chapter 4: d** (x):\n",
    "\n第1章 工具\n",
    "\n# Module 1: e\n",
    "\n# Course\n",
    "\n## f\n",
    "\n##g\n",
    "\n- h\n",
    "\n  - i\n",
    "\n- [ ] j\n",
    "\n- [x] ",
    "[k](./k)",
    "![l](l.png)",
    "(2 hours)",
    "[",
    "](",
    ")",
    "*",
    "\\.",
    "Module 1",
    "**",
    "\n# b\n## c\n### d\n#### e\n##### f\n###### g\n",
];

/// A course as JSON: keys in the order of writing or of the alphabet, on one line or on many, with
/// what is skipped in between.
fn course() -> impl Strategy<Value = String> {
    let lesson = (title(), any::<bool>()).prop_map(|(title, object)| match object {
        true => {
            serde_json::json!({"content": "## no\n- \"no\"", "lesson_title": title, "title_of": 1})
        }
        false => serde_json::json!(title),
    });
    let module = (title(), vec(lesson, 0..4));
    (title(), vec(module, 0..5), 0..4u8).prop_map(|(title, modules, how)| {
        let modules = modules.into_iter().map(|(title, lessons)| {
            serde_json::json!({"description": [{"title": "no"}], "lessons": lessons, "title": title})
        });
        let course = serde_json::json!({
            "level": {"title": "no"},
            "modules": modules.collect::<Vec<_>>(),
            "title": title,
        });
        match how {
            0 => course.to_string(),
            1 => serde_json::to_string_pretty(&course).unwrap(),
            // The title first.
            2 => format!(
                "{{\"title\":{},\"modules\":{}}}",
                course["title"], course["modules"]
            ),
            _ => {
                let units: Vec<u16> = course.to_string().encode_utf16().collect();
                let escaped = |unit: &u16| match unit {
                    0x80.. => format!("\\u{unit:04x}"),
                    _ => char::from(*unit as u8).to_string(),
                };
                units.iter().map(escaped).collect()
            }
        }
    })
}

fn shapes() -> impl Strategy<Value = String> {
    vec(select(SHAPES), 0..30).prop_map(|pieces| pieces.concat())
}

/// A text without headings of the course after the first node, so that all that is shown only grows
/// at its end.
fn versions() -> impl Strategy<Value = Vec<String>> {
    let edit = (any::<Index>(), any::<Index>(), 0..7u8, line());
    (vec(line(), 0..16), vec(vec(edit, 0..6), 1..5)).prop_map(|(mut lines, versions)| {
        let mut texts = vec![lines.join("\n")];
        for edits in versions {
            for (a, b, kind, line) in edits {
                edit_lines(&mut lines, a, b, kind, line);
            }
            texts.push(lines.join("\n"));
        }
        texts
    })
}

/// One change that a model that is asked again might make to its outline.
fn edit_lines(lines: &mut Vec<String>, a: Index, b: Index, kind: u8, line: String) {
    if lines.is_empty() {
        return lines.push(line);
    }
    let (a, b) = (a.index(lines.len()), b.index(lines.len()));
    match kind {
        0 => lines.insert(a, line),
        1 => drop(lines.remove(a)),
        2 => lines[a] = line,
        3 => lines.swap(a, b),
        4 => lines[a].push_str(" more"),
        5 => {
            let from = a.min(b);
            lines[from..=a.max(b)].rotate_left(1);
        }
        _ => lines.truncate(a),
    }
}

// Streams.

/// A string as JSON writes it, from UTF-16 units: what is no character is escaped.
fn quoted(units: &[u16], ascii: bool) -> String {
    let mut json = String::from("\"");
    for unit in char::decode_utf16(units.iter().copied()) {
        match unit {
            Ok('"') => json.push_str("\\\""),
            Ok('\\') => json.push_str("\\\\"),
            Ok('\n') => json.push_str("\\n"),
            Ok(c) if c < ' ' || (ascii && !c.is_ascii()) => {
                for unit in c.encode_utf16(&mut [0; 2]) {
                    json.push_str(&format!("\\u{unit:04x}"));
                }
            }
            Ok(c) => json.push(c),
            Err(half) => json.push_str(&format!("\\u{:04X}", half.unpaired_surrogate())),
        }
    }
    json + "\""
}

fn quote(text: &str) -> String {
    quoted(&text.encode_utf16().collect::<Vec<_>>(), false)
}

fn delta(text: &str) -> String {
    format!("{{\"type\":\"delta\",\"text\":{}}}", quote(text))
}

fn snapshot(text: &str) -> String {
    format!("{{\"type\":\"snapshot\",\"text\":{}}}", quote(text))
}

/// The deltas of a text, cut anywhere, even inside a character.
fn deltas() -> impl Strategy<Value = Vec<String>> {
    (text_of(0..12), vec(any::<Index>(), 0..12), any::<bool>())
        .prop_map(|(text, cuts, ascii)| cut_into_deltas(&text, &cuts, ascii))
}

fn cut_into_deltas(text: &str, cuts: &[Index], ascii: bool) -> Vec<String> {
    let units: Vec<u16> = text.encode_utf16().collect();
    let mut at: Vec<usize> = cuts.iter().map(|cut| cut.index(units.len() + 1)).collect();
    at.extend([0, units.len()]);
    at.sort_unstable();
    let pieces = at
        .windows(2)
        .map(|ends| quoted(&units[ends[0]..ends[1]], ascii));
    pieces
        .map(|text| format!("{{\"type\":\"delta\",\"text\":{text}}}"))
        .collect()
}

/// Lines that are read and mean nothing.
fn unknown() -> impl Strategy<Value = String> {
    const LINES: &[&str] = &[
        "{\"type\":\"ping\"}",
        "{\"type\":\"ping\",\"seq\":7}",
        "{\"type\":\"telemetry\",\"tokens\":[1,{\"type\":\"delta\",\"text\":\"- no\\n\"}]}",
        "{\"type\":\"\",\"text\":\"- no\\n\"}",
        "{\"type\":\"Delta\",\"text\":\"- no\\n\"}",
        " {\"type\" : \"thinking\"} ",
    ];
    select(LINES).prop_map(str::to_owned)
}

/// Lines that are refused.
fn refused() -> impl Strategy<Value = String> {
    const LINES: &[&str] = &[
        "{\"type\":\"delta\",\"text\":\"- cut",
        "{\"type\":\"delta\"}",
        "{\"type\":\"delta\",\"text\":{\"a\":1}}",
        "{\"type\":\"delta\",\"text\":[5],\"seq\":0}",
        "{\"type\":\"lesson\",\"text\":\"x\"}",
        "{\"type\":\"module\",\"title\":[]}",
        "{\"type\":7}",
        "{\"text\":\"x\"}",
        "[{\"type\":\"done\"}]",
        "null",
        "\"done\"",
        "## Bare",
        "{\"type\":\"done\"}}",
        "{'type':'done'}",
        "\u{feff}{\"type\":\"done\"}",
    ];
    select(LINES).prop_map(str::to_owned)
}

fn progress() -> impl Strategy<Value = String> {
    let id = select(
        &[
            "",
            "",
            ",\"id\":\"a\"",
            ",\"id\":\"b\"",
            ",\"id\":1",
            ",\"id\":null",
        ][..],
    );
    let title = prop_oneof![
        title(),
        (title(), title()).prop_map(|(a, b)| format!("{a}\n{b}\r"))
    ];
    (any::<bool>(), title, id).prop_map(|(module, title, id)| {
        let kind = if module { "module" } else { "lesson" };
        format!("{{\"type\":\"{kind}\",\"title\":{}{id}}}", quote(&title))
    })
}

fn control() -> impl Strategy<Value = String> {
    const LINES: &[&str] = &[
        "{\"type\":\"reset\"}",
        "{\"type\":\"start\",\"run\":\"1\"}",
        "{\"type\":\"start\",\"run\":\"2\",\"modules\":3}",
        "{\"type\":\"start\",\"mode\":\"cumulative\"}",
        "{\"type\":\"start\",\"mode\":\"incremental\"}",
        "{\"type\":\"start\",\"mode\":\"auto\",\"modules\":1e999}",
        "{\"type\":\"delta\",\"text\":null}",
        "",
        "  ",
    ];
    select(LINES).prop_map(str::to_owned)
}

/// Some lines of a stream.
fn part() -> impl Strategy<Value = Vec<String>> {
    let one = |line: String| vec![line];
    let cumulative = (text_of(0..8), vec(any::<Index>(), 0..6)).prop_map(|(text, cuts)| {
        let mut ends: Vec<usize> = cuts.iter().map(|cut| cut.index(text.len() + 1)).collect();
        ends.sort_unstable();
        ends.retain(|&end| text.is_char_boundary(end));
        ends.iter().map(|&end| delta(&text[..end])).collect()
    });
    prop_oneof![
        12 => deltas(),
        4 => progress().prop_map(one),
        2 => text_of(0..10).prop_map(move |text| one(snapshot(&text))),
        2 => versions().prop_map(|texts| texts.iter().map(|text| snapshot(text)).collect()),
        2 => cumulative,
        2 => unknown().prop_map(one),
        2 => refused().prop_map(one),
        1 => control().prop_map(one),
    ]
}

/// A whole stream, as bytes.
fn stream() -> impl Strategy<Value = Vec<u8>> {
    let begin = select(
        &[
            "",
            "",
            "",
            "\u{feff}",
            "\n \n",
            "{\"type\":\"start\",\"run\":\"1\"}\n",
        ][..],
    );
    let end = select(
        &[
            "{\"type\":\"done\"}\n",
            "{\"type\":\"done\"}",
            "",
            "{\"type\":\"error\",\"message\":\"m\"}\n",
            "{\"type\":\"del",
            " ",
        ][..],
    );
    let line_end = select(&["\n", "\n", "\n", "\r\n"][..]);
    (begin, vec(part(), 0..6), line_end, any::<bool>(), end).prop_map(
        |(begin, parts, line_end, seq, end)| {
            let mut text = begin.to_owned();
            let lines = parts.concat();
            for line in if seq { numbered(&lines) } else { lines } {
                text.push_str(&line);
                text.push_str(line_end);
            }
            (text + end).into_bytes()
        },
    )
}

/// The lines as a log that can be replayed: all but pings are numbered.
fn numbered(lines: &[String]) -> Vec<String> {
    let mut seq = 0;
    let number = |line: &String| match line.trim_start().strip_prefix('{') {
        _ if line.trim().is_empty() || line.contains("\"ping\"") => line.clone(),
        rest => {
            seq += 1;
            rest.map_or(line.clone(), |rest| format!("{{\"seq\":{},{rest}", seq - 1))
        }
    };
    lines.iter().map(number).collect()
}

/// What a bad network, proxy or producer does to bytes.
fn broken(bytes: impl Strategy<Value = Vec<u8>>) -> impl Strategy<Value = Vec<u8>> {
    let fault = (0..6u8, any::<Index>(), 0..40usize, any::<u8>());
    (bytes, vec(fault, 0..5)).prop_map(|(mut bytes, faults)| {
        for (kind, at, len, byte) in faults {
            let at = at.index(bytes.len() + 1);
            let to = (at + len).min(bytes.len());
            match kind {
                0 if at < bytes.len() => bytes[at] ^= 1 << (byte & 7),
                1 => drop(bytes.drain(at..to)),
                2 => {
                    let copy = bytes[at..to].to_vec();
                    drop(bytes.splice(to..to, copy));
                }
                3 if len < 5 => bytes.truncate(at),
                4 => bytes.insert(at, byte),
                5 => bytes.insert(at, b"{}[]\"\\\n\r"[usize::from(byte & 7)]),
                _ => {}
            }
        }
        bytes
    })
}

fn any_options() -> impl Strategy<Value = Options> {
    let ours = select(&["", "", "", "ndjson", "sse", "json-seq", "text"][..]);
    let theirs = select(
        &[
            "ag-ui",
            "ai-sdk",
            "anthropic",
            "cohere",
            "gemini",
            "langserve",
            "mistral",
            "ollama",
            "openai-chat",
            "openai-responses",
            "replicate",
        ][..],
    );
    let format = prop_oneof![4 => ours, 1 => theirs];
    let mode = select(&[Mode::Auto, Mode::Auto, Mode::Incremental, Mode::Cumulative][..]);
    (format, mode).prop_map(|(format, mode)| check::options(format, mode))
}

fn own(mode: Mode) -> Options {
    check::options("ndjson", mode)
}

/// Reads the lines, each as one chunk, after one that says nothing but that these are lines.
fn read_lines(options: &Options, lines: &[String]) -> Seen {
    let bytes: Vec<Vec<u8>> = lines
        .iter()
        .map(|line| format!("{line}\n").into_bytes())
        .collect();
    let begin: &[u8] = b"{\"type\":\"ping\"}\n";
    check::read(
        options,
        [begin]
            .into_iter()
            .chain(bytes.iter().map(|line| &line[..])),
    )
}

/// The outline but for keys and places, which depend on the way that led to it.
fn without_keys(seen: &Seen) -> Vec<String> {
    let lines = seen.outline.lines();
    lines
        .map(|line| line.splitn(4, ' ').enumerate().filter(|(i, _)| i % 3 == 0))
        .map(|parts| parts.map(|(_, part)| part).collect::<Vec<_>>().join(" "))
        .collect()
}

// The laws.

proptest! {
    #![proptest_config(config())]

    /// (a) Whole, byte by byte and in random cuts: the same outline, keys, changes, counts, skips.
    #[test]
    fn cuts_do_not_matter(
        options in any_options(),
        bytes in broken(stream()),
        cuts in vec(0..200usize, 0..20),
    ) {
        check::stream(&options, &bytes, &cuts);
    }

    /// (a) The same where the bytes are found out to be something else.
    #[test]
    fn cuts_do_not_matter_in_any_framing(
        bytes in prop_oneof![
            broken(stream()),
            broken(sse()),
            broken(text().prop_map(String::into_bytes)),
        ],
        cuts in vec(0..60usize, 0..20),
    ) {
        check::frames(&bytes, &cuts);
    }

    /// (a) Where the producer cuts its deltas does not matter, even inside a character.
    #[test]
    fn cuts_between_deltas_do_not_matter(
        text in text(),
        cuts in vec(any::<Index>(), 0..30),
        ascii in any::<bool>(),
    ) {
        let whole = read_lines(&own(Mode::Incremental), &[delta(&text)]);
        let cut = read_lines(&own(Mode::Incremental), &cut_into_deltas(&text, &cuts, ascii));
        prop_assert_eq!(cut.outline, whole.outline);
        prop_assert_eq!(cut.stats.prose, whole.stats.prose);
        prop_assert_eq!(cut.outputs, whole.outputs);
    }

    /// (b) What is shown is never taken back: by a text, char by char.
    #[test]
    fn a_text_never_takes_back_what_is_shown(text in text()) {
        check::never_retracts(&text);
    }

    /// (b) What is shown is never taken back: by whole streams, as long as nothing in them says so.
    #[test]
    fn a_stream_never_takes_back_what_is_shown(parts in vec(growing(), 0..6)) {
        let mut reader = Reader::new(&own(Mode::Incremental));
        let mut shown = check::Shown::default();
        for line in parts.concat() {
            reader.feed(line.as_bytes());
            reader.feed(b"\n");
            shown.goes_on_as(reader.outline());
        }
        reader.finish(true);
        shown.goes_on_as(reader.outline());
    }

    /// (b) A producer that repeats all text in each delta shows the same as one that does not, and
    /// takes nothing back on the way.
    #[test]
    fn cumulative_streams_show_the_same_and_take_nothing_back(
        text in text(),
        cuts in vec(any::<Index>(), 0..20),
        told in any::<bool>(),
    ) {
        let mut ends: Vec<usize> = cuts.iter().map(|cut| cut.index(text.len() + 1)).collect();
        ends.push(text.len());
        ends.retain(|&end| text.is_char_boundary(end));
        ends.sort_unstable();
        ends.dedup();
        // Blanks alone are taken as they come; a chain is known from its second link on.
        ends.retain(|&end| told || !text[..end].trim().is_empty());
        // Links that add nothing but blanks are repeats, of which few are borne.
        ends.dedup_by_key(|end| if told { *end } else { text[..*end].trim_end().len() });
        let mut reader = Reader::new(&own(if told { Mode::Cumulative } else { Mode::Auto }));
        let mut shown = check::Shown::default();
        for &end in &ends {
            reader.feed(format!("{}\n", delta(&text[..end])).as_bytes());
            shown.goes_on_as(reader.outline());
        }
        reader.feed(b"{\"type\":\"done\"}\n");
        shown.goes_on_as(reader.outline());
        // Undecided at the end counts as incremental: only a chain that goes on can be told.
        let evident = ends.len() < 2
            || ends[..ends.len() - 1]
                .iter()
                .any(|&end| text[..end].trim_end().chars().count() >= EVIDENCE_CHARS);
        if told || evident {
            let sent = &text[..ends.last().copied().unwrap_or_default()];
            prop_assert_eq!(oracle::picture_of(reader.outline()), oracle::picture(sent));
        }
    }

    /// (c) A snapshot of any prefix, then the rest: the same as the whole.
    #[test]
    fn a_snapshot_and_the_rest_are_the_whole(
        text in text(),
        at in any::<Index>(),
        before in text_of(0..8),
    ) {
        let at = boundary(&text, at);
        let options = own(Mode::Incremental);
        let whole = read_lines(&options, &[delta(&text)]);
        // On an empty page, after the same text, in the middle of another one.
        let rest = delta(&text[at..]);
        let fresh = read_lines(&options, &[snapshot(&text[..at]), rest.clone()]);
        prop_assert_eq!(without_keys(&fresh), without_keys(&whole));
        let again =
            read_lines(&options, &[delta(&text[..at]), snapshot(&text[..at]), rest.clone()]);
        prop_assert_eq!(again.outline, &*whole.outline, "places and keys stay");
        let mut reader = Reader::new(&options);
        for line in [delta(&before), snapshot(&text[..at]), rest] {
            reader.feed(format!("{line}\n").as_bytes());
        }
        reader.feed(b"{\"type\":\"done\"}\n");
        check::verified(reader.outline());
        prop_assert_eq!(oracle::picture_of(reader.outline()), oracle::picture(&text));
    }

    /// (c) A snapshot that only goes on keeps every key; an equal one changes nothing.
    #[test]
    fn a_snapshot_that_goes_on_keeps_every_key(text in text(), at in any::<Index>()) {
        let at = boundary(&text, at);
        let mut outline = Tree::default();
        outline.replace(&text[..at]);
        let keys: Vec<_> = outline.walk().map(|(_, node)| node.key).collect();
        outline.take_changes();
        outline.replace(&text[..at]);
        prop_assert_eq!(outline.take_changes(), Vec::new());
        outline.replace(&text);
        check::verified(&outline);
        let now: Vec<_> = outline.walk().map(|(_, node)| node.key).collect();
        prop_assert!(now.starts_with(&keys), "{:?} then {:?}", keys, now);
        let grown = |change: &Change| matches!(
            change,
            Change::Opened { .. }
                | Change::Grew { .. }
                | Change::Settled { .. }
                | Change::Limited(_)
        );
        let changes = outline.take_changes();
        prop_assert!(changes.iter().all(grown), "{:?}", changes);
    }

    /// (c) Of a snapshot, nodes that have kept kind, title and all titles above keep their keys.
    #[test]
    fn a_snapshot_keeps_what_is_equal(texts in versions()) {
        let mut outline = Tree::default();
        let paths = |outline: &Tree| {
            let mut paths = Paths::new();
            for (_, node) in outline.walk() {
                let mut path = Vec::new();
                let mut above = node;
                while above.depth > 0 {
                    path.push((above.kind.name(), above.title.clone()));
                    above = outline.node(above.parent).unwrap();
                }
                paths.entry(path).or_default().push(node.key);
            }
            paths
        };
        for text in texts {
            let before = paths(&outline);
            // A title that is still open may be on its way to any other.
            outline.replace(&format!("{text}\n"));
            check::verified(&outline);
            let after = paths(&outline);
            for (path, keys) in &before {
                // A path that stands several times may stand for any of them.
                let now = after.get(path).filter(|now| now.len() == 1 && keys.len() == 1);
                let once = |paths: &Paths, i: usize| {
                    paths.get(&path[i..]).is_some_and(|keys| keys.len() == 1)
                };
                let unique = (1..path.len()).all(|i| once(&before, i) && once(&after, i));
                if let Some(now) = now.filter(|_| unique) {
                    prop_assert_eq!(now, keys, "{:?}", path);
                }
            }
        }
    }

    /// (d) Lines of unknown types, pings and blank lines change nothing but the counts.
    #[test]
    fn unknown_lines_change_nothing(
        parts in vec(part(), 0..6),
        more in vec((any::<Index>(), prop_oneof![unknown(), Just(" ".to_owned())]), 1..6),
    ) {
        let lines = parts.concat();
        let seen = read_lines(&own(Mode::Auto), &lines);
        let with = read_lines(&own(Mode::Auto), &inserted(&lines, more));
        prop_assert_eq!(&with.outline, &seen.outline);
        prop_assert_eq!(with.stats.skipped, seen.stats.skipped);
        prop_assert_eq!(with.stats.prose, seen.stats.prose);
        prop_assert_eq!(changes(&with), changes(&seen));
    }

    /// (e) A refused line is told, and changes nothing else.
    #[test]
    fn a_refused_line_changes_nothing(
        parts in vec(part(), 0..6),
        more in vec((any::<Index>(), refused()), 1..6),
        seq in any::<bool>(),
    ) {
        let lines = parts.concat();
        let n = more.len() as u64;
        let mut with = inserted(&lines, more);
        let mut lines = lines;
        if seq {
            // In a log, a refused line has a place of its own.
            lines = numbered(&lines);
            with = numbered(&with);
        }
        let seen = read_lines(&own(Mode::Auto), &lines);
        let with = read_lines(&own(Mode::Auto), &with);
        prop_assert_eq!(&with.outline, &seen.outline);
        prop_assert_eq!(changes(&with), changes(&seen));
        prop_assert_eq!(with.stats.skipped + with.stats.ignored,
            seen.stats.skipped + seen.stats.ignored + n);
    }

    /// (f) A view that only hears of changes shows exactly the outline, whatever the snapshots do.
    #[test]
    fn changes_replayed_are_the_outline(
        texts in versions(),
        then in vec(prop_oneof![deltas(), versions().prop_map(|texts| {
            texts.iter().map(|text| snapshot(text)).collect::<Vec<_>>()
        }), vec(progress(), 1..3), control().prop_map(|line| vec![line])], 0..4),
        every in 1..4usize,
    ) {
        let mut reader = Reader::new(&own(Mode::Auto));
        let mut mirror = Mirror::default();
        let mut outputs = Vec::new();
        let lines = texts.iter().map(|text| snapshot(text)).chain(then.concat());
        for (n, line) in lines.enumerate() {
            reader.feed(format!("{line}\n").as_bytes());
            if n % every == 0 {
                check::take(&mut reader, &mut mirror, &mut outputs);
                check::checked(&reader, &mirror);
            }
        }
        reader.finish(true);
        check::take(&mut reader, &mut mirror, &mut outputs);
        check::checked(&reader, &mirror);
    }

    /// (g) A slow, plain reading of the whole text gives the same outline; (h) which comes out as
    /// Markdown that reads back.
    #[test]
    fn the_oracle_reads_the_same(text in text()) {
        check::markdown(&text);
    }

    /// (g) The same for one title, in every cut.
    #[test]
    fn a_text_of_any_shape_keeps_the_laws(text in shapes(), cuts in vec(0..40usize, 0..30)) {
        check::any_text(&text, &cuts);
    }

    #[test]
    fn a_json_outline_is_what_serde_json_reads(
        (text, cuts) in (course(), vec(0..40usize, 0..30)),
    ) {
        check::any_text(&text, &cuts);
        let (outline, _) = check::outline_of([&*text]);
        let found: Vec<(u32, &str)> =
            outline.walk().map(|(_, node)| (node.depth, &*node.title)).collect();
        let value: serde_json::Value = serde_json::from_str(&text).unwrap();
        let read = |value: &serde_json::Value, key: &str| {
            let title = value.get(key).unwrap_or(value);
            let title = title.as_str().unwrap().replace(['\n', '\r'], " ");
            live_outline::outline::title::shown(&title, false)
        };
        let mut right = Vec::new();
        let mut modules = false;
        for module in value["modules"].as_array().unwrap() {
            let title = read(module, "title");
            modules |= !title.is_empty();
            right.extend((!title.is_empty()).then_some((1, title)));
            for lesson in module["lessons"].as_array().unwrap() {
                let title = read(lesson, "lesson_title");
                right.extend((!title.is_empty()).then_some((1 + u32::from(modules), title)));
            }
        }
        let right: Vec<(u32, &str)> = right.iter().map(|(depth, title)| (*depth, &**title)).collect();
        prop_assert_eq!(found, right, "{}", text);
        prop_assert_eq!(outline.title(), read(&value, "title"));
    }

    #[test]
    fn the_oracle_reads_the_same_title(title in title(), heading in any::<bool>()) {
        let raw: String = title.replace(['\n', '\r'], " ");
        prop_assert_eq!(
            live_outline::outline::title::shown(&raw, heading),
            oracle::title(&raw, heading).0
        );
    }

    /// (h) Any outline that a stream can make comes out as Markdown that reads back.
    #[test]
    fn an_outline_reads_back_from_its_markdown(parts in vec(part(), 0..6)) {
        let mut reader = Reader::new(&own(Mode::Auto));
        for line in parts.concat() {
            reader.feed(format!("{line}\n").as_bytes());
        }
        reader.finish(true);
        check::reads_back(reader.outline());
        serde_json::from_str::<serde_json::Value>(&reader.outline().to_json()).unwrap();
    }

    /// (i) Any earlier part of a log, sent again at any time, changes nothing.
    #[test]
    fn a_replayed_log_changes_nothing(
        parts in vec(part(), 0..6),
        replays in vec((any::<Index>(), any::<Index>()), 0..4),
    ) {
        let mut lines = parts.concat();
        lines.push("{\"type\":\"done\"}".to_owned());
        let lines = numbered(&lines);
        let whole = read_lines(&own(Mode::Auto), &lines);
        let mut replays: Vec<(usize, usize)> = replays
            .iter()
            .map(|(to, from)| (to.index(lines.len() + 1), from.index(lines.len() + 1)))
            .collect();
        replays.sort_unstable();
        let mut log = Vec::new();
        let mut sent = 0;
        for (to, from) in replays {
            log.extend_from_slice(&lines[sent..to]);
            sent = from.min(to);
        }
        log.extend_from_slice(&lines[sent..]);
        let resumed = read_lines(&own(Mode::Auto), &log);
        prop_assert_eq!(&resumed.outline, &whole.outline);
        prop_assert_eq!(changes(&resumed), changes(&whole));
        prop_assert_eq!(resumed.end, whole.end);
    }

    /// (j) No bytes cause a panic, and whatever they say the outline keeps its rules.
    #[test]
    fn no_bytes_cause_a_panic(
        options in any_options(),
        bytes in prop_oneof![
            vec(any::<u8>(), 0..200),
            vec(select(&b"{}[]\":,\\u0dtype\n\r #-*`\xef\xbb\xbf\xf0"[..]), 0..200),
            broken(stream()),
        ],
    ) {
        check::stream(&options, &bytes, &[1, 2, 3, 5, 8, 13]);
    }

    /// What `serde_json` takes is taken, and the other way round but for what only browsers take.
    #[test]
    fn json_is_taken_where_serde_json_takes_it(
        text in prop_oneof![
            broken(json().prop_map(String::into_bytes)),
            broken(stream()),
            vec(select(&b"{}[]\":,\\/bfnrtu0dD8c9e.E+-x \t\n1true"[..]), 0..24),
        ],
    ) {
        check::json(&String::from_utf8_lossy(&text));
    }
}

/// Lines that only ever add.
fn growing() -> impl Strategy<Value = Vec<String>> {
    let one = |line: String| vec![line];
    let named = progress().prop_map(|line| {
        // Without names nothing is renamed.
        line.replace(",\"id\":", ",\"no\":")
    });
    prop_oneof![
        6 => deltas(),
        2 => named.prop_map(one),
        1 => unknown().prop_map(one),
        1 => refused().prop_map(one),
    ]
}

/// Server-sent events around a stream's lines.
fn sse() -> impl Strategy<Value = Vec<u8>> {
    let end = select(&["\n", "\r\n", "\r"][..]);
    let before = select(
        &[
            "",
            "event: message",
            ": hi",
            "id: 1",
            "data",
            "{",
            "{}",
            "retry: 1",
        ][..],
    );
    (vec((before, part()), 0..4), end).prop_map(|(parts, end)| {
        let mut text = String::new();
        for (before, lines) in parts {
            text.push_str(&format!("{before}{end}"));
            for line in lines {
                text.push_str(&format!("data: {line}{end}{end}"));
            }
        }
        text.into_bytes()
    })
}

/// Any JSON value.
fn json() -> impl Strategy<Value = String> {
    let number = "-?(0|[1-9][0-9]{0,25})(\\.[0-9]{1,4})?([eE][+-]?[0-9]{1,3})?";
    let leaf = prop_oneof![
        select(
            &[
                "null", "true", "false", "\"\"", "{}", "[]", "0", "-0", "1e999", "7.0"
            ][..]
        )
        .prop_map(str::to_owned),
        number,
        (title(), any::<bool>())
            .prop_map(|(text, ascii)| quoted(&text.encode_utf16().collect::<Vec<_>>(), ascii)),
        vec(
            select(&[0xD83Du16, 0xDE00, 0x61, 0x22, 0x5C, 0xFFFF, 0, 0x2028][..]),
            0..5
        )
        .prop_map(|units| quoted(&units, false)),
    ];
    let blank = || select(&["", "", "", " ", "\t", "\r\n"][..]);
    leaf.prop_recursive(4, 24, 5, move |inner| {
        let key = select(&["\"a\"", "\"type\"", "\"t\\u0079pe\"", "\"\"", "\"\\ud83d\""][..]);
        prop_oneof![
            (vec(inner.clone(), 0..5), blank())
                .prop_map(|(items, blank)| format!("[{}]", items.join(&format!("{blank},")))),
            (vec((key, inner), 0..5), blank()).prop_map(|(members, blank)| {
                let members: Vec<String> = members
                    .iter()
                    .map(|(key, value)| format!("{key}{blank}:{value}"))
                    .collect();
                format!("{{{blank}{}}}", members.join(&format!(",{blank}")))
            }),
        ]
    })
}

/// The keys of the nodes whose kinds and titles, from their own up to the top, are these.
type Paths = std::collections::BTreeMap<Vec<(&'static str, String)>, Vec<Key>>;

fn boundary(text: &str, at: Index) -> usize {
    let at = at.index(text.len() + 1);
    (0..=at)
        .rev()
        .find(|&at| text.is_char_boundary(at))
        .unwrap_or(0)
}

fn inserted(lines: &[String], more: Vec<(Index, String)>) -> Vec<String> {
    let mut lines = lines.to_vec();
    for (at, line) in more {
        lines.insert(at.index(lines.len() + 1), line);
    }
    lines
}

/// The changes alone, growth that follows growth joined.
fn changes(seen: &Seen) -> Vec<Output> {
    let changes = seen
        .outputs
        .iter()
        .filter(|output| matches!(output, Output::Change(_)));
    check::joined(changes.cloned().collect())
}
