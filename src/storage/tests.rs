//! Instances of every origin, whole and not.

use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use super::folder::scratch::Scratch;
use super::instance::{Instance, Opened};
use crate::dataset::convert::Converter;
use crate::dataset::part10::{MAXIMUM_LENGTH, NewHeader};
use crate::error::{Cause, Error};
use crate::net::buffers::Buffer;
use crate::net::data::{Fed, Shortfall, Source};
use crate::types::Uid;

pub(super) const CLASS: Uid = Uid::from_static("1.2.840.10008.5.1.4.1.1.7");
pub(super) const INSTANCE: Uid = Uid::from_static("1.2.3.4");
pub(super) const LITTLE: Uid = Uid::from_static("1.2.840.10008.1.2.1");
pub(super) const DEFLATED: Uid = Uid::from_static("1.2.840.10008.1.2.1.99");

/// A DICOM file.
pub(super) fn file(transfer_syntax: &Uid, data_set: &[u8]) -> Vec<u8> {
    let header = NewHeader {
        sop_class: &CLASS,
        sop_instance: &INSTANCE,
        transfer_syntax,
        implementation_class: &Uid::from_static("1.2.9"),
        implementation_version: b"TEST",
        source: None,
    };
    [&header.encode(), data_set].concat()
}

/// (0008,0016), (0008,0018), then pixel data of this length.
pub(super) fn data_set(pixels: usize) -> Vec<u8> {
    let mut bytes = b"\x08\0\x16\0UI\x04\x001.2\0\x08\0\x18\0UI\x04\x001.3\0\xE0\x7F\x10\0OW\0\0".to_vec();
    bytes.extend_from_slice(&u32::try_from(pixels).unwrap().to_le_bytes());
    bytes.extend((0..pixels).map(|index| u8::try_from(index % 251).unwrap()));
    bytes
}

pub(super) fn buffer() -> Vec<u8> {
    vec![0xEE; MAXIMUM_LENGTH]
}

/// The data set as it would be sent.
pub(super) fn sent(opened: &mut Opened, buffer: &[u8]) -> Result<Vec<u8>, Shortfall> {
    let mut bytes = buffer[opened.head.clone()].to_vec();
    let mut into = [0; 10_000];
    loop {
        let Fed { length, end } = opened.source.read(&mut into)?;
        bytes.extend_from_slice(&into[..length]);
        if end {
            return Ok(bytes);
        }
        assert!(length > 0, "nothing, and not the end");
    }
}

fn refused(instance: &mut Instance) -> Error {
    instance.open(&mut buffer()).unwrap_err()
}

impl Scratch {
    fn file(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.path().join(name);
        fs::write(&path, bytes).unwrap();
        path
    }
}

/// Gives its bytes a few at a time, interrupted now and then.
struct Dribble {
    bytes: Vec<u8>,
    at: usize,
    calls: usize,
    most: usize,
}

impl Read for Dribble {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        self.calls += 1;
        if self.calls.is_multiple_of(3) {
            return Err(io::ErrorKind::Interrupted.into());
        }
        let there = &self.bytes[self.at..];
        let count = there.len().min(into.len()).min(self.most);
        into[..count].copy_from_slice(&there[..count]);
        self.at += count;
        Ok(count)
    }
}

/// What cannot be read.
pub(super) struct Failing;

impl Read for Failing {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        Err(io::Error::other("the disk is gone"))
    }
}

fn dribble(bytes: &[u8], most: usize, length: Option<u64>) -> Instance {
    Instance::from_reader(Box::new(Dribble { bytes: bytes.to_vec(), at: 0, calls: 0, most }), length)
}

/// The same bytes from everywhere.
fn everywhere(folder: &Scratch, bytes: &[u8]) -> Vec<Instance> {
    let length = u64::try_from(bytes.len()).unwrap();
    vec![
        Instance::from_file(folder.file("a.dcm", bytes)),
        Instance::from_bytes(bytes),
        dribble(bytes, 7, None),
        dribble(bytes, 7777, Some(length)),
        // More than was announced is left alone.
        dribble(&[bytes, b"another"].concat(), 7777, Some(length)),
    ]
}

#[test]
fn small_ones_are_in_the_buffer() {
    let folder = Scratch::new();
    let data_set = data_set(100);
    let bytes = file(&LITTLE, &data_set);
    for instance in everywhere(&folder, &bytes) {
        let mut buffer = buffer();
        let mut opened = instance.open(&mut buffer).unwrap();
        assert_eq!(opened.kind.sop_class, CLASS);
        assert_eq!(opened.kind.sop_instance, INSTANCE);
        assert_eq!(opened.kind.transfer_syntax, LITTLE);
        assert_eq!(opened.head, bytes.len() - data_set.len()..bytes.len());
        assert!(opened.is_all);
        assert_eq!(opened.length, Some(u64::try_from(data_set.len()).unwrap()));
        assert_eq!(opened.source.read(&mut [0; 8]).unwrap(), Fed { length: 0, end: true });
        assert_eq!(sent(&mut opened, &buffer).unwrap(), data_set);
    }
}

#[test]
fn large_ones_go_on_behind_it() {
    let folder = Scratch::new();
    // The last ends where the buffer does.
    let header = file(&LITTLE, &data_set(0)).len();
    for pixels in [500_000, MAXIMUM_LENGTH, MAXIMUM_LENGTH - header + 2, MAXIMUM_LENGTH - header] {
        let data_set = data_set(pixels);
        for instance in everywhere(&folder, &file(&LITTLE, &data_set)) {
            let mut buffer = buffer();
            let mut opened = instance.open(&mut buffer).unwrap();
            let length = u64::try_from(data_set.len()).unwrap();
            // A reader that has not said how long it is does not know its end before it has met it.
            assert_eq!(opened.length.unwrap_or(length), length);
            if instance.is_repeatable() {
                assert_eq!(opened.head.end, MAXIMUM_LENGTH);
                assert_eq!(opened.is_all, header + pixels == MAXIMUM_LENGTH);
            }
            assert!(sent(&mut opened, &buffer).unwrap() == data_set, "{instance}, {pixels}");
        }
    }
}

#[test]
fn a_file_and_memory_can_be_opened_again_and_a_reader_cannot() {
    let folder = Scratch::new();
    for instance in everywhere(&folder, &file(&LITTLE, &data_set(4))) {
        instance.open(&mut buffer()).unwrap();
        let again = instance.open(&mut buffer());
        assert_eq!(again.is_ok(), instance.is_repeatable());
        if let Err(error) = again {
            assert_eq!(
                error.to_string(),
                "the instance from a reader was sent before; a reader gives its bytes once"
            );
        }
    }
}

#[test]
fn a_slow_reader_is_not_waited_for_until_a_buffer_is_full() {
    // Nor for more of one than says what it is, in its header or, here in the last, far behind the beginning.
    let unnamed = [b"\x08\0\x05\0ST\x60\xEA".to_vec(), vec![b' '; 60_000], data_set(600_000)].concat();
    let file = file(&LITTLE, &data_set(600_000));
    for (bytes, most) in [(&file, 18_000), (&data_set(600_000), 18_000), (&unnamed, 78_000)] {
        let mut buffer = vec![0; 256 * 1024];
        let mut opened = dribble(bytes, 1000, None).open(&mut buffer).unwrap();
        assert!(opened.head.end < most && !opened.is_all, "{opened:?}");
        let fed = opened.source.read(&mut buffer).unwrap();
        assert!(fed.length < 18_000 && !fed.end, "{fed:?}");
    }
}

#[test]
fn what_is_cut_off_is_refused_wherever_it_is_cut() {
    let data_set = data_set(6);
    let bytes = file(&LITTLE, &data_set);
    let header = bytes.len() - data_set.len();
    for length in 1..bytes.len() {
        let opened = Instance::from_bytes(&bytes[..length]).open(&mut buffer());
        let is_between = length == header + 12 || length == header + 24;
        assert_eq!(opened.is_ok(), is_between, "{length} of {} bytes", bytes.len());
    }
}

#[test]
fn what_is_cut_off_far_behind_the_buffer_is_found_before_it_is_sent() {
    let folder = Scratch::new();
    let mut data_set = data_set(1_234_567);
    data_set.truncate(data_set.len() - 1_000_000);
    let path = folder.file("cut.dcm", &file(&LITTLE, &data_set));
    let words = "the data set ends in the middle of (7FE0,0010): 234,567 of 1,234,567 bytes are there";
    let error = refused(&mut Instance::from_file(&path));
    assert_eq!(error.to_string(), format!("{} cannot be sent: {words}", path.display()));
    assert_eq!(refused(&mut Instance::from_bytes(&*file(&LITTLE, &data_set))).cause().to_string(), {
        let length = file(&LITTLE, &data_set).len();
        format!("the instance in memory ({length} bytes) cannot be sent: {words}")
    });
    // Of a reader it is found when its length is known, or else when it ends: then the message is not completed.
    let length = u64::try_from(file(&LITTLE, &data_set).len()).unwrap();
    let error = refused(&mut dribble(&file(&LITTLE, &data_set), 5000, Some(length)));
    assert_eq!(error.to_string(), format!("the instance from a reader cannot be sent: {words}"));
    let mut buffer = buffer();
    let mut opened = dribble(&file(&LITTLE, &data_set), 5000, None).open(&mut buffer).unwrap();
    assert_eq!(sent(&mut opened, &buffer).unwrap_err().to_string(), words);
}

#[test]
fn fragments_are_followed_to_their_end() {
    let mut data_set = b"\xE0\x7F\x10\0OB\0\0\xFF\xFF\xFF\xFF\xFE\xFF\x00\xE0\0\0\0\0".to_vec();
    let fragment = [b"\xFE\xFF\x00\xE0\xDC\x05\0\0", &[0xFF; 1500][..]].concat();
    data_set.extend(fragment.repeat(1000));
    let cut = file(&LITTLE, &data_set);
    data_set.extend_from_slice(b"\xFE\xFF\xDD\xE0\0\0\0\0");
    let whole = file(&LITTLE, &data_set);
    Instance::from_bytes(&*whole).open(&mut buffer()).unwrap();
    for (left_out, present) in
        [(0, "1,508,008"), (700, "1,507,308"), (1505, "1,506,503"), (1508, "1,506,500")]
    {
        let error = refused(&mut Instance::from_bytes(&cut[..cut.len() - left_out]));
        let words = format!(
            "the data set ends in the middle of (7FE0,0010): {present} bytes are there, without the delimiter at its end"
        );
        assert!(error.to_string().ends_with(&words), "{error}");
    }
}

#[test]
fn zeros_behind_the_last_element_are_sent_too() {
    let data_set = [data_set(4), vec![0; 1000]].concat();
    let mut buffer = buffer();
    let mut opened = Instance::from_bytes(&*file(&LITTLE, &data_set)).open(&mut buffer).unwrap();
    assert_eq!(sent(&mut opened, &buffer).unwrap(), data_set);
}

/// Explicit VR, but who knows in which order of bytes: what would be cut off as little endian is sent as it is.
#[test]
fn what_nobody_knows_is_sent_as_it_is() {
    let folder = Scratch::new();
    let data_set = b"\0\x08\0\x16UI\0\x041.2\0\0\x08\0\x18UI\0\x041.3\0";
    let private = Uid::from_static("1.2.3.4");
    for instance in everywhere(&folder, &file(&private, data_set)) {
        let mut buffer = buffer();
        let mut opened = instance.open(&mut buffer).unwrap();
        assert_eq!(sent(&mut opened, &buffer).unwrap(), data_set);
    }
    for mut instance in everywhere(&folder, &file(&LITTLE, data_set)) {
        let told = refused(&mut instance).to_string();
        assert!(told.contains("16 of 1,024 bytes are there"), "{told}");
    }
}

#[test]
fn deflated_data_sets_are_sent_as_they_are() {
    let folder = Scratch::new();
    for instance in everywhere(&folder, &file(&DEFLATED, b"\x02\0UI, whatever")) {
        let mut buffer = buffer();
        let mut opened = instance.open(&mut buffer).unwrap();
        assert_eq!(sent(&mut opened, &buffer).unwrap(), b"\x02\0UI, whatever");
    }
}

#[test]
fn what_the_header_does_not_say_the_data_set_does() {
    let syntax = b"\x02\0\x10\0UI\x14\x001.2.840.10008.1.2.1\0";
    let with_header = [&[0; 128][..], b"DICM", syntax, &data_set(4)].concat();
    for bytes in [with_header, data_set(4)] {
        let opened = Instance::from_bytes(&*bytes).open(&mut buffer()).unwrap();
        assert_eq!((opened.kind.sop_class.as_str(), opened.kind.sop_instance.as_str()), ("1.2", "1.3"));
        assert_eq!(opened.kind.transfer_syntax, LITTLE);
    }
    // Where both say it, the header does.
    let opened = Instance::from_bytes(&*file(&LITTLE, &data_set(4))).open(&mut buffer()).unwrap();
    assert_eq!(opened.kind.sop_class, CLASS);
}

#[test]
fn what_is_no_instance_in_words() {
    let syntax = b"\x02\0\x10\0UI\x14\x001.2.840.10008.1.2.1\0";
    let pixels = &data_set(4)[24..];
    let class_only = &[&data_set(4)[..12], pixels].concat();
    let headed = |rest: &[u8]| [&[0; 128][..], b"DICM", rest].concat();
    for (bytes, words) in [
        (headed(b""), "its header has no Transfer Syntax UID (0002,0010)"),
        (headed(&syntax[..9]), "it is cut off: it ends in its header, after 141 bytes"),
        (headed(b"\x02\0\x10\0UN\0\0\xFF\xFF\xFF\xFF"), "its header (group 0002) is longer than 64 KiB"),
        (file(&LITTLE, b""), "there is no data set behind its header"),
        (
            headed(&[syntax, pixels].concat()),
            "it has no SOP Class UID, neither (0002,0002) in its header nor (0008,0016) in its data set",
        ),
        (
            headed(&[&syntax[..], class_only].concat()),
            "it has no SOP Instance UID, neither (0002,0003) in its header nor (0008,0018) in its data set",
        ),
        (
            file(&LITTLE, b"\x08\0\x16"),
            "the data set ends in the middle of an element: 3 bytes of its tag and length are there",
        ),
        (
            data_set(4)[..20].to_vec(),
            "the data set ends in the middle of (0008,0018): 0 of 4 bytes are there",
        ),
    ] {
        refused_twice(&bytes, words, |cause| matches!(cause, Cause::Instance { .. }));
    }
}

#[test]
fn what_is_no_dicom_object_in_words() {
    for (bytes, words) in [
        (&b""[..], "it is empty"),
        (b"To whom it may concern", "it is no DICOM file, without DICM at byte 128; it looks like text"),
        (
            b"\x08\0\x05\0CS\0\0",
            "it is no DICOM file, without DICM at byte 128, nor a data set with a SOP Class UID (0008,0016)",
        ),
        (
            &data_set(4)[..12],
            "it is no DICOM file, without DICM at byte 128, nor a data set with a SOP Instance UID (0008,0018)",
        ),
        // It begins like a data set by chance, and would go on for longer than it is.
        (
            b"\x08\0\x05\0\xFF\xFF\0\0 chance",
            "it is no DICOM file, without DICM at byte 128, nor a data set with a SOP Class UID (0008,0016)",
        ),
    ] {
        refused_twice(bytes, words, |cause| matches!(cause, Cause::NoInstance { .. }));
    }
}

/// From a reader and in memory alike.
fn refused_twice(bytes: &[u8], words: &str, is_cause: fn(&Cause) -> bool) {
    let of_reader = refused(&mut dribble(bytes, 1000, None));
    assert_eq!(of_reader.cause().to_string(), format!("the instance from a reader cannot be sent: {words}"));
    let in_memory = refused(&mut Instance::from_bytes(bytes));
    let name = format!("the instance in memory ({} bytes)", bytes.len());
    assert_eq!(in_memory.cause().to_string(), format!("{name} cannot be sent: {words}"));
    assert!(is_cause(of_reader.cause()) && is_cause(in_memory.cause()), "{of_reader:?} {in_memory:?}");
}

#[test]
fn what_cannot_be_read_is_something_else() {
    let folder = Scratch::new();
    let missing = folder.path().join("missing.dcm");
    let error = refused(&mut Instance::from_file(&missing));
    assert!(error.to_string().starts_with(&format!("{} cannot be opened: ", missing.display())), "{error}");
    assert!(matches!(error.cause(), Cause::Io { os, .. } if *os != 0));
    let error = refused(&mut Instance::from_file(folder.path()));
    assert!(matches!(error.cause(), Cause::Io { .. }), "{error}");
    let bytes = file(&LITTLE, &data_set(4));
    let error = refused(&mut dribble(&bytes, 1000, Some(1_000)));
    let missing = 1000 - bytes.len();
    let words = format!(
        "the instance from a reader cannot be read: it ended {missing} bytes before the length that was given for it"
    );
    assert_eq!(error.to_string(), words);
}

#[test]
fn a_file_that_becomes_shorter_while_it_is_sent() {
    let folder = Scratch::new();
    let path = folder.file("a.dcm", &file(&LITTLE, &data_set(200_000)));
    let mut buffer = buffer();
    let mut opened = Instance::from_file(&path).open(&mut buffer).unwrap();
    shorten(&path, 150_000);
    assert_eq!(sent(&mut opened, &buffer).unwrap_err().to_string(), "it became shorter while it was read");
}

fn shorten(path: &Path, length: u64) {
    fs::File::options().write(true).open(path).unwrap().set_len(length).unwrap();
}

#[cfg(unix)]
#[test]
fn a_pipe_is_no_file_and_keeps_nobody_waiting() {
    let folder = Scratch::new();
    let path = folder.path().join("pipe");
    assert!(std::process::Command::new("mkfifo").arg(&path).status().unwrap().success());
    let instance = Instance::from_file(&path);
    let error = instance.open(&mut buffer()).unwrap_err();
    assert!(matches!(error.cause(), Cause::NoInstance { .. }), "{error}");
    assert!(error.to_string().contains("a pipe or a device"), "{error}");
    assert_eq!(instance.size(), Some(0));
}

#[test]
fn converted_from_everywhere_it_is_the_same() {
    let folder = Scratch::new();
    let big_endian = Uid::from_static("1.2.840.10008.1.2.2");
    for pixels in [100, 300_000] {
        let little = data_set(pixels);
        let expected = converted(&LITTLE, &big_endian, &little);
        for (syntax, data_set) in [(&LITTLE, &little), (&DEFLATED, &converted(&LITTLE, &DEFLATED, &little))] {
            for (number, instance) in everywhere(&folder, &file(syntax, data_set)).into_iter().enumerate() {
                let mut buffer = Buffer::take();
                let opened = instance.open(&mut buffer).unwrap();
                let length = opened.rehearse(&buffer, &big_endian).unwrap().unwrap();
                // What a reader will bring is not known before.
                let known = (number < 2).then_some(u64::try_from(expected.len()).unwrap());
                assert_eq!(length, known, "{instance}");
                let mut source = opened.convert(buffer, &big_endian).unwrap();
                assert!(read(&mut source, 777).unwrap() == expected, "{instance}");
            }
        }
    }
}

#[test]
fn what_cannot_be_converted_is_told_before_it_is_sent_or_on_the_way() {
    let folder = Scratch::new();
    let big_endian = Uid::from_static("1.2.840.10008.1.2.2");
    // Behind more than any buffer holds.
    let data_set = [&data_set(600_000)[..], b"\xE1\x7F\x01\x10UN\0\0\x02\0\0\0AB"].concat();
    for instance in everywhere(&folder, &file(&LITTLE, &data_set)) {
        let mut buffer = Buffer::take();
        let opened = instance.open(&mut buffer).unwrap();
        let words =
            "(7FE1,1001) has bytes of unknown meaning (UN), which cannot be put into another byte order";
        match opened.rehearse(&buffer, &big_endian).unwrap() {
            Err(error) => assert_eq!(error.to_string(), words),
            Ok(length) => {
                assert_eq!((length, instance.is_repeatable()), (None, false));
                let mut source = opened.convert(buffer, &big_endian).unwrap();
                assert_eq!(read(&mut source, 10_000).unwrap_err().to_string(), words);
            }
        }
    }
}

/// On the way, whether it is converted or not.
#[test]
fn what_cannot_be_read_is_told_from_what_is_damaged() {
    let bytes = file(&LITTLE, &data_set(600_000));
    let half = &bytes[..300_000];
    let reader = |fails: bool| -> Box<dyn Read + Send> {
        let half = io::Cursor::new(half.to_vec());
        if fails { Box::new(half.chain(Failing)) } else { Box::new(half) }
    };
    for to in [&LITTLE, &DEFLATED, &Uid::from_static("1.2.840.10008.1.2.2")] {
        for fails in [false, true] {
            let mut buffer = Buffer::take();
            let opened = Instance::from_reader(reader(fails), None).open(&mut buffer).unwrap();
            let mut source: Box<dyn Source> = if *to == LITTLE {
                Box::new(opened.source)
            } else {
                Box::new(opened.convert(buffer, to).unwrap())
            };
            match read(&mut *source, 10_000).unwrap_err() {
                Shortfall::Unreadable(error) => assert!(fails && error.to_string() == "the disk is gone"),
                Shortfall::Unsendable(words) => assert!(!fails && words.contains("(7FE0,0010)"), "{words}"),
            }
        }
    }
}

fn converted(from: &Uid, to: &Uid, data_set: &[u8]) -> Vec<u8> {
    let mut output = vec![0; data_set.len() + 1000];
    let step = Converter::new(from, to).unwrap().convert(data_set, true, &mut output).unwrap();
    assert!(step.end);
    output.truncate(step.written);
    output
}

fn read(source: &mut dyn Source, room: usize) -> Result<Vec<u8>, Shortfall> {
    let mut bytes = Vec::new();
    let mut into = vec![0; room];
    loop {
        let Fed { length, end } = source.read(&mut into)?;
        bytes.extend_from_slice(&into[..length]);
        if end {
            return Ok(bytes);
        }
        assert!(length > 0, "nothing, and not the end");
    }
}
