//! The house rules that a compiler does not check: directions, panics, limits, what lies where.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used)]

use std::fs;
use std::path::{Path, PathBuf};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Every file below a folder, with its text.
fn files(folder: &str, ending: &str) -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    let mut folders = vec![root().join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.ends_with("node_modules") {
                continue;
            }
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|own| own == ending) {
                let text = fs::read_to_string(&path).unwrap();
                found.push((path, text));
            }
        }
    }
    assert!(!found.is_empty(), "no .{ending} below {folder}");
    found
}

/// The part of a source file before its tests.
fn shipped(text: &str) -> &str {
    text.split("\n#[cfg(test)]").next().unwrap()
}

/// Which part of the crate a file belongs to: a folder, or a file beside the folders.
fn room(path: &Path) -> String {
    let inside = path.strip_prefix(root().join("src")).unwrap();
    let first = inside.components().next().unwrap();
    let name = first.as_os_str().to_str().unwrap();
    name.trim_end_matches(".rs").to_owned()
}

/// The lines of a file that are code and ship.
fn code(text: &str) -> impl Iterator<Item = &str> {
    let lines = shipped(text).lines();
    lines.filter(|line| !line.trim_start().starts_with("//"))
}

/// What each part may name of the others.
const MAY_NAME: &[(&str, &[&str])] = &[
    ("read", &[]),
    ("outline", &["read"]),
    ("reader", &["read", "outline"]),
    ("state", &["reader"]),
    ("session", &["read", "outline", "reader", "state"]),
    ("writer", &["read", "outline"]),
    ("live", &["read", "outline", "reader", "session", "state"]),
    ("view", &["outline", "state", "live"]),
    ("element", &["read", "session", "state", "live", "view"]),
];

#[test]
fn a_part_names_only_parts_before_it() {
    for (path, text) in files("src", "rs") {
        let own = room(&path);
        if own == "lib" {
            continue;
        }
        let (_, may) = MAY_NAME.iter().find(|(name, _)| *name == own).unwrap();
        for line in code(&text) {
            for (named, _) in MAY_NAME {
                let names = line.contains(&format!("crate::{named}::"));
                assert!(
                    !names || *named == own || may.contains(named),
                    "{} names {named}: {line}",
                    path.display()
                );
            }
        }
    }
}

#[test]
fn what_runs_anywhere_knows_no_browser() {
    for (path, text) in files("src", "rs") {
        if ["live", "view", "element", "lib"].contains(&&*room(&path)) {
            continue;
        }
        for name in ["leptos", "web_sys", "js_sys", "wasm_bindgen", "gloo"] {
            assert!(
                code(&text).all(|line| !line.contains(name)),
                "{} names {name}",
                path.display()
            );
        }
    }
}

#[test]
fn what_is_live_makes_no_element() {
    for (path, text) in files("src/live", "rs") {
        for name in [
            "web_sys::Element",
            "create_element",
            "set_attribute",
            "view!",
        ] {
            assert!(
                code(&text).all(|line| !line.contains(name)),
                "{} names {name}",
                path.display()
            );
        }
    }
}

#[test]
fn a_module_of_read_and_outline_names_only_those_before_it() {
    for folder in ["read", "outline"] {
        let order: Vec<String> = fs::read_to_string(root().join("src").join(folder).join("mod.rs"))
            .unwrap()
            .lines()
            .filter_map(|line| {
                let line = line.trim_start_matches("pub(crate) ");
                let line = line.trim_start_matches("pub ");
                line.strip_prefix("mod ")?
                    .strip_suffix(';')
                    .map(str::to_owned)
            })
            .collect();
        assert!(order.len() > 4);
        for (at, module) in order.iter().enumerate() {
            let path = root().join("src").join(folder).join(module);
            let path = if path.is_dir() {
                path.join("mod.rs")
            } else {
                path.with_extension("rs")
            };
            let text = fs::read_to_string(path).unwrap();
            for later in &order[at + 1..] {
                let named = format!("use crate::{folder}::{later}");
                assert!(
                    !shipped(&text).contains(&named),
                    "{module} names {later}, which comes after it"
                );
            }
        }
    }
}

#[test]
fn nothing_shipped_panics_on_purpose() {
    for (path, text) in files("src", "rs") {
        for (number, line) in shipped(&text).lines().enumerate() {
            let code = line.trim_start();
            let panics = [
                ".unwrap()",
                "panic!(",
                "todo!(",
                "unimplemented!(",
                "FIXME",
                "TODO",
            ];
            let panics = panics.iter().any(|call| code.contains(call));
            assert!(
                !panics || code.starts_with("//"),
                "{}:{}",
                path.display(),
                number + 1
            );
        }
    }
}

#[test]
fn every_module_says_what_it_is_and_what_it_never_does() {
    for (path, text) in files("src", "rs") {
        let doc: Vec<&str> = text
            .lines()
            .take_while(|line| line.starts_with("//!"))
            .collect();
        let doc = doc.join(" ");
        assert!(doc.len() > 20, "{} says nothing", path.display());
        let whole_folder = path.ends_with("mod.rs") || path.ends_with("lib.rs");
        assert!(
            whole_folder || doc.contains("ever "),
            "{} does not say what it never does",
            path.display()
        );
    }
}

#[test]
fn the_readme_is_short_and_shows_the_snippet_early() {
    let readme = fs::read_to_string(root().join("README.md")).unwrap();
    assert!(readme.lines().count() < 150);
    assert!(
        readme
            .lines()
            .take(25)
            .any(|line| line.starts_with("<live-outline src="))
    );
}

#[test]
fn the_top_level_holds_what_was_agreed() {
    let agreed = [
        "Cargo.toml",
        "Cargo.lock",
        "LICENSE",
        "Makefile",
        "README.md",
        "Trunk.toml",
        "benches",
        "examples",
        "src",
        "tests",
        "www",
        "dist",
        "target",
    ];
    for entry in fs::read_dir(root()).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        assert!(
            name.starts_with('.') || agreed.contains(&&*name),
            "{name} has no place at the top"
        );
    }
}

#[test]
fn the_project_speaks_of_itself_alone() {
    for folder in ["src", "tests", "www", "examples", "benches"] {
        for ending in ["rs", "js", "mjs", "html", "css", "md"] {
            let has = |path: &Path| path.extension().is_some_and(|own| own == ending);
            if !walk(&root().join(folder)).iter().any(|path| has(path)) {
                continue;
            }
            for (path, text) in files(folder, ending) {
                if path.ends_with("tidy.rs") {
                    continue;
                }
                for word in ["/root/", "/home/", "/work/", "/tmp/"] {
                    assert!(!text.contains(word), "{} names {word}", path.display());
                }
            }
        }
    }
}

fn walk(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.ends_with("node_modules") {
            continue;
        }
        if path.is_dir() {
            found.extend(walk(&path))
        } else {
            found.push(path)
        }
    }
    found
}
