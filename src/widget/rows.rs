//! The outline on screen: applies changes to the rows, each of which is built once. Never looks at
//! what is already there to add to it, never reads from the page, never makes markup from text.
//!
//! Why not a `<For>`: on every append it compares all keys of its list, and it can only replace a
//! text, which destroys a selection in it. The grammar knows exactly what is new, so nothing has to
//! be compared: a change names its row, and the row is at hand.

use std::cell::Cell;

use wasm_bindgen::prelude::*;
use web_sys::{Element, Text};

use crate::core::outline::{Change, Key, Kind, NodeIdx, ROOT};
use crate::core::small::decimal;
use crate::widget::pages::{self, List};
use crate::widget::parts::{Part, Parts, append, copy, set, text, toggle};

#[wasm_bindgen(module = "/src/widget/page.js")]
extern "C" {
    fn build(shape: &Element, key: u32, title: &str) -> Element;

    #[wasm_bindgen(js_name = text)]
    fn text_of(item: &Element) -> Text;

    fn settle(owner: &Element, cut: bool);
}

/// The rows of one outline, below its `<ol part="modules">`, and its title.
#[derive(Debug)]
pub struct Rows {
    shapes: Shapes,
    /// The course title, and its text.
    heading: Element,
    title: Text,
    top: List,
    /// By the place of the node in the outline.
    rows: Vec<Option<Row>>,
    modules: u32,
    /// Rows have come or gone elsewhere than at the end, so the pages' first numbers may be wrong.
    renumber: bool,
    expanded: Expanded,
    last_module: Option<NodeIdx>,
    /// The row that was built last.
    newest: Option<NodeIdx>,
    built: Cell<u64>,
}

/// Which modules are open when they come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Expanded {
    /// All.
    #[default]
    All,
    /// The newest only.
    Latest,
    /// None.
    None,
}

/// One node on screen.
#[derive(Debug)]
struct Row {
    /// Its element; none for a settled lesson that is not the newest row, which is found in its
    /// list. So are texts of settled titles in their rows: 200 000 references less for the
    /// collector of garbage to look through, which did it in one go of 63 to 74 ms.
    item: Option<Element>,
    /// The one text of its title, while it grows.
    title: Option<Text>,
    /// Its title is still being written.
    open: bool,
    key: Key,
    kind: Kind,
    parent: NodeIdx,
    /// Made with the first row under it.
    list: Option<Box<List>>,
    /// The reader of the page has opened or closed it: it stays as it is.
    touched: bool,
}

/// What rows are cloned from: cloning one is half the cost of making it piece by piece.
#[derive(Debug)]
struct Shapes {
    module: Element,
    section: Element,
    lesson: Element,
    lessons: Element,
    pages: pages::Shapes,
}

impl Rows {
    /// Rows below `top`, with the course title as the text of `title`, a heading of `level` 1 to 6.
    pub fn new(top: Element, heading: Element, level: u8, expanded: Expanded) -> Self {
        Rows {
            shapes: Shapes::new(level),
            title: text(&heading),
            heading,
            top: List::new(top, 0),
            rows: Vec::new(),
            modules: 0,
            renumber: false,
            expanded,
            last_module: None,
            newest: None,
            built: Cell::new(0),
        }
    }

    /// Opens other modules than before when they come.
    pub fn set_expanded(&mut self, expanded: Expanded) {
        self.expanded = expanded;
    }

    /// How many rows have been built so far: one for each node that was ever opened.
    pub fn built(&self) -> u64 {
        self.built.get()
    }

    /// Shows one change. Costs the same at any size of the outline.
    pub fn apply(&mut self, change: &Change) {
        match change {
            Change::Opened {
                node,
                parent,
                after,
                key,
                kind,
                title,
            } => {
                self.open(*node, *parent, *after, *key, *kind, title);
            }
            Change::Grew { node, text } => {
                if *node == ROOT && self.heading.has_attribute("hidden") {
                    toggle(&self.heading, "hidden", false);
                    reopen(&self.heading);
                }
                if let Some((_, title)) = self.title(*node) {
                    // What is selected in the node stays selected; replacing its text would lose
                    // it.
                    let _ = title.append_data(text);
                }
            }
            Change::Settled { node, cut } => {
                if *node == ROOT {
                    settle(&self.heading, *cut);
                } else if let Some(item) = self.item(*node) {
                    settle(&item, *cut);
                    if let Some(Some(row)) = self.rows.get_mut(node.as_usize()) {
                        (row.title, row.open) = (None, false);
                    }
                }
            }
            Change::Reopened { node } => {
                if let Some((owner, _)) = self.title(*node) {
                    reopen(&owner);
                }
                if let Some(Some(row)) = self.rows.get_mut(node.as_usize()) {
                    row.open = true;
                }
            }
            Change::Renamed { node, title } => {
                if let Some((owner, text)) = self.title(*node) {
                    text.set_data(title);
                    toggle(&owner, "hidden", title.is_empty());
                }
            }
            Change::Moved { node, after } => self.put(*node, *after),
            Change::Removed { node } => self.remove(*node),
            Change::Cleared => self.clear(),
            Change::Limited(_) => {}
        }
    }

    /// A turn was used up, or what came since fitted into one: see [`pages`].
    pub fn set_busy(&self, busy: bool) {
        self.shapes.pages.busy.set(busy);
    }

    /// After a run of changes: puts right the numbers that a row elsewhere than at the end has made
    /// wrong.
    pub fn settle_run(&mut self) {
        if !std::mem::take(&mut self.renumber) {
            return;
        }
        let mut modules = 0;
        self.top.each(&mut |row| {
            if is_part(row, "module") {
                modules += 1;
                set_number(row, modules);
            }
        });
    }

    /// Opens or closes a module by its button; gives its row and whether it is open now.
    pub fn toggle(&mut self, button: &Element) -> Option<(NodeIdx, bool)> {
        let item = button.closest("li").ok()??;
        let at = self.place(item.get_attribute("data-key")?.parse().ok()?)?;
        let row = self.rows.get_mut(at)?.as_mut()?;
        row.touched = true;
        let expanded = button.get_attribute("aria-expanded").as_deref() != Some("true");
        row.set_expanded(expanded);
        Some((NodeIdx::from_usize(at), expanded))
    }

    /// The place of the row with a key. Keys are given in order, and so are places, until one is taken
    /// again after a removal: then all rows are looked through.
    fn place(&self, key: u32) -> Option<usize> {
        let is_it = |row: &Option<Row>| row.as_ref().is_some_and(|row| row.key.0 == key);
        let first = self.rows.iter().position(Option::is_some)?;
        let guess = self.rows[first]
            .as_ref()
            .and_then(|row| Some(first + key.checked_sub(row.key.0)? as usize));
        guess
            .filter(|&at| self.rows.get(at).is_some_and(is_it))
            .or_else(|| self.rows.iter().position(is_it))
    }

    /// Opens or closes all modules.
    pub fn expand_all(&mut self, expanded: bool) {
        self.rows
            .iter()
            .flatten()
            .for_each(|row| row.set_expanded(expanded));
    }

    /// The element of a node.
    fn item(&self, node: NodeIdx) -> Option<Element> {
        let row = self.row(node)?;
        let found = || match row.parent {
            ROOT => self.top.find(row.key.0),
            parent => self.row(parent)?.list.as_ref()?.find(row.key.0),
        };
        row.item.clone().or_else(found)
    }

    /// The lasting name of the node that a row shows.
    pub fn key(&self, node: NodeIdx) -> Option<Key> {
        Some(self.row(node)?.key)
    }

    fn row(&self, node: NodeIdx) -> Option<&Row> {
        self.rows.get(node.as_usize())?.as_ref()
    }

    /// The title of a node: the element that tells whether it is whole, and its text.
    fn title(&mut self, node: NodeIdx) -> Option<(Element, Text)> {
        if node == ROOT {
            return Some((self.heading.clone(), self.title.clone()));
        }
        let item = self.item(node)?;
        let row = self.rows.get_mut(node.as_usize())?.as_mut()?;
        let title = row.title.clone().unwrap_or_else(|| text_of(&item));
        row.title = row.open.then(|| title.clone());
        Some((item, title))
    }

    fn open(
        &mut self,
        node: NodeIdx,
        parent: NodeIdx,
        after: Option<NodeIdx>,
        key: Key,
        kind: Kind,
        title: &str,
    ) {
        let item = self.shapes.item(kind, key, title);
        let row = Row {
            item: Some(item.clone()),
            title: None,
            open: true,
            key,
            kind,
            parent,
            list: None,
            touched: false,
        };
        if kind == Kind::Module {
            self.modules += 1;
            set_number(&item, self.modules);
        }
        self.built.set(self.built.get() + 1);
        if kind == Kind::Module {
            let latest = self.last_module.replace(node);
            if self.expanded != Expanded::All {
                let before = latest
                    .and_then(|at| self.row(at))
                    .filter(|before| !before.touched);
                if let Some(before) = before {
                    before.set_expanded(false);
                }
                row.set_expanded(self.expanded == Expanded::Latest);
            }
        }
        if self.rows.len() <= node.as_usize() {
            self.rows.resize_with(node.as_usize() + 1, || None);
        }
        self.rows[node.as_usize()] = Some(row);
        self.put(node, after);
        let before = self.newest.replace(node);
        if let Some(Some(row)) = before.and_then(|before| self.rows.get_mut(before.as_usize()))
            && row.kind == Kind::Lesson
            && !row.open
        {
            row.item = None;
        }
    }

    /// Puts a row into its parent's list, after a sibling.
    fn put(&mut self, node: NodeIdx, after: Option<NodeIdx>) {
        let (Some(row), Some(item)) = (self.row(node), self.item(node)) else {
            return;
        };
        let parent = row.parent;
        let before = after.and_then(|after| self.item(after));
        let built = self.built.get();
        if parent != ROOT && self.row(parent).is_some_and(|row| row.list.is_none()) {
            let list = self
                .item(parent)
                .map(|item| Box::new(self.shapes.list_under(&item, built)));
            if let Some(Some(row)) = self.rows.get_mut(parent.as_usize()) {
                row.list = list;
            }
        }
        let Some((list, shapes)) = self.list_of(parent) else {
            return;
        };
        // A row that moves may leave its page empty.
        let left = item.parent_element();
        let at_end = list.put(&item, before.as_ref(), &shapes.pages, built);
        if let Some(page) = left {
            list.left(&page);
        }
        self.renumber |= !at_end && parent == ROOT;
    }

    fn remove(&mut self, node: NodeIdx) {
        let item = self.item(node);
        let Some(row) = self.rows.get_mut(node.as_usize()).and_then(Option::take) else {
            return;
        };
        let page = item.as_ref().and_then(|item| item.parent_element());
        if let Some(item) = item {
            item.remove();
        }
        self.modules -= u32::from(row.kind == Kind::Module);
        self.renumber |= row.parent == ROOT;
        if let (Some((list, _)), Some(page)) = (self.list_of(row.parent), page) {
            list.left(&page);
        }
    }

    /// The list below a node, if it has one, and what its pages are made of.
    fn list_of(&mut self, parent: NodeIdx) -> Option<(&mut List, &Shapes)> {
        let list = match parent {
            ROOT => &mut self.top,
            parent => self
                .rows
                .get_mut(parent.as_usize())?
                .as_mut()?
                .list
                .as_deref_mut()?,
        };
        Some((list, &self.shapes))
    }

    fn clear(&mut self) {
        self.top.clear(self.built.get());
        self.rows.clear();
        self.modules = 0;
        (self.last_module, self.newest) = (None, None);
        self.title.set_data("");
        toggle(&self.heading, "hidden", true);
        settle(&self.heading, false);
    }
}

impl Row {
    fn set_expanded(&self, expanded: bool) {
        if let Some(button) = self.item.as_ref().and_then(toggle_in) {
            let value = if expanded { "true" } else { "false" };
            set(&button, "aria-expanded", value);
            if let Some(list) = &self.list {
                list.show(expanded);
            }
        }
    }
}

impl Shapes {
    fn new(level: u8) -> Shapes {
        let node = |table: &[Part], level: u8| {
            let parts = Parts::new(table, level);
            let item = parts.get("");
            set(&item, "data-unsettled", "");
            if let Some((_, _, title)) = table.last() {
                set(&parts.get(title), "dir", "auto");
            }
            item
        };
        let wrapper = |part: &'static str| {
            let wrapper = Parts::new(&[(0, "div", part)], 0).get(part);
            set(&wrapper, "role", "presentation");
            wrapper
        };
        let module = node(
            &[
                (0, "li", "module"),
                (1, "h", "module-heading"),
                (2, "button", "module-toggle"),
                (2, "span", "module-title"),
            ],
            level + 1,
        );
        if let Some(toggle) = module
            .first_element_child()
            .and_then(|it| it.first_element_child())
        {
            set(&toggle, "aria-expanded", "true");
        }
        Shapes {
            module,
            section: node(
                &[
                    (0, "li", "section"),
                    (1, "h", "section-heading"),
                    (2, "span", "section-title"),
                ],
                level + 2,
            ),
            lesson: node(&[(0, "li", "lesson"), (1, "span", "lesson-title")], 0),
            lessons: Parts::new(&[(0, "ol", "lessons")], 0).get("lessons"),
            pages: pages::Shapes {
                page: wrapper("page"),
                book: wrapper("book"),
                busy: Cell::new(false),
            },
        }
    }

    /// The list of a node that gets its first row.
    fn list_under(&self, item: &Element, built: u64) -> List {
        let list = copy(&self.lessons);
        append(item, &list);
        let expanded = toggle_in(item).and_then(|it| it.get_attribute("aria-expanded"));
        let list = List::new(list, built);
        list.show(expanded.as_deref() != Some("false"));
        list
    }

    fn item(&self, kind: Kind, key: Key, title: &str) -> Element {
        let shape = match kind {
            Kind::Lesson => &self.lesson,
            Kind::Section => &self.section,
            Kind::Module | Kind::Course => &self.module,
        };
        build(shape, key.0, title)
    }
}

/// The title is still being written.
fn reopen(owner: &Element) {
    set(owner, "data-unsettled", "");
    toggle(owner, "data-cut", false);
}

/// The button of a module; none in any other row.
fn toggle_in(item: &Element) -> Option<Element> {
    let first = item.first_element_child()?.first_element_child()?;
    is_part(&first, "module-toggle").then_some(first)
}

fn is_part(element: &Element, part: &str) -> bool {
    element.get_attribute("part").as_deref() == Some(part)
}

/// Writes a module's number for the stylesheet. Counters of CSS would do it, but each new row makes
/// the browser count all rows again: 29 ms a module at 5 000 modules, against 1 ms.
fn set_number(module: &Element, number: u32) {
    if let Some(heading) = module.first_element_child() {
        set(&heading, "data-number", &decimal(number.into()));
    }
}
