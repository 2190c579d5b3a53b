// Seeded random numbers: the only source of randomness below the user interface.

/** The `step`-th number of the splitmix32 sequence that starts at `state`. */
function splitmix32(state: number, step: number): number {
  const sum = (state + Math.imul(step, 0x9e3779b9)) | 0;
  let t = sum ^ (sum >>> 16);
  t = Math.imul(t, 0x21f0aaad);
  t ^= t >>> 15;
  t = Math.imul(t, 0x735a2d97);
  return t ^ (t >>> 15);
}

/**
 * Chris Doty-Humphrey's sfc32 (PractRand, public domain) seeded through a splitmix32 sequence (Steele, Lea & Flood 2014).
 * The same seed gives the same sequence on every platform; `reset()` starts it again.
 */
export class Random {
  readonly #seed: number;
  #a = 0;
  #b = 0;
  #c = 0;
  #counter = 0;
  #spare = 0;
  #hasSpare = false;

  /** @param seed any finite number; fractions and the bits above 2^53 are dropped. */
  constructor(seed: number) {
    if (!Number.isFinite(seed)) throw new RangeError(`seed must be a finite number, got ${String(seed)}`);
    this.#seed = seed;
    this.reset();
  }

  /** Back to the first number of the sequence. */
  reset(): void {
    const whole = Math.trunc(this.#seed);
    const state = (whole ^ Math.imul(Math.floor(whole / 4294967296), 0x85ebca6b)) | 0;
    this.#a = splitmix32(state, 1);
    this.#b = splitmix32(state, 2);
    this.#c = splitmix32(state, 3);
    this.#counter = 1;
    this.#hasSpare = false;
    // PractRand's recommended warm-up: the first rounds still show the seed.
    for (let i = 0; i < 12; i++) this.bits();
  }

  /** 32 random bits as an unsigned integer. */
  bits(): number {
    const t = (((this.#a + this.#b) | 0) + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = (this.#c << 21) | (this.#c >>> 11);
    this.#c = (this.#c + t) | 0;
    return t >>> 0;
  }

  /** Uniform in [min, max). */
  uniform(min = 0, max = 1): number {
    return min + (max - min) * (this.bits() / 4294967296);
  }

  /** Uniform whole number in [0, count). */
  integer(count: number): number {
    return Math.floor(this.uniform() * count);
  }

  /** Normally distributed, mean 0 and standard deviation 1 (Box & Muller 1958; every second call is free). */
  normal(): number {
    if (this.#hasSpare) {
      this.#hasSpare = false;
      return this.#spare;
    }
    const radius = Math.sqrt(-2 * Math.log(1 - this.uniform()));
    const angle = 2 * Math.PI * this.uniform();
    this.#spare = radius * Math.sin(angle);
    this.#hasSpare = true;
    return radius * Math.cos(angle);
  }
}
