//! Words people write for other words: slips of the finger, and names from other stacks.

/// The word among `known` that `found` was probably meant to be.
#[must_use]
pub fn did_you_mean<'a>(found: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let plain = |word: &str| word.to_lowercase().replace(['-', ' '], "_");
    let wanted = plain(found);
    let alias = ALIASES.iter().find(|(from, _)| *from == wanted).map(|(_, to)| *to);
    let mut best: Option<(f64, &str)> = None;
    for word in known {
        if alias == Some(word) {
            return Some(word);
        }
        let score = strsim::jaro_winkler(&wanted, &plain(word));
        if score > 0.8 && best.is_none_or(|(least, _)| score > least) {
            best = Some((score, word));
        }
    }
    best.map(|(_, word)| word)
}

/// What stacks and other tools call a thing, and what it is called here.
const ALIASES: &[(&str, &str)] = &[
    ("io_caps", "io"),
    ("io_cap", "io"),
    ("io_capability", "io"),
    ("io_capabilities", "io"),
    ("iocap", "io"),
    ("bond", "bonding"),
    ("sc", "secure_connections"),
    ("bondable", "pairable"),
    ("level", "security_level"),
    ("sec_level", "security_level"),
    ("human", "user"),
    ("person", "user"),
    ("lesc", "secure_connections"),
    ("addr", "address"),
    ("bd_addr", "address"),
    ("key_size", "max_key_size"),
    ("enc_key_size", "max_key_size"),
    ("init_key", "initiator_keys"),
    ("initiator_key_distribution", "initiator_keys"),
    ("resp_key", "responder_keys"),
    ("responder_key_distribution", "responder_keys"),
    ("conn_interval", "interval"),
    ("connection_interval", "interval"),
    ("slave_latency", "latency"),
    ("peripheral_latency", "latency"),
    ("conn_latency", "latency"),
    ("sup_timeout", "supervision_timeout"),
    ("conn_sup_timeout", "supervision_timeout"),
    ("timeout", "supervision_timeout"),
    ("adv_interval", "advertising_interval"),
    ("channel", "air"),
    ("radio", "air"),
    ("per", "loss"),
    ("packet_loss", "loss"),
    ("description", "about"),
    ("title", "name"),
    ("policies", "compare"),
    ("seed", "limits"),
    ("device", "who"),
    ("target", "who"),
    ("fault", "what"),
    ("probability", "chance"),
    ("trigger", "when"),
    ("success_at_least", "secured_at_least"),
    ("central", "Central"),
    ("master", "Central"),
    ("peripheral", "Peripheral"),
    ("slave", "Peripheral"),
    ("random", "Static"),
    ("no_input_no_output", "NoInputNoOutput"),
    ("noio", "NoInputNoOutput"),
    ("display_yes_no", "DisplayYesNo"),
    ("enc", "EncKey"),
    ("ltk", "EncKey"),
    ("id", "IdKey"),
    ("irk", "IdKey"),
    ("csrk", "Sign"),
    ("sign_key", "Sign"),
    ("sec", "s"),
    ("secs", "s"),
    ("seconds", "s"),
    ("second", "s"),
    ("millis", "ms"),
    ("msec", "ms"),
    ("milliseconds", "ms"),
    ("usec", "us"),
    ("micros", "us"),
    ("microseconds", "us"),
    ("minutes", "min"),
    ("minute", "min"),
    ("pct", "percent"),
    ("none", "None"),
    ("gilbert_elliott", "Burst"),
    ("gilbertelliott", "Burst"),
    ("wlan", "WiFi"),
    ("wi_fi", "WiFi"),
    ("position", "place"),
    ("tx_power", "power"),
    ("path_loss", "signal"),
    ("iid", "Independent"),
    ("bond_lost", "ForgetBond"),
    ("delete_bond", "ForgetBond"),
    ("reset", "PowerCut"),
    ("reboot", "PowerCut"),
    ("drop", "LoseFrame"),
    ("dropframe", "LoseFrame"),
    ("retry", "Again"),
    ("sleep", "Wait"),
    ("connect", "Reconnect"),
    ("stop", "GiveUp"),
    ("forget", "DeleteBond"),
    ("key_missing", "PinOrKeyMissing"),
    ("connection_timeout", "ConnectionTimeout"),
];
