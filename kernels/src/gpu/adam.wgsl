// One step of Adam and of the running average. Old and moved have four parts of equal size: weights, averages, first and second moments; in each,
// every parameter has a segment.

struct Segment {
    start: u32,
    length: u32,
    // Which gradient, and where in it this parameter's begins.
    slot: u32,
    offset: u32,
    // Step size with the first moment's correction, and the second moment's correction.
    step: f32,
    root: f32,
    unused: vec2u,
}

struct Info {
    size: u32,
    // The share of the average that stays.
    decay: f32,
    unused: vec2u,
    segments: array<Segment, 64>,
}

@group(0) @binding(0) var<storage, read> old: array<f32>;
@group(0) @binding(1) var<storage, read> gradient_0: array<f32>;
@group(0) @binding(2) var<storage, read> gradient_1: array<f32>;
@group(0) @binding(3) var<storage, read> gradient_2: array<f32>;
@group(0) @binding(4) var<storage, read> gradient_3: array<f32>;
@group(0) @binding(5) var<storage, read> gradient_4: array<f32>;
@group(0) @binding(6) var<storage, read> gradient_5: array<f32>;
@group(0) @binding(7) var<storage, read_write> moved: array<f32>;
@group(0) @binding(8) var<uniform> info: Info;

fn gradient(slot: u32, at: u32) -> f32 {
    switch slot {
        case 0u: { return gradient_0[at]; }
        case 1u: { return gradient_1[at]; }
        case 2u: { return gradient_2[at]; }
        case 3u: { return gradient_3[at]; }
        case 4u: { return gradient_4[at]; }
        default: { return gradient_5[at]; }
    }
}

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) unit: u32) {
    let segment = info.segments[group.y];
    let i = group.x * 256u + unit;
    if (i >= segment.length) {
        return;
    }
    let at = segment.start + i;
    var weight = old[at];
    var first = old[at + 2u * info.size];
    var second = old[at + 3u * info.size];
    if (segment.slot < 6u) {
        let slope = gradient(segment.slot, segment.offset + i);
        first = 0.9 * first + 0.1 * slope;
        second = 0.999 * second + 0.001 * (slope * slope);
        weight -= segment.step * first / (sqrt(second) * segment.root + 1e-8);
    }
    moved[at] = weight;
    // Without decay it does not matter what the average was, not even if it was no number.
    var average = weight;
    if (info.decay > 0.0) {
        average = info.decay * old[at + info.size] + (1.0 - info.decay) * weight;
    }
    moved[at + info.size] = average;
    moved[at + 2u * info.size] = first;
    moved[at + 3u * info.size] = second;
}
