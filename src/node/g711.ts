// A-law and mu-law, the codings of telephone systems (ITU-T G.711), to 16-bit samples.

/** Sample of a code by its sign, exponent (0..7) and mantissa (0..15). */
function table(sampleOf: (exponent: number, mantissa: number) => number, mask: number): Int16Array {
  return Int16Array.from({ length: 256 }, (_, code) => {
    const bits = code ^ mask;
    const value = sampleOf((bits >> 4) & 7, bits & 15);
    return bits & 0x80 ? value : -value;
  });
}

/** Every second bit of A-law is sent inverted. */
const aLaw = table(
  (exponent, mantissa) => (exponent === 0 ? (mantissa << 4) + 8 : ((mantissa << 4) + 264) << (exponent - 1)),
  0x55,
);
/** All bits but the sign of mu-law are sent inverted, and the sign stands the other way round than in A-law. */
const muLaw = table((exponent, mantissa) => (((mantissa << 3) + 132) << exponent) - 132, 0x7f);

/** Samples of codes, one a byte; full scale is 32,124 (mu-law) or 32,256 (A-law). */
export function fromG711(codes: Uint8Array, law: 'A-law' | 'mu-law'): Int16Array {
  const sampleOf = law === 'A-law' ? aLaw : muLaw;
  const samples = new Int16Array(codes.length);
  for (let n = 0; n < codes.length; n++) samples[n] = sampleOf[codes[n]];
  return samples;
}
