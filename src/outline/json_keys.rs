//! What a key of a JSON outline means: a list of modules, of lessons, a wrapper, a title. Never
//! looks at values, and never tells two spellings of one key apart.

/// The longest key that is read, in bytes; a longer one is none of ours.
pub const KEY_BYTES_MAX: usize = 64;

/// Groups whose lists may hold strings.
const GROUPS: &[&str] = &[
    "module",
    "chapter",
    "unit",
    "week",
    "section",
    "submodule",
    "subsection",
    "subchapter",
];
/// Groups whose lists hold objects alone.
const OBJECT_GROUPS: &[&str] = &[
    "part",
    "phase",
    "stage",
    "day",
    "session",
    "milestone",
    "month",
    "semester",
    "segment",
    "course",
];
/// Lessons whose lists may hold strings.
const LESSONS: &[&str] = &[
    "lesson",
    "lecture",
    "topic",
    "subtopic",
    "microtopic",
    "microlesson",
    "slide",
];
/// Lessons whose lists hold objects alone.
const OBJECT_LESSONS: &[&str] = &["class", "page", "step", "item", "activity", "child", "node"];
/// What may stand around an outline, and be the word before a title.
const WRAPPERS: &[&str] = &[
    "course",
    "outline",
    "syllabus",
    "curriculum",
    "roadmap",
    "plan",
    "path",
    "schedule",
    "breakdown",
    "timeline",
    "structure",
    "book",
    "presentation",
    "deck",
    "program",
];
/// What may stand around an outline and names something else as often.
const PLAIN_WRAPPERS: &[&str] = &[
    "data",
    "result",
    "response",
    "output",
    "toc",
    "tableofcontents",
    "contents",
];
/// Wrappers whose lists may hold strings.
const STRING_WRAPPERS: &[&str] = &["outline", "syllabus", "curriculum"];
/// Words that may stand before one of the above.
const BEFORE: &[&str] = &[
    "course", "book", "learning", "study", "training", "program", "roadmap", "weekly", "daily",
    "main", "core",
];
const TITLES: &[&str] = &["title", "name", "heading", "headline"];
/// Groups of which one may stand alone, as an object that says what it is.
const FLAT: &[&str] = &["part", "phase", "stage", "day", "session"];
const WEAK_TITLES: &[&str] = &["label", "topic", "theme", "subject"];
/// What may stand behind a group's word before its number.
const NUMBERS: &[&str] = &["", "number", "no", "num"];

/// A word for what a node is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Word {
    /// The word itself, in the singular.
    pub word: &'static str,
    /// It holds further nodes; otherwise it is a lesson.
    pub group: bool,
    /// Its list may hold strings.
    pub strings: bool,
    /// The key is in the plural.
    pub plural: bool,
}

/// What a key means, by its letters and digits.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Meaning {
    /// Nodes stand under it.
    pub nodes: Option<Word>,
    /// The course may stand under it; and whether its list may hold strings.
    pub wrapper: Option<bool>,
    /// It is a title beyond doubt.
    pub title: bool,
    /// The word for a level before a title.
    pub level: Option<Word>,
    /// It is a title if there is no other.
    pub weak: bool,
    /// The word of a node and a number: `week_1`.
    pub numbered: Option<Word>,
    /// The word of a node, alone: it may hold the title of one.
    pub own: Option<Word>,
    /// The word of a group whose number stands under this.
    pub number_of: Option<Word>,
    /// It names what the object is.
    pub kind: bool,
    /// It is a number, or a word and a number.
    pub has_number: bool,
}

/// What a key means.
pub fn meaning(key: &str) -> Meaning {
    let mut folded = [0; KEY_BYTES_MAX];
    let mut len = 0;
    if key.len() > KEY_BYTES_MAX {
        return Meaning::default();
    }
    for byte in key.bytes() {
        if !byte.is_ascii() {
            // No key of ours has other letters.
            return Meaning::default();
        }
        if byte.is_ascii_alphanumeric() {
            folded[len] = byte.to_ascii_lowercase();
            len += 1;
        }
    }
    let folded = std::str::from_utf8(&folded[..len]).unwrap_or_default();
    let letters = folded.trim_end_matches(|c: char| c.is_ascii_digit());
    let number = letters.len() < folded.len();
    let before_title = TITLES.iter().find_map(|title| folded.strip_suffix(title));
    let numbered = if number { word(letters) } else { None };
    Meaning {
        nodes: nodes(folded),
        wrapper: wrapper(folded),
        title: before_title.is_some_and(|before| {
            before.is_empty() || word(before).is_some() || WRAPPERS.contains(&before)
        }),
        level: before_title
            .and_then(word)
            .filter(|word| word.strings || FLAT.contains(&word.word)),
        own: word(folded).filter(|word| !word.plural),
        weak: WEAK_TITLES.contains(&folded),
        numbered: numbered.filter(|word| word.word != "course"),
        number_of: NUMBERS.iter().find_map(|end| {
            let word = word(folded.strip_suffix(end)?)?;
            (word.group && !word.plural).then_some(word)
        }),
        kind: folded == "type" || folded == "kind",
        has_number: number && (letters.is_empty() || numbered.is_some()),
    }
}

/// What an object says it is, if it names a level: a module, a section or a lesson.
pub fn kind(value: &str) -> Option<Word> {
    const KINDS: &[&str] = &[
        "module",
        "chapter",
        "unit",
        "week",
        "part",
        "phase",
        "section",
        "subsection",
        "lesson",
        "lecture",
        "topic",
        "subtopic",
    ];
    let value = value.trim().to_ascii_lowercase();
    KINDS.contains(&&*value).then(|| word(&value)).flatten()
}

/// The word for a node, in the singular or the plural.
fn word(text: &str) -> Option<Word> {
    let find = |table: &'static [&'static str]| {
        table.iter().find_map(|&word| {
            let plural = text != word;
            let is = !plural
                || text.strip_suffix('s') == Some(word)
                || matches!(
                    (text, word),
                    ("classes", "class") | ("activities", "activity") | ("children", "child")
                );
            is.then_some((word, plural))
        })
    };
    let tables = [
        (GROUPS, true, true),
        (OBJECT_GROUPS, true, false),
        (LESSONS, false, true),
        (OBJECT_LESSONS, false, false),
    ];
    tables.into_iter().find_map(|(table, group, strings)| {
        let (word, plural) = find(table)?;
        Some(Word {
            word,
            group,
            strings,
            plural,
        })
    })
}

/// The word for nodes, alone or behind another one.
fn nodes(text: &str) -> Option<Word> {
    word(text).or_else(|| prefixes(text).find_map(word))
}

fn wrapper(text: &str) -> Option<bool> {
    let find = |text: &str| {
        let mut all = WRAPPERS.iter().chain(PLAIN_WRAPPERS);
        let own = all.find(|&&own| text == own || text.strip_suffix('s') == Some(own));
        own.map(|own| STRING_WRAPPERS.contains(own))
    };
    find(text).or_else(|| prefixes(text).find_map(find))
}

/// What follows the words that may stand before another one.
fn prefixes(text: &str) -> impl Iterator<Item = &str> {
    let tables = [BEFORE, GROUPS, OBJECT_GROUPS, LESSONS, OBJECT_LESSONS];
    let words = tables.into_iter().flatten();
    words.filter_map(move |before| {
        let rest = text.strip_prefix(before)?;
        Some(rest).filter(|rest| !rest.is_empty())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_of_one_key() {
        for key in ["chapterName", "chapter_name", "ChapterName", "Chapter Name"] {
            let meaning = meaning(key);
            assert!(meaning.title, "{key}");
            assert_eq!(meaning.level.map(|word| word.word), Some("chapter"));
        }
    }

    #[test]
    fn keys_that_hold_nodes() {
        for (key, word) in [
            ("modules", Some("module")),
            ("courseChapters", Some("chapter")),
            ("weekly_modules", Some("module")),
            ("subtopics", Some("subtopic")),
            ("children", Some("child")),
            ("keyTopics", None),
            ("capstoneTopics", None),
            ("objectives", None),
            ("contentOutline", None),
        ] {
            assert_eq!(meaning(key).nodes.map(|word| word.word), word, "{key}");
        }
        assert_eq!(meaning("weekly_breakdown").wrapper, Some(false));
        assert_eq!(meaning("course_outline").wrapper, Some(true));
        assert!(meaning("week_1").numbered.is_some());
        assert!(meaning("Day 3").has_number);
        assert!(!meaning("videoTitle").title);
        assert!(!meaning("subtitle").title);
        assert!(meaning("presentationTitle").title);
    }
}
