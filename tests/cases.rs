//! What models really write, as the cases beside the checkout tell it: each whole, byte by byte and
//! at random cuts.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, clippy::panic)]

mod oracle;

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use live_outline::outline::tree::{ROOT, Tree};
use live_outline::read::event::Mode;
use live_outline::reader::{Options, Reader};
use serde_json::{Value, json};

use oracle::check::{self, Shown};

/// How often each case is cut at random places.
const CUTS: u64 = 200;
/// The one case in which what was shown goes again: thoughts that nothing opened.
const TAKES_BACK: &str = "25-";

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/cases/shapes")
}

/// Numbers that look random and are the same each time.
struct Dice(u64);

impl Dice {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % end.max(1) as u64) as usize
    }
}

/// The title and the tree, in the words of `expect.json`.
fn value(outline: &Tree) -> Value {
    fn children(outline: &Tree, at: live_outline::outline::tree::NodeIdx) -> Value {
        let node = outline.node(at).unwrap();
        let below = node.children.iter().map(|&at| {
            let node = outline.node(at).unwrap();
            json!([node.kind.name(), node.title, children(outline, at)])
        });
        Value::Array(below.collect())
    }
    json!([outline.title(), children(outline, ROOT)])
}

fn expected(path: &Path) -> Value {
    let expect: Value = serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap();
    let tree = expect.get("tree").or(expect.get("children")).unwrap();
    json!([expect["title"], tree])
}

fn reader(format: &str) -> Reader {
    Reader::new(&Options {
        format: format.to_owned(),
        mode: Mode::Incremental,
        done_at_end: true,
    })
}

/// Reads pieces of text as bare text or as deltas; after each, what is shown goes on.
fn read<'a>(
    pieces: impl IntoIterator<Item = &'a [u8]>,
    as_deltas: bool,
    takes_back: bool,
) -> Value {
    let mut reader = reader(if as_deltas { "" } else { "text" });
    let mut shown = Shown::default();
    for piece in pieces {
        if as_deltas {
            let text = std::str::from_utf8(piece).unwrap();
            let line = json!({"type": "delta", "text": text}).to_string() + "\n";
            reader.feed(line.as_bytes());
        } else {
            reader.feed(piece);
        }
        if !takes_back && !reader.take_outputs().is_empty() {
            shown.goes_on_as(reader.outline());
        }
    }
    if as_deltas {
        reader.feed(b"{\"type\":\"done\"}\n");
    }
    reader.finish(true);
    if !takes_back {
        shown.goes_on_as(reader.outline());
    }
    check::verified(reader.outline());
    value(reader.outline())
}

/// Everything that can be asked of one input; the first answer that is wrong.
fn wrong(name: &str, text: &str, right: &Value) -> Result<(), String> {
    let takes_back = name.starts_with(TAKES_BACK);
    let is = |how: &str, found: Value| match found == *right {
        true => Ok(()),
        false => Err(format!("{name} {how}:\n  {found}\nnot\n  {right}")),
    };
    let bytes = text.as_bytes();
    is("whole", read([bytes], false, takes_back))?;
    is("whole, as a delta", read([bytes], true, takes_back))?;
    is("byte by byte", read(bytes.chunks(1), false, takes_back))?;
    let chars = text.char_indices();
    let chars = chars.map(|(at, c)| &bytes[at..at + c.len_utf8()]);
    is("deltas of a character", read(chars, true, takes_back))?;
    let mut dice = Dice(0x9E37_79B9_7F4A_7C15);
    for round in 0..CUTS {
        let as_deltas = round % 2 == 0;
        let mut pieces = Vec::new();
        let mut from = 0;
        let most = [4, 12, 60][round as usize % 3];
        while from < bytes.len() {
            let mut to = (from + 1 + dice.below(most)).min(bytes.len());
            while as_deltas && !text.is_char_boundary(to) {
                to += 1;
            }
            pieces.push(&bytes[from..to]);
            from = to;
        }
        is("cut", read(pieces, as_deltas, takes_back))?;
    }
    let mut snapshot = Tree::default();
    snapshot
        .replace(text)
        .finish(&mut |step| snapshot.apply(step));
    is("as a snapshot", value(&snapshot))?;
    check::reads_back(&snapshot);
    Ok(())
}

#[test]
fn every_case_comes_out_right() {
    let Ok(cases) = fs::read_dir(folder()) else {
        // Past the test runner, which keeps what a passing test prints to itself.
        let aloud = format!("NOT TRIED: there is no {}\n", folder().display());
        std::io::stderr().write_all(aloud.as_bytes()).unwrap();
        return;
    };
    let mut cases: Vec<PathBuf> = cases.map(|case| case.unwrap().path()).collect();
    cases.sort();
    let (mut tried, mut failed) = (0, Vec::new());
    for case in cases {
        let name = case.file_name().unwrap().to_string_lossy().into_owned();
        let mut inputs: Vec<PathBuf> = fs::read_dir(&case)
            .unwrap()
            .map(|file| file.unwrap().path())
            .filter(|path| path.extension().is_some_and(|ending| ending != "json"))
            .collect();
        inputs.sort();
        for input in inputs {
            let stem = input.file_stem().unwrap().to_string_lossy();
            let own = case.join(format!("expect-{}.json", stem.replace('.', "-")));
            let expect = if own.exists() {
                own
            } else {
                case.join("expect.json")
            };
            let text = fs::read_to_string(&input).unwrap();
            tried += 1;
            let result = std::panic::catch_unwind(|| wrong(&name, &text, &expected(&expect)));
            match result {
                Ok(Ok(())) => {}
                Ok(Err(wrong)) => failed.push(wrong),
                Err(_) => failed.push(format!("{name}: panicked, see above")),
            }
        }
    }
    println!("{tried} inputs tried");
    assert!(
        failed.is_empty(),
        "{} of {tried} wrong:\n{}",
        failed.len(),
        failed.join("\n")
    );
}
