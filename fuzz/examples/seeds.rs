//! Writes the inputs that the fuzzer begins with: `cargo run --example seeds FOLDER` makes `FOLDER/TARGET/seed-NUMBER`.

use std::path::Path;
use std::{env, fs, io};

use dimse::net::fuzzing as driver;
use dimse_fuzz::{command, convert, data_set, message, negotiation, part10, pdu, scan, upper_layer};

fn main() -> io::Result<()> {
    let folder = env::args_os().nth(1).ok_or_else(|| io::Error::other("usage: seeds FOLDER"))?;
    for (target, seeds) in [
        ("pdu", pdu::seeds()),
        ("negotiation", negotiation::seeds()),
        ("upper_layer", upper_layer::seeds()),
        ("command", command::seeds()),
        ("message", message::seeds()),
        ("part10", part10::seeds()),
        ("scan", scan::seeds()),
        ("convert", convert::seeds()),
        ("data_set", data_set::seeds()),
        ("driver", driver::seeds()),
    ] {
        let folder = Path::new(&folder).join(target);
        fs::create_dir_all(&folder)?;
        for (number, seed) in seeds.iter().enumerate() {
            fs::write(folder.join(format!("seed-{number}")), seed)?;
        }
    }
    Ok(())
}
