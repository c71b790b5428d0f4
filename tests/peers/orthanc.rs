//! Orthanc: an archive on top of DCMTK's network code, driven through its REST API.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::Command;
use std::thread::sleep;
use std::time::{Duration, Instant};

use super::provider::{Provider, free_port, is_listening};
use super::{LOOPBACK, tool};

/// A running Orthanc: a provider, and a user that does what it is told over HTTP.
#[derive(Debug)]
pub(crate) struct Orthanc {
    pub(crate) provider: Provider,
    http_port: u16,
}

/// Starts Orthanc with an empty archive. It checks the called AE title and takes every calling one.
pub(crate) fn start() -> Orthanc {
    let http_port = free_port();
    let provider = Provider::start("orthanc", "ORTHANC", |port, folder| {
        let config = folder.join("orthanc.json");
        fs::write(&config, configuration(port, http_port, folder)).expect("the configuration can be written");
        let mut command = Command::new(tool("Orthanc"));
        command.arg("--verbose-dicom").arg(config);
        command
    });
    let orthanc = Orthanc { provider, http_port };
    orthanc.wait_for_http();
    orthanc
}

impl Orthanc {
    /// Lets Orthanc associate with a node, send a C-ECHO and release.
    ///
    /// # Errors
    /// The HTTP answer, when Orthanc says that it did not work.
    pub(crate) fn echo(&self, called: &str, port: u16) -> Result<(), String> {
        let node = format!("{called}-{port}");
        self.http("PUT", &format!("/modalities/{node}"), &format!(r#"["{called}", "{LOOPBACK}", {port}]"#))?;
        self.http("POST", &format!("/modalities/{node}/echo"), "{}").map(drop)
    }

    fn http(&self, method: &str, path: &str, body: &str) -> Result<String, String> {
        let mut stream = TcpStream::connect((LOOPBACK, self.http_port)).map_err(|error| error.to_string())?;
        stream.set_read_timeout(Some(Duration::from_secs(30))).map_err(|error| error.to_string())?;
        let length = body.len();
        let request = format!("{method} {path} HTTP/1.0\r\nContent-Length: {length}\r\n\r\n{body}");
        stream.write_all(request.as_bytes()).map_err(|error| error.to_string())?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).map_err(|error| error.to_string())?;
        let status = answer.split_whitespace().nth(1).unwrap_or_default();
        if status == "200" { Ok(answer) } else { Err(answer) }
    }

    fn wait_for_http(&self) {
        let deadline = Instant::now() + Duration::from_secs(30);
        while !is_listening(self.http_port) {
            let in_time = Instant::now() < deadline;
            assert!(in_time, "Orthanc does not answer HTTP; it said:\n{}", self.provider.log());
            sleep(Duration::from_millis(20));
        }
    }
}

fn configuration(port: u16, http_port: u16, folder: &Path) -> String {
    let storage = folder.join("storage");
    let storage = storage.display();
    format!(
        r#"{{
  "Name": "interop",
  "StorageDirectory": "{storage}",
  "IndexDirectory": "{storage}",
  "Plugins": [],
  "DicomAet": "ORTHANC",
  "DicomPort": {port},
  "DicomCheckCalledAet": true,
  "DicomCheckModalityHost": false,
  "DicomAlwaysAllowEcho": true,
  "DicomAlwaysAllowStore": true,
  "DicomAlwaysAllowFind": true,
  "DicomAlwaysAllowGet": true,
  "DicomAlwaysAllowMove": true,
  "UnknownSopClassAccepted": true,
  "DicomAssociationCloseDelay": 0,
  "HttpPort": {http_port},
  "RemoteAccessAllowed": false,
  "AuthenticationEnabled": false
}}
"#
    )
}
