//! The free gaps of a sequence.

use super::layout::{count, push_line, push_wrapped};
use crate::observe::FreeGap;

/// The largest free gaps of the sequence of this quoted name, the largest first, one a line.
pub fn gaps(sequence: &str, gaps: &[FreeGap], width: usize) -> String {
    let mut text = String::new();
    if gaps.is_empty() {
        push_wrapped(&mut text, "", 0, &format!("{sequence} has no free value."), width);
        return text;
    }
    push_wrapped(&mut text, "", 0, &format!("Largest free gaps of {sequence}:"), width);
    let ends: Vec<(String, String)> =
        gaps.iter().map(|gap| (gap.first.to_string(), gap.last.to_string())).collect();
    let from = ends.iter().map(|(first, _)| first.len()).max().unwrap_or(0);
    let to = ends.iter().map(|(_, last)| last.len()).max().unwrap_or(0);
    for ((first, last), gap) in ends.iter().zip(gaps) {
        push_line(&mut text, &format!("  {first:>from$} … {last:<to$}  {}", count(gap.calls, "call")));
    }
    text.push('\n');
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gaps_stand_in_columns() {
        let free = [
            FreeGap { first: 5235, last: 2_147_483_647, calls: 2_147_478_413 },
            FreeGap { first: 10, last: 10, calls: 1 },
        ];
        let shown = "Largest free gaps of public.t_id_seq:\n  5235 … 2147483647  2,147,478,413 calls\n    \
                     10 … 10          1 call\n\n";
        assert_eq!(gaps("public.t_id_seq", &free, 80), shown);
        assert_eq!(gaps("public.t_id_seq", &[], 80), "public.t_id_seq has no free value.\n");
    }
}
