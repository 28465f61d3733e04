// 32 by 32 numbers of a product, by 64 invocations with four by four each.

const TILE = 32u;
const STEP = 16u;

// Four rows of the left matrix, or four columns of the right one, at each of STEP places of what they have in common.
var<workgroup> left_tile: array<vec4f, 128>;
var<workgroup> right_tile: array<vec4f, 128>;

struct Block {
    a: vec4f,
    b: vec4f,
    c: vec4f,
    d: vec4f,
}

// `block` and what the tiles add to it.
fn multiplied(block: Block, unit: u32) -> Block {
    var sum = block;
    for (var k = 0u; k < STEP; k++) {
        let left = left_tile[k * 8u + unit / 8u];
        let right = right_tile[k * 8u + unit % 8u];
        sum.a += left.x * right;
        sum.b += left.y * right;
        sum.c += left.z * right;
        sum.d += left.w * right;
    }
    return sum;
}
