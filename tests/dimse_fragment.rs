//! Messages as P-DATA-TF PDUs, read by another implementation and by our assembler.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

use dicom_ul::pdu::{PDataValue, PDataValueType, Pdu, read_pdu};
use dimse::dimse::assemble::{Assembler, Fragment, Part};
use dimse::dimse::command::{CommandSet, MOST_TAGS, Priority};
use dimse::dimse::encode::encode;
use dimse::dimse::fragment::{FragmentLimit, Fragmenter, encode_message};
use dimse::types::{MaxPduLength, PresentationContextId, Tag, Uid};
use dimse::wire::encode::PDV_HEADER;

fn context() -> PresentationContextId {
    PresentationContextId::new(3).unwrap()
}

fn limit(variable_field: u32) -> FragmentLimit {
    FragmentLimit::for_peer(MaxPduLength::from_wire(variable_field)).unwrap()
}

fn store() -> CommandSet {
    CommandSet::c_store_rq(1, Uid::from_static("1.2.3"), Uid::from_static("1.2.3.4"), Priority::Medium)
}

fn bytes_of(command: &CommandSet) -> Vec<u8> {
    let mut bytes = Vec::new();
    encode(command, &mut bytes);
    bytes
}

/// A data set as whole PDUs, its bytes given to the fragmenter in steps of `step`.
fn data_pdus(data: &[u8], step: usize, limit: FragmentLimit) -> Vec<u8> {
    let mut fragmenter = Fragmenter::new(context(), limit);
    let (mut sent, mut buffered) = (0, 0);
    let mut pdus = Vec::new();
    while !fragmenter.has_ended() {
        buffered = (buffered + step).min(data.len());
        while let Some(piece) = fragmenter.next(buffered - sent, buffered == data.len()) {
            pdus.extend_from_slice(&piece.header);
            pdus.extend_from_slice(&data[sent..sent + piece.payload]);
            pdus.extend_from_slice(piece.padding);
            sent += piece.payload;
        }
    }
    assert_eq!(sent, data.len());
    pdus
}

/// What dicom-ul reads: the PDVs, one for each PDU, every one of them legal.
fn read(mut pdus: &[u8], most: usize) -> Vec<PDataValue> {
    let mut values = Vec::new();
    while !pdus.is_empty() {
        let length = u32::from_be_bytes(pdus[2..6].try_into().unwrap());
        assert!(usize::try_from(length).unwrap() <= most, "{length} over the peer's maximum length");
        let pdu = read_pdu(&mut pdus, 16_384, false).unwrap().unwrap();
        let Pdu::PData { data } = pdu else { panic!("{pdu:?}") };
        assert_eq!(data.len(), 1);
        assert_eq!(data[0].presentation_context_id, 3);
        assert_eq!(data[0].data.len() % 2, 0, "fragments are even");
        values.extend(data);
    }
    let last = values.iter().rposition(|value| !value.is_last).map_or(0, |before| before + 1);
    assert_eq!(last + 1, values.len(), "the last fragment alone is flagged");
    values
}

fn joined(values: &[PDataValue]) -> Vec<u8> {
    values.iter().flat_map(|value| value.data.clone()).collect()
}

#[test]
fn a_command_at_every_maximum_length() {
    let command = store();
    let bytes = bytes_of(&command);
    for most in 8..=100 {
        let mut pdus = b"before".to_vec();
        encode_message(&command, context(), limit(most), &mut pdus);
        assert_eq!(&pdus[..6], b"before", "it is appended");
        let values = read(&pdus[6..], usize::try_from(most).unwrap());
        assert!(values.iter().all(|value| value.value_type == PDataValueType::Command));
        assert_eq!(joined(&values), bytes, "{most}");
        assert_eq!(values.len(), bytes.len().div_ceil(limit(most).get()), "no fragment more than needed");
    }
}

#[test]
fn a_command_that_fits_is_one_pdu() {
    let mut pdus = Vec::new();
    encode_message(&CommandSet::c_echo_rq(1), context(), limit(16_384), &mut pdus);
    assert_eq!(pdus.len(), PDV_HEADER + bytes_of(&CommandSet::c_echo_rq(1)).len());
    assert_eq!(pdus[..12], [4, 0, 0, 0, 0, 74, 0, 0, 0, 70, 3, 0x03]);
}

#[test]
fn the_longest_command_in_the_shortest_fragments() {
    let tags = vec![Tag::new(0x0010, 0x0010); MOST_TAGS];
    let (class, instance) = (Uid::from_static("1.2"), Uid::from_static("1.2.3"));
    let command = CommandSet::n_get_rq(1, class, instance, tags).unwrap();
    let mut pdus = Vec::new();
    encode_message(&command, context(), limit(8), &mut pdus);
    assert_eq!(joined(&read(&pdus, 8)), bytes_of(&command));
}

#[test]
fn a_data_set_at_every_length_in_every_step() {
    let data: Vec<u8> = (0..50).collect();
    for length in (0..=50).step_by(2) {
        for step in [1, 7, 10, 11, 100] {
            let values = read(&data_pdus(&data[..length], step, limit(16)), 16);
            assert!(values.iter().all(|value| value.value_type == PDataValueType::Data));
            assert_eq!(joined(&values), data[..length]);
            assert_eq!(values.len(), length.div_ceil(10).max(1), "{length}: no empty last fragment");
        }
    }
}

#[test]
fn an_odd_data_set_gets_one_nul() {
    for length in [1_usize, 9, 10, 11, 21] {
        let data = vec![7; length];
        let mut expected = data.clone();
        expected.resize(length.next_multiple_of(2), 0);
        assert_eq!(joined(&read(&data_pdus(&data, 100, limit(16)), 16)), expected);
    }
}

#[test]
fn what_is_sent_is_what_is_assembled() {
    let command = store();
    let data: Vec<u8> = (0..=255).collect();
    for most in [8, 10, 16, 64, 500] {
        let mut pdus = Vec::new();
        encode_message(&command, context(), limit(most), &mut pdus);
        pdus.extend(data_pdus(&data, 300, limit(most)));
        let mut assembler = Assembler::new();
        let (mut commands, mut received) = (Vec::new(), Vec::new());
        let mut rest = &pdus[..];
        while let Some((header, behind)) = rest.split_first_chunk::<PDV_HEADER>() {
            let length = u32::from_be_bytes(header[6..10].try_into().unwrap());
            let (fragment, behind) = behind.split_at(usize::try_from(length).unwrap() - 2);
            rest = behind;
            let part = assembler.push(Fragment {
                context: PresentationContextId::new(header[10]).unwrap(),
                command: header[11] & 1 != 0,
                last: header[11] & 2 != 0,
                data: fragment,
                end: true,
            });
            match part.unwrap() {
                Some(Part::Command { command, .. }) => commands.push(*command),
                Some(Part::Data { data, .. }) => received.extend_from_slice(data),
                None => {}
            }
        }
        assert!(assembler.is_between_messages());
        assert_eq!(commands, std::slice::from_ref(&command));
        assert_eq!(received, data);
    }
}
