//! Which presentation contexts files need (PS3.8 9.3.2.2).

use std::collections::HashSet;
use std::path::PathBuf;

use super::edit::Edits;
use super::instance::{Instance, Kind};
use crate::dataset::convert::Converter;
use crate::dataset::part10;
use crate::error::{Error, Result};
use crate::net::open_options::OpenOptions;
use crate::types::{PresentationContextId, Uid};
use crate::wire::uids;

/// What the files of a list are.
#[derive(Debug, Default)]
pub struct Survey {
    /// Each pair of SOP class and transfer syntax once, in the order of the files.
    pub kinds: Vec<(Uid, Uid)>,
    /// Those that cannot be sent, and why.
    pub unusable: Vec<(PathBuf, Error)>,
}

/// Looks at files that are sent with these elements changed. May block on them.
///
/// Each is opened here and once more to be sent: what it is must be known before there is an association, and neither
/// are thousands of files held open until their turns come, nor is one believed to be what it was a while ago. A small
/// one costs four calls of the system each time.
#[must_use]
pub fn survey(paths: impl IntoIterator<Item = PathBuf>, edits: &Edits) -> Survey {
    let mut survey = Survey::default();
    let mut known = HashSet::new();
    let mut buffer = vec![0; part10::MAXIMUM_LENGTH];
    for path in paths {
        match kind_of(&Instance::from_file(&path), edits, &mut buffer) {
            Ok(kind) => {
                if known.insert(kind.clone()) {
                    survey.kinds.push(kind);
                }
            }
            Err(error) => survey.unusable.push((path, error)),
        }
    }
    survey
}

/// What `instance` is with these elements changed: its SOP class and transfer syntax. May block on its file; a reader's
/// bytes come once, so that it cannot tell before it is sent.
pub fn kind(instance: &Instance, edits: &Edits) -> Result<(Uid, Uid)> {
    if let Some(kind) = instance.kind() {
        return Ok(pair(edits.kind_of(kind.clone())));
    }
    if !instance.is_repeatable() {
        return Err(Error::state(format!(
            "{instance} cannot say what it is before it is sent; add its presentation context by SOP class"
        )));
    }
    kind_of(instance, edits, &mut vec![0; part10::MAXIMUM_LENGTH])
}

fn kind_of(instance: &Instance, edits: &Edits, buffer: &mut [u8]) -> Result<(Uid, Uid)> {
    Ok(pair(edits.kind_of(instance.open(buffer)?.kind)))
}

fn pair(kind: Kind) -> (Uid, Uid) {
    (kind.sop_class, kind.transfer_syntax)
}

/// Proposes what these kinds of instances need, unless it is proposed already: each SOP class with each of its transfer
/// syntaxes in a context of its own, since a peer chooses one syntax for a context, and besides with the uncompressed
/// little endian ones that are not its own where the data can be converted to them.
///
/// Adds nothing where there is no room for all.
pub fn add_contexts(options: &mut OpenOptions, kinds: &[(Uid, Uid)]) -> Result<()> {
    let mut wanted: Vec<(Uid, Vec<Uid>)> = Vec::new();
    let mut want = |class: &Uid, syntaxes: Vec<Uid>| {
        let context = (class.clone(), syntaxes);
        if !wanted.contains(&context) {
            wanted.push(context);
        }
    };
    for (class, syntax) in kinds {
        want(class, vec![syntax.clone()]);
        let others = uids::UNCOMPRESSED_LITTLE_ENDIAN.into_iter();
        let others: Vec<Uid> =
            others.filter(|other| other != syntax && Converter::can(syntax, other)).collect();
        if !others.is_empty() {
            want(class, others);
        }
    }
    wanted.retain(|(class, syntaxes)| {
        !options.request.contexts.iter().any(|proposed| {
            proposed.abstract_syntax.as_ref() == Some(class) && proposed.transfer_syntaxes == *syntaxes
        })
    });
    let there = options.request.contexts.len();
    let most = PresentationContextId::MOST;
    if there.saturating_add(wanted.len()) > most {
        let classes: HashSet<_> = kinds.iter().map(|(class, _)| class).collect();
        return Err(Error::invalid_argument(format!(
            "the files need {} presentation contexts ({} SOP classes in {} kinds of encoding), and an association can \
             propose {most} at most (PS3.8 9.3.2.2); send them in several calls, over an association each",
            there.saturating_add(wanted.len()),
            classes.len(),
            kinds.len(),
        )));
    }
    for (class, syntaxes) in wanted {
        options.add_context(class, syntaxes)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::tests::{CLASS, INSTANCE, LITTLE, data_set, file};
    use super::*;
    use crate::dataset::data_set::DataSet;
    use crate::dataset::value::At;
    use crate::net::connect::Peer;
    use crate::types::AeTitle;

    fn options() -> OpenOptions {
        let peer = Peer { host: "192.0.2.1".to_owned(), port: 104 };
        OpenOptions::new(peer, AeTitle::new("DIMSE").unwrap(), AeTitle::new("ANY-SCP").unwrap())
    }

    fn class(number: usize) -> Uid {
        Uid::new(&format!("1.2.840.10008.5.1.4.1.1.{number}")).unwrap()
    }

    #[test]
    fn a_class_gets_its_own_syntaxes_and_the_uncompressed_ones_where_it_can_be_converted() {
        let mut options = options();
        let kinds = [
            (class(2), uids::EXPLICIT_VR_LITTLE_ENDIAN),
            (class(2), uids::JPEG_BASELINE),
            (class(4), uids::JPEG_BASELINE),
        ];
        add_contexts(&mut options, &kinds).unwrap();
        add_contexts(&mut options, &kinds).unwrap();
        let proposed: Vec<_> = options
            .request
            .contexts
            .iter()
            .map(|context| (context.abstract_syntax.clone().unwrap(), context.transfer_syntaxes.clone()))
            .collect();
        assert_eq!(
            proposed,
            [
                (class(2), vec![uids::EXPLICIT_VR_LITTLE_ENDIAN]),
                (class(2), vec![uids::IMPLICIT_VR_LITTLE_ENDIAN]),
                (class(2), vec![uids::JPEG_BASELINE]),
                (class(4), vec![uids::JPEG_BASELINE]),
            ]
        );
    }

    /// Native pixel data does not make it convertible: that of GE's has another byte order, that of JPIP is elsewhere.
    #[test]
    fn no_other_syntax_for_what_cannot_be_converted() {
        for syntax in ["1.2.840.113619.5.2", "1.2.840.10008.1.2.4.94", "1.2.840.10008.1.2.4.205"] {
            let mut options = options();
            let syntax = Uid::new(syntax).unwrap();
            add_contexts(&mut options, &[(class(2), syntax.clone())]).unwrap();
            let proposed: Vec<_> =
                options.request.contexts.iter().map(|context| context.transfer_syntaxes.clone()).collect();
            assert_eq!(proposed, [vec![syntax]]);
        }
    }

    #[test]
    fn more_than_an_association_can_propose_is_refused_in_words_and_adds_nothing() {
        let mut options = options();
        let kinds: Vec<_> = (1..=129).map(|number| (class(number), uids::JPEG_BASELINE)).collect();
        let error = add_contexts(&mut options, &kinds).unwrap_err().to_string();
        assert!(error.contains("need 129 presentation contexts (129 SOP classes"), "{error}");
        assert!(options.request.contexts.is_empty());
        add_contexts(&mut options, &kinds[..128]).unwrap();
    }

    #[test]
    fn what_is_changed_is_what_is_proposed() {
        let instance = Instance::from_bytes(file(&LITTLE, &data_set(4)));
        let mut edits = Edits::default();
        edits.set("PatientID".parse().unwrap(), Some("4711")).unwrap();
        assert_eq!(kind(&instance, &edits).unwrap(), (CLASS, LITTLE));
        edits.set("SOPClassUID".parse().unwrap(), Some(class(4).as_str())).unwrap();
        assert_eq!(kind(&instance, &edits).unwrap(), (class(4), LITTLE));
        let mut set = DataSet::empty();
        set.set_string(&"SOPClassUID".parse().unwrap(), At::All, CLASS.as_str()).unwrap();
        set.set_string(&"SOPInstanceUID".parse().unwrap(), At::All, INSTANCE.as_str()).unwrap();
        let instance = Instance::from_data_set(&set, &LITTLE).unwrap();
        assert_eq!(kind(&instance, &edits).unwrap(), (class(4), LITTLE));
    }

    #[test]
    fn files_that_cannot_be_sent_are_told() {
        let survey = survey([PathBuf::from("/nowhere/at/all")], &Edits::default());
        assert_eq!((survey.kinds.len(), survey.unusable.len()), (0, 1));
    }
}
