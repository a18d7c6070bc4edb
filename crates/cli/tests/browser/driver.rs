//! A headless Chromium, driven over WebDriver (<https://www.w3.org/TR/webdriver2/>).
//!
//! Invariant: the browser ends with the value that holds it, whatever the test says. Must never know: what is tested.

use serde_json::{Value, json};
use std::io::{self, BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::{env, thread};

/// The programs, and the packages they come in.
const TOOLS: [(&str, &str); 2] = [("chromium", "chromium"), ("chromedriver", "chromium-driver")];
/// The key under which WebDriver hands out elements.
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";

/// A browser with one page.
pub(crate) struct Browser {
    driver: Child,
    session: String,
}

/// How often a start of the driver is tried.
const STARTS: usize = 5;

/// A driver and the port it listens on, or `None` if it ended without one.
fn started() -> Option<(Child, u16)> {
    let mut driver = Command::new("chromedriver")
        .arg("--port=0")
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("chromedriver starts");
    let mut lines = BufReader::new(driver.stdout.take().expect("it is piped")).lines().map_while(Result::ok);
    let port = lines.find_map(|line| {
        let (_, rest) = line.split_once("started successfully on port ")?;
        rest.trim_end_matches('.').parse().ok()
    });
    if let Some(port) = port {
        // Nobody reads on, and a full pipe must not stop it.
        thread::spawn(move || lines.for_each(drop));
        return Some((driver, port));
    }
    driver.kill().and_then(|()| driver.wait()).expect("it ends");
    None
}

/// An element of the page.
#[derive(Clone)]
pub(crate) struct Element(String);

impl Browser {
    /// A browser, or `None` where there is none, which only a place without `CI` may have.
    pub(crate) fn open() -> Option<Self> {
        let there = |name: &str| Command::new(name).arg("--version").output().is_ok();
        if let Some((name, package)) = TOOLS.into_iter().find(|(name, _)| !there(name)) {
            let missing = format!("{name} (package {package})");
            assert!(env::var_os("CI").is_none(), "{missing} has to be installed where CI is set");
            let _closed = writeln!(io::stderr(), "skipped: {missing} is not installed");
            return None;
        }
        // Two that start together may be given the same port, and the later one then gives up.
        let (driver, port) = (0..STARTS).find_map(|_| started()).expect("chromedriver says its port");
        let mut browser = Self { driver, session: format!("http://127.0.0.1:{port}/session") };
        let arguments = [
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-dev-shm-usage",
            "--window-size=1300,900",
        ];
        let wanted = json!({ "capabilities": { "alwaysMatch": {
            "goog:chromeOptions": { "args": arguments },
            "goog:loggingPrefs": { "browser": "ALL" },
        } } });
        let made = send(&browser.session, &wanted);
        let name = made["sessionId"].as_str().expect("a session has a name");
        browser.session = format!("{}/{name}", browser.session);
        Some(browser)
    }

    /// Loads a file and waits until its script is done.
    pub(crate) fn load(&self, path: &Path) {
        let path = path.canonicalize().expect("the page is there");
        self.post("url", &json!({ "url": format!("file://{}", path.display()) }));
        for _ in 0..200 {
            if self.run("return document.documentElement.dataset.ready !== undefined").as_bool() == Some(true)
            {
                return;
            }
            thread::sleep(std::time::Duration::from_millis(25));
        }
        panic!("the script never ended: {:?}", self.log());
    }

    /// What the body of a function in the page returns.
    pub(crate) fn run(&self, body: &str) -> Value {
        self.post("execute/sync", &json!({ "script": body, "args": [] }))
    }

    /// All elements that a selector finds.
    pub(crate) fn all(&self, selector: &str) -> Vec<Element> {
        let found = self.post("elements", &json!({ "using": "css selector", "value": selector }));
        let found = found.as_array().expect("a list of elements");
        found.iter().map(|one| Element(one[ELEMENT].as_str().expect("an element").to_owned())).collect()
    }

    /// The one element that a selector finds.
    pub(crate) fn one(&self, selector: &str) -> Element {
        let all = self.all(selector);
        assert_eq!(all.len(), 1, "elements for {selector}");
        all[0].clone()
    }

    pub(crate) fn click(&self, element: &Element) {
        self.post(&format!("element/{}/click", element.0), &json!({}));
    }

    /// Brings an element into sight, and waits until it is laid out.
    pub(crate) fn show(&self, element: &Element) {
        let script = "arguments[0].scrollIntoView(); const done = arguments[1]; \
                      requestAnimationFrame(() => requestAnimationFrame(done))";
        self.post("execute/async", &json!({ "script": script, "args": [{ ELEMENT: element.0 }] }));
    }

    /// Types into an element.
    pub(crate) fn keys(&self, element: &Element, text: &str) {
        self.post(&format!("element/{}/value", element.0), &json!({ "text": text }));
    }

    pub(crate) fn text(&self, element: &Element) -> String {
        self.get(&format!("element/{}/text", element.0)).as_str().expect("text").to_owned()
    }

    /// The name that a screen reader says.
    pub(crate) fn label(&self, element: &Element) -> String {
        self.get(&format!("element/{}/computedlabel", element.0)).as_str().expect("a label").to_owned()
    }

    /// What came to the console since it was last asked.
    pub(crate) fn log(&self) -> Vec<String> {
        let lines = self.post("se/log", &json!({ "type": "browser" }));
        let lines = lines.as_array().expect("a list of lines");
        lines.iter().map(|line| line["message"].to_string()).collect()
    }

    pub(crate) fn resize(&self, width: u32, height: u32) {
        self.post("window/rect", &json!({ "width": width, "height": height }));
    }

    /// A command of the developer tools.
    pub(crate) fn tools(&self, command: &str, parameters: &Value) -> Value {
        self.post("goog/cdp/execute", &json!({ "cmd": command, "params": parameters }))
    }

    fn post(&self, path: &str, body: &Value) -> Value {
        send(&format!("{}/{path}", self.session), body)
    }

    fn get(&self, path: &str) -> Value {
        let mut answer = agent().get(format!("{}/{path}", self.session)).call().expect("the driver answers");
        value(answer.body_mut().read_json().expect("it answers in JSON"), path)
    }
}

fn agent() -> ureq::Agent {
    ureq::Agent::config_builder().http_status_as_error(false).build().into()
}

fn send(address: &str, body: &Value) -> Value {
    let mut answer = agent().post(address).send_json(body).expect("the driver answers");
    value(answer.body_mut().read_json().expect("it answers in JSON"), address)
}

fn value(mut answer: Value, of: &str) -> Value {
    let value = answer["value"].take();
    assert!(value["error"].is_null(), "{of}: {} {}", value["error"], value["message"]);
    value
}

impl Drop for Browser {
    fn drop(&mut self) {
        // Ends the browser too; whatever happens, the driver is ended after it.
        let _ = agent().delete(&self.session).call();
        let _ = self.driver.kill();
        let _ = self.driver.wait();
    }
}
