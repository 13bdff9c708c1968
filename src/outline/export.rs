//! The outline as text for other programs: Markdown and JSON. Never writes for a browser to
//! interpret.

use std::collections::HashSet;
use std::fmt::Write as _;

use crate::outline::markdown::{self, Marker};
use crate::outline::title;
use crate::outline::tree::{Kind, NESTED_COLUMNS, NodeIdx, ROOT, Tree, TreeNode};

/// How many levels of sections there are below a `##`.
const SECTIONS_MAX: usize = 4;

impl Tree {
    /// The outline as Markdown that reads back as the same outline.
    pub fn to_markdown(&self) -> String {
        let mut text = String::new();
        // Put together by hand: formatting is code that the WebAssembly needs nowhere else.
        let course = ["# ", &course_title(self.title()), "\n\n"].concat();
        let title_before = self.title_before();
        if title_before.is_none() && !self.title().is_empty() {
            text.push_str(&course);
        }
        let deep = self.deep_modules();
        // Modules are `##`, from the first on that needs all six levels `#`.
        let mut first = 2;
        for (at, node) in self.walk() {
            if title_before == Some(at) {
                text.push('\n');
                text.push_str(&course);
            }
            let title = title::escaped(&node.title, node.kind != Kind::Lesson);
            match node.kind {
                Kind::Lesson => {
                    let depth = node.depth - self.heading_depth(node) - 1;
                    text.extend((0..depth * NESTED_COLUMNS).map(|_| ' '));
                    // A title of dashes alone would make a rule of its line.
                    let is_rule = title.bytes().all(|byte| b"- \t".contains(&byte));
                    text.push(if is_rule { '+' } else { '-' });
                    text.push_str(match node.checked {
                        Some(true) => " [x]",
                        Some(false) => " [ ]",
                        // The blank behind the marker follows the escape, so it stands here.
                        None if begins_with_box(&title) => " \\",
                        None => "",
                    });
                }
                Kind::Section => {
                    text.push('\n');
                    text.extend((0..first + 1 + self.sections_above(node)).map(|_| '#'));
                }
                _ => {
                    if !(text.is_empty() || text.ends_with("\n\n")) {
                        text.push('\n');
                    }
                    // Behind a `#` a `##` would be a section of it.
                    if deep.contains(&at) {
                        first = 1;
                    }
                    text.push_str(if first == 1 { "#" } else { "##" });
                }
            }
            if !text.ends_with('\\') {
                text.push(' ');
            }
            text.push_str(&title);
            text.push('\n');
        }
        text
    }

    /// The outline as JSON:
    /// `{"title","settled","children":[{"key","kind","title","settled","children"}]}`.
    pub fn to_json(&self) -> String {
        let mut json = String::new();
        let root = self.root();
        json.push_str("{\"title\":");
        write_json_string(&mut json, &root.title);
        let _ = write!(json, ",\"settled\":{},\"children\":", root.settled);
        self.write_children(&mut json, root);
        json.push('}');
        json
    }

    fn write_children(&self, json: &mut String, parent: &TreeNode) {
        json.push('[');
        for (i, node) in parent
            .children
            .iter()
            .filter_map(|&at| self.node(at))
            .enumerate()
        {
            let comma = if i > 0 { "," } else { "" };
            let _ = write!(
                json,
                "{comma}{{\"key\":\"{}\",\"kind\":\"{}\",\"title\":",
                node.key.0,
                node.kind.name()
            );
            write_json_string(json, &node.title);
            let _ = write!(json, ",\"settled\":{},\"children\":", node.settled);
            self.write_children(json, node);
            json.push('}');
        }
        json.push(']');
    }

    /// The lesson before which the course title has to stand: one at the top, which without it
    /// would belong to a section before it.
    fn title_before(&self) -> Option<NodeIdx> {
        let kind = |&at: &NodeIdx| self.node(at).map(|node| node.kind);
        let mut top = self.root().children.iter().copied();
        top.find(|at| kind(at) == Some(Kind::Section))?;
        top.find(|at| kind(at) == Some(Kind::Lesson))
    }

    /// The modules below which sections stand as deep as headings go below a `#`.
    fn deep_modules(&self) -> HashSet<NodeIdx> {
        let mut module = ROOT;
        let mut deep = HashSet::new();
        for (at, node) in self.walk() {
            match node.kind {
                Kind::Module => module = at,
                Kind::Section if self.sections_above(node) >= SECTIONS_MAX => {
                    deep.insert(module);
                }
                _ => {}
            }
        }
        deep
    }

    /// How many sections a section stands under; there being six levels, at most three, or four
    /// below a `#`.
    fn sections_above(&self, section: &TreeNode) -> usize {
        let mut n = 0;
        let mut above = self.node(section.parent);
        while let Some(node) = above.filter(|node| node.kind == Kind::Section) {
            n += 1;
            above = self.node(node.parent);
        }
        n
    }

    /// The depth of the nearest heading above a lesson.
    fn heading_depth(&self, lesson: &TreeNode) -> u32 {
        let mut above = self.node(lesson.parent);
        while let Some(node) = above {
            if node.kind != Kind::Lesson {
                return node.depth;
            }
            above = self.node(node.parent);
        }
        0
    }
}

/// The course title as a `#` heading is read as one. One that is a label has a part in bold, so that
/// it is not taken for a module.
fn course_title(title: &str) -> String {
    let raw = title::escaped(title, true);
    let is_module = |raw: &str| markdown::first_marker(raw) == Marker::Part;
    if !is_module(&raw) {
        return raw;
    }
    let word = raw.find([' ', '\t']).unwrap_or(raw.len());
    let chars = raw
        .char_indices()
        .map(|(at, c)| (at, at + c.len_utf8()))
        .take(word.max(1));
    for (from, to) in [(0, word)].into_iter().chain(chars) {
        let bold = [&raw[..from], "**", &raw[from..to], "**", &raw[to..]].concat();
        if !is_module(&bold) && title::shown(&bold, true) == title {
            return bold;
        }
    }
    raw
}

/// Whether the title of a lesson would be taken for one with a box.
fn begins_with_box(raw: &str) -> bool {
    let behind = ["[ ]", "[x]", "[X]"]
        .iter()
        .find_map(|own| raw.strip_prefix(own));
    behind.is_some_and(|behind| behind.is_empty() || behind.starts_with([' ', '\t']))
}

/// Appends a JSON string.
pub(crate) fn write_json_string(json: &mut String, text: &str) {
    json.push('"');
    for c in text.chars() {
        match c {
            '"' => json.push_str("\\\""),
            '\\' => json.push_str("\\\\"),
            '\n' => json.push_str("\\n"),
            // Some readers of JSON Lines end a line at these, too.
            '\0'..='\x1f' | '\x7f'..='\u{9f}' | '\u{2028}' | '\u{2029}' => {
                let _ = write!(json, "\\u{:04x}", u32::from(c));
            }
            _ => json.push(c),
        }
    }
    json.push('"');
}
