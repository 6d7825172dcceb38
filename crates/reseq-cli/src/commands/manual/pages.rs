//! The pages of the manual, those of docs/ and of each finding.

use reseq::diagnose::Code;

/// The pages that are about no finding.
const GENERAL: [(&str, &str); 7] = [
    ("carry", include_str!("../../../../../docs/carry.md")),
    ("carry-final", include_str!("../../../../../docs/carry-final.md")),
    ("carry-follow", include_str!("../../../../../docs/carry-follow.md")),
    ("classic-recipes", include_str!("../../../../../docs/classic-recipes.md")),
    ("connecting", include_str!("../../../../../docs/connecting.md")),
    ("least-privilege", include_str!("../../../../../docs/least-privilege.md")),
    ("poolers-and-standbys", include_str!("../../../../../docs/poolers-and-standbys.md")),
];

/// The text of a page, as Markdown.
pub(super) fn page(name: &str) -> Option<&'static str> {
    let general = GENERAL.iter().find(|(known, _)| *known == name).map(|(_, text)| *text);
    general.or_else(|| name.parse::<Code>().ok().map(Code::page))
}

/// All pages with their titles.
pub(super) fn list() -> String {
    let general = GENERAL.map(|(name, text)| (name, title(text)));
    let findings = Code::all().map(|code| (code.name(), code.title()));
    let rows = |rows: &mut dyn Iterator<Item = (&str, &str)>| {
        rows.map(|(name, title)| format!("  {name:<20} {title}\n")).collect::<String>()
    };
    format!(
        "Pages of the manual, each shown by reseq manual PAGE:\n\n{}\nWhat the findings of reseq check mean:\n\n{}",
        rows(&mut general.into_iter()),
        rows(&mut findings.into_iter())
    )
}

/// A page's heading.
fn title(text: &'static str) -> &'static str {
    text.lines().next().unwrap_or_default().trim_start_matches("# ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_page_is_forgotten() {
        let docs = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs");
        for entry in std::fs::read_dir(docs).unwrap() {
            let name = entry.unwrap().file_name().into_string().unwrap();
            let Some(name) = name.strip_suffix(".md") else { continue };
            assert!(page(name).is_some(), "docs/{name}.md is forgotten");
        }
    }
}
