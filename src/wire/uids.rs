//! The registered UIDs that an association can name (PS3.6 table A-1): constants for those that this library speaks of,
//! and every name for people.

use crate::types::Uid;

/// Verification (PS3.4 A.4).
pub const VERIFICATION: Uid = Uid::from_static("1.2.840.10008.1.1");

/// Storage commitment, push model (PS3.4 J.3).
pub const STORAGE_COMMITMENT_PUSH_MODEL: Uid = Uid::from_static("1.2.840.10008.1.20.1");
/// The one instance that every request of the push model is about (PS3.4 J.3.5).
pub const STORAGE_COMMITMENT_PUSH_MODEL_INSTANCE: Uid = Uid::from_static("1.2.840.10008.1.20.1.1");

/// Modality performed procedure step (PS3.4 F.7).
pub const MODALITY_PERFORMED_PROCEDURE_STEP: Uid = Uid::from_static("1.2.840.10008.3.1.2.3.3");
/// Modality performed procedure step retrieve (PS3.4 F.8).
pub const MODALITY_PERFORMED_PROCEDURE_STEP_RETRIEVE: Uid = Uid::from_static("1.2.840.10008.3.1.2.3.4");
/// Modality performed procedure step notification (PS3.4 F.9).
pub const MODALITY_PERFORMED_PROCEDURE_STEP_NOTIFICATION: Uid = Uid::from_static("1.2.840.10008.3.1.2.3.5");

/// Modality worklist, C-FIND (PS3.4 K.6.1).
pub const MODALITY_WORKLIST_FIND: Uid = Uid::from_static("1.2.840.10008.5.1.4.31");

/// Query/retrieve, patient root, C-FIND (PS3.4 C.6.1).
pub const PATIENT_ROOT_FIND: Uid = Uid::from_static("1.2.840.10008.5.1.4.1.2.1.1");
/// Query/retrieve, patient root, C-MOVE (PS3.4 C.6.1).
pub const PATIENT_ROOT_MOVE: Uid = Uid::from_static("1.2.840.10008.5.1.4.1.2.1.2");
/// Query/retrieve, patient root, C-GET (PS3.4 C.6.1).
pub const PATIENT_ROOT_GET: Uid = Uid::from_static("1.2.840.10008.5.1.4.1.2.1.3");
/// Query/retrieve, study root, C-FIND (PS3.4 C.6.2).
pub const STUDY_ROOT_FIND: Uid = Uid::from_static("1.2.840.10008.5.1.4.1.2.2.1");
/// Query/retrieve, study root, C-MOVE (PS3.4 C.6.2).
pub const STUDY_ROOT_MOVE: Uid = Uid::from_static("1.2.840.10008.5.1.4.1.2.2.2");
/// Query/retrieve, study root, C-GET (PS3.4 C.6.2).
pub const STUDY_ROOT_GET: Uid = Uid::from_static("1.2.840.10008.5.1.4.1.2.2.3");
/// Query/retrieve, patient/study only, C-FIND (retired).
pub const PATIENT_STUDY_ONLY_FIND: Uid = Uid::from_static("1.2.840.10008.5.1.4.1.2.3.1");
/// Query/retrieve, patient/study only, C-MOVE (retired).
pub const PATIENT_STUDY_ONLY_MOVE: Uid = Uid::from_static("1.2.840.10008.5.1.4.1.2.3.2");
/// Query/retrieve, patient/study only, C-GET (retired).
pub const PATIENT_STUDY_ONLY_GET: Uid = Uid::from_static("1.2.840.10008.5.1.4.1.2.3.3");

/// The storage service class, as common extended negotiation names it (PS3.4 B.3.1).
pub const STORAGE_SERVICE_CLASS: Uid = Uid::from_static("1.2.840.10008.4.2");

/// Implicit VR Little Endian, the default transfer syntax (PS3.5 10.1).
pub const IMPLICIT_VR_LITTLE_ENDIAN: Uid = Uid::from_static("1.2.840.10008.1.2");
/// What is proposed or accepted where nobody says otherwise, the better one first.
pub const UNCOMPRESSED_LITTLE_ENDIAN: [Uid; 2] = [EXPLICIT_VR_LITTLE_ENDIAN, IMPLICIT_VR_LITTLE_ENDIAN];
/// Explicit VR Little Endian.
pub const EXPLICIT_VR_LITTLE_ENDIAN: Uid = Uid::from_static("1.2.840.10008.1.2.1");
/// Encapsulated Uncompressed Explicit VR Little Endian.
pub const ENCAPSULATED_UNCOMPRESSED: Uid = Uid::from_static("1.2.840.10008.1.2.1.98");
/// Deflated Explicit VR Little Endian.
pub const DEFLATED_EXPLICIT_VR_LITTLE_ENDIAN: Uid = Uid::from_static("1.2.840.10008.1.2.1.99");
/// Explicit VR Big Endian (retired).
pub const EXPLICIT_VR_BIG_ENDIAN: Uid = Uid::from_static("1.2.840.10008.1.2.2");
/// JPEG Baseline (Process 1).
pub const JPEG_BASELINE: Uid = Uid::from_static("1.2.840.10008.1.2.4.50");
/// JPEG Extended (Process 2 & 4).
pub const JPEG_EXTENDED: Uid = Uid::from_static("1.2.840.10008.1.2.4.51");
/// JPEG Lossless (Process 14).
pub const JPEG_LOSSLESS: Uid = Uid::from_static("1.2.840.10008.1.2.4.57");
/// JPEG Lossless (Process 14, selection value 1).
pub const JPEG_LOSSLESS_SV1: Uid = Uid::from_static("1.2.840.10008.1.2.4.70");
/// JPEG-LS, lossless.
pub const JPEG_LS_LOSSLESS: Uid = Uid::from_static("1.2.840.10008.1.2.4.80");
/// JPEG-LS, lossy (near-lossless).
pub const JPEG_LS_NEAR_LOSSLESS: Uid = Uid::from_static("1.2.840.10008.1.2.4.81");
/// JPEG 2000, lossless only.
pub const JPEG_2000_LOSSLESS: Uid = Uid::from_static("1.2.840.10008.1.2.4.90");
/// JPEG 2000.
pub const JPEG_2000: Uid = Uid::from_static("1.2.840.10008.1.2.4.91");
/// High-Throughput JPEG 2000, lossless only.
pub const HTJ2K_LOSSLESS: Uid = Uid::from_static("1.2.840.10008.1.2.4.201");
/// High-Throughput JPEG 2000 with RPCL options, lossless only.
pub const HTJ2K_LOSSLESS_RPCL: Uid = Uid::from_static("1.2.840.10008.1.2.4.202");
/// High-Throughput JPEG 2000.
pub const HTJ2K: Uid = Uid::from_static("1.2.840.10008.1.2.4.203");
/// RLE Lossless.
pub const RLE_LOSSLESS: Uid = Uid::from_static("1.2.840.10008.1.2.5");

/// What a registered UID stands for. `Storage` and `RetiredStorage` are SOP classes too.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// The application context name.
    ApplicationContext,
    /// How a data set is encoded.
    TransferSyntax,
    /// A SOP class of the storage service class (PS3.4 B.5).
    Storage,
    /// A SOP class that once was one of the storage service class.
    RetiredStorage,
    /// Any other SOP class.
    SopClass,
    /// A group of SOP classes negotiated as one.
    MetaSopClass,
    /// A well-known SOP instance.
    SopInstance,
    /// A service class.
    ServiceClass,
}

/// The name in PS3.6 table A-1, without its remarks about defaults; `None` for a UID that is not in the table.
#[must_use]
pub fn name(uid: &str) -> Option<&'static str> {
    find(uid).map(|(_, _, name)| *name)
}

/// What `uid` stands for; `None` for a UID that is not in the table, as every private one.
#[must_use]
pub fn kind(uid: &str) -> Option<Kind> {
    find(uid).map(|(_, kind, _)| *kind)
}

/// Every SOP class of the storage service class (PS3.4 B.5), the retired ones left out, ascending as text.
pub fn storage_classes() -> impl Iterator<Item = Uid> {
    REGISTERED.iter().filter(|(_, kind, _)| *kind == Storage).map(|(uid, _, _)| Uid::from_static(uid))
}

/// `transfer_syntaxes`; where there are none, [`UNCOMPRESSED_LITTLE_ENDIAN`].
#[must_use]
pub fn or_uncompressed(transfer_syntaxes: Vec<Uid>) -> Vec<Uid> {
    if transfer_syntaxes.is_empty() { UNCOMPRESSED_LITTLE_ENDIAN.to_vec() } else { transfer_syntaxes }
}

/// Whether `class` may be one that C-STORE is for: registered as such, private, or of an edition of the standard to
/// come. Of the other service classes with something to store, those for objects without a patient (PS3.4 GG) and for
/// security (DICOS) and materials (DICONDE) bear it in their names.
#[must_use]
pub fn may_be_stored(class: &Uid) -> bool {
    find(class.as_str()).is_none_or(|(_, kind, name)| match kind {
        Storage | RetiredStorage => true,
        SopClass => name.contains(" Storage"),
        _ => false,
    })
}

type Registered = (&'static str, Kind, &'static str);

fn find(uid: &str) -> Option<&'static Registered> {
    REGISTERED
        .binary_search_by(|(registered, _, _)| (*registered).cmp(uid))
        .ok()
        .and_then(|at| REGISTERED.get(at))
}

use Kind::{
    ApplicationContext, MetaSopClass, RetiredStorage, ServiceClass, SopClass, SopInstance, Storage,
    TransferSyntax,
};

/// PS3.6 table A-1 as of 2026, the kinds above only, ascending as text so that it can be searched by halves.
#[rustfmt::skip] // one line for each UID, as in the table
static REGISTERED: &[Registered] = &[
    ("1.2.840.10008.1.1", SopClass, "Verification SOP Class"),
    ("1.2.840.10008.1.2", TransferSyntax, "Implicit VR Little Endian"),
    ("1.2.840.10008.1.2.1", TransferSyntax, "Explicit VR Little Endian"),
    ("1.2.840.10008.1.2.1.98", TransferSyntax, "Encapsulated Uncompressed Explicit VR Little Endian"),
    ("1.2.840.10008.1.2.1.99", TransferSyntax, "Deflated Explicit VR Little Endian"),
    ("1.2.840.10008.1.2.2", TransferSyntax, "Explicit VR Big Endian (Retired)"),
    ("1.2.840.10008.1.2.4.100", TransferSyntax, "MPEG2 Main Profile / Main Level"),
    ("1.2.840.10008.1.2.4.100.1", TransferSyntax, "Fragmentable MPEG2 Main Profile / Main Level"),
    ("1.2.840.10008.1.2.4.101", TransferSyntax, "MPEG2 Main Profile / High Level"),
    ("1.2.840.10008.1.2.4.101.1", TransferSyntax, "Fragmentable MPEG2 Main Profile / High Level"),
    ("1.2.840.10008.1.2.4.102", TransferSyntax, "MPEG-4 AVC/H.264 High Profile / Level 4.1"),
    ("1.2.840.10008.1.2.4.102.1", TransferSyntax, "Fragmentable MPEG-4 AVC/H.264 High Profile / Level 4.1"),
    ("1.2.840.10008.1.2.4.103", TransferSyntax, "MPEG-4 AVC/H.264 BD-compatible High Profile / Level 4.1"),
    ("1.2.840.10008.1.2.4.103.1", TransferSyntax, "Fragmentable MPEG-4 AVC/H.264 BD-compatible High Profile / Level 4.1"),
    ("1.2.840.10008.1.2.4.104", TransferSyntax, "MPEG-4 AVC/H.264 High Profile / Level 4.2 For 2D Video"),
    ("1.2.840.10008.1.2.4.104.1", TransferSyntax, "Fragmentable MPEG-4 AVC/H.264 High Profile / Level 4.2 For 2D Video"),
    ("1.2.840.10008.1.2.4.105", TransferSyntax, "MPEG-4 AVC/H.264 High Profile / Level 4.2 For 3D Video"),
    ("1.2.840.10008.1.2.4.105.1", TransferSyntax, "Fragmentable MPEG-4 AVC/H.264 High Profile / Level 4.2 For 3D Video"),
    ("1.2.840.10008.1.2.4.106", TransferSyntax, "MPEG-4 AVC/H.264 Stereo High Profile / Level 4.2"),
    ("1.2.840.10008.1.2.4.106.1", TransferSyntax, "Fragmentable MPEG-4 AVC/H.264 Stereo High Profile / Level 4.2"),
    ("1.2.840.10008.1.2.4.107", TransferSyntax, "HEVC/H.265 Main Profile / Level 5.1"),
    ("1.2.840.10008.1.2.4.108", TransferSyntax, "HEVC/H.265 Main 10 Profile / Level 5.1"),
    ("1.2.840.10008.1.2.4.110", TransferSyntax, "JPEG XL Lossless"),
    ("1.2.840.10008.1.2.4.111", TransferSyntax, "JPEG XL JPEG Recompression"),
    ("1.2.840.10008.1.2.4.112", TransferSyntax, "JPEG XL"),
    ("1.2.840.10008.1.2.4.201", TransferSyntax, "High-Throughput JPEG 2000 Image Compression (Lossless Only)"),
    ("1.2.840.10008.1.2.4.202", TransferSyntax, "High-Throughput JPEG 2000 with RPCL Options Image Compression (Lossless Only)"),
    ("1.2.840.10008.1.2.4.203", TransferSyntax, "High-Throughput JPEG 2000 Image Compression"),
    ("1.2.840.10008.1.2.4.204", TransferSyntax, "JPIP HTJ2K Referenced"),
    ("1.2.840.10008.1.2.4.205", TransferSyntax, "JPIP HTJ2K Referenced Deflate"),
    ("1.2.840.10008.1.2.4.50", TransferSyntax, "JPEG Baseline (Process 1)"),
    ("1.2.840.10008.1.2.4.51", TransferSyntax, "JPEG Extended (Process 2 & 4)"),
    ("1.2.840.10008.1.2.4.52", TransferSyntax, "JPEG Extended (Process 3 & 5) (Retired)"),
    ("1.2.840.10008.1.2.4.53", TransferSyntax, "JPEG Spectral Selection, Non-Hierarchical (Process 6 & 8) (Retired)"),
    ("1.2.840.10008.1.2.4.54", TransferSyntax, "JPEG Spectral Selection, Non-Hierarchical (Process 7 & 9) (Retired)"),
    ("1.2.840.10008.1.2.4.55", TransferSyntax, "JPEG Full Progression, Non-Hierarchical (Process 10 & 12) (Retired)"),
    ("1.2.840.10008.1.2.4.56", TransferSyntax, "JPEG Full Progression, Non-Hierarchical (Process 11 & 13) (Retired)"),
    ("1.2.840.10008.1.2.4.57", TransferSyntax, "JPEG Lossless, Non-Hierarchical (Process 14)"),
    ("1.2.840.10008.1.2.4.58", TransferSyntax, "JPEG Lossless, Non-Hierarchical (Process 15) (Retired)"),
    ("1.2.840.10008.1.2.4.59", TransferSyntax, "JPEG Extended, Hierarchical (Process 16 & 18) (Retired)"),
    ("1.2.840.10008.1.2.4.60", TransferSyntax, "JPEG Extended, Hierarchical (Process 17 & 19) (Retired)"),
    ("1.2.840.10008.1.2.4.61", TransferSyntax, "JPEG Spectral Selection, Hierarchical (Process 20 & 22) (Retired)"),
    ("1.2.840.10008.1.2.4.62", TransferSyntax, "JPEG Spectral Selection, Hierarchical (Process 21 & 23) (Retired)"),
    ("1.2.840.10008.1.2.4.63", TransferSyntax, "JPEG Full Progression, Hierarchical (Process 24 & 26) (Retired)"),
    ("1.2.840.10008.1.2.4.64", TransferSyntax, "JPEG Full Progression, Hierarchical (Process 25 & 27) (Retired)"),
    ("1.2.840.10008.1.2.4.65", TransferSyntax, "JPEG Lossless, Hierarchical (Process 28) (Retired)"),
    ("1.2.840.10008.1.2.4.66", TransferSyntax, "JPEG Lossless, Hierarchical (Process 29) (Retired)"),
    ("1.2.840.10008.1.2.4.70", TransferSyntax, "JPEG Lossless, Non-Hierarchical, First-Order Prediction (Process 14 [Selection Value 1])"),
    ("1.2.840.10008.1.2.4.80", TransferSyntax, "JPEG-LS Lossless Image Compression"),
    ("1.2.840.10008.1.2.4.81", TransferSyntax, "JPEG-LS Lossy (Near-Lossless) Image Compression"),
    ("1.2.840.10008.1.2.4.90", TransferSyntax, "JPEG 2000 Image Compression (Lossless Only)"),
    ("1.2.840.10008.1.2.4.91", TransferSyntax, "JPEG 2000 Image Compression"),
    ("1.2.840.10008.1.2.4.92", TransferSyntax, "JPEG 2000 Part 2 Multi-component Image Compression (Lossless Only)"),
    ("1.2.840.10008.1.2.4.93", TransferSyntax, "JPEG 2000 Part 2 Multi-component Image Compression"),
    ("1.2.840.10008.1.2.4.94", TransferSyntax, "JPIP Referenced"),
    ("1.2.840.10008.1.2.4.95", TransferSyntax, "JPIP Referenced Deflate"),
    ("1.2.840.10008.1.2.5", TransferSyntax, "RLE Lossless"),
    ("1.2.840.10008.1.2.6.1", TransferSyntax, "RFC 2557 MIME encapsulation (Retired)"),
    ("1.2.840.10008.1.2.6.2", TransferSyntax, "XML Encoding (Retired)"),
    ("1.2.840.10008.1.2.7.1", TransferSyntax, "SMPTE ST 2110-20 Uncompressed Progressive Active Video"),
    ("1.2.840.10008.1.2.7.2", TransferSyntax, "SMPTE ST 2110-20 Uncompressed Interlaced Active Video"),
    ("1.2.840.10008.1.2.7.3", TransferSyntax, "SMPTE ST 2110-30 PCM Digital Audio"),
    ("1.2.840.10008.1.2.8.1", TransferSyntax, "Deflated Image Frame Compression"),
    ("1.2.840.10008.1.20", TransferSyntax, "Papyrus 3 Implicit VR Little Endian (Retired)"),
    ("1.2.840.10008.1.20.1", SopClass, "Storage Commitment Push Model SOP Class"),
    ("1.2.840.10008.1.20.1.1", SopInstance, "Storage Commitment Push Model SOP Instance"),
    ("1.2.840.10008.1.20.2", SopClass, "Storage Commitment Pull Model SOP Class (Retired)"),
    ("1.2.840.10008.1.20.2.1", SopInstance, "Storage Commitment Pull Model SOP Instance (Retired)"),
    ("1.2.840.10008.1.3.10", SopClass, "Media Storage Directory Storage"),
    ("1.2.840.10008.1.40", SopClass, "Procedural Event Logging SOP Class"),
    ("1.2.840.10008.1.40.1", SopInstance, "Procedural Event Logging SOP Instance"),
    ("1.2.840.10008.1.42", SopClass, "Substance Administration Logging SOP Class"),
    ("1.2.840.10008.1.42.1", SopInstance, "Substance Administration Logging SOP Instance"),
    ("1.2.840.10008.1.5.1", SopInstance, "Hot Iron Color Palette SOP Instance"),
    ("1.2.840.10008.1.5.2", SopInstance, "PET Color Palette SOP Instance"),
    ("1.2.840.10008.1.5.3", SopInstance, "Hot Metal Blue Color Palette SOP Instance"),
    ("1.2.840.10008.1.5.4", SopInstance, "PET 20 Step Color Palette SOP Instance"),
    ("1.2.840.10008.1.5.5", SopInstance, "Spring Color Palette SOP Instance"),
    ("1.2.840.10008.1.5.6", SopInstance, "Summer Color Palette SOP Instance"),
    ("1.2.840.10008.1.5.7", SopInstance, "Fall Color Palette SOP Instance"),
    ("1.2.840.10008.1.5.8", SopInstance, "Winter Color Palette SOP Instance"),
    ("1.2.840.10008.1.9", SopClass, "Basic Study Content Notification SOP Class (Retired)"),
    ("1.2.840.10008.10.1", SopClass, "Video Endoscopic Image Real-Time Communication"),
    ("1.2.840.10008.10.2", SopClass, "Video Photographic Image Real-Time Communication"),
    ("1.2.840.10008.10.3", SopClass, "Audio Waveform Real-Time Communication"),
    ("1.2.840.10008.10.4", SopClass, "Rendition Selection Document Real-Time Communication"),
    ("1.2.840.10008.3.1.1.1", ApplicationContext, "DICOM Application Context Name"),
    ("1.2.840.10008.3.1.2.1.1", SopClass, "Detached Patient Management SOP Class (Retired)"),
    ("1.2.840.10008.3.1.2.1.4", MetaSopClass, "Detached Patient Management Meta SOP Class (Retired)"),
    ("1.2.840.10008.3.1.2.2.1", SopClass, "Detached Visit Management SOP Class (Retired)"),
    ("1.2.840.10008.3.1.2.3.1", SopClass, "Detached Study Management SOP Class (Retired)"),
    ("1.2.840.10008.3.1.2.3.2", SopClass, "Study Component Management SOP Class (Retired)"),
    ("1.2.840.10008.3.1.2.3.3", SopClass, "Modality Performed Procedure Step SOP Class"),
    ("1.2.840.10008.3.1.2.3.4", SopClass, "Modality Performed Procedure Step Retrieve SOP Class"),
    ("1.2.840.10008.3.1.2.3.5", SopClass, "Modality Performed Procedure Step Notification SOP Class"),
    ("1.2.840.10008.3.1.2.5.1", SopClass, "Detached Results Management SOP Class (Retired)"),
    ("1.2.840.10008.3.1.2.5.4", MetaSopClass, "Detached Results Management Meta SOP Class (Retired)"),
    ("1.2.840.10008.3.1.2.5.5", MetaSopClass, "Detached Study Management Meta SOP Class (Retired)"),
    ("1.2.840.10008.3.1.2.6.1", SopClass, "Detached Interpretation Management SOP Class (Retired)"),
    ("1.2.840.10008.4.2", ServiceClass, "Storage Service Class"),
    ("1.2.840.10008.5.1.1.1", SopClass, "Basic Film Session SOP Class"),
    ("1.2.840.10008.5.1.1.14", SopClass, "Print Job SOP Class"),
    ("1.2.840.10008.5.1.1.15", SopClass, "Basic Annotation Box SOP Class"),
    ("1.2.840.10008.5.1.1.16", SopClass, "Printer SOP Class"),
    ("1.2.840.10008.5.1.1.16.376", SopClass, "Printer Configuration Retrieval SOP Class"),
    ("1.2.840.10008.5.1.1.17", SopInstance, "Printer SOP Instance"),
    ("1.2.840.10008.5.1.1.17.376", SopInstance, "Printer Configuration Retrieval SOP Instance"),
    ("1.2.840.10008.5.1.1.18", MetaSopClass, "Basic Color Print Management Meta SOP Class"),
    ("1.2.840.10008.5.1.1.18.1", MetaSopClass, "Referenced Color Print Management Meta SOP Class (Retired)"),
    ("1.2.840.10008.5.1.1.2", SopClass, "Basic Film Box SOP Class"),
    ("1.2.840.10008.5.1.1.22", SopClass, "VOI LUT Box SOP Class"),
    ("1.2.840.10008.5.1.1.23", SopClass, "Presentation LUT SOP Class"),
    ("1.2.840.10008.5.1.1.24", SopClass, "Image Overlay Box SOP Class (Retired)"),
    ("1.2.840.10008.5.1.1.24.1", SopClass, "Basic Print Image Overlay Box SOP Class (Retired)"),
    ("1.2.840.10008.5.1.1.25", SopInstance, "Print Queue SOP Instance (Retired)"),
    ("1.2.840.10008.5.1.1.26", SopClass, "Print Queue Management SOP Class (Retired)"),
    ("1.2.840.10008.5.1.1.27", RetiredStorage, "Stored Print Storage SOP Class (Retired)"),
    ("1.2.840.10008.5.1.1.29", RetiredStorage, "Hardcopy Grayscale Image Storage SOP Class (Retired)"),
    ("1.2.840.10008.5.1.1.30", RetiredStorage, "Hardcopy Color Image Storage SOP Class (Retired)"),
    ("1.2.840.10008.5.1.1.31", SopClass, "Pull Print Request SOP Class (Retired)"),
    ("1.2.840.10008.5.1.1.32", MetaSopClass, "Pull Stored Print Management Meta SOP Class (Retired)"),
    ("1.2.840.10008.5.1.1.33", SopClass, "Media Creation Management SOP Class UID"),
    ("1.2.840.10008.5.1.1.4", SopClass, "Basic Grayscale Image Box SOP Class"),
    ("1.2.840.10008.5.1.1.4.1", SopClass, "Basic Color Image Box SOP Class"),
    ("1.2.840.10008.5.1.1.4.2", SopClass, "Referenced Image Box SOP Class (Retired)"),
    ("1.2.840.10008.5.1.1.40", SopClass, "Display System SOP Class"),
    ("1.2.840.10008.5.1.1.40.1", SopInstance, "Display System SOP Instance"),
    ("1.2.840.10008.5.1.1.9", MetaSopClass, "Basic Grayscale Print Management Meta SOP Class"),
    ("1.2.840.10008.5.1.1.9.1", MetaSopClass, "Referenced Grayscale Print Management Meta SOP Class (Retired)"),
    ("1.2.840.10008.5.1.4.1.1.1", Storage, "Computed Radiography Image Storage"),
    ("1.2.840.10008.5.1.4.1.1.1.1", Storage, "Digital X-Ray Image Storage - For Presentation"),
    ("1.2.840.10008.5.1.4.1.1.1.1.1", Storage, "Digital X-Ray Image Storage - For Processing"),
    ("1.2.840.10008.5.1.4.1.1.1.2", Storage, "Digital Mammography X-Ray Image Storage - For Presentation"),
    ("1.2.840.10008.5.1.4.1.1.1.2.1", Storage, "Digital Mammography X-Ray Image Storage - For Processing"),
    ("1.2.840.10008.5.1.4.1.1.1.3", Storage, "Digital Intra-Oral X-Ray Image Storage - For Presentation"),
    ("1.2.840.10008.5.1.4.1.1.1.3.1", Storage, "Digital Intra-Oral X-Ray Image Storage - For Processing"),
    ("1.2.840.10008.5.1.4.1.1.10", RetiredStorage, "Standalone Modality LUT Storage (Retired)"),
    ("1.2.840.10008.5.1.4.1.1.104.1", Storage, "Encapsulated PDF Storage"),
    ("1.2.840.10008.5.1.4.1.1.104.2", Storage, "Encapsulated CDA Storage"),
    ("1.2.840.10008.5.1.4.1.1.104.3", Storage, "Encapsulated STL Storage"),
    ("1.2.840.10008.5.1.4.1.1.104.4", Storage, "Encapsulated OBJ Storage"),
    ("1.2.840.10008.5.1.4.1.1.104.5", Storage, "Encapsulated MTL Storage"),
    ("1.2.840.10008.5.1.4.1.1.11", RetiredStorage, "Standalone VOI LUT Storage (Retired)"),
    ("1.2.840.10008.5.1.4.1.1.11.1", Storage, "Grayscale Softcopy Presentation State Storage"),
    ("1.2.840.10008.5.1.4.1.1.11.10", Storage, "Segmented Volume Rendering Volumetric Presentation State Storage"),
    ("1.2.840.10008.5.1.4.1.1.11.11", Storage, "Multiple Volume Rendering Volumetric Presentation State Storage"),
    ("1.2.840.10008.5.1.4.1.1.11.12", Storage, "Variable Modality LUT Softcopy Presentation State Storage"),
    ("1.2.840.10008.5.1.4.1.1.11.2", Storage, "Color Softcopy Presentation State Storage"),
    ("1.2.840.10008.5.1.4.1.1.11.3", Storage, "Pseudo-Color Softcopy Presentation State Storage"),
    ("1.2.840.10008.5.1.4.1.1.11.4", Storage, "Blending Softcopy Presentation State Storage"),
    ("1.2.840.10008.5.1.4.1.1.11.5", Storage, "XA/XRF Grayscale Softcopy Presentation State Storage"),
    ("1.2.840.10008.5.1.4.1.1.11.6", Storage, "Grayscale Planar MPR Volumetric Presentation State Storage"),
    ("1.2.840.10008.5.1.4.1.1.11.7", Storage, "Compositing Planar MPR Volumetric Presentation State Storage"),
    ("1.2.840.10008.5.1.4.1.1.11.8", Storage, "Advanced Blending Presentation State Storage"),
    ("1.2.840.10008.5.1.4.1.1.11.9", Storage, "Volume Rendering Volumetric Presentation State Storage"),
    ("1.2.840.10008.5.1.4.1.1.12.1", Storage, "X-Ray Angiographic Image Storage"),
    ("1.2.840.10008.5.1.4.1.1.12.1.1", Storage, "Enhanced XA Image Storage"),
    ("1.2.840.10008.5.1.4.1.1.12.2", Storage, "X-Ray Radiofluoroscopic Image Storage"),
    ("1.2.840.10008.5.1.4.1.1.12.2.1", Storage, "Enhanced XRF Image Storage"),
    ("1.2.840.10008.5.1.4.1.1.12.3", RetiredStorage, "X-Ray Angiographic Bi-Plane Image Storage (Retired)"),
    ("1.2.840.10008.5.1.4.1.1.128", Storage, "Positron Emission Tomography Image Storage"),
    ("1.2.840.10008.5.1.4.1.1.128.1", Storage, "Legacy Converted Enhanced PET Image Storage"),
    ("1.2.840.10008.5.1.4.1.1.129", RetiredStorage, "Standalone PET Curve Storage (Retired)"),
    ("1.2.840.10008.5.1.4.1.1.13.1.1", Storage, "X-Ray 3D Angiographic Image Storage"),
    ("1.2.840.10008.5.1.4.1.1.13.1.2", Storage, "X-Ray 3D Craniofacial Image Storage"),
    ("1.2.840.10008.5.1.4.1.1.13.1.3", Storage, "Breast Tomosynthesis Image Storage"),
    ("1.2.840.10008.5.1.4.1.1.13.1.4", Storage, "Breast Projection X-Ray Image Storage - For Presentation"),
    ("1.2.840.10008.5.1.4.1.1.13.1.5", Storage, "Breast Projection X-Ray Image Storage - For Processing"),
    ("1.2.840.10008.5.1.4.1.1.130", Storage, "Enhanced PET Image Storage"),
    ("1.2.840.10008.5.1.4.1.1.131", Storage, "Basic Structured Display Storage"),
    ("1.2.840.10008.5.1.4.1.1.14.1", Storage, "Intravascular Optical Coherence Tomography Image Storage - For Presentation"),
    ("1.2.840.10008.5.1.4.1.1.14.2", Storage, "Intravascular Optical Coherence Tomography Image Storage - For Processing"),
    ("1.2.840.10008.5.1.4.1.1.2", Storage, "CT Image Storage"),
    ("1.2.840.10008.5.1.4.1.1.2.1", Storage, "Enhanced CT Image Storage"),
    ("1.2.840.10008.5.1.4.1.1.2.2", Storage, "Legacy Converted Enhanced CT Image Storage"),
    ("1.2.840.10008.5.1.4.1.1.2.3", Storage, "CT Image Storage - For Processing"),
    ("1.2.840.10008.5.1.4.1.1.2.4", Storage, "Enhanced CT Image Storage - For Processing"),
    ("1.2.840.10008.5.1.4.1.1.2.5", Storage, "Legacy Converted Enhanced CT Image Storage - For Processing"),
    ("1.2.840.10008.5.1.4.1.1.20", Storage, "Nuclear Medicine Image Storage"),
    ("1.2.840.10008.5.1.4.1.1.200.1", SopClass, "CT Defined Procedure Protocol Storage"),
    ("1.2.840.10008.5.1.4.1.1.200.2", Storage, "CT Performed Procedure Protocol Storage"),
    ("1.2.840.10008.5.1.4.1.1.200.3", SopClass, "Protocol Approval Storage"),
    ("1.2.840.10008.5.1.4.1.1.200.4", SopClass, "Protocol Approval Information Model - FIND"),
    ("1.2.840.10008.5.1.4.1.1.200.5", SopClass, "Protocol Approval Information Model - MOVE"),
    ("1.2.840.10008.5.1.4.1.1.200.6", SopClass, "Protocol Approval Information Model - GET"),
    ("1.2.840.10008.5.1.4.1.1.200.7", SopClass, "XA Defined Procedure Protocol Storage"),
    ("1.2.840.10008.5.1.4.1.1.200.8", Storage, "XA Performed Procedure Protocol Storage"),
    ("1.2.840.10008.5.1.4.1.1.201.1", SopClass, "Inventory Storage"),
    ("1.2.840.10008.5.1.4.1.1.201.1.1", SopInstance, "Storage Management SOP Instance"),
    ("1.2.840.10008.5.1.4.1.1.201.2", SopClass, "Inventory - FIND"),
    ("1.2.840.10008.5.1.4.1.1.201.3", SopClass, "Inventory - MOVE"),
    ("1.2.840.10008.5.1.4.1.1.201.4", SopClass, "Inventory - GET"),
    ("1.2.840.10008.5.1.4.1.1.201.5", SopClass, "Inventory Creation"),
    ("1.2.840.10008.5.1.4.1.1.201.6", SopClass, "Repository Query"),
    ("1.2.840.10008.5.1.4.1.1.3", RetiredStorage, "Ultrasound Multi-frame Image Storage (Retired)"),
    ("1.2.840.10008.5.1.4.1.1.3.1", Storage, "Ultrasound Multi-frame Image Storage"),
    ("1.2.840.10008.5.1.4.1.1.30", Storage, "Parametric Map Storage"),
    ("1.2.840.10008.5.1.4.1.1.4", Storage, "MR Image Storage"),
    ("1.2.840.10008.5.1.4.1.1.4.1", Storage, "Enhanced MR Image Storage"),
    ("1.2.840.10008.5.1.4.1.1.4.2", Storage, "MR Spectroscopy Storage"),
    ("1.2.840.10008.5.1.4.1.1.4.3", Storage, "Enhanced MR Color Image Storage"),
    ("1.2.840.10008.5.1.4.1.1.4.4", Storage, "Legacy Converted Enhanced MR Image Storage"),
    ("1.2.840.10008.5.1.4.1.1.481.1", Storage, "RT Image Storage"),
    ("1.2.840.10008.5.1.4.1.1.481.10", Storage, "RT Physician Intent Storage"),
    ("1.2.840.10008.5.1.4.1.1.481.11", Storage, "RT Segment Annotation Storage"),
    ("1.2.840.10008.5.1.4.1.1.481.12", Storage, "RT Radiation Set Storage"),
    ("1.2.840.10008.5.1.4.1.1.481.13", Storage, "C-Arm Photon-Electron Radiation Storage"),
    ("1.2.840.10008.5.1.4.1.1.481.14", Storage, "Tomotherapeutic Radiation Storage"),
    ("1.2.840.10008.5.1.4.1.1.481.15", Storage, "Robotic-Arm Radiation Storage"),
    ("1.2.840.10008.5.1.4.1.1.481.16", Storage, "RT Radiation Record Set Storage"),
    ("1.2.840.10008.5.1.4.1.1.481.17", Storage, "RT Radiation Salvage Record Storage"),
    ("1.2.840.10008.5.1.4.1.1.481.18", Storage, "Tomotherapeutic Radiation Record Storage"),
    ("1.2.840.10008.5.1.4.1.1.481.19", Storage, "C-Arm Photon-Electron Radiation Record Storage"),
    ("1.2.840.10008.5.1.4.1.1.481.2", Storage, "RT Dose Storage"),
    ("1.2.840.10008.5.1.4.1.1.481.20", Storage, "Robotic Radiation Record Storage"),
    ("1.2.840.10008.5.1.4.1.1.481.21", Storage, "RT Radiation Set Delivery Instruction Storage"),
    ("1.2.840.10008.5.1.4.1.1.481.22", Storage, "RT Treatment Preparation Storage"),
    ("1.2.840.10008.5.1.4.1.1.481.23", Storage, "Enhanced RT Image Storage"),
    ("1.2.840.10008.5.1.4.1.1.481.24", Storage, "Enhanced Continuous RT Image Storage"),
    ("1.2.840.10008.5.1.4.1.1.481.25", Storage, "RT Patient Position Acquisition Instruction Storage"),
    ("1.2.840.10008.5.1.4.1.1.481.3", Storage, "RT Structure Set Storage"),
    ("1.2.840.10008.5.1.4.1.1.481.4", Storage, "RT Beams Treatment Record Storage"),
    ("1.2.840.10008.5.1.4.1.1.481.5", Storage, "RT Plan Storage"),
    ("1.2.840.10008.5.1.4.1.1.481.6", Storage, "RT Brachy Treatment Record Storage"),
    ("1.2.840.10008.5.1.4.1.1.481.7", Storage, "RT Treatment Summary Record Storage"),
    ("1.2.840.10008.5.1.4.1.1.481.8", Storage, "RT Ion Plan Storage"),
    ("1.2.840.10008.5.1.4.1.1.481.9", Storage, "RT Ion Beams Treatment Record Storage"),
    ("1.2.840.10008.5.1.4.1.1.5", RetiredStorage, "Nuclear Medicine Image Storage (Retired)"),
    ("1.2.840.10008.5.1.4.1.1.501.1", SopClass, "DICOS CT Image Storage"),
    ("1.2.840.10008.5.1.4.1.1.501.2.1", SopClass, "DICOS Digital X-Ray Image Storage - For Presentation"),
    ("1.2.840.10008.5.1.4.1.1.501.2.2", SopClass, "DICOS Digital X-Ray Image Storage - For Processing"),
    ("1.2.840.10008.5.1.4.1.1.501.3", SopClass, "DICOS Threat Detection Report Storage"),
    ("1.2.840.10008.5.1.4.1.1.501.4", SopClass, "DICOS 2D AIT Storage"),
    ("1.2.840.10008.5.1.4.1.1.501.5", SopClass, "DICOS 3D AIT Storage"),
    ("1.2.840.10008.5.1.4.1.1.501.6", SopClass, "DICOS Quadrupole Resonance (QR) Storage"),
    ("1.2.840.10008.5.1.4.1.1.6", RetiredStorage, "Ultrasound Image Storage (Retired)"),
    ("1.2.840.10008.5.1.4.1.1.6.1", Storage, "Ultrasound Image Storage"),
    ("1.2.840.10008.5.1.4.1.1.6.2", Storage, "Enhanced US Volume Storage"),
    ("1.2.840.10008.5.1.4.1.1.6.3", Storage, "Photoacoustic Image Storage"),
    ("1.2.840.10008.5.1.4.1.1.601.1", SopClass, "Eddy Current Image Storage"),
    ("1.2.840.10008.5.1.4.1.1.601.2", SopClass, "Eddy Current Multi-frame Image Storage"),
    ("1.2.840.10008.5.1.4.1.1.601.3", SopClass, "Thermography Image Storage"),
    ("1.2.840.10008.5.1.4.1.1.601.4", SopClass, "Thermography Multi-frame Image Storage"),
    ("1.2.840.10008.5.1.4.1.1.601.5", SopClass, "Ultrasound Waveform Storage"),
    ("1.2.840.10008.5.1.4.1.1.66", Storage, "Raw Data Storage"),
    ("1.2.840.10008.5.1.4.1.1.66.1", Storage, "Spatial Registration Storage"),
    ("1.2.840.10008.5.1.4.1.1.66.2", Storage, "Spatial Fiducials Storage"),
    ("1.2.840.10008.5.1.4.1.1.66.3", Storage, "Deformable Spatial Registration Storage"),
    ("1.2.840.10008.5.1.4.1.1.66.4", Storage, "Segmentation Storage"),
    ("1.2.840.10008.5.1.4.1.1.66.5", Storage, "Surface Segmentation Storage"),
    ("1.2.840.10008.5.1.4.1.1.66.6", Storage, "Tractography Results Storage"),
    ("1.2.840.10008.5.1.4.1.1.66.7", Storage, "Label Map Segmentation Storage"),
    ("1.2.840.10008.5.1.4.1.1.66.8", Storage, "Height Map Segmentation Storage"),
    ("1.2.840.10008.5.1.4.1.1.67", Storage, "Real World Value Mapping Storage"),
    ("1.2.840.10008.5.1.4.1.1.68.1", Storage, "Surface Scan Mesh Storage"),
    ("1.2.840.10008.5.1.4.1.1.68.2", Storage, "Surface Scan Point Cloud Storage"),
    ("1.2.840.10008.5.1.4.1.1.7", Storage, "Secondary Capture Image Storage"),
    ("1.2.840.10008.5.1.4.1.1.7.1", Storage, "Multi-frame Single Bit Secondary Capture Image Storage"),
    ("1.2.840.10008.5.1.4.1.1.7.2", Storage, "Multi-frame Grayscale Byte Secondary Capture Image Storage"),
    ("1.2.840.10008.5.1.4.1.1.7.3", Storage, "Multi-frame Grayscale Word Secondary Capture Image Storage"),
    ("1.2.840.10008.5.1.4.1.1.7.4", Storage, "Multi-frame True Color Secondary Capture Image Storage"),
    ("1.2.840.10008.5.1.4.1.1.77.1", RetiredStorage, "VL Image Storage - Trial (Retired)"),
    ("1.2.840.10008.5.1.4.1.1.77.1.1", Storage, "VL Endoscopic Image Storage"),
    ("1.2.840.10008.5.1.4.1.1.77.1.1.1", Storage, "Video Endoscopic Image Storage"),
    ("1.2.840.10008.5.1.4.1.1.77.1.2", Storage, "VL Microscopic Image Storage"),
    ("1.2.840.10008.5.1.4.1.1.77.1.2.1", Storage, "Video Microscopic Image Storage"),
    ("1.2.840.10008.5.1.4.1.1.77.1.3", Storage, "VL Slide-Coordinates Microscopic Image Storage"),
    ("1.2.840.10008.5.1.4.1.1.77.1.4", Storage, "VL Photographic Image Storage"),
    ("1.2.840.10008.5.1.4.1.1.77.1.4.1", Storage, "Video Photographic Image Storage"),
    ("1.2.840.10008.5.1.4.1.1.77.1.5.1", Storage, "Ophthalmic Photography 8 Bit Image Storage"),
    ("1.2.840.10008.5.1.4.1.1.77.1.5.2", Storage, "Ophthalmic Photography 16 Bit Image Storage"),
    ("1.2.840.10008.5.1.4.1.1.77.1.5.3", Storage, "Stereometric Relationship Storage"),
    ("1.2.840.10008.5.1.4.1.1.77.1.5.4", Storage, "Ophthalmic Tomography Image Storage"),
    ("1.2.840.10008.5.1.4.1.1.77.1.5.5", Storage, "Wide Field Ophthalmic Photography Stereographic Projection Image Storage"),
    ("1.2.840.10008.5.1.4.1.1.77.1.5.6", Storage, "Wide Field Ophthalmic Photography 3D Coordinates Image Storage"),
    ("1.2.840.10008.5.1.4.1.1.77.1.5.7", Storage, "Ophthalmic Optical Coherence Tomography En Face Image Storage"),
    ("1.2.840.10008.5.1.4.1.1.77.1.5.8", Storage, "Ophthalmic Optical Coherence Tomography B-scan Volume Analysis Storage"),
    ("1.2.840.10008.5.1.4.1.1.77.1.6", Storage, "VL Whole Slide Microscopy Image Storage"),
    ("1.2.840.10008.5.1.4.1.1.77.1.7", Storage, "Dermoscopic Photography Image Storage"),
    ("1.2.840.10008.5.1.4.1.1.77.1.8", Storage, "Confocal Microscopy Image Storage"),
    ("1.2.840.10008.5.1.4.1.1.77.1.9", Storage, "Confocal Microscopy Tiled Pyramidal Image Storage"),
    ("1.2.840.10008.5.1.4.1.1.77.2", RetiredStorage, "VL Multi-frame Image Storage - Trial (Retired)"),
    ("1.2.840.10008.5.1.4.1.1.78.1", Storage, "Lensometry Measurements Storage"),
    ("1.2.840.10008.5.1.4.1.1.78.2", Storage, "Autorefraction Measurements Storage"),
    ("1.2.840.10008.5.1.4.1.1.78.3", Storage, "Keratometry Measurements Storage"),
    ("1.2.840.10008.5.1.4.1.1.78.4", Storage, "Subjective Refraction Measurements Storage"),
    ("1.2.840.10008.5.1.4.1.1.78.5", Storage, "Visual Acuity Measurements Storage"),
    ("1.2.840.10008.5.1.4.1.1.78.6", Storage, "Spectacle Prescription Report Storage"),
    ("1.2.840.10008.5.1.4.1.1.78.7", Storage, "Ophthalmic Axial Measurements Storage"),
    ("1.2.840.10008.5.1.4.1.1.78.8", Storage, "Intraocular Lens Calculations Storage"),
    ("1.2.840.10008.5.1.4.1.1.79.1", Storage, "Macular Grid Thickness and Volume Report Storage"),
    ("1.2.840.10008.5.1.4.1.1.8", RetiredStorage, "Standalone Overlay Storage (Retired)"),
    ("1.2.840.10008.5.1.4.1.1.80.1", Storage, "Ophthalmic Visual Field Static Perimetry Measurements Storage"),
    ("1.2.840.10008.5.1.4.1.1.81.1", Storage, "Ophthalmic Thickness Map Storage"),
    ("1.2.840.10008.5.1.4.1.1.82.1", Storage, "Corneal Topography Map Storage"),
    ("1.2.840.10008.5.1.4.1.1.88.1", RetiredStorage, "Text SR Storage - Trial (Retired)"),
    ("1.2.840.10008.5.1.4.1.1.88.11", Storage, "Basic Text SR Storage"),
    ("1.2.840.10008.5.1.4.1.1.88.2", RetiredStorage, "Audio SR Storage - Trial (Retired)"),
    ("1.2.840.10008.5.1.4.1.1.88.22", Storage, "Enhanced SR Storage"),
    ("1.2.840.10008.5.1.4.1.1.88.3", RetiredStorage, "Detail SR Storage - Trial (Retired)"),
    ("1.2.840.10008.5.1.4.1.1.88.33", Storage, "Comprehensive SR Storage"),
    ("1.2.840.10008.5.1.4.1.1.88.34", Storage, "Comprehensive 3D SR Storage"),
    ("1.2.840.10008.5.1.4.1.1.88.35", Storage, "Extensible SR Storage"),
    ("1.2.840.10008.5.1.4.1.1.88.4", RetiredStorage, "Comprehensive SR Storage - Trial (Retired)"),
    ("1.2.840.10008.5.1.4.1.1.88.40", Storage, "Procedure Log Storage"),
    ("1.2.840.10008.5.1.4.1.1.88.50", Storage, "Mammography CAD SR Storage"),
    ("1.2.840.10008.5.1.4.1.1.88.59", Storage, "Key Object Selection Document Storage"),
    ("1.2.840.10008.5.1.4.1.1.88.65", Storage, "Chest CAD SR Storage"),
    ("1.2.840.10008.5.1.4.1.1.88.67", Storage, "X-Ray Radiation Dose SR Storage"),
    ("1.2.840.10008.5.1.4.1.1.88.68", Storage, "Radiopharmaceutical Radiation Dose SR Storage"),
    ("1.2.840.10008.5.1.4.1.1.88.69", Storage, "Colon CAD SR Storage"),
    ("1.2.840.10008.5.1.4.1.1.88.70", Storage, "Implantation Plan SR Storage"),
    ("1.2.840.10008.5.1.4.1.1.88.71", Storage, "Acquisition Context SR Storage"),
    ("1.2.840.10008.5.1.4.1.1.88.72", Storage, "Simplified Adult Echo SR Storage"),
    ("1.2.840.10008.5.1.4.1.1.88.73", Storage, "Patient Radiation Dose SR Storage"),
    ("1.2.840.10008.5.1.4.1.1.88.74", Storage, "Planned Imaging Agent Administration SR Storage"),
    ("1.2.840.10008.5.1.4.1.1.88.75", Storage, "Performed Imaging Agent Administration SR Storage"),
    ("1.2.840.10008.5.1.4.1.1.88.76", Storage, "Enhanced X-Ray Radiation Dose SR Storage"),
    ("1.2.840.10008.5.1.4.1.1.88.77", Storage, "Waveform Annotation SR Storage"),
    ("1.2.840.10008.5.1.4.1.1.9", RetiredStorage, "Standalone Curve Storage (Retired)"),
    ("1.2.840.10008.5.1.4.1.1.9.1", RetiredStorage, "Waveform Storage - Trial (Retired)"),
    ("1.2.840.10008.5.1.4.1.1.9.1.1", Storage, "12-lead ECG Waveform Storage"),
    ("1.2.840.10008.5.1.4.1.1.9.1.2", Storage, "General ECG Waveform Storage"),
    ("1.2.840.10008.5.1.4.1.1.9.1.3", Storage, "Ambulatory ECG Waveform Storage"),
    ("1.2.840.10008.5.1.4.1.1.9.1.4", Storage, "General 32-bit ECG Waveform Storage"),
    ("1.2.840.10008.5.1.4.1.1.9.100.1", Storage, "Waveform Presentation State Storage"),
    ("1.2.840.10008.5.1.4.1.1.9.100.2", Storage, "Waveform Acquisition Presentation State Storage"),
    ("1.2.840.10008.5.1.4.1.1.9.2.1", Storage, "Hemodynamic Waveform Storage"),
    ("1.2.840.10008.5.1.4.1.1.9.3.1", Storage, "Cardiac Electrophysiology Waveform Storage"),
    ("1.2.840.10008.5.1.4.1.1.9.4.1", Storage, "Basic Voice Audio Waveform Storage"),
    ("1.2.840.10008.5.1.4.1.1.9.4.2", Storage, "General Audio Waveform Storage"),
    ("1.2.840.10008.5.1.4.1.1.9.5.1", Storage, "Arterial Pulse Waveform Storage"),
    ("1.2.840.10008.5.1.4.1.1.9.6.1", Storage, "Respiratory Waveform Storage"),
    ("1.2.840.10008.5.1.4.1.1.9.6.2", Storage, "Multi-channel Respiratory Waveform Storage"),
    ("1.2.840.10008.5.1.4.1.1.9.7.1", Storage, "Routine Scalp Electroencephalogram Waveform Storage"),
    ("1.2.840.10008.5.1.4.1.1.9.7.2", Storage, "Electromyogram Waveform Storage"),
    ("1.2.840.10008.5.1.4.1.1.9.7.3", Storage, "Electrooculogram Waveform Storage"),
    ("1.2.840.10008.5.1.4.1.1.9.7.4", Storage, "Sleep Electroencephalogram Waveform Storage"),
    ("1.2.840.10008.5.1.4.1.1.9.8.1", Storage, "Body Position Waveform Storage"),
    ("1.2.840.10008.5.1.4.1.1.90.1", Storage, "Content Assessment Results Storage"),
    ("1.2.840.10008.5.1.4.1.1.91.1", Storage, "Microscopy Bulk Simple Annotations Storage"),
    ("1.2.840.10008.5.1.4.1.2.1.1", SopClass, "Patient Root Query/Retrieve Information Model - FIND"),
    ("1.2.840.10008.5.1.4.1.2.1.2", SopClass, "Patient Root Query/Retrieve Information Model - MOVE"),
    ("1.2.840.10008.5.1.4.1.2.1.3", SopClass, "Patient Root Query/Retrieve Information Model - GET"),
    ("1.2.840.10008.5.1.4.1.2.2.1", SopClass, "Study Root Query/Retrieve Information Model - FIND"),
    ("1.2.840.10008.5.1.4.1.2.2.2", SopClass, "Study Root Query/Retrieve Information Model - MOVE"),
    ("1.2.840.10008.5.1.4.1.2.2.3", SopClass, "Study Root Query/Retrieve Information Model - GET"),
    ("1.2.840.10008.5.1.4.1.2.3.1", SopClass, "Patient/Study Only Query/Retrieve Information Model - FIND (Retired)"),
    ("1.2.840.10008.5.1.4.1.2.3.2", SopClass, "Patient/Study Only Query/Retrieve Information Model - MOVE (Retired)"),
    ("1.2.840.10008.5.1.4.1.2.3.3", SopClass, "Patient/Study Only Query/Retrieve Information Model - GET (Retired)"),
    ("1.2.840.10008.5.1.4.1.2.4.2", SopClass, "Composite Instance Root Retrieve - MOVE"),
    ("1.2.840.10008.5.1.4.1.2.4.3", SopClass, "Composite Instance Root Retrieve - GET"),
    ("1.2.840.10008.5.1.4.1.2.5.3", SopClass, "Composite Instance Retrieve Without Bulk Data - GET"),
    ("1.2.840.10008.5.1.4.20.1", SopClass, "Defined Procedure Protocol Information Model - FIND"),
    ("1.2.840.10008.5.1.4.20.2", SopClass, "Defined Procedure Protocol Information Model - MOVE"),
    ("1.2.840.10008.5.1.4.20.3", SopClass, "Defined Procedure Protocol Information Model - GET"),
    ("1.2.840.10008.5.1.4.31", SopClass, "Modality Worklist Information Model - FIND"),
    ("1.2.840.10008.5.1.4.32", MetaSopClass, "General Purpose Worklist Management Meta SOP Class (Retired)"),
    ("1.2.840.10008.5.1.4.32.1", SopClass, "General Purpose Worklist Information Model - FIND (Retired)"),
    ("1.2.840.10008.5.1.4.32.2", SopClass, "General Purpose Scheduled Procedure Step SOP Class (Retired)"),
    ("1.2.840.10008.5.1.4.32.3", SopClass, "General Purpose Performed Procedure Step SOP Class (Retired)"),
    ("1.2.840.10008.5.1.4.33", SopClass, "Instance Availability Notification SOP Class"),
    ("1.2.840.10008.5.1.4.34.1", RetiredStorage, "RT Beams Delivery Instruction Storage - Trial (Retired)"),
    ("1.2.840.10008.5.1.4.34.10", Storage, "RT Brachy Application Setup Delivery Instruction Storage"),
    ("1.2.840.10008.5.1.4.34.2", SopClass, "RT Conventional Machine Verification - Trial (Retired)"),
    ("1.2.840.10008.5.1.4.34.3", SopClass, "RT Ion Machine Verification - Trial (Retired)"),
    ("1.2.840.10008.5.1.4.34.4", ServiceClass, "Unified Worklist and Procedure Step Service Class - Trial (Retired)"),
    ("1.2.840.10008.5.1.4.34.4.1", SopClass, "Unified Procedure Step - Push SOP Class - Trial (Retired)"),
    ("1.2.840.10008.5.1.4.34.4.2", SopClass, "Unified Procedure Step - Watch SOP Class - Trial (Retired)"),
    ("1.2.840.10008.5.1.4.34.4.3", SopClass, "Unified Procedure Step - Pull SOP Class - Trial (Retired)"),
    ("1.2.840.10008.5.1.4.34.4.4", SopClass, "Unified Procedure Step - Event SOP Class - Trial (Retired)"),
    ("1.2.840.10008.5.1.4.34.5", SopInstance, "UPS Global Subscription SOP Instance"),
    ("1.2.840.10008.5.1.4.34.5.1", SopInstance, "UPS Filtered Global Subscription SOP Instance"),
    ("1.2.840.10008.5.1.4.34.6", ServiceClass, "Unified Worklist and Procedure Step Service Class"),
    ("1.2.840.10008.5.1.4.34.6.1", SopClass, "Unified Procedure Step - Push SOP Class"),
    ("1.2.840.10008.5.1.4.34.6.2", SopClass, "Unified Procedure Step - Watch SOP Class"),
    ("1.2.840.10008.5.1.4.34.6.3", SopClass, "Unified Procedure Step - Pull SOP Class"),
    ("1.2.840.10008.5.1.4.34.6.4", SopClass, "Unified Procedure Step - Event SOP Class"),
    ("1.2.840.10008.5.1.4.34.6.5", SopClass, "Unified Procedure Step - Query SOP Class"),
    ("1.2.840.10008.5.1.4.34.7", Storage, "RT Beams Delivery Instruction Storage"),
    ("1.2.840.10008.5.1.4.34.8", SopClass, "RT Conventional Machine Verification"),
    ("1.2.840.10008.5.1.4.34.9", SopClass, "RT Ion Machine Verification"),
    ("1.2.840.10008.5.1.4.37.1", SopClass, "General Relevant Patient Information Query"),
    ("1.2.840.10008.5.1.4.37.2", SopClass, "Breast Imaging Relevant Patient Information Query"),
    ("1.2.840.10008.5.1.4.37.3", SopClass, "Cardiac Relevant Patient Information Query"),
    ("1.2.840.10008.5.1.4.38.1", SopClass, "Hanging Protocol Storage"),
    ("1.2.840.10008.5.1.4.38.2", SopClass, "Hanging Protocol Information Model - FIND"),
    ("1.2.840.10008.5.1.4.38.3", SopClass, "Hanging Protocol Information Model - MOVE"),
    ("1.2.840.10008.5.1.4.38.4", SopClass, "Hanging Protocol Information Model - GET"),
    ("1.2.840.10008.5.1.4.39.1", SopClass, "Color Palette Storage"),
    ("1.2.840.10008.5.1.4.39.2", SopClass, "Color Palette Query/Retrieve Information Model - FIND"),
    ("1.2.840.10008.5.1.4.39.3", SopClass, "Color Palette Query/Retrieve Information Model - MOVE"),
    ("1.2.840.10008.5.1.4.39.4", SopClass, "Color Palette Query/Retrieve Information Model - GET"),
    ("1.2.840.10008.5.1.4.41", SopClass, "Product Characteristics Query SOP Class"),
    ("1.2.840.10008.5.1.4.42", SopClass, "Substance Approval Query SOP Class"),
    ("1.2.840.10008.5.1.4.43.1", SopClass, "Generic Implant Template Storage"),
    ("1.2.840.10008.5.1.4.43.2", SopClass, "Generic Implant Template Information Model - FIND"),
    ("1.2.840.10008.5.1.4.43.3", SopClass, "Generic Implant Template Information Model - MOVE"),
    ("1.2.840.10008.5.1.4.43.4", SopClass, "Generic Implant Template Information Model - GET"),
    ("1.2.840.10008.5.1.4.44.1", SopClass, "Implant Assembly Template Storage"),
    ("1.2.840.10008.5.1.4.44.2", SopClass, "Implant Assembly Template Information Model - FIND"),
    ("1.2.840.10008.5.1.4.44.3", SopClass, "Implant Assembly Template Information Model - MOVE"),
    ("1.2.840.10008.5.1.4.44.4", SopClass, "Implant Assembly Template Information Model - GET"),
    ("1.2.840.10008.5.1.4.45.1", SopClass, "Implant Template Group Storage"),
    ("1.2.840.10008.5.1.4.45.2", SopClass, "Implant Template Group Information Model - FIND"),
    ("1.2.840.10008.5.1.4.45.3", SopClass, "Implant Template Group Information Model - MOVE"),
    ("1.2.840.10008.5.1.4.45.4", SopClass, "Implant Template Group Information Model - GET"),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::item::APPLICATION_CONTEXT;

    #[test]
    fn table_is_sorted_unique_and_made_of_uids() {
        assert!(REGISTERED.is_sorted_by(|(a, _, _), (b, _, _)| a < b));
        for (uid, kind, name) in REGISTERED {
            assert!(Uid::new(uid).is_ok(), "{uid}");
            assert!(uid.starts_with("1.2.840.10008."), "{uid}");
            assert_eq!(name.trim(), *name);
            assert!(!name.is_empty());
            match kind {
                Storage => assert!(!name.ends_with("(Retired)"), "{name}"),
                RetiredStorage => assert!(name.ends_with("(Retired)"), "{name}"),
                _ => {}
            }
        }
    }

    #[test]
    fn every_constant_is_in_the_table_as_what_it_is() {
        for class in [
            VERIFICATION,
            STORAGE_COMMITMENT_PUSH_MODEL,
            MODALITY_PERFORMED_PROCEDURE_STEP,
            MODALITY_PERFORMED_PROCEDURE_STEP_RETRIEVE,
            MODALITY_PERFORMED_PROCEDURE_STEP_NOTIFICATION,
            MODALITY_WORKLIST_FIND,
            PATIENT_ROOT_FIND,
            PATIENT_ROOT_MOVE,
            PATIENT_ROOT_GET,
            STUDY_ROOT_FIND,
            STUDY_ROOT_MOVE,
            STUDY_ROOT_GET,
            PATIENT_STUDY_ONLY_FIND,
            PATIENT_STUDY_ONLY_MOVE,
            PATIENT_STUDY_ONLY_GET,
        ] {
            assert_eq!(kind(class.as_str()), Some(SopClass), "{class}");
        }
        for syntax in [
            IMPLICIT_VR_LITTLE_ENDIAN,
            EXPLICIT_VR_LITTLE_ENDIAN,
            ENCAPSULATED_UNCOMPRESSED,
            DEFLATED_EXPLICIT_VR_LITTLE_ENDIAN,
            EXPLICIT_VR_BIG_ENDIAN,
            JPEG_BASELINE,
            JPEG_EXTENDED,
            JPEG_LOSSLESS,
            JPEG_LOSSLESS_SV1,
            JPEG_LS_LOSSLESS,
            JPEG_LS_NEAR_LOSSLESS,
            JPEG_2000_LOSSLESS,
            JPEG_2000,
            HTJ2K_LOSSLESS,
            HTJ2K_LOSSLESS_RPCL,
            HTJ2K,
            RLE_LOSSLESS,
        ] {
            assert_eq!(kind(syntax.as_str()), Some(TransferSyntax), "{syntax}");
        }
        assert_eq!(kind(STORAGE_COMMITMENT_PUSH_MODEL_INSTANCE.as_str()), Some(SopInstance));
        assert_eq!(kind(STORAGE_SERVICE_CLASS.as_str()), Some(ServiceClass));
        assert_eq!(kind(APPLICATION_CONTEXT.as_str()), Some(ApplicationContext));
    }

    #[test]
    fn names() {
        assert_eq!(name("1.2.840.10008.1.1"), Some("Verification SOP Class"));
        assert_eq!(name("1.2.840.10008.5.1.4.1.1.2"), Some("CT Image Storage"));
        assert_eq!(name("1.2.840.10008.1.2.4.51"), Some("JPEG Extended (Process 2 & 4)"));
        assert_eq!(name("1.2.840.10008.1.2.4.50"), Some("JPEG Baseline (Process 1)"));
        assert_eq!(name("1.2.840.10008.5.1.1.9"), Some("Basic Grayscale Print Management Meta SOP Class"));
        assert_eq!(kind("1.2.840.10008.5.1.1.9"), Some(MetaSopClass));
        assert_eq!(name("1.2.840.10008.1"), None);
        assert_eq!(name("1.2.3"), None);
        assert_eq!(name(""), None);
    }

    #[test]
    fn what_may_be_stored_and_what_is_for_other_services() {
        let may = |uid: &str| may_be_stored(&Uid::new(uid).unwrap());
        assert!(storage_classes().all(|class| may_be_stored(&class)));
        for stored in [
            "1.2.840.10008.5.1.4.1.1.6",
            "1.2.840.10008.5.1.4.38.1",
            "1.2.840.10008.5.1.4.39.1",
            "1.2.840.10008.5.1.4.1.1.501.2.1",
            "1.2.840.10008.5.1.4.1.1.9999",
            "1.2.3.4",
        ] {
            assert!(may(stored), "{stored}");
        }
        for other in [
            VERIFICATION,
            STORAGE_COMMITMENT_PUSH_MODEL,
            MODALITY_PERFORMED_PROCEDURE_STEP,
            MODALITY_WORKLIST_FIND,
            PATIENT_ROOT_FIND,
            STUDY_ROOT_MOVE,
            STUDY_ROOT_GET,
            STORAGE_SERVICE_CLASS,
            IMPLICIT_VR_LITTLE_ENDIAN,
        ] {
            assert!(!may_be_stored(&other), "{other}");
        }
        for other in ["1.2.840.10008.5.1.4.38.2", "1.2.840.10008.5.1.1.9", "1.2.840.10008.1.42"] {
            assert!(!may(other), "{other}");
        }
    }

    #[test]
    fn storage_classes_are_those_of_part_4() {
        let classes: Vec<Uid> = storage_classes().collect();
        assert_eq!(classes.len(), 173);
        for present in ["1.2.840.10008.5.1.4.1.1.1", "1.2.840.10008.5.1.4.1.1.2", "1.2.840.10008.5.1.4.1.1.7"]
        {
            assert!(classes.contains(&Uid::from_static(present)), "{present}");
        }
        // Retired; of other service classes (hanging protocols, colour palettes); the directory of media.
        for absent in ["1.2.840.10008.5.1.4.1.1.6", "1.2.840.10008.5.1.4.38.1", "1.2.840.10008.1.3.10"] {
            assert!(!classes.contains(&Uid::from_static(absent)), "{absent}");
        }
        assert_eq!(kind("1.2.840.10008.5.1.4.1.1.6"), Some(RetiredStorage));
    }
}
