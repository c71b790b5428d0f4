//! dimse dump: what it shows of files, in a pipe and on a terminal, as JSON, and beside dcmdump.

use std::path::{Path, PathBuf};

use super::files::{IMPLICIT, Instance, Study, explicit};
use super::golden::{assert_fits_80_columns, assert_golden};
use super::peers::{dcmtk, pydicom};
use super::program::{run, run_by_shell, run_on_terminal};

/// An element of every shape that a line can have.
fn every_shape() -> Vec<u8> {
    let item = |elements: &[Vec<u8>]| explicit_item(&elements.concat());
    let code = item(&[explicit(0x0008, 0x0100, "SH", b"A1"), explicit(0x0008, 0x0104, "LO", b"Sch\xe4del ")]);
    let nested = item(&[explicit(0x0040, 0x0008, "SQ", &code), explicit(0x0040, 0x0009, "SH", b"S1")]);
    let doubles = [1.5_f64, -0.1].map(f64::to_le_bytes).concat();
    [
        explicit(0x0008, 0x0005, "CS", b"ISO_IR 100"),
        explicit(0x0008, 0x0008, "CS", b"ORIGINAL\\PRIMARY"),
        explicit(0x0008, 0x0016, "UI", b"1.2.840.10008.5.1.4.1.1.2\0"),
        explicit(0x0008, 0x0018, "UI", b"2.25.1"),
        explicit(0x0008, 0x0050, "SH", b""),
        explicit(0x0008, 0x1030, "LO", &[b'x'; 64]),
        explicit(0x0008, 0x1140, "SQ", b""),
        explicit(0x0009, 0x0010, "LO", b"ACME 1.1"),
        explicit(0x0009, 0x1010, "SL", &(-7_i32).to_le_bytes()),
        explicit(0x0009, 0x1011, "UN", b"\0\x01\xfe\xff"),
        explicit(0x0009, 0x2001, "LO", b"whose?"),
        explicit(0x0010, 0x0010, "PN", b"M\xfcller^J\xf6rg "),
        explicit(0x0010, 0x4000, "LT", b"red: \x1b[31m, bell: \x07, line:\r\n."),
        explicit(0x0018, 0x602C, "FD", &doubles),
        explicit(0x0028, 0x0009, "AT", &[0x18, 0, 0x63, 0x10]),
        explicit(0x0028, 0x0010, "US", &512_u16.to_le_bytes()),
        explicit(0x0040, 0x0100, "SQ", &[nested, item(&[])].concat()),
        explicit(0x0066, 0x0016, "OF", &1.25_f32.to_le_bytes()),
        explicit(0x5678, 0x0001, "UN", b"ab"),
        explicit(0x7FE0, 0x0010, "OW", &[0x34, 0x12].repeat(100)),
    ]
    .concat()
}

fn explicit_item(elements: &[u8]) -> Vec<u8> {
    let length = u32::try_from(elements.len()).unwrap().to_le_bytes();
    [&[0xFE, 0xFF, 0x00, 0xE0], &length[..], elements].concat()
}

fn study_with(name: &str, data_set: &[u8]) -> Study {
    let study = Study::new();
    study.file(name, &[Instance::new(1).header(), data_set.to_vec()].concat());
    study
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

#[test]
fn every_shape_in_a_pipe() {
    let study = study_with("all.dcm", &every_shape());
    let output = run(&format!("dump {}/all.dcm", study.path().display()));
    assert_eq!((output.code, output.err.as_str()), (0, ""));
    assert_golden("dump", &study.steady(&output.out));
    let output = run(&format!("dump --limit 16 {}/all.dcm", study.path().display()));
    assert_golden("dump_limit", &study.steady(&output.out));
    let output = run(&format!("dump --long {}/all.dcm", study.path().display()));
    assert!(output.out.contains(&format!("[{}]", "x".repeat(64))), "{}", output.out);
    assert!(output.out.contains(&format!(" {}1234 # 200, 1", "1234\\".repeat(99))), "{}", output.out);
}

#[test]
fn every_shape_on_a_terminal() {
    let study = study_with("all.dcm", &every_shape());
    let output = run_on_terminal(&format!("dump {}/all.dcm", study.path().display()), &[]);
    assert_eq!(output.code, 0);
    let out = study.steady(&output.out);
    // A long name of a file is another matter.
    let elements = &out[out.find("(0008,0005)").unwrap()..];
    assert_fits_80_columns(elements);
    assert_golden("dump_terminal", elements);
    assert!(!elements.contains("\x1b[31m") && !elements.contains('\x07'), "the file is obeyed");
}

#[test]
fn files_of_pydicom() {
    let files = pydicom::files_named(&["nested_priv_SQ.dcm", "SC_rgb_rle_2frame.dcm", "rtplan.dcm"]);
    for (name, file) in ["dump_private_sequence", "dump_encapsulated", "dump_plan"].into_iter().zip(files) {
        let output = run(&format!("dump {}", text(&file)));
        assert_eq!((output.code, output.err.as_str()), (0, ""));
        assert_golden(name, &output.out.replace(text(file.parent().unwrap()), "PYDICOM"));
    }
}

#[test]
fn several_files_and_what_is_none() {
    let study = study_with("all.dcm", &every_shape()[..42]);
    study.file(
        "notes.txt",
        b"Not a DICOM file, and longer than the preamble of one has to be. ".repeat(4).as_slice(),
    );
    let whole = [Instance::new(1).header(), every_shape()].concat();
    study.file("cut.dcm", &whole[..whole.len() - 50]);
    let folder = study.path().display();
    let files = ["all.dcm", "notes.txt", "missing.dcm", "", "cut.dcm"].map(|name| format!("{folder}/{name}"));
    let output = run(&format!("dump {}", files.join(" ")));
    assert_eq!(output.code, 5);
    assert_golden("dump_faults", &study.steady(&format!("{}{}", output.err, output.out)));
    for file in &files[1..] {
        let output = run(&format!("dump {file}"));
        assert_eq!(output.code, 1, "{file}: {}", output.out);
        assert_eq!(output.err.lines().count(), 1, "{}", output.err);
    }
    assert_eq!(run(&format!("dump {} {}", files[0], files[0])).code, 0);
}

/// Whatever the damage is, and however deep: what stands in front of it is shown, and then what it is.
#[test]
fn what_is_in_front_of_damage() {
    let mut good = every_shape();
    good.iter_mut().filter(|byte| **byte == 0x1B).for_each(|byte| *byte = b' ');
    let private = explicit(0x0011, 0x1010, "UN", &[0; 60]);
    let item =
        [&explicit_item(&explicit(0x0008, 0x0100, "SH", b"A1"))[..], &[0xFE, 0xFF, 0, 0xE0, 0xFF]].concat();
    for (damage, words) in [
        (explicit(0x0008, 0x1030, "LO", b"again"), "(0008,1030): it is there twice"),
        (private[..50].to_vec(), "(0011,1010): its length is 60, but 38 bytes are left"),
        (private[..5].to_vec(), "the header of an element is cut off after 5 bytes"),
        (explicit(0x0040, 0xA730, "SQ", &item), "(0040,A730)"),
        (vec![0xFE, 0xFF, 0, 0xE0, 0, 0, 0, 0], "items and delimiters are in sequences only"),
        (explicit(0x0002, 0x0010, "UI", b"1.2"), "elements of group 0002 are in the header of a file only"),
    ] {
        let study = study_with("good.dcm", &good);
        study.file("damaged.dcm", &[Instance::new(1).header(), good.clone(), damage].concat());
        let path = study.path().display();
        for option in ["", "--json --pixels"] {
            let whole = run(&format!("dump {option} {path}/good.dcm"));
            let output = run(&format!("dump {option} {path}/damaged.dcm"));
            assert_eq!((whole.code, output.code), (0, 1), "{words}");
            assert_eq!(output.out.replace("damaged.dcm", "good.dcm"), whole.out, "{words}");
            assert!(output.err.contains(words) && output.err.lines().count() == 1, "{}", output.err);
        }
    }
}

/// A small file that inflates to a large one costs no more unasked than one that is as large as it looks.
#[test]
fn a_deflate_bomb_is_read_as_far_as_64_mib() {
    let study = Study::new();
    let deflated = Instance { transfer_syntax: DEFLATED, ..Instance::new(1) };
    let front = [explicit(0x0008, 0x0018, "UI", b"1.2.3.4"), PIXELS_OF_4_GB.to_vec()].concat();
    let bomb = [deflated.header(), deflated_zeros_behind(&front, 100_000_000)].concat();
    let path = study.file("bomb.dcm", &bomb);
    let output = run_by_shell(&format!("ulimit -v 400000; exec $DIMSE dump {}", path.display()));
    assert_eq!(output.code, 1, "{}", output.err);
    assert!(output.out.ends_with("1 SOPInstanceUID\n") && bomb.len() < 1_000_000, "{}", output.out);
    assert!(
        output.err.contains("longer than the limit of 67108864 bytes\n") && output.err.contains("--pixels"),
        "{}",
        output.err
    );
    let output = run(&format!("dump --pixels {}", path.display()));
    assert!(
        output.err.contains("the deflate stream is cut off") && !output.err.contains("--pixels"),
        "{}",
        output.err
    );
}

const DEFLATED: &str = "1.2.840.10008.1.2.1.99";
const PIXELS_OF_4_GB: &[u8] = b"\xE0\x7F\x10\0OW\0\0\xFE\xFF\xFF\xFF";

/// A deflate stream (RFC 1951) of `front`, stored, and of zeros as the fixed codes have them: one, and matches of 258 at
/// distance 1. It is cut off.
fn deflated_zeros_behind(front: &[u8], zeros: usize) -> Vec<u8> {
    let length = u16::try_from(front.len()).unwrap();
    let mut stream = [&[0][..], &length.to_le_bytes(), &(!length).to_le_bytes(), front].concat();
    let (mut bits, mut count) = (0_u32, 0);
    // A last block of fixed codes, a literal 0, and then each match; all but the header are codes from their first bit.
    let header = [1, 1, 0].into_iter().chain([0, 0, 1, 1, 0, 0, 0, 0]);
    let matches = std::iter::repeat_n([1, 1, 0, 0, 0, 1, 0, 1, 0, 0, 0, 0, 0], zeros / 258).flatten();
    for bit in header.chain(matches) {
        bits |= bit << count;
        count += 1;
        if count == 8 {
            stream.push(u8::try_from(bits).unwrap());
            (bits, count) = (0, 0);
        }
    }
    stream
}

/// What is printed nowhere was not done: a file that cannot be written, like one that cannot be read.
#[test]
fn an_output_that_cannot_be_written() {
    let study = study_with("all.dcm", &every_shape()[..42]);
    let file = format!("dump {}/all.dcm", study.path().display());
    for arguments in [file.as_str(), &format!("{file} --json"), "--version", "store --help"] {
        let output = run_by_shell(&format!("exec $DIMSE {arguments} >/dev/full"));
        assert_eq!(output.code, 1, "{arguments}: {}", output.err);
        assert!(output.err.starts_with("dimse: the output could not be written: "), "{}", output.err);
    }
}

#[test]
fn json_is_that_of_the_standard() {
    let mut data_set = every_shape();
    let escape = data_set.iter().position(|byte| *byte == 0x1B).unwrap();
    let study = study_with("bad.dcm", &data_set);
    let output = run(&format!("dump --json {}/bad.dcm", study.path().display()));
    assert_eq!(
        (output.code, output.out.as_str()),
        (1, ""),
        "an escape sequence that there is not is no text"
    );
    assert!(
        output.err.contains("(0010,4000)") && output.err.ends_with("; without --json its bytes are shown\n"),
        "{}",
        output.err
    );
    data_set[escape] = b' ';
    let study = study_with("all.dcm", &data_set);
    let output = run(&format!("dump --json {}/all.dcm", study.path().display()));
    assert_eq!((output.code, output.err.as_str()), (0, ""));
    assert_golden("dump_json", &output.out);
    assert!(!output.out.contains("7FE00010"), "nobody asked for it");
    let output = run(&format!("dump --json --pixels {}/all.dcm", study.path().display()));
    assert!(output.out.contains(r#""7FE00010":{"vr":"OW","InlineBinary":"NBI0"#), "{}", output.out);
    // JSON has no place for it, but for the rest.
    let encapsulated = &pydicom::files_named(&["SC_rgb_rle_2frame.dcm"])[0];
    assert_eq!(run(&format!("dump --json {}", text(encapsulated))).code, 0);
    let output = run(&format!("dump --json --pixels {}", text(encapsulated)));
    assert_eq!(output.code, 1);
    assert!(output.out.ends_with("\"00280107\":{\"vr\":\"US\",\"Value\":[255]}}\n"), "{}", output.out);
    assert!(
        output.err.ends_with(
            ": PixelData is encapsulated, and left out: the DICOM JSON model has no place for it\n"
        )
    );
}

#[test]
fn pixels_of_large_files_are_read_when_they_are_wanted() {
    let study = Study::of(1, 70_000_000);
    let path = format!("{}/001.dcm", study.path().display());
    let output = run(&format!("dump {path}"));
    assert_eq!(output.code, 0);
    assert!(
        output.out.contains("are not read: --pixels\n") && !output.out.contains("(7fe0,0010)"),
        "{}",
        output.out
    );
    let output = run(&format!("dump --pixels {path}"));
    assert!(output.out.contains("# 70000000, 1 PixelData\n"), "{}", output.out);
    assert!(!output.out.contains("--pixels"), "{}", output.out);
}

#[test]
fn implicit_vr_has_the_vrs_of_the_dictionary() {
    let study = Study::new();
    let path = study.write("implicit.dcm", &Instance { transfer_syntax: IMPLICIT, ..Instance::new(1) });
    let output = run(&format!("dump {}", path.display()));
    assert!(output.out.contains("(0008,0018) UI [2.25.1]  "), "{}", output.out);
    assert!(output.out.contains("Implicit VR Little Endian (1.2.840.10008.1.2)"), "{}", output.out);
}

/// Tag, VR, value, bytes and number of values of each line of text or whole numbers; both programs show these alike.
fn comparable(dump: &str) -> Vec<String> {
    let line = |line: &str| {
        let (element, comment) = line.trim_start().rsplit_once(" # ")?;
        let (tag, rest) = element.split_at_checked(11)?;
        let (vr, value) = rest.strip_prefix(' ')?.split_at_checked(2)?;
        let is_like = tag.starts_with('(') && !tag.starts_with("(fffe,");
        let is_text =
            !matches!(vr, "SQ" | "UN" | "FL" | "FD" | "OB" | "OW" | "OF" | "OD" | "OL" | "AT" | "UT");
        let (length, count) = comment.split_once(',')?;
        let count = count.trim_start().split(' ').next()?;
        let all = format!("{tag} {vr} {} {},{count}", value.trim(), length.trim());
        (is_like && is_text).then_some(all)
    };
    dump.lines().filter_map(line).collect()
}

#[test]
fn tags_and_values_are_those_of_dcmdump() {
    let names =
        ["CT_small.dcm", "MR_small_implicit.dcm", "MR_small_bigendian.dcm", "rtplan.dcm", "rtstruct.dcm"];
    let more = ["JPEG2000.dcm", "reportsi.dcm", "waveform_ecg.dcm", "image_dfl.dcm", "liver_1frame.dcm"];
    let files: Vec<PathBuf> = pydicom::files_named(&[names, more].concat());
    for file in files {
        let ours = comparable(&run(&format!("dump --long {}", text(&file))).out);
        let theirs = dcmtk::dcmdump(&[&file], &["-q", "-Un", "+L"]).expect_success();
        let theirs = comparable(&theirs.text);
        assert!(ours.len() > 20, "{}: {}", file.display(), ours.len());
        assert_eq!(ours, theirs, "{}", file.display());
    }
}
