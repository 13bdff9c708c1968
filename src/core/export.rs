//! The outline as text for other programs: Markdown and JSON. Never writes for a browser to
//! interpret.

use std::fmt::Write as _;

use crate::core::inline;
use crate::core::outline::{Kind, NESTED_COLUMNS, Node, NodeIdx, Outline};

impl Outline {
    /// The outline as Markdown that reads back as the same outline.
    pub fn to_markdown(&self) -> String {
        let mut text = String::new();
        // Put together by hand: formatting is code that the WebAssembly needs nowhere else.
        let course = ["# ", &inline::escaped(self.title(), true), "\n\n"].concat();
        let title_before = self.title_before();
        if title_before.is_none() && !self.title().is_empty() {
            text.push_str(&course);
        }
        for (at, node) in self.walk() {
            if title_before == Some(at) {
                text.push('\n');
                text.push_str(&course);
            }
            let title = inline::escaped(&node.title, node.kind != Kind::Lesson);
            match node.kind {
                Kind::Lesson => {
                    let depth = node.depth - self.heading_depth(node) - 1;
                    text.extend((0..depth * NESTED_COLUMNS).map(|_| ' '));
                    // A title of dashes alone would make a rule of its line.
                    let is_rule = title.bytes().all(|byte| b"- \t".contains(&byte));
                    text.push(if is_rule { '+' } else { '-' });
                }
                Kind::Section => {
                    text.push('\n');
                    text.extend((0..3 + self.sections_above(node)).map(|_| '#'));
                }
                _ => {
                    if !(text.is_empty() || text.ends_with("\n\n")) {
                        text.push('\n');
                    }
                    text.push_str("##");
                }
            }
            text.push(' ');
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

    fn write_children(&self, json: &mut String, parent: &Node) {
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

    /// How many sections a section stands under; at most three, there being six levels.
    fn sections_above(&self, section: &Node) -> usize {
        let mut n = 0;
        let mut above = self.node(section.parent);
        while let Some(node) = above.filter(|node| node.kind == Kind::Section) {
            n += 1;
            above = self.node(node.parent);
        }
        n
    }

    /// The depth of the nearest heading above a lesson.
    fn heading_depth(&self, lesson: &Node) -> u32 {
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

/// Appends a JSON string.
pub(super) fn write_json_string(json: &mut String, text: &str) {
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
