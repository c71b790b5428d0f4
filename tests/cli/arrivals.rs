//! dimse serve -od: what it refuses and what it changes by the elements of an instance, before its pixels are taken; and
//! the transfer syntaxes that it takes.

use std::fmt::Write;
use std::path::{Path, PathBuf};

use super::files::{EXPLICIT, IMPLICIT, Instance, Study, assert_same, below, data_set, explicit, implicit};
use super::golden::assert_golden;
use super::peers::{Folder, dcmtk, pydicom};
use super::program::{Output, Running, Server, run};

/// A server with these options, and its folder.
fn serve(options: &str) -> (Server, Folder) {
    let folder = Folder::new("received");
    let server =
        Server::start(&format!("-od {} --path-template {{instance}} {options}", folder.path().display()));
    (server, folder)
}

fn store(server: &Server, files: &[PathBuf]) -> Output {
    let files: Vec<&str> = files.iter().map(|file| file.to_str().unwrap()).collect();
    run(&format!("store -aet CT1 127.0.0.1 {} {}", server.port, files.join(" ")))
}

fn steady(output: &Output, folder: &Folder) -> String {
    format!("{}{}", output.err, output.out).replace(folder.path().to_str().unwrap(), "FOLDER")
}

/// What `dimse dump` shows of an element of the data set itself.
fn shown(file: &Path, keyword: &str) -> Option<String> {
    let output = run(&format!("dump {}", file.display()));
    assert_eq!(output.code, 0, "{}", output.err);
    let end = format!(" {keyword}");
    let line = output.out.lines().find(|line| line.starts_with('(') && line.ends_with(&end))?;
    Some(line[15..line.rfind(" # ")?].trim().to_owned())
}

/// From the tag of the pixel data on.
fn pixels(file: &Path, is_implicit: bool) -> Vec<u8> {
    let data_set = data_set(file);
    let tag: &[u8] = if is_implicit { b"\xE0\x7F\x10\0" } else { b"\xE0\x7F\x10\0O" };
    let start = data_set.windows(tag.len()).rposition(|window| window == tag).unwrap();
    data_set[start..].to_vec()
}

#[test]
fn coerced_elements_arrive_and_the_pixels_are_the_same() {
    let names = ["CT_small.dcm", "MR_small_implicit.dcm", "JPEG2000.dcm"];
    let files = pydicom::files_named(&names);
    let (server, folder) = serve("--coerce InstitutionName=W\u{e9}st --coerce (0010,0010)=Doe^John");
    // DCMTK has words for B000.
    let dcmtk = dcmtk::storescu(server.port, "ANY-SCP", &[], &files[..1]).expect_success();
    dcmtk.expect_text("Received Store Response (Warning: CoercionOfDataElements)");
    let output = store(&server, &files);
    assert_eq!(output.code, 0, "{}", output.err);
    assert!(output.out.contains("3 with a warning"), "{}", output.out);
    for file in &files {
        let arrived = folder.path().join(shown(file, "SOPInstanceUID").unwrap().trim_matches(['[', ']']));
        assert_eq!(shown(&arrived, "InstitutionName").unwrap(), "[W\u{e9}st]", "{}", file.display());
        assert_eq!(shown(&arrived, "PatientName").unwrap(), "[Doe^John]", "{}", file.display());
        assert_eq!(shown(&arrived, "PatientID"), shown(file, "PatientID"), "{}", file.display());
        let is_implicit = file.ends_with("MR_small_implicit.dcm");
        assert!(pixels(file, is_implicit) == pixels(&arrived, is_implicit), "{}", file.display());
        dcmtk::dcmdump(&[&arrived], &["-q"]).expect_success();
        assert_eq!(pydicom::read(&[&arrived]).len(), 1);
    }
    assert_golden("serve_coerces", &steady(&server.stop(), &folder));
}

/// What arrives is the same whether one side sets it or the other.
#[test]
fn what_can_be_set_where_it_is_sent_can_be_coerced_where_it_arrives() {
    let file = &pydicom::files_named(&["CT_small.dcm"])[0];
    let rules = [
        "OtherPatientIDsSequence[0].PatientID=8",
        "OtherPatientIDsSequence[2].PatientID=9",
        "RequestAttributesSequence[0].ScheduledProtocolCodeSequence[0].CodeValue=7",
        "RequestAttributesSequence[0].ScheduledProcedureStepID=",
        "(0009,\"GEMS_IDEN_01\",01)=X=Y",
        "(0009,\"A=B\",10)=",
        "StudyID=1",
        "(0020,0010)=2",
        "Rows=128",
    ];
    let options = |option: &str| rules.map(|rule| format!("{option} {rule}")).join(" ");
    let (server, coerced) = serve(&options("--coerce"));
    let output = store(&server, std::slice::from_ref(file));
    assert_eq!(output.code, 0, "{}", output.err);
    let said = server.stop().out;
    let (server, set) = serve("");
    let line = format!("store {} 127.0.0.1 {} {}", options("--set"), server.port, file.display());
    let output = run(&line);
    assert_eq!(output.code, 0, "{}", output.err);
    assert!(!server.stop().out.contains("coerced"));
    let [coerced, set] = [&coerced, &set].map(|folder| below(folder.path()).remove(0));
    assert!(data_set(&coerced) == data_set(&set));
    assert_eq!(shown(&coerced, "StudyID").unwrap(), "[2]", "the last one holds");
    assert_eq!(shown(&coerced, "(0009,\"GEMS_IDEN_01\",01)").unwrap(), "[X=Y]");
    // StudyID stands where it was given first, and Rows were 128 before.
    let keys = rules.map(|rule| rule.rsplit_once('=').unwrap().0);
    let keys = [&keys[..4], &["(0009,\"GEMS_IDEN_01\",01)"], &keys[5..7]].concat().join(", ");
    assert!(said.contains(&format!(", coerced: {keys}\n")), "{said}");
}

#[test]
fn an_instance_that_cannot_take_what_is_coerced_is_refused() {
    let file = &pydicom::files_named(&["CT_small.dcm"])[0];
    for key in ["OtherPatientIDsSequence[3].PatientID", "(0009,\"A=B\",10)"] {
        let (server, folder) = serve(&format!("--coerce {key}=7"));
        let output = store(&server, std::slice::from_ref(file));
        assert_eq!(output.code, 4, "{}", output.err);
        assert!(
            output.err.contains(&format!("C000 Error: cannot understand: {key} cannot be set")),
            "{}",
            output.err
        );
        drop(server);
        assert!(below(folder.path()).is_empty());
    }
}

#[test]
fn the_last_value_for_an_element_is_the_one_that_is_compared() {
    let file = &pydicom::files_named(&["CT_small.dcm"])[0];
    let id = shown(file, "PatientID").unwrap().trim_matches(['[', ']']).to_owned();
    let (server, folder) = serve(&format!("--coerce PatientID=another --coerce 00100020={id}"));
    let output = store(&server, std::slice::from_ref(file));
    assert_eq!((output.code, output.err.as_str()), (0, ""));
    assert!(!output.out.contains("warning"), "{}", output.out);
    drop(server);
    assert_same(std::slice::from_ref(file), &below(folder.path()));
}

#[test]
fn a_sequence_without_items_is_empty() {
    let file = &pydicom::files_named(&["CT_small.dcm"])[0];
    for (rule, code) in [("OtherPatientIDsSequence=", 0), ("RequestAttributesSequence=", 4)] {
        let (server, _folder) = serve(&format!("--refuse {rule}"));
        assert_eq!(store(&server, std::slice::from_ref(file)).code, code, "{rule}");
    }
    let (server, folder) = serve("--coerce OtherPatientIDsSequence=");
    assert!(store(&server, std::slice::from_ref(file)).out.contains("1 with a warning"));
    drop(server);
    let arrived = &below(folder.path())[0];
    assert_eq!(shown(arrived, "OtherPatientIDsSequence").unwrap(), "(sequence, 0 items)");
}

#[test]
fn what_has_the_value_already_is_stored_as_it_came() {
    let study = Study::of(2, 1000);
    let (server, folder) = serve("--coerce StudyInstanceUID=1.2.3.4");
    let output = store(&server, &below(study.path()));
    assert_eq!((output.code, output.err.as_str()), (0, ""));
    assert!(
        output.out.starts_with("stored 2 instances at ") && !output.out.contains("warning"),
        "{}",
        output.out
    );
    assert!(!server.stop().out.contains("coerced"));
    assert_same(&below(study.path()), &below(folder.path()));
}

#[test]
fn refused_instances_leave_no_file() {
    let names = ["CT_small.dcm", "test-SR.dcm", "image_dfl.dcm", "MR_small_implicit.dcm", "rtplan.dcm"];
    let files = pydicom::files_named(&names);
    let (server, folder) =
        serve("--refuse Modality=S? --refuse PatientID= --refuse BeamSequence[0].BeamName=F*");
    let output = store(&server, &files);
    assert_eq!(output.code, 5);
    let folder_of_pydicom = files[0].parent().unwrap().to_str().unwrap();
    let said = format!("{}{}", output.err, output.out).replace(folder_of_pydicom, "PYDICOM");
    let code = dcmtk::storescu(server.port, "ANY-SCP", &[], &files[1..2]);
    assert!(code.text.contains("A900") || code.text.contains("DataSetDoesNotMatchSOPClass"), "{}", code.text);
    let stopped = server.stop();
    assert_golden("serve_refuses", &format!("{said}---\n{}", steady(&stopped, &folder)));
    assert_same(&[files[0].clone(), files[3].clone()], &below(folder.path()));
}

#[test]
fn refusing_may_abort_what_is_still_coming() {
    let study = Study::of(1, 50_000_000);
    for (options, code) in [("", 4), ("--refuse-abort", 3)] {
        let (server, folder) = serve(&format!("--refuse StudyInstanceUID=* {options}"));
        let output = store(&server, &below(study.path()));
        assert_eq!(output.code, code, "{options}: {}", output.err);
        assert!(server.stop().out.contains("StudyInstanceUID is like '*'"));
        assert!(below(folder.path()).is_empty(), "{options}");
    }
}

#[test]
fn patterns_are_those_of_queries() {
    let study = Study::new();
    let elements = [
        explicit(0x0008, 0x0005, "CS", b"ISO_IR 100"),
        explicit(0x0008, 0x0008, "CS", b"ORIGINAL\\PRIMARY"),
        explicit(0x0008, 0x0016, "UI", b"1.2.840.10008.5.1.4.1.1.2\0"),
        explicit(0x0008, 0x0018, "UI", b"2.25.1"),
        explicit(0x0009, 0x0010, "LO", b"ACME=1"),
        explicit(0x0009, 0x1010, "LO", b"M\xfcller"),
        explicit(0x0028, 0x0010, "US", &512_u16.to_le_bytes()),
    ];
    let file = study.file("1.dcm", &[Instance::new(1).header(), elements.concat()].concat());
    let mut wrong = String::new();
    for (rule, is_refused) in [
        ("ImageType=PRIMARY", true),
        ("ImageType=P*M*Y", true),
        ("ImageType=P*M", false),
        ("ImageType=*X*", false),
        ("ImageType=", false),
        ("Modality=*", true),
        ("Modality=?*", false),
        ("(0009,\"ACME=1\",10)=M?ller", true),
        ("00091010=M??ller", false),
        ("Rows=5?2", true),
        ("Rows=512*", true),
        ("Rows=51", false),
    ] {
        let (server, folder) = serve(&format!("--refuse {rule}"));
        let code = store(&server, std::slice::from_ref(&file)).code;
        let files = below(folder.path()).len();
        if (code, files) != if is_refused { (4, 0) } else { (0, 1) } {
            writeln!(wrong, "{rule}: {code}, {files} files").unwrap();
        }
    }
    assert_eq!(wrong, "");
}

/// Nobody may get round a rule with a data set that is not understood, or by what stands in front.
#[test]
fn what_is_not_understood_or_not_reached_is_refused() {
    let study = Study::new();
    let header = |transfer_syntax| Instance { transfer_syntax, ..Instance::new(1) }.header();
    let elements = |element: fn(u16, u16, &str, &[u8]) -> Vec<u8>, before: &[u8]| {
        let front = [element(0x0008, 0x0016, "UI", b"1.2.840.10008.5.1.4.1.1.2\0"), before.to_vec()].concat();
        let behind = [element(0x0008, 0x0060, "CS", b"SR"), element(0x0010, 0x0020, "LO", b"ID")].concat();
        [front, behind, element(0x7FE0, 0x0010, "OW", &[0; 100])].concat()
    };
    let private =
        [explicit(0x0007, 0x0010, "LO", b"AB"), explicit(0x0007, 0x1001, "UN", &vec![0; 2 << 20])].concat();
    let not_as_said = "the elements are not written as the transfer syntax says";
    let mut wrong = String::new();
    for (name, file, why) in [
        ("implicit", [header(EXPLICIT), elements(implicit, b"")].concat(), not_as_said),
        ("explicit", [header(IMPLICIT), elements(explicit, b"")].concat(), not_as_said),
        (
            "plain",
            [header("1.2.840.10008.1.2.1.99"), elements(explicit, b"")].concat(),
            "the deflate stream is broken at byte 0",
        ),
        (
            "vr",
            [header(EXPLICIT), elements(explicit, &explicit(0x0008, 0x0020, "\x01\x02", b""))].concat(),
            "the data set is malformed: (0008,0020) has a VR that does not exist",
        ),
        (
            "far",
            [header(EXPLICIT), private, elements(explicit, b"")].concat(),
            "KEY comes behind more than --front looks at",
        ),
    ] {
        let file = study.file(name, &file);
        for rule in ["--refuse Modality=SR", "--refuse PatientID=", "--coerce PatientID=X1"] {
            let (server, folder) = serve(rule);
            let code = store(&server, std::slice::from_ref(&file)).code;
            let said = server.stop().out;
            let key = rule.split([' ', '=']).nth(1).unwrap();
            let line = format!(", C000: {}\n", why.replace("KEY", key));
            if !said.contains(&line) || !below(folder.path()).is_empty() {
                writeln!(wrong, "{name} {rule}: {code}: {said}").unwrap();
            }
        }
    }
    assert_eq!(wrong, "");
    // With more of it looked at, it is reached.
    let far = study.path().join("far");
    let (server, folder) = serve("--refuse Modality=SR --front 4M");
    assert_eq!(store(&server, std::slice::from_ref(&far)).code, 4);
    assert!(server.stop().out.contains("A900: Modality is like 'SR'"));
    let (server, coerced) = serve("--coerce PatientID=X1 --front 4M");
    assert_eq!(store(&server, &[far]).code, 0);
    drop(server);
    assert_eq!((below(folder.path()).len(), below(coerced.path()).len()), (0, 1));
}

/// The two UIDs of the request can be asked about, though no instance can do without them.
#[test]
fn instances_are_refused_by_their_class_or_uid() {
    let files = pydicom::files_named(&["CT_small.dcm", "MR_small.dcm"]);
    let uid = shown(&files[0], "SOPInstanceUID").unwrap();
    for rule in ["SOPClassUID=*.1.2".to_owned(), format!("(0008,0018)={}", uid.trim_matches(['[', ']']))] {
        let (server, folder) = serve(&format!("--refuse {rule}"));
        let output = store(&server, &files);
        assert_eq!(output.code, 5, "{}", output.err);
        let key = rule.split('=').next().unwrap();
        assert!(server.stop().out.contains(&format!(", A900: {key} is like '")), "{rule}");
        assert_eq!(below(folder.path()).len(), 1);
    }
}

/// Text that the character set does not have changes the character set, and so all text.
#[test]
fn another_character_set_needs_all_text() {
    let file = pydicom::files_named(&["CT_small.dcm"]);
    for (front, code) in [("500", 4), ("1M", 0)] {
        let (server, folder) = serve(&format!("--coerce AccessionNumber=\u{3a9} --front {front}"));
        assert_eq!(store(&server, &file).code, code);
        let said = server.stop();
        assert_eq!(
            said.out.contains(", C000: more is to be changed than --front looks at"),
            code == 4,
            "{}",
            said.out
        );
        assert_eq!(below(folder.path()).len(), usize::from(code == 0));
    }
}

#[test]
fn fronts_have_a_limit_and_a_purpose() {
    for (options, words) in [
        ("--front 65M --refuse Modality=SR", "--front SIZE: '65M' is more than 64M"),
        ("--front 4M", "--front needs --refuse or --coerce"),
    ] {
        let output = run(&format!("serve -od . {options} 0"));
        assert_eq!((output.code, output.out.as_str()), (1, ""));
        assert!(output.err.contains(words), "{}", output.err);
    }
}

/// Pixels of any kind are not looked at, however many there are.
#[test]
fn float_pixels_are_no_part_of_the_front() {
    let study = Study::new();
    let front = explicit(0x0010, 0x0020, "LO", b"ID");
    for (element, vr) in [(0x0008, "OF"), (0x0009, "OD")] {
        let pixels = explicit(0x7FE0, element, vr, &vec![7; 3 << 20]);
        let file = study.file(vr, &[Instance::new(1).header(), front.clone(), pixels.clone()].concat());
        let (server, folder) = serve("--refuse Modality=SR --coerce PatientID=X1");
        let output = store(&server, &[file]);
        assert_eq!(output.code, 0, "{}", output.err);
        drop(server);
        assert!(data_set(&below(folder.path())[0]).ends_with(&pixels));
    }
}

#[test]
fn deflated_instances_are_looked_into_and_changed() {
    let file = &pydicom::files_named(&["image_dfl.dcm"])[0];
    let (server, folder) = serve("--refuse Modality=CT");
    assert_eq!(store(&server, std::slice::from_ref(file)).code, 0);
    // Of an odd length, it was padded for the wire (PS3.5 A.5).
    assert!(data_set(&below(folder.path())[0]) == [data_set(file), vec![0]].concat());
    drop(server);
    let (server, folder) = serve("--coerce InstitutionName=West");
    let output = store(&server, std::slice::from_ref(file));
    assert_eq!(output.code, 0, "{}", output.err);
    assert!(output.out.contains("1 with a warning"), "{}", output.out);
    let arrived = below(folder.path()).remove(0);
    let compared = pydicom::compare(&[(file.clone(), arrived)], &[]);
    assert!(compared.text.contains("(0008,0080) is"), "{}", compared.text);
    assert_eq!(compared.text.matches(") is ").count(), 1, "{}", compared.text);
}

#[test]
fn accepted_transfer_syntaxes_are_the_only_ones() {
    let study = Study::new();
    study.write("1.dcm", &Instance { transfer_syntax: EXPLICIT, ..Instance::new(1) });
    study.write("2.dcm", &Instance { transfer_syntax: IMPLICIT, ..Instance::new(2) });
    for (options, prefix) in [
        ("--accept-syntax implicit-vr-little-endian --accept-syntax RLELossless", IMPLICIT),
        ("--accept-syntax 1.2.840.10008.1.2.1", EXPLICIT),
    ] {
        let (server, folder) = serve(options);
        assert_eq!(store(&server, &below(study.path())).code, 0);
        let files = below(folder.path());
        assert_eq!(files.len(), 2, "{options}");
        for file in files {
            let header = pydicom::read(&[&file]).remove(0).header.unwrap();
            assert_eq!(header[2], prefix, "{options}");
        }
        let jpeg = pydicom::files_named(&["JPEG2000.dcm"]);
        let output = store(&server, &jpeg);
        assert_eq!(output.code, 2, "{}", output.err);
        assert!(output.err.contains("transfer syntaxes not supported"), "{}", output.err);
    }
    let (server, folder) = serve("--accept-syntax ImplicitVRLittleEndian");
    dcmtk::storescu(server.port, "ANY-SCP", &[], &below(study.path())).expect_success();
    assert!(pydicom::read(&[&below(folder.path())[0]])[0].header.as_ref().unwrap()[2] == IMPLICIT);
    let (server, folder) = serve("--accept-syntax JPEG2000");
    assert_eq!(store(&server, &pydicom::files_named(&["JPEG2000.dcm"])).code, 0);
    assert_eq!(below(folder.path()).len(), 1);
}

#[test]
fn many_associations_are_coerced_at_once() {
    let study = Study::of(25, 40_000);
    let (server, folder) =
        serve("--coerce StudyInstanceUID=1.2.9 --path-template {calling}/{study}/{instance}");
    let clients: Vec<Running> = (1..=4)
        .map(|number| {
            let peer = format!("127.0.0.1 {}", server.port);
            Running::start(&format!("store -aet CT{number} {peer} {}", study.path().display()))
        })
        .collect();
    for client in clients {
        let output = client.end();
        assert_eq!(output.code, 0, "{}", output.err);
        assert!(output.out.contains("25 with a warning"), "{}", output.out);
    }
    let said = server.stop().out;
    assert_eq!(said.lines().filter(|line| line.ends_with(", coerced: StudyInstanceUID")).count(), 100);
    let files = below(folder.path());
    assert_eq!(files.len(), 100);
    assert!(
        files.iter().all(|file| file.parent().unwrap().ends_with("1.2.9")),
        "the template has the new value"
    );
}
