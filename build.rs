//! What the linker must be told about the shared library.

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    if std::env::var("CARGO_CFG_TARGET_OS").is_ok_and(|os| os == "linux") {
        // The number is DIMSE_ABI_VERSION.
        println!("cargo:rustc-cdylib-link-arg=-Wl,-soname,libdimse.so.0");
        // The standard library's thread-local destructors stay registered in threads of the host: after dlclose() they
        // must still find their code.
        println!("cargo:rustc-cdylib-link-arg=-Wl,-z,nodelete");
    }
}
