//! The cost of the kernel: the queue by size against a binary heap, and what a random number costs from a
//! stream, from a stream sought to a sparse index, and from the field.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::hint::black_box;

use blesim_benches::{ThreadCpuTime, criterion};
use blesim_kernel::{ActorId, Field, Instant, Queue, Rank, Span, StreamName, Streams};
use criterion::{BenchmarkId, Criterion};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

type Bench = Criterion<ThreadCpuTime>;

fn main() {
    let mut criterion: Bench = criterion();
    queue(&mut criterion);
    chance(&mut criterion);
    criterion.final_summary();
}

/// One pop and one push with so many pending: the events of a link are a handful.
fn queue(criterion: &mut Bench) {
    let mut group = criterion.benchmark_group("queue/pop+push");
    for pending in [2_u32, 8, 16, 64] {
        let mut stream = Streams::new(1).stream(StreamName::new(1, 1));
        let mut step = move || stream.below(1_000_000);
        let mut queue = Queue::with_capacity(64);
        let mut heap = BinaryHeap::with_capacity(64);
        for index in 0..pending {
            let at = step();
            queue.push(Instant::from_nanos(at), Rank(0), ActorId(0), ActorId(0), index);
            heap.push(Reverse((at, u64::from(index))));
        }
        group.bench_function(BenchmarkId::new("sorted vector", pending), |b| {
            b.iter(|| {
                let popped = queue.pop().expect("never empty");
                let at = popped.at + Span::from_nanos(step());
                queue.push(at, Rank(0), ActorId(0), ActorId(0), popped.event);
            });
        });
        let mut sequence = 1_000;
        group.bench_function(BenchmarkId::new("binary heap", pending), |b| {
            b.iter(|| {
                let Reverse((at, _)) = heap.pop().expect("never empty");
                sequence += 1;
                heap.push(Reverse((at + step(), sequence)));
            });
        });
    }
    group.finish();
}

/// One 64-bit number.
fn chance(criterion: &mut Bench) {
    let mut group = criterion.benchmark_group("chance/u64");
    let mut stream = Streams::new(1).stream(StreamName::new(1, 1));
    group.bench_function("next of a stream", |b| b.iter(|| stream.next_u64()));
    group.bench_function("first of a new stream", |b| {
        let mut owner = 0;
        b.iter(|| {
            owner += 1;
            Streams::new(1).stream(StreamName::new(1, owner)).next_u64()
        });
    });
    let mut chacha = ChaCha8Rng::from_seed([7; 32]);
    group.bench_function("a stream sought to a sparse index", |b| {
        let mut index = 0;
        b.iter(|| {
            index += 1_000_003;
            chacha.set_word_pos(index);
            chacha.next_u64()
        });
    });
    let field = Field::new(&Streams::new(1), StreamName::new(1, 1));
    group.bench_function("field", |b| {
        let mut time = 0;
        b.iter(|| {
            time += 1_000_003;
            field.at(black_box(3), time)[0]
        });
    });
    group.finish();
}
