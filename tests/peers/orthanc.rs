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
        let node = self.introduce(called, port)?;
        self.http("POST", &format!("/modalities/{node}/echo"), b"{}").map(drop)
    }

    /// Puts a DICOM file into the archive, as a browser would.
    ///
    /// # Errors
    /// The HTTP answer.
    pub(crate) fn upload(&self, file: &[u8]) -> Result<(), String> {
        self.http("POST", "/instances", file).map(drop)
    }

    /// The ids of all instances in the archive.
    ///
    /// # Errors
    /// The HTTP answer.
    pub(crate) fn instances(&self) -> Result<Vec<String>, String> {
        let list = self.http("GET", "/instances", b"")?;
        // A JSON array of ids, which hold no quotation marks.
        let list = String::from_utf8(list).map_err(|error| error.to_string())?;
        Ok(list.split('"').skip(1).step_by(2).map(str::to_owned).collect())
    }

    /// The DICOM file of an instance.
    ///
    /// # Errors
    /// The HTTP answer.
    pub(crate) fn file(&self, id: &str) -> Result<Vec<u8>, String> {
        self.http("GET", &format!("/instances/{id}/file"), b"")
    }

    /// Lets Orthanc store instances of its archive in a node.
    ///
    /// # Errors
    /// The HTTP answer, when Orthanc says that not all of it worked.
    pub(crate) fn store(&self, called: &str, port: u16, ids: &[String]) -> Result<(), String> {
        let node = self.introduce(called, port)?;
        let list = ids.iter().map(|id| format!("{id:?}")).collect::<Vec<_>>().join(",");
        self.http("POST", &format!("/modalities/{node}/store"), format!("[{list}]").as_bytes()).map(drop)
    }

    /// Tells Orthanc of a node; what it is called from then on.
    fn introduce(&self, called: &str, port: u16) -> Result<String, String> {
        let node = format!("{called}-{port}");
        let about = format!(r#"["{called}", "{LOOPBACK}", {port}]"#);
        self.http("PUT", &format!("/modalities/{node}"), about.as_bytes())?;
        Ok(node)
    }

    fn http(&self, method: &str, path: &str, body: &[u8]) -> Result<Vec<u8>, String> {
        let mut stream = TcpStream::connect((LOOPBACK, self.http_port)).map_err(|error| error.to_string())?;
        stream.set_read_timeout(Some(Duration::from_secs(30))).map_err(|error| error.to_string())?;
        let length = body.len();
        let head = format!("{method} {path} HTTP/1.0\r\nContent-Length: {length}\r\n\r\n");
        stream.write_all(&[head.as_bytes(), body].concat()).map_err(|error| error.to_string())?;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).map_err(|error| error.to_string())?;
        let end = answer.windows(4).position(|window| window == b"\r\n\r\n").unwrap_or(answer.len());
        let head = String::from_utf8_lossy(answer.get(..end).unwrap_or_default()).into_owned();
        let body = answer.split_off(answer.len().min(end + 4));
        let status = head.split_whitespace().nth(1).unwrap_or_default();
        if status == "200" { Ok(body) } else { Err(format!("{head}\n{}", String::from_utf8_lossy(&body))) }
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
  "OverwriteInstances": true,
  "DicomAssociationCloseDelay": 0,
  "HttpPort": {http_port},
  "RemoteAccessAllowed": false,
  "AuthenticationEnabled": false
}}
"#
    )
}
