//! The CPU time of each row as bars, in SVG.

use crate::report::Line;
use std::fmt::Write as _;

const WIDTH: f64 = 900.0;
/// Room for the names of the rows.
const NAMES: f64 = 230.0;
/// Room for the figures behind the bars.
const BEHIND: f64 = 130.0;
const BAR: f64 = 14.0;
const GAP: f64 = 10.0;

/// One block of bars for each row and number of connections, one bar for each server; each block has the length of its
/// longest bar, since rows differ a thousandfold.
pub(crate) fn svg(lines: &[Line]) -> String {
    let mut body = String::new();
    let mut y = 40.0;
    for block in lines.chunk_by(|a, b| (a.row, a.connections) == (b.row, b.connections)) {
        let longest = block.iter().map(|line| line.cpu_micros).fold(1e-9, f64::max);
        for (at, line) in block.iter().enumerate() {
            let name = if at == 0 { format!("{} ({})", line.row, line.connections) } else { String::new() };
            let width = (WIDTH - NAMES - BEHIND) * line.cpu_micros / longest;
            let text = y + BAR - 3.0;
            // Writing into a text cannot fail.
            _ = writeln!(
                body,
                "<text x=\"8\" y=\"{text:.1}\">{name}</text>\
                 <rect x=\"{NAMES}\" y=\"{y:.1}\" width=\"{width:.1}\" height=\"{BAR}\" fill=\"{}\"/>\
                 <text x=\"{:.1}\" y=\"{text:.1}\">{} {:.1} µs · {:.2}</text>",
                colour(line.server),
                NAMES + width + 6.0,
                line.server,
                line.cpu_micros,
                line.ratio,
            );
            y += BAR + 2.0;
        }
        y += GAP;
    }
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{WIDTH}\" height=\"{y:.0}\" \
         font-family=\"sans-serif\" font-size=\"11\">\n<rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n\
         <text x=\"8\" y=\"20\" font-size=\"14\">CPU time of the server for each request (connections), and its \
         ratio to the bare server's</text>\n{body}</svg>\n"
    )
}

fn colour(server: &str) -> &'static str {
    match server {
        "bare" => "#9aa5b1",
        "kvd" => "#2f6fde",
        _ => "#e0883a",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_bar_of_a_row_fills_the_room_and_the_others_are_in_proportion() {
        let line = |server, cpu_micros| Line {
            row: "read",
            connections: 64,
            server,
            cpu_micros,
            ratio: 1.0,
            rate: 1.0,
            p50_millis: 1.0,
            p99_millis: 1.0,
        };
        let svg = svg(&[line("bare", 10.0), line("kvd", 20.0)]);
        for wanted in ["width=\"270.0\"", "width=\"540.0\"", "read (64)", "kvd 20.0 µs"] {
            assert!(svg.contains(wanted), "{wanted}: {svg}");
        }
        assert_eq!(svg.matches("<rect").count(), 3);
    }
}
