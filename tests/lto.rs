//! The product is built with link-time optimisation. cargo leaves it out without a word when an rlib is among the crate
//! types, so this reads what rustc was really told when `make` built `build/lib/libdimse.so`.

use std::fs;

#[test]
fn the_product_is_built_with_lto() {
    const ARGUMENTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/build/lib/libdimse.build/rustc-arguments");
    let arguments = fs::read_to_string(ARGUMENTS).expect("the product is not built: run `make`");
    assert!(has_lto(&arguments), "no `-C lto` among the arguments of rustc:\n{arguments}");
}

#[test]
fn the_check_sees_its_absence() {
    assert!(has_lto("rustc\n--crate-type\ncdylib\n-C\nopt-level=3\n-C\nlto\n"));
    assert!(has_lto("rustc\n-C\nlto=fat\n--crate-type\ncdylib\n"));
    for without in
        ["--crate-type\ncdylib\n", "-C\nlto=off\n", "-C\nlinker-plugin-lto\n", "-C\nembed-bitcode=no\nlto\n"]
    {
        assert!(!has_lto(without), "{without}");
    }
}

fn has_lto(arguments: &str) -> bool {
    let arguments: Vec<&str> = arguments.lines().collect();
    arguments.windows(2).any(|pair| pair == ["-C", "lto"] || pair == ["-C", "lto=fat"])
}
