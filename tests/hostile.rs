//! Streams that nobody sends on purpose, or somebody does: what once went wrong keeps its test, and
//! no input costs more than its size.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, clippy::panic)]

mod oracle;

use live_outline::core::event::Mode;
use live_outline::core::lines::LINE_BYTES_MAX;
use live_outline::core::outline::{Change, Key, Outline};
use live_outline::core::reader::{End, Note, Options, Output, Reader};

use oracle::check;

// What once went wrong.

fn read(options: &Options, bytes: &[u8]) -> Reader {
    let mut reader = Reader::new(options);
    reader.feed(bytes);
    reader.finish(true);
    check::verified(reader.outline());
    reader
}

fn outline(text: &str) -> Outline {
    check::outline_of([text]).0
}

fn titles(outline: &Outline) -> Vec<&str> {
    outline.walk().map(|(_, node)| &*node.title).collect()
}

fn keys(outline: &Outline) -> Vec<Key> {
    outline.walk().map(|(_, node)| node.key).collect()
}

#[test]
fn a_byte_order_mark_inside_bare_text_stays_wherever_it_is_cut() {
    let text = "# a\u{feff}b";
    check::frames(text.as_bytes(), &[]);
    let bytes = text.as_bytes();
    let mut reader = Reader::new(&check::options("text", Mode::Auto));
    bytes.chunks(1).for_each(|byte| reader.feed(byte));
    reader.finish(true);
    assert_eq!(reader.outline().title(), "a\u{feff}b");
}

#[test]
fn how_much_comes_at_once_does_not_decide_the_framing() {
    for blanks in [4094, 4095, 4096, 4097, 9000] {
        let text = format!("{}{{\"type\":\"done\"}}\n", "\n".repeat(blanks));
        let whole = check::read(&Options::default(), [text.as_bytes()]);
        let single = check::read(&Options::default(), text.as_bytes().chunks(1));
        assert_eq!(single, whole, "{blanks} blank lines first");
    }
}

#[test]
fn a_first_line_at_the_limit_behind_a_byte_order_mark_is_read_in_any_cut() {
    for (more, end) in [(0, "\n"), (0, "\r\n"), (1, "\n"), (1, "\r\n")] {
        let text = "x".repeat(LINE_BYTES_MAX + more - "{\"type\":\"\"}".len());
        let line = format!("\u{feff}{{\"type\":\"{text}\"}}{end}");
        let chunks = |size: usize| check::read(&Options::default(), line.as_bytes().chunks(size));
        assert_eq!(chunks(line.len()).stats.skipped, more as u64);
        assert_eq!(chunks(70_001), chunks(line.len()));
    }
}

#[test]
fn blanks_at_the_end_of_the_body_are_no_torn_line() {
    for end in [" ", "\r", "\n  ", "\n\t\r"] {
        let text = format!("{{\"type\":\"delta\",\"text\":\"- a\"}}\n{end}");
        let reader = read(&Options::default(), text.as_bytes());
        assert_eq!(reader.end(), Some(&End::Ended), "{end:?}");
        assert_eq!(
            (reader.stats().lines, reader.stats().skipped),
            (1, 0),
            "{end:?}"
        );
    }
}

#[test]
fn a_refused_line_in_a_numbered_log_is_no_gap() {
    let log = concat!(
        "{\"type\":\"delta\",\"text\":\"- a\\n\",\"seq\":0}\n",
        "{\"type\":\"delta\",\"seq\":1}\n",
        "{\"type\":\"delta\",\"te#\n",
        "{\"type\":\"delta\",\"text\":\"- b\\n\",\"seq\":3}\n",
    );
    let reader = read(&Options::default(), log.as_bytes());
    assert_eq!(titles(reader.outline()), ["a", "b"]);
    assert_eq!((reader.last_seq(), reader.stats().skipped), (Some(3), 2));
    // Nor does the same log again hide a gap behind it.
    let gap = "{\"type\":\"delta\",\"text\":\"- d\\n\",\"seq\":5}\n";
    let reader = read(&Options::default(), format!("{log}{log}{gap}").as_bytes());
    assert_eq!(titles(reader.outline()), ["a", "b"]);
    assert_eq!(reader.last_seq(), Some(3));
}

#[test]
fn what_is_planned_is_told_in_its_place() {
    let mut reader = Reader::new(&Options::default());
    reader.feed(b"{\"type\":\"delta\",\"text\":\"- a\"}\n{\"type\":\"start\",\"modules\":2}\n");
    let outputs = reader.take_outputs();
    assert!(matches!(outputs[0], Output::Change(Change::Opened { .. })));
    assert_eq!(outputs[1], Output::Note(Note::Planned(2)));
}

#[test]
fn a_name_is_not_given_to_the_node_before() {
    let lines = concat!(
        "{\"type\":\"delta\",\"text\":\"- *held\"}\n",
        "{\"type\":\"lesson\",\"title\":\"\",\"id\":\"x\"}\n",
        "{\"type\":\"lesson\",\"title\":\"mine\",\"id\":\"x\"}\n",
    );
    let reader = read(&Options::default(), lines.as_bytes());
    assert_eq!(titles(reader.outline()), ["*held", "mine"]);
}

#[test]
fn sections_below_sections_at_the_top_read_back() {
    let outline = outline("### a\n#### b\n##### c\n###### d\n- e\n#### f\n");
    assert_eq!(
        outline.to_markdown(),
        "\n### a\n\n#### b\n\n##### c\n\n###### d\n- e\n\n#### f\n"
    );
    check::reads_back(&outline);
}

#[test]
fn a_course_title_between_a_section_and_a_lesson_reads_back() {
    let outline = outline("- r\n### a\n- 1\n# C\n- 2\n## M\n");
    check::reads_back(&outline);
    assert!(outline.to_markdown().contains("- 1\n\n# C\n\n- 2\n"));
}

#[test]
fn a_snapshot_says_whether_a_title_is_cut() {
    let whole = "x".repeat(4096);
    let (cut, uncut) = (format!("- {whole}x\n"), format!("- {whole}\n"));
    let mut outline = outline(&cut);
    for (text, is_cut) in [(&uncut, false), (&cut, true)] {
        outline.replace(text);
        assert_eq!(outline.walk().next().unwrap().1.cut, is_cut);
    }
}

#[test]
fn an_open_title_that_grows_in_a_snapshot_keeps_its_key() {
    let mut outline = Outline::default();
    outline.replace("- a\n- Intro");
    let before = keys(&outline);
    // The title that it had so far is now another one's.
    outline.replace("- a\n- Introduction\n- Intro\n");
    assert_eq!(keys(&outline)[..2], before);
    assert_eq!(titles(&outline), ["a", "Introduction", "Intro"]);
}

#[test]
fn cumulative_deltas_go_on_repeating_the_text_of_a_snapshot() {
    let lines = concat!(
        "{\"type\":\"delta\",\"text\":\"- a\\n\"}\n",
        "{\"type\":\"snapshot\",\"text\":\"- a\\n- b\\n\"}\n",
        "{\"type\":\"delta\",\"text\":\"- a\\n- b\\n- c\\n\"}\n",
    );
    let reader = read(&check::options("", Mode::Cumulative), lines.as_bytes());
    assert_eq!(titles(reader.outline()), ["a", "b", "c"]);
}

/// The titles that streaming Markdown renderers get wrong, as their readers see them.
#[test]
fn technical_titles_survive_char_by_char() {
    for (text, seen) in [
        (
            "- Generics: Vec<T> and Option<T>",
            &["Generics: Vec<T> and Option<T>"][..],
        ),
        ("- The <script> tag\n- Next", &["The <script> tag", "Next"]),
        (
            "- snake_case and __init__ and 2*3*4",
            &["snake_case and __init__ and 2*3*4"],
        ),
        ("- Arrays [i] and [link](x)", &["Arrays [i] and [link](x)"]),
        ("- Intro\n2. Second", &["Intro", "Second"]),
        ("- AT&T &amp; R&D", &["AT&T &amp; R&D"]),
        ("- [x](javascript:alert(1))", &["[x](javascript:alert(1))"]),
        (
            "- <img src=x onerror=alert(1)>",
            &["<img src=x onerror=alert(1)>"],
        ),
    ] {
        for begin in ["", "## M\n", "# C\n"] {
            let text = format!("{begin}{text}");
            check::markdown(&text);
            for c in [1, 2, 3] {
                let lines: Vec<String> = text.as_bytes().chunks(c).map(delta).collect();
                let reader = read(&Options::default(), lines.concat().as_bytes());
                let titles = titles(reader.outline());
                assert_eq!(
                    titles[titles.len() - seen.len()..],
                    *seen,
                    "{c} bytes a delta"
                );
            }
        }
    }
}

/// A delta of ASCII text.
fn delta(text: &[u8]) -> String {
    let text = serde_json::to_string(std::str::from_utf8(text).unwrap()).unwrap();
    format!("{{\"type\":\"delta\",\"text\":{text}}}\n")
}
