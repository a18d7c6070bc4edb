//! What a writer of a policy is told: the form, the bounds, and what could not be proved.

use blesim_scenario::policy::parse;

/// A policy with the given rules.
fn policy(rest: &str) -> String {
    format!("(\n    name: \"mine\",\n    basis: Assumed(\"a guess\"),\n    {rest}\n)\n")
}

/// Name of the snapshot, and the policy after its basis.
const WRONG: &[(&str, &str)] = &[
    // The form.
    ("unknown_verb", "rules: [(do: [Disconnect, Sleep(s(2)), Again])],"),
    ("unknown_error", "rules: [(error: PinOrKeyMising, do: [GiveUp])],"),
    (
        "unknown_error_in_a_list",
        "rules: [(error: [\n        MicFailure,\n        Nonsense,\n    ], do: [GiveUp])],",
    ),
    ("unknown_procedure", "rules: [(procedure: Encrypt, do: [GiveUp])],"),
    ("error_as_text", "rules: [(error: \"MicFailure\", do: [GiveUp])],"),
    ("code_out_of_range", "rules: [(error: Hci(0x1FF), do: [GiveUp])],"),
    ("wait_without_unit", "rules: [(attempt: UpTo(3), do: [Wait(2), Again])],"),
    ("missing_do", "rules: [(error: MicFailure)],"),
    ("empty_list_of_errors", "rules: [(error: [], do: [GiveUp])],"),
    ("empty_do", "rules: [(do: [])],"),
    ("level_as_number", "rules: [(level: 3, do: [GiveUp])],"),
    ("unknown_bond", "rules: [(bond: Lost, do: [GiveUp])],"),
    ("unknown_question", "rules: [(do: [Ask(Forget), GiveUp])],"),
    ("unknown_change", "rules: [(attempt: Only(1), do: [Pair(with: (sc: false))])],"),
    ("change_of_nothing", "rules: [(attempt: Only(1), do: [Pair(with: ())])],"),
    (
        "key_sizes_of_a_change",
        "rules: [(attempt: Only(1), do: [Pair(with: (max_key_size: 17, min_key_size: 3))])],",
    ),
    ("reason_of_no_disconnection", "rules: [(do: [Disconnect(MicFailure), GiveUp])],"),
    ("ask_without_a_unit", "rules: [(do: [Ask(question: TryAgain, within: 30), GiveUp])],"),
    ("after_request", "rules: [(role: Peripheral, attempt: UpTo(2), do: [RequestSecurity, Notify])],"),
    (
        "penalty",
        "responder: (
        penalty: (base: s(9), growth: 0.5, cap: s(4), decay: s(0), tracks: 99, after: 0, counts: [],
            bucket: (failures: 0, within: min(999))),
    ),",
    ),
    ("refused_with_hci", "responder: (weaker_than_bond: Refused(MicFailure)),"),
    // Bounds.
    ("attempt_zero", "rules: [(attempt: UpTo(0), do: [Again])],"),
    ("attempt_reversed", "rules: [(attempt: FromTo(4, 2), do: [Again])],"),
    ("attempt_too_far", "rules: [(attempt: UpTo(1000), do: [Wait(s(1)), Again])],"),
    ("wait_of_nothing", "rules: [(attempt: UpTo(3), do: [Wait(s(0)), Again])],"),
    (
        "backoff",
        "rules: [(attempt: UpTo(3), do: [
        Backoff(first: s(9), factor: 0.5, cap: s(8), jitter: percent(101)),
        Again,
    ])],",
    ),
    ("reject_with_hci", "responder: (bonded_peer_pairs: Reject(MicFailure)),"),
    ("after_give_up", "rules: [(do: [GiveUp, Notify])],"),
    ("after_again", "rules: [(attempt: UpTo(2), do: [Pair, Wait(s(1)), Again])],"),
    // Proofs.
    ("no_end", "rules: [(do: [Disconnect, Wait(s(2)), Reconnect, Again])],"),
    ("no_end_and_no_wait", "rules: [(do: [Again])],"),
    ("free_loop", "patience: s(30), rules: [(do: [Disconnect, Reconnect, Again])],"),
    (
        "free_loop_of_one_error",
        "patience: s(30),
    rules: [
        (error: MicFailure, do: [Encrypt]),
        (do: [Wait(s(1)), Again]),
    ],",
    ),
    (
        "no_worst_case",
        "rules: [
        (error: MicFailure, do: [Wait(s(1)), Encrypt]),
        (do: [GiveUp]),
    ],",
    ),
    (
        "shadowed",
        "rules: [
        (procedure: Encryption, do: [GiveUp]),
        (procedure: Encryption, error: MicFailure, do: [Pair]),
    ],",
    ),
    (
        "shadowed_by_two",
        "rules: [
        (attempt: UpTo(2), do: [Again]),
        (attempt: From(2), do: [GiveUp]),
        (error: [MicFailure, SmpTimeout], do: [Notify, GiveUp]),
    ],",
    ),
    (
        "never_so_many_failures",
        "rules: [
        (attempt: UpTo(2), do: [Again]),
        (attempt: Only(2), do: [GiveUp]),
        (attempt: From(5), do: [DeleteBond, Pair]),
    ],",
    ),
    (
        "shadowed_by_role_and_level",
        "rules: [
        (role: Central, level: [Three, Four], do: [GiveUp]),
        (role: Central, bond: Held, level: Four, do: [Notify, GiveUp]),
        (role: Central, bond: Held, level: Two, do: [Notify, GiveUp]),
    ],",
    ),
    // What the user has to say ends nothing by itself: yes may come every time.
    ("asks_for_ever", "rules: [(do: [Ask(TryAgain), Again])],"),
    // Warnings alone.
    ("deletes_after_consent", "rules: [(attempt: Only(1), do: [Ask(DeleteBond), DeleteBond, Pair])],"),
    (
        "deletes_after_an_earlier_consent",
        "rules: [
        (attempt: Only(1), do: [Ask(DeleteBond), Again]),
        (attempt: Only(2), do: [DeleteBond, Pair]),
    ],",
    ),
    ("deletes_after_another_question", "rules: [(attempt: Only(1), do: [Ask(TryAgain), DeleteBond, Pair])],"),
    (
        "deletes_after_consent_to_another_failure",
        "rules: [
        (error: MicFailure, attempt: Only(1), do: [Ask(DeleteBond), Again]),
        (attempt: UpTo(2), do: [DeleteBond, Pair]),
    ],",
    ),
    (
        "deletes_on_an_authenticated_link",
        "rules: [(level: [Three, Four], attempt: Only(1), do: [DeleteBond, Pair])],",
    ),
    ("deletes_everything", "rules: [(error: MicFailure, attempt: Only(1), do: [DeleteAllBonds, Pair])],"),
    ("warns_of_deletion", "rules: [(attempt: Only(1), do: [DeleteBond, Pair])],"),
    ("warns_of_no_end", "rules: [(do: [Disconnect, Notify])],"),
    ("warns_of_no_link", "rules: [(attempt: Only(1), do: [Disconnect, Wait(s(1)), Encrypt])],"),
    ("warns_of_early_death", "responder: (old_bond_dies: OnRequest),"),
];

/// Each mistake is told at its line and column; a policy that cannot be proved is refused.
#[test]
fn every_mistake_is_told() {
    for (name, rest) in WRONG {
        let told = match parse("mine.ron", &policy(rest)) {
            Ok(checked) => format!("no error; warnings:\n{}", checked.warnings),
            Err(problems) => problems.render(false),
        };
        insta::assert_snapshot!(*name, told);
    }
}
