//! Comparing output with a file of `tests/golden/cli`, after what differs from run to run was named.

use std::fs;
use std::path::PathBuf;

/// Compares with the golden file. Where `DIMSE_GOLDEN=write` is set, a difference goes into the file, and still fails.
pub(crate) fn assert_golden(name: &str, text: &str) {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/golden/cli").join(format!("{name}.txt"));
    let text = steady(text);
    // A file that is missing is one that is empty.
    let expected = fs::read_to_string(&path).unwrap_or_default();
    if text == expected {
        return;
    }
    if std::env::var_os("DIMSE_GOLDEN").is_some_and(|value| value == "write") {
        fs::write(&path, &text).unwrap();
    }
    panic!(
        "the output differs from {}\n--- expected\n{expected}\n--- now\n{text}\n---\n\
         if the new one is right, DIMSE_GOLDEN=write puts it there",
        path.display()
    );
}

/// No line is wider than a terminal. What colours it has no width.
pub(crate) fn assert_fits_80_columns(text: &str) {
    for line in text.lines() {
        let mut plain = line.to_owned();
        while let Some(start) = plain.find("\x1b[") {
            let end = plain[start..].find('m').expect("a colour ends") + start;
            plain.replace_range(start..=end, "");
        }
        assert!(plain.chars().count() <= 80, "{} columns: {line}", plain.chars().count());
    }
}

/// The text with names for times, rates and ports.
fn steady(text: &str) -> String {
    let mut steady = String::new();
    let mut rest = text;
    while let Some(start) = rest.find(is_numeric) {
        let (before, from) = rest.split_at(start);
        let end = from.find(|c| !is_numeric(c)).unwrap_or(from.len());
        let (number, behind) = from.split_at(end);
        let number_and_stop = number.trim_end_matches([':', '.']);
        steady.push_str(before);
        if let Some(behind) = behind_rate(behind) {
            steady.push_str("RATE");
            rest = behind;
            continue;
        }
        steady.push_str(&steady_number(&steady, number_and_stop));
        steady.push_str(&number[number_and_stop.len()..]);
        rest = behind;
    }
    steady + rest
}

/// What stands behind the unit of a rate, where one begins here.
fn behind_rate(text: &str) -> Option<&str> {
    [" B/s", " kB/s", " MB/s", " GB/s"].iter().find_map(|unit| text.strip_prefix(unit))
}

fn is_numeric(c: char) -> bool {
    c.is_ascii_digit() || c == ':' || c == '.'
}

/// A time of day, a duration with three decimals, or what has a port; anything else stays.
fn steady_number(before: &str, number: &str) -> String {
    let shape: String = number.chars().map(|c| if c.is_ascii_digit() { '9' } else { c }).collect();
    if shape == "99:99:99.999" {
        return "HH:MM:SS.mmm".to_owned();
    }
    if before.ends_with("port ") {
        return "PORT".to_owned();
    }
    if let Some((whole, decimals)) = shape.split_once('.')
        && !whole.is_empty()
        && !shape.contains(':')
        && decimals == "999"
    {
        return "#.###".to_owned();
    }
    match number.rsplit_once(':') {
        Some((host, port))
            if !port.is_empty() && (host.matches('.').count() == 3 || before.ends_with(is_host)) =>
        {
            format!("{host}:PORT")
        }
        _ => number.to_owned(),
    }
}

fn is_host(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == ']'
}

#[test]
fn what_differs_from_run_to_run_gets_a_name() {
    for (text, expected) in [
        ("15:04:05.123 [1/7] x", "HH:MM:SS.mmm [1/7] x"),
        ("at 127.0.0.1:11112: 0000 Success, 0.421 ms", "at 127.0.0.1:PORT: 0000 Success, #.### ms"),
        ("localhost:104, [::1]:104.", "localhost:PORT, [::1]:PORT."),
        ("= 0.1/0.402/12.501 ms", "= 0.1/#.###/#.### ms"),
        ("1.2.840.10008.1.1 in 2.840", "1.2.840.10008.1.1 in #.###"),
        ("listening on port 1 of 127.0.0.1", "listening on port PORT of 127.0.0.1"),
        ("try: 5", "try: 5"),
        ("1.2 kB in 0.100 s, 12.0 kB/s", "1.2 kB in #.### s, RATE"),
    ] {
        assert_eq!(steady(text), expected);
    }
}
