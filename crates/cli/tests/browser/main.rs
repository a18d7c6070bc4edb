//! The report page in a real browser: it loads in silence, says what the JSON says, and does what it is told.
//!
//! A browser that is not installed is skipped with a message, except where the variable CI is set.

mod driver;

use driver::Browser;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};
use tempfile::TempDir;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// A run of a scenario, and its page in a browser.
struct Shown {
    browser: Browser,
    folder: TempDir,
    summary: Value,
}

impl Shown {
    fn of(scenario: &str, seeds: &str) -> Option<Self> {
        let browser = Browser::open()?;
        let folder = tempfile::tempdir().expect("a temporary folder");
        let output = Command::new(env!("CARGO_BIN_EXE_blesim"))
            .current_dir(root())
            .args(["run", scenario, "--seeds", seeds, "-q", "-o"])
            .arg(folder.path())
            .output()
            .expect("the binary runs");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        browser.load(&folder.path().join("report.html"));
        let text = fs::read_to_string(folder.path().join("summary.json")).expect("the summary");
        let summary = serde_json::from_str(&text).expect("it is JSON");
        Some(Self { browser, folder, summary })
    }

    fn policies(&self) -> &[Value] {
        self.summary["policies"].as_array().expect("policies")
    }

    /// The first cells of the rows that are shown of a table, in order.
    fn order(&self, table: &str) -> Vec<String> {
        let body = format!(
            "return [...document.querySelectorAll('#{table} tbody tr:not([hidden])')] \
             .map(row => row.cells[0].firstChild.data.trim())"
        );
        let order = self.browser.run(&body);
        order.as_array().expect("a list").iter().map(|name| name.as_str().expect("text").to_owned()).collect()
    }
}

/// A number of a cell, read as the JSON is; none if the cell is empty.
fn number(cell: &Value) -> Option<f64> {
    let text = cell.as_str().expect("a value");
    (!text.is_empty()).then(|| serde_json::from_str(text).expect("a number"))
}

/// It loads without a word on the console, and every number of its tables is that of the JSON, bit for bit.
#[test]
fn tables_say_what_the_json_says() {
    let Some(shown) = Shown::of("scenarios/core-hostile.ron", "150") else { return };
    assert_eq!(shown.browser.log(), Vec::<String>::new(), "the console is silent");
    let cells = shown.browser.run(
        "return [...document.querySelectorAll('#policies tbody tr')].map(row => \
         Object.fromEntries([...row.cells].filter(cell => cell.dataset.name) \
         .map(cell => [cell.dataset.name, cell.dataset.value])))",
    );
    let cells = cells.as_array().expect("rows");
    assert_eq!(cells.len(), shown.policies().len());
    for (cells, policy) in cells.iter().zip(shown.policies()) {
        let time = &policy["time_to_secure_us"];
        for (name, expected) in [
            ("secured", &policy["success"]["rate"]),
            ("p50", &time["p50"]),
            ("p95", &time["p95"]),
            ("mean_time", &time["mean_within_limit"]),
            ("charge_per_link", &policy["charge_per_link_uc"][0]["mean"]),
        ] {
            assert_eq!(number(&cells[name]), expected.as_f64(), "{name} of {}", policy["name"]);
        }
        let measures = policy["measures"].as_array().expect("measures");
        for measure in measures {
            let name = measure["name"].as_str().expect("a name");
            assert_eq!(number(&cells[name]), measure["mean"].as_f64(), "{name} of {}", policy["name"]);
        }
        assert_eq!(cells.as_object().expect("cells").len(), 5 + measures.len(), "no number more");
    }
    let compared = shown.browser.run(
        "return [...document.querySelectorAll('#compared tbody tr')].map(row => \
         Object.fromEntries([...row.cells].filter(cell => cell.dataset.name) \
         .map(cell => [cell.dataset.name, cell.dataset.value])))",
    );
    let expected = shown.summary["comparisons"].as_array().expect("comparisons");
    for (cells, comparison) in compared.as_array().expect("rows").iter().zip(expected) {
        assert_eq!(number(&cells["difference"]), comparison["difference"].as_f64());
        assert_eq!(number(&cells["p_holm"]), comparison["p_holm"].as_f64());
        let slower = comparison["mean_time_difference_us"].as_f64().expect("a number");
        assert_eq!(number(&cells["sooner"]), Some(-slower + 0.0));
    }
    let places: Vec<u64> = shown.policies().iter().flat_map(counts).collect();
    let body = "return [...document.querySelectorAll('#places [data-name=count]')] \
                .map(cell => Number(cell.dataset.value))";
    assert_eq!(shown.browser.run(body), json!(places));
    let digest = shown.browser.text(&shown.browser.one("#digest"));
    assert_eq!(Some(&digest[..]), shown.summary["digest"].as_str());
}

/// How many sessions failed in each place of a policy.
fn counts(policy: &Value) -> Vec<u64> {
    let places = policy["failures"].as_array().expect("failures");
    places.iter().map(|place| place["count"].as_u64().expect("a count")).collect()
}

/// A click on a head sorts by it, the largest first, a second one the other way; the keyboard does the same.
#[test]
fn heads_sort() {
    let Some(shown) = Shown::of("scenarios/quickstart.ron", "200") else { return };
    let browser = &shown.browser;
    let mut expected: Vec<(u64, String)> = Vec::new();
    for policy in shown.policies() {
        let count = policy["success"]["count"].as_u64().expect("a count");
        expected.push((count, policy["name"].as_str().expect("a name").to_owned()));
    }
    expected.sort_by_key(|(count, _)| u64::MAX - count);
    let names: Vec<String> = expected.into_iter().map(|(_, name)| name).collect();
    let head = browser.all("#policies th button")[1].clone();
    browser.click(&head);
    assert_eq!(shown.order("policies"), names);
    browser.keys(&head, "\u{e007}");
    let sorted = browser.run("return document.querySelectorAll('#policies th')[1].getAttribute('aria-sort')");
    assert_eq!(sorted, json!("ascending"), "Enter on the head is a click");
    assert_eq!(shown.order("policies"), names.iter().rev().cloned().collect::<Vec<_>>());
    // What never happens comes last, whichever way.
    let p95 = browser.all("#policies th button")[3].clone();
    for _ in 0..2 {
        browser.click(&p95);
        assert_eq!(shown.order("policies")[0], "delete-bond-and-repair");
    }
}

/// A policy that is toggled off leaves the tables, the list and, faded, the pictures; and comes back.
#[test]
fn policies_are_toggled() {
    let Some(shown) = Shown::of("scenarios/quickstart.ron", "200") else { return };
    let browser = &shown.browser;
    let off = || browser.run("return document.querySelectorAll('svg g.off').length").as_u64();
    let found = || browser.text(&browser.one("#found"));
    let (all, names) = (found(), shown.order("policies"));
    assert_eq!((off(), names.len()), (Some(0), 5));
    let boxes = browser.all("[data-toggle]");
    browser.click(&boxes[0]);
    assert_eq!(shown.order("policies"), names[1..]);
    assert!(shown.order("places").iter().all(|name| *name != names[0]));
    assert!(off() >= Some(5), "{:?} marks fade", off());
    assert_ne!(found(), all);
    assert!(
        browser.run("return getComputedStyle(document.querySelector('svg g.off')).opacity < 0.2")
            == json!(true)
    );
    let [every, none] = &browser.all("[data-all]")[..] else { panic!("two buttons") };
    browser.click(none);
    assert_eq!((shown.order("policies").len(), found().starts_with("0 of ")), (0, true));
    browser.click(every);
    assert_eq!((shown.order("policies"), found(), off()), (names, all, Some(0)));
}

/// The list of failing sessions: as many as the JSON counts, filtered by policy, way and seed, each with the command
/// that replays it; and a seed shows what every policy did with it.
#[test]
fn failing_sessions_are_found() {
    let Some(shown) = Shown::of("scenarios/quickstart.ron", "200") else { return };
    let browser = &shown.browser;
    let failed: Vec<u64> = shown.policies().iter().map(|policy| counts(policy).iter().sum()).collect();
    let found = || browser.text(&browser.one("#found"));
    let all: u64 = failed.iter().sum();
    assert!(found().starts_with(&format!("{all} of {all} failing sessions")), "{}", found());
    browser.click(&browser.all("#by-policy option")[2]);
    assert!(found().starts_with(&format!("{} of {all}", failed[1])), "{}", found());
    let ways = browser.all("#by-way option");
    let count = browser.text(&ways[1]);
    browser.click(&ways[1]);
    let rows = || {
        let body = "return [...document.querySelectorAll('#failing tbody tr')] \
                    .map(row => [...row.cells].map(cell => cell.textContent))";
        let rows = browser.run(body);
        rows.as_array().expect("rows").iter().map(ToString::to_string).collect::<Vec<String>>()
    };
    assert!(rows().iter().all(|row| row.contains("naive-immediate-retry")), "{count}: {:?}", rows());
    browser.keys(&browser.one("#by-seed"), "150");
    let body = "return [...document.querySelectorAll('#failing tbody tr')] \
                .map(row => Number(row.cells[0].textContent))";
    let seeds = browser.run(body);
    let seeds: Vec<u64> = seeds.as_array().expect("seeds").iter().filter_map(Value::as_u64).collect();
    assert!(!seeds.is_empty() && seeds.iter().all(|&seed| seed >= 150) && seeds.is_sorted(), "{seeds:?}");
    let command = browser.text(&browser.all("#failing tbody code")[0]);
    let expected =
        format!("blesim trace scenarios/quickstart.ron --policy naive-immediate-retry --seed {}", seeds[0]);
    assert_eq!(command, expected);
    let replayed = Command::new(env!("CARGO_BIN_EXE_blesim"))
        .current_dir(root())
        .args(command.split(' ').skip(1))
        .output()
        .expect("the binary runs");
    assert!(String::from_utf8_lossy(&replayed.stdout).contains("GAVE UP"), "the session failed");
    same_world(&shown);
}

/// What the page says of each session of a seed is what the rows say.
fn same_world(shown: &Shown) {
    let rows = fs::read_to_string(shown.folder.path().join("sessions.ndjson")).expect("the rows");
    for seed in [0, 7, 199] {
        let input = shown.browser.one("#seed");
        shown.browser.run("document.getElementById('seed').value = ''");
        shown.browser.keys(&input, &seed.to_string());
        let body = "return [...document.querySelectorAll('#world tbody tr')] \
                    .map(row => [...row.cells].slice(0, 4).map(cell => cell.textContent))";
        let said = shown.browser.run(body);
        let expected: Vec<Value> = rows
            .lines()
            .map(|line| serde_json::from_str::<Value>(line).expect("a row"))
            .filter(|row| row["seed"] == json!(seed))
            .map(|row| {
                let word = |name: &str, nothing: &str| {
                    let word = row[name].as_str().unwrap_or_default();
                    if word.is_empty() { nothing.to_owned() } else { word.to_owned() }
                };
                let (outcome, last) = (word("outcome", ""), word("last_failure", ""));
                let failed = ["gave up", "time limit"].contains(&&outcome[..]) && !last.is_empty();
                let end = if failed { format!("{outcome}: {last}") } else { outcome };
                json!([
                    word("policy", ""),
                    word("first_failure", "no error"),
                    word("actions", "nothing"),
                    end
                ])
            })
            .collect();
        assert_eq!(said, json!(expected), "seed {seed}");
    }
}

/// Everything has a name that a screen reader says, headings go down step by step, and nothing runs that was put in.
#[test]
fn everything_has_a_name() {
    let Some(shown) = Shown::of("scenarios/quickstart.ron", "200") else { return };
    let browser = &shown.browser;
    for selector in ["svg", "input", "select", "button:not([hidden])", ".scroll", "section", "form"] {
        let elements = browser.all(selector);
        assert!(!elements.is_empty(), "{selector}");
        for (place, element) in elements.iter().enumerate() {
            // What is not in sight is not laid out, and the driver finds no name in it.
            browser.show(element);
            assert!(!browser.label(element).is_empty(), "{selector} number {place} has no name");
        }
    }
    let levels = browser
        .run("return [...document.querySelectorAll('h1,h2,h3,h4')].map(head => Number(head.tagName[1]))");
    let levels: Vec<u64> = levels.as_array().expect("levels").iter().filter_map(Value::as_u64).collect();
    assert_eq!(levels.iter().filter(|&&level| level == 1).count(), 1);
    assert!(levels.windows(2).all(|pair| pair[1] <= pair[0] + 1), "{levels:?}");
    let body = "const one = document.createElement('script'); one.textContent = 'window.broken = 1'; \
                document.body.append(one); return window.broken === undefined";
    assert_eq!(browser.run(body), json!(true), "the policy of the page stops what has no hash");
}

/// On a narrow screen the page is as wide as the screen, and on dark ground letters are light and pictures dark.
#[test]
fn narrow_and_dark_are_fit_to_read() {
    let Some(shown) = Shown::of("scenarios/core-benign.ron", "60") else { return };
    let browser = &shown.browser;
    browser.resize(500, 900);
    let wide =
        browser.run("return [document.documentElement.scrollWidth, document.documentElement.clientWidth]");
    assert_eq!(wide[0], wide[1], "nothing but tables and pictures scrolls sideways");
    let light = |what: &str| {
        let body =
            format!("return {what}.match(/\\d+/g).slice(0, 3).map(Number).reduce((a, b) => a + b) / 765");
        browser.run(&body).as_f64().expect("a brightness")
    };
    let (ground, ink) =
        ("getComputedStyle(document.body).backgroundColor", "getComputedStyle(document.body).color");
    let (paper, letters) = (
        "getComputedStyle(document.querySelector('svg rect')).fill",
        "getComputedStyle(document.querySelector('svg text')).fill",
    );
    assert!(light(ground) > 0.9 && light(ink) < 0.2 && light(paper) > 0.9 && light(letters) < 0.2);
    let dark = json!({ "features": [{ "name": "prefers-color-scheme", "value": "dark" }] });
    browser.tools("Emulation.setEmulatedMedia", &dark);
    assert!(light(ground) < 0.2 && light(ink) > 0.8 && light(paper) < 0.2 && light(letters) > 0.8);
    // No colour of a picture is left as it was on white.
    let body = "return [...new Set([...document.querySelectorAll('svg [fill], svg [stroke]')].flatMap(one => \
                ['fill', 'stroke'].filter(name => /^#/.test(one.getAttribute(name) || '')).filter(name => { \
                const [r, g, b] = one.getAttribute(name).match(/[0-9A-Fa-f]{2}/g).map(x => parseInt(x, 16)); \
                return getComputedStyle(one)[name] === `rgb(${r}, ${g}, ${b})`; }) \
                .map(name => one.getAttribute(name))))]";
    assert_eq!(browser.run(body), json!([]), "colours without a dark one");
}

/// The page of fourteen policies: its size and the time until it can be used.
#[test]
fn the_page_is_small_and_quick() {
    let Some(shown) = Shown::of("scenarios/core-benign.ron", "300") else { return };
    let size = fs::metadata(shown.folder.path().join("report.html")).expect("the page").len();
    assert!(size < 1_000_000, "{size} octets");
    let body = "const [load] = performance.getEntriesByType('navigation'); return load.loadEventEnd - load.startTime";
    let took = shown.browser.run(body).as_f64().expect("a time in ms");
    // Machines that build at the same time are slow; the figure of a quiet one is written down in reports/README.md.
    assert!(took < 2_000.0, "{took} ms");
}
