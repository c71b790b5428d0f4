//! dimse store --set: elements that are set on the way.

use super::files::{Study, below};
use super::peers::{Provider, dcmtk};
use super::program::run;

/// What `dcmdump` finds in the one file that is there.
fn dump(provider: &Provider) -> String {
    // Beside it is its log.
    let is_dicom = |path: &std::path::PathBuf| std::fs::read(path).unwrap().get(128..132) == Some(b"DICM");
    let files: Vec<_> = below(provider.folder()).into_iter().filter(is_dicom).collect();
    let [file] = &files[..] else { panic!("{files:?}") };
    dcmtk::dcmftest(&[file]).expect_success();
    dcmtk::dcmdump(&[file], &["+U8"]).expect_success().text
}

#[test]
fn elements_are_set_and_the_file_stays_as_it_is() {
    let (study, provider) = (Study::of(1, 5000), dcmtk::storescp(&["--bit-preserving", "+xa"]));
    let before = std::fs::read(study.path().join("001.dcm")).unwrap();
    let line = "--set PatientID=4711=a --set (0008,0050)= --set SOPInstanceUID=1.2.3.4.5.6 \
                --set RequestAttributesSequence[0].ScheduledProcedureStepID=7 --set=(0009,\"A=B\",10)=";
    let output = run(&format!("store {line} 127.0.0.1 {} {}", provider.port, study.path().display()));
    assert_eq!((output.code, output.err.as_str()), (0, ""), "{}", output.out);
    let dump = dump(&provider);
    for words in [
        "(0010,0020) LO [4711=a]",
        "(0008,0050) SH (no value available)",
        "(0008,0018) UI [1.2.3.4.5.6]",
        "(0002,0003) UI [1.2.3.4.5.6]",
        "(0040,0009) SH [7]",
        "(0009,0010) LO [A=B]",
    ] {
        assert!(dump.contains(words), "{words}: {dump}");
    }
    assert_eq!(std::fs::read(study.path().join("001.dcm")).unwrap(), before);
}

/// What is proposed, what the command says, and what is sent.
#[test]
fn a_class_that_is_set_is_proposed_and_said() {
    let (study, provider) = (Study::of(1, 5000), dcmtk::storescp(&["--bit-preserving", "+xa"]));
    let mr = "1.2.840.10008.5.1.4.1.1.4";
    let line = format!("--set SOPClassUID={mr} --set (0008,0018)=1.2.3.4.5.6");
    let output = run(&format!("store {line} 127.0.0.1 {} {}", provider.port, study.path().display()));
    assert_eq!((output.code, output.err.as_str()), (0, ""), "{}", output.out);
    let dump = dump(&provider);
    for words in [
        "(0002,0002) UI =MRImageStorage",
        "(0008,0016) UI =MRImageStorage",
        "(0002,0003) UI [1.2.3.4.5.6]",
        "(0008,0018) UI [1.2.3.4.5.6]",
    ] {
        assert!(dump.contains(words), "{words}: {dump}");
    }
}

/// As many as there is something to say with.
#[test]
fn a_hundred_elements() {
    let (study, provider) = (Study::of(1, 100), dcmtk::storescp(&["--bit-preserving", "+xa"]));
    let set = |number| format!("--set (0009,\"A\",{number:02x})= --set PatientID={number}");
    let sets = (0..100).map(set).collect::<Vec<_>>().join(" ");
    let output = run(&format!("store {sets} 127.0.0.1 {} {}", provider.port, study.path().display()));
    assert_eq!((output.code, output.err.as_str()), (0, ""), "{}", output.out);
    let dump = dump(&provider);
    for words in ["(0009,1000) ", "(0009,1063) ", "(0010,0020) LO [99]"] {
        assert!(dump.contains(words), "{words}: {dump}");
    }
}

/// Of several instances each needs a UID of its own; nothing is sent.
#[test]
fn a_uid_is_of_one_instance() {
    let study = Study::of(2, 100);
    for key in ["SOPInstanceUID", "(0008,0018)"] {
        let output = run(&format!("store --set {key}=1.2.3 127.0.0.1 104 {}", study.path().display()));
        assert_eq!((output.code, output.out.as_str()), (1, ""));
        assert!(output.err.contains("--set: 2 instances would get the one SOPInstanceUID"), "{}", output.err);
    }
}

#[test]
fn what_cannot_be_set_is_said() {
    let study = Study::of(1, 100);
    for (set, words) in [
        ("PatientID", "--set wants KEY=VALUE, such as PatientID=4711, not 'PatientID'"),
        ("=x", "--set wants KEY=VALUE"),
        ("PatientsName=x", "\"PatientsName\" in the path"),
        ("Rows=many", "Rows (0028,0010)"),
        ("PixelData=", "the pixel data, are passed on as they are"),
        ("SOPClassUID=CT", "SOPClassUID (0008,0016)"),
        ("SOPInstanceUID=", "C-STORE needs a UID there"),
        ("RequestAttributesSequence[2].Rows=many", "Rows (0028,0010)"),
        ("RequestAttributesSequence[0]=x", "names an item"),
        ("RequestAttributesSequence=x", "is a sequence and has no value of text or numbers"),
        ("CurveData=x", "CurveData is of bytes and has no value of text or numbers"),
    ] {
        let output = run(&format!("store --set {set} 127.0.0.1 104 {}", study.path().display()));
        assert_eq!((output.code, output.out.as_str()), (1, ""), "{}", output.err);
        assert!(output.err.contains(words), "{}", output.err);
    }
}

/// Each instance that cannot be changed is named, and the others are stored.
#[test]
fn an_instance_that_cannot_be_changed_is_not_stored() {
    let (study, provider) = (Study::of(1, 100), dcmtk::storescp(&["--bit-preserving", "+xa"]));
    let line = "--set RequestAttributesSequence[3].PatientID=7";
    let output = run(&format!("store {line} 127.0.0.1 {} {}", provider.port, study.path().display()));
    assert_eq!(output.code, 5, "{}", output.err);
    assert!(output.err.contains("001.dcm") && output.err.contains("cannot be changed"), "{}", output.err);
    assert!(output.out.starts_with("stored 0 instances"), "{}", output.out);
}
