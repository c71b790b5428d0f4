//! PDUs in words for the log: whole, at most 80 columns wide, without secrets, and in ASCII whatever the peer sent.

use std::fmt::Write;

use super::item::{ContextAnswer, UserIdentity, UserInformation};
use super::pdu::{AssociateAc, AssociateRq, Pdu};
use super::uids;
use crate::types::{AeTitle, MaxPduLength, Uid};

/// `pdu` as lines; the first names it, the others are indented. Ends without a line feed.
#[must_use]
pub fn describe(pdu: &Pdu) -> String {
    let mut page = Page(pdu.pdu_type().to_string());
    match pdu {
        Pdu::AssociateRq(rq) => associate_rq(rq, &mut page),
        Pdu::AssociateAc(ac) => associate_ac(ac, &mut page),
        Pdu::AssociateRj(rejection) => page.line("reason", &rejection.to_string()),
        Pdu::ReleaseRq | Pdu::ReleaseRp => {}
        Pdu::Abort(reason) => page.line("aborted", &reason.to_string()),
    }
    page.0
}

fn associate_rq(rq: &AssociateRq, page: &mut Page) {
    parties(rq.protocol_version, &rq.called, &rq.calling, rq.application_context.as_ref(), page);
    user_information(&rq.user, page);
    for context in &rq.contexts {
        page.line(&format!("context {}", context.id), &uid(context.abstract_syntax.as_ref()));
        page.uids("  proposed", &context.transfer_syntaxes);
    }
}

fn associate_ac(ac: &AssociateAc, page: &mut Page) {
    parties(ac.protocol_version, &ac.called, &ac.calling, ac.application_context.as_ref(), page);
    user_information(&ac.user, page);
    for context in &ac.contexts {
        page.line(&format!("context {}", context.id), &context.result.to_string());
        if context.result == ContextAnswer::Acceptance {
            page.line("", &uid(context.transfer_syntax.as_ref()));
        }
    }
}

fn parties(
    protocol_version: u16,
    called: &AeTitle,
    calling: &AeTitle,
    application_context: Option<&Uid>,
    page: &mut Page,
) {
    page.line("version", &format!("{protocol_version:04X}H"));
    page.line("called AE", &title(called));
    page.line("calling AE", &title(calling));
    page.line("application", &uid(application_context));
}

fn user_information(user: &UserInformation, page: &mut Page) {
    if let Some(length) = user.max_pdu_length {
        page.line("max length", &max_length(length));
    }
    if let Some(class) = &user.implementation_class {
        page.line("impl. class", &uid(Some(class)));
    }
    if let Some(version) = &user.implementation_version {
        page.line("impl. version", &printable(version));
    }
    if let Some(window) = user.async_window {
        let [invoked, performed] = [window.invoked, window.performed].map(operations);
        page.line("operations", &format!("{invoked} invoked, {performed} performed"));
    }
    page.list("role", &user.roles, |page, label, role| {
        page.line(label, &uid(Some(&role.sop_class)));
        page.line(
            "",
            match (role.scu, role.scp) {
                (true, true) => "as SCU and SCP",
                (true, false) => "as SCU",
                (false, true) => "as SCP",
                (false, false) => "neither as SCU nor as SCP",
            },
        );
    });
    page.list("extended", &user.extended, |page, label, negotiation| {
        page.line(label, &uid(Some(&negotiation.sop_class)));
        page.line("", &hexadecimal(&negotiation.information));
    });
    page.list("common ext.", &user.common_extended, |page, label, negotiation| {
        page.line(label, &uid(Some(&negotiation.sop_class)));
        page.line("  service", &uid(Some(&negotiation.service_class)));
        page.uids("  general", &negotiation.related_general_classes);
    });
    if let Some(identity) = &user.identity {
        page.line("identity", &user_identity(identity));
    }
    if let Some(response) = &user.identity_response {
        page.line("identity", &format!("accepted, with a response of {} bytes", response.len()));
    }
    page.list("unknown", &user.unknown, |page, label, unknown| {
        page.line(label, &format!("sub-item {:02X}H of {} bytes", unknown.item_type, unknown.value.len()));
    });
}

/// What was given, never the thing itself: a user name is personal data, everything else a secret.
fn user_identity(identity: &UserIdentity) -> String {
    let what = match identity.kind {
        1 => "user name",
        2 => "user name and passcode",
        3 => "Kerberos service ticket",
        4 => "SAML assertion",
        5 => "JSON Web Token",
        _ => "reserved",
    };
    let part = if matches!(identity.kind, 1 | 2) { "name" } else { "it" };
    let answer = if identity.positive_response { ", response asked for" } else { "" };
    format!("type {} ({what}), {part} has {} bytes{answer}", identity.kind, identity.primary.len())
}

fn uid(uid: Option<&Uid>) -> String {
    match uid {
        None => "missing or not a UID".to_owned(),
        Some(uid) => match uids::name(uid.as_str()) {
            Some(name) => format!("{uid} {name}"),
            None => uid.to_string(),
        },
    }
}

fn title(title: &AeTitle) -> String {
    if title.is_none() { "none".to_owned() } else { title.to_string() }
}

fn max_length(length: MaxPduLength) -> String {
    match length.get() {
        0 => "no limit".to_owned(),
        length => format!("{length} bytes"),
    }
}

fn operations(window: u16) -> String {
    match window {
        0 => "any number".to_owned(),
        operations => operations.to_string(),
    }
}

/// At most 16 bytes are shown: what the standard allows.
fn printable(text: &[u8]) -> String {
    let shown = text.iter().take(16).fold(String::new(), |mut shown, byte| {
        match byte {
            b' '..=b'~' => shown.push(char::from(*byte)),
            _ => {
                let _infallible = write!(shown, "\\x{byte:02X}");
            }
        }
        shown
    });
    if text.len() > 16 { format!("{shown} ... ({} bytes)", text.len()) } else { shown }
}

fn hexadecimal(bytes: &[u8]) -> String {
    let shown: Vec<String> = bytes.iter().take(LIST).map(|byte| format!("{byte:02X}")).collect();
    match bytes.len() {
        0 => "nothing".to_owned(),
        length if length > LIST => format!("{} ... ({length} bytes)", shown.join(" ")),
        _ => shown.join(" "),
    }
}

/// The most entries of one list that are shown: a peer can send many thousands.
const LIST: usize = 64;
const WIDTH: usize = 80;
/// Where the text begins: the longest UID, 64 characters, fits behind it.
const TEXT: usize = 16;

struct Page(String);

impl Page {
    /// A label and a text, which goes on in further lines where it is too long for one.
    fn line(&mut self, label: &str, text: &str) {
        let mut label = format!("  {label}");
        let mut column = WIDTH;
        for word in text.split(' ').filter(|word| !word.is_empty()) {
            if column + 1 + word.len() > WIDTH {
                let _infallible = write!(self.0, "\n{label:<TEXT$}{word}");
                label.clear();
                column = TEXT + word.len();
            } else {
                let _infallible = write!(self.0, " {word}");
                column += 1 + word.len();
            }
        }
    }

    /// One entry after the other; `write` gets the label for the first line of its entry.
    fn list<T>(&mut self, label: &str, entries: &[T], write: impl Fn(&mut Self, &str, &T)) {
        let mut label = label;
        for entry in entries.iter().take(LIST) {
            write(self, label, entry);
            label = "";
        }
        if entries.len() > LIST {
            self.line(label, &format!("and {} more", entries.len() - LIST));
        }
    }

    fn uids(&mut self, label: &str, uids: &[Uid]) {
        self.list(label, uids, |page, label, entry| page.line(label, &uid(Some(entry))));
    }
}
