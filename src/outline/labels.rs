//! The words that make a line a heading or a lesson without any marker: `Module 1: …`,
//! `**Week 2:** …`, `第3章 …`. Never takes a word for a label that has no number behind it.

/// The most characters a labelled line has.
pub const LINE_CHARS_MAX: usize = 120;
/// The most bytes of a word of the tables.
const WORD_BYTES_MAX: usize = 24;

/// Words for what holds lessons, in the languages that outlines are written in.
const GROUPS: &[&str] = &[
    "module",
    "unit",
    "chapter",
    "week",
    "phase",
    "day", //
    "módulo",
    "modulo",
    "unidad",
    "unidade",
    "capítulo",
    "capitulo",
    "semana",
    "fase",
    "día",
    "dia", //
    "unité",
    "chapitre",
    "semaine",
    "modul",
    "einheit",
    "kapitel",
    "woche",
    "tag", //
    "unità",
    "capitolo",
    "settimana",
    "модуль",
    "глава",
    "неделя",
    "chương",
    "tuần", //
    "bab",
    "minggu",
    "bölüm",
    "hafta",
    "moduł",
    "rozdział",
    "tydzień",
];
/// Words of that kind that are too common in prose to count outside `#` and bold.
const LOUD_GROUPS: &[&str] = &[
    "part",
    "section",
    "session",
    "stage",
    "parte",
    "partie",
    "teil",
    "раздел",
    "часть",
    "phần",
];
/// Words for a lesson.
const LESSONS: &[&str] = &[
    "lesson",
    "lecture",
    "lección",
    "lição",
    "aula",
    "leçon",
    "lektion",
    "lezione",
    "урок",
    "лекция",
    "bài",
    "ders",
    "lekcja",
];
/// What stands behind the number of `第1章`.
const EAST_GROUPS: &[&str] = &["章", "单元", "單元", "周", "週", "部分", "篇", "模块"];
const EAST_LESSONS: &[&str] = &["节", "節", "课", "課", "讲", "講", "回"];
/// What stands behind the number of `1장`.
const KOREAN_GROUPS: &[&str] = &["장", "주차"];
const KOREAN_LESSONS: &[&str] = &["강"];

/// A label at the beginning of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Label {
    /// The word: the same for the same one, whatever its case.
    pub word: &'static str,
    /// It names a lesson.
    pub lesson: bool,
    /// Bytes up to where the text behind it begins.
    pub len: usize,
    /// A colon, a dash, or what suffices in its script, stands behind the number.
    separated: bool,
}

/// What is known of the beginning of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Found {
    /// It is no label, whatever follows.
    No,
    /// What follows decides.
    More,
    /// It is one.
    Label(Label),
}

/// A labelled line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Line {
    /// Its word.
    pub word: &'static str,
    /// It names a lesson.
    pub lesson: bool,
}

/// Reads the label that a text may begin with. `ended`: nothing follows. `loud`: it stands behind a
/// `#` or in bold, where more words count.
pub fn begins(text: &str, ended: bool, loud: bool) -> Found {
    let more = if ended { Found::No } else { Found::More };
    let (word, lesson, rest, east) = match word_and_number(text, loud) {
        Ok(found) => found,
        Err(true) => return more,
        Err(false) => return Found::No,
    };
    let at = |rest: &str| text.len() - rest.len();
    let label = |len, separated| {
        Found::Label(Label {
            word,
            lesson,
            len,
            separated,
        })
    };
    let behind = rest.trim_start_matches(is_blank);
    let spaced = behind.len() < rest.len();
    let mut chars = behind.chars();
    match chars.next() {
        None if ended => label(text.len(), false),
        None => Found::More,
        Some('：') => label(at(chars.as_str()), true),
        Some(':') => match chars.clone().next() {
            None if !ended => Found::More,
            Some(c) if c.is_ascii_digit() => Found::No,
            _ => label(at(chars.as_str()), true),
        },
        Some('-' | '–' | '—') if spaced => match chars.clone().next() {
            None if !ended => Found::More,
            Some(c) if !is_blank(c) => Found::No,
            _ => label(at(chars.as_str()), true),
        },
        Some('、') if east => label(at(chars.as_str()), true),
        Some(_) if east && spaced => label(at(behind), true),
        Some(_) => Found::No,
    }
}

/// A whole line, without the blanks at its ends, that is a label: in bold, or plain.
pub fn line(text: &str) -> Option<Line> {
    if text.chars().count() > LINE_CHARS_MAX {
        return None;
    }
    let label = match text.strip_prefix("**") {
        Some(bold) => bold_label(bold)?,
        None => match begins(text, true, false) {
            Found::Label(label) if label.separated && !ends_a_sentence(text) => label,
            _ => return None,
        },
    };
    Some(Line {
        word: label.word,
        lesson: label.lesson,
    })
}

/// `Module 1: …**`, `Module 1: …** (10 min)`, `Week 1:** …`.
fn bold_label(bold: &str) -> Option<Label> {
    let (inside, behind) = bold.split_once("**")?;
    let Found::Label(label) = begins(inside, true, true) else {
        return None;
    };
    let behind = behind.trim_start_matches(is_blank);
    let without_colon = behind.strip_suffix([':', '：']).unwrap_or(behind);
    let without_colon = without_colon.trim_end_matches(is_blank);
    let note =
        without_colon.starts_with('(') && without_colon.find(')') == Some(without_colon.len() - 1);
    if without_colon.is_empty() || note {
        return Some(label);
    }
    // Only the label is in bold: what follows is its title.
    let only = inside[label.len..].trim_matches(is_blank).is_empty();
    let goes_on =
        label.separated || behind.starts_with([':', '：']) || behind.starts_with(['-', '–', '—']);
    (only && goes_on && !behind.contains("**") && !ends_a_sentence(behind)).then_some(label)
}

/// The word, whether it is a lesson's, what follows the number, and whether the script sets no
/// blanks. Otherwise whether more of the text could still make one.
fn word_and_number(text: &str, loud: bool) -> Result<(&'static str, bool, &str, bool), bool> {
    if let Some(rest) = text.strip_prefix('第') {
        let rest = number_end(rest.trim_start_matches(is_blank), |c| {
            c.is_ascii_digit()
                || ('０'..='９').contains(&c)
                || "〇零一二三四五六七八九十百两".contains(c)
        })?;
        return counter(rest.trim_start_matches(is_blank), EAST_GROUPS, EAST_LESSONS);
    }
    if text.starts_with(|c: char| c.is_ascii_digit() || c == '제') {
        let text = text.strip_prefix('제').unwrap_or(text);
        let rest = number_end(text, |c| c.is_ascii_digit())?;
        return counter(rest, KOREAN_GROUPS, KOREAN_LESSONS);
    }
    let mut word = [0; WORD_BYTES_MAX];
    let mut len = 0;
    let mut rest = text;
    while let Some(c) = rest.chars().next().filter(|&c| !is_blank(c)) {
        let c = lower(c);
        let end = len + c.len_utf8();
        if (c.is_ascii() && !c.is_ascii_alphabetic()) || end > WORD_BYTES_MAX {
            return Err(false);
        }
        c.encode_utf8(&mut word[len..]);
        len = end;
        rest = &rest[rest.chars().next().map_or(0, char::len_utf8)..];
    }
    if rest.is_empty() {
        return Err(true);
    }
    let word = std::str::from_utf8(&word[..len]).unwrap_or_default();
    let find = |table: &'static [&'static str]| table.iter().copied().find(|&own| own == word);
    let loud_group = || find(LOUD_GROUPS).filter(|_| loud);
    let (word, lesson) = match find(GROUPS).or_else(loud_group) {
        Some(word) => (word, false),
        None => (find(LESSONS).ok_or(false)?, true),
    };
    let number = rest.trim_start_matches(is_blank);
    let rest = match number.chars().next() {
        None => return Err(true),
        Some('0'..='9') => {
            let end = number.find(|c: char| !c.is_ascii_digit() && c != '.');
            &number[end.unwrap_or(number.len())..]
        }
        Some(_) => number_end(number, |c| "IVXLC".contains(c))?,
    };
    // `1.` is a number of a list, `1a` and `IVth` are none.
    if number[..number.len() - rest.len()].ends_with('.') && !rest.is_empty() {
        return Err(false);
    }
    Ok((word, lesson, rest, false))
}

/// What follows a number of at least one of these characters.
fn number_end(text: &str, is_digit: impl Fn(char) -> bool) -> Result<&str, bool> {
    let rest = text.trim_start_matches(is_digit);
    if rest.len() == text.len() {
        return Err(text.is_empty());
    }
    Ok(rest)
}

/// The counting word that a text begins with.
fn counter<'a>(
    text: &'a str,
    groups: &'static [&'static str],
    lessons: &'static [&'static str],
) -> Result<(&'static str, bool, &'a str, bool), bool> {
    for (table, lesson) in [(groups, false), (lessons, true)] {
        for &word in table {
            if let Some(rest) = text.strip_prefix(word) {
                return Ok((word, lesson, rest, true));
            }
        }
    }
    let mut all = groups.iter().chain(lessons);
    Err(all.any(|word| word.starts_with(text)))
}

/// Whether a line ends as sentences do, not titles.
fn ends_a_sentence(text: &str) -> bool {
    text.ends_with(['.', '。', ';', '；', ',', '，', '…'])
}

fn is_blank(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\u{a0}' | '\u{3000}')
}

/// In small letters, of the scripts of the tables. The standard library's tables would do, but they
/// are larger than all of this.
fn lower(c: char) -> char {
    match c {
        'A'..='Z' | 'À'..='Þ' | 'А'..='Я' => char::from_u32(u32::from(c) + 0x20).unwrap_or(c),
        _ => c,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labelled_lines() {
        for (text, lesson) in [
            ("Module 1: Seeds", false),
            ("Week 2 – Sewing", false),
            ("Chapter IV - Oil", false),
            ("UNIT 1.2: x", false),
            ("Módulo 1: O barro", false),
            ("ГЛАВА 2: Хлеб", false),
            ("第1章：工具", false),
            ("第2章 刹车", false),
            ("第一节 选择扳手", true),
            ("1장 시작", false),
            ("2주차: 도구", false),
            ("제3장 끝", false),
            ("1강 처음", true),
            ("Aula 1: Amassar", true),
            ("Module 1:", false),
            ("**Module 1: Seeds**", false),
            ("**Module 1: Seeds:**", false),
            ("**Module 1: Seeds** (10 min)", false),
            ("**Module 1: Seeds** (10 min):", false),
            ("**Week 1:** Fresh Curd", false),
            ("**Week 1**: Fresh Curd", false),
            ("**Part 2**", false),
        ] {
            let found = line(text);
            assert_eq!(found.map(|line| line.lesson), Some(lesson), "{text}");
        }
    }

    #[test]
    fn what_only_looks_like_a_label() {
        for text in [
            "Module 1: Authentication handles the login.",
            "Week 3 was hard",
            "Unit tests are",
            "Phase 1-2 trials",
            "Part 2: too common",
            "Step 1: Open",
            "**Step 3:** Restart",
            "**Module 1: Foo** covers it",
            "**Week 1** Fresh",
            "**Learning objectives:**",
            "**Note:** x",
            "Module 1",
            "Module 1a: x",
            "Day 1:30 pm",
            "12:30",
            "第三人称 x",
            "Chapter I",
            "Module 1. Seeds",
        ] {
            assert_eq!(line(text), None, "{text}");
        }
    }

    #[test]
    fn a_beginning_is_undecided_until_it_is_sure() {
        let all = "Module 1: Seeds";
        for len in 0..10 {
            let found = begins(&all[..len], false, true);
            assert_eq!(found, if len < 10 { Found::More } else { found });
        }
        assert!(matches!(begins(&all[..10], false, true), Found::Label(_)));
        assert_eq!(begins("Modal", false, true), Found::More);
        assert_eq!(begins("Modal ", false, true), Found::No);
    }
}
