//! The steps of reading an outline, whatever it is written in. Never names a node: where one will
//! stand is not known here.

/// What opens a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Marker {
    /// The title of the course.
    Title,
    /// A heading of the first level that is a module although no course title stands.
    Part,
    /// `#` to `######`: its level, 1 to 6.
    Heading(u8),
    /// A list item: the column of its marker, from 0.
    Item(u32),
    /// A lesson that stands left of all list items.
    Lesson,
}

/// One step of reading an outline.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step<'a> {
    /// A node opens; its title follows.
    Open(Marker),
    /// The open node has a box, and whether it is checked.
    Check(bool),
    /// The open node's title goes on.
    Grow(&'a str),
    /// The open node's title is whole. `cut`: it was longer than
    /// [`TITLE_BYTES_MAX`](crate::outline::title::TITLE_BYTES_MAX) and is not shown whole.
    Settle {
        /// The rest of the title is not shown.
        cut: bool,
    },
    /// What was shown so far were thoughts: it goes, and the node that opens next stands in its
    /// place.
    Forget,
    /// A line that is no node has ended: prose, a table row, a rule, HTML, a line of code.
    Prose,
}

/// Where steps go. Not generic: one copy of the reading code serves all callers.
pub type Out<'a> = &'a mut dyn FnMut(Step<'_>);
