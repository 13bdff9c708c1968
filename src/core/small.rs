//! What the standard library has, too, but with 4 KB of code around it that the WebAssembly needs nowhere
//! else. Never anything secret: the hash guards against mistakes, and not against people.

/// A number in digits.
pub fn decimal(mut n: u64) -> String {
    let mut digits = Vec::new();
    loop {
        digits.push(b'0' + (n % 10) as u8);
        n /= 10;
        if n == 0 {
            break;
        }
    }
    digits
        .iter()
        .rev()
        .map(|&digit| char::from(digit))
        .collect()
}

/// Goes on with a hash, eight bytes a step and one for the length, so that where a piece ends counts,
/// too.
pub fn hash(before: u64, text: &[u8]) -> u64 {
    let step = |hash: u64, word: u64| {
        // The golden ratio in 64 bits: odd, and without a pattern.
        let hash = (hash ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        hash ^ (hash >> 32)
    };
    let hash = text.chunks(8).fold(before, |hash, chunk| {
        let mut word = [0; 8];
        word[..chunk.len()].copy_from_slice(chunk);
        step(hash, u64::from_le_bytes(word))
    });
    step(hash, text.len() as u64 + 1)
}
