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

#[test]
fn the_core_knows_no_browser_and_no_widget() {
    for (path, text) in files("src/core", "rs") {
        for name in [
            "leptos",
            "web_sys",
            "js_sys",
            "wasm_bindgen",
            "gloo",
            "crate::widget",
        ] {
            let named = shipped(&text)
                .lines()
                .filter(|line| !line.trim_start().starts_with("//"));
            assert!(
                named.clone().all(|line| !line.contains(name)),
                "{} names {name}",
                path.display()
            );
        }
    }
}

#[test]
fn a_room_of_the_core_names_only_rooms_before_it() {
    let order: Vec<String> = fs::read_to_string(root().join("src/core/mod.rs"))
        .unwrap()
        .lines()
        .filter_map(|line| {
            line.trim_start_matches("pub ")
                .strip_prefix("mod ")?
                .strip_suffix(';')
                .map(str::to_owned)
        })
        .collect();
    assert!(order.len() > 10);
    for (at, room) in order.iter().enumerate() {
        let path = root().join("src/core").join(room);
        let path = if path.is_dir() {
            path.join("mod.rs")
        } else {
            path.with_extension("rs")
        };
        let text = fs::read_to_string(path).unwrap();
        for later in &order[at + 1..] {
            let named = format!("use crate::core::{later}");
            assert!(
                !shipped(&text).contains(&named),
                "{room} names {later}, which comes after it"
            );
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
