//! The bytes of a value on their way from one slice to another, and from one order to the other.

/// Copies what there is, and for what there is room.
pub(super) fn copy(from: &[u8], to: &mut [u8]) -> usize {
    let count = from.len().min(to.len());
    if let (Some(from), Some(to)) = (from.get(..count), to.get_mut(..count)) {
        to.copy_from_slice(from);
    }
    count
}

/// Copies whole numbers of `unit` bytes each, with the order of bytes turned round in each; as many as there are, and
/// for as many as there is room.
pub(super) fn swap(from: &[u8], to: &mut [u8], unit: usize) -> usize {
    match unit {
        2 => swap_units::<2>(from, to),
        4 => swap_units::<4>(from, to),
        8 => swap_units::<8>(from, to),
        _ => copy(from, to),
    }
}

/// A value of whole units, with the order of bytes turned round in each.
pub(super) fn swapped(value: &[u8], unit: usize) -> Vec<u8> {
    let mut bytes = vec![0; value.len()];
    swap(value, &mut bytes, unit);
    bytes
}

fn swap_units<const UNIT: usize>(from: &[u8], to: &mut [u8]) -> usize {
    let (from, _) = from.as_chunks::<UNIT>();
    let (to, _) = to.as_chunks_mut::<UNIT>();
    for (to, from) in to.iter_mut().zip(from) {
        *to = *from;
        to.reverse();
    }
    from.len().min(to.len()) * UNIT
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_units_as_far_as_both_sides_go() {
        let from = *b"0123456789ABCDEF_";
        for (unit, room, expected) in [
            (1, 5, &b"01234"[..]),
            (2, 5, b"1032"),
            (4, 9, b"32107654"),
            (8, 17, b"76543210FEDCBA98"),
            (8, 7, b""),
        ] {
            let mut to = [0; 32];
            let count = swap(&from, &mut to[..room], unit);
            assert_eq!(&to[..count], expected, "{unit} bytes");
            assert!(to[count..].iter().all(|byte| *byte == 0));
        }
    }
}
