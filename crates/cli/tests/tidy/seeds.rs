//! Seeded violations: texts that a rule must report, and their clean neighbours that it must not.
//!
//! Invariant: every row says rule, path, text and the lines that are reported.
//! Must never know: how a rule works.

const HOST: &str = "crates/host/src/smp/mod.rs";
const KERNEL: &str = "crates/kernel/src/time.rs";
const CLI: &str = "crates/cli/src/main.rs";
const SMP: &str = "crates/packet/src/smp/pdu.rs";

/// Lists of PDUs in which two have no section.
const PDUS: &str = "pub enum SmpPdu {
    /// Vol 3 Part H 3.5.1.
    Request(u8),
    /// No section.
    Response(u8),
}
control_pdus! {
    /// Vol 6 Part B 2.4.2.1.
    LlOne = 0x00 ONE;
    LlTwo = 0x01 TWO;
    /// Anything.
    Unknown = 0xFF NONE;
}
";

/// Rule, path, text, lines reported. `<<LONG>>` stands for 121 characters.
pub(crate) const SEEDS: &[(&str, &str, &str, &[usize])] = &[
    ("line over 120 characters", CLI, "//! a\n// <<LONG>>\n", &[2]),
    ("line over 120 characters", CLI, "//! a\nlet s = \"<<LONG>>\";\nlet t = 1;\n", &[2]),
    (
        "line over 120 characters",
        CLI,
        "//! µµµµµµµµµµµµµµµµµµµµµµµµµµµµµµµµµµµµµµµµµµµµµµµµµµµµµµµµµµ\n",
        &[],
    ),
    ("chance in a state machine", HOST, "use rand_chacha::ChaCha8Rng;\n", &[1]),
    ("chance in a state machine", HOST, "\nlet x = rand::random();\nuse rand;\n", &[2, 3]),
    ("chance in a state machine", "crates/controller/src/a.rs", "fn f(r: Philox4x32) {}\n", &[1]),
    ("chance in a state machine", HOST, "// never rand::random\nlet (rand, ediv) = brand::new();\n", &[]),
    ("chance in a state machine", "crates/world/src/lib.rs", "use rand::Rng;\n", &[]),
    ("Bluetooth in the kernel", KERNEL, "//! Bluetooth time\n", &[1]),
    ("Bluetooth in the kernel", KERNEL, "// the ble clock\nstruct Hci;\nlet smp = 1;\n", &[1, 2, 3]),
    ("Bluetooth in the kernel", KERNEL, "let sample = enabled; // possible, able\n", &[]),
    ("Bluetooth in the kernel", HOST, "//! Bluetooth\n", &[]),
    ("float in world or below", KERNEL, "fn a(x: f64) {}\nfn b() -> f32 {}\n", &[1, 2]),
    (
        "float in world or below",
        "crates/world/src/air/mod.rs",
        "let x = 1.5 * y;\nlet z = (0.25);\n",
        &[1, 2],
    ),
    (
        "float in world or below",
        KERNEL,
        "let a = pair.0.1;\nfor i in 0..10 {}\n// 1.5 f64\nlet s = \"2.5\";\n",
        &[],
    ),
    ("float in world or below", "crates/study/src/lib.rs", "let x: f64 = 1.5;\n", &[]),
    (
        "allow instead of expect",
        CLI,
        "#[allow(dead_code)]\n#![allow(unused)]\n#[cfg_attr(test, allow(x))]\n",
        &[1, 2, 3],
    ),
    (
        "allow instead of expect",
        CLI,
        "#[expect(dead_code, reason = \"r\")]\nrules.allow(x);\n// #[allow(x)]\n",
        &[],
    ),
    ("unwrap outside tests", HOST, "let x = y.unwrap();\n", &[1]),
    (
        "unwrap outside tests",
        HOST,
        "#[cfg(test)]\nmod tests {\n    fn f() { y.unwrap(); }\n}\nfn g() { y.unwrap(); }\n",
        &[5],
    ),
    ("unwrap outside tests", "crates/host/tests/a.rs", "let x = y.unwrap();\n", &[]),
    (
        "unwrap outside tests",
        HOST,
        "let x = y.unwrap_or(1); // not .unwrap()\nlet z = y.expect(\"why\");\n",
        &[],
    ),
    ("unsafe", CLI, "fn f() {\n    unsafe { g() }\n}\n", &[2]),
    ("unsafe", CLI, "#![forbid(unsafe_code)]\n// unsafe\nlet s = \"unsafe\";\n", &[]),
    ("unfinished code", CLI, "todo!()\nunimplemented!(\"x\")\nlet x = dbg!(y);\n", &[1, 2, 3]),
    ("unfinished code", CLI, "// todo! later\nunreachable!(\"because\");\n", &[]),
    ("file without module doc first", HOST, "use a::b;\n//! late\n", &[1]),
    ("file without module doc first", HOST, "\n// a comment\n", &[2]),
    ("file without module doc first", HOST, "", &[1]),
    ("file without module doc first", HOST, "//! The doc.\nuse a::b;\n", &[]),
    ("file without module doc first", "crates/host/tests/a.rs", "use a::b;\n", &[]),
    (
        "packet type without citation",
        SMP,
        "/// A PDU.\npub enum Pdu {}\n\n/// Another, Vol three Part H.\npub struct B;\n",
        &[2, 5],
    ),
    ("packet type without citation", SMP, "// Vol 3 Part H 3.3\n1\n2\n3\n4\n5\n6\npub struct Far;\n", &[8]),
    ("packet type without citation", SMP, "// Vol 3 Part H 3.3\n1\n2\n3\n4\n5\npub struct Near;\n", &[]),
    (
        "packet type without citation",
        "crates/packet/src/ll.rs",
        "/// Vol 6 Part B 2.3.\n/// a\n/// b\n/// c\n/// d\n/// e\n/// f\n#[derive(Debug)]\npub struct A;\n",
        &[],
    ),
    ("packet type without citation", "crates/packet/src/l2cap_frame.rs", "pub struct A;\n", &[1]),
    (
        "packet type without citation",
        "crates/packet/src/hci/event.rs",
        "pub struct A;\n#[cfg(test)]\npub struct B;\n",
        &[1],
    ),
    ("PDU without citation", SMP, PDUS, &[5, 10]),
    ("PDU without citation", SMP, "pub enum Event {\n    /// Vol 4 Part E 7.7.5.\n    Ends,\n}\n", &[]),
    ("packet type without citation", "crates/packet/src/error.rs", "pub struct A;\n", &[]),
    (
        "timer without citation",
        HOST,
        "/// The SMP timer.\npub const SMP_TIMEOUT: Span = Span::from_secs(30);\n",
        &[2],
    ),
    ("timer without citation", HOST, "const T_IFS: kernel::Span = X;\n\nconst T2: Span = Y;\n", &[3]),
    (
        "timer without citation",
        HOST,
        "/// Vol 3 Part H 3.4.\nconst SMP_TIMEOUT: Span = Span::from_secs(30);\nconst fn f(x: Span) {}\n",
        &[],
    ),
    ("timer without citation", HOST, "const SIZE: usize = 4;\nconst WIDE: Spanning = 4;\n", &[]),
    (
        "forbidden dependency",
        "crates/host/Cargo.toml",
        "[dependencies]\nblesim-kernel.workspace = true\nblesim-controller.workspace = true\n",
        &[3],
    ),
    (
        "forbidden dependency",
        "crates/kernel/Cargo.toml",
        "[dev-dependencies]\nblesim-world = { path = \"../world\" }\n",
        &[2],
    ),
    (
        "forbidden dependency",
        "crates/study/Cargo.toml",
        "[dependencies]\nron.workspace = true\nclap = \"4\"\n\"plotters\" = \"0.3\"\n",
        &[2, 3, 4],
    ),
    (
        "forbidden dependency",
        "crates/world/Cargo.toml",
        "[target.'cfg(unix)'.dependencies]\npetgraph = \"1\"\n[dependencies.ron]\nversion = \"1\"\n",
        &[2, 3],
    ),
    (
        "forbidden dependency",
        "crates/world/Cargo.toml",
        "[dependencies]\nnotation = { package = \"ron\", version = \"1\" }\n",
        &[2],
    ),
    ("forbidden dependency", "crates/report/Cargo.toml", "[dependencies]\nblesim.workspace = true\n", &[2]),
    (
        "forbidden dependency",
        "crates/capture/Cargo.toml",
        "[dependencies]\nblesim-study.workspace = true\n",
        &[2],
    ),
    ("forbidden dependency", "crates/surprise/Cargo.toml", "[package]\n", &[1]),
    (
        "forbidden dependency",
        "crates/scenario/Cargo.toml",
        "[package]\nname = \"blesim-scenario\"\n[dependencies]\nron.workspace = true # clap\n",
        &[],
    ),
    (
        "forbidden dependency",
        "benches/Cargo.toml",
        "[dependencies]\nplotters = \"1\"\nblesim-world.workspace = true\n",
        &[],
    ),
];
