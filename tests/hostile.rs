//! Streams that nobody sends on purpose, or somebody does: what once went wrong keeps its test, and
//! no input costs more than its size.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, clippy::panic)]

mod oracle;

use std::alloc::System;
use std::process::Command;

use cap::Cap;
use live_outline::outline::tree::{Change, Key, Tree};
use live_outline::read::event::Mode;
use live_outline::read::lines::LINE_BYTES_MAX;
use live_outline::reader::{End, Note, Options, Output, Reader};

use oracle::check;

// What once went wrong.

fn read(options: &Options, bytes: &[u8]) -> Reader {
    let mut reader = Reader::new(options);
    reader.feed(bytes);
    reader.finish(true);
    check::verified(reader.outline());
    reader
}

fn outline(text: &str) -> Tree {
    check::outline_of([text]).0
}

fn titles(outline: &Tree) -> Vec<&str> {
    outline.walk().map(|(_, node)| &*node.title).collect()
}

fn keys(outline: &Tree) -> Vec<Key> {
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
    let mut outline = Tree::default();
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
        ("- [x](javascript:alert(1))", &["x"]),
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

// Work, counted.

/// Every test of this file allocates through this; what is counted runs alone, in a child process.
#[global_allocator]
static MEMORY: Cap<System> = Cap::new(System, usize::MAX);

/// A stream that may cost no more than its size.
struct Case {
    name: &'static str,
    options: (&'static str, Mode),
    /// The whole stream, of a size that grows with the number.
    stream: fn(usize) -> Vec<u8>,
    /// The smaller number; the larger is four times that. Both grow with [`SCALE`].
    n: usize,
    /// Bytes a chunk.
    chunk: usize,
}

const fn case(name: &'static str, n: usize, chunk: usize, stream: fn(usize) -> Vec<u8>) -> Case {
    Case {
        name,
        options: ("", Mode::Auto),
        stream,
        n,
        chunk,
    }
}

const CASES: &[Case] = &[
    case("an endless line", 1 << 18, 4096, |n| {
        [b"{\"type\":\"delta\",\"text\":\"".to_vec(), vec![b'x'; n]].concat()
    }),
    case("an endless line, byte by byte", 1 << 10, 1, |n| {
        [b"{\"type\":\"delta\",\"text\":\"".to_vec(), vec![b'x'; n]].concat()
    }),
    case("an endless title", 1 << 11, 7, |n| {
        [b"- ".to_vec(), vec![b'x'; n]].concat()
    }),
    case("an endless rule", 1 << 11, 7, |n| b"- ".repeat(n / 2)),
    case("an endless fence", 1 << 11, 7, |n| {
        [b"```".to_vec(), vec![b'x'; n]].concat()
    }),
    case("an endless heading of hashes", 1 << 10, 7, |n| {
        [b"## ".to_vec(), b"# ".repeat(n)].concat()
    }),
    case("tiny lines", 80, 64, |n| b"- a\n".repeat(n)),
    case("tiny lines that say nothing", 50, 64, |n| b"{}\n".repeat(n)),
    case("objects on one line", 50, 64, |n| b"{}".repeat(n)),
    case("an object that never ends", 50, 64, |n| {
        b"{\"a\":\n".repeat(n)
    }),
    case("objects over many lines that come to nothing", 5, 64, |n| {
        [b"{\"a\":\n".repeat(40), b"]\n".to_vec()]
            .concat()
            .repeat(n)
    }),
    case("lines of text that could be records", 40, 64, |n| {
        b"{\"type\":\"x\"}\ndata: x\nid: x\n".repeat(n)
    }),
    case("events without blank lines", 40, 64, |n| {
        [b"data: 1\n\n".to_vec(), b"data: {\"a\":[{}\n".repeat(n)].concat()
    }),
    case("blanks without end", 1000, 7, |n| b" \n".repeat(n)),
    case("tiny deltas", 40, 64, |n| {
        b"{\"type\":\"delta\",\"text\":\"- a\\n\"}\n".repeat(n)
    }),
    case("nested lists", 24, 64, |n| {
        (0..n)
            .flat_map(|i| format!("{}- a\n", "  ".repeat(i)).into_bytes())
            .collect()
    }),
    case("lists that go in and out", 24, 64, |n| {
        b"- a\n\t- b\n\t\t- c\n - d\n".repeat(n)
    }),
    case("a title of open stars", 1, 64, |n| title_of("*a ", n)),
    case("a title of open stars of all lengths", 1, 64, |n| {
        title_of("*a **b ***c ", n)
    }),
    case("a title of closed stars", 1, 64, |n| {
        title_of("*a* **b** ", n)
    }),
    case("a title of open backticks", 1, 64, |n| {
        title_of("`a ``b ", n)
    }),
    case("a title of backslashes", 1, 64, |n| title_of("\\*\\", n)),
    case("titles of backticks of many lengths", 1, 64, |n| {
        let title: String = (1..43).map(|len| "`".repeat(len) + "a").collect();
        format!("- {title}\n").repeat(n).into_bytes()
    }),
    case("deep JSON", 1000, 4096, |n| {
        let (open, close) = ("[".repeat(n), "]".repeat(n));
        format!("{{\"x\":{open}{close},\"type\":\"delta\",\"text\":\"- a\"}}\n").into_bytes()
    }),
    case("deep JSON objects", 100, 4096, |n| {
        let (open, close) = ("{\"type\":".repeat(n), "}".repeat(n));
        format!("{open}1{close}\n").into_bytes()
    }),
    case("many members", 80, 4096, |n| {
        format!(
            "{{{}\"type\":\"delta\",\"text\":\"\"}}\n",
            "\"type\":\"x\",".repeat(n)
        )
        .into_bytes()
    }),
    case("many escapes", 60, 4096, |n| {
        let text = "\\ud83d\\ude00\\n\\u0041\\ud83d";
        format!("{{\"type\":\"delta\",\"text\":\"{}\"}}\n", text.repeat(n)).into_bytes()
    }),
    case("snapshots in reverse order", 16, 4096, |n| {
        let there: Vec<String> = (0..n).map(|i| format!("- lesson {i}")).collect();
        let back: Vec<String> = there.iter().rev().cloned().collect();
        snapshots(&[there.join("\n"), back.join("\n"), there.join("\n")])
    }),
    case("snapshots of equal titles", 16, 4096, |n| {
        snapshots(&["- a\n".repeat(n), "- a\n".repeat(n / 2), "- b\n".repeat(n)])
    }),
    case("snapshots with every other node gone", 16, 4096, |n| {
        let some = |step| {
            (0..n)
                .step_by(step)
                .map(|i| format!("- {i}\n"))
                .collect::<String>()
        };
        snapshots(&[some(1), some(2), some(1), some(3)])
    }),
    case("snapshots renamed at every place", 12, 4096, |n| {
        let named = |name| {
            (0..n)
                .map(|i| format!("- {name} {i}\n- same\n"))
                .collect::<String>()
        };
        snapshots(&[named("a"), named("b"), named("c")])
    }),
    case("cumulative deltas", 8, 4096, |n| {
        (1..n)
            .flat_map(|n| delta("- lesson of some length\n".repeat(n).as_bytes()).into_bytes())
            .collect()
    }),
    case("cumulative deltas that are rewritten", 8, 4096, |n| {
        (1..n)
            .flat_map(|n| {
                delta(format!("## A\n## B{n}\n{}", "- l\n".repeat(n)).as_bytes()).into_bytes()
            })
            .collect()
    }),
    case("named nodes", 20, 4096, |n| {
        (0..n)
            .flat_map(|i| {
                format!("{{\"type\":\"lesson\",\"title\":\"{i}\",\"id\":{i}}}\n").into_bytes()
            })
            .collect()
    }),
    case("lines out of order", 12, 4096, |n| {
        (0..n)
            .flat_map(|i| {
                format!(
                    "{{\"type\":\"ping\"}}\n{{\"type\":\"x\",\"seq\":{}}}\n",
                    i * 7 % n
                )
                .into_bytes()
            })
            .collect()
    }),
    case("one event of many lines", 200, 64, |n| {
        b"data: {\n".repeat(n)
    }),
    case("a value that never ends", 1 << 11, 64, |n| {
        [b"[{\"a\":".to_vec(), b"[\"]\"".repeat(n / 4)].concat()
    }),
    case("channels that all wait", 20, 4096, |n| {
        let begin = "{\"type\":\"text-start\",\"id\":\"x\"}";
        let deltas = (0..n).map(|i| {
            format!("data: {{\"type\":\"text-delta\",\"id\":\"{i}\",\"delta\":\"a\"}}\n\n")
        });
        format!("data: {begin}\n\n{}", deltas.collect::<String>()).into_bytes()
    }),
];

/// A title made of one pattern, at most as long as titles are read.
fn title_of(pattern: &str, n: usize) -> Vec<u8> {
    format!("- {}\n", pattern.repeat(1000 * n / pattern.len())).into_bytes()
}

fn snapshots(texts: &[String]) -> Vec<u8> {
    let lines = texts
        .iter()
        .map(|text| delta(text.as_bytes()).replacen("delta", "snapshot", 1));
    lines.collect::<String>().into_bytes()
}

/// What one case costs: bytes allocated over time, and bytes held at most.
fn run(case: &Case, stream: &[u8]) -> (usize, usize) {
    let (before, held) = (MEMORY.total_allocated(), MEMORY.allocated());
    let mut reader = Reader::new(&check::options(case.options.0, case.options.1));
    let mut held_max = 0;
    for chunk in stream.chunks(case.chunk) {
        reader.feed(chunk);
        held_max = held_max.max(MEMORY.allocated().saturating_sub(held));
        drop(reader.take_outputs());
    }
    reader.finish(true);
    (MEMORY.total_allocated() - before, held_max)
}

/// Where an instruction counter begins to count anew.
#[inline(never)]
fn next_case() {
    std::hint::black_box(());
}

const IS_CHILD: &str = "LIVE_OUTLINE_COUNTS";
/// How many times larger the cases are than they say.
const SCALE: &str = "LIVE_OUTLINE_SCALE";

/// Not a test by itself: what the tests below start, and count from outside.
#[test]
fn child() {
    if std::env::var_os(IS_CHILD).is_none() {
        return;
    }
    let scale = std::env::var(SCALE).map_or(1, |scale| scale.parse().unwrap());
    for case in CASES {
        for n in [case.n * scale, case.n * scale * 4] {
            let stream = (case.stream)(n);
            next_case();
            let (allocated, held) = run(case, &stream);
            next_case();
            println!("\ncount {} {allocated} {held}", stream.len());
        }
    }
}

/// What a child says that runs one test of this file alone.
fn counted(command: &mut Command, test: &str) -> String {
    let output = command
        .args(["--exact", test, "--nocapture", "--test-threads=1"])
        .env(IS_CHILD, "1")
        .output()
        .unwrap();
    String::from_utf8(output.stdout).unwrap()
}

/// For each case its sizes, small and large, with what was counted: bytes, allocated, held.
fn counts(command: &mut Command) -> Vec<[[usize; 3]; 2]> {
    let text = counted(command, "child");
    let counts: Vec<[usize; 3]> = text
        .lines()
        .filter_map(|line| line.strip_prefix("count "))
        .map(|line| {
            let numbers: Vec<usize> = line.split(' ').map(|n| n.parse().unwrap()).collect();
            numbers.try_into().unwrap()
        })
        .collect();
    assert_eq!(counts.len(), CASES.len() * 2, "{text}");
    counts.chunks(2).map(|pair| [pair[0], pair[1]]).collect()
}

/// Fails if one byte of the larger stream costs clearly more than one of the smaller. A sum that
/// does not depend on the size is let off.
fn assert_linear(what: &str, free: usize, bytes: [usize; 2], work: [usize; 2]) -> Option<String> {
    let per_byte = |i: usize| work[i].saturating_sub(free) as f64 / bytes[i] as f64;
    let line = format!(
        "{what}: {} for {} bytes, {} for {}: {:.1} and {:.1} a byte",
        work[0],
        bytes[0],
        work[1],
        bytes[1],
        per_byte(0),
        per_byte(1)
    );
    println!("{line}");
    (work[1] > free && per_byte(1) > 1.5 * work[0] as f64 / bytes[0] as f64).then_some(line)
}

#[test]
fn no_stream_makes_memory_more_than_its_size() {
    let mut command = Command::new(std::env::current_exe().unwrap());
    let counts = counts(command.env(SCALE, "16"));
    let broken: Vec<String> = CASES
        .iter()
        .zip(counts)
        .filter_map(|(case, [small, large])| {
            let bytes = [small[0], large[0]];
            assert_linear(case.name, 100_000, bytes, [small[1], large[1]])
        })
        .collect();
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

/// Counts instructions, where there is a tool that counts them; says so where there is none.
#[test]
fn no_stream_costs_more_than_its_size() {
    let dir = std::env::temp_dir().join(format!("live-outline-{}", std::process::id()));
    if Command::new("valgrind").arg("--version").output().is_err() {
        return println!("skipped: instructions are counted by valgrind, which is not there");
    }
    std::fs::create_dir_all(&dir).unwrap();
    let out = dir.join("out");
    let mut command = Command::new("valgrind");
    command
        .args(["--tool=callgrind", "--dump-before=*next_case*"])
        .arg(format!("--callgrind-out-file={}", out.display()))
        .arg(std::env::current_exe().unwrap());
    let counts = counts(&mut command);
    // Every second part is a case, the others its preparation.
    let instructions: Vec<usize> = (1..=CASES.len() * 2)
        .map(|i| {
            let part = std::fs::read_to_string(format!("{}.{}", out.display(), 2 * i)).unwrap();
            let total = part
                .lines()
                .find_map(|line| line.strip_prefix("totals: "))
                .unwrap();
            total.trim().parse().unwrap()
        })
        .collect();
    std::fs::remove_dir_all(dir).unwrap();
    let broken: Vec<String> = CASES
        .iter()
        .zip(counts)
        .zip(instructions.chunks(2))
        .filter_map(|((case, [small, large]), work)| {
            assert_linear(case.name, 0, [small[0], large[0]], [work[0], work[1]])
        })
        .collect();
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

/// Streams that never end, by what comes over and over again.
const ENDLESS: &[(&str, &[u8])] = &[
    ("a line", b"x"),
    (
        "a string",
        b"{\"type\":\"delta\",\"text\":\"xxxxxxxxxxxxxxxxxx",
    ),
    ("a title", b"- xxxxxxxxxxxxxxxxxxx"),
    ("an undecided title", b"- *`xxxxxxxxxxxxxxxxx"),
    ("blanks", b" "),
    ("line ends", b"\n"),
    ("prose", b"prose\n"),
    ("a comment", b":"),
    ("comments", b": hi\n"),
    ("an event's data", b"data: {\n"),
    ("an event's name", b"event: x\ndata"),
    ("a value", b"[{\"a\":\""),
    ("brackets", b"["),
    (
        "resets",
        b"{\"type\":\"delta\",\"text\":\"- a\\n\"}\n{\"type\":\"reset\"}\n",
    ),
    ("refused lines", b"{oops\n"),
    ("gaps", b"{\"type\":\"x\",\"seq\":7}\n"),
    ("pings", b"{\"type\":\"ping\"}\n"),
    (
        "deltas after the end",
        b"{\"type\":\"done\"}\n{\"type\":\"delta\",\"text\":\"- a\\n\"}\n",
    ),
    ("equal deltas", b"{\"type\":\"delta\",\"text\":\"a\"}\n"),
    (
        "equal snapshots",
        b"{\"type\":\"snapshot\",\"text\":\"- a\\n- b\"}\n",
    ),
    (
        "halves of a character",
        b"{\"type\":\"delta\",\"text\":\"\\ud83d\"}\n",
    ),
];

#[test]
fn endless_streams_hold_bounded_memory() {
    // A line at the limit, its string once more, and what doubles while it grows.
    let bound = 6 * LINE_BYTES_MAX;
    let mut command = Command::new(std::env::current_exe().unwrap());
    let text = counted(&mut command, "endless");
    for line in text.lines().filter_map(|line| line.strip_prefix("held ")) {
        let (held, name) = line.split_once(' ').unwrap();
        println!("{name}: {held}");
        assert!(
            held.parse::<usize>().unwrap() < bound,
            "{name} holds {held} bytes"
        );
    }
    assert_eq!(text.matches("held ").count(), ENDLESS.len() + 2, "{text}");
}

/// Not a test by itself, as [`child`].
#[test]
fn endless() {
    if std::env::var_os(IS_CHILD).is_none() {
        return;
    }
    let held = |name: &str, chunks: &mut dyn Iterator<Item = Vec<u8>>| {
        let before = MEMORY.allocated();
        let mut reader = Reader::new(&Options::default());
        let mut held = 0;
        for chunk in chunks {
            reader.feed(&chunk);
            drop(reader.take_outputs());
            held = held.max(MEMORY.allocated().saturating_sub(before));
        }
        println!("\nheld {held} {name}");
    };
    for (name, again) in ENDLESS {
        let chunk = again.repeat(16 * 1024 / again.len());
        held(name, &mut std::iter::repeat_n(chunk, 80));
    }
    // Each is another one, and takes the place of the one before.
    held(
        "names",
        &mut (0..5_000).map(|i| {
            let name = "x".repeat(200);
            let lesson = format!("{{\"type\":\"lesson\",\"title\":\"a\",\"id\":\"{name}{i}\"}}\n");
            (lesson + "{\"type\":\"snapshot\",\"text\":\"\"}\n").into_bytes()
        }),
    );
    held(
        "runs",
        &mut (0..5_000).map(|i| {
            format!("{{\"type\":\"start\",\"run\":{i}}}\n{}", delta(b"- a\n")).into_bytes()
        }),
    );
}
