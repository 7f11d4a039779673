//! Rows of cells set in columns.

/// What stands between two columns.
const GAP: &str = "    ";

/// Sets rows in columns as wide as their widest cell, in letters. Empty cells read `n/a`.
pub(crate) fn columns(rows: &[Vec<String>]) -> String {
    let cells: Vec<Vec<&str>> = rows.iter().map(|row| row.iter().map(|cell| shown(cell)).collect()).collect();
    let count = cells.iter().map(Vec::len).max().unwrap_or(0);
    let width = |column: usize| {
        cells.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..count).map(width).collect();

    let mut lines = Vec::with_capacity(cells.len());
    for row in &cells {
        let mut line = String::new();
        for (index, cell) in row.iter().enumerate() {
            line.push_str(cell);
            // The last cell of a row is not padded: nothing follows it.
            if index + 1 < row.len() {
                let padding = widths[index].saturating_sub(cell.chars().count());
                line.extend(std::iter::repeat_n(' ', padding));
                line.push_str(GAP);
            }
        }
        lines.push(line);
    }
    lines.join("\n")
}

/// Columns with headings: the first row is underlined.
pub(crate) fn table(mut rows: Vec<Vec<String>>) -> String {
    if let Some(headings) = rows.first() {
        let underline = headings.iter().map(|heading| "-".repeat(heading.len())).collect();
        rows.insert(1, underline);
    }
    columns(&rows)
}

/// A row of cells from texts.
pub(crate) fn row<const N: usize>(cells: [&str; N]) -> Vec<String> {
    cells.map(str::to_owned).to_vec()
}

fn shown(cell: &str) -> &str {
    match cell.trim() {
        "" => "n/a",
        text => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_padded_by_letters_and_empty_ones_are_marked() {
        let rows = vec![row(["Key", "Value"]), row(["länge", "漢字"]), row(["k", ""]), row(["e", " a  b "])];
        assert_eq!(table(rows), "Key      Value\n---      -----\nlänge    漢字\nk        n/a\ne        a  b");
        assert_eq!(columns(&[]), "");
    }

    #[test]
    fn lines_inside_a_cell_are_left_as_they_are() {
        let rows = vec![row(["Key", "Value"]), row(["cert", "A\nB\n"]), row(["z", "after"])];
        assert_eq!(table(rows), "Key     Value\n---     -----\ncert    A\nB\nz       after");
    }
}
