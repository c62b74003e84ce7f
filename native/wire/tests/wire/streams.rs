//! Streams out of segments: each row is packets and the calls they cause.

use tapistry_wire::ReassemblyLimits;

use crate::script::{play, play_within};

const HANDSHAKE: [&str; 3] = ["c S 99 0", "s SA 499 100", "c A 100 500"];

fn check(name: &str, packets: &[&str], calls: &str) {
    assert_eq!(play(packets).record.text(), calls, "{name}");
}

/// The packets after a handshake: client bytes from 100, server bytes from 500.
fn check_connected(name: &str, packets: &[&str], calls: &str) {
    check(name, &[&HANDSHAKE[..], packets].concat(), calls);
}

#[test]
fn whole_connections() {
    check_connected(
        "request, response, both close",
        &["c A 100 500 ask", "s A 500 103 answer", "c FA 103 506", "s FA 506 104", "c A 104 507"],
        "open >0:ask <0:answer >Fin <Fin close-Fin",
    );
    check_connected("W25 FIN with data", &["c FA 100 500 ask", "s FA 500 104 answer"], "open >0:ask >Fin <0:answer <Fin close-Fin");
    check_connected(
        "W25 half-close: the server goes on",
        &["c FA 100 500 ask", "s A 500 104 one", "c A 104 503", "s FA 503 104 two"],
        "open >0:ask >Fin <0:onetwo <Fin close-Fin",
    );
    check_connected("no payload: never opened", &["c FA 100 500", "s FA 500 101"], "");
    check_connected("the input ends", &["c A 100 500 ask"], "open >0:ask >Input <Input close-Input");
    check(
        "W25 simultaneous open and close",
        &["c S 99 0", "s S 499 0", "s SA 499 100", "c SA 99 500", "c A 100 500 a", "c FA 101 500", "s FA 500 101", "c A 102 501", "s A 501 102"],
        "open >0:a >Fin <Fin close-Fin",
    );
    check("W25 split handshake", &["c S 99 0", "s S 499 0", "c SA 99 500", "s A 500 100 hi"], "open <0:hi >Input <Input close-Input");
    check("W26 data in the SYN", &["c S 99 0 early", "s SA 499 105", "c A 105 500 late"], "open >0:early tcp.syn_data >5:late >Input <Input close-Input");
    check(
        "W26 data in the SYN, not accepted and sent again",
        &["c S 99 0 early", "s SA 499 100", "c A 100 500 early"],
        "open >0:early tcp.syn_data >Input <Input close-Input",
    );
    check_connected("W26 urgent data is in line", &["c A 100 500 ab", "c UA 102 500 c"], "open >0:abc >Input <Input close-Input");
}

#[test]
fn copies_and_order() {
    check_connected("W16 the same again", &["c A 100 500 ask", "c A 100 500 ask"], "open >0:ask >Input <Input close-Input");
    check_connected("W16 again and longer", &["c A 100 500 ask", "c A 100 500 asking"], "open >0:asking >Input <Input close-Input");
    check_connected("W16 again and shorter", &["c A 100 500 asking", "c A 100 500 as"], "open >0:asking >Input <Input close-Input");
    check_connected(
        "W16 keep-alive of no and of one byte",
        &["c A 100 500 ask", "c A 102 500", "s A 500 103", "c A 102 500 X", "c A 103 500 more"],
        "open >0:askmore >Input <Input close-Input",
    );
    check_connected("W16 zero-window probe", &["c A 100 500 ask", "c A 103 500 m", "c A 103 500 more"], "open >0:askmore >Input <Input close-Input");
    check_connected("W17 out of order", &["c A 103 500 def", "c A 106 500 ghi", "c A 100 500 abc"], "open >0:abcdefghi >Input <Input close-Input");
    check_connected("W17 the FIN before its data", &["c FA 103 500", "c A 100 500 abc"], "open >0:abc >Fin <Input close-Input");
    check("W23 sequence wrap", &["c S 4294967293 0", "c A 4294967294 0 abcd", "c A 2 0 ef"], "open >0:abcdef >Input <Input tcp.one_way close-Input");
    check("W23 wrap out of order", &["c S 4294967293 0", "c A 2 0 ef", "c A 4294967294 0 abcd"], "open >0:abcdef >Input <Input tcp.one_way close-Input");
}

#[test]
fn overlap_keeps_the_first_copy() {
    check_connected("W18 the buffered copy wins", &["c A 102 500 CD", "c A 100 500 abcd"], "open >0:ab tcp.overlap_conflict >2:CD >Input <Input close-Input");
    check_connected("W18 no conflict", &["c A 102 500 cd", "c A 100 500 abcd"], "open >0:abcd >Input <Input close-Input");
    check_connected(
        "W18 new bytes before, between and behind",
        &["c A 102 500 C", "c A 104 500 E", "c A 101 500 bcdef", "c A 100 500 a"],
        "open tcp.overlap_conflict >0:abCdEf >Input <Input close-Input",
    );
    let counters = play(&[&HANDSHAKE[..], &["c A 102 500 CD", "c A 101 500 bXYe", "c A 100 500 abcde"]].concat()).counters;
    assert_eq!((counters.retransmitted_bytes, counters.overlap_conflict_bytes, counters.delivered_bytes), (6, 4, 5));
}

#[test]
fn gaps() {
    check_connected(
        "W19 acknowledged past the hole, which stays",
        &["c A 103 500 def", "s A 500 106", "x100 c A 106 500", "c A 106 500 ghi"],
        "open >0-gap-3 >3:defghi >Input <Input close-Input",
    );
    check_connected(
        "W19 merged taps show the acknowledgement before the data",
        &["s A 500 106", "c A 103 500 def", "x25 s A 500 106", "c A 100 500 abc"],
        "open >0:abcdef >Input <Input close-Input",
    );
    check_connected(
        "W19 not acknowledged: it waits for the retransmission",
        &["c A 103 500 def", "x200 s A 500 100", "c A 100 500 abc"],
        "open >0:abcdef >Input <Input close-Input",
    );
    check_connected("W19 at the end of the input", &["c A 103 500 def"], "open >0-gap-3 >3:def >Input <Input close-Input");
    check_connected("W19 two holes", &["c A 101 500 b", "c A 103 500 d"], "open >0-gap-1 >1:b >2-gap-1 >3:d >Input <Input close-Input");
    check_connected("W19 before the FIN", &["c A 100 500 abc", "c FA 106 500", "s A 500 107"], "open >0:abc >3-gap-3 >Fin <Input close-Input");
    check_connected(
        "W20 the tail of a response was acknowledged and never seen",
        &["c A 100 500 ask", "s A 500 103 answ", "c A 103 506 more"],
        "open >0:ask <0:answ >3:more >Input <4-gap-2 <Input close-Input",
    );
    check_connected("W19 a FIN that was lost is no gap", &["c A 100 500 ask", "s A 500 104"], "open >0:ask >Input <Input close-Input");
    check_connected("W22 cut by the capture", &["c A 100 500 ab +4", "c A 106 500 g"], "open >0:ab >2-gap-4 >6:g >Input <Input close-Input");
    check_connected("W22 cut and out of order", &["c A 102 500 c +2", "c A 100 500 ab"], "open >0:abc >3-gap-2 >Input <Input close-Input");
    check_connected("W22 cut in one copy, whole in another", &["c A 102 500 c +2", "c A 100 500 abcde"], "open >0:abcde >Input <Input close-Input");
    let late = play(&[&HANDSHAKE[..], &["c A 103 500 def", "s A 500 106", "x100 c A 106 500", "c A 100 500 abc"]].concat()).counters;
    assert_eq!((late.late_bytes, late.shed_bytes, late.gap_bytes, late.gaps), (3, 3, 3, 1), "what comes after its gap is shed");
    assert!(late.law_holds());
}

#[test]
fn bounds() {
    let small = ReassemblyLimits { direction_segments_max: 2, ..ReassemblyLimits::default() };
    let full = play_within(&[&HANDSHAKE[..], &["c A 101 500 b", "c A 103 500 d", "c A 105 500 f", "c A 100 500 a"]].concat(), small);
    assert_eq!(full.record.text(), "open >0-gap-1 >1:b >2-gap-1 >3:d >4-gap-1 >5:f >Input <Input close-Input");
    assert_eq!((full.counters.buffer_cap_flushes, full.counters.law_holds()), (1, false));
    let budget = play_within(&[&HANDSHAKE[..], &["c A 103 500 def"]].concat(), ReassemblyLimits { budget_bytes_max: 50, ..ReassemblyLimits::default() });
    assert_eq!(budget.record.text(), "open >0-gap-3 >3:def >Input <Input close-Input");
    assert_eq!((budget.counters.budget_flushes, budget.counters.law_holds()), (1, false));
}

#[test]
fn joined_in_the_middle() {
    check("W15 from the client", &["c A 100 500 ask", "s A 500 103 answer"], "open midstream >0:ask <0:answer >Input <Input close-Input");
    check("W15 from the server", &["s A 500 100 answer", "c A 100 506 ask"], "open midstream >0:answer <0:ask >Input <Input close-Input");
    check("W15 the SYN-ACK first", &["s SA 499 100", "c A 100 500 ask"], "open >0:ask >Input <Input close-Input");
    check(
        "W15 the SYN-ACK was lost",
        &["c S 99 0", "c A 100 500 ask", "s A 503 103 wer", "s A 500 103 ans"],
        "open >0:ask <0:answer >Input <Input close-Input",
    );
    check("W15 the SYN after the SYN-ACK", &["s SA 499 100", "c S 99 0", "c A 100 500 ask"], "open >0:ask >Input <Input close-Input");
    check(
        "W15 the other side's acknowledgement tells the start",
        &["c A 100 500 ask", "s A 503 103 wer", "s A 500 103 ans"],
        "open midstream >0:ask <0:answer >Input <Input close-Input",
    );
    check("W21 one direction", &["c S 99 0", "c A 100 500 ask", "c A 103 700 more"], "open >0:askmore >Input unseen-200 <Input tcp.one_way close-Input");
    check(
        "W21 one direction with a hole that stays",
        &["c S 99 0", "c A 103 500 def", "x300 c A 106 500", "c A 106 500 ghi"],
        "open >0-gap-3 >3:defghi >Input <Input tcp.one_way close-Input",
    );
}

#[test]
fn ports_used_again() {
    check_connected(
        "W24 after both have closed",
        &["c FA 100 500 a", "s FA 500 102 b", "c S 9099 0", "s SA 7099 9100", "c A 9100 7100 c"],
        "open >0:a >Fin <0:b <Fin close-Fin | open >0:c >Input <Input close-Input",
    );
    check_connected(
        "W24 without a close: the answer to the SYN shows that it is real",
        &["c A 100 500 a", "c S 9099 0", "s SA 7099 9100", "c A 9100 7100 b"],
        "open >0:a >Reused <Reused close-Reused | open >0:b >Input <Input close-Input",
    );
    check(
        "W24 one direction",
        &["c S 99 0", "c A 100 0 a", "c S 9099 0", "c A 9100 0 b"],
        "open >0:a >Reused <Reused tcp.one_way close-Reused | open >0:b >Input <Input tcp.one_way close-Input",
    );
    check_connected("W24 the SYN again", &["c A 100 500 a", "c S 99 0", "c A 101 500 b"], "open >0:ab >Input <Input close-Input");
    check("W24 the SYN again before the answer", &["c S 99 0", "c S 99 0", "s SA 499 100", "c A 100 500 a"], "open >0:a >Input <Input close-Input");
    check_connected("W24 a stray SYN", &["c A 100 500 a", "c S 70099 0", "s A 500 101", "c A 101 500 b"], "open >0:ab >Input <Input close-Input");
    check("W24 refused, then tried again", &["c S 99 0", "s RA 0 100", "c S 99 0", "s SA 499 100", "c A 100 500 a"], "open >0:a >Input <Input close-Input");
}

#[test]
fn resets() {
    check_connected("W25 a reset ends both directions", &["c A 100 500 a", "s R 500 0"], "open >0:a >Reset <Reset close-Reset");
    check_connected("W25 a reset out of window is ignored", &["c A 100 500 a", "s R 90000500 0", "s A 500 101 b"], "open >0:a <0:b >Input <Input close-Input");
    check_connected(
        "W25 data that was on its way",
        &["c A 100 500 a", "c R 101 0", "s A 500 101 b"],
        "open >0:a <0:b tcp.data_after_rst >Reset <Reset close-Reset",
    );
    check_connected("W25 a reset before the data it followed", &["c R 101 0", "c A 100 500 a"], "open >0:a tcp.data_after_rst >Reset <Reset close-Reset");
    check_connected(
        "W27 a forged reset: its sender goes on",
        &["c A 100 500 a", "s R 500 0", "s A 500 101 b", "c A 101 501 c", "s FA 501 102", "c FA 102 502"],
        "open >0:a <0:b tcp.data_after_rst >1:c <Fin >Fin close-Fin",
    );
    let ignored = play(&[&HANDSHAKE[..], &["c A 100 500 a", "s R 90000500 0"]].concat()).counters;
    assert_eq!(ignored.resets_ignored, 1);
}

#[test]
fn time() {
    check_connected(
        "W28 idle for more than five minutes",
        &["c A 100 500 a", "@400 c A 101 500 b"],
        "open >0:a >Idle <Idle close-Idle | open midstream >0:b >Input <Input tcp.one_way close-Input",
    );
    check_connected("W28 idle for less", &["c A 100 500 a", "@299 c A 101 500 b"], "open >0:ab >Input <Input close-Input");
    check_connected("W28 a packet older than the clock", &["@50 c A 100 500 a", "@10 c A 101 500 b"], "open >0:ab >Input <Input close-Input");
    check_connected("late packets of a closed flow", &["c FA 100 500 a", "s FA 500 102", "c FA 100 500 a", "s FA 500 102"], "open >0:a >Fin <Fin close-Fin");
}

#[test]
fn implausible_segments() {
    check_connected("W27 an injected acknowledgement", &["c A 100 500 a", "c A 101 90000000", "s A 500 101 b"], "open >0:a <0:b >Input <Input close-Input");
    let far = play(&[&HANDSHAKE[..], &["c A 2000000100 500 zzz", "c A 100 500 a"]].concat());
    assert_eq!(far.record.text(), "open >0:a >Input <Input close-Input");
    assert_eq!((far.counters.out_of_window_bytes, far.counters.shed_bytes), (3, 3));
    let doubtful = play(&[&HANDSHAKE[..], &["c A 50000100 500 zzz", "c A 100 500 a", "s A 500 101"]].concat());
    assert_eq!(doubtful.record.text(), "open >0:a >Input <Input close-Input", "nobody acknowledged the hole");
    assert_eq!(doubtful.counters.out_of_window_bytes, 3);
}

#[test]
fn places() {
    let told = play(&[&HANDSHAKE[..], &["c A 103 500 def", "c A 100 500 abc", "s A 500 106 answer", "c A 106 506 g"]].concat());
    let places: Vec<_> = told.record.flows.values().flat_map(|told| &told.places).map(|at| (at.packet, at.offset, at.peer_acked)).collect();
    assert_eq!(places, [(4, 0, 0), (3, 3, 0), (5, 0, 6), (6, 6, 6)], "facts of the segment that carried the bytes");
}

#[test]
fn w22_a_copy_that_is_whole_beats_one_that_was_cut() {
    let rest = "s A 500 106";
    for (name, packets, calls) in [
        ("the whole one follows", &["c A 100 500 asking+", "c A 100 500 asking-now", rest][..], "open >0:asking-now >Input <Input close-Input"),
        ("nothing of it was captured first", &["c A 100 500 +10", "c A 100 500 asking-now", rest], "open >0:asking-now >Input <Input close-Input"),
        (
            "a longer one, and a whole one",
            &["c A 100 500 ask+", "c A 100 500 asking+", "c A 100 500 asking-now"],
            "open >0:asking-now >Input <Input close-Input",
        ),
        ("a whole one after two", &["c A 100 500 ask+", "c A 100 500 ask+", "c A 100 500 asking-now"], "open >0:asking-now >Input <Input close-Input"),
        ("cut twice", &["c A 100 500 asking+", "c A 100 500 asking+", "c A 110 500 on"], "open >0:asking >6-gap-4 >10:on >Input <Input close-Input"),
        (
            "longer, and cut all the same",
            &["c A 100 500 ask+", "c A 100 500 asking+", "c A 110 500 on"],
            "open >0:asking >6-gap-4 >10:on >Input <Input close-Input",
        ),
        ("the next one follows", &["c A 100 500 asking+", "c A 110 500 on"], "open >0:asking >6-gap-4 >10:on >Input <Input close-Input"),
        ("the answer follows", &["c A 100 500 asking+", "s A 500 110 yes"], "open >0:asking >6-gap-4 <0:yes >Input <Input close-Input"),
        (
            "an acknowledgement, and then the whole one",
            &["c A 100 500 asking+", rest, "c A 100 500 asking-now"],
            "open >0:asking >6-gap-4 >Input <Input close-Input",
        ),
        ("the last one, cut", &["c FA 100 500 asking+", "s FA 500 111"], "open >0:asking >6-gap-4 >Fin <Fin close-Fin"),
        ("the last one, whole", &["c FA 100 500 asking+", "c FA 100 500 asking-now", "s FA 500 111"], "open >0:asking-now >Fin <Fin close-Fin"),
        ("nothing follows", &["c A 100 500 asking+"], "open >0:asking >6-gap-4 >Input <Input close-Input"),
        ("a reset follows", &["c A 100 500 asking+", "s R 500 0"], "open >0:asking >6-gap-4 >Reset <Reset close-Reset"),
    ] {
        let packets: Vec<String> = packets.iter().map(|packet| packet.replace("ask+", "ask +7").replace("asking+", "asking +4")).collect();
        check_connected(name, &packets.iter().map(String::as_str).collect::<Vec<_>>(), calls);
    }
}
