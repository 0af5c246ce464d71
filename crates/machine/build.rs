//! Tells the program which compiler built it.

use std::process::Command;

fn main() {
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let version = Command::new(rustc).arg("--version").output().ok();
    let version = version.and_then(|output| String::from_utf8(output.stdout).ok());
    println!(
        "cargo::rustc-env=RNNLAB_RUSTC={}",
        version.as_deref().map_or("rustc, version unknown", str::trim)
    );
    println!("cargo::rerun-if-changed=build.rs");
}
