//! Small bodies with the right value, read in any cut. Never copies them: they lie beside the
//! project, and without them this says so and passes.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, clippy::panic)]

use std::fs;
use std::path::{Path, PathBuf};

use live_outline::outline::tree::Tree;
use live_outline::reader::{End, Options, Reader};
use serde_json::{Value, json};

const RANDOM_CUTS: usize = 200;

/// An outline as `expect.json` writes it.
fn tree(outline: &Tree) -> Value {
    let mut open: Vec<(u16, Value)> = vec![(0, json!(["", "", []]))];
    let close = |open: &mut Vec<(u16, Value)>, depth: u16| {
        while open.len() > 1 && open.last().unwrap().0 >= depth {
            let (_, node) = open.pop().unwrap();
            let parent = &mut open.last_mut().unwrap().1;
            parent[2].as_array_mut().unwrap().push(node);
        }
    };
    for (_, node) in outline.walk() {
        // The roots' depth is told by the first of them; nothing is above it.
        let depth = u16::try_from(node.depth).unwrap() + 1;
        close(&mut open, depth);
        open.push((depth, json!([node.kind.name(), node.title, []])));
    }
    close(&mut open, 1);
    open[0].1[2].clone()
}

fn is_end(end: &End, expected: &Value) -> bool {
    match expected {
        Value::Array(any) => any.iter().any(|expected| is_end(end, expected)),
        Value::String(state) => match end {
            End::Done => state == "done",
            End::Ended | End::Empty { .. } => state == "ended",
            End::Incomplete => state == "incomplete",
            _ => state == "error",
        },
        _ => {
            let End::Failed { message, retryable } = end else {
                return false;
            };
            let words = expected["error"].as_str().unwrap();
            let again = expected["retryable"].as_bool();
            message.contains(words) && again.is_none_or(|again| again == *retryable)
        }
    }
}

/// What a body comes to, or what is wrong with it.
fn check(expected: &Value, chunks: &[&[u8]]) -> Result<Vec<Value>, String> {
    let mut reader = Reader::new(&Options::default());
    let mut seen = Vec::new();
    for chunk in chunks {
        reader.feed(chunk);
        seen.push(tree(reader.outline()));
    }
    reader.finish(true);
    reader.outline().verify().unwrap();
    let children = expected.get("tree").or(expected.get("children")).unwrap();
    let read = tree(reader.outline());
    if reader.outline().title() != expected["title"].as_str().unwrap() {
        return Err(format!("title {:?}", reader.outline().title()));
    }
    if read != *children {
        return Err(format!("{read}"));
    }
    let end = reader.end().unwrap();
    match expected.get("end") {
        Some(expected) if !is_end(end, expected) => Err(format!("{end:?}")),
        _ => Ok(seen),
    }
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

fn check_in_any_cut(expected: &Value, bytes: &[u8]) -> Result<(), String> {
    let told = |result: Result<_, String>, cut: &str| result.map_err(|why| format!("{cut}: {why}"));
    told(check(expected, &[bytes]), "whole")?;
    let single: Vec<&[u8]> = bytes.chunks(1).collect();
    told(check(expected, &single), "byte by byte")?;
    let mut random = XorShift(0x9e37_79b9_7f4a_7c15 ^ bytes.len() as u64);
    for run in 0..RANDOM_CUTS {
        let longest = 1 + bytes.len() / (1 + random.below(64));
        let mut chunks = Vec::new();
        let mut rest = bytes;
        while !rest.is_empty() {
            let (chunk, after) = rest.split_at(random.below(longest + 1).min(rest.len()));
            chunks.push(chunk);
            rest = after;
        }
        told(check(expected, &chunks), &format!("random cuts {run}"))?;
    }
    Ok(())
}

fn json_file(path: &Path) -> Option<Value> {
    let bytes = fs::read(path).ok()?;
    Some(serde_json::from_slice(&bytes).unwrap_or_else(|why| panic!("{}: {why}", path.display())))
}

#[test]
fn every_body_comes_to_its_value_in_any_cut() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/cases/wire");
    let Ok(entries) = fs::read_dir(&folder) else {
        eprintln!("\n*** cases not present: skipped ***\n");
        return;
    };
    let mut cases: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    cases.sort();
    let (mut right, mut wrong) = (0, Vec::new());
    for case in &cases {
        let name = case.file_name().unwrap().to_str().unwrap();
        let usual = json_file(&case.join("expect.json")).unwrap();
        for file in fs::read_dir(case).unwrap() {
            let path = file.unwrap().path();
            let (stem, file) = (path.file_stem().unwrap(), path.file_name().unwrap());
            let (stem, file) = (stem.to_str().unwrap(), file.to_str().unwrap());
            if file.starts_with("expect") {
                continue;
            }
            let own = json_file(&case.join(format!("expect-{stem}.json")));
            let expected = own.as_ref().unwrap_or(&usual);
            match check_in_any_cut(expected, &fs::read(&path).unwrap()) {
                Ok(()) => right += 1,
                Err(why) => wrong.push(format!("{name}/{file}, {why}")),
            }
        }
    }
    eprintln!("{right} bodies right, {} wrong: {wrong:#?}", wrong.len());
    assert!(right > 0, "{} is empty", folder.display());
    assert!(wrong.is_empty(), "{wrong:#?}");
}
